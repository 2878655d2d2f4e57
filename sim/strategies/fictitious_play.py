"""Fictitious play: the best response to what the others did so far in this run, taken as their odds of today.

Each other actor is taken to draw its move from the empirical distribution of its past picks, independently of the
rest; one that never decided holds, and a past move that cannot be made now counts as hold. Expected scores are over
the likeliest joint profiles, their chances renormalised. Source: Brown (1951), Iterative solution of games by
fictitious play, in Koopmans (ed.), Activity Analysis of Production and Allocation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from sim.errors import MoveError
from sim.moves.catalogue import HOLD
from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy, candidate_costs
from sim.strategies.best_response import best_pick
from sim.world.params import Array

Profile = tuple[tuple[str, str], ...]  # (code, name of its move) of each other actor


@dataclass(frozen=True)
class FictitiousPlay(Strategy):
    """profiles : joint profiles of the others that are looked at, the likeliest first; each scores all candidates."""

    name = "fictitious_play"
    profiles: int = 8

    def __post_init__(self) -> None:
        if isinstance(self.profiles, bool) or not isinstance(self.profiles, int) or self.profiles < 1:
            raise MoveError(f"fictitious_play: profiles is {self.profiles!r}; must be a whole number from 1")

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """The best response to the expected score; hold wins ties."""
        return best_pick(self.expected(seen, scored) - candidate_costs(seen, scored), scored.feasible)

    def expected(self, seen: Observation, scored: Ledger) -> Array:
        """[candidate], expected score, percent; -inf where a likely profile leaves it without one."""
        total = np.zeros(len(scored.feasible))
        for profile, chance in self.likely(seen):
            made = {code: name for code, name in profile if name != HOLD.name}
            ledger = seen.others.ledger(made) if made else scored
            total += chance * np.where(ledger.feasible, ledger.score, -np.inf)
        return total

    def likely(self, seen: Observation) -> list[tuple[Profile, float]]:
        """Joint profiles and their chances, likeliest first; chances sum to one."""
        found: list[tuple[Profile, float]] = [((), 1.0)]
        for code in seen.others.codes:
            joint = [((*profile, (code, name)), chance * odds)
                     for profile, chance in found for name, odds in tendency(seen, code).items()]  # fmt: skip
            # a profile among the likeliest has a part among the likeliest of those before it
            found = sorted(joint, key=lambda one: (-one[1], one[0]))[: self.profiles]
        total = sum(chance for _, chance in found)
        return [(profile, chance / total) for profile, chance in found]


def tendency(seen: Observation, code: str) -> dict[str, float]:
    """Name -> share of the actor's past picks, as far as they could be made again now."""
    picks = [one.name for one in seen.history if one.actor == code] or [HOLD.name]
    counts = Counter(name if seen.others.possible(code, name) else HOLD.name for name in picks)
    return {name: count / len(picks) for name, count in counts.items()}
