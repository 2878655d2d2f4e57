"""What stands between each two regions in a settled quarter: trade, tariffs above the base year, controls, threats."""

from __future__ import annotations

import numpy as np

from sim.rules.tariff import mean_tariff
from sim.world.crisis import THREATENED
from sim.world.holdings import Holdings
from sim.world.params import Array, Economy
from sim.world.state import World

RELATIONS = ["quarter", "actor", "target", "kind", "domain", "value", "unit"]
FLOW, TARIFF, CONTROL, THREAT = "flow", "tariff", "control", "threat"
POINTS_SHOWN = 0.05  # of a mean tariff: less is rounding, or a basket that moved


def relation_rows(base: Economy, held: Holdings, label: str, flow: Array, world: World, musd: float) -> list[tuple]:
    """Rows of one quarter, home left out.

    flow : [importer, exporter, domain], before tariff, world labour income; world : its moves made; musd : million USD
    of a unit of world labour income in the base year

    kind      actor     target    value
    flow      exporter  importer  goods and services a year before tariff, million USD
    tariff    importer  exporter  points of the mean goods tariff above the base year, base-year basket; cuts negative
    control   exporter  importer  share of a domain's varieties, or of a holding, that is withheld
    threat    sender    target    points of tariff, or share to be withheld, that is threatened and not yet in force"""
    rows = _flows(base, label, flow.sum(axis=-1) * musd)
    points = 100 * (mean_tariff(base, world.tariff) - mean_tariff(base, base.tariff))
    for i, j in np.argwhere(np.abs(points) >= POINTS_SHOWN):
        rows.append((label, base.regions[i], base.regions[j], TARIFF, "goods", float(points[i, j]), "points"))
    for i, j, d in np.argwhere(world.withheld > 0):
        part = float(world.withheld[i, j, d])
        rows.append((label, base.regions[j], base.regions[i], CONTROL, base.domains[d], part, "1"))
    for i, j, k in np.argwhere(world.denied > 0):
        part = float(world.denied[i, j, k])
        rows.append((label, base.regions[j], base.regions[i], CONTROL, held.names[k], part, "1"))
    return rows + _threats(base, label, world)


def _flows(base: Economy, label: str, value: Array) -> list[tuple]:
    n = range(len(base.regions))
    return [(label, base.regions[j], base.regions[i], FLOW, "all", float(value[i, j]), "million USD a year")
            for i in n for j in n if i != j]  # fmt: skip


def _threats(base: Economy, label: str, world: World) -> list[tuple]:
    rows = []
    for episode in world.episodes:
        if episode.state != THREATENED:
            continue
        demand, by = episode.demand, episode.punishment
        size, unit = (100 * by.level, "points") if by.instrument == "tariff" else (by.level, "1")
        who = base.regions[demand.sender], base.regions[demand.target]
        rows.append((label, *who, THREAT, by.group, float(size), unit))
    return rows
