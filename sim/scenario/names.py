"""Names and selections as config files write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

QUARTER = r"^\d{4}Q[1-4]$"
NAME = r"^[a-z][a-z0-9_]*$"
Quarter = Annotated[str, Field(pattern=QUARTER, description="a quarter such as 2026Q1")]
Name = Annotated[str, Field(pattern=NAME, description="lower case, digits and underscores")]
Everyone = Literal["all"]
Selection = list[str] | Everyone
"""A list of codes or names, or `all`."""
