"""Config of denials: what a partner can withhold in stock domains, which pass no customs house, and what that costs.

What the values do stands in `sim.rules.holdings`. Source: model sections 3 and 4."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.scenario.names import Name
from sim.scenario.quantity import Frozen, Share, bounded, non_negative, positive


class DeniedDomain(Frozen):
    """One stock domain: how much of a partner's part can be denied, and what income hangs on it."""

    levels: dict[Name, Share] = Field(min_length=1, description="e.g. sustainment 0.5, supply 1")
    weight: bounded(0, 0.5, "1") = Field(description="part of real income that hangs on the domain")
    elasticity: positive("1") = Field(description="with which the other partners stand in at first")
    orders: Share = Field(description="part of what it no longer provides that the sender itself loses")
    least: Share = Field(description="smallest share of a partner that is worth denying")


class DenialInstrument(Frozen):
    """Denying arms, capital or cables to a partner, and lifting it."""

    kind: Literal["instrument"]
    name: Literal["denial"]
    domains: dict[str, DeniedDomain] = Field(description="by stock domain")
    imposing_cost: non_negative("percent")
    lifting_cost: non_negative("percent")
    cooling_off: bounded(0, 40, "quarters")
    source: str
