"""What all figures share: paper, fonts, titles that wrap, files that come out the same twice."""

import io
import textwrap
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viz.theme import INK, MUTED, PAPER, RULE

STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": "#E6EAEE",
    "text.color": INK,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "hedgelab",
}


@dataclass(frozen=True)
class Picture:
    """A figure with what has to be said beside it."""

    name: str
    figure: Figure
    title: str
    caption: str
    alt: str

    def svg(self) -> str:
        """The figure as SVG text; the same bytes for the same numbers."""
        buffer = io.StringIO()
        with figure_style():
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()

    def png(self, dots_per_inch: int = 160) -> bytes:
        """The figure as PNG."""
        buffer = io.BytesIO()
        with figure_style():
            self.figure.savefig(buffer, format="png", dpi=dots_per_inch, metadata={"Software": None})
        return buffer.getvalue()

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Writes `<name>.png` and `<name>.svg` into the folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        png, svg = folder / f"{self.name}.png", folder / f"{self.name}.svg"
        png.write_bytes(self.png())
        svg.write_text(self.svg(), encoding="utf-8")
        return png, svg


@contextmanager
def figure_style():
    """The figures' fonts and lines, without a change to anyone else's settings."""
    with matplotlib.rc_context(STYLE):
        yield


def blank(width: float, height: float) -> Figure:
    """A figure of its own canvas: no pyplot, so that threads do not meet. Sizes in inches."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def head(figure: Figure, title: str, note: str = "", width: int = 96) -> float:
    """Writes the title (and a note under it) top left; returns how far down the plot may reach, 0 to 1."""
    inch = 1 / figure.get_figheight()
    lines = textwrap.wrap(title, width)
    top = 1 - 0.08 * inch
    figure.text(0.012, top, "\n".join(lines), ha="left", va="top", fontsize=13, fontweight="bold", linespacing=1.25)
    top -= (0.235 * len(lines) + 0.07) * inch
    if note:
        notes = textwrap.wrap(note, int(width * 1.42))
        figure.text(0.012, top, "\n".join(notes), ha="left", va="top", fontsize=9, color=MUTED, linespacing=1.3)
        top -= 0.175 * len(notes) * inch
    return top


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Label heights as near the wanted places as can be, at least `gap` apart and inside [low, high] if they fit.

    Labels that collide share one block, which sits at the mean of what its members want."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    blocks: list[list[int]] = []
    for i in order:
        blocks.append([i])
        while len(blocks) > 1 and _foot(blocks[-1], places, gap) < _foot(blocks[-2], places, gap) + gap * len(
            blocks[-2]
        ):
            last = blocks.pop()
            blocks[-1] += last
    heights = [_foot(block, places, gap) + gap * rank for block in blocks for rank in range(len(block))]
    for rank in range(len(heights)):
        heights[rank] = max(heights[rank], low + gap * rank, heights[rank - 1] + gap if rank else low)
    for rank in reversed(range(len(heights))):
        ceiling = heights[rank + 1] - gap if rank + 1 < len(heights) else high
        heights[rank] = min(heights[rank], ceiling)
    out = [0.0] * len(places)
    for i, place in zip(order, heights, strict=True):
        out[i] = place
    return out


def _foot(block: Sequence[int], places: Sequence[float], gap: float) -> float:
    """Height of a block's lowest label."""
    return sum(places[i] for i in block) / len(block) - gap * (len(block) - 1) / 2


def quarter_ticks(axes: Axes, quarters: Sequence[str], most: int = 6) -> None:
    """Year labels at each first quarter; every second or third year when there are many."""
    firsts = [i for i, label in enumerate(quarters) if label.endswith("Q1")]
    if len(firsts) < 2:
        places = list(range(len(quarters)))
        labels = list(quarters)
    else:
        step = -(-len(firsts) // most)
        places = firsts[::step]
        labels = [quarters[i].split("Q")[0] for i in places]
    axes.set_xticks(places, labels)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", pad=6)
