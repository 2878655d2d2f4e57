"""Dated tariffs and export controls: what was decreed, quarter by quarter, weighted by the days it was in force.

What becomes of it in a run is left to `sim.engine.dated`, dated threats to `start_crises.py`.
Source: model section 9."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario import quarters
from sim.scenario.bargaining import ControlRule
from sim.scenario.schema import CalendarEntry, ScenarioFile, Selection, TariffRule
from sim.scenario.tables import WorldTables
from sim.world.params import Array

STILL = 1e-12  # a smaller change is none


@dataclass(frozen=True)
class Decree:
    """What the calendar decrees for one quarter, all [importer, exporter, domain]; `withheld` is set by the exporter.

    Means are weighted by days, so a decree of one quarter still moves the mean of the next. Only a change from one
    day to the next is news; the day before the run's first counts, what was in force then is none."""

    tariff: Array  # 1, mean rate
    withheld: Array  # 1, mean share of varieties withheld
    raised: Array  # bool, on some day the rate rose
    tightened: Array  # bool, on some day more was withheld
    eased: Array  # bool, on some day less was withheld


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


def in_force(entries: list[CalendarEntry], day: dt.date) -> list[CalendarEntry]:
    """Entries in force on one day, in file order."""
    return [entry for entry in entries if entry.since <= day and (entry.until is None or day < entry.until)]


def tariffs_on(tables: WorldTables, entries: list[CalendarEntry], day: dt.date, file: str) -> Array:
    """Rates in force on one day: base rates, then every entry in force, in file order."""
    tariff = tables.tariff
    for entry in in_force(entries, day):
        for rule in entry.rules:
            tariff = apply_rule(tables, tariff, rule, file)
    return tariff


def withheld_on(tables: WorldTables, entries: list[CalendarEntry], day: dt.date, file: str) -> Array:
    """Shares of varieties withheld on one day: decrees hit varieties of their own, so they add up, to 1 at most."""
    withheld = np.zeros_like(tables.tariff)
    for entry in in_force(entries, day):
        for rule in entry.controls:
            withheld = withheld + _controlled(tables, rule, file)
    return np.minimum(withheld, 1.0)


def _controlled(tables: WorldTables, rule: ControlRule, file: str) -> Array:
    """What one control withholds [importer, exporter, domain]; nobody withholds from itself."""
    key = "calendar.controls"
    targets = select(tables.regions, rule.targets, file, f"{key}.targets")
    senders = select(tables.regions, [rule.sender], file, f"{key}.sender")
    domains = select(tables.domains, rule.domains, file, f"{key}.domains")
    out = np.zeros(tables.tariff.shape)
    out[np.ix_([i for i in targets if i not in senders], senders, domains)] = rule.withheld.value
    return out


def decrees(tables: WorldTables, scenario: ScenarioFile, count: int) -> list[Decree]:
    """What the calendar decrees [quarter]."""
    begin, known = quarters.number(scenario.start), {}

    def on(day: dt.date) -> Array:
        entries = in_force(scenario.calendar, day)
        key = tuple(id(entry) for entry in entries)  # days with the same entries have the same rates
        if key not in known:
            known[key] = _on(tables, scenario, day)
        return known[key]

    before, out = on(quarters.first_day(begin) - dt.timedelta(days=1)), []
    for step in range(count):
        first, after = quarters.first_day(begin + step), quarters.first_day(begin + step + 1)
        edges = {day for entry in scenario.calendar for day in (entry.since, entry.until) if day is not None}
        marks = sorted({first, after} | {day for day in edges if first < day < after})
        total, more, less = np.zeros_like(before), np.zeros(before.shape, bool), np.zeros(before.shape, bool)
        for day, end in zip(marks[:-1], marks[1:], strict=True):
            now = on(day)
            more, less = more | (now > before + STILL), less | (now < before - STILL)
            total, before = total + now * (end - day).days, now
        mean = total / (after - first).days
        out.append(Decree(mean[0], mean[1], more[0], more[1], less[1]))
    return out


def _on(tables: WorldTables, scenario: ScenarioFile, day: dt.date) -> Array:
    """Rates and withheld shares in force on one day [2, importer, exporter, domain]."""
    of = tables, scenario.calendar, day, scenario.name
    return np.stack([tariffs_on(*of), withheld_on(*of)])


def commitments(tables: WorldTables, scenario: ScenarioFile) -> Array:
    """Rates that break no commitment [importer, exporter, domain]: the base rates, or what a calendar entry binds."""
    binding = [entry for entry in scenario.calendar if entry.binding]
    tariff = tables.tariff
    for entry in binding:
        for rule in entry.rules:
            tariff = apply_rule(tables, tariff, rule, scenario.name)
    return tariff
