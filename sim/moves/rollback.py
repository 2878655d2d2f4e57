"""What an answer may win: the partner undoes its breach, in proportion to how much of it is matched.

Source: model section 5, `concession`: an answer carries the demand to lift what it answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.path import Rows, Scene, walk
from sim.world.params import Array


def rollback_gain(scene: Scene, actor: int, points: Array, excused: Array, income: Array) -> Array:
    """[row], expected gain of real income (relative to the base year) from partners giving way.

    points, excused : [row, importer, exporter] after the move; income : [row], without anybody giving way
    P * (share of the offence answered, above hold's) * (W(both back to commitments) - W(c))."""
    settings, world, base = scene.settings, scene.world, scene.base
    offence = np.maximum(points[0, :, actor] - world.excused[:, actor], 0)
    gain = np.zeros(len(income))
    for partner in np.flatnonzero(offence > 0):
        answered = np.minimum(excused[:, actor, partner] / offence[partner], 1.0)
        more = answered - answered[0]
        if not (more > 0).any():
            continue
        undone = world.tariff.copy()
        for a, b in ((actor, partner), (partner, actor)):
            undone[a, b] = np.minimum(undone[a, b], base.tariff[a, b])
        rows = Rows.of([world, replace(world, tariff=undone)])
        stays, met = settings.annuity(walk(scene, rows).income[..., actor])
        gain += settings.rollback * np.maximum(more, 0) * ((met - stays) - (income - income[0]))
    return gain


