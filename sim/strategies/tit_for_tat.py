"""Tit for tat: answer a breach in full, give way when the partner did, else hold. Source: Axelrod (1984)."""

from __future__ import annotations

from dataclasses import dataclass

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy


@dataclass(frozen=True)
class TitForTat(Strategy):
    """Never first to raise; looks at breaches, not at payoffs."""

    name = "tit_for_tat"
    looks_at_scores = False

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """The fullest match that can be made; else remove tariffs against a partner with nothing to match."""
        moves = scored.catalogue.candidates
        matches = [k for k, m in enumerate(moves) if m.operation == "match" and scored.feasible[k]]
        if matches:
            return max(matches, key=lambda k: (moves[k].level, -k))
        for k, move in enumerate(moves):
            if move.operation in ("remove", "lift") and scored.feasible[k] and not scored.offended[move.partners[0]]:
                return k
        return 0
