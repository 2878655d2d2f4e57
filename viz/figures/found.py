"""Further figures of an analysis: where the spread is from, regret of policies, boxes in which they fail."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.analysis.api import Findings
from viz.figures.base import Picture, blank, figure_style, head
from viz.figures.panels import panels
from viz.found import Names, fails_text, gap, holds, kind_of, limits_of, unit_of
from viz.theme import ACCENT, GHOST, INK, MUTED, RULE
from viz.words import chance, counted, in_unit, number

MOST_BOXES = 6
SOURCES = {"parameters": ("parameters", ACCENT), "luck": ("luck", "#E69F00"),
           "together": ("luck that strikes differently where values differ", "#BBBBBB")}  # fmt: skip


def spread_sources(found: Findings, names: Names, scenario: str) -> Picture | None:
    """A panel an outcome, a bar a policy: shares of the variance; none when they could not be told apart."""
    mine = found.variance[found.variance["scenario"] == scenario]
    if mine.empty:
        return None
    outcomes, policies = list(dict.fromkeys(mine["outcome"])), list(dict.fromkeys(mine["policy"]))
    title = _spread_title(mine, found.reference, names)
    line = ("Line: 95 % interval of the share of parameters." if mine["low"].notna().any()
            else "No interval: there are too few lucks for one.")  # fmt: skip
    note = (f"Bars: where the variance between runs of one policy comes from. {line} A part below zero, which an "
            "estimate may be, has no bar.")  # fmt: skip
    legend = [Patch(color=colour, label=label) for label, colour in SOURCES.values()]
    with figure_style():
        figure, axes = panels(len(outcomes), [names.policy(p) for p in policies], title, note, legend=legend)
        for one, outcome in zip(axes, outcomes, strict=True):
            _spread_panel(one, mine[mine["outcome"] == outcome], policies)
            one.set_title(names.outcome(outcome), loc="left", pad=6)
            one.set_xlabel("share of the variance, per cent", fontsize=8)
    points, lucks = int(mine["points"].min()), int(mine["lucks"].max())
    caption = f"{counted(points, 'point')} of the design, each with the same {counted(lucks, 'luck')}."
    alt = "; ".join(f"{names.outcome(r.outcome)}, {names.policy(r.policy)}: {100 * r.share:.0f} % parameters"
                    for r in mine[mine["source"] == "parameters"].itertuples())  # fmt: skip
    return Picture(f"spread_{scenario}", figure, title, caption, f"Bars of variance shares. {alt}.")


def _spread_title(mine: pd.DataFrame, reference: str, names: Names) -> str:
    rows = mine[mine["policy"] == reference] if (mine["policy"] == reference).any() else mine
    luck = 1 - rows[rows["source"] == "parameters"].set_index("outcome")["share"]
    worst = luck.idxmax()
    if luck[worst] < 0.1:
        return "Parameters, not luck, make nearly all of the spread between runs"
    return f"Luck has a hand in {chance(luck[worst])} of the spread of {names.outcome_in_text(worst)}, the most of all"


def _spread_panel(axes: Axes, rows: pd.DataFrame, policies: list[str]) -> None:
    for place, policy in enumerate(policies):
        mine = rows[rows["policy"] == policy].set_index("source")
        left = 0.0
        for source, (_, colour) in SOURCES.items():
            if source in mine.index:
                width = 100 * max(float(mine["share"][source]), 0.0)
                axes.barh(place, width, 0.62, left, color=colour, lw=0)
                left += width
        if len(mine):
            ends = [100 * mine[column]["parameters"] for column in ("low", "high")]
            axes.plot(ends, [place, place], color="white", lw=3)
            axes.plot(ends, [place, place], color=INK, lw=1)
    axes.set_axisbelow(True)
    axes.set_xlim(0, 104)


def policy_regret(found: Findings, names: Names, scenario: str) -> Picture | None:
    """A panel an outcome, a row a policy: mean and largest regret, and the share of worlds it is good enough in."""
    mine = found.policies[(found.policies["scenario"] == scenario) & found.policies["max_regret"].notna()]
    if mine["policy"].nunique() < 2:
        return None
    outcomes, policies = list(dict.fromkeys(mine["outcome"])), list(dict.fromkeys(mine["policy"]))
    title = _regret_title(found, names, scenario, outcomes[0])
    note = ("Regret: gap to the best policy of the same world - same parameters, same luck. Ring: mean. Dot: worst. "
            "Per cent: worlds in which it is good enough, by the threshold in the table. Left is better.")  # fmt: skip
    with figure_style():
        figure, axes = panels(len(outcomes), [names.policy(p) for p in policies], title, note)
        for one, outcome in zip(axes, outcomes, strict=True):
            rows = mine[mine["outcome"] == outcome].set_index("policy")
            _regret_panel(one, rows, policies, outcome)
            one.set_title(names.outcome(outcome), loc="left", pad=6)
            unit = unit_of(outcome, rows["unit"].iloc[0], difference=True).removeprefix("difference, ")
            one.set_xlabel("\n".join(wrap(f"regret, {unit}", 46)), fontsize=8)
    alt = "; ".join(f"{names.outcome(r.outcome)}, {names.policy(r.policy)}: {gap(r.max_regret, r.outcome, r.unit)}"
                    for r in mine.itertuples())  # fmt: skip
    caption = f"{counted(int(mine['worlds'].min()), 'world')} in which every policy has the outcome."
    return Picture(f"regret_{scenario}", figure, title, caption, f"Largest regret by policy and outcome. {alt}.")


def _regret_title(found: Findings, names: Names, scenario: str, outcome: str) -> str:
    rows = found.choices[(found.choices["scenario"] == scenario) & (found.choices["outcome"] == outcome)
                         & (found.choices["criterion"] == "minimax regret")]  # fmt: skip
    row = rows.iloc[0]
    return (f"{names.policy(row['policy'])} has the smallest worst regret in {names.outcome_in_text(outcome)}: "
            f"{gap(row['value'], outcome, row['unit'])}")  # fmt: skip


def _regret_panel(axes: Axes, rows: pd.DataFrame, policies: list[str], outcome: str) -> None:
    kind = kind_of(outcome)
    widest = max(in_unit(float(rows["max_regret"].max()), kind), 1e-12)
    for place, policy in enumerate(policies):
        if policy in rows.index:
            mean, most = (in_unit(float(rows[column][policy]), kind) for column in ("mean_regret", "max_regret"))
            axes.plot([mean, most], [place, place], color=ACCENT, lw=1.3, zorder=2)
            axes.plot([mean], [place], "o", ms=5.5, mfc="white", mec=ACCENT, mew=1.3, zorder=3)
            axes.plot([most], [place], "o", ms=5.5, color=ACCENT, zorder=3)
            axes.text(1.27 * widest, place, chance(rows["satisfied"][policy]), ha="right", va="center", fontsize=8.5,
                      color=MUTED)  # fmt: skip
    axes.set_xlim(-0.04 * widest, 1.28 * widest)
    axes.axvline(0, color=GHOST, lw=1, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))


def failing_boxes(found: Findings, names: Names) -> Picture | None:
    """The boxes that hold on points not searched: each value's range, and the part of it in which the policy fails."""
    boxes = found.boxes[[holds(row) for _, row in found.boxes.iterrows()]] if len(found.boxes) else found.boxes
    if boxes.empty:
        return None
    boxes = boxes.assign(_gain=boxes["coverage"] - boxes["mass"]).nlargest(MOST_BOXES, "_gain")
    rows = []
    for _, box in boxes.iterrows():
        rows.append((box, None))
        rows += [(box, limit) for _, limit in limits_of(box, found).iterrows()]
    best = boxes.iloc[0]
    who = f"{names.policy(best['policy'])} {fails_text(best, found, names)}"
    density, base = chance(best["density"]), chance(best["base_rate"])
    title = f"{who} in {density} of the runs in one part of the worlds, against {base} of all"
    note = ("Grey: the range that was tried. Blue: the part in which the policy fails. Coverage: share of its failures "
            "that lie there. Density: share of the runs there that fail.")  # fmt: skip
    with figure_style():
        figure = blank(12, 1.35 + 0.34 * len(rows))
        top = head(figure, title, note, 108)
        axes = figure.add_axes((0.34, 0.02, 0.5, top - 0.04))
        for place, (box, limit) in enumerate(rows):
            _box_row(axes, place, box, limit, found, names)
        axes.set_xlim(0, 1)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.axis("off")
    return Picture("failing_boxes", figure, title, f"{counted(len(boxes), 'box', 'boxes')}, best first.",
                   "Ranges of values in which policies fail. " + title + ".")  # fmt: skip


def _box_row(axes: Axes, place: int, box: pd.Series, limit: pd.Series | None, found: Findings, names: Names) -> None:
    if limit is None:
        share = {name: chance(box[name]) for name in ("density", "coverage", "density_elsewhere")}
        text = (f"{names.policy(box['policy'])} {fails_text(box, found, names)}: density {share['density']}, coverage "
                f"{share['coverage']}; density on points not searched {share['density_elsewhere']}")  # fmt: skip
        axes.text(-0.66, place + 0.05, text, fontsize=9.5, fontweight="bold", va="center", clip_on=False)
        return
    low, wide = limit["range_low"], limit["range_high"] - limit["range_low"]
    begin, end = (0.0 if np.isnan(limit["low"]) else (limit["low"] - low) / wide,
                  1.0 if np.isnan(limit["high"]) else (limit["high"] - low) / wide)  # fmt: skip
    axes.barh(place, 1, 0.36, 0, color=RULE, lw=0)
    axes.barh(place, end - begin, 0.36, begin, color=ACCENT, lw=0)
    unit = "" if limit["unit"] == "1" else f", {limit['unit']}"
    axes.text(-0.09, place, limit["parameter"] + unit, ha="right", va="center", fontsize=8.5, clip_on=False)
    axes.text(-0.01, place, f"{low:.2g}", ha="right", va="center", fontsize=8, color=MUTED, clip_on=False)
    axes.text(1.01, place, f"{limit['range_high']:.2g}", ha="left", va="center", fontsize=8, color=MUTED, clip_on=False)
    for value, at in ((limit["low"], begin), (limit["high"], end)):
        if not np.isnan(value):
            axes.text(at, place - 0.24, number(value, 3).rstrip("0").rstrip("."), ha="center", va="bottom", fontsize=8,
                      color=ACCENT)  # fmt: skip
