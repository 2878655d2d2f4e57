"""Quantity: a number in a config with unit, source and range; and the frozen record that all configs are."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator


class Frozen(BaseModel):
    """A config record: no unknown keys, no conversion of types, no change after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class Quantity(Frozen):
    """A number that the model uses, with where it comes from and how far it may be wrong."""

    value: float
    unit: str = Field(description="1 (fraction), percent, quarters, years, 1/quarter, ...")
    source: str = Field(min_length=3, description="a citation, or `assumption` with a range")
    low: float | None = None
    high: float | None = None
    sampled: bool = Field(True, description="false: ensembles keep the value although a range is given")
    meaning: str = Field("", description="one sentence on what the value does, shown to students")

    @model_validator(mode="after")
    def _range_holds_value(self) -> Quantity:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high come together")
        if self.low is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} lies outside its range {self.low:g} to {self.high:g}")
        if self.source.startswith("assumption") and self.low is None:
            raise ValueError("an assumption needs a range: give low and high")
        return self


@cache
def bounded(low: float, high: float, unit: str | None = None) -> type[Quantity]:
    """A Quantity whose value and range must lie in [low, high], in the given unit.

    The class stands in this module under its own name, so that a config can be pickled for a worker."""
    number = Annotated[float, Field(ge=low, le=high)]
    fields = {"value": (number, ...), "low": (number | None, None), "high": (number | None, None)}
    if unit is not None:
        fields["unit"] = (Literal[unit], ...)
    name = re.sub(r"\W", "_", f"Quantity_{low:g}_to_{high:g}_{unit or 'any'}")
    made = create_model(name, __base__=Quantity, __module__=__name__, **fields)
    globals()[name] = made
    return made


def positive(unit: str) -> type[Quantity]:
    """A Quantity above zero in the given unit."""
    return bounded(1e-12, 1e12, unit)


def non_negative(unit: str) -> type[Quantity]:
    """A Quantity of at least zero in the given unit."""
    return bounded(0, 1e12, unit)


Share = bounded(0, 1, "1")
