"""A figure that ECharts draws in the browser, from the server's own assets, and saves as a picture."""

from collections.abc import Callable

import solara

from viz.inputs import packed


@solara.component_vue("chart.vue")
def _Chart(option: str, label: str, height: int, names: list, kind: str, part: str, file: str, title: str, note: str,
           legend: list, alone: bool, event_clicked=None):  # fmt: skip
    """What `chart` and `picture` hand to the browser."""


def chart(option: dict, label: str = "", height: int = 300, names: list = (), kind: str = "dependence", part: str = "",
          file: str = "", title: str = "", note: str = "", legend: list = (),
          on_click: Callable[[dict], object] | None = None) -> None:  # fmt: skip
    """A figure; `on_click` gets the kind of series and the value that was clicked.

    option : as ECharts takes it; label : the figure in words
    names : of series, written at the right: `text`, `top` (px), `colour`, `strong`
    file, kind, part : what a saved picture is called; without `file` it begins as all files of the page's run do
    title, note, legend : what stands below the figure in a saved picture; a legend has `text`, `colour`, `dash`"""
    _Chart(option=packed(option), label=label or title, height=height, names=list(names), kind=kind, part=part,
           file=file, title=title or label, note=note, legend=list(legend), alone=False,
           event_clicked=on_click)  # fmt: skip


def picture(option: dict, height: int, kind: str, title: str, note: str = "", part: str = "", file: str = "") -> None:
    """Buttons alone, for what the page shows as a table: they draw it as a picture and save that."""
    _Chart(option=packed(option), label=title, height=height, names=[], kind=kind, part=part, file=file, title=title,
           note=note, legend=[], alone=True)  # fmt: skip
