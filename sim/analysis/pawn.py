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
    slots = (np.searchsorted(edges[:, k], column[order], side="right") - 1 for k, column in enumerate(places.T))
    return np.array([_median_distance(at, upto, below, slices) for at in slots])


def _median_distance(at: NDArray[np.int64], upto: Floats, below: Floats, slices: int) -> float:
    """The median over slices of the largest gap between a slice's distribution and that of all.

    at : [outcome, in rising order], its slice. The gap is largest at, or just below, an outcome of the slice."""
    inside = np.flatnonzero(at < slices)
    inside = inside[np.argsort(at[inside], kind="stable")]
    held = np.bincount(at[inside], minlength=slices)
    starts = np.cumsum(held) - held
    count = np.arange(len(inside)) - np.repeat(starts, held)  # how many of the slice lie below, by rank
    size = np.repeat(held, held)
    gap = np.maximum((count + 1) / size - upto[inside], below[inside] - count / size)
    return float(np.median(np.maximum.reduceat(gap, starts[held > 0])))  # an empty slice is left out, as by SALib
