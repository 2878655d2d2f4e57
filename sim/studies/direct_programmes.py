"""Programmes and stocks written apart from the engine: closed forms over time, one programme and one region at a time.

Shared with the engine: what a unit of a programme is (`sim.world.programmes`), and the beliefs. The terms of a ledger
are checked against it through `direct.py`. Source: model sections 4 and 5."""

from __future__ import annotations

from math import exp, log

import numpy as np

from sim.world.params import Array


def units_at(works, p: int, decay: float, quarter: int) -> float:
    """Units in operation some quarters ahead."""
    level, planned, wait, ramp = (getattr(works, name)[p] for name in ("level", "planned", "wait", "ramp"))
    if wait + ramp == 0:
        return level * (1 - decay) ** quarter
    if quarter <= wait:
        return level
    if quarter <= wait + ramp:
        return level + (planned - level) * (quarter - wait) / ramp
    return planned * (1 - decay) ** (quarter - wait - ramp)


def sunk_at(works, p: int, quarter: int) -> float:
    """Units whose capital was spent some quarters ahead."""
    span = works.wait[p] + works.ramp[p]
    return works.sunk[p] + (works.due[p] * min(1.0, quarter / span) if span > 0 else 0.0)


def added_mark_up(scene, units) -> Array:
    """Mark-ups of programmes [importer, exporter, domain]."""
    out = np.zeros_like(scene.base.share)
    for one, built in zip(scene.settings.programmes, units, strict=True):
        out += built * one.mark_up
    return out


def added_cost(scene, units) -> Array:
    """ln of what programmes do to delivered cost [importer, exporter, domain], supplier by supplier."""
    base, out = scene.base, np.zeros_like(scene.base.share)
    for one, built in zip(scene.settings.programmes, units, strict=True):
        out -= built * one.saving
        for supply in one.supplies:
            i, d, theta = one.owner, supply.domain, base.theta_long[supply.domain]
            price = exp(scene.settings.price_move * supply.deviation)
            others = [j for j in range(len(base.regions)) if j != i and base.share[i, j, d] > 1e-14]
            abroad = sum(base.share[i, j, d] for j in others)
            capacity = built * supply.share
            sold = capacity * (1.0 if supply.cost <= price else (price / supply.cost) ** theta)
            saved = min(capacity * max(price - supply.cost, 0.0), abroad / 2)
            for j in others:
                out[i, j, d] += log(1 + sold / abroad) / theta + log(1 - saved / abroad)
            out[i, supply.seller, d] -= log(1 + sold / base.share[i, supply.seller, d]) / theta
    return out


def covered(scene, held: Array, stock: Array, pool: Array) -> tuple[Array, Array, Array]:
    """What is still short, and stocks and pools after a quarter in which `held` could not be had."""
    base, programmes = scene.base, scene.settings.programmes
    short, stock, pool = held.copy(), stock.copy(), pool.copy()
    for d in range(held.shape[2]):
        need = [(held[i, :, d] * base.share[i, :, d]).sum() for i in range(held.shape[0])]
        left = [max(0.0, need[i] - stock[i, d]) for i in range(held.shape[0])]
        stock[:, d] = [max(0.0, stock[i, d] - need[i]) for i in range(held.shape[0])]
        for p, one in enumerate(programmes):
            size = {i: base.expenditure[i, d] / base.expenditure[one.owner, d] for i in one.members}
            asked = sum(left[i] * size[i] for i in one.members)
            if asked > 0 and pool[p, d] > 0:
                part = min(1.0, pool[p, d] / asked)
                for i in one.members:
                    left[i] *= 1 - part
                pool[p, d] -= part * asked
        for i in range(held.shape[0]):
            if need[i] > 0:
                short[i, :, d] *= left[i] / need[i]
    return short, stock, pool


def in_reach(scene, region: int, world, stock: Array) -> Array:
    """[domain], quarters of its use that a region may draw alone once programmes are built."""
    base, out = scene.base, stock[region].copy()
    for p, one in enumerate(scene.settings.programmes):
        if region in one.members:
            out += world.works.planned[p] * one.cover * base.expenditure[one.owner] / base.expenditure[region]
    return out


def spent_a_year(scene, region: int, works, quarter: int) -> float:
    """What a region's programmes cost some quarters ahead, per cent of its income a year."""
    total = 0.0
    for p, one in enumerate(scene.settings.programmes):
        if one.owner == region:
            total += one.annuity * one.capital * sunk_at(works, p, quarter)
            total += one.running * units_at(works, p, one.decay, quarter)
    return total


def part_standing(settings, one, works, p: int, stopping: bool) -> list[float]:
    """Part of a move on a programme that contracts, or a stock, have followed at each node."""
    contracts = len(one.supplies) > 0 or one.mark_up.any()
    if stopping:
        return [1 - (1 - settings.renewal) ** node if contracts else 1.0 for node in settings.nodes]
    grown = [min(max((q - works.wait[p]) / works.ramp[p], 0.0), 1.0) for q in range(max(settings.nodes) + 1)]
    followed = [0.0]
    for quarter in range(max(settings.nodes)):
        followed.append(followed[-1] * (1 - settings.renewal) + settings.renewal * grown[quarter])
    return [(followed if contracts else grown)[node] for node in settings.nodes]


def decided(states: list[float], leave: float, patience: float) -> float:
    """What a start is worth that may be given up at the review, against the same start then."""
    now = sum(max(worth, leave) for worth in states) / len(states)
    later = patience * sum(max(worth, 0.0) for worth in states) / len(states)
    if now < later:
        return min(now - later, sum(states) / len(states))
    return min(now, (now - later) / (1 - patience))
