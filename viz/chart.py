"""A figure that ECharts draws in the browser, from the server's own assets."""

from collections.abc import Callable

import solara

from viz.inputs import packed


@solara.component_vue("chart.vue")
def _Chart(option: str, label: str, height: int, names: list, kind: str, event_clicked=None):
    """What `Chart` hands to the browser."""


def chart(option: dict, label: str = "", height: int = 300, names: list = (), kind: str = "dependence",
          on_click: Callable[[dict], object] | None = None) -> None:  # fmt: skip
    """A figure; `on_click` gets the kind of series and the value that was clicked.

    option : as ECharts takes it; label : the figure in words; kind : what a saved file is called
    names : of series, written at the right: `text`, `top` (px), `colour`, `strong`"""
    _Chart(option=packed(option), label=label, height=height, names=list(names), kind=kind, event_clicked=on_click)
