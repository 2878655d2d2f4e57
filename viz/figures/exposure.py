"""Exposure over time: one panel a policy, one line a partner, the reference policy as a grey ghost."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from viz.figures.base import Picture, blank, figure_style, head, quarter_ticks, spread
from viz.theme import GHOST, Theme
from viz.words import in_unit, number

MOST_LINES = 7
WIDTH, LEFT, LABELS = 12.0, 0.62, 0.95
"""Inches: the figure, the room left of the first panel, the room for names right of each."""


def exposure_over_time(outcomes: pd.DataFrame, reference: str, theme: Theme, titles: Mapping[str, str]) -> Picture:
    """Small multiples of the loss-weighted exposure to each partner.

    Parameters
    ----------
    outcomes : rows [policy, run, quarter, measure, partner, value, unit] of a comparison
    reference : the policy that the others are compared with
    titles : policy -> title"""
    rows = outcomes[(outcomes["measure"] == "exposure_share") & ~outcomes["partner"].isin(("", "all"))]
    policies = first(reference, rows["policy"])
    mean = rows.groupby(["policy", "quarter", "partner"])["value"].mean().unstack("partner")
    partners = _shown(mean, theme)
    title = _title(mean, partners, reference, theme, titles)
    bands = _bands(rows)
    columns = min(4, len(policies))
    lines = -(-len(policies) // columns)
    wide = (WIDTH - LEFT - LABELS * columns) / columns
    with figure_style():
        figure = blank(WIDTH, 1.5 + 2.55 * lines)
        note = _NOTE.format(focus=theme.name(theme.focus), reference=titles.get(reference, reference))
        top = head(figure, title, note, 108)
        grid = figure.add_gridspec(
            lines, columns, left=LEFT / WIDTH, right=1 - LABELS / WIDTH, top=top - 0.32 / figure.get_figheight(),
            bottom=0.07, wspace=LABELS / wide, hspace=0.34,
        )  # fmt: skip
        limit = 1.12 * 100 * max(bands[1][partners].max().max(), mean[partners].max().max())
        for place, policy in enumerate(policies):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            ghost = mean.loc[reference] if reference in policies and policy != reference else None
            _panel(axes, mean.loc[policy], [band.loc[policy] for band in bands], ghost, partners, theme, limit, wide)
            axes.set_title(titles.get(policy, policy), loc="left", pad=5)
            if place % columns:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel("per cent of foreign supply,\nloss-weighted", fontsize=8)
    return Picture("exposure_over_time", figure, title, _caption(rows, partners, mean, theme), _alt(mean, titles))


_NOTE = (
    "Each line is one partner's share of {focus}'s foreign supply; a domain counts for more the more its loss would "
    "cost. Grey dashes: the same under “{reference}”. Shading: where the middle 90 % of runs lie. "
    "Figures at the right: per cent at the end."
)


def first(reference: str, policies) -> list[str]:
    """Each policy once, the reference in front."""
    unique = list(dict.fromkeys(policies))
    return [policy for policy in unique if policy == reference] + [p for p in unique if p != reference]


def _shown(mean: pd.DataFrame, theme: Theme) -> list[str]:
    """The actors and the largest other partners, largest first."""
    size = mean.mean().sort_values(ascending=False)
    actors = [code for code in size.index if code in theme.actors]
    others = [code for code in size.index if code not in theme.actors][: max(0, MOST_LINES - len(actors))]
    return [code for code in size.index if code in actors + others]


def _bands(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    grouped = rows.groupby(["policy", "quarter", "partner"])["value"]
    return grouped.quantile(0.05).unstack("partner"), grouped.quantile(0.95).unstack("partner")


def _panel(
    axes: Axes, mean: pd.DataFrame, band: Sequence[pd.DataFrame], ghost: pd.DataFrame | None,
    partners: Sequence[str], theme: Theme, limit: float, wide: float,
) -> None:  # fmt: skip
    """One policy: lines with direct labels, so that no legend has to be searched."""
    quarters = list(mean.index)
    across = range(len(quarters))
    for code in partners:
        if ghost is not None:
            axes.plot(across, 100 * ghost[code], color=GHOST, lw=0.9, ls=(0, (3, 2)), zorder=2)
        strong = code in theme.actors
        axes.plot(across, 100 * mean[code], color=theme.colour(code), lw=2.2 if strong else 1.3, zorder=3)
        axes.fill_between(
            across,
            100 * band[0][code],
            100 * band[1][code],
            color=theme.colour(code),
            alpha=0.15,
            lw=0,
            zorder=1,
        )
    ends = [100 * mean[code].iloc[-1] for code in partners]
    for code, end, height in zip(partners, ends, spread(ends, limit * 0.08, 0.3, limit * 0.97), strict=True):
        axes.annotate(
            f"{theme.brief(code)} {number(end, 0)}", (len(quarters) - 1, end), (1 + 0.14 / wide, height),
            xycoords="data", textcoords=axes.get_yaxis_transform(), va="center", fontsize=7.5,
            arrowprops={"arrowstyle": "-", "lw": 0.6, "color": theme.colour(code), "shrinkA": 1, "shrinkB": 0},
            fontweight="bold" if code in theme.actors else "normal", color=_readable(theme.colour(code)),
            annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, max(len(quarters) - 1, 1))
    axes.set_ylim(0, limit)
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    quarter_ticks(axes, quarters, 4)


def _readable(colour: str) -> str:
    """The colour as text on white: light ones are darkened."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    scale = min(1.0, 115 / light) if light else 1
    return f"#{int(red * scale):02x}{int(green * scale):02x}{int(blue * scale):02x}"


def _changes(mean: pd.DataFrame, partners: Sequence[str], theme: Theme) -> pd.DataFrame:
    """Change of each actor's share from start to end, policy x partner."""
    chosen = [code for code in partners if code in theme.actors] or list(partners)
    first = mean.groupby(level="policy", sort=False).first()[chosen]
    last = mean.groupby(level="policy", sort=False).last()[chosen]
    return last - first


def _title(mean, partners, reference: str, theme: Theme, titles: Mapping[str, str]) -> str:
    """The largest change of exposure to one actor, said in a sentence."""
    changes = _changes(mean, partners, theme)
    policy, partner = changes.abs().stack().idxmax()
    whose = f"{theme.name(theme.focus)}'s exposure"
    change, course = changes.loc[policy, partner], mean.loc[policy][partner]
    if abs(change) < 0.0005:
        return f"{whose} to the other actors hardly changes under any policy"
    return (
        f"{whose} to {theme.in_text(partner)} {'falls' if change < 0 else 'grows'} "
        f"{'most ' if len(changes) > 1 else ''}under “{titles.get(policy, policy)}”: "
        f"from {number(100 * course.iloc[0], 1)} to {number(100 * course.iloc[-1], 1)} %"
        f"{_elsewhere(mean, partner, policy, titles)}"
    )


def _elsewhere(mean: pd.DataFrame, partner: str, policy: str, titles: Mapping[str, str]) -> str:
    """Where the same share ends under the other policies."""
    ends = mean.groupby(level="policy").last()[partner].drop(index=policy)
    if len(ends) == 0:
        return ""
    if len(ends) == 1:
        return f"; under “{titles.get(ends.index[0], ends.index[0])}” it ends at {number(100 * ends.iloc[0], 1)} %"
    low, high = number(100 * ends.min(), 1), number(100 * ends.max(), 1)
    return f"; under the other policies it ends between {low} and {high} %"


def _caption(rows: pd.DataFrame, partners: Sequence[str], mean: pd.DataFrame, theme: Theme) -> str:
    left_out = [theme.name(code) for code in mean.columns if code not in partners]
    runs = rows.groupby("policy")["run"].nunique().max()
    text = f"Mean of {runs} runs a policy. Shares of all partners add up to 100 %."
    return text + (f" Not drawn, being small: {', '.join(left_out)}." if left_out else "")


def _alt(mean: pd.DataFrame, titles: Mapping[str, str]) -> str:
    parts = []
    for policy in dict.fromkeys(mean.index.get_level_values("policy")):
        course = mean.loc[policy]
        leader = course.iloc[-1].idxmax()
        parts.append(
            f"{titles.get(policy, policy)}: largest at the end {leader}, "
            f"{number(in_unit(course[leader].iloc[-1], 'exposure_share'), 1)} per cent"
        )
    return "Line charts of exposure by partner over time. " + "; ".join(parts) + "."
