"""Policies on the same worlds: the worst case, regret, and the share of worlds in which a policy is good enough.

A world is a scenario, a point of the design and a luck; a policy is judged on worlds in which every policy has the
outcome, so differences are paired. Which outcome is good enough is said by the user, or by the reference policy.

Sources: Wald (1945) for maximin, Savage (1951) for minimax regret, Simon (1956) for satisficing, McPhail et al. (2018),
doi:10.1002/2017EF000649, for their use on many worlds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.outcomes import HIGHER
from sim.analysis.worlds import Clusters, Floats, resampled

RESAMPLES = 500
LEVEL = 0.95
MAXIMIN, MINIMAX, SATISFICING = "maximin", "minimax regret", "satisficing"
GIVEN = "given"
SAME = 1e-12  # of the outcome's size: closer values are one


@dataclass(frozen=True)
class Threshold:
    """What is good enough: at least or at most a value."""

    outcome: str
    sign: str  # `>=` or `<=`
    value: float
    source: str  # `given`, or which policy's median it is

    def met(self, found: Floats) -> NDArray[np.bool_]:
        """Whether outcomes meet it."""
        return found >= self.value if self.sign == ">=" else found <= self.value

    def __str__(self) -> str:
        return f"{self.outcome} {self.sign} {self.value:.4g}"


@dataclass(frozen=True)
class Table:
    """One outcome: [policy, world], worlds in which every policy has it, and which group each is resampled with."""

    values: Floats
    groups: NDArray[np.int64]
    better: str

    @property
    def good(self) -> Floats:
        """Values with a sign by which more is better."""
        return self.values if self.better == HIGHER else -self.values

    @property
    def regret(self) -> Floats:
        """[policy, world]: how far below the best policy of the same world; >= 0."""
        return self.good.max(axis=0) - self.good


def summary(table: Table, policy: int, reference: int, met: NDArray[np.bool_], seed: int) -> dict:
    """A policy's row: levels, regret, shares of worlds; `worst` and `max_regret` with the place of their world.

    met : [policy, world], whether the outcome is good enough"""
    values, regret = table.values[policy], table.regret[policy]
    worst, most = int(table.good[policy].argmin()), int(regret.argmax())
    low, high = share_interval(met[policy], table.groups, seed)
    gap = values - table.values[reference]
    return {
        "worlds": len(values), "mean": values.mean(), "worst": values[worst], "worst_world": worst,
        "mean_regret": regret.mean(), "max_regret": regret[most], "max_regret_world": most,
        "best_share": (regret <= _same(table)).mean(), "satisfied": met[policy].mean(), "satisfied_low": low,
        "satisfied_high": high, "difference": gap.mean(),
        "better_share": ((table.good[policy] - table.good[reference]) > _same(table)).mean(),
    }  # fmt: skip


def choices(table: Table, met: NDArray[np.bool_], seed: int) -> list[dict]:
    """Which policies each criterion picks (places; several when they tie), its value, the best of the others, and the
    share of resamples of the points in which the same ones are picked (NaN with one point)."""
    clusters, near = Clusters.of(table.groups), _same(table)
    picks = resampled(seed, "regret", RESAMPLES, len(clusters))
    rows = []
    for criterion, score, parts, together in _scores(table, met, clusters):
        again = np.stack([together(part, picks) for part in parts])  # [policy, resample]; more is better everywhere
        mine = score >= score.max() - near
        same = ((again >= again.max(axis=0) - near) == mine[:, None]).all(axis=0)
        rest = np.where(mine, -np.inf, score)
        rows.append({"criterion": criterion, "picked": np.flatnonzero(mine), "score": score.max(),
                     "next": None if mine.all() else int(rest.argmax()), "next_score": rest.max(),
                     "picked_again": same.mean() if len(clusters) > 1 else np.nan})  # fmt: skip
    return rows


def _scores(table: Table, met: NDArray[np.bool_], clusters: Clusters):
    """(criterion, score [policy], its part a cluster [policy, cluster], how parts of picked clusters come together)."""

    def least(part: Floats, picks: NDArray[np.int64]) -> Floats:
        return part[picks].min(axis=1)

    def share(part: Floats, picks: NDArray[np.int64]) -> Floats:
        return part[picks].sum(axis=1) / clusters.sizes[picks].sum(axis=1)

    def by_cluster(how: np.ufunc, values: Floats) -> Floats:
        return how.reduceat(values[:, clusters.order], clusters.starts, axis=1)

    good, regret = table.good, table.regret
    yield MAXIMIN, good.min(axis=1), by_cluster(np.minimum, good), least
    yield MINIMAX, -regret.max(axis=1), by_cluster(np.minimum, -regret), least
    yield SATISFICING, met.mean(axis=1), by_cluster(np.add, met.astype(float)), share


def share_interval(met: NDArray[np.bool_], groups: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """95 % interval of a share, points resampled whole; NaN with one point."""
    clusters = Clusters.of(groups)
    if len(clusters) < 2:
        return np.nan, np.nan
    hits = np.add.reduceat(met[clusters.order].astype(float), clusters.starts)
    picks = resampled(seed, "satisficing", RESAMPLES, len(clusters))
    shares = hits[picks].sum(axis=1) / clusters.sizes[picks].sum(axis=1)
    low, high = np.quantile(shares, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)


def _same(table: Table) -> float:
    return SAME * float(np.abs(table.values).max())
