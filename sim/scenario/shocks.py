"""What a config may say of chance: supply accidents, dearer transport, changes of government
and elections, with a hazard or dates.

When they happen is left to `sim.engine.chance`, what they do to `sim.rules.chance`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from sim.scenario.names import Name, Quarter, Selection
from sim.scenario.quantity import Frozen, bounded, non_negative, positive


class Lanes(Frozen):
    """Flows that an effect hits: every pair of an exporter and an importer, home sales left out."""

    exporters: Selection
    importers: Selection = "all"
    domains: Selection


class SupplyEffect(Lanes):
    """A share of varieties that cannot be had: an accident, no coercion."""

    type: Literal["supply"]
    share: bounded(0, 1, "1")


class TransportEffect(Lanes):
    """Delivered cost times a factor: goods that melt on the way, so what is paid on top is lost to all."""

    type: Literal["transport"]
    factor: bounded(0.1, 10, "1")


class GovernmentEffect(Frozen):
    """A change of government: the actor's political shock is drawn anew, wider than in an ordinary quarter."""

    type: Literal["government"]
    actor: str
    deviation: positive("1") = Field(description="times the standard deviation of the political shock")


class ElectionEffect(Frozen):
    """An election: the political weights of the actor's groups are drawn anew around those of their file."""

    type: Literal["election"]
    actor: str
    spread: non_negative("1") = Field(description="deviation of the logarithm of a group's weight")


Effect = Annotated[SupplyEffect | TransportEffect | GovernmentEffect | ElectionEffect, Field(discriminator="type")]


class ShockFile(Frozen):
    """`configs/shocks/*.yaml`: something that nobody chooses; several effects are one event that hits them jointly."""

    kind: Literal["shock"]
    name: Name
    title: str = Field(min_length=3, description="what is said when it happens, such as `Strait closed`")
    description: str
    hazard: bounded(0, 10, "1/year")
    duration: bounded(1, 40, "quarters")
    effects: list[Effect] = Field(min_length=1)
    dates: list[Quarter] = Field(default_factory=list, description="quarters in which it happens for sure")

    @field_validator("dates")
    @classmethod
    def _rising(cls, dates: list[str]) -> list[str]:
        if dates != sorted(set(dates)):
            raise ValueError("must rise, each quarter named once")
        return dates
