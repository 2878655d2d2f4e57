"""Hedges on suppliers: how a mark-up is built, decays, and what it costs to run.

The mark-up acts on what contracts are renewed toward (`contracts.py`); its worth is left to `coercion.py`."""

from __future__ import annotations

import numpy as np

from sim.world.params import Array


def built(hedge: Array, goal: Array, left: Array, base: Array, decay: float) -> tuple[Array, Array]:
    """Mark-up and quarters left after one quarter.

    A programme under way adds an equal part each quarter; without one, the excess over the base decays."""
    under_way = left > 0
    grown = hedge + np.where(under_way, (goal - hedge) / np.where(under_way, left, 1.0), 0.0)
    faded = base + (hedge - base) * (1 - decay)
    return np.where(under_way, grown, faded), np.maximum(left - 1, 0.0)


def hedge_path(hedge: Array, goal: Array, left: Array, base: Array, decay: float, nodes: tuple[int, ...]) -> Array:
    """Mark-ups at the nodes [node, ...], nothing new started."""
    out, at = [], 0
    for node in nodes:
        while at < node:
            hedge, left = built(hedge, goal, left, base, decay)
            at += 1
        out.append(hedge)
    return np.stack(out)


def running_cost(hedge: Array, base: Array, cost: float) -> Array:
    """Per cent of income a year [..., importer]: cost per unit of mark-up above the base."""
    return cost * np.maximum(hedge - base, 0).sum(axis=(-2, -1))
