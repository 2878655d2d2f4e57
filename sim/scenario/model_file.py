"""Config of `configs/model.yaml`: every parameter that is not a region's, an instrument's or a scenario's.

What the values do stands in `sim.rules` and `sim.moves`; the other kinds of config file stand in `schema.py`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.domestic import DomesticParameters
from sim.scenario.programmes import ProgrammeParameters
from sim.scenario.quantity import Frozen, Share, bounded, non_negative, positive


class TradeParameters(Frozen):
    """Section 2 of the model: elasticities among nests and the pace of contracts."""

    contract_renewal: bounded(0, 1, "1/quarter")
    final_elasticity: positive("1")
    input_elasticity: positive("1")
    short_run_position: Share
    long_run_position: Share


class HorizonParameters(Frozen):
    """Section 5: the span over which a candidate is valued."""

    quarters: bounded(4, 40, "quarters")
    discount: bounded(0.5, 1, "1/quarter")
    nodes: list[int] = Field(min_length=2, description="quarters at which an equilibrium is solved")
    margin: positive("percent")
    shortlist: int = Field(6, ge=1, description="best candidates of each class scored on the whole path")
    impact_weight: dict[Literal["tariff", "control"], Share]


class ChoiceParameters(Frozen):
    """Section 5: acting is a nest of its own."""

    agenda: Share
    precision: bounded(1, 1e6, "1/percent")
    shock_sd: non_negative("percent")
    shock_persistence: bounded(0, 0.999, "1")


class NormParameters(Frozen):
    """Section 5: the cost of breaking a commitment, and when an answer is none."""

    curvature: non_negative("percent/point^2")
    reciprocity: Share


class BeliefParameters(Frozen):
    """Section 7: counts with forgetting."""

    half_life: positive("years")
    third_party_discount: Share
    prior_years: positive("years")
    retaliation: Share
    retaliation_weight: positive("pseudo-counts")
    counter_answer: Share
    rollback_compliance: Share
    carry_weight: positive("pseudo-counts")
    kept_word: Share
    kept_weight: positive("pseudo-counts")
    conduct_weight: positive("pseudo-counts")
    episode_years: positive("years")
    risk_aversion: bounded(0, 20, "1")


TASTE_UNITS = {"norm": "percent/point", "cut": "percent/point", "control": "percent", "hedge": "percent"}


class CalibrationParameters(Frozen):
    """Section 5: what the base year is asked to be at rest with."""

    hedge_cap: positive("1")
    min_flow_tariff: non_negative("percent")
    min_flow_small: non_negative("percent")
    taste_scale: dict[Literal["norm", "control", "hedge"], bounded(1e-12, 1e12)]

    @model_validator(mode="after")
    def _units(self) -> CalibrationParameters:
        for name, scale in self.taste_scale.items():
            if scale.unit != TASTE_UNITS[name]:
                raise ValueError(f"taste_scale.{name} has unit {scale.unit!r}; must be {TASTE_UNITS[name]!r}")
        return self


class ModelFile(Frozen):
    """`configs/model.yaml`: every parameter that is not a region's, an instrument's or a scenario's."""

    kind: Literal["model"]
    trade: TradeParameters
    horizon: HorizonParameters
    choice: ChoiceParameters
    norm: NormParameters
    beliefs: BeliefParameters
    programmes: ProgrammeParameters
    domestic: DomesticParameters
    calibration: CalibrationParameters
