"""Dated tariffs: what was decreed, as quarterly rates weighted by the days each was in force."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario import quarters
from sim.scenario.schema import CalendarEntry, ScenarioFile, Selection, TariffRule
from sim.scenario.tables import WorldTables
from sim.world.params import Array


def select(names: tuple[str, ...], wanted: Selection, file: str, key: str) -> list[int]:
    """Positions of the wanted names; raises ScenarioError for one that is not there."""
    if wanted == "all":
        return list(range(len(names)))
    missing = [name for name in wanted if name not in names]
    if missing:
        found = ", ".join(missing)
        raise ScenarioError([Problem(file, key, f"names {found}; must be among {', '.join(names)}")])
    return [names.index(name) for name in wanted]


def apply_rule(tables: WorldTables, tariff: Array, rule: TariffRule, file: str) -> Array:
    """Rates after one rule; home pairs and services are never touched."""
    importer = select(tables.regions, rule.importer, file, "calendar.rules.importer")
    exporter = select(tables.regions, rule.exporter, file, "calendar.rules.exporter")
    domain = select(tables.domains, rule.domain, file, "calendar.rules.domain")
    inside = np.zeros(tariff.shape, dtype=bool)
    inside[np.ix_(importer, exporter, domain)] = True
    inside &= ~np.eye(len(tables.regions), dtype=bool)[:, :, None] & np.asarray(tables.goods, bool)
    if rule.schedule is not None:
        schedule = tables.schedules[rule.schedule]
        inside = inside & ~np.isnan(schedule.rate)
        rate, basis = np.where(inside, schedule.rate, 0.0) * rule.scale, schedule.basis
    elif rule.like is not None:
        pair = tables.regions.index(rule.like["importer"]), tables.regions.index(rule.like["exporter"])
        rate, basis = np.broadcast_to(tables.tariff[pair] * rule.scale, tariff.shape), np.full(tariff.shape, "set")
    else:
        kind = next(k for k in ("set", "add", "floor") if getattr(rule, k) is not None)
        rate, basis = np.full(tariff.shape, getattr(rule, kind) * rule.scale), np.full(tariff.shape, kind)
    out = np.where(basis == "add", tariff + rate, np.where(basis == "floor", np.maximum(tariff, rate), rate))
    return np.where(inside, out, tariff)


def tariffs_on(tables: WorldTables, entries: list[CalendarEntry], day: dt.date, file: str) -> Array:
    """Rates in force on one day: base rates, then every entry in force, in file order."""
    tariff = tables.tariff
    for entry in entries:
        if entry.since <= day and (entry.until is None or day < entry.until):
            for rule in entry.rules:
                tariff = apply_rule(tables, tariff, rule, file)
    return tariff


def quarterly_tariffs(tables: WorldTables, scenario: ScenarioFile, count: int) -> list[Array]:
    """Dated rates [quarter] of [importer, exporter, domain], each weighted by its days in the quarter."""
    begin = quarters.number(scenario.start)
    out = []
    for step in range(count):
        first, after = quarters.first_day(begin + step), quarters.first_day(begin + step + 1)
        cuts = {first, after}
        for entry in scenario.calendar:
            cuts |= {day for day in (entry.since, entry.until) if day is not None and first < day < after}
        marks = sorted(cuts)
        total = np.zeros_like(tables.tariff)
        for day, end in zip(marks[:-1], marks[1:], strict=True):
            total += tariffs_on(tables, scenario.calendar, day, scenario.name) * (end - day).days
        out.append(total / (after - first).days)
    return out


def commitments(tables: WorldTables, scenario: ScenarioFile) -> Array:
    """Rates that break no commitment [importer, exporter, domain]: the base rates, or what a calendar entry binds."""
    binding = [entry for entry in scenario.calendar if entry.binding]
    tariff = tables.tariff
    for entry in binding:
        for rule in entry.rules:
            tariff = apply_rule(tables, tariff, rule, scenario.name)
    return tariff
