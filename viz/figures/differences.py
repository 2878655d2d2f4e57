"""What each policy changes: paired differences from the reference, measure by measure, with their uncertainty."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from viz.figures.base import Picture, blank, figure_style, head
from viz.measures import HEADLINES, Measure, measure
from viz.theme import ACCENT, GHOST, INK, MUTED, Theme
from viz.words import MINUS, axis_unit, counted, difference_text, in_unit, listed

WHOLE = ("", "all")
HEAD, BETWEEN, FOOT = 1.42, 0.95, 0.55
"""Inches above the panels, between two rows of them, and below."""


def paired_differences(
    differences: pd.DataFrame,
    reference: str,
    theme: Theme,
    titles: Mapping[str, str],
    label: str = "",
    threat: str = "",
) -> Picture:
    """One panel a headline measure, one row a policy: mean, its error, the 5-95 % band and the band's own error.

    Parameters
    ----------
    differences : rows [policy, measure, partner, mean, standard_error, low, high, ..., unit, runs]
    label : what the spread comes from, e.g. `parameters + luck`
    threat : what the largest single threat is under the reference policy, e.g. `the Gulf stopping energy`"""
    table = whole_rows(differences)
    shown = [code for code in HEADLINES if code in set(table["measure"])]
    policies = list(dict.fromkeys(differences["policy"]))
    title = _title(table, shown, reference, titles, threat)
    columns = min(3, len(shown)) or 1
    lines = -(-len(shown) // columns)
    with figure_style():
        tall = 0.29 * len(policies) + 0.25
        figure = blank(12, HEAD + lines * tall + (lines - 1) * BETWEEN + FOOT)
        top = head(figure, title, _NOTE.format(reference=titles.get(reference, reference)), 108)
        height = figure.get_figheight()
        grid = figure.add_gridspec(
            lines, columns, left=0.165, right=0.985, top=top - 0.42 / height, bottom=FOOT / height,
            wspace=0.1, hspace=BETWEEN / tall,
        )  # fmt: skip
        for place, code in enumerate(shown):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            _panel(axes, table[table["measure"] == code].set_index("policy"), policies, measure(code))
            names = [titles.get(policy, policy) for policy in policies] if place % columns == 0 else []
            axes.set_yticks(range(len(policies)), names or [""] * len(policies))
            axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=9)
    runs = int(differences["runs"].max()) if len(differences) else 0
    return Picture("paired_differences", figure, title, _caption(runs, label), _alt(table, shown, titles))


_NOTE = (
    "Difference from “{reference}” at the end of the run, run by run with the same parameters and the same luck. "
    "Dot: mean. Thick bar: mean ± its standard error. Thin line: middle 90 % of runs. Filled dot: that 90 % lies "
    "wholly on one side of zero."
)


def whole_rows(differences: pd.DataFrame) -> pd.DataFrame:
    """One row per policy and measure: the one that stands for all partners, else the largest effect."""
    partner = differences["partner"].fillna("")
    whole = differences[partner.isin(WHOLE)]
    done = set(zip(whole["policy"], whole["measure"], strict=True))
    keys = zip(differences["policy"], differences["measure"], strict=True)
    rest = differences[[key not in done for key in keys]]
    rest = rest.loc[rest["mean"].abs().groupby([rest["policy"], rest["measure"]]).idxmax()] if len(rest) else rest
    return pd.concat([whole.drop_duplicates(["policy", "measure"]), rest])


def one_sided(row: pd.Series) -> bool:
    """True when the middle 90 % of runs lie wholly on one side of zero."""
    return bool(row["low"] > 0 or row["high"] < 0)


def _panel(axes: Axes, rows: pd.DataFrame, policies: Sequence[str], kind: Measure) -> None:
    axes.axvline(0, color=GHOST, lw=1, zorder=1)
    for place, policy in enumerate(policies):
        if policy in rows.index:
            _mark(axes, place, rows.loc[policy], kind)
    axes.set_ylim(len(policies) - 0.4, -0.6)
    axes.set_title(kind.name, loc="left", pad=16)
    axes.text(0, 1.03, _direction(kind), transform=axes.transAxes, fontsize=8, color=MUTED)
    axes.set_xlabel(axis_unit(kind, difference=True), fontsize=8)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, min_n_ticks=4))
    axes.margins(x=0.08)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", MINUS) if value else "0")


def _mark(axes: Axes, place: int, row: pd.Series, kind: Measure) -> None:
    def at(column: str) -> float:
        return in_unit(float(row[column]), kind)

    for low, high in (("low_lo", "low_hi"), ("high_lo", "high_hi")):
        if low in row and pd.notna(row[low]):
            axes.fill_betweenx([place - 0.2, place + 0.2], at(low), at(high), color=ACCENT, alpha=0.14, lw=0)
    axes.plot([at("low"), at("high")], [place, place], color=ACCENT, lw=1.2, solid_capstyle="butt", zorder=2)
    error = in_unit(float(row["standard_error"]), kind)
    axes.plot([at("mean") - error, at("mean") + error], [place, place], color=ACCENT, lw=5, alpha=0.55, zorder=3)
    face = ACCENT if one_sided(row) else "white"
    axes.plot([at("mean")], [place], "o", ms=6, mfc=face, mec=ACCENT, mew=1.4, zorder=4)


def _direction(kind: Measure) -> str:
    return {"higher": "right of zero is better →", "lower": "← left of zero is better", "": ""}[kind.better]


def _title(table: pd.DataFrame, shown: Sequence[str], reference: str, titles: Mapping[str, str], threat: str) -> str:
    """Which policies clearly lower the largest single danger, and at what premium; else that none does."""
    name = titles.get(reference, reference)
    for code in ("coercibility", "tail_loss", "expected_coercion_loss"):
        rows = table[table["measure"] == code]
        clear = rows[rows.apply(one_sided, axis=1)] if len(rows) else rows
        better = clear[clear["mean"] < 0].sort_values("mean")
        if code in shown and len(better):
            best = better.iloc[0]
            by = "most: by" if table["policy"].nunique() > 1 else "by"
            return (
                f"“{titles.get(best['policy'], best['policy'])}” cuts {_spoken(code, threat)} {by} "
                f"{_size(best['mean'], code)} of income against “{name}”{_premium(table, best['policy'])}"
            )
    return f"No policy lowers the danger of coercion in nearly all runs, compared with “{name}”"


def _spoken(code: str, threat: str) -> str:
    return {
        "coercibility": "the largest single threat" + (f" ({threat})" if threat else ""),
        "tail_loss": "the loss if luck is bad",
        "expected_coercion_loss": "the expected loss from coercion",
    }[code]


def _size(value: float, code: str) -> str:
    return difference_text(abs(value), code).lstrip("+")


def _premium(table: pd.DataFrame, policy: str) -> str:
    rows = table[(table["measure"] == "hedging_premium") & (table["policy"] == policy)]
    if rows.empty:
        return ""
    premium = rows.iloc[0]["mean"]
    return f"; its premium is {_size(premium, 'hedging_premium')} {'higher' if premium >= 0 else 'lower'}"


def _caption(runs: int, label: str) -> str:
    spread = f"The spread of the runs is {label}. " if label else ""
    return (
        f"{counted(runs, 'run').capitalize()} a policy. {spread}"
        "Pale boxes at the ends of the thin line: how far those ends may be off (bootstrap)."
    )


def _alt(table: pd.DataFrame, shown: Sequence[str], titles: Mapping[str, str]) -> str:
    parts = []
    for code in shown:
        rows = table[table["measure"] == code]
        values = [f"{titles.get(r.policy, r.policy)} {difference_text(r.mean, code)}" for r in rows.itertuples()]
        parts.append(f"{measure(code).name}: {listed(values)}")
    return "Dot plots of differences from the reference policy. " + ". ".join(parts) + "."
