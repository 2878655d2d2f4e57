"""Crises between two regions: what is wanted, what is threatened, and how far each episode has come.

How sides decide is left to `sim.rules.bargaining` and `sim.engine.crisis`. Source: model section 8."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.params import Array

OUTLAYS, PURCHASES, TARIFF_CUT, POLITICAL = "outlays", "purchases", "tariff_cut", "political"
THREATENED, IMPOSED, SETTLED, FAILED = "threatened", "imposed", "settled", "failed"
"""States of an episode; a pair without one is in none."""


@dataclass(frozen=True)
class Punishment:
    """What is threatened: a tariff or a control of some domains, or of a stock domain."""

    name: str
    instrument: str  # tariff or control
    domains: tuple[int, ...]
    group: str
    level: float  # points as fraction, or share withheld or denied
    holding: int = -1  # position of the stock domain that is denied; -1: none


@dataclass(frozen=True)
class Demand:
    """What one sender wants of one target."""

    name: str
    kind: str  # outlays, purchases, tariff_cut, political
    title: str
    sender: int
    target: int
    domains: tuple[int, ...]  # of purchases
    size: float  # outlays to reach as a share of income, mark-up on others, or share of tariffs kept
    value: float  # percent of the sender's income a year while it is met
    by: tuple[Punishment, ...]
    schedule: bool  # may be announced to all targets at once, as a condition


@dataclass(frozen=True)
class Episode:
    """One case of coercion; what both sides hide is drawn once and kept."""

    demand: Demand
    punishment: Punishment
    state: str
    since: int  # step at which it was opened
    deadline: int  # step at which a threat is carried out or dropped
    imposed: int  # step at which the punishment came; -1: not yet
    price: float  # percent of the target's income a year, what conceding costs it at home
    audience: float  # percent of the sender's income, once, what backing down costs it at home
    refused: float  # percent a year: the largest price that a refusal has shown to be beaten
    scheduled: bool = False  # its sender is bound by its own announcement
    dated: bool = False  # opened by the calendar
    outcome: str = ""  # how it ends in the record, at its deadline; empty: both sides choose


@dataclass(frozen=True)
class DatedThreat:
    """A threat, or a measure with its demand, that the calendar opens."""

    step: int
    demand: Demand
    punishment: Punishment
    executed: bool  # the punishment came with the demand
    outcome: str  # settled or failed, as recorded; empty: the target answers in the run
    end: int  # step at which a recorded one ended; -1: open


@dataclass(frozen=True)
class Call:
    """A shield that a member has called against a sender."""

    shield: str
    member: int
    sender: int
    demand: str
    due: int  # step at which the members answer
    agreed: bool
    points: tuple[tuple[int, float], ...] = ()  # member, points of tariff that it has put on the sender


@dataclass(frozen=True)
class Shield:
    """A coalition that answers together, or a law that keeps stocks."""

    name: str
    title: str
    members: tuple[int, ...]
    delay: float  # quarters; infinite: no answer
    resolve: float  # 1
    size: float  # 1, share of the injury that each returns
    cover: Array  # [domain], quarters of use to keep in store
    build_quarters: float
    carrying_cost: float  # 1/year


@dataclass(frozen=True)
class Bargaining:
    """Numbers of an episode."""

    price_median: float  # percent of the target's income a year
    price_spread: float  # 1, deviation of the logarithm
    audience_median: float  # percent of the sender's income, once
    audience_spread: float  # 1
    audience_half_life: float  # quarters
    climb_down: float  # 1
    deadline: int  # quarters
    cooling_off: int  # quarters
    carry_weight: float  # pseudo-counts
    kept_word: float  # 1, prior
    kept_weight: float  # pseudo-counts


@dataclass(frozen=True)
class Alliance:
    """Who protects whom, and what moves the belief in it. Regions without a protector have -1 and zeros."""

    protector: Array  # [region] int
    outlays: Array  # [region], share of income in the base year
    credibility: Array  # [region], prior
    rivals: tuple[int, ...]
    weight: float  # pseudo-counts
    gain: float  # 1, per cent of danger less for a per cent more of outlays
    provocation: float  # 1/point
    defiance: float  # 1
    entrapment: float  # percent


def no_alliance(regions: int) -> Alliance:
    """A world in which nobody protects anybody."""
    zero = np.zeros(regions)
    return Alliance(np.full(regions, -1), zero, zero, (), 1.0, 1.0, 0.0, 0.0, 0.0)
