"""What outcomes hang on: the index that ranks the values of a sweep, by outcome and policy, with its interval."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.analysis.api import Findings
from viz.figures.base import Picture, figure_style
from viz.figures.frontier import MARKS, colour_of
from viz.figures.panels import panels
from viz.found import INDEX, RANKS, Names, clear, unit_of
from viz.theme import GHOST, MUTED
from viz.words import counted

MOST_VALUES = 12
MOST_POLICIES = 4


def sensitivity(found: Findings, names: Names, scenario: str) -> Picture | None:
    """A panel an outcome, a row a value, a mark a policy; none when there are no indices of this scenario."""
    if found.method is None:
        return None
    mine = found.sensitivities[(found.sensitivities["scenario"] == scenario)
                               & (found.sensitivities["index"] == RANKS[found.method])]  # fmt: skip
    if mine.empty:
        return None
    every = sorted(set(mine["policy"]), key=[found.reference, *found.worlds.policies].index)
    policies = every[:MOST_POLICIES]
    outcomes, mine = list(dict.fromkeys(mine["outcome"])), mine[mine["policy"].isin(policies)]
    biggest = mine.groupby("outcome")["value"].transform(lambda of: of.abs().max())
    order = (mine["value"] / biggest).groupby(mine["parameter"]).max().sort_values(ascending=False)
    values = list(order.index[:MOST_VALUES])
    said, short = INDEX[RANKS[found.method]]
    title = _title(mine, found.reference, names, outcomes[0])
    noise = " Dashed: what values that do nothing reach by chance." if mine["noise"].notna().any() else ""
    note = f"{short}: {said}. Line: 95 % interval.{noise} Filled mark: beyond chance."
    legend = [Line2D([], [], color=colour_of(p, policies, found.reference), marker=MARKS[k], ls="", ms=6,
                     label=names.policy(p)) for k, p in enumerate(policies)]  # fmt: skip
    with figure_style():
        row = 0.2 + 0.09 * len(policies)
        figure, axes = panels(len(outcomes), values, title, note, 0.24, legend=legend, row=row)
        for one, outcome in zip(axes, outcomes, strict=True):
            rows = mine[mine["outcome"] == outcome]
            _panel(one, rows, values, policies, found.reference)
            one.set_title(names.outcome(outcome), loc="left", pad=6)
            unit = rows["unit"].iloc[0]
            one.set_xlabel(short if unit == "1" else f"{short}: {unit_of(outcome, unit, difference=True)}", fontsize=8)
    caption = _caption(mine, len(order) - MOST_VALUES, len(every) - MOST_POLICIES)
    return Picture(f"sensitivity_{scenario}", figure, title, caption, _alt(mine, names, outcomes, found.reference))


def _title(mine: pd.DataFrame, reference: str, names: Names, outcome: str) -> str:
    rows = mine[(mine["policy"] == reference) & (mine["outcome"] == outcome)]
    rows = rows if len(rows) else mine[mine["outcome"] == outcome]
    sure = rows[clear(rows)].sort_values("value", ascending=False)
    if sure.empty:
        return f"{names.outcome(outcome)} hangs on no value beyond chance, with so few points"
    return f"{names.outcome(outcome)} hangs most on {sure['parameter'].iloc[0]}"


def _panel(axes: Axes, rows: pd.DataFrame, values: Sequence[str], policies: Sequence[str], reference: str) -> None:
    step = 0.62 / max(len(policies), 1)
    axes.axvline(0, color=GHOST, lw=1, zorder=1)
    for number, policy in enumerate(policies):
        mine = rows[rows["policy"] == policy]
        colour = colour_of(policy, policies, reference)
        for row, sure in zip(mine.itertuples(), clear(mine), strict=True):
            if row.parameter in values:
                y = values.index(row.parameter) + step * (number - (len(policies) - 1) / 2)
                axes.plot([row.low, row.high], [y, y], color=colour, lw=1.1, solid_capstyle="butt", zorder=2)
                axes.plot([row.value], [y], MARKS[number], ms=4.8, mec=colour, mfc=colour if sure else "white", mew=1.1)
    if rows["noise"].notna().any():
        axes.axvline(rows["noise"].max(), color=MUTED, lw=1, ls=(0, (4, 3)), zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))


def _caption(mine: pd.DataFrame, values_left: int, policies_left: int) -> str:
    left = int(mine["left_out"].max())
    parts = [f"{counted(int(mine['points'].min()), 'point')} of the design; outcomes are means over lucks"]
    parts += [f"up to {counted(left, 'point')} left out, for want of an outcome"] if left else []
    if values_left > 0 or policies_left > 0:
        parts.append("the values that matter most and the first policies; all are in sensitivities.csv")
    return "; ".join(parts) + "."


def _alt(mine: pd.DataFrame, names: Names, outcomes: Sequence[str], reference: str) -> str:
    told = []
    for outcome in outcomes:
        rows = mine[(mine["outcome"] == outcome) & (mine["policy"] == reference)].nlargest(3, "value")
        told.append(
            f"{names.outcome(outcome)}: " + ", ".join(f"{r.parameter} {r.value:.2f}" for r in rows.itertuples())
        )
    return "Sensitivity of each outcome to the values of the design. " + "; ".join(told) + "."
