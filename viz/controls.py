"""The bar on top: scenario, policy, luck, the player's buttons and where in time the run stands."""

import secrets
from dataclasses import replace

import reacton.ipyvuetify as rv
import solara

from viz.glossary import Glossary
from viz.lab import Lab
from viz.language import languages
from viz.share import Share
from viz.upload import scenario_titles
from viz.words import quarter_text
from viz.worlds import scenario_of, titles


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
    shown = lab.shown.value
    choice = shown.choice
    with rv.Html(tag="div", class_="bar"):
        named = scenario_titles(lab, lab.language.value)
        _picker("Scenario", "scenario", choice.scenario, named, lambda name: lab.choose(replace(choice, scenario=name)))
        _picker(
            "Japan's policy",
            "policy",
            choice.policy,
            titles("policy"),
            lambda name: lab.choose(replace(choice, policy=name)),
        )
        Luck(choice.seed, lambda seed: lab.choose(replace(lab.shown.value.choice, seed=seed)))
        Buttons(lab)
        Clock(lab)


def _picker(label: str, kind: str, value: str, named: dict[str, str], on_value) -> None:
    items = [{"text": title, "value": name} for name, title in named.items()]
    rv.Select(
        label=label,
        items=items,
        v_model=value,
        on_v_model=on_value,
        dense=True,
        outlined=True,
        hide_details=True,
        class_=f"pick pick-{kind}",
        menu_props={"offsetY": True},
        attributes={"data-pick": kind},
    )


@solara.component
def Luck(seed: int, on_seed):
    """The seed of all chance in the run, and a button that draws another."""

    def typed(text):
        if str(text).strip().isdigit():
            on_seed(min(int(text), 2**31 - 1))

    with rv.Html(tag="div", class_="luck"):
        field = rv.TextField(
            label="Luck", v_model=str(seed), type="number", min=0, dense=True, outlined=True, hide_details=True
        )
        rv.use_event(field, "change", lambda _widget, _event, text: typed(text))
        _button("New", "mdi-dice-5-outline", lambda: on_seed(secrets.randbelow(9_999) + 1), "Draw new luck")


@solara.component
def Buttons(lab: Lab):
    """To the start, back, play or pause, one step."""
    shown, playing = lab.shown.value, lab.status.value.playing
    stopped = bool(lab.status.value.error)
    total = scenario_of(shown.choice).file.quarters
    ended = shown.cursor >= total
    with rv.Html(tag="div", class_="player", attributes={"role": "group", "aria-label": "Player"}):
        _button("Start", "mdi-skip-backward", lab.to_start, "Back to the start", shown.cursor == 0)
        _button("Back", "mdi-step-backward", lab.back, "One quarter back", shown.cursor == 0)
        if playing:
            _button("Pause", "mdi-pause", lab.pause, "Pause", classes=["main"])
        else:
            _button("Play", "mdi-play", lab.play, "Play all quarters", ended or stopped, ["main"])
        _button("Step", "mdi-step-forward", lab.step, "One quarter further", ended or playing or stopped)


def _button(label, icon, on_click, tip, disabled=False, classes=()) -> None:
    solara.Button(
        label, on_click, icon_name=icon, disabled=disabled, text=True, small=True,
        classes=["press", *classes], attributes={"title": tip, "aria-label": tip},
    )  # fmt: skip


@solara.component
def Clock(lab: Lab):
    """The quarter shown, how many there are, and whether the actors are at work."""
    shown, status = lab.shown.value, lab.status.value
    total = scenario_of(shown.choice).file.quarters
    with rv.Html(tag="div", class_="clock", attributes={"role": "status", "aria-live": "polite"}):
        rv.Html(
            tag="strong", children=[shown.quarter or "Not started"], attributes={"title": quarter_text(shown.quarter)}
        )
        rv.Html(tag="span", children=[f"quarter {shown.cursor} of {total}"])
        rv.Html(tag="span", class_="busy", children=[status.busy + " …" if status.busy else ""])
        rv.ProgressLinear(
            value=100 * shown.cursor / total, indeterminate=bool(status.busy) and not status.playing, height=4,
            attributes={"aria-hidden": "true"},
        )  # fmt: skip
