"""The bar on top: scenario, policy, luck, the player's buttons and where in time the run stands."""

import secrets
from dataclasses import replace
from functools import partial

import reacton.ipyvuetify as rv
import solara

from viz.desk import SPEEDS
from viz.glossary import Glossary
from viz.inputs import TimeLine, luck_field, pick
from viz.lab import Lab
from viz.language import languages
from viz.share import Share
from viz.state import Choice
from viz.upload import scenario_titles
from viz.worlds import another, scenario_of, titles


@solara.component
def Head(lab: Lab, tabs: list[str]):
    """Name, tabs and language."""
    say = lab.say
    with rv.Html(tag="header", class_="head"):
        rv.Html(tag="a", class_="skip", attributes={"href": "#content"}, children=[say("lab.skip")])
        rv.Html(tag="h1", children=[say("lab.title")])
        with rv.Html(tag="nav", class_="tabs", attributes={"aria-label": say("lab.tabs")}):
            for name in tabs:
                Tab(lab, name, lab.tab.value == name).key(name)
        Share(lab)
        Languages(lab)
        Glossary(lab)


@solara.component
def Tab(lab: Lab, name: str, here: bool):
    """One part of the lab as a button."""
    now = {"aria-current": "page"} if here else {}
    attributes = {"type": "button", "data-tab": name, **now}
    button = rv.Html(tag="button", class_=f"tab-button{' here' if here else ''}", attributes=attributes,
                     children=[lab.say(f"tab.{name}")])  # fmt: skip
    rv.use_event(button, "click", lambda *_: lab.tab.set(name))


@solara.component
def Languages(lab: Lab):
    """A button a language."""
    with rv.Html(tag="div", class_="languages", attributes={"role": "group", "aria-label": lab.say("lab.language")}):
        for code, name in languages().items():
            Language(lab, code, name, lab.language.value == code).key(code)


@solara.component
def Language(lab: Lab, code: str, name: str, here: bool):
    """One language as a button, in its own words."""
    attributes = {"type": "button", "lang": code, "aria-pressed": str(here).lower()}
    button = rv.Html(tag="button", class_=f"language{' here' if here else ''}", attributes=attributes, children=[name])
    rv.use_event(button, "click", lambda *_: lab.language.set(code))


@solara.component
def Controls(lab: Lab):
    """What a person sets, and the buttons that move time."""
    say, choice = lab.say, lab.shown.value.choice
    with rv.Html(tag="div", class_="bar"):
        language = lab.language.value
        for kind, named in (("scenario", scenario_titles(lab, language)), ("policy", titles("policy", language))):
            pick(say(f"play.{kind}"), named, getattr(choice, kind), partial(take, lab, kind), kind)
        Luck(lab, choice)
        with rv.Html(tag="div", class_="transport"):
            Buttons(lab)
            Clock(lab)


def take(lab: Lab, kind: str, name: str) -> None:
    """Another scenario or policy; what a link or a slider set stays as far as it still has a meaning."""
    lab.choose(another(lab.choice, kind, name))


@solara.component
def Luck(lab: Lab, choice: Choice):
    """The seed of all chance in the run, and a button that draws another."""
    say = lab.say

    def take(seed: int) -> None:
        lab.choose(replace(lab.choice, seed=seed, run=0))

    with rv.Html(tag="div", class_="luck"):
        luck_field(say, choice.seed, take)
        if choice.run:
            rv.Html(tag="span", class_="luck-run", children=[say("play.luck_run", run=choice.run)])
        _button(say("play.new"), "mdi-dice-5-outline", lambda: take(secrets.randbelow(9_999) + 1),
                say("play.new_luck"))  # fmt: skip


@solara.component
def Buttons(lab: Lab):
    """To the start, back, play or pause, one step, to the end, and how fast it plays."""
    say, shown, playing = lab.say, lab.shown.value, lab.status.value.playing
    stopped = bool(lab.status.value.error)
    ended = shown.cursor >= scenario_of(shown.choice).file.quarters
    with rv.Html(tag="div", class_="player", attributes={"role": "group", "aria-label": say("play.player")}):
        _button("", "mdi-skip-backward", lambda: lab.show_count(0), say("play.to_start"), shown.cursor == 0)
        _button("", "mdi-step-backward", lab.back, say("play.back"), shown.cursor == 0)
        if playing:
            _button(say("play.pause"), "mdi-pause", lab.pause, say("play.pause"), classes=["main"])
        else:
            _button(say("play.play"), "mdi-play", lab.play, say("play.play_all"), ended or stopped, ["main"])
        _button("", "mdi-step-forward", lab.step, say("play.step"), ended or playing or stopped)
        _button("", "mdi-skip-forward", lab.to_end, say("play.to_end"), ended or stopped)
        speeds = {name: say(f"play.speeds.{name}") for name in SPEEDS}
        pick(say("play.speed"), speeds, lab.speed.value, lab.speed.set, "speed")


def _button(label, icon, on_click, tip, disabled=False, classes=()) -> None:
    solara.Button(
        label, on_click, icon_name=icon, disabled=disabled, text=True, small=True,
        classes=["press", *classes], attributes={"title": tip, "aria-label": tip},
    )  # fmt: skip


@solara.component
def Clock(lab: Lab):
    """The quarter shown, how many there are, whether the actors are at work, and the time line."""
    say, shown, status = lab.say, lab.shown.value, lab.status.value
    total = scenario_of(shown.choice).file.quarters
    where = say("play.of", shown=shown.cursor, total=total)
    here = shown.quarter or say("play.not_started")
    with rv.Html(tag="div", class_="clock", attributes={"data-shows": shown.quarter or ""}):
        with rv.Html(tag="div", class_="clock-said", attributes={"role": "status", "aria-live": "polite"}):
            rv.Html(tag="strong", children=[here])
            rv.Html(tag="span", children=[where])
            rv.Html(tag="span", class_="busy", children=[f"{say('play.' + status.busy)} …" if status.busy else ""])
        said = f"{here}, {where}; {say('play.played', count=shown.played)}"
        TimeLine(label=say("play.time_line"), said=said, value=shown.cursor, played=shown.played, total=total,
                 event_went=lambda count: _go(lab, count))  # fmt: skip


def _go(lab: Lab, count) -> None:
    """To a quarter that the browser names; anything but a number is no quarter."""
    if isinstance(count, int | float) and not isinstance(count, bool) and count == count:
        lab.show_count(int(min(max(count, 0), 10_000)))
