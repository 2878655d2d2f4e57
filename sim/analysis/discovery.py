"""Scenario discovery: where does a policy fail? Cases for PRIM, its boxes in the values' own units, and their checks.

A case is a run. It is a hit when its policy misses what was required; where nothing was, the reference policy's runs
are hits beyond its own median, which tells where the world is bad, and another policy's where it does worse than the
reference in the same world, which tells where the policy is. What PRIM finds on all runs it finds again, or not, on
halves of the points, and it is measured on the other halves: `density_elsewhere` is the honest density.

Source: Bryant & Lempert (2010), doi:10.1016/j.techfore.2009.08.002."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim import draws
from sim.analysis.policies import TOGETHER
from sim.analysis.prim import Box, discover, quality, quasi_p
from sim.analysis.regret import GIVEN, SAME, Threshold
from sim.analysis.worlds import Worlds

HALVES = 10
FEWEST = 10  # points with a hit, and points with a run that is none
POINTS = 40
WORSE = "is worse than "
BOXES = ["scenario", "policy", "outcome", "fails_when", "runs", "left_out", "failing", "base_rate", "coverage",
         "density", "mass", "coverage_elsewhere", "density_elsewhere", "limits"]  # fmt: skip
LIMITS = ["scenario", "policy", "outcome", "parameter", "low", "high", "range_low", "range_high", "unit", "quasi_p",
          "found_again"]  # fmt: skip
PEELING = ["scenario", "policy", "outcome", "step", "coverage", "density", "mass", "limits"]


@dataclass(frozen=True)
class Discovery:
    """A row a box, a row a limit, a row a step of the peeling; and what could not be searched."""

    boxes: pd.DataFrame
    limits: pd.DataFrame
    peeling: pd.DataFrame
    notes: list[str]


@dataclass(frozen=True)
class _Cases:
    names: list[str]
    x: np.ndarray  # [case, name], own units
    hit: np.ndarray  # [case]
    group: np.ndarray  # [case], lucks of a point, and points that follow from one another by design
    left: int
    said: str  # what a hit is


def discovery(worlds: Worlds, reference: str, thresholds: Mapping[tuple[str, str], Threshold],
              units: Mapping[str, str], seed: int) -> Discovery:  # fmt: skip
    """A box for every scenario, policy and outcome with a threshold, and for all given thresholds when there are two.

    thresholds : by (scenario, outcome), from `policies.robustness`; units : of values, by name"""
    boxes, limits, peeling, notes = [], [], [], []
    if not worlds.names:
        return Discovery(*(pd.DataFrame(columns=c) for c in (BOXES, LIMITS, PEELING)),
                         ["No scenario discovery: the design varies nothing."])  # fmt: skip
    for scenario in worlds.scenarios:
        asked = {name: [one] for (where, name), one in thresholds.items() if where == scenario}
        given = [one for (one,) in asked.values() if one.source == GIVEN]
        asked |= {TOGETHER: given} if len(given) > 1 else {}
        for outcome, missed in asked.items():
            for policy in worlds.policies:
                paired = missed[0].source != GIVEN and policy != reference
                cases = _cases(worlds, scenario, policy, missed, reference if paired else None)
                head = {"scenario": scenario, "policy": policy, "outcome": outcome}
                reason = _too_few(cases)
                if reason:
                    notes.append(f"Nothing to search for in {outcome} under {policy} in {scenario}: {reason}.")
                    continue
                box, way = discover(cases.x, cases.hit, cases.group)
                checked = _elsewhere(cases, seed)
                boxes.append(head | {"fails_when": cases.said} | _box_row(cases, box, checked))
                limits += [head | row for row in _limit_rows(cases, box, units, checked)]
                peeling += [head | row for row in _peeling_rows(cases, way)]
    return Discovery(pd.DataFrame(boxes, columns=BOXES), pd.DataFrame(limits, columns=LIMITS),
                     pd.DataFrame(peeling, columns=PEELING), notes)  # fmt: skip


def _cases(worlds: Worlds, scenario: str, policy: str, limits: list[Threshold], than: str | None) -> _Cases:
    """Runs with every outcome that is asked for; a hit misses one of the thresholds.

    than : a policy; then a hit does worse than that policy's run of the same world"""
    values = worlds.values(scenario, policy)
    cells = [worlds.cells(scenario, policy, one.outcome) for one in limits]
    said = "misses " + " or ".join(map(str, limits))
    if than is None:
        hit = ~np.all([one.met(found) for one, found in zip(limits, cells, strict=True)], axis=0)
    else:
        other, sign = worlds.cells(scenario, than, limits[0].outcome), 1 if limits[0].sign == ">=" else -1
        worse = sign * (other - cells[0])
        hit, said = worse > SAME * np.nanmax(np.abs(other), initial=0), f"{WORSE}{than} in the same world"
        cells.append(other)
    there = np.all([np.isfinite(found) for found in cells], axis=0)
    points = np.broadcast_to(np.arange(worlds.points)[:, None], there.shape)[there]
    left = there.size - int(there.sum())
    return _Cases(list(values.columns), values.to_numpy(float)[points], hit[there], worlds.groups[points], left, said)


def _too_few(cases: _Cases) -> str:
    """Why PRIM would find nothing that holds; empty when it may."""
    if len(cases.hit) and cases.hit.all():
        return f"every run {cases.said}"
    if not cases.hit.any():
        return f"no run {cases.said}"
    points = len(np.unique(cases.x, axis=0))
    if points < POINTS:
        return f"{points} points; {POINTS} are needed"
    for mine, said in ((cases.hit, cases.said), (~cases.hit, f"does not fail, where failing is: {cases.said}")):
        count = len(np.unique(cases.x[mine], axis=0))  # lucks of one point are one place
        if count < FEWEST:
            return f"only {count} of {points} points have a run that {said}; {FEWEST} are needed"
    return ""


def _elsewhere(cases: _Cases, seed: int) -> tuple[float, float, dict[int, float]]:
    """Mean coverage and density of boxes found on halves of the points, in the other halves; and how often each name
    is limited again. Halves in which nothing is limited count with the base rate and full coverage; those that have no
    hit on one side not at all, and NaN is returned when none is left, as where few groups of points have hits."""
    groups = np.unique(cases.group)
    found, again = [], np.zeros(len(cases.names))
    for half in range(HALVES):
        order = np.argsort(draws.uniform(seed, "analysis.half", half, np.arange(len(groups)), "", ""))
        mine = np.isin(cases.group, groups[order[: len(groups) // 2]])
        if cases.hit[mine].any() and cases.hit[~mine].any():
            box, _ = discover(cases.x[mine], cases.hit[mine], cases.group[mine])
            other = quality(box, cases.x[~mine], cases.hit[~mine])
            found.append((other.coverage, other.density))
            again[box.limited] += 1
    coverage, density = np.nanmean(found, axis=0) if found else (np.nan, np.nan)
    shares = again / len(found) if found else np.full_like(again, np.nan)
    return float(coverage), float(density), dict(enumerate(shares.tolist()))


def _box_row(cases: _Cases, box: Box, checked) -> dict:
    now = quality(box, cases.x, cases.hit)
    return {"runs": len(cases.hit), "left_out": cases.left, "failing": int(cases.hit.sum()),
            "base_rate": cases.hit.mean(), "coverage": now.coverage, "density": now.density, "mass": now.mass,
            "coverage_elsewhere": checked[0], "density_elsewhere": checked[1], "limits": len(box.limited)}  # fmt: skip


def _limit_rows(cases: _Cases, box: Box, units: Mapping[str, str], checked) -> list[dict]:
    """A row a name that is limited; an open side is empty."""
    chances = quasi_p(box, cases.x, cases.hit, cases.group)
    rows = []
    for k in sorted(chances, key=lambda name: chances[name]):
        name, column = cases.names[k], cases.x[:, k]
        rows.append({"parameter": name, "low": box.low[k] if np.isfinite(box.low[k]) else np.nan,
                     "high": box.high[k] if np.isfinite(box.high[k]) else np.nan, "range_low": column.min(),
                     "range_high": column.max(), "unit": units.get(name, ""), "quasi_p": chances[k],
                     "found_again": checked[2][k]})  # fmt: skip
    return rows


def _peeling_rows(cases: _Cases, way: list[Box]) -> list[dict]:
    told = [(box, quality(box, cases.x, cases.hit)) for box in way]
    return [{"step": k, "coverage": one.coverage, "density": one.density, "mass": one.mass,
             "limits": len(box.limited)} for k, (box, one) in enumerate(told)]  # fmt: skip
