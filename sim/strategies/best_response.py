"""Best response: the candidate with the largest score net of its cost of acting, if that is a gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy, candidate_costs
from sim.world.params import Array


@dataclass(frozen=True)
class BestResponse(Strategy):
    """Sure of itself: no noise, no habit."""

    name = "best_response"

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Hold wins ties."""
        return best_pick(scored.score - candidate_costs(seen, scored), scored.feasible)


def best_pick(net: Array, feasible: Array) -> int:
    """Index of the largest gain among the feasible; hold when there is none.

    net : [candidate], score net of the cost of acting, percent"""
    worth = np.where(feasible, net, -np.inf)
    best = int(np.argmax(worth))
    return best if worth[best] > 0 else 0
