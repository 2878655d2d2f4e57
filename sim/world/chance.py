"""Random shocks of a run as numbers: how often, how long, and which cells they hit.

When they happen is left to `sim.engine.chance`, what they do to `sim.rules.chance`. Source: model section 9."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.scenario import quarters
from sim.scenario.scenario import Scenario
from sim.scenario.shocks import ElectionEffect, GovernmentEffect, Lanes, SupplyEffect, TransportEffect
from sim.world.params import Array, Economy


@dataclass(frozen=True)
class Cut:
    """A supply accident: varieties of some exporters that some importers cannot have."""

    exporters: tuple[int, ...]
    importers: tuple[int, ...]
    domains: tuple[int, ...]
    share: float  # 1, of the varieties


@dataclass(frozen=True)
class RandomShock:
    """One thing that may happen to a world and that nobody chooses."""

    name: str  # keys its luck
    title: str
    hazard: float  # 1/year, while it is not in force
    duration: int  # quarters
    happens: bool  # False: the scenario leaves it out; it is feared all the same
    cuts: tuple[Cut, ...]
    lost: Array | None  # [importer, exporter, domain], 1, share of varieties that cannot be had; None: none
    freight: Array | None  # [importer, exporter, domain], 1, ln of the factor on delivered cost; None: none
    governments: tuple[tuple[int, float], ...]  # region, times the deviation of the political shock
    elections: tuple[tuple[int, float], ...]  # region, deviation of the logarithm of a group's weight
    dates: tuple[int, ...]  # steps at which it happens for sure

    @property
    def years(self) -> float:
        """Duration in years."""
        return self.duration / 4


def start_shocks(scenario: Scenario, base: Economy) -> tuple[RandomShock, ...]:
    """Every shock that the configs know, in the order of their names."""
    return tuple(_shock(scenario, base, name) for name in sorted(scenario.shocks))


def _shock(scenario: Scenario, base: Economy, name: str) -> RandomShock:
    file = scenario.shocks[name]
    cuts = tuple(Cut(*_places(base, one), one.share.value) for one in file.effects if isinstance(one, SupplyEffect))
    lost, freight = np.zeros_like(base.share), np.zeros_like(base.share)
    for cut in cuts:
        cells = np.ix_(cut.importers, cut.exporters, cut.domains)
        lost[cells] = 1 - (1 - lost[cells]) * (1 - cut.share)
    for one in file.effects:
        if isinstance(one, TransportEffect):
            exporters, importers, domains = _places(base, one)
            freight[np.ix_(importers, exporters, domains)] += np.log(one.factor.value)
    lost, freight = (np.where(base.home, 0.0, change) for change in (lost, freight))
    governments = tuple((base.regions.index(one.actor), one.deviation.value)
                        for one in file.effects if isinstance(one, GovernmentEffect))  # fmt: skip
    elections = tuple((base.regions.index(one.actor), one.spread.value)
                      for one in file.effects if isinstance(one, ElectionEffect))  # fmt: skip
    begin = quarters.number(scenario.file.start)
    dates = tuple(quarters.number(date) - begin for date in file.dates)
    return RandomShock(
        name, file.title, file.hazard.value, max(1, round(file.duration.value)), scenario.happens(name), cuts,
        lost if lost.any() else None, freight if freight.any() else None, governments,
        elections, dates,
    )  # fmt: skip


def _places(base: Economy, lanes: Lanes) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Exporters, importers and domains by position; all domains are all goods, as for tariffs."""
    goods = tuple(d for d, good in zip(base.domains, base.goods, strict=True) if good)
    picked = (
        (base.regions, lanes.exporters, base.regions),
        (base.regions, lanes.importers, base.regions),
        (base.domains, lanes.domains, goods),
    )
    return tuple(tuple(axis.index(code) for code in (every if chosen == "all" else chosen))
                 for axis, chosen, every in picked)  # fmt: skip
