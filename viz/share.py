"""Share and export: a button in the head, and a dialog with the link, the command, the run's files, and uploads."""

from __future__ import annotations

from collections.abc import Callable

import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.errors import HedgelabError
from viz.export import command, moves_csv, portfolio_csv, scenario_file, scenario_name, short_command, stem
from viz.inputs import Copied, Dialog, Press
from viz.lab import Lab
from viz.replay import replay_html
from viz.state import LONGEST, Choice, Place, link_of
from viz.trouble import sentence
from viz.upload import Upload, scenario_titles
from viz.worlds import UPLOADED, theme_named, titles


@solara.component
def Share(lab: Lab):
    """A button, and while it is open the dialog."""
    opened, say = solara.use_reactive(False), lab.say
    Press(say("share.title"), lambda: opened.set(True), kind="share-button")
    if opened.value:
        Dialog(label=say("share.heading"), shut=say("why.close"), children=[Sheet(lab)],
               event_closed=lambda *_: opened.set(False))  # fmt: skip


@solara.component
def Sheet(lab: Lab):
    """What the dialog holds."""
    say, shown = lab.say, lab.shown.value
    words = {"copy": say("share.copy"), "done": say("share.copied"), "by_hand": say("share.by_hand")}
    with rv.Html(tag="div", class_="sheet-body"):
        with Part(say("share.link")):
            Link(lab, words)
        with Part(say("share.files")):
            Files(lab, words)
        with Part(say("share.replay")):
            Replay(lab).key(f"{shown.choice} {shown.played} {lab.language.value}")
        with Part(say("share.upload")):
            Upload(lab)


@solara.component
def Part(title: str, children: list = ()):
    """One part of the dialog under its title."""
    rv.Html(tag="section", children=[rv.Html(tag="h3", children=[title]), *children])


@solara.component
def Link(lab: Lab, words: dict):
    """The link of this very run and place; why there is none, for an upload and for a run too long for a link."""
    say, shown = lab.say, lab.shown.value
    text = link_of(Place(shown.choice, shown.quarter, lab.tab.value, lab.language.value))
    if len(text) > LONGEST:
        rv.Html(tag="p", children=[say("share.too_long")])
        return
    if shown.choice.scenario.startswith(UPLOADED):
        rv.Html(tag="p", children=[say("share.send_file")])
        return
    Copied(label=say("share.link_label"), text=f"?{text}", words=words)
    rv.Html(tag="p", class_="hint", children=[say("share.link_hint")])


@solara.component
def Files(lab: Lab, words: dict):
    """The scenario file, the tables, and the command that plays the run from a terminal."""
    say, shown = lab.say, lab.shown.value
    choice = shown.choice
    text, wrong = solara.use_memo(lambda: _written(choice), [choice])
    if wrong:
        rv.Html(tag="p", attributes={"role": "alert"}, children=[wrong])
        return
    with rv.Html(tag="div", class_="saves"):
        Save(say("share.scenario"), scenario_name(choice), lambda: text, "application/yaml", (choice,))
        if shown.run is not None:
            run, key = shown.run, (choice, shown.played)
            Save(say("share.portfolio"), f"{stem(choice)}-portfolio.csv", lambda: portfolio_csv(run), "text/csv", key)
            Save(say("share.moves"), f"{stem(choice)}-moves.csv", lambda: moves_csv(run), "text/csv", key)
    if short_command(choice):
        Copied(label=say("share.command"), text=short_command(choice), words=words)
    Copied(label=say("share.command_file"), text=command(choice), words=words)
    rv.Html(tag="p", class_="hint", children=[say("share.files_hint")])


def _written(choice: Choice) -> tuple[str, str]:
    """The scenario file, or what stands against it."""
    try:
        return scenario_file(choice), ""
    except HedgelabError as error:
        return "", str(error)


@solara.component
def Save(label: str, name: str, make: Callable[[], str], kind: str, key: tuple):
    """A button that saves a file; the text is made when it is pressed, and anew when `key` changes."""
    data = solara.use_memo(lambda: make, [*key, name])
    button = rv.Html(tag="button", class_="push", attributes={"type": "button", "title": name}, children=[label])
    solara.FileDownload(data, name, mime_type=kind, children=[button])


@solara.component
def Replay(lab: Lab):
    """The run as a page of its own: made when asked for, its size told, then saved."""
    say, shown = lab.say, lab.shown.value
    theme, language = theme_named(shown.choice.scenario, lab.language.value), lab.language.value

    def made() -> str:
        return replay_html(shown.run, choice_text(lab, shown.choice), theme, say)

    task = solara.lab.use_task(made, dependencies=None, raise_error=False)
    rv.Html(tag="p", class_="hint", children=[say("share.replay_hint")])
    with rv.Html(tag="div", attributes={"role": "status", "aria-live": "polite"}):
        if shown.run is None:
            rv.Html(tag="p", children=[say("share.nothing_played")])
        elif task.finished and task.value:
            size = len(task.value.encode()) / 1e6
            Save(say("share.replay_save", size=f"{size:.1f}"), f"{stem(shown.choice)}-replay.html",
                 lambda: task.value, "text/html", (shown.choice, shown.played, language))  # fmt: skip
        elif task.pending:
            rv.Html(tag="p", children=[say("share.replay_making")])
        else:
            if task.error:
                rv.Html(tag="p", attributes={"role": "alert"}, children=[sentence(task.exception, say)])
            Press(say("share.replay_make"), task)


def choice_text(lab: Lab, choice: Choice) -> str:
    """A run by its titles, in the page's language."""
    language = lab.language.value
    scenario = scenario_titles(lab, language).get(choice.scenario, choice.scenario)
    policy = titles("policy", language).get(choice.policy, choice.policy)
    return lab.say("share.run", scenario=scenario, policy=policy, luck=choice.seed)
