"""The efficient hedging frontier, and where each policy moves beside it: one panel a loss, labels on the lines."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.studies.frontier import Loss
from sim.studies.standing import COLUMN, Standing, least_premium, points_of
from viz.figures.base import Picture, blank, figure_style, head, spread
from viz.theme import GHOST, INK, MUTED, Theme
from viz.words import capital, number

PANELS = (
    (Loss.expected, "Expected loss", "expected loss from coercion and accidents, per cent of income a year"),
    (Loss.tail, "Loss if luck is bad", "mean of the worst 5 % of futures, per cent of a year's income in ten years"),
)
LINES = ("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
MARKS = ("o", "s", "^", "D", "v", "P", "X", "h")
SHADES = ("#24507A", "#A4452C", "#3F7F4A", "#7A4A8C", "#8A6D1D", "#2E8C8C", "#B0487E", "#4A4F55")
"""Dark enough for text on white; shapes and labels tell policies apart where colours do not."""
ROOM, ROOM_LEFT = 1.2, 1.55
"""How much further than the policies the axes reach: up, and to the left, where names stand."""


def efficient_frontier(standing: Standing, reference: str, theme: Theme, titles: Mapping[str, str],
                       what: str = "") -> Picture:  # fmt: skip
    """Premium against loss: the frontier, and the path of each policy from its first to its last quarter.

    Parameters
    ----------
    reference : the policy that is drawn in grey
    titles : policy -> title
    what : how many runs and parameters the paths stand for"""
    path = standing.path
    policies = list(dict.fromkeys(path["policy"]))
    title = _title(standing, theme, titles)
    note = _NOTE.format(focus=theme.name(theme.focus), first=path["quarter"].min(), last=path["quarter"].max())
    with figure_style():
        figure = blank(12, 6.6)
        top = head(figure, title, note, 108)
        grid = figure.add_gridspec(1, 2, left=0.062, right=0.985, top=top - 0.055, bottom=0.095, wspace=0.16)
        for place, panel in enumerate(PANELS):
            axes = figure.add_subplot(grid[0, place])
            _panel(axes, standing, panel, policies, reference, titles)
    return Picture("efficient_frontier", figure, title, _caption(standing, what), _alt(standing, titles))


_NOTE = (
    "Dark line: the least that each level of loss costs; shaded: what no choice of suppliers reaches. Coloured: what "
    "{focus} buys under each policy, from {first} (ring) to {last} (mark). Down and to the left is better."
)


def colour_of(policy: str, policies: Sequence[str], reference: str) -> str:
    """Colour of a policy's line; the reference stays grey."""
    others = [name for name in policies if name != reference]
    return GHOST if policy == reference else SHADES[others.index(policy) % len(SHADES)]


def window(standing: Standing, kind: Loss) -> tuple[float, float, float]:
    """Lowest and highest loss and highest premium to show: the policies, the unhedged point, and some room."""
    loss = standing.path[COLUMN[kind]]
    right = max(points_of(standing.frontier, kind)["level"].max(), loss.max())
    wide = right - loss.min()
    return right - ROOM_LEFT * wide, right + 0.03 * wide, ROOM * standing.path["premium"].max()


def _panel(axes: Axes, standing: Standing, panel: tuple[Loss, str, str], policies: Sequence[str], reference: str,
           titles: Mapping[str, str]) -> None:  # fmt: skip
    kind, name, unit = panel
    low, high, tall = window(standing, kind)
    axes.set_xlim(low, high)
    axes.set_ylim(-0.02 * tall, tall)
    levels = np.linspace(points_of(standing.frontier, kind)["level"].min(), high, 300)
    least = least_premium(standing.frontier, kind, levels)
    axes.fill_between(levels, -tall, least, color=INK, alpha=0.07, lw=0, zorder=0)
    axes.plot(levels, least, color=INK, lw=2.2, zorder=3)
    axes.set_title(name, loc="left", pad=8)
    axes.set_xlabel(unit)
    axes.set_ylabel("hedging premium, per cent of income" if kind is PANELS[0][0] else "")
    axes.grid()
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.text(0.012, 0.035, "out of reach", transform=axes.transAxes, fontsize=8.5, color=MUTED, style="italic")
    ends = {}
    for place, policy in enumerate(policies):
        rows = standing.path[standing.path["policy"] == policy].sort_values("quarter")
        loss, cost, colour = rows[COLUMN[kind]], rows["premium"], colour_of(policy, policies, reference)
        axes.plot(loss, cost, color=colour, lw=1.6, ls=LINES[place % len(LINES)], zorder=4)
        axes.plot(loss.iloc[:1], cost.iloc[:1], "o", ms=9, mfc="none", mec=INK, mew=1.2, zorder=6)
        axes.plot(loss.iloc[-1:], cost.iloc[-1:], MARKS[place % len(MARKS)], ms=7, color=colour, mec="white", mew=0.8,
                  zorder=5)  # fmt: skip
        moved_left = bool(loss.iloc[0] - loss.iloc[-1] > 0.05 * (high - low))
        ends[policy] = (float(loss.iloc[-1]), float(cost.iloc[-1]), moved_left)
    for left in (True, False):
        side = {policy: end[:2] for policy, end in ends.items() if end[2] is left}
        _labels(axes, side, left, {name: colour_of(name, policies, reference) for name in side}, titles)


def _labels(axes: Axes, ends: Mapping[str, tuple[float, float]], left: bool, colours: Mapping[str, str],
            titles: Mapping[str, str]) -> None:  # fmt: skip
    """Names beside the policies' last quarters: on the left of those that moved left, else on the right."""
    (low, high), tall = axes.get_xlim(), axes.get_ylim()[1]
    names = list(ends)
    heights = spread([ends[name][1] + (0.0 if left else 0.03 * tall) for name in names], tall * 0.05, 0, tall * 0.97)
    for name, height in zip(names, heights, strict=True):
        colour = MUTED if colours[name] == GHOST else colours[name]
        beside = ends[name][0] + (-0.045 if left else 0.045) * (high - low)
        axes.annotate(
            titles.get(name, name), ends[name], (beside, height), ha="right" if left else "left", va="center",
            fontsize=8.5, color=colour, zorder=7, fontweight="bold",
            arrowprops={"arrowstyle": "-", "lw": 0.6, "color": colour, "shrinkA": 1, "shrinkB": 3},
            bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8},
        )  # fmt: skip


def sentence(standing: Standing, theme: Theme, titles: Mapping[str, str]) -> str:
    """Where the focus stands at the start and at the end, in plain words: the figure's text for those who read."""
    path, quarters = standing.path, standing.path["quarter"]
    start, last = path[quarters == quarters.min()], path[quarters == quarters.max()]
    text = (
        f"At the start {theme.name(theme.focus)} pays {number(start['premium'].mean(), 3)} % of income for its hedges; "
        f"{number(start['premium_over_expected'].mean(), 3)} of it could be saved at the same expected loss. "
    )
    far = last.dropna(subset="premium_over_expected")
    if far.empty:
        return text + "At the end every policy lies beyond the part of the frontier that was found."
    over = far["premium_over_expected"]
    near, astray = far.loc[over.idxmin()], far.loc[over.idxmax()]
    safest = last.loc[last["expected_loss"].idxmin()]
    return text + (
        f"At the end {_quoted(safest, titles)} leaves the least expected loss, {number(safest['expected_loss'], 3)} % "
        f"of income a year, for a premium of {number(safest['premium'], 3)} %. {_quoted(near, titles)} stands nearest "
        f"to the frontier, {number(over.min(), 3)} % over it, and {_quoted(astray, titles)} furthest, "
        f"{number(over.max(), 3)} %."
    )


def _quoted(row: pd.Series, titles: Mapping[str, str]) -> str:
    return f"“{titles.get(row['policy'], row['policy'])}”"


def _title(standing: Standing, theme: Theme, titles: Mapping[str, str]) -> str:
    """Which policy cuts the expected loss most, at which premium, against what it would cost at least."""
    path = standing.path
    last = path[path["quarter"] == path["quarter"].max()]
    first = path[path["quarter"] == path["quarter"].min()]
    best = last.loc[last["expected_loss"].idxmin()]
    cut = float(first["expected_loss"].mean() - best["expected_loss"])
    if cut <= 5e-4:
        return f"Under no policy does {theme.name(theme.focus)} buy less danger of coercion than at the start"
    needed = best["premium"] - best["premium_over_expected"]
    least = f"; {number(needed, 3)} % would do" if np.isfinite(needed) else ""
    return (
        f"{_quoted(best, titles)} cuts the expected loss most, by {number(cut, 3)} % of income a year, and comes to a "
        f"premium of {number(best['premium'], 3)} %{least}"
    )


def _caption(standing: Standing, what: str) -> str:
    worst = float(standing.frontier["gap"].max())
    return capital(
        f"{what + ' ' if what else ''}Measured at base-year prices and first beliefs: closed forms, with losses set to "
        "the equilibrium's at the base year; other regions' prices and wages do not answer, and home's share is kept. "
        f"The solver may be off by {worst:.0e} % of income at most."
    )


def _alt(standing: Standing, titles: Mapping[str, str]) -> str:
    last = standing.path[standing.path["quarter"] == standing.path["quarter"].max()]
    parts = [f"{titles.get(row['policy'], row['policy'])}: premium {number(row['premium'], 3)}, expected loss "
             f"{number(row['expected_loss'], 3)}, tail loss {number(row['tail_loss'], 2)} per cent"
             for _, row in last.iterrows()]  # fmt: skip
    return "Hedging premium against expected and tail loss, with the efficient frontier. At the end " + "; ".join(parts)
