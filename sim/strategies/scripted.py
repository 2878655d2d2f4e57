"""Scripted: the moves that a scenario writes down, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy, named


@dataclass(frozen=True)
class Scripted(Strategy):
    """script: quarter label -> name of a candidate; quarters left out hold."""

    name = "scripted"
    looks_at_scores = False
    always_open = True
    script: dict[str, str] = field(default_factory=dict)

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Raises MoveError for a move that is not in the catalogue or cannot be made now."""
        return named(seen, scored, self.script.get(seen.quarter, "hold"), "script")
