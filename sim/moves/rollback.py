"""What an answer may win: the partner undoes its breach, in proportion to how much of it is matched.

Source: model section 5, `concession`: an answer carries the demand to lift what it answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.path import Scene
from sim.world.params import Array
from sim.world.state import World

ROUNDING = 1e-6  # points: what a tariff that answers in full leaves of the breach it answers is no offence


def undone_worlds(scene: Scene, actor: int) -> dict[int, World]:
    """For each partner that offends: the world in which it and the actor go back to commitments."""
    worlds = {}
    for partner in np.flatnonzero(offences(scene, actor) > 0):
        undone = scene.world.tariff.copy()
        for a, b in ((actor, partner), (partner, actor)):
            undone[a, b] = np.minimum(undone[a, b], scene.base.commitment[a, b])
        worlds[int(partner)] = replace(scene.world, tariff=undone)
    return worlds


def offences(scene: Scene, actor: int) -> Array:
    """[partner], points of the partner's tariffs on the actor that are a breach and no answer."""
    gap = scene.points[:, actor] - scene.world.excused[:, actor]
    return np.where(gap > ROUNDING, gap, 0.0)


def rollback_gain(scene: Scene, actor: int, excused: Array, income: Array, met: dict[int, float]) -> Array:
    """[row], expected gain of real income (relative to the base year) from partners giving way.

    excused : [row, importer, exporter] after the move; income : [row], nobody gives way
    met : partner -> real income gained over hold in its world of `undone_worlds`
    P * (share of the offence answered, above hold's) * (W(both back to commitments) - W(c))."""
    offence = offences(scene, actor)
    gain = np.zeros(len(income))
    for partner, won in met.items():
        answered = np.minimum(excused[:, actor, partner] / offence[partner], 1.0)
        more = np.maximum(answered - answered[0], 0)
        gain += scene.settings.rollback * more * (won - (income - income[0]))
    return gain
