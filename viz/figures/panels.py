"""A figure of panels, one an outcome, that share their rows: what the figures of an analysis have in common."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from viz.figures.base import blank, head
from viz.theme import INK

BETWEEN, FOOT, LEGEND, ROW = 0.95, 0.6, 0.3, 0.29
"""Inches between two lines of panels, below them, for the legend, and for a row."""


def panels(count: int, rows: Sequence[str], title: str, note: str, wide: float = 0.165, most: int = 3,
           legend: Sequence[Artist] = (), row: float = ROW) -> tuple[Figure, list[Axes]]:  # fmt: skip
    """A figure of `count` panels with the names of the rows left of each line, first row on top.

    wide : share of the width that the names take; most : panels beside each other; legend : stands at the foot;
    row : inches for a row"""
    columns = max(1, min(most, count))
    lines = max(1, -(-count // columns))
    tall, foot = row * len(rows) + 0.25, FOOT + (LEGEND if legend else 0)
    figure = blank(12, 1.2 + 0.175 * -(-len(note) // 150) + lines * tall + (lines - 1) * BETWEEN + foot)
    top = head(figure, title, note, 108)
    height = figure.get_figheight()
    grid = figure.add_gridspec(lines, columns, left=wide, right=0.985, top=top - 0.4 / height, bottom=foot / height,
                               wspace=0.1, hspace=BETWEEN / tall)  # fmt: skip
    made = []
    for place in range(count):
        axes = figure.add_subplot(grid[place // columns, place % columns])
        axes.set_yticks(range(len(rows)), rows if place % columns == 0 else [""] * len(rows))
        axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=8.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        made.append(axes)
    if legend:
        figure.legend(handles=legend, loc="lower left", bbox_to_anchor=(0.008, 0.0), ncol=len(legend), frameon=False,
                      fontsize=8.5, handletextpad=0.4, columnspacing=1.6)  # fmt: skip
    return figure, made
