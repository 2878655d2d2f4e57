"""Config of programmes: what a region may build against dependence, in steps, and through which channel it acts.

What the values do stands in `sim.rules.programmes`, what starting one is worth in `sim.moves.programmes`.
Source: model section 4, diversification."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.names import Name, Quarter
from sim.scenario.quantity import Frozen, Share, bounded, non_negative, positive

Money = non_negative("bn USD")
Yearly = non_negative("bn USD/year")


class SupplyEffect(Frozen):
    """New supply: capacity of one seller that competes at its own delivered cost, capital not counted in it."""

    channel: Literal["supply"]
    seller: str
    domain: str
    volume: positive("million/year") = Field(description="what a unit can sell, in what the price is per")
    incumbent: bounded(1e-6, 1e6) = Field(description="mean delivered price of what it replaces")
    production: bounded(0, 1e6) = Field(description="cost at the port of loading, capital left out, same unit")
    freight: bounded(0, 1e6) = Field(description="cost of the voyage, same unit")
    price_deviation: Share = Field(description="deviation of the logarithm of the incumbents' price over a year")

    @model_validator(mode="after")
    def _one_unit(self) -> SupplyEffect:
        units = {one.unit for one in (self.incumbent, self.production, self.freight)}
        if len(units) > 1:
            raise ValueError(f"incumbent, production and freight must have one unit; found {', '.join(sorted(units))}")
        return self


class MarkUpEffect(Frozen):
    """A mark-up on some suppliers: public orders, guarantees or rules that turn contracts to others."""

    channel: Literal["mark_up"]
    suppliers: list[str] = Field(min_length=1)
    domains: list[str] = Field(min_length=1)
    size: positive("1") = Field(description="mark-up that a unit of the programme adds")


class StockEffect(Frozen):
    """A stock that is drawn when supply stops; partners that share it may draw too."""

    channel: Literal["stock"]
    cover: dict[str, positive("quarters")] = Field(description="domain -> quarters of the owner's use a unit stores")
    shared: bool = Field(description="true: partners may draw on it, too")


class CostEffect(Frozen):
    """Cheaper trade with the partners, both ways: rules, recognition, data flows."""

    channel: Literal["trade_cost"]
    domains: list[str] = Field(min_length=1)
    saving: Share = Field(description="part of delivered cost that a unit of the programme saves")


class StockShareEffect(Frozen):
    """Another partner, or home, in a stock domain: arms, capital, cables."""

    channel: Literal["stock_share"]
    domain: str = Field(description="a stock domain")
    away_from: str = Field(description="the partner whose share falls")
    towards: dict[str, Share] = Field(min_length=1, description="who gets it, the owner's code for home; sums to 1")
    part: bounded(0, 0.99, "1") = Field(description="part of that partner's share that a unit moves")

    @model_validator(mode="after")
    def _whole(self) -> StockShareEffect:
        total = sum(one.value for one in self.towards.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"towards sums to {total:g}; must sum to 1")
        if self.away_from in self.towards:
            raise ValueError(f"towards names {self.away_from}, from which the share is taken; leave it out")
        return self


Effect = Annotated[
    SupplyEffect | MarkUpEffect | StockEffect | CostEffect | StockShareEffect, Field(discriminator="channel")
]


class ProgrammeFile(Frozen):
    """`configs/programmes/*.yaml`: one programme that its owner may start, expand and abandon."""

    kind: Literal["programme"]
    name: Name
    title: str
    description: str
    owner: str = Field(description="the region that decides and pays")
    partners: list[str] = Field(min_length=1)
    measure: str = Field(description="what a unit of it is: `million tonnes a year`")
    first: Quarter = Field(description="no delivery before this quarter")
    smallest: positive("units")
    increment: positive("units")
    largest: positive("units")
    capital: Money = Field(description="the owner's part, for a unit")
    salvage: Share = Field(description="part of the capital that comes back when it is abandoned")
    margin: bounded(-0.1, 0.5, "1/year") = Field(description="its cost of capital above the public one")
    life: bounded(1, 60, "years") = Field(description="over which capital is paid back")
    running: Yearly = Field(description="for a unit in operation")
    build: bounded(0, 80, "quarters") = Field(description="until it delivers anything")
    ramp: bounded(1, 40, "quarters") = Field(description="over which it then grows to its size")
    decay: bounded(0, 1, "1/quarter") = Field(description="part that is lost a quarter when nothing is built")
    effects: list[Effect] = Field(min_length=1)
    source: str

    @model_validator(mode="after")
    def _sizes(self) -> ProgrammeFile:
        if self.smallest.value > self.largest.value:
            raise ValueError(f"smallest {self.smallest.value:g} is above largest {self.largest.value:g}")
        return self


class ProgrammeParameters(Frozen):
    """`programmes` of the model file: what all programmes have in common."""

    cost_of_capital: bounded(0, 0.5, "1/year")
    horizon: bounded(4, 160, "quarters")
    nodes: list[int] = Field(min_length=2, description="quarters at which an equilibrium is solved for programmes")
    review: bounded(1, 20, "quarters")
    refill: bounded(1, 40, "quarters")


class ProgrammeCommitment(Frozen):
    """A dated start of a programme by a policy, whatever it scores."""

    type: Literal["programme"]
    start: Quarter
    programme: Name
    size: positive("units")
    why: str
