"""The page: `Page` is what Solara shows. All state lives in one `Lab` a browser tab; this module holds none."""

import threading
from dataclasses import replace
from pathlib import Path

import reacton.ipyvuetify as rv
import solara

from sim.errors import ScenarioError
from viz.controls import Controls, Head
from viz.export import stem
from viz.inputs import Root
from viz.lab import Lab
from viz.language import languages
from viz.state import LONGEST, Choice, Place, language_of, link_of, place_of
from viz.tabs.branches import Branches
from viz.tabs.chair import Chair
from viz.tabs.compare import Compare
from viz.tabs.play import Play
from viz.tabs.results import Results
from viz.tabs.start import Start
from viz.trouble import sentence
from viz.words import capital
from viz.worlds import UPLOADED, checked_place, titles

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
FIRST = Choice("tariffs_2025", "eu_hedge", 7)
TABS = {"start": Start, "play": Play, "compare": Compare, "branches": Branches, "chair": Chair, "results": Results}
WITH_A_RUN = ("play", "branches", "results")
"""Tabs that show the run of the page, and with it the bar that moves it."""


def first_place() -> Place:
    """Where a new tab starts; the first that there is when the usual one is missing."""
    scenarios, policies = list(titles("scenario")), list(titles("policy"))
    choice = Choice(
        FIRST.scenario if FIRST.scenario in scenarios else scenarios[0],
        FIRST.policy if FIRST.policy in policies else policies[0],
        FIRST.seed,
    )
    return Place(choice, tab="start")


def lab_of(query: str | None) -> tuple[Lab, ScenarioError | None]:
    """A tab's laboratory as its link has it, and what is wrong with the link; a wrong one is not followed at all."""
    first = first_place()
    if not query:
        return Lab(first), None
    known = list(titles("scenario")), list(titles("policy")), list(TABS), list(languages())
    try:
        place = place_of(query, replace(first, tab="play"), *known)
        checked_place(place)
    except ScenarioError as error:
        return Lab(replace(first, language=language_of(query, first.language, known[-1]))), error
    return Lab(place), None


@solara.component
def Page():
    """The laboratory: head, tabs, and what the tab shows."""
    router = solara.use_router()
    lab, wrong = solara.use_memo(lambda: lab_of(router.search), [])
    # a plain thread: a task would draw the whole page twice more each time it starts
    lab.start_worker = lambda: threading.Thread(target=lab.work, name="hedgelab worker", daemon=True).start()

    def live():
        lab.prepare()
        return lab.close

    solara.use_effect(live, [])
    solara.Title("Hedgelab")
    solara.Style(CSS)
    Root(language=lab.language.value, query=address(lab), busy=lab.say("lab.busy"))
    tab = lab.tab.value
    with rv.Html(tag="div", class_="lab", attributes=marks(lab)):
        Head(lab, list(TABS))
        if tab in WITH_A_RUN:
            Controls(lab)
        LinkTrouble(lab, wrong)
        Trouble(lab)
        with rv.Html(tag="main", class_=f"tab tab-{tab}", attributes={"id": "content", "tabindex": "-1"}).key(tab):
            TABS[tab](lab)


def address(lab: Lab) -> str | None:
    """The query with which the tab comes back where it stands; None where no link leads to an upload's run."""
    shown = lab.shown.value
    place = Place(shown.choice, shown.quarter, lab.tab.value, lab.language.value)
    query = "" if place == first_place() else link_of(place)
    return None if place.choice.scenario.startswith(UPLOADED) or len(query) > LONGEST else query


def marks(lab: Lab) -> dict[str, str]:
    """The page's language, and how files that are saved from it are called."""
    shown = lab.shown.value
    return {"lang": lab.language.value, "data-file": stem(shown.choice, shown.quarter)}


@solara.component
def LinkTrouble(lab: Lab, wrong: ScenarioError | None):
    """What is wrong with the link that the page was opened with; it can be put away."""
    gone = solara.use_reactive(False)
    if wrong and not gone.value:
        with rv.Html(tag="div", class_="trouble", attributes={"role": "alert"}):
            rv.Html(tag="span", children=[lab.say("share.bad_link", problems=sentence(wrong, lab.say))])
            solara.Button(lab.say("why.close"), lambda: gone.set(True), text=True, small=True)


@solara.component
def Trouble(lab: Lab):
    """An error in its own words, and a way on."""
    error = lab.status.value.error
    if not error:
        return
    with rv.Html(tag="div", class_="trouble", attributes={"role": "alert"}):
        rv.Html(tag="span", children=[capital(error)])
        solara.Button(lab.say("lab.try_again"), lab.again, text=True, small=True)


@solara.component
def Layout(children=[]):  # noqa: B006 - Solara passes the page in; the default is never changed
    """The page without Solara's own bars."""
    rv.Html(tag="div", children=children)
