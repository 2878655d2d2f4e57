"""When chance strikes: keyed luck for shocks and elections, the same under every policy. Source: model section 9."""

from __future__ import annotations

import numpy as np

from sim import draws
from sim.engine.design import Design
from sim.rules.chance import begun
from sim.world.params import Array
from sim.world.settings import CLASSES
from sim.world.state import World

QUARTERS_A_YEAR = 4.0


def shocks_left(design: Design, world: World) -> Array:
    """[shock], quarters left of each, the coming one included, once this quarter's luck is known.

    Dated ones come when they are due. Another one that is not in force begins with 1 - exp(-hazard/4); one in force
    is not drawn again until it is over.
    Before the scenario's first free quarter nothing is drawn: what happened then is known."""
    left = np.maximum(world.shock_left - 1, 0)
    shocks = design.settings.shocks
    if not design.shocks or world.step < design.free_from or not any(one.happens for one in shocks):
        return left
    names = np.array([one.name for one in shocks])
    luck = draws.uniform(design.seed, "shock", design.run, world.step, "", names)
    hazard = np.array([one.hazard if one.happens else 0.0 for one in shocks])
    due = np.array([one.happens and world.step in one.dates for one in shocks])
    strikes = (left == 0) & ((luck < -np.expm1(-hazard / QUARTERS_A_YEAR)) | due)
    return np.where(strikes, [one.duration for one in shocks], left)


def new_governments(design: Design, world: World, left: Array, politics: Array) -> Array:
    """[region, class], percent: the political shock, drawn anew and wider where a government begins.

    left : [shock], of the coming quarter; world : before it"""
    out = politics.copy()
    for shock in np.flatnonzero(begun(world.shock_left, left)):
        for region, deviation in design.settings.shocks[shock].governments:
            if region in design.actors:
                luck = draws.normal(design.seed, "government", design.run, world.step, design.base.regions[region],
                                    np.array(CLASSES))  # fmt: skip
                out[region] = deviation * design.settings.shock_sd * luck
    return out
