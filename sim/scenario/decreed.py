"""Which entries of a calendar stand behind a dated move: their names, their days, and where they are recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sim.scenario import quarters
from sim.scenario.schema import CalendarEntry, ScenarioFile, Selection


@dataclass(frozen=True)
class Recorded:
    """One entry of a calendar: `until` is the first day on which it no longer holds, None: it holds to the end."""

    label: str
    since: dt.date
    until: dt.date | None
    sources: tuple[str, ...]


def behind(file: ScenarioFile, quarter: str, instrument: str, sender: str, targets: Collection[str]) -> list[Recorded]:
    """Decrees that held on some day of a quarter and were new in it, in the quarter before, or ended in it.

    Those of the quarter before count, since a quarter's rate is the mean over its days. The oldest comes first.
    quarter : such as 2025Q3; instrument : tariff, control or threat; sender, targets : region codes"""
    count = quarters.number(quarter)
    news, first, after = (quarters.first_day(count + k) for k in (-1, 0, 1))
    found = []
    for entry in file.calendar:
        ends = entry.until or dt.date.max
        if entry.since >= after or ends <= first or (entry.since < news and ends >= after):
            continue
        sources = tuple(dict.fromkeys(_sources(entry, instrument, sender, set(targets))))
        if sources:
            found.append(Recorded(entry.label, entry.since, entry.until, sources))
    return sorted(found, key=lambda one: one.since)


def _sources(entry: CalendarEntry, instrument: str, sender: str, targets: set[str]) -> Iterator[str]:
    """Sources of what an entry says of one sender's instrument towards some targets."""
    if instrument == "tariff":
        yield from (one.source for one in entry.rules
                    if _names(one.importer, {sender}) and _names(one.exporter, targets))  # fmt: skip
    if instrument == "control":
        yield from (one.source for one in entry.controls if one.sender == sender and _names(one.targets, targets))
    if instrument == "threat":
        yield from (one.source for one in entry.threats if one.sender == sender and one.target in targets)


def _names(wanted: Selection, codes: set[str]) -> bool:
    return wanted == "all" or bool(codes & set(wanted))
