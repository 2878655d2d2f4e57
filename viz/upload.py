"""A scenario that a person brings along: taken as text, checked like any config file, held for this tab alone.

Nothing is written to disk and nothing that the text names is opened but the shipped configs."""

from __future__ import annotations

import reacton.ipyvuetify as rv
import solara

from sim.errors import HedgelabError, Problem, ScenarioError
from sim.scenario.reading import MAX_BYTES
from viz.inputs import Press
from viz.lab import Lab
from viz.state import Choice
from viz.trouble import problem_text, wrong
from viz.worlds import hold, plain, release, titles, turns_of

MOST = 8  # uploads that a tab holds; the oldest that is not in use goes first
SHOWN = 12  # problems
FILE, UPLOAD = "upload.yaml", "upload"  # its name in a problem of the configs; its place in one of the page


def scenario_titles(lab: Lab, language: str) -> dict[str, str]:
    """Names and titles of what a tab can play: the config's scenarios and its own uploads."""
    return titles("scenario", language) | lab.uploads.value


def take(lab: Lab, given: object) -> str:
    """Key of the scenario in what a browser sent: its `text`, or what was wrong with the file.

    Raises ScenarioError with every problem, as `hedgelab check` tells them."""
    text = text_of(given)
    key, scenario = hold(text)
    held = dict(lab.uploads.value)
    if key in held or lab.closed:  # held once already, or nobody is left to hold it for
        release(key)
        return key
    spare = [one for one in held if one not in in_use(lab)]
    if len(held) >= MOST and not spare:
        release(key)
        raise ScenarioError([wrong(UPLOAD, "", "full", most=MOST)])
    for old in spare[: max(0, len(held) + 1 - MOST)]:
        held.pop(old)
        release(old)
    lab.uploads.value = held | {key: plain(scenario.file.title) or key}
    return key


def in_use(lab: Lab) -> set[str]:
    """Scenarios that the page shows or can go back to."""
    choices = [lab.choice, *lab.past, *lab.future, *(one.choice for one in lab.tree.peek().branches)]
    choices += [lab.shown.peek().ghost_choice, *lab.references.peek()]
    return {one.scenario for one in choices if one is not None} | {lab.compared_in.peek()}


def text_of(given: object) -> str:
    """The text of a file that a browser sent. Raises ScenarioError when it is too long or no text."""
    given = given if isinstance(given, dict) else {}
    text, size = given.get("text"), given.get("size")
    if isinstance(text, str) and len(text) <= MAX_BYTES:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        if "\0" not in text:
            return text if text.endswith("\n") else f"{text}\n"
    elif isinstance(text, str) or isinstance(size, int):
        size = len(text) if isinstance(text, str) else size
        raise ScenarioError([wrong(UPLOAD, "", "bytes", size=size, most=MAX_BYTES)])
    raise ScenarioError([wrong(UPLOAD, "", "no_text")])


@solara.component_vue("upload.vue")
def FileField(label: str, most: int = MAX_BYTES, event_given=None):
    """A labelled field for a file; `given` gets its text, or its size when that is more than `most`."""


@solara.component
def Upload(lab: Lab):
    """The field, and what was wrong with the file or what became of it."""
    say = lab.say
    found, key = solara.use_reactive(()), solara.use_reactive("")

    def given(what: object) -> None:
        try:
            key.value, found.value = take(lab, what), ()
        except ScenarioError as error:
            key.value, found.value = "", error.problems
        except HedgelabError as error:
            key.value, found.value = "", (Problem(FILE, "", str(error)),)

    FileField(label=say("share.file", size=MAX_BYTES // 1000), event_given=given)
    rv.Html(tag="p", class_="hint", children=[say("share.upload_hint")])
    with rv.Html(tag="div", attributes={"role": "status", "aria-live": "polite"}):
        if key.value in lab.uploads.value:
            rv.Html(tag="p", children=[say("share.uploaded", title=lab.uploads.value[key.value])])
            choice = lab.shown.value.choice
            Press(
                say("share.play_it"),
                lambda: lab.choose(
                    Choice(key.value, choice.policy, choice.seed, run=choice.run, turns=turns_of(key.value))
                ),
            )
        if found.value:
            rv.Html(tag="p", class_="wrong", children=[say("share.not_taken", count=len(found.value))])
            with rv.Html(tag="ul", class_="problems"):
                for number, problem in enumerate(found.value[:SHOWN]):
                    rv.Html(tag="li", children=[problem_text(problem, say)[:600]]).key(f"{number}")
            if len(found.value) > SHOWN:
                rv.Html(tag="p", children=[say("share.more_problems", count=len(found.value) - SHOWN)])
