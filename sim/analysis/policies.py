"""Every policy on the worlds of a sweep: rows of `regret.py` by scenario and outcome, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.outcomes import HIGHER, direction
from sim.analysis.regret import GIVEN, MAXIMIN, MINIMAX, SATISFICING, Table, Threshold, choices, share_interval, summary
from sim.analysis.worlds import Floats, Worlds
from sim.errors import Problem, ScenarioError

ALL = "all"  # scenarios together
TOGETHER = "all thresholds"
SUMMARY = ["scenario", "policy", "outcome", "unit", "better", "worlds", "left_out", "mean", "worst", "worst_run",
           "mean_regret", "max_regret", "max_regret_run", "best_share", "threshold", "threshold_from", "satisfied",
           "satisfied_low", "satisfied_high", "difference", "better_share"]  # fmt: skip
CHOICES = ["scenario", "outcome", "unit", "criterion", "policy", "value", "runner_up", "runner_up_value",
           "picked_again"]  # fmt: skip


@dataclass(frozen=True)
class Robustness:
    """A row a policy and outcome; a row a criterion; what is good enough, by (scenario, outcome); notes."""

    summary: pd.DataFrame
    choices: pd.DataFrame
    thresholds: dict[tuple[str, str], Threshold]
    notes: list[str]


def parse_thresholds(texts: Iterable[str], outcomes: list[str]) -> dict[str, Threshold]:
    """Outcome -> threshold, from `coercibility<=0.8`. Raises ScenarioError, every problem at once."""
    found: dict[str, Threshold] = {}
    problems = []
    for text in texts:
        hit = re.fullmatch(r"\s*(\S+?)\s*(<=|>=)\s*(\S+)\s*", text)
        try:
            name, sign, value = hit[1], hit[2], float(hit[3])
        except (TypeError, ValueError):
            problems.append(Problem.value("require", text, text, "OUTCOME<=NUMBER or OUTCOME>=NUMBER"))
            continue
        if name not in outcomes:
            problems.append(Problem("require", name, f"is not looked at; must be among {', '.join(outcomes)}"))
        if not np.isfinite(value):
            problems.append(Problem.value("require", text, value, "a finite number"))
        if name in found:
            message = f"is given twice, {found[name]} and {name} {sign} {value:g}; give one threshold an outcome"
            problems.append(Problem("require", name, message))
        found[name] = Threshold(name, sign, value, GIVEN)
    if problems:
        raise ScenarioError(problems)
    return found


def robustness(worlds: Worlds, reference: str, given: Mapping[str, Threshold], better: Mapping[str, str],
               seed: int) -> Robustness:  # fmt: skip
    """Maximin, minimax regret and satisficing by scenario, and over all scenarios when there are several.

    reference : the policy whose median says what is good enough where nothing is given, and the one compared with"""
    rows, picks, thresholds, notes = [], [], {}, []
    scenarios = {name: [name] for name in worlds.scenarios}
    if len(scenarios) > 1:
        scenarios[ALL] = worlds.scenarios
    for outcome in worlds.outcomes:
        way = direction(outcome, better) or _way(given.get(outcome))
        if not way:
            notes.append(f"No regret of {outcome}: no way is known to be good; say --better {outcome}=lower or higher.")
            continue
        for scenario, parts in scenarios.items():
            values, runs, left = _paired(worlds, parts, outcome)
            if not values.shape[1]:
                notes.append(f"No regret of {outcome} in {scenario}: no world in which every policy has it.")
                continue
            table = Table(values, runs["group"].to_numpy(), way)
            of = worlds.policies.index(reference)
            limit = given.get(outcome) or _median(outcome, table, of, reference)
            thresholds[scenario, outcome] = limit
            met = limit.met(values)
            head = {"scenario": scenario, "outcome": outcome, "unit": worlds.units[outcome]}
            said = {"better": way, "left_out": left, "threshold": limit.value, "threshold_from": limit.source}
            for place, policy in enumerate(worlds.policies):
                rows.append(
                    head | said | {"policy": policy} | _named(summary(table, place, of, met, seed), runs, policy)
                )
            picks += [head | _told(one, worlds.policies, way) for one in choices(table, met, seed)]
    if len(given) > 1:
        rows += _together(worlds, scenarios, list(given.values()), seed)
    return Robustness(pd.DataFrame(rows, columns=SUMMARY), pd.DataFrame(picks, columns=CHOICES), thresholds, notes)


def _way(limit: Threshold | None) -> str:
    """What a threshold says about which way is good."""
    return "" if limit is None else "higher" if limit.sign == ">=" else "lower"


def _median(outcome: str, table: Table, reference: int, name: str) -> Threshold:
    sign = ">=" if table.better == HIGHER else "<="
    return Threshold(outcome, sign, float(np.median(table.values[reference])), f"median of {name}")


def _paired(worlds: Worlds, scenarios: list[str], outcome: str) -> tuple[Floats, pd.DataFrame, int]:
    """[policy, world] of the worlds in which every policy has the outcome; which they are; how many are left out."""
    values, runs, left = [], [], 0
    for scenario in scenarios:
        cells = np.stack([worlds.cells(scenario, policy, outcome) for policy in worlds.policies])
        whole = np.isfinite(cells).all(axis=0)
        point, replicate = np.nonzero(whole)
        values.append(cells[:, whole])
        runs.append(pd.DataFrame({"scenario": scenario, "point": point, "replicate": replicate,
                                  "group": worlds.groups[point]}))  # fmt: skip
        left += int((~whole).sum())
    return np.concatenate(values, axis=1), pd.concat(runs, ignore_index=True), left


def _named(row: dict, runs: pd.DataFrame, policy: str) -> dict:
    """Places of worlds become the names of runs, which `hedgelab run --from` opens."""
    for key, column in (("worst_world", "worst_run"), ("max_regret_world", "max_regret_run")):
        at = runs.iloc[row.pop(key)]
        row[column] = f"{at['point']}.{at['scenario']}.{policy}.{at['replicate']}"
    return row


def _told(one: dict, policies: list[str], way: str) -> dict:
    """A criterion's row with names, and values as the outcome has them."""

    def value(score: float) -> float:
        if not np.isfinite(score):
            return np.nan
        return {MAXIMIN: score if way == HIGHER else -score, MINIMAX: -score, SATISFICING: score}[one["criterion"]]

    return {"criterion": one["criterion"], "policy": ", ".join(policies[k] for k in one["picked"]),
            "value": value(one["score"]), "runner_up": "" if one["next"] is None else policies[one["next"]],
            "runner_up_value": value(one["next_score"]), "picked_again": one["picked_again"]}  # fmt: skip


def _together(worlds: Worlds, scenarios: dict[str, list[str]], limits: list[Threshold], seed: int) -> list[dict]:
    """Share of worlds in which a policy meets every threshold that was given."""
    rows = []
    for scenario, parts in scenarios.items():
        cells = {one.outcome: _cells(worlds, parts, one.outcome) for one in limits}
        whole = np.all([np.isfinite(found).all(axis=0) for found in cells.values()], axis=0)
        groups = np.tile(np.repeat(worlds.groups, worlds.replicates), len(parts))[whole]
        if not whole.any():
            continue  # said outcome by outcome
        for place, policy in enumerate(worlds.policies):
            met = np.all([one.met(cells[one.outcome][place, whole]) for one in limits], axis=0)
            low, high = share_interval(met, groups, seed)
            rows.append({"scenario": scenario, "policy": policy, "outcome": TOGETHER, "unit": "1", "better": "",
                         "worlds": int(whole.sum()), "left_out": int((~whole).sum()), "threshold_from": GIVEN,
                         "satisfied": met.mean(), "satisfied_low": low, "satisfied_high": high})  # fmt: skip
    return rows


def _cells(worlds: Worlds, scenarios: list[str], outcome: str) -> Floats:
    """[policy, world] over scenarios, with NaN."""
    return np.stack([np.concatenate([worlds.cells(s, p, outcome).ravel() for s in scenarios]) for p in worlds.policies])
