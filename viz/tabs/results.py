"""Results: the frontier with the path of the run, and sweeps from `runs/`."""

import reacton.ipyvuetify as rv
import solara

from viz.frontier import Frontier
from viz.lab import Lab
from viz.sweep_view import Sweeps


@solara.component
def Results(lab: Lab):
    """Where the run stands beside what can be had."""
    with rv.Html(tag="div", class_="results"):
        Frontier(lab)
        Sweeps(lab)
