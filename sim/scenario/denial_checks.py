"""What the denial instrument and those that use it must say: stock domains that exist, levels that are there.

Each check returns sentences with file and key, as in `checks.py`."""

from __future__ import annotations

from collections.abc import Collection

from sim.errors import Problem
from sim.scenario.checks import _unknown as unknown
from sim.scenario.denial import DenialInstrument


def denial_problems(record: DenialInstrument, file: str, stock: Collection[str]) -> list[Problem]:
    """The domains are stock domains, and each says what denying it costs."""
    problems = unknown(file, "domains", record.domains, stock, "stock domain", keys=True)
    for code in stock:
        if code not in record.domains:
            problems.append(
                Problem(file, f"domains.{code}", "is missing; every stock domain needs its levels and weight")
            )
    return problems
