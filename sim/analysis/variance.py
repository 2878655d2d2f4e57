"""How much of an outcome's spread comes from the values that the design varies, how much from luck, how much from both.

Lucks are crossed with points: luck k is the same at every point, so the split is a two-way analysis of variance with
random effects and one run a cell. What neither explains alone is luck that strikes differently where values differ.

    between points    = spread of the mean over lucks, less what the rest adds to it
    between lucks     = spread of the mean over points, less what the rest adds to it
    together          = what is left in the cells

Sources: Searle, Casella & McCulloch (1992), Variance Components: the ANOVA estimators. They are unbiased, so a part
that is nothing may come out slightly below zero; it is told as it is. Arvesen & Schmitz (1970), Robust procedures for
variance component problems using the jackknife, Biometrics 26: intervals on a scale without ends, with Student's t."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri, stdtrit

from sim.analysis.worlds import Clusters, Floats, Worlds, resampled
from sim.scenario.sweeps import Morris

PARAMETERS, LUCK, TOGETHER = "parameters", "luck", "together"
PARTS = (PARAMETERS, LUCK, TOGETHER)
RESAMPLES = 300
LEVEL = 0.95
FEWEST = 4  # points
LEAST_LUCKS = 3  # with fewer there is no interval, since none can be left out
FEW_LUCKS = 4  # with fewer the split is told to be rough
EDGE = 1e-3  # shares nearer to 0 or 1 count as that far away
COLUMNS = ["scenario", "policy", "outcome", "unit", "source", "share", "low", "high", "sd", "points", "lucks",
           "left_out"]  # fmt: skip


def sources(worlds: Worlds, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """A row a scenario, policy, outcome and source of spread; and what cannot be split, a sentence each.

    Points that lack the outcome under any luck are left out whole and counted."""
    notes, rows = [], []
    if worlds.replicates < 2:
        notes.append("Parameters and luck cannot be told apart: every point was played with one luck; give the sweep "
                     f"`replicates: {FEW_LUCKS}` or more.")  # fmt: skip
        return pd.DataFrame(columns=COLUMNS), notes
    if worlds.replicates < FEW_LUCKS:
        told = "interval is wide" if worlds.replicates >= LEAST_LUCKS else "shares have no interval"
        notes.append(f"{worlds.replicates} lucks: other lucks may spread more than these, so the part of luck is rough "
                     f"and the {told}; {FEW_LUCKS} or more are better.")  # fmt: skip
    notes += _of_design(worlds)
    for scenario in worlds.scenarios:
        for policy in worlds.policies:
            for outcome in worlds.outcomes:
                cells = worlds.cells(scenario, policy, outcome)
                whole = np.isfinite(cells).all(axis=1)
                where = f"{outcome} under {policy} in {scenario}"
                if whole.sum() < FEWEST:
                    notes.append(f"The spread of {where} is not split: {whole.sum()} points have it under every luck; "
                                 f"{FEWEST} are needed.")  # fmt: skip
                    continue
                found = split(cells[whole], worlds.groups[whole], seed)
                if found is None:
                    notes.append(f"The spread of {where} is not split: it is the same in every run.")
                    continue
                head = {"scenario": scenario, "policy": policy, "outcome": outcome, "unit": worlds.units[outcome],
                        "points": int(whole.sum()), "lucks": worlds.replicates,
                        "left_out": int((~whole).sum())}  # fmt: skip
                rows += [head | {"source": name, "share": share, "low": low, "high": high,
                                 "sd": float(np.sign(of) * np.sqrt(abs(of)))}
                         for name, (of, share, low, high) in found.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS), notes


def _of_design(worlds: Worlds) -> list[str]:
    """What the share of parameters stands for, where the points are no sample of the ranges."""
    design = worlds.sweep.spec.design
    if isinstance(design, Morris):  # variance of evenly spaced levels over that of the range between the outermost
        times = (design.levels + 1) / (design.levels - 1)
        return [f"The share of parameters is too large: a Morris design tries {design.levels} levels, both ends among "
                f"them, which vary {times:.3g} times as much as values drawn evenly from the range; an lhs or sobol "
                "design gives it right."]  # fmt: skip
    if design.type in ("grid", "list"):
        return [f"The share of parameters is that of the {design.type}'s points, which are no sample of the ranges."]
    return []


def split(cells: Floats, groups: NDArray[np.int64], seed: int) -> dict[str, tuple[float, float, float, float]] | None:
    """Part -> (variance in the outcome's unit squared, share, and the share's 95 % interval, NaN where there is none).

    cells : [point, luck], no NaN; groups : [point], those that are resampled together
    None when nothing varies. The interval adds two errors of log(share / (1 - share)): of the points, by resampling
    them, and of the lucks, by leaving out one at a time, which is all that is known of other lucks: hence Student's t
    with one degree of freedom less than lucks. With two lucks there is no interval."""
    found = components(cells)
    if found.sum() <= 1e-24 * float(np.abs(cells).max()) ** 2:
        return None
    shares = found / found.sum()
    half = np.hypot(ndtri((1 + LEVEL) / 2) * _error_of_points(cells, groups, seed), _reach_of_lucks(cells))
    low, high = (_share(_open(shares) + sign * half) for sign in (-1, 1))
    low, high = np.minimum(low, shares), np.maximum(high, shares)  # an estimate below zero is in its interval
    return {name: (float(found[k]), float(shares[k]), float(low[k]), float(high[k])) for k, name in enumerate(PARTS)}


def components(cells: Floats) -> Floats:
    """[part]: variances between points, between lucks, together. cells : [..., point, luck], two of each at least."""
    points, lucks = cells.shape[-2:]
    whole = cells.mean(axis=(-2, -1), keepdims=True)
    by_point, by_luck = cells.mean(axis=-1, keepdims=True), cells.mean(axis=-2, keepdims=True)
    rest = ((cells - by_point - by_luck + whole) ** 2).sum(axis=(-2, -1)) / ((points - 1) * (lucks - 1))
    of_points = lucks * ((by_point - whole) ** 2).sum(axis=(-2, -1)) / (points - 1)
    of_lucks = points * ((by_luck - whole) ** 2).sum(axis=(-2, -1)) / (lucks - 1)
    return np.stack([(of_points - rest) / lucks, (of_lucks - rest) / points, rest], axis=-1)


def _error_of_points(cells: Floats, groups: NDArray[np.int64], seed: int) -> Floats:
    clusters = Clusters.of(groups)
    if len(clusters) < 2:
        return np.full(len(PARTS), np.nan)
    again = [components(cells[clusters.rows(pick)])
             for pick in resampled(seed, "variance", RESAMPLES, len(clusters))]  # fmt: skip
    return np.std([_open(one / one.sum()) for one in again if one.sum() > 0], axis=0, ddof=1)


def _reach_of_lucks(cells: Floats) -> Floats:
    """Half an interval by the jackknife's standard error; NaN with two lucks, of which none can be left out, and where
    all spread is in one luck."""
    lucks = cells.shape[1]
    if lucks < LEAST_LUCKS:
        return np.full(len(PARTS), np.nan)
    without = np.stack([components(np.delete(cells, k, axis=1)) for k in range(lucks)])
    whole = without.sum(axis=1, keepdims=True)
    shares = _open(np.divide(without, whole, out=np.full_like(without, np.nan), where=whole > 0))
    error = np.sqrt((lucks - 1) / lucks * ((shares - shares.mean(axis=0)) ** 2).sum(axis=0))
    return stdtrit(lucks - 1, (1 + LEVEL) / 2) * error


def _open(share: Floats) -> Floats:
    """Shares on a scale without ends."""
    return logit(np.clip(share, EDGE, 1 - EDGE))


def _share(of: Floats) -> Floats:
    """And back; what is as near to an end as `_open` can tell is there."""
    share = expit(of)
    return np.where(share <= EDGE, 0.0, np.where(share >= 1 - EDGE, 1.0, share))
