"""What a demand changes when it is met, and what a punishment changes while it stands.

What either is worth is left to `threats.py` and `sim.engine.crisis`. Source: model sections 4 and 8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.catalogue import Candidate, applied, with_tariff
from sim.moves.controls import with_control
from sim.world.crisis import OUTLAYS, PURCHASES, TARIFF_CUT, Demand, Punishment
from sim.world.params import Economy
from sim.world.settings import Settings
from sim.world.state import World


def demand_met(base: Economy, settings: Settings, world: World, demand: Demand) -> World:
    """The world once the target has given in, the sender's punishment apart."""
    i, j = demand.target, demand.sender
    if demand.kind == OUTLAYS:
        outlays = world.outlays.copy()
        outlays[i] = max(outlays[i], demand.size)
        return replace(world, outlays=outlays)
    if demand.kind == PURCHASES:
        return _bought(base, settings, world, demand)
    if demand.kind == TARIFF_CUT:
        tariff = world.tariff.copy()
        cell = tariff[i, j, list(demand.domains)]
        tariff[i, j, list(demand.domains)] = np.minimum(cell, base.tariff[i, j, list(demand.domains)] * demand.size)
        return with_tariff(base, settings, world, i, tariff)
    return world


def _bought(base: Economy, settings: Settings, world: World, demand: Demand) -> World:
    """Mark-ups on all other foreign suppliers, up to the catalogue's bound."""
    others = [k for k in range(len(base.regions)) if k not in (demand.target, demand.sender)]
    cells = np.ix_((demand.target,), others, demand.domains)
    goal, left = world.hedge_goal.copy(), world.build_left.copy()
    most = np.maximum(base.hedge_base[cells] + settings.hedge_bound, world.hedge[cells])
    goal[cells] = np.maximum(goal[cells], np.minimum(world.hedge[cells] + demand.size, most))
    left[cells] = np.where(goal[cells] > world.hedge[cells], settings.build_quarters, left[cells])
    return replace(world, hedge_goal=goal, build_left=left)


def punishing(of: Demand, by: Punishment) -> Candidate:
    """The move that carries a threat out."""
    operation = "raise" if by.instrument == "tariff" else "punish"
    name = f"{by.instrument} {operation} {of.target} {by.name}"
    return Candidate(name, by.instrument, operation, (of.target,), by.domains, by.group, by.level, asks=of.name,
                     holding=by.holding)  # fmt: skip


def punished(base: Economy, settings: Settings, world: World, of: Demand, by: Punishment) -> World:
    """The world with the punishment in force."""
    return applied(base, settings, world, of.sender, punishing(of, by))


def released(base: Economy, settings: Settings, world: World, of: Demand, by: Punishment) -> World:
    """The world with the punishment taken back: a control lifted, the points of a tariff taken off again.

    A tariff does not fall below its commitment, or below what it is now where that is lower."""
    if by.instrument == "tariff":
        cells = np.ix_((of.sender,), (of.target,), by.domains)
        tariff = world.tariff.copy()
        floor = np.minimum(base.commitment[cells], tariff[cells])
        tariff[cells] = np.maximum(tariff[cells] - by.level, floor)
        return with_tariff(base, settings, world, of.sender, tariff)
    return with_control(settings, world, by, (of.target,), of.sender, lift=True)


def with_answers(
    base: Economy, settings: Settings, world: World, against: int, members: tuple[int, ...], value: float
) -> World:
    """The world in which each member has put a tariff on a sender that is worth a value of trade a year.

    value : in units of world labour income; rates stop at the catalogue's bound"""
    tariff = world.tariff.copy()
    for member in members:
        bought = base.goods_bought[member, against].sum()
        if member != against and bought > 0:
            cell = tariff[member, against]
            asked = np.minimum(cell + value / bought, np.maximum(cell, settings.tariff_bound))
            tariff[member, against] = np.where(base.goods, asked, cell)
    return replace(world, tariff=tariff)


def answers_undone(base: Economy, settings: Settings, world: World, sender: int, target: int) -> World:
    """The world with every tariff taken back that answers a sender's coercion of one target, down to commitments."""
    tariff = world.tariff.copy()
    over = [call for call in world.calls if (call.sender, call.member) == (sender, target)]
    for member, points in (answer for call in over for answer in call.points):
        cell = tariff[member, sender]
        floor = np.minimum(base.commitment[member, sender], cell)
        tariff[member, sender] = np.where(base.goods, np.maximum(cell - points / 100, floor), cell)
    return replace(world, tariff=tariff, calls=tuple(call for call in world.calls if call not in over))
