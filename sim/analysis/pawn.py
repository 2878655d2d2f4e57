"""PAWN with an interval and a noise level: SALib gives the index alone.

The index of a value is the median, over slices of its range, of the Kolmogorov-Smirnov distance between the outcomes
in the slice and all outcomes: 0, nothing; 1, everything. Small samples lift it above zero for a value that does
nothing, so it is read against dummies: columns of random numbers (Khorashadi Zadeh et al. 2017).

Source: Pianosi & Wagener (2018), doi:10.1016/j.envsoft.2018.07.019."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SLICES = (4, 8, 10)  # of a range; not any number: SALib's quantiles pass 1 by rounding at some, as 6
CELLS = 100_000  # outcomes times names looked at together: more do not fit the fast memory near the processor
A_SLICE = 20  # points that a slice should have


def slices_for(points: int) -> int:
    """The most slices that leave each some twenty points."""
    return max((number for number in SLICES if points // number >= A_SLICE), default=SLICES[0])


def pawn(names: list[str], places: Floats, of: Floats, slices: int) -> Floats:
    """[name]: the index by SALib.

    places : [point, name], 0 to 1
    of : [point], the outcome"""
    from SALib.analyze import pawn as salib  # late: half a second

    from sim.sweeps.design import problem

    return np.asarray(salib.analyze(problem(names), places, of, S=slices)["median"])


def pawn_fast(places: Floats, of: Floats, slices: int) -> Floats:
    """[name]: the same index for resamples and dummies, where two thousand calls of a test would take hours.

    Slices are SALib's: the point with the largest value is in none."""
    order = np.argsort(of, kind="stable")
    ranked = of[order]
    upto = np.searchsorted(ranked, ranked, side="right") / len(of)  # share of outcomes up to each one, and below it
    below = np.searchsorted(ranked, ranked, side="left") / len(of)
    edges = np.quantile(places, np.linspace(0, 1, slices + 1), axis=0)  # [edge, name]
    width = max(1, CELLS // len(of))
    parts = [slice(k, k + width) for k in range(0, places.shape[1], width)]
    return np.concatenate([_median_distances(edges[:, k], places[order, k], upto, below) for k in parts])


def _median_distances(edges: Floats, columns: Floats, upto: Floats, below: Floats) -> Floats:
    """[name]: the median over slices of the largest gap between a slice's distribution and that of all.

    edges : [edge, name]; columns : [outcome, in rising order, name]
    The gap is largest at, or just below, an outcome of the slice; an empty slice is left out, as by SALib."""
    slots = np.stack([np.searchsorted(edge, column, side="right") - 1
                      for edge, column in zip(edges.T, columns.T, strict=True)])  # fmt: skip
    names, points = slots.shape
    cells = names * len(edges)  # a slice of a name, and what lies in none: the largest value
    cell = slots + len(edges) * np.arange(names)[:, None]
    cell = cell.ravel().astype(np.uint16 if cells < 2**16 else np.int64)  # short numbers are sorted ten times as fast
    at = np.argsort(cell, kind="stable")
    held = np.bincount(cell, minlength=cells)
    starts = np.cumsum(held) - held
    count = np.arange(len(at)) - np.repeat(starts, held)  # how many of the slice lie below, by rank
    size, rank = np.repeat(held, held), at % points
    gap = np.maximum((count + 1) / size - upto[rank], below[rank] - count / size)
    largest = np.full(cells, np.nan)
    largest[held > 0] = np.maximum.reduceat(gap, starts[held > 0])
    return np.nanmedian(largest.reshape(names, -1)[:, :-1], axis=1)
