"""Politics at home, quarter by quarter: what groups lived through, elections, and a policy that falls.

Luck is keyed, with the policy left out: all policies meet the same elections and the same votes of no confidence.
How support follows from outputs stands in `sim.rules.domestic`. Source: model section 5, claim C11."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim import draws
from sim.engine.chance import QUARTERS_A_YEAR
from sim.engine.design import Design
from sim.moves.constituents import seen
from sim.moves.path import Scene
from sim.rules.chance import begun
from sim.rules.domestic import borne, by_cause, redrawn, remembered, standing
from sim.rules.trade import Balance
from sim.world.params import Array
from sim.world.state import World


def political(design: Design, world: World, left: Array) -> World:
    """The world after this quarter's elections and votes, before anybody moves.

    left : [shock], quarters left of each, this quarter's luck known"""
    world = replace(world, power=powers(design, world, left))
    if not falls(design, world, left):
        return world
    # what is half built stops where it stands; what stands fades like any hedge
    goal, building, me = world.hedge_goal.copy(), world.build_left.copy(), design.focus
    goal[me], building[me] = world.hedge[me], 0.0
    return replace(world, hedge_goal=goal, build_left=building, fallen=world.step)


def powers(design: Design, world: World, left: Array) -> Array:
    """[group], political weights: drawn anew around the configured ones where an election is held."""
    domestic, out = design.settings.domestic, world.power.copy()
    for shock in np.flatnonzero(begun(world.shock_left, left)):
        for region, spread in design.settings.shocks[shock].elections:
            mine = domestic.of(region)
            if len(mine):
                names = np.array([domestic.names[g] for g in mine])
                luck = draws.normal(design.seed, "election", design.run, world.step, design.base.regions[region], names)
                out[mine] = redrawn(domestic.weight[mine], spread, luck)
    return out


def falls(design: Design, world: World, left: Array) -> bool:
    """Whether the tracked region's government, and its policy with it, falls: more support is lost than it bears.

    Asked at its elections and at votes of no confidence, once moves are free; a policy falls once."""
    government = design.settings.domestic.governments.get(design.focus)
    if government is None or not design.shocks or world.fallen >= 0 or world.step < design.free_from:
        return False
    held = any(region == design.focus for shock in np.flatnonzero(begun(world.shock_left, left))
               for region, _ in design.settings.shocks[shock].elections)  # fmt: skip
    key = design.run, world.step, design.base.regions[design.focus], "government"
    challenged = draws.uniform(design.seed, "challenge", *key) < -np.expm1(-government.challenge / QUARTERS_A_YEAR)
    if not (held or challenged):
        return False
    luck = float(draws.normal(design.seed, "reckoning", *key))
    lost = -standing(design.settings.domestic, world.support, world.power, design.focus)
    return lost > borne(government.tolerance, government.swing, luck)


def lived(design: Design, scene: Scene, world: World, x: Array, at: Balance) -> Array:
    """Standing support [group, cause] after a settled quarter, per cent.

    world : moves made; x, at : the quarter's equilibrium"""
    domestic, out = design.settings.domestic, world.support.copy()
    for actor in domestic.actors:
        mine = domestic.of(actor)
        change = seen(scene, world, x, at, actor) - design.reference[actor]
        felt = by_cause(domestic.interest[mine], change)
        out[mine] = remembered(out[mine], felt, domestic.half_life)
    return out
