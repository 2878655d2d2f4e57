"""How often each actor moved, by instrument class, in the record of events: what costs of acting are fitted to.

A lower bound, centred on the focus of the record; what it cannot tell is reported, not filled in.
Source: model section 5."""

from __future__ import annotations

import pandas as pd

from sim.scenario.schema import EventMap
from sim.world.settings import AT_REST

COUNTED = ("tariff", "export_control", "coercion_threat", "coercion_embargo", "easing", "diversification")
SINCE, UNTIL, QUARTERS = "2018", "2025", 28


def observed_moves(events: pd.DataFrame, names: EventMap, actors: list[str]) -> pd.DataFrame:
    """Counted events 2018-24: actor, class, date, type, description; joint ones count for each actor.

    Eased controls count as control moves, eased tariffs as tariff moves; a stop of imports closes a market."""
    rows = []
    for event in events.itertuples():
        if event.event_type not in COUNTED or not SINCE <= str(event.date) < UNTIL:
            continue
        for code in (names.regions.get(c, c) for c in str(event.actor).split(";")):
            if code in actors:
                rows.append((code, _class(event, names), event.date, event.event_type, event.description))
    return pd.DataFrame(rows, columns=["actor", "class", "date", "type", "description"])


def _class(event, names: EventMap) -> str:
    if event.event_type == "diversification":
        return "hedge"
    if event.event_type == "tariff" or names.domains.get(event.domain) == "tariff":
        return "tariff"
    if event.event_type == "coercion_embargo" and event.domain in names.import_stops:
        return "tariff"
    return "control"


def observed_rates(moves: pd.DataFrame, actors: list[str]) -> pd.DataFrame:
    """actor, class, count, rate a quarter, and whether the record identifies it: never seen is a bound only."""
    rows = []
    for actor in actors:
        for name in AT_REST:
            count = int(((moves.actor == actor) & (moves["class"] == name)).sum())
            rows.append((actor, name, count, count / QUARTERS, count > 0))
    return pd.DataFrame(rows, columns=["actor", "class", "count", "rate", "identified"])
