"""What a config file may say: one frozen pydantic model per `kind`, with unit, range and source per value.

Reading files is left to `reading.py`, tables to `tables.py`, sampling of ranges to `sample.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from sim.scenario.bargaining import (
    AllianceFile,
    BargainingFile,
    ControlRule,
    ShieldFile,
    Stake,
    ThreatInstrument,
    ThreatRule,
)
from sim.scenario.denial import DenialInstrument
from sim.scenario.domestic import GroupsFile
from sim.scenario.model_file import ModelFile
from sim.scenario.names import Name, Quarter, Selection
from sim.scenario.programmes import ProgrammeCommitment, ProgrammeFile
from sim.scenario.quantity import Frozen, Share, bounded, non_negative, positive
from sim.scenario.shocks import ShockFile
from sim.scenario.sweeps import SweepFile
from sim.scenario.turns import Turn

# --- instruments: the move catalogue --------------------------------------------------------------


class TariffInstrument(Frozen):
    """Tariff moves: raise, cut, remove (back to the commitment), match (a partner's breach)."""

    kind: Literal["instrument"]
    name: Literal["tariff"]
    groups: dict[Name, list[str]] = Field(description="group of goods -> domains; `goods` names all goods")
    raise_steps: list[float] = Field(min_length=1, description="points as fractions, added to the applied rate")
    cut_to: list[float] = Field(description="share of the applied rate that a cut leaves: 0 is a zero tariff")
    match_parts: list[float] = Field(min_length=1, description="share of a partner's breach that a match returns")
    upper_bound: bounded(0.01, 10, "1")
    source: str


class ControlInstrument(Frozen):
    """Export controls: licensing and embargo as withheld shares, lifting, and what they cost."""

    kind: Literal["instrument"]
    name: Literal["control"]
    levels: dict[Name, Share] = Field(description="e.g. licensing 0.5, embargo 1")
    imposing_cost: non_negative("percent")
    lifting_cost: non_negative("percent")
    cooling_off: bounded(0, 40, "quarters")
    source: str


class HedgeInstrument(Frozen):
    """Hedging a supplier in a domain: a shadow mark-up h on that supplier, built over some quarters."""

    kind: Literal["instrument"]
    name: Literal["hedge"]
    step: positive("1")
    upper_bound: positive("1")
    build_quarters: bounded(1, 40, "quarters")
    fixed_cost: non_negative("percent")
    running_cost: non_negative("percent")
    decay: bounded(0, 1, "1/quarter")
    source: str


# --- places and goods -----------------------------------------------------------------------------


class Money(Frozen):
    """What a per cent of income is in money a person; for showing alone, nothing in the model reads it."""

    currency: str = Field(description="name of the currency in a sentence, as in `yen`")
    income: positive("trillion a year")
    population: positive("million")

    def a_person(self, percent: float) -> float:
        """So many per cent of income in the currency, a person."""
        return percent / 100 * self.income.value * 1e12 / (self.population.value * 1e6)


class RegionFile(Frozen):
    """`configs/regions/*.yaml`: one region; `actor` regions choose moves."""

    kind: Literal["region"]
    code: str
    name: str
    in_text: str | None = Field(None, description="the name inside a sentence, where it differs, as with `the`")
    actor: bool
    strategy: str = Field("quantal_response", description="a rule of sim/strategies; others with --strategy")
    withholds: list[str] = Field(default_factory=list, description="domains in which it can control exports")
    denies: list[str] = Field(default_factory=list, description="stock domains that it can deny to others")
    lever: str | None = Field(None, description="domain of the control with which it answers a control")
    producer_weights: dict[str, non_negative("1")] = Field(default_factory=dict)
    stock_cover: dict[str, non_negative("quarters")] = Field(
        default_factory=dict, description="quarters of use in stock"
    )
    money: Money | None = Field(None, description="national income and population, to say what a per cent is")
    source: str


class DomainFile(Frozen):
    """`configs/domains/*.yaml`: one domain; its elasticities stand in the world's `elasticities.csv`."""

    kind: Literal["domain"]
    code: str
    name: str
    type: Literal["traded", "stock"]
    goods: bool = True
    description: str
    source: str


class SplitFile(Frozen):
    """`configs/worlds/*/splits/*.yaml`: how a domain is cut in two, by share of each flow."""

    kind: Literal["split"]
    name: Name
    domain: str
    into: Annotated[tuple[str, str], Strict(False)] = Field(
        description="the first takes the shares below, the second the rest"
    )
    exporter_share: dict[str, Share] = Field(description="share of the first part in an exporter's sales")
    pair_share: dict[str, dict[str, Share]] = Field(
        default_factory=dict, description="importer -> exporter -> share, where it is known better"
    )
    source: str


class EventMap(Frozen):
    """`configs/worlds/*/event_map.yaml`: names of the event record in terms of the world."""

    kind: Literal["event_map"]
    regions: dict[str, str] = Field(description="code in the record -> region code")
    everyone: str = Field(description="target code that stands for everybody else")
    domains: dict[str, str] = Field(description="domain in the record -> domain of the world, or `tariff`")
    import_stops: list[str] = Field(description="domains whose embargoes are stops of imports")
    source: str


class ActivityFile(Frozen):
    """`configs/calibration/activity.yaml`: costs of acting, fitted to recorded activity by `hedgelab calibrate`."""

    kind: Literal["activity"]
    act_cost: dict[str, dict[Literal["tariff", "control", "hedge", "threat"], bounded(0, 1e12, "percent")]] = Field(
        description="region -> instrument class -> per cent of income"
    )
    source: str


class DefaultsFile(Frozen):
    """`configs/defaults.yaml`: what the command takes when nothing is named."""

    kind: Literal["defaults"]
    scenario: str = Field(description="scenario of the main job")
    reference: str = Field(description="policy that others are compared with")
    free: str = Field(description="policy under which the focus follows payoffs alone")
    example: str = Field(description="policy whose first run a comparison keeps whole, to explain its decisions")


# --- policies and scenarios -----------------------------------------------------------------------


class Openings(Frozen):
    """Which instruments are open to an actor, by partner."""

    tariff_raise: Selection = Field(default_factory=list)
    tariff_cut: Selection = Field(default_factory=list)
    tariff_match: Selection = Field(default_factory=list)
    control: Selection = Field(default_factory=list)
    denial: Selection = Field(default_factory=list, description="of stock domains that the region file says it denies")
    hedge: Selection = Field(default_factory=list)
    programmes: Selection = Field(default_factory=list, description="names of programmes; `all`: every one it owns")


class HedgeCommitment(Frozen):
    """A dated hedge that a policy starts whatever it scores."""

    type: Literal["hedge"]
    start: Quarter
    supplier: str
    domains: Selection
    size: positive("1")
    why: str


class TariffCommitment(Frozen):
    """A dated tariff move that a policy makes whatever it scores."""

    type: Literal["tariff"]
    start: Quarter
    partner: str
    domains: Selection
    keep: Share = Field(description="share of the base rate that stays: 0 is a zero tariff")
    why: str


Commitment = Annotated[HedgeCommitment | TariffCommitment | ProgrammeCommitment, Field(discriminator="type")]


class PolicyFile(Frozen):
    """`configs/policies/*.yaml`: what the focus region may do, must do and never does."""

    kind: Literal["policy"]
    name: Name
    title: str
    description: str
    open: Openings
    never_answers: list[str] = Field(default_factory=list)
    commitments: list[Commitment] = Field(default_factory=list)
    complies_with: list[str] = Field(default_factory=list, description="senders to whose demands it always gives in")
    shields: list[Name] = Field(default_factory=list, description="shields in force besides the scenario's")
    lacks: list[dict[Literal["what", "brought_by"], str]] = Field(default_factory=list)


class TariffRule(Frozen):
    """One line of a calendar entry: which cells, and one of set, add, floor, schedule, like."""

    importer: Selection
    exporter: Selection
    domain: Selection = Field("all", description="goods; `all` is every good, services are never touched")
    set: Annotated[float, Field(ge=0)] | None = None
    add: Annotated[float, Field(ge=-1)] | None = None
    floor: Annotated[float, Field(ge=0)] | None = None
    schedule: str | None = Field(None, description="rows of the world's tariff_schedules.csv")
    scale: Annotated[float, Field(ge=0, le=2)] = 1.0
    like: dict[Literal["importer", "exporter"], str] | None = Field(
        None, description="the base rate of another pair of regions"
    )
    source: str

    @model_validator(mode="after")
    def _one_rate(self) -> TariffRule:
        given = [k for k in ("set", "add", "floor", "schedule", "like") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of set, add, floor, schedule, like; found {given or 'none'}")
        return self


class CalendarEntry(Frozen):
    """What is in force from one day until the day before another, as it was decreed; or a threat and its end."""

    label: str
    since: dt.date
    until: dt.date | None = None
    binding: bool = Field(False, description="true: these rates are the new commitment, not a breach of the old")
    rules: list[TariffRule] = Field(default_factory=list)
    controls: list[ControlRule] = Field(default_factory=list)
    threats: list[ThreatRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ordered(self) -> CalendarEntry:
        if not (self.rules or self.controls or self.threats):
            raise ValueError("give rules, controls or threats: this entry says nothing")
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"until {self.until} is not after since {self.since}")
        if any((threat.outcome is None) != (self.until is None) for threat in self.threats):
            raise ValueError("a threat that ended has an outcome and the entry its `until`; an open one has neither")
        return self


class TariffValue(Frozen):
    """Political value of breach, V1 B - V2 B**2 / 2, per cent of income a year, B in points."""

    linear: non_negative("percent/point")
    curvature: non_negative("percent/point^2")


class ControlValue(Frozen):
    """Political value of withholding, per cent of the sender's income a year at r = 1."""

    targets: list[str]
    domains: list[str]
    value: non_negative("percent")


class Departures(Frozen):
    """What a scenario changes against rest. Nothing here: the base year."""

    norm_factor: dict[str, non_negative("1")] = Field(default_factory=dict)
    producer_weights: dict[str, dict[str, non_negative("1")]] = Field(default_factory=dict)
    tariff_value: dict[str, TariffValue] = Field(default_factory=dict)
    control_value: dict[str, list[ControlValue]] = Field(default_factory=dict)
    demands: dict[str, list[Stake]] = Field(default_factory=dict, description="sender -> what it wants of whom")
    opens: dict[str, Openings] = Field(default_factory=dict, description="instruments opened on top")


class ScenarioFile(Frozen):
    """`configs/scenarios/*.yaml`: the world that a policy meets."""

    kind: Literal["scenario"]
    name: Name
    title: str
    description: str
    world: Name = "base"
    split: Name | None = "chokepoint_minerals"
    focus: str
    actors: list[str] = Field(min_length=1)
    start: Quarter
    quarters: int = Field(ge=1, le=400)
    free_from: Quarter | None = Field(None, description="no free moves before this quarter")
    open: Openings = Field(description="what is open to every actor but the focus")
    changes: Departures = Field(default_factory=Departures)
    shields: list[Name] = Field(default_factory=list, description="shields in force whatever the policy")
    calendar: list[CalendarEntry] = Field(default_factory=list)
    shocks: Selection = Field(default_factory=list, description="random shocks that can happen: names, `all`, or []")
    scripts: dict[str, dict[Quarter, str]] = Field(
        default_factory=dict, description="actor -> quarter -> name of its move, in place of its strategy"
    )
    values: dict[str, float] = Field(
        default_factory=dict, description="dotted name -> value, in place of what the configs say (but not a policy's)"
    )
    turns: list[Turn] = Field(default_factory=list, description="what changes, or is moved, in the course of the run")


KINDS: dict[str, type[Frozen]] = {
    "model": ModelFile,
    "region": RegionFile,
    "domain": DomainFile,
    "split": SplitFile,
    "event_map": EventMap,
    "activity": ActivityFile,
    "defaults": DefaultsFile,
    "policy": PolicyFile,
    "scenario": ScenarioFile,
    "shock": ShockFile,
    "sweep": SweepFile,
    "shield": ShieldFile,
    "programme": ProgrammeFile,
    "alliance": AllianceFile,
    "bargaining": BargainingFile,
    "groups": GroupsFile,
}
INSTRUMENTS: dict[str, type[Frozen]] = {
    "tariff": TariffInstrument,
    "control": ControlInstrument,
    "hedge": HedgeInstrument,
    "threat": ThreatInstrument,
    "denial": DenialInstrument,
}
