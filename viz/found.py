"""What an analysis found, in sentences: names of outcomes and policies, boxes in plain words, which policy to take.

Numbers come from `sim.analysis`; titles and names from the configs that the sweep keeps beside its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sim.analysis.api import Findings
from sim.analysis.discovery import WORSE
from sim.analysis.outcomes import LOWER
from sim.analysis.policies import ALL, TOGETHER
from sim.analysis.regret import GIVEN
from sim.errors import HedgelabError, StoreError
from sim.sweeps.kept import read_config
from sim.sweeps.provenance import resolved
from viz.measures import MEASURES, Measure, measure
from viz.theme import without_count
from viz.words import MISSING, NARROW, axis_unit, chance, in_unit, listed, number, value_text

UNITS = {"1": "", "percent": "per cent"}
BARE = {"real_income", "effective_partners", "effective_partners_loss_weighted", "exposure_share"}  # without `the`
CLOSE = 0.02  # of the base rate: a density elsewhere below that is no finding


@dataclass(frozen=True)
class Names:
    """How policies, scenarios and regions are called; codes where the sweep keeps no configs."""

    policies: Mapping[str, str] = field(default_factory=dict)
    scenarios: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)

    def policy(self, name: str) -> str:
        """Title of a policy, or of several that tie."""
        return " and ".join(f"“{self.policies.get(one, one)}”" for one in name.split(", "))

    def scenario(self, name: str) -> str:
        """Title of a scenario."""
        return "all scenarios" if name == ALL else self.scenarios.get(name, name)

    def outcome(self, name: str) -> str:
        """Name of an outcome, with its partner: `Exposure: China`."""
        if name == TOGETHER:
            return "All thresholds together"
        code, _, partner = name.partition(".")
        parts = [without_count(self.regions.get(part, part)) for part in partner.split("+")] if partner else []
        return measure(code).name + (f": {' + '.join(parts)}" if parts else "")

    def outcome_in_text(self, name: str) -> str:
        """The same inside a sentence: `the largest single threat`; a bare column keeps its own name."""
        code = name.partition(".")[0]
        if code not in MEASURES:
            return name
        found = self.outcome(name)
        return ("" if code in BARE else "the ") + found[:1].lower() + found[1:]


def names_of(found: Findings) -> Names:
    """Names from the sweep's configs: as it keeps them, else as they stand where it names them; else codes."""
    sweep = found.worlds.sweep
    try:
        return _names(read_config(sweep.path))
    except (StoreError, LookupError, TypeError):  # not there, or cut short
        pass
    try:
        return _names(resolved(sweep.plan))
    except HedgelabError:
        return Names()


def _names(config: Mapping[str, Mapping]) -> Names:
    return Names(
        {one["name"]: one["title"] for part in config.values() for one in part["policies"]},
        {name: part["scenario"]["title"] for name, part in config.items()},
        {code: one["name"] for part in config.values() for code, one in part["regions"].items()},
    )


def kind_of(outcome: str) -> Measure:
    """The measure of an outcome's column."""
    return measure(outcome.partition(".")[0])


def shown(value: float, outcome: str, unit: str = "") -> str:
    """A value of an outcome with its unit."""
    kind = kind_of(outcome)
    if kind.code in MEASURES:
        return value_text(value, kind)
    return f"{value:.4g}{NARROW}{UNITS.get(unit, unit)}".rstrip(NARROW) if pd.notna(value) else MISSING


def gap(value: float, outcome: str, unit: str = "") -> str:
    """The size of a difference of an outcome: per cent become points."""
    kind = kind_of(outcome)
    if kind.code not in MEASURES:
        return shown(value, outcome, unit)
    return number(in_unit(value, kind), kind.decimals) + ("" if kind.style == "count" else f"{NARROW}points")


def unit_of(outcome: str, unit: str, difference: bool = False) -> str:
    """What an axis of an outcome says."""
    kind = kind_of(outcome)
    return axis_unit(kind, difference) if kind.code in MEASURES else UNITS.get(unit, unit)


# --- boxes ------------------------------------------------------------------------------------------


def limit_text(row: pd.Series) -> str:
    """`model.trade.contract_renewal is above 0.05 1/quarter`."""
    unit = UNITS.get(row["unit"], row["unit"])
    unit = f" {unit}" if unit else ""
    low, high = row["low"], row["high"]
    if pd.notna(low) and pd.notna(high):
        return f"{row['parameter']} is between {low:.3g} and {high:.3g}{unit}"
    return f"{row['parameter']} is {f'above {low:.3g}' if pd.notna(low) else f'below {high:.3g}'}{unit}"


def limits_of(box: pd.Series, found: Findings) -> pd.DataFrame:
    """The limits of a box, surest first."""
    keys = ["scenario", "policy", "outcome"]
    return found.limits[(found.limits[keys] == box[keys].to_list()).all(axis=1)]


def holds(box: pd.Series) -> bool:
    """Whether a box tells failing runs from others on points that were not searched: at least half of what it seems
    to tell on those that were."""
    seen, elsewhere = box["density"] - box["base_rate"], box["density_elsewhere"] - box["base_rate"]
    return bool(box["limits"] and elsewhere > max(CLOSE, seen / 2))


def fails_text(box: pd.Series, found: Findings, names: Names) -> str:
    """What failing is, after the policy's name: `does worse than “As it is” in the largest single threat`."""
    if box["fails_when"].startswith(WORSE):
        return f"does worse than {names.policy(found.reference)} in {names.outcome_in_text(box['outcome'])}"
    limits = found.policies[found.policies["threshold"].notna() & (found.policies["policy"] == box["policy"])
                            & (found.policies["scenario"] == box["scenario"])]  # fmt: skip
    if box["outcome"] == TOGETHER:
        limits = limits[limits["threshold_from"] == GIVEN]
    else:
        limits = limits[limits["outcome"] == box["outcome"]]
    told = [f"{names.outcome_in_text(row.outcome)} {'above' if row.better == LOWER else 'below'} "
            f"{'' if row.threshold_from == GIVEN else 'the median of '}{shown(row.threshold, row.outcome, row.unit)}"
            for row in limits.itertuples()]  # fmt: skip
    return "has " + " or ".join(told)


def box_text(box: pd.Series, found: Findings, names: Names) -> str:
    """A box in plain words, with coverage, density, and what becomes of it on points that were not searched."""
    mine = limits_of(box, found)
    who = f"{names.policy(box['policy'])} {fails_text(box, found, names)}"
    if mine.empty:
        return f"{who} in {chance(box['base_rate'])} of the runs, and no limits on few values tell in which."
    where = listed([limit_text(row) for _, row in mine.iterrows()])
    share = {name: chance(box[name]) for name in ("base_rate", "density", "coverage", "mass", "density_elsewhere",
                                                  "coverage_elsewhere")}  # fmt: skip
    if pd.isna(box["density_elsewhere"]):
        return (f"{who} in {share['density']} of the runs where {where}, against {share['base_rate']} of all. It could "
                "not be checked on points that were not searched, since too few have such runs: take it for a "
                "guess.")  # fmt: skip
    if not holds(box):
        return (f"{who} in {share['base_rate']} of the runs. More often, it seems, where {where}; but in boxes that "
                f"were found on one half of the points {share['density_elsewhere']} do so on the other half: take it "
                "for chance.")  # fmt: skip
    return (f"{who} in {share['density']} of the runs where {where}, against {share['base_rate']} of all. "
            f"{share['coverage']} of these cases lie there, in {share['mass']} of the runs. Checked on points that "
            f"were not searched: {share['density_elsewhere']} in such a box, which holds "
            f"{share['coverage_elsewhere']} of the cases.")  # fmt: skip


def box_texts(found: Findings, names: Names) -> list[str]:
    """Every box in words; those that hold first, best first."""
    rows = found.boxes.assign(
        _holds=[holds(row) for _, row in found.boxes.iterrows()], _gain=found.boxes["coverage"] - found.boxes["mass"]
    )
    rows = rows.sort_values(["_holds", "_gain"], ascending=False, kind="stable")
    several = found.boxes["scenario"].nunique() > 1
    return [(f"{names.scenario(row['scenario'])}: " if several else "") + box_text(row, found, names)
            for _, row in rows.iterrows()]  # fmt: skip


# --- policies, spread, sensitivities ----------------------------------------------------------------


def choice_text(row: pd.Series, names: Names) -> str:
    """Which policy a criterion picks for an outcome, and by how much."""
    value, second = row["value"], row["runner_up_value"]
    said = {
        "maximin": lambda v: f"worst case {shown(v, row['outcome'], row['unit'])}",
        "minimax regret": lambda v: f"worst regret {gap(v, row['outcome'], row['unit'])}",
        "satisficing": lambda v: f"good enough in {chance(v)} of the worlds",
    }[row["criterion"]]
    text = f"{names.policy(row['policy'])} ({said(value)}"
    if row["runner_up"]:
        near = "equal to these digits" if said(second) == said(value) else said(second)
        text += f"; next {names.policy(row['runner_up'])}, {near}"
    again = f"; picked again in {chance(row['picked_again'])} of resamples" if pd.notna(row["picked_again"]) else ""
    return f"{text}{again})"


def spread_texts(found: Findings, names: Names) -> list[str]:
    """For each outcome under the reference: how much of its spread is parameters, luck, both."""
    mine = found.variance[found.variance["policy"] == found.reference]
    several = mine["scenario"].nunique() > 1
    told = []
    for (scenario, outcome), rows in mine.groupby(["scenario", "outcome"], sort=False):
        share = rows.set_index("source")["share"]
        where = f" in {names.scenario(scenario)}" if several else ""
        parts = [_share(share[source]) for source in ("parameters", "luck", "together")]
        told.append(f"{names.outcome(outcome)}{where}: {parts[0]} parameters, {parts[1]} luck, {parts[2]} luck that "
                    "strikes differently where the values differ.")  # fmt: skip
    return told


def _share(value: float) -> str:
    return f"{number(100 * value, 0)}{NARROW}%"


INDEX = {
    "ST": ("share of the variance that stays when all other values are known (total Sobol index)", "Sobol, total"),
    "mu_star": ("mean change when the value goes through its whole range", "Morris"),
    "PAWN": ("distance between outcomes in a slice of the value's range and all outcomes, 0 to 1", "PAWN"),
}
"""The index that ranks values, by method: what an axis says, and its short name."""
RANKS = {"sobol": "ST", "morris": "mu_star", "pawn": "PAWN"}


def clear(rows: pd.DataFrame) -> pd.Series:
    """Which indices stand above what chance gives: PAWN's whole interval above its noise, others' above a hundredth of
    the largest index and above zero."""
    if rows["noise"].notna().any():
        return rows["low"] > rows["noise"]
    return (rows["low"] > 0) & (rows["value"] > 0.01 * rows["value"].abs().max())


def sensitivity_texts(found: Findings, names: Names) -> list[str]:
    """For each outcome under the reference: the values that matter most, and how many are beyond noise."""
    if found.method is None:
        return []
    index = RANKS[found.method]
    mine = found.sensitivities[(found.sensitivities["index"] == index)
                               & (found.sensitivities["policy"] == found.reference)]  # fmt: skip
    told = []
    several = mine["scenario"].nunique() > 1
    for (scenario, outcome), rows in mine.groupby(["scenario", "outcome"], sort=False):
        sure = rows[clear(rows)].sort_values("value", ascending=False)
        where = f" in {names.scenario(scenario)}" if several else ""
        first = listed([f"{row.parameter} ({INDEX[index][1]} {row.value:.2g})" for row in sure.head(3).itertuples()])
        text = f"mostly on {first}" if first else "on none of the values beyond chance, with so few points"
        told.append(f"{names.outcome(outcome)}{where} hangs {text}.")
    return told
