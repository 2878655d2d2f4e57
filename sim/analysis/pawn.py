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
    ends = np.flatnonzero(np.append(np.diff(of[order]) > 0, True))  # the last of each run of equal outcomes
    every = (ends + 1) / len(of)
    edges = np.quantile(places, np.linspace(0, 1, slices + 1), axis=0)  # [edge, name]
    found = np.empty(places.shape[1])
    for k, column in enumerate(places.T):
        at = np.searchsorted(edges[:, k], column[order], side="right") - 1
        inside = at[None, :] == np.arange(slices)[:, None]
        held = inside.sum(axis=1)
        part = np.cumsum(inside, axis=1)[:, ends]
        with np.errstate(invalid="ignore"):  # an empty slice is 0 / 0, and left out as by SALib
            found[k] = np.nanmedian(np.abs(part / held[:, None] - every).max(axis=1))
    return found
