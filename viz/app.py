"""The page: `Page` is what Solara shows. All state lives in one `Lab` a browser tab; this module holds none."""

from pathlib import Path

import reacton.ipyvuetify as rv
import solara
import solara.lab

from viz.controls import Controls
from viz.frontier import Frontier
from viz.lab import Choice, Lab, titles
from viz.moves import ThisQuarter
from viz.portfolio import HeatMap, Portfolio
from viz.words import capital

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
FIRST = Choice("tariffs_2025", "eu_hedge", 7)


def first_choice() -> Choice:
    """What a new tab starts with; the first that there is when the usual one is missing."""
    scenarios, policies = list(titles("scenario")), list(titles("policy"))
    return Choice(
        FIRST.scenario if FIRST.scenario in scenarios else scenarios[0],
        FIRST.policy if FIRST.policy in policies else policies[0],
        FIRST.seed,
    )


@solara.component
def Page():
    """The laboratory: bar, portfolio, this quarter."""
    lab = solara.use_memo(lambda: Lab(first_choice()), [])
    worker = solara.lab.use_task(lab.work, dependencies=None)
    lab.start_worker = worker

    def live():
        lab.prepare()
        return lab.close

    solara.use_effect(live, [])
    solara.Title("Hedgelab")
    solara.Style(CSS)
    with rv.Html(tag="div", class_="lab"):
        Controls(lab)
        Trouble(lab)
        with rv.Html(tag="main", class_="columns"):
            Portfolio(lab)
            with rv.Html(tag="div", class_="side"):
                ThisQuarter(lab)
            HeatMap(lab)
            Frontier(lab)


@solara.component
def Trouble(lab: Lab):
    """An error in its own words, and a way on."""
    error = lab.status.value.error
    if not error:
        return
    with rv.Html(tag="div", class_="trouble", attributes={"role": "alert"}):
        rv.Html(tag="span", children=[capital(error)])
        solara.Button("Try again", lab.again, text=True, small=True)


@solara.component
def Layout(children=[]):  # noqa: B006 - Solara passes the page in; the default is never changed
    """The page without Solara's own bars."""
    rv.Html(tag="div", children=children)
