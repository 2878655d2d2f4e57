"""Whether a demand can be made now: something is left to ask for, something to threaten with, and no episode is on.

Source: model sections 4 and 8."""

from __future__ import annotations

import numpy as np

from sim.world.crisis import IMPOSED, OUTLAYS, POLITICAL, PURCHASES, Demand, Punishment
from sim.world.params import Economy
from sim.world.settings import Settings
from sim.world.state import World


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


def can_ask(base: Economy, settings: Settings, world: World, demand: Demand) -> bool:
    """Whether the demand asks for something that its target does not do already."""
    i, j, domains = demand.target, demand.sender, list(demand.domains)
    if demand.kind == POLITICAL:
        return True
    if demand.kind == OUTLAYS:
        return bool(world.outlays[i] < demand.size - 1e-9)
    if demand.kind == PURCHASES:
        others = [k for k in range(len(base.regions)) if k not in (i, j)]
        cells = np.ix_((i,), others, domains)
        asked = np.minimum(base.hedge_base[cells] + demand.size, base.hedge_base[cells] + settings.hedge_bound)
        return bool((world.hedge_goal[cells] < asked - 1e-9).any())
    return bool((world.tariff[i, j, domains] > base.tariff[i, j, domains] * demand.size + 1e-9).any())


def can_punish(base: Economy, settings: Settings, world: World, of: Demand, by: Punishment) -> bool:
    """Whether the sender trades what it threatens to stop, and has not stopped it yet."""
    if by.instrument == "tariff":
        cells = np.ix_((of.sender,), (of.target,), by.domains)
        flow = 100 * base.flow[cells].sum() / base.income[of.sender]
        return bool(flow >= settings.min_flow_small and (world.tariff[cells] + by.level <= settings.tariff_bound).all())
    cells = np.ix_((of.target,), (of.sender,), by.domains)
    flow = 100 * base.flow[cells].sum() / base.income[of.sender]
    return bool(flow >= settings.min_flow_small and (world.withheld[cells] < by.level).all())
