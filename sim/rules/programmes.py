"""Programmes over time: how they are built and paid for, and what they change in hedges and delivered costs.

Stocks that programmes keep are drawn in `stores.py`; whether to start one is left to `sim.moves.programmes`.
Source: model section 4, diversification."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.rules.trade import SMALLEST
from sim.world.params import Array, Economy
from sim.world.programmes import Programme, Works

Programmes = tuple[Programme, ...]
LARGEST_SAVING = 0.5  # of what is bought abroad: a larger saving would be another economy


def _per(of: Programmes, name: str) -> Array:
    return np.array([getattr(one, name) for one in of], dtype=float)


def started(of: Programmes, works: Works, step: int, which: int, units: float) -> Works:
    """One more part of a programme begun: capital is spent evenly until it is built.

    Nothing is delivered before the programme's first step."""
    out = Works(*(getattr(works, f.name).copy() for f in fields(Works)))
    one = of[which]
    out.planned[which] = works.level[which] + units
    out.wait[which] = max(one.build, one.first - step, 0)
    out.ramp[which], out.due[which] = one.ramp, units
    return out


def stopped(works: Works, which: int) -> Works:
    """A programme given up: what was spent is spent, nothing more is; nothing is delivered any more."""
    out = Works(*(getattr(works, f.name).copy() for f in fields(Works)))
    for part in (out.level, out.planned, out.wait, out.ramp, out.due):
        part[which] = 0.0
    return out


def quarter_on(of: Programmes, now: Works) -> Works:
    """A quarter later: those under construction come nearer, those built grow, the others fade.

    spending : due / quarters left, evenly;  growth : (planned - level) / quarters of growth left"""
    left = now.wait + now.ramp
    under_way, waiting = left > 0, now.wait > 0
    spent = np.where(under_way, now.due / np.where(under_way, left, 1.0), now.due)
    growing = under_way & ~waiting
    grown = now.level + np.where(growing, (now.planned - now.level) / np.where(growing, now.ramp, 1.0), 0.0)
    level = np.where(under_way, grown, now.level * (1 - _per(of, "decay")))
    ramp = np.where(growing, now.ramp - 1, now.ramp)
    wait = np.maximum(now.wait - 1, 0)
    return Works(level, np.where(wait + ramp > 0, now.planned, level), wait, ramp, now.due - spent, now.sunk + spent)


def works_ahead(of: Programmes, now: Works, quarters: int) -> list[Works]:
    """Today and each of the quarters ahead, nothing new started."""
    out = [now]
    for _ in range(quarters):
        out.append(quarter_on(of, out[-1]))
    return out


def spending(of: Programmes, level: Array, sunk: Array) -> Array:
    """Per cent of the owner's income a year [..., programme]: capital paid back, and units in operation.

    annuity(rate, life) * capital spent + running cost. Source: any textbook of corporate finance."""
    return _per(of, "annuity") * _per(of, "capital") * sunk + _per(of, "running") * level


def owned(of: Programmes, region: int) -> Array:
    """[programme] bool."""
    return np.array([one.owner == region for one in of], dtype=bool)


def mark_ups(of: Programmes, level: Array) -> Array | float:
    """What programmes add to mark-ups [..., importer, exporter, domain]; 0.0 when nothing is built."""
    return _summed(of, level, "mark_up")


def _summed(of: Programmes, level: Array, name: str) -> Array | float:
    total = 0.0
    for p, one in enumerate(of):
        effect = getattr(one, name)
        if effect.any() and level[..., p].any():
            total = total + level[..., p, None, None, None] * effect
    return total


def delivered(of: Programmes, base: Economy, level: Array, moved: float = 0.0) -> Array | float:
    """ln of what programmes do to delivered cost [..., importer, exporter, domain]; 0.0 when nothing is built.

    moved : deviations by which the price of the incumbents stands above today's
    Cheaper trade lowers the cost of flows. New supply of capacity s (share of the owner's use at today's price p of the
    incumbents, which stand at p z) with delivered cost q p sells u = s min(1, (q/z)**-theta_l): all of it while it is
    no dearer, else as far as it competes. It is no new good, so the others give way to it: the seller gains the weight
    u, and at q = z nobody's price moves. What it saves, s max(0, z - q), lowers the price of what is bought abroad.
        foreign suppliers: + ln(1 + u/foreign)/theta_l + ln(1 - saved/foreign);   seller: - ln(1 + u/lam)/theta_l
    Home's share at given costs stands. Source: hats as in Dekle, Eaton and Kortum (2008); the rest is accounting."""
    total = _summed(of, level, "saving")
    total = 0.0 if isinstance(total, float) else -total
    for p, one in enumerate(of):
        for supply in one.supplies if level[..., p].any() else ():
            total = total + _opened(base, one.owner, supply, level[..., p], moved)
    return total


def _opened(base: Economy, owner: int, supply, units: Array, moved: float) -> Array:
    d, theta = supply.domain, base.theta_long[supply.domain]
    foreign = np.flatnonzero((np.arange(len(base.regions)) != owner) & (base.share[owner, :, d] > SMALLEST))
    room, price = base.share[owner, foreign, d].sum(), np.exp(moved * supply.deviation)
    capacity = supply.share * units
    sold = capacity * min(1.0, (supply.cost / price) ** -theta)
    saved = np.minimum(capacity * max(0.0, price - supply.cost), LARGEST_SAVING * room)
    out = np.zeros((*np.shape(units), *base.share.shape))
    out[..., owner, foreign, d] = (np.log1p(sold / room) / theta + np.log1p(-saved / room))[..., None]
    out[..., owner, supply.seller, d] -= np.log1p(sold / base.share[owner, supply.seller, d]) / theta
    return out
