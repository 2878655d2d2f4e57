"""Random: any feasible move, hold among them, equally likely: the benchmark that payoffs must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy
from sim.world.params import Array


@dataclass(frozen=True)
class Random(Strategy):
    """Looks at nothing but feasibility."""

    name = "random"
    looks_at_scores = False

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """The feasible candidate with the largest keyed draw."""
        luck = seen.uniform("candidate", scored.catalogue.names)
        return int(np.argmax(np.where(scored.feasible, luck, -1.0)))

    def answer(self, seen: Observation, options: Ledger) -> int:
        """Any answer, equally likely."""
        luck = seen.uniform("answer", options.catalogue.names)
        return int(np.argmax(np.where(options.feasible, luck, -1.0)))

    def probabilities(self, seen: Observation, scored: Ledger) -> Array:
        """Equal among the feasible."""
        return scored.feasible / scored.feasible.sum()
