"""Best response: the candidate with the largest score net of its cost of acting, if that is a gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy, candidate_costs


@dataclass(frozen=True)
class BestResponse(Strategy):
    """Sure of itself: no noise, no habit."""

    name = "best_response"

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Hold wins ties."""
        net = np.where(scored.feasible, scored.score - candidate_costs(seen, scored), -np.inf)
        best = int(np.argmax(net))
        return best if net[best] > 0 else 0
