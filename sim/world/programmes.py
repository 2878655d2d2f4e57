"""Programmes as numbers: who owns them, their steps and costs, and what a unit of each changes in trade.

What they do over time stands in `sim.rules.programmes`. Source: model section 4, diversification."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario import quarters
from sim.scenario.programmes import ProgrammeFile
from sim.scenario.scenario import Scenario
from sim.scenario.tables import WorldTables
from sim.world.params import Array, Economy

MILLIONS = 1000.0  # million USD in a billion


@dataclass(frozen=True)
class Supply:
    """What a unit of a programme opens with one seller."""

    seller: int
    domain: int
    share: float  # 1, capacity of a unit as a share of the owner's use of the domain in the base year
    cost: float  # 1, delivered cost over the incumbents' price, capital left out
    deviation: float  # 1, of the logarithm of the incumbents' price over a year


@dataclass(frozen=True, eq=False)
class Shift:
    """What a unit of a programme moves in a stock domain of its owner."""

    holding: int  # position of the stock domain
    source: int  # partner whose share falls
    part: float  # 1, part of that share a unit
    towards: Array  # [exporter], sums to 1; home on the owner's place


@dataclass(frozen=True, eq=False)
class Programme:
    """One programme. Money is per cent of the owner's base income."""

    name: str
    title: str
    measure: str  # what a unit is
    owner: int
    partners: tuple[int, ...]
    domains: tuple[int, ...]  # that it acts on
    first: int  # step before which nothing is delivered
    smallest: float  # units
    increment: float
    largest: float
    capital: float  # percent a unit
    salvage: float  # 1
    annuity: float  # 1/year, payment a year for a unit of capital
    running: float  # percent a year and unit
    build: int  # quarters until anything is delivered
    ramp: int  # quarters of growth after that
    decay: float  # 1/quarter
    supplies: tuple[Supply, ...]
    mark_up: Array  # 1, mark-up a unit [importer, exporter, domain]
    saving: Array  # 1, minus ln delivered cost a unit [importer, exporter, domain]
    cover: Array  # quarters of the owner's use that a unit stores [domain]
    members: tuple[int, ...]  # who may draw on the stock
    shifts: tuple[Shift, ...] = ()  # in stock domains


@dataclass(frozen=True)
class Works:
    """How far programmes are [..., programme]."""

    level: Array  # units in operation
    planned: Array  # units when all that was started is built
    wait: Array  # quarters until the units under construction deliver
    ramp: Array  # quarters over which they then grow
    due: Array  # units whose capital is still to be spent
    sunk: Array  # units whose capital was spent

    @staticmethod
    def none(count: int) -> Works:
        """Nothing built, nothing started."""
        return Works(*(np.zeros(count) for _ in range(6)))

    @staticmethod
    def stack(some: list[Works]) -> Works:
        """Rows."""
        return Works(*(np.stack([getattr(one, f.name) for one in some]) for f in fields(Works)))

    def take(self, rows) -> Works:
        """Some of the rows."""
        return Works(*(getattr(self, f.name)[rows] for f in fields(Works)))

    @property
    def idle(self) -> bool:
        """True when nothing is built and nothing under way, in any row."""
        return not (self.level.any() or self.planned.any())


def start_programmes(scenario: Scenario, base: Economy, tables: WorldTables) -> tuple[Programme, ...]:
    """Every programme of the configs, by name."""
    return tuple(_programme(scenario, base, tables, scenario.programmes[name]) for name in sorted(scenario.programmes))


def annuity(rate: float, years: float) -> float:
    """Yearly payment that returns one unit of capital with interest over some years; 1/years without interest."""
    return 1 / years if abs(rate) < 1e-9 else rate / (1 - (1 + rate) ** -years)


def billions(tables: WorldTables) -> float:
    """bn USD in one of world labour income, the unit of an economy's flows."""
    return float((tables.value_added * tables.flows.sum(axis=0)).sum() / MILLIONS)


def percent_of_income(tables: WorldTables, base: Economy, region: int) -> float:
    """Per cent of a region's yearly income in a bn USD."""
    return 100 / (float(base.income[region]) * billions(tables))


def _programme(scenario: Scenario, base: Economy, tables: WorldTables, file: ProgrammeFile) -> Programme:
    owner = base.regions.index(file.owner)
    unit, percent = billions(tables), percent_of_income(tables, base, owner)
    mark_up, saving = np.zeros_like(base.share), np.zeros_like(base.share)
    cover, members = np.zeros(len(base.domains)), (owner,)
    partners = tuple(base.regions.index(code) for code in file.partners)
    supplies, shifts = [], []
    for number, effect in enumerate(file.effects):
        if effect.channel == "supply":
            supplies.append(_supply(base, owner, effect, unit, f"effects.{number}", file.name))
        elif effect.channel == "stock":
            for code, kept in effect.cover.items():
                cover[base.domains.index(code)] += kept.value
            members = (owner, *partners) if effect.shared else members
        elif effect.channel == "stock_share":
            shifts.append(_shift(scenario, base, effect))
        else:
            others = partners if effect.channel == "trade_cost" else [base.regions.index(c) for c in effect.suppliers]
            cells = np.ix_((owner,), tuple(others), tuple(base.domains.index(d) for d in effect.domains))
            if effect.channel == "mark_up":
                mark_up[cells] += effect.size.value
            else:
                saving[cells] -= np.log1p(-effect.saving.value)
                saving[np.ix_(cells[1].ravel(), (owner,), cells[2].ravel())] -= np.log1p(-effect.saving.value)
    touched = (mark_up != 0).any(axis=(0, 1)) | (saving != 0).any(axis=(0, 1)) | (cover > 0)
    touched[[one.domain for one in supplies]] = True
    return Programme(
        file.name, file.title, file.measure, owner, partners, tuple(int(d) for d in np.flatnonzero(touched)),
        quarters.number(file.first) - quarters.number(scenario.file.start), file.smallest.value, file.increment.value,
        file.largest.value, percent * file.capital.value, file.salvage.value,
        annuity(scenario.model.programmes.cost_of_capital.value + file.margin.value, file.life.value),
        percent * file.running.value, round(file.build.value), round(file.ramp.value), file.decay.value,
        tuple(supplies), mark_up, saving, cover, members, tuple(shifts),
    )  # fmt: skip


def _supply(base: Economy, owner: int, effect, unit: float, key: str, name: str) -> Supply:
    seller, domain = base.regions.index(effect.seller), base.domains.index(effect.domain)
    if base.share[owner, seller, domain] <= 0:
        message = f"is {effect.seller!r}, which sells the owner nothing of {effect.domain}; must be a supplier"
        raise ScenarioError([Problem(f"configs/programmes/{name}.yaml", f"{key}.seller", message)])
    use = base.expenditure[owner, domain] * unit
    cost = (effect.production.value + effect.freight.value) / effect.incumbent.value
    worth = effect.volume.value * effect.incumbent.value / MILLIONS  # bn USD a year at the incumbents' price
    return Supply(seller, domain, worth / use, cost, effect.price_deviation.value)


def _shift(scenario: Scenario, base: Economy, effect) -> Shift:
    towards = np.zeros(len(base.regions))
    for code, part in effect.towards.items():
        towards[base.regions.index(code)] = part.value
    holding = list(scenario.denial.domains).index(effect.domain)
    return Shift(holding, base.regions.index(effect.away_from), effect.part.value, towards / towards.sum())
