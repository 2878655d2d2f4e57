"""What a sweep file may say: scenarios, policies, a design over values, replicates. What a design's points are is
left to `sim.sweeps.design`, whether the files fit together to `sweep_checks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.names import Everyone, Name
from sim.scenario.quantity import Frozen

Over = dict[str, list[float]] | list[str] | Everyone
OVER = "`all`: every value with a range in the configs; a list of names: by their ranges there; or name -> [low, high]"


class Grid(Frozen):
    """Every combination, last name fastest."""

    type: Literal["grid"]
    over: Over = Field(description="name -> list of values; with `levels`, " + OVER)
    levels: Annotated[int, Field(ge=2, le=1000)] | None = Field(
        None, description="equal steps from low to high, in place of listed values"
    )


class Points(Frozen):
    """Points written out one by one; a name that a point leaves out keeps its central value."""

    type: Literal["list"]
    points: list[dict[str, float]] = Field(min_length=1, description="each a block name: value; {} is the centre")


class LatinHypercube(Frozen):
    """Each value's range cut in as many strata as there are points, one point in each (McKay et al. 1979)."""

    type: Literal["lhs"]
    over: Over = Field(description=OVER)
    points: int = Field(ge=1, le=2**24)


class Sobol(Frozen):
    """Saltelli's points for variance-based sensitivities: base x (values + 2), by SALib."""

    type: Literal["sobol"]
    over: Over = Field(description=OVER)
    base: int = Field(ge=2, le=2**20, description="points of the Sobol sequence; a power of two")
    second_order: bool = Field(False, description="true: base x (2 values + 2) points, for interactions of pairs")

    @model_validator(mode="after")
    def _power(self) -> Sobol:
        if self.base & (self.base - 1):
            raise ValueError(f"base is {self.base}; must be a power of two, as 2, 4, 8 ... 1024")
        return self


class Morris(Frozen):
    """Trajectories that change one value at a time, for screening: trajectories x (values + 1), by SALib."""

    type: Literal["morris"]
    over: Over = Field(description=OVER)
    trajectories: int = Field(ge=1, le=100_000)
    levels: int = Field(4, ge=2, le=1000, description="even number of levels that a value can take")

    @model_validator(mode="after")
    def _even(self) -> Morris:
        if self.levels % 2:
            raise ValueError(f"levels is {self.levels}; must be even, as 4")
        return self


Design = Annotated[Grid | Points | LatinHypercube | Sobol | Morris, Field(discriminator="type")]


class SweepFile(Frozen):
    """`configs/sweeps/*.yaml`: scenarios x policies x points of a design x replicates, on common luck."""

    kind: Literal["sweep"]
    name: Name
    description: str
    scenarios: list[str] = Field(min_length=1, description="names or paths")
    policies: list[str] = Field(min_length=1, description="names or paths")
    design: Design = Field(
        Points(type="list", points=[{}]),
        description="which values are tried; names as in model.trade.contract_renewal; left out: the centre alone",
    )
    others: Literal["central", "drawn"] = Field(
        "central", description="ranged values outside the design: kept, or replicate k takes draw k at every point"
    )
    replicates: int = Field(1, ge=1, le=2**24, description="lucks, the same for every scenario, policy and point")
    seed: int = Field(0, ge=0, le=2**32 - 1)
    quarters: int | None = Field(None, ge=1, le=400, description="played instead of the scenario's")
    strategy: str | dict[str, str] | None = Field(
        None, description="a rule for every actor, or by region code for some, in place of the configured ones"
    )
    timeout: float = Field(1800, gt=0, description="seconds after which a run counts as hanging")
    panel: bool = Field(True, description="keep every quarter's outcomes, not the last one's alone")
