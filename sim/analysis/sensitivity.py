"""Which values an outcome hangs on: Sobol, Morris and PAWN indices with intervals, as far as the design gives them.

Indices are SALib's; this file says which of them a design allows, takes out points without an outcome, whole
groups where the index needs whole groups, and adds what SALib leaves out: to PAWN an interval and the noise level, to
Morris' mu and sigma an interval.

Sources: Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018; Morris (1991), doi:10.1080/00401706.1991.10484804;
Pianosi & Wagener (2018), doi:10.1016/j.envsoft.2018.07.019, for PAWN on any sample and its dummy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sim import draws
from sim.analysis.pawn import pawn, pawn_fast, slices_for
from sim.analysis.worlds import Clusters, Floats, Worlds, group_size, resampled
from sim.errors import Problem, ScenarioError
from sim.sweeps.design import problem

SOBOL, MORRIS, PAWN = "sobol", "morris", "pawn"
GIVES = {"sobol": (SOBOL, PAWN), "morris": (MORRIS,), "lhs": (PAWN,), "grid": (), "list": ()}
LEVEL = 0.95
RESAMPLES = 200
FEWEST = {SOBOL: 8, MORRIS: 2, PAWN: 40}  # whole groups; for PAWN points
COLUMNS = ["scenario", "policy", "outcome", "method", "index", "parameter", "with_parameter", "value", "low", "high",
           "noise", "unit", "points", "left_out"]  # fmt: skip


@dataclass(frozen=True)
class Sensitivities:
    """A row an index; and what could not be given, a sentence each."""

    table: pd.DataFrame
    notes: list[str]


def method_of(worlds: Worlds, wanted: str | None) -> tuple[str | None, str]:
    """The method that suits the design, or the one asked for; none, with the reason, when the design gives none.

    Raises ScenarioError when the one asked for cannot be had from this design."""
    kind = worlds.sweep.spec.design.type
    gives = GIVES[kind]
    if wanted is not None and wanted not in gives:
        message = f"is {wanted!r}, which a {kind} design cannot give; it gives {' or '.join(gives) or 'none'}: {_NEEDS}"
        raise ScenarioError([Problem(str(worlds.sweep.path), "method", message)])
    if not gives:
        return None, f"No sensitivities: a {kind} design is no sample of the ranges; {_NEEDS}."
    return wanted or gives[0], ""


_NEEDS = "sobol needs a sobol design, morris a morris design, pawn an lhs or sobol design"


def sensitivities(worlds: Worlds, method: str, seed: int) -> Sensitivities:
    """Indices of every scenario, policy and outcome.

    Of the mean over lucks: a point counts when all of its lucks have the outcome. Sobol and Morris take whole
    groups of points alone. An outcome that does not vary has no indices, which a note says."""
    tables, notes = [], []
    for scenario in worlds.scenarios:
        for policy in worlds.policies:
            known = set(worlds.values(scenario, policy).columns)
            for outcome in worlds.outcomes:
                where = f"{outcome} under {policy} in {scenario}"
                mean = worlds.cells(scenario, policy, outcome).mean(axis=1)  # NaN when any luck has none
                kept = _kept(worlds, mean, method)
                fewest, unit = FEWEST[method], "points" if method == PAWN else "whole groups of points"
                groups = int(kept.sum()) // (1 if method == PAWN else group_size(worlds.sweep, len(worlds.names)))
                if groups < fewest:
                    notes.append(f"No {method} indices of {where}: {groups} {unit} have outcomes; {fewest} are needed.")
                    continue
                if np.ptp(mean[kept]) <= 1e-12 * np.abs(mean[kept]).max():
                    notes.append(f"No {method} indices of {where}: it is the same at every point.")
                    continue
                found = _INDICES[method](worlds, mean, kept, known, seed)
                unit = worlds.units[outcome] if method == MORRIS else "1"
                tables.append(found.assign(scenario=scenario, policy=policy, outcome=outcome, method=method, unit=unit,
                                           points=int(kept.sum()), left_out=int((~kept).sum())))  # fmt: skip
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    return Sensitivities(table.reindex(columns=COLUMNS), notes)


def _kept(worlds: Worlds, mean: Floats, method: str) -> np.ndarray:
    """[point]: those that count; for Sobol and Morris all points of a group or none."""
    there = np.isfinite(mean)
    if method == PAWN:
        return there
    whole = np.ones(worlds.groups.max() + 1, bool)
    whole[worlds.groups[~there]] = False
    return whole[worlds.groups]


def _sobol(worlds: Worlds, mean: Floats, kept: np.ndarray, known: set[str], seed: int) -> pd.DataFrame:
    from SALib.analyze import sobol  # late: half a second

    second = worlds.sweep.spec.design.second_order
    found = sobol.analyze(problem(worlds.names), mean[kept], calc_second_order=second, num_resamples=RESAMPLES,
                          conf_level=LEVEL, seed=_salib_seed(seed))  # fmt: skip
    rows = [_row(index, name, found[index][k], found[f"{index}_conf"][k])
            for index in ("S1", "ST") for k, name in enumerate(worlds.names) if name in known]  # fmt: skip
    if second:
        names = worlds.names
        rows += [_row("S2", names[j], found["S2"][j, k], found["S2_conf"][j, k], names[k])
                 for j, k in combinations(range(len(names)), 2) if {names[j], names[k]} <= known]  # fmt: skip
    return pd.DataFrame(rows)


def _morris(worlds: Worlds, mean: Floats, kept: np.ndarray, known: set[str], seed: int) -> pd.DataFrame:
    """SALib's indices and its interval of mu_star; mu and sigma get theirs the same way, by resampling trajectories."""
    from SALib.analyze import morris

    def analysed(rows: np.ndarray, times: int) -> dict:
        return morris.analyze(problem(worlds.names), worlds.places[rows], mean[rows], num_resamples=times,
                              conf_level=LEVEL, num_levels=worlds.sweep.spec.design.levels,
                              seed=_salib_seed(seed))  # fmt: skip

    points = np.flatnonzero(kept)
    found = analysed(points, RESAMPLES)
    trajectories = points.reshape(-1, len(worlds.names) + 1)
    # SALib keeps effects to itself: the mean of one trajectory is its effects; twice, since one has no spread
    effects = np.stack([analysed(np.tile(rows, 2), 2)["mu"] for rows in trajectories]).astype(float)
    again = effects[resampled(seed, "morris", RESAMPLES, len(effects))]  # [time, trajectory, name]
    spread = {"mu": again.mean(axis=1), "sigma": again.std(axis=1, ddof=1)}
    half = {index: ndtri((1 + LEVEL) / 2) * of.std(axis=0, ddof=1) for index, of in spread.items()}
    half["mu_star"] = found["mu_star_conf"]
    return pd.DataFrame([_row(index, name, found[index][k], half[index][k])
                         for k, name in enumerate(worlds.names) if name in known
                         for index in ("mu_star", "mu", "sigma")])  # fmt: skip


def _pawn(worlds: Worlds, mean: Floats, kept: np.ndarray, known: set[str], seed: int) -> pd.DataFrame:
    """Value, interval by the bootstrap's spread, and the noise: what one in twenty values that do nothing passes."""
    names = [name for name in worlds.names if name in known]
    places, groups = worlds.places[kept][:, [worlds.names.index(name) for name in names]], worlds.groups[kept]
    of = mean[kept]
    slices = slices_for(len(of))
    value = pawn(names, places, of, slices)
    clusters = Clusters.of(groups)
    taken = map(clusters.rows, resampled(seed, "pawn", RESAMPLES, len(clusters)))
    again = [pawn_fast(places[rows], of[rows], slices) for rows in taken]
    luck = draws.uniform(seed, "analysis.dummy", np.arange(len(of))[:, None], np.arange(RESAMPLES)[None, :], "", "")
    noise = float(np.quantile(pawn_fast(luck, of, slices), LEVEL))
    # repeated points lift an index, so the resamples' spread is taken and not their place
    half = ndtri((1 + LEVEL) / 2) * np.std(again, axis=0, ddof=1)
    return pd.DataFrame([_row("PAWN", name, value[k], half[k]) | {"noise": noise} for k, name in enumerate(names)])


def _row(index: str, name: str, value: float, half: float, other: str = "") -> dict:
    return {"index": index, "parameter": name, "with_parameter": other, "value": float(value),
            "low": float(value - half), "high": float(value + half), "noise": np.nan}  # fmt: skip


def _salib_seed(seed: int) -> int:
    return seed + 1  # SALib takes 0 for no seed


_INDICES = {SOBOL: _sobol, MORRIS: _morris, PAWN: _pawn}
