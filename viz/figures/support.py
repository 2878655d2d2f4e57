"""Support at home over time: one panel a policy, one line a group, and beside it what moved it most."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from sim.record.politics import CAUSE_WORDS
from viz.figures.base import Picture, blank, figure_style, head, quarter_ticks, spread
from viz.figures.exposure import first
from viz.theme import PARTNER_COLOURS, RULE, Theme
from viz.words import capital, listed, number

WIDTH, LEFT, LABELS = 12.0, 0.62, 1.3
"""Inches: the figure, the room left of the first panel, the room for names right of each."""
ALL = "all"


def support_over_time(portfolio: pd.DataFrame, reference: str, theme: Theme,
                      titles: Mapping[str, str]) -> Picture | None:  # fmt: skip
    """Small multiples of the standing support of each domestic group; None when the run knows no groups.

    Parameters
    ----------
    portfolio : rows [policy, run, quarter, region, partner, domain, measure, value] of a comparison
    reference : the policy that the others are compared with
    titles : policy -> title"""
    if "region" not in portfolio:
        return None
    mine = portfolio[portfolio["region"] == theme.focus]
    rows = mine[(mine["measure"] == "support") & (mine["partner"] != ALL)]
    if rows.empty:
        return None
    mean = rows.groupby(["policy", "quarter", "partner"])["value"].mean().unstack("partner")
    policies, groups = first(reference, rows["policy"]), list(mean.columns)
    colours = dict(zip(groups, PARTNER_COLOURS, strict=False))
    fell = mine[(mine["measure"] == "policy_fallen")].groupby(["policy", "quarter"])["value"].mean()
    columns = min(4, len(policies))
    lines = -(-len(policies) // columns)
    wide = (WIDTH - LEFT - LABELS * columns) / columns
    title = _title(mean, theme, titles)
    with figure_style():
        figure = blank(WIDTH, 1.5 + 2.55 * lines)
        top = head(figure, title, _NOTE, 108)
        grid = figure.add_gridspec(
            lines, columns, left=LEFT / WIDTH, right=1 - LABELS / WIDTH, top=top - 0.32 / figure.get_figheight(),
            bottom=0.07, wspace=LABELS / wide, hspace=0.34,
        )  # fmt: skip
        low, high = min(0.0, mean.min().min()), max(0.0, mean.max().max())
        room = 0.08 * max(high - low, 1e-6)
        for place, policy in enumerate(policies):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            _panel(axes, mean.loc[policy], colours, (low - room, high + room), wide)
            axes.set_title(titles.get(policy, policy), loc="left", pad=5)
            if place % columns:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel("per cent of support", fontsize=8)
    caption = _caption(mine, mean, policies, fell, titles)
    return Picture("support_over_time", figure, title, caption, _alt(mean, titles))


_NOTE = (
    "Each line is one group at home: how much better or worse off it has lately been than in the base year, by what it "
    "lives on. Figures at the right: per cent at the end."
)


def group_name(code: str) -> str:
    """`finance_ministry` as `Finance ministry`."""
    return capital(code.replace("_", " "))


def _panel(axes: Axes, mean: pd.DataFrame, colours: Mapping[str, str], limits: tuple[float, float],
           wide: float) -> None:  # fmt: skip
    """One policy: lines with direct labels."""
    quarters = list(mean.index)
    axes.axhline(0, color=RULE, lw=1)
    for group, colour in colours.items():
        axes.plot(range(len(quarters)), mean[group], color=colour, lw=1.6)
    ends = [float(mean[group].iloc[-1]) for group in colours]
    span = limits[1] - limits[0]
    heights = spread([end - limits[0] for end in ends], span * 0.08, 0.02 * span, 0.98 * span)
    for (group, colour), end, height in zip(colours.items(), ends, heights, strict=True):
        axes.annotate(
            f"{group_name(group)} {number(end, 2)}", (len(quarters) - 1, end), (1 + 0.1 / wide, height + limits[0]),
            xycoords="data", textcoords=axes.get_yaxis_transform(), va="center", fontsize=7,
            arrowprops={"arrowstyle": "-", "lw": 0.6, "color": colour, "shrinkA": 1, "shrinkB": 0},
            annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, max(len(quarters) - 1, 1))
    axes.set_ylim(*limits)
    axes.grid(axis="y")
    quarter_ticks(axes, quarters, 4)


def _title(mean: pd.DataFrame, theme: Theme, titles: Mapping[str, str]) -> str:
    """Which group ends best off and which worst, and under which policy."""
    ends = mean.groupby(level="policy", sort=False).last().stack()
    worst, best = ends.idxmin(), ends.idxmax()
    who = theme.name(theme.focus)
    low, high = (f"{number(float(ends[key]), 2, True)} % under “{titles.get(key[0], key[0])}”" for key in (worst, best))
    return (
        f"Support at home in {who}: {group_name(worst[1])} end worst, at {low}; {group_name(best[1])} best, at {high}"
    )


def _caption(mine: pd.DataFrame, mean: pd.DataFrame, policies: list[str], fell: pd.Series,
             titles: Mapping[str, str]) -> str:  # fmt: skip
    runs = mine.groupby("policy")["run"].nunique().max()
    why = mine[(mine["measure"] == "support_by_cause") & (mine["quarter"] == mine["quarter"].max())]
    cause = why.groupby(["policy", "partner", "domain"])["value"].mean()
    said = []
    for policy in policies:
        ends = mean.loc[policy].iloc[-1]
        group = ends.abs().idxmax()
        most = cause.loc[policy, group].abs().idxmax()
        said.append(f"{titles.get(policy, policy)}: {group_name(group)} most, over {CAUSE_WORDS.get(most, most)}")
    fallen = fell.groupby(level="policy").last() if len(fell) else pd.Series(dtype=float)
    dropped = [f"{titles.get(p, p)} in {round(runs * share)}" for p, share in fallen.items() if share > 0]
    end = f" Fell for lack of support, of {runs} runs: {listed(dropped)}." if dropped else " No policy fell."
    return f"Mean of {runs} runs a policy. What moved most and why: {'; '.join(said)}.{end}"


def _alt(mean: pd.DataFrame, titles: Mapping[str, str]) -> str:
    parts = []
    for policy in dict.fromkeys(mean.index.get_level_values("policy")):
        ends = mean.loc[policy].iloc[-1]
        parts.append(f"{titles.get(policy, policy)}: {group_name(ends.idxmin())} lowest at the end, "
                     f"{number(float(ends.min()), 2)} per cent")  # fmt: skip
    return "Line charts of support by group over time. " + "; ".join(parts) + "."
