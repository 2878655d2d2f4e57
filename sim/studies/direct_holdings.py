"""Stock domains written apart from the engine: cell by cell, from the docstrings of `sim/rules/holdings.py`.

The terms of a ledger are checked against it through `direct.py`. Source: model section 3."""

from __future__ import annotations

from math import log

import numpy as np

from sim.studies.direct_programmes import units_at
from sim.world.params import Array


def shares(scene, region: int, units) -> Array:
    """[exporter, holding], shares of a region with so many units of each programme in operation."""
    out = scene.settings.holdings.share[region].copy()
    for one, built in zip(scene.settings.programmes, units, strict=True):
        for shift in one.shifts if one.owner == region else ():
            before = out[shift.source, shift.holding]
            after = before * (1 - shift.part) ** built
            out[shift.source, shift.holding] = after
            for j, part in enumerate(shift.towards):
                out[j, shift.holding] += part * (before - after)
    return out


def factors(scene, world, units) -> tuple[Array, Array]:
    """[region], what is left of real income to those who are denied something, and to those who deny."""
    of, income = scene.settings.holdings, scene.base.income
    lives, keeps = np.ones(len(income)), np.ones(len(income))
    for i in range(len(income)):
        if not world.denied[i].any():
            continue
        held = shares(scene, i, units)
        for k in range(len(of.names)):
            gone = {j: world.denied[i, j, k] * held[j, k] for j in range(len(income)) if world.denied[i, j, k] > 0}
            lives[i] *= (1 - sum(gone.values())) ** (of.weight[k] / of.elasticity[k])
            for j, part in gone.items():
                keeps[j] -= of.orders[k] * part * of.weight[k] * income[i] / income[j]
    return lives, keeps


def wanted(scene, sender: int, world, distaste: float):
    """What each denial in force is worth to its sender, per cent of income a year: political value less distaste."""
    value = scene.settings.holdings.value
    for i, k in np.argwhere(world.denied[:, sender] > 0):
        yield (value[sender, i, k] - distaste) * world.denied[i, sender, k]


def loss(scene, region: int, stop, units) -> float:
    """Per cent of income that a feared denial would cost."""
    of, (sender,) = scene.settings.holdings, stop.senders
    left = 1 - stop.withheld * shares(scene, region, units)[sender, stop.holding]
    return 100 * (1 - np.exp(of.weight[stop.holding] / of.elasticity[stop.holding] * log(left)))


def value(scene, target: int, sender: int, world, units) -> float:
    """What the sender denies the target, a year, in units of world labour income."""
    of, held = scene.settings.holdings, shares(scene, target, units)
    gone = [(k, world.denied[target, sender, k]) for k in range(len(of.names)) if world.denied[target, sender, k] > 0]
    return scene.base.income[target] * sum(of.weight[k] * part * held[sender, k] for k, part in gone)


def fading(scene, target: int, sender: int, by, quarters: int) -> float:
    """What a denial costs some quarters ahead over what it costs now: programmes move shares meanwhile."""
    of, programmes, works = scene.settings.holdings, scene.settings.programmes, scene.world.works
    power = of.weight[by.holding] / of.elasticity[by.holding]
    forms = []
    for ahead in (0, quarters):
        units = [units_at(works, p, one.decay, ahead) for p, one in enumerate(programmes)]
        forms.append(1 - (1 - by.level * shares(scene, target, units)[sender, by.holding]) ** power)
    return forms[1] / forms[0] if forms[0] > 0 else 1.0
