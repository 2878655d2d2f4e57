"""What a config may say of domestic groups: what each cares about, how much it counts, what it blocks; elections.

What the values do stands in `sim.rules.domestic`. Source: model section 5."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.names import Name
from sim.scenario.quantity import Frozen, bounded, non_negative, positive

Interest = bounded(-20, 20, "1")
"""Per cent of support by a per cent of the output; negative: the group is worse off when it rises."""


class DomesticParameters(Frozen):
    """Section 5: how far governments listen to groups, and how long groups remember."""

    influence: non_negative("1")
    half_life: positive("quarters")


class SalesInterest(Frozen):
    """Real value added of the group's domains, in per cent of what they earn together."""

    domains: list[str] = Field(min_length=1)
    interest: Interest


class GroupSpec(Frozen):
    """One group. Its support follows model outputs alone: it never sees which policy is followed."""

    title: str
    weight: positive("1") = Field(description="political weight; an actor's weights are scaled to sum to one")
    interests: dict[Literal["wage", "budget", "risk", "insecurity", "outlays"], Interest] = Field(default_factory=dict)
    sales: SalesInterest | None = None
    veto: positive("percent") | None = Field(None, description="loss of support beyond which it blocks a move")
    source: str

    @model_validator(mode="after")
    def _cares(self) -> GroupSpec:
        if not self.interests and self.sales is None:
            raise ValueError("has neither interests nor sales: its support could never move; give it one")
        return self


class GovernmentSpec(Frozen):
    """What a government can bear before it falls, and how often it is challenged."""

    tolerance: positive("percent")
    swing: non_negative("1")
    challenge: bounded(0, 10, "1/year")


class GroupsFile(Frozen):
    """`configs/groups/*.yaml`: the domestic groups of one actor and what its government can bear."""

    kind: Literal["groups"]
    code: str
    groups: dict[Name, GroupSpec] = Field(min_length=1)
    government: GovernmentSpec
    source: str
