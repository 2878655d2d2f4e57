"""What a strategy sees and what it must return; the rule itself stands in one file a strategy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from sim import draws
from sim.moves.score import Ledger
from sim.world.params import Array
from sim.world.settings import CLASSES, Settings


@dataclass(frozen=True)
class Observation:
    """What an actor may see besides its scored candidates."""

    actor: str
    quarter: str  # label such as 2026Q1
    seed: int
    run: int
    step: int
    settings: Settings
    act_cost: Array  # [class], percent

    def uniform(self, channel: str, names: tuple[str, ...]) -> Array:
        """[name], this actor's luck of this quarter, keyed by name: the same under every policy."""
        return draws.uniform(self.seed, channel, self.run, self.step, self.actor, np.array(names))


class Strategy(ABC):
    """A decision rule. A user's own is one subclass in one file, named as `module:Class`."""

    name: str
    always_open: bool = False  # true: decides every quarter, agenda or not
    looks_at_scores: bool = True  # false: candidates come unscored, which is far cheaper

    @abstractmethod
    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Index of the picked candidate; 0 holds."""

    def answer(self, seen: Observation, options: Ledger) -> int:
        """Index of the answer inside an episode: the best score; the first option wins ties.

        Private prices and audience costs make answers uncertain to the other side; no further noise is needed."""
        return int(np.argmax(np.where(options.feasible, options.score, -np.inf)))

    def probabilities(self, seen: Observation, scored: Ledger) -> Array:
        """[candidate], chance of each pick before the draws, agenda open; a sure rule puts 1 on its pick."""
        out = np.zeros(len(scored.feasible))
        out[self.choose(seen, scored)] = 1.0
        return out


def candidate_costs(seen: Observation, scored: Ledger) -> Array:
    """[candidate], fixed cost of acting by class; hold is free."""
    kinds = [move.instrument for move in scored.catalogue.candidates]
    return np.array([seen.act_cost[CLASSES.index(kind)] if kind else 0.0 for kind in kinds])
