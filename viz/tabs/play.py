"""Play: the portfolio in the middle, this quarter at its side, whom it depends on below."""

import reacton.ipyvuetify as rv
import solara

from viz.lab import Lab
from viz.levers import Levers
from viz.moves import ThisQuarter
from viz.portfolio import HeatMap, Portfolio


@solara.component
def Play(lab: Lab):
    """One run, quarter by quarter."""
    with rv.Html(tag="div", class_="columns"):
        Levers(lab)
        Portfolio(lab)
        with rv.Html(tag="div", class_="side"):
            ThisQuarter(lab)
        HeatMap(lab)
