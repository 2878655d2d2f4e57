"""What the record of events says about who opens episodes, and with what: priors of the beliefs.

Counted from the world's `events.csv` up to the scenario's start; nothing here is fitted. Source: model section 7."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from sim.scenario.schema import EventMap
from sim.world.holdings import Holdings
from sim.world.params import Array

HOSTILE = ("coercion_threat", "coercion_embargo", "export_control", "tariff")
EMBARGO = "coercion_embargo"
TARIFF = "tariff"
JEFFREYS = 0.5  # added to every count: never seen is not impossible


def hostile_events(events: pd.DataFrame, names: EventMap, regions: tuple[str, ...], before: str) -> pd.DataFrame:
    """Rows sender, target, what, type for each hostile event before a date (ISO)."""
    rows = []
    for event in events.itertuples():
        if event.event_type not in HOSTILE or str(event.date) >= before:
            continue
        targets = _codes(event.target, names)
        for sender in _codes(event.actor, names):
            named = [t for t in targets if t in regions]
            everyone = [r for r in regions if r != sender] if names.everyone in targets else named
            for target in dict.fromkeys(named + everyone):
                rows.append((sender, target, _what(event, names), event.event_type))
    return pd.DataFrame(rows, columns=["sender", "target", "what", "type"])


def _codes(text: object, names: EventMap) -> list[str]:
    return [names.regions.get(code, code) for code in str(text).split(";")]


def _what(event, names: EventMap) -> str:
    # a stop of imports closes a market: a tariff without end, not a control of exports
    if event.event_type == TARIFF or (event.event_type == EMBARGO and event.domain in names.import_stops):
        return TARIFF
    return names.domains.get(event.domain, event.domain)


def hazard_prior(seen: pd.DataFrame, regions: tuple[str, ...], actors: list[str], years: float) -> Array:
    """[target, sender], episodes a year; regions that choose nothing open none."""
    out = np.zeros((len(regions), len(regions)))
    counts = Counter(zip(seen.sender, seen.target, strict=True))
    for sender in actors:
        for target in regions:
            if target != sender:
                out[regions.index(target), regions.index(sender)] = (counts[sender, target] + JEFFREYS) / years
    return out


def conduct_prior(seen: pd.DataFrame, regions: tuple[str, ...], domains: tuple[str, ...], actors: list[str],
                  withholds: Array, levels: int, weight: float, holdings: Holdings) -> Array:  # fmt: skip
    """[sender, instrument]: controls by domain and level (the mildest first), denials of stock domains that the
    scenario opens, then the tariff; sums to 1 for actors.

    Event counts plus `weight` pseudo-counts spread evenly over what the sender can use."""
    traded = len(domains) * levels
    instruments = traded + len(holdings.instruments) + 1
    out = np.zeros((len(regions), instruments))
    once = list(seen.drop_duplicates(["sender", "what", "type", "target"]).itertuples())
    against = Counter((event.sender, event.what, event.type) for event in once)  # targets hit by the same
    for sender in actors:
        row = regions.index(sender)
        usable = np.zeros(instruments)
        usable[-1] = 1.0
        for domain in np.flatnonzero(withholds[row]):
            usable[domain * levels : (domain + 1) * levels] = 1.0 / levels
        for k, (holding, _) in enumerate(holdings.instruments):
            usable[traded + k] = holdings.denies[row, :, holding].any() / len(holdings.levels[holding])
        counts = usable / usable.sum() * weight
        for event in once:
            if event.sender != sender:
                continue
            share = 1.0 / against[event.sender, event.what, event.type]  # one event against all counts once
            if event.what == TARIFF:
                counts[-1] += share
            elif event.what in domains and withholds[row, domains.index(event.what)]:
                level = levels - 1 if event.type == EMBARGO else 0
                counts[domains.index(event.what) * levels + level] += share
            elif event.what in holdings.names:
                counts[traded:-1] += _denied_before(holdings, event, share) * (usable[traded:-1] > 0)
        out[row] = counts / counts.sum()
    return out


def _denied_before(holdings: Holdings, event, share: float) -> Array:
    """[denial], what an event on record adds: an embargo to the highest level of its domain, else to the mildest."""
    at = holdings.names.index(event.what)
    level = len(holdings.levels[at]) - 1 if event.type == EMBARGO else 0
    return np.array([share * (one == (at, level)) for one in holdings.instruments])
