"""What an answer may win: the partner undoes its breach, in proportion to how much of it is matched.

Source: model section 5, `concession`: an answer carries the demand to lift what it answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.path import Rows, Scene, walk
from sim.world.params import Array


def rollbacks(scene: Scene, actor: int) -> dict[int, float]:
    """For each partner that offends: gain of real income if it and the actor went back to commitments."""
    partners = [int(k) for k in np.flatnonzero(offences(scene, actor) > 0)]
    if not partners:
        return {}
    worlds = [scene.world]
    for partner in partners:
        undone = scene.world.tariff.copy()
        for a, b in ((actor, partner), (partner, actor)):
            undone[a, b] = np.minimum(undone[a, b], scene.base.commitment[a, b])
        worlds.append(replace(scene.world, tariff=undone))
    income = scene.settings.annuity(walk(scene, Rows.of(worlds), actor).income[..., actor])
    return {partner: float(met - income[0]) for partner, met in zip(partners, income[1:], strict=True)}


def offences(scene: Scene, actor: int) -> Array:
    """[partner], points of the partner's tariffs on the actor that are a breach and no answer."""
    return np.maximum(scene.points[:, actor] - scene.world.excused[:, actor], 0)


def rollback_gain(scene: Scene, actor: int, excused: Array, income: Array, undone: dict[int, float]) -> Array:
    """[row], expected gain of real income (relative to the base year) from partners giving way.

    excused : [row, importer, exporter] after the move; income : [row], nobody gives way; undone : from `rollbacks`
    P * (share of the offence answered, above hold's) * (W(both back to commitments) - W(c))."""
    offence = offences(scene, actor)
    gain = np.zeros(len(income))
    for partner, met in undone.items():
        answered = np.minimum(excused[:, actor, partner] / offence[partner], 1.0)
        more = np.maximum(answered - answered[0], 0)
        gain += scene.settings.rollback * more * (met - (income - income[0]))
    return gain
