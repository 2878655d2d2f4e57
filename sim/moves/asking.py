"""Whether a demand can be made now: something is left to ask for, something to threaten with, and no episode is on.

Source: model sections 4 and 8."""

from __future__ import annotations

import numpy as np

from sim.moves.controls import in_force, worthwhile
from sim.world.crisis import IMPOSED, OUTLAYS, POLITICAL, PURCHASES, Demand, Punishment
from sim.world.params import Economy
from sim.world.settings import Settings
from sim.world.state import World

SMALLEST_ASK = 0.1  # share of a demand: less is not worth an episode


def can_open(base: Economy, settings: Settings, world: World, of: Demand, by: Punishment) -> bool:
    """Whether the sender may open an episode: nothing is on between the two, and it is no idle demand."""
    busy = any(e.demand.sender == of.sender and e.demand.target == of.target for e in world.episodes)
    if busy or world.quiet[of.target, of.sender] > 0:
        return False
    return can_ask(base, settings, world, of) and can_punish(base, settings, world, of, by)


def in_episode(world: World, actor: int, partners: tuple[int, ...], instrument: str) -> bool:
    """Whether a measure of the actor against one of the partners stands for an episode, which alone ends it."""
    return any(
        e.state == IMPOSED and e.demand.sender == actor and e.demand.target in partners
        and e.punishment.instrument == instrument
        for e in world.episodes
    )  # fmt: skip


def pressed_by(world: World, actor: int, sender: int) -> bool:
    """Whether an episode is open in which the sender makes a demand of the actor: answers are given there."""
    return any(e.demand.sender == sender and e.demand.target == actor for e in world.episodes)


def can_ask(base: Economy, settings: Settings, world: World, demand: Demand) -> bool:
    """Whether the demand asks for something that its target does not do already."""
    return unmet(base, settings, world, demand) > SMALLEST_ASK


def unmet(base: Economy, settings: Settings, world: World, demand: Demand) -> float:
    """Share of what the demand asked for in the base year that its target does not do yet, 0 to 1."""
    i, j, domains = demand.target, demand.sender, list(demand.domains)
    if demand.kind == POLITICAL:
        return 1.0
    if demand.kind == OUTLAYS:
        asked = demand.size - settings.alliance.outlays[i]
        return float(np.clip((demand.size - world.outlays[i]) / asked, 0, 1)) if asked > 0 else 0.0
    if demand.kind == PURCHASES:
        cells = np.ix_((i,), [k for k in range(len(base.regions)) if k not in (i, j)], domains)
        done = world.hedge_goal[cells] - base.hedge_base[cells]
        size, weight = min(demand.size, settings.hedge_bound), base.flow[cells]
        return float((weight * np.clip(1 - done / size, 0, 1)).sum() / weight.sum())
    start, weight = base.tariff[i, j, domains], base.flow[i, j, domains]
    asked = start * (1 - demand.size)
    left = np.clip(world.tariff[i, j, domains] - start * demand.size, 0, asked)
    return float((weight * left).sum() / (weight * asked).sum()) if (weight * asked).sum() > 0 else 0.0


def can_punish(base: Economy, settings: Settings, world: World, of: Demand, by: Punishment) -> bool:
    """Whether the sender trades or holds what it threatens to stop, and has not stopped it yet."""
    if by.instrument == "tariff":
        cells = np.ix_((of.sender,), (of.target,), by.domains)
        flow = 100 * base.flow[cells].sum() / base.income[of.sender]
        return bool(flow >= settings.min_flow_small and (world.tariff[cells] + by.level <= settings.tariff_bound).all())
    held = in_force(world, by, (of.target,), of.sender)
    return worthwhile(base, settings, by, (of.target,), of.sender) and bool((held < by.level).all())
