"""Config of crisis bargaining: demands and threats, shields, the alliance, and the fitted private values.

What the values do stands in `sim.rules.bargaining` and `sim.rules.security`. Source: model sections 4, 7 and 8."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.quantity import Frozen, Share, bounded, non_negative, positive

Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="lower case, digits and underscores")]


class OutlaysDemand(Frozen):
    """Spend more on defence: asked of those below a share of their income."""

    type: Literal["outlays"]
    title: str
    reach: Share = Field(description="share of income that is asked for; nobody above it is asked")
    source: str


class PurchaseDemand(Frozen):
    """Buy more from the sender: every other foreign supplier of the domains gets a mark-up."""

    type: Literal["purchases"]
    title: str
    domains: list[str] = Field(min_length=1)
    size: positive("1")
    source: str


class CutDemand(Frozen):
    """Cut tariffs on the sender's goods."""

    type: Literal["tariff_cut"]
    title: str
    keep: Share = Field(description="share of the target's rates that may stay")
    source: str


class PoliticalDemand(Frozen):
    """Concede something that no trade account shows."""

    type: Literal["political"]
    title: str
    source: str


DemandSpec = Annotated[OutlaysDemand | PurchaseDemand | CutDemand | PoliticalDemand, Field(discriminator="type")]


class ThreatInstrument(Frozen):
    """Threats with a demand: what can be asked for, and how an episode runs."""

    kind: Literal["instrument"]
    name: Literal["threat"]
    demands: dict[Label, DemandSpec]
    deadline: bounded(1, 8, "quarters")
    cooling_off: bounded(0, 40, "quarters")
    price_spread: positive("1")
    audience_spread: positive("1")
    audience_half_life: positive("quarters")
    climb_down: non_negative("1")
    source: str


class Punishment(Frozen):
    """What is threatened: a tariff on a group of goods, or a control of a domain at a level of its instrument."""

    instrument: Literal["tariff", "control"]
    what: str = Field(description="group of the tariff instrument, or a domain that the sender can withhold or deny")
    points: Annotated[float, Field(gt=0, le=10)] | None = Field(None, description="tariff: fraction added")
    level: Label | None = Field(
        None, description="control: a level of the control instrument, or of the stock domain in denial.yaml"
    )

    @model_validator(mode="after")
    def _sized(self) -> Punishment:
        if (self.points is None) == (self.instrument == "tariff") or (self.level is None) == (
            self.instrument == "control"
        ):
            raise ValueError("a tariff needs points and no level, a control a level and no points")
        return self


class Stake(Frozen):
    """What one sender wants of some targets, what it is worth to it, and with what it may threaten."""

    demand: Label
    targets: list[str] = Field(min_length=1)
    value: non_negative("percent")
    by: list[Punishment] = Field(min_length=1)
    schedule: bool = Field(False, description="true: may be announced to all targets at once, as a condition")


class ThreatRule(Frozen):
    """A dated threat of a calendar: who asked what of whom, with what, and how it ended where that is known."""

    sender: str
    target: str
    demand: Label
    by: Punishment
    opening: Literal["threatened", "executed"] = Field(
        "threatened", description="executed: the punishment came with the demand, unannounced"
    )
    outcome: Literal["settled", "failed"] | None = Field(
        None, description="as it ended in the record, on the entry's `until`; left out: the target answers in the run"
    )
    source: str


class ControlRule(Frozen):
    """A dated control of exports: who withholds what share of which domains from whom.

    Shares of decrees in force on the same day add up: each names varieties of its own."""

    sender: str
    targets: list[str] | Literal["all"]
    domains: list[str] = Field(min_length=1)
    withheld: Share = Field(description="share of the sender's varieties that this decree withholds")
    source: str


class CoalitionAnswer(Frozen):
    """How a coalition answers coercion of a member."""

    delay: bounded(0, 1000, "days")
    resolve: Share = Field(description="chance that the members agree once called")
    size: Share = Field(description="share of the injury that each member returns")


class Reserve(Frozen):
    """Stocks that a law builds up."""

    cover: dict[str, non_negative("quarters")] = Field(description="domain -> quarters of use")
    build_quarters: bounded(1, 40, "quarters")
    carrying_cost: Share = Field(description="of the value of what is stored, a year")


class ShieldFile(Frozen):
    """`configs/shields/*.yaml`: who answers together, how fast; or what a law keeps in store."""

    kind: Literal["shield"]
    name: Label
    title: str
    members: list[str] = Field(min_length=1)
    answer: CoalitionAnswer | None = None
    reserve: Reserve | None = None
    source: str


class Ally(Frozen):
    """One ally's outlays and its belief in the protector at the start."""

    outlays: Share
    credibility: Share


class AllianceFile(Frozen):
    """`configs/alliance.yaml`: who protects whom, and what moves the belief in it."""

    kind: Literal["alliance"]
    protector: str
    allies: dict[str, Ally]
    rivals: list[str] = Field(description="whose crises with the protector reach the allies")
    weight: positive("pseudo-counts")
    outlay_gain: positive("1")
    provocation: non_negative("1/point")
    defiance: non_negative("1")
    entrapment: non_negative("percent")
    source: str


class BargainingFile(Frozen):
    """`configs/calibration/bargaining.yaml`: medians of the private values, fitted by `hedgelab calibrate`."""

    kind: Literal["bargaining"]
    price_median: bounded(0, 1e12, "percent")
    audience_median: bounded(0, 1e12, "percent")
    source: str
