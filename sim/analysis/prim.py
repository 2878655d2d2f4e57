"""PRIM: in which part of the worlds does something happen? Limits on few values, peeled one thin slice at a time.

Written here because the two libraries that have it do not fit: one is under the GPL, which a package under MIT does
not take on for sixty lines, the other brings a machine-learning stack. Numbers alone; what is a case is left to
`discovery.py`.

    peel    cut off the slice whose loss lifts density most for the cases it takes, until few are left
    choose  of all boxes on the way the one with the largest coverage - mass, which a blind cut leaves at zero
    prune   drop limits whose effect might be chance
    adjust  move the limits that are left, a slice out (pasting) or in, while that helps; then prune once more

Sources: Friedman & Fisher (1999), Bump hunting in high-dimensional data, Statistics and Computing 9; Bryant & Lempert
(2010), doi:10.1016/j.techfore.2009.08.002, for coverage, density and quasi-p-values; Rao & Scott (1992), A simple
method for the analysis of clustered binary data, Biometrics 48, for cases that are alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
ALPHA = 0.05  # share of the cases in a box that one peel takes
SIDES = "low", "high"
LEAST = 0.05  # share of all cases below which nothing is peeled
CHANCE = 0.05  # largest quasi-p-value of a limit that is kept


@dataclass(frozen=True)
class Box:
    """Limits on values; infinite where there is none."""

    low: Floats  # [name]
    high: Floats  # [name]

    def holds(self, x: Floats) -> Bools:
        """[case]: whether it lies inside. x : [case, name]"""
        return ((x >= self.low) & (x <= self.high)).all(axis=1)

    @property
    def limited(self) -> Ints:
        """Which names have a limit."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))

    def without(self, name: int) -> Box:
        """The box with no limit on one name."""
        low, high = self.low.copy(), self.high.copy()
        low[name], high[name] = -np.inf, np.inf
        return Box(low, high)

    def moved(self, name: int, side: str, to: float) -> Box:
        """The box with one limit elsewhere. side : `low` or `high`"""
        limits = getattr(self, side).copy()
        limits[name] = to
        return replace(self, **{side: limits})


@dataclass(frozen=True)
class Quality:
    """How good a box is: shares, 1."""

    coverage: float  # of the hits, those inside
    density: float  # of the cases inside, the hits
    mass: float  # of all cases, those inside

    @property
    def gain(self) -> float:
        """Coverage less mass: 0 for a blind cut, 1 - base rate for a perfect one."""
        return self.coverage - self.mass


def quality(box: Box, x: Floats, hit: Bools) -> Quality:
    """Coverage, density and mass of a box; density is NaN when it is empty."""
    inside = box.holds(x)
    count, hits = int(inside.sum()), int((inside & hit).sum())
    return Quality(hits / max(int(hit.sum()), 1), hits / count if count else np.nan, count / len(x))


def discover(x: Floats, hit: Bools, group: Ints | None = None) -> tuple[Box, list[Box]]:
    """The box that tells the hits best, and all boxes of the peeling, from everything on.

    x : [case, name], any unit; hit : [case]
    group : [case], cases that may be alike have the same number, as lucks of one point; by default none are
    The box has no limit when nothing tells hits from the rest."""
    way = peel(x, hit)
    best = max(way, key=lambda box: quality(box, x, hit).gain)  # the first, so the largest, of equals
    return prune(adjust(prune(best, x, hit, group), x, hit), x, hit, group), way


def peel(x: Floats, hit: Bools) -> list[Box]:
    """Ever smaller boxes. A peel is judged by the rise of density for each case it takes, which is fair to values
    with few levels, where a slice is thick."""
    names = x.shape[1]
    box = Box(np.full(names, -np.inf), np.full(names, np.inf))
    way, inside = [box], np.ones(len(x), bool)
    while True:
        mine, hits = x[inside], hit[inside]
        rises = _rises(mine, hits, max(LEAST * len(x), 1))  # [name, side]
        if not (rises > -np.inf).any() or hits.all():
            return way
        name, side = divmod(int(rises.argmax()), len(SIDES))  # of equals the first
        box = box.moved(name, SIDES[side], _cut(mine[:, name], SIDES[side])[0])
        inside = box.holds(x)
        way.append(box)


def _rises(mine: Floats, hits: Bools, least: float) -> Floats:
    """[name, side]: how much density rises for each case that the slice of a side takes; -inf: it takes too many."""
    number = max(1, int(ALPHA * len(mine)))
    places = number - 1, len(mine) - number
    low, high = np.partition(mine, sorted(set(places)), axis=0)[list(places)]
    rises = np.full((mine.shape[1], len(SIDES)), -np.inf)
    for side, kept in enumerate((mine > low, mine < high)):  # [case, name]
        count, held = kept.sum(axis=0), kept[hits].sum(axis=0)
        fits = (count >= least) & (count > 0)
        rises[fits, side] = (held[fits] / count[fits] - hits.mean()) / (len(mine) - count[fits])
    return rises


def _cut(column: Floats, side: str) -> tuple[float, Bools] | None:
    """The limit that takes a slice off one side, halfway to the next value, and what it keeps; none at one value."""
    number = max(1, int(ALPHA * len(column)))
    if side == "low":
        edge = np.partition(column, number - 1)[number - 1]
        kept = column > edge
        return ((edge + column[kept].min()) / 2, kept) if kept.any() else None
    edge = np.partition(column, len(column) - number)[len(column) - number]
    kept = column < edge
    return ((edge + column[kept].max()) / 2, kept) if kept.any() else None


def adjust(box: Box, x: Floats, hit: Bools) -> Box:
    """Moves limits out or in, a slice at a time, the best move first, while coverage less mass rises.

    In as well as out, since limits that were pruned had taken cases that now fall to the others."""
    now = quality(box, x, hit).gain
    while True:
        tried = [(quality(one, x, hit).gain, one) for one in [*_wider(box, x), *_narrower(box, x)]]
        best, moved = max(tried, key=lambda pair: pair[0], default=(now, box))
        if best <= now:
            return box
        now, box = best, moved


def _narrower(box: Box, x: Floats) -> list[Box]:
    mine = x[box.holds(x)]
    cuts = [(name, side, _cut(mine[:, name], side)) for name in box.limited for side in ("low", "high")]
    return [box.moved(name, side, cut[0]) for name, side, cut in cuts if cut is not None]


def _wider(box: Box, x: Floats) -> list[Box]:
    found = []
    number = max(1, int(ALPHA * box.holds(x).sum()))
    for name in box.limited:
        beside, column = box.without(name).holds(x), x[:, name]
        for side, limit, outside in (("low", box.low[name], column < box.low[name]),
                                     ("high", box.high[name], column > box.high[name])):  # fmt: skip
            if np.isfinite(limit) and (beside & outside).any():
                there = np.sort(column[beside & outside])[:: -1 if side == "low" else 1]
                number_here = min(number, len(there))
                edge = there[number_here - 1]
                further = there[there < edge] if side == "low" else there[there > edge]
                to = (edge + further[0]) / 2 if len(further) else (-np.inf if side == "low" else np.inf)
                found.append(box.moved(name, side, to))
    return found


def prune(box: Box, x: Floats, hit: Bools, group: Ints | None = None) -> Box:
    """Drops the limits, least sure first, whose density might be that of the box without them."""
    while len(box.limited):
        chances = quasi_p(box, x, hit, group)
        worst = max(chances, key=lambda name: chances[name])
        if chances[worst] <= CHANCE:
            return box
        box = box.without(worst)
    return box


def quasi_p(box: Box, x: Floats, hit: Bools, group: Ints | None = None) -> dict[int, float]:
    """Name -> chance that so many hits fall inside if its limit did nothing (binomial, one-sided).

    Cases of a group may be alike: twenty lucks of a point that all hit are one case, not twenty. So hits and cases are
    both divided by the design effect (Rao & Scott 1992) before the binomial, which then takes fractions.
    Quasi, since the limits were chosen on the same cases: a guide to drop limits by, no test.
    group : [case], as in `discover`"""
    group = np.arange(len(x)) if group is None else group
    inside = box.holds(x)
    found = {}
    for name in box.limited:
        beside = box.without(name).holds(x)
        rate, effect = hit[beside].mean(), design_effect(hit[beside], group[beside])
        hits, count = (inside & hit).sum() / effect, inside.sum() / effect
        found[int(name)] = float(betainc(hits, count - hits + 1, rate)) if hits else 1.0  # of `hits` or more
    return found


def design_effect(hit: Bools, group: Ints) -> float:
    """How many cases count as one: the variance of hits between groups over that of as many cases that are not alike.

    1 when cases of a group are no more alike than others, the size of the groups when they are all the same.
    hit, group : [case]"""
    rate = hit.mean()
    _, of = np.unique(group, return_inverse=True)
    count, hits = np.bincount(of), np.bincount(of, hit)
    alone = len(hit) * rate * (1 - rate)
    return max(1.0, float(((hits - rate * count) ** 2).sum() / alone)) if alone else 1.0
