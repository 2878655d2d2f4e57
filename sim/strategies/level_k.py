"""Level k: the best response to what the others would pick if they thought one step less; level 0 holds.

Level 1 is the best response. At level 2 an actor first works out everybody's best response to a quarter in which
nobody moves, then answers those moves, and so on. It takes every agenda to be open and sees nobody's mood.
Source: Stahl and Wilson (1995), Games and Economic Behavior 10; Nagel (1995), American Economic Review 85: most
people stop at one or two steps."""

from __future__ import annotations

from dataclasses import dataclass

from sim.errors import MoveError
from sim.moves.catalogue import HOLD
from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy, candidate_costs, costs_by_class
from sim.strategies.best_response import best_pick


@dataclass(frozen=True)
class LevelK(Strategy):
    """k : steps of thinking, 1 or more; each further one scores every actor's candidates once more."""

    name = "level_k"
    k: int = 2

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 1:
            raise MoveError(f"level_k: k is {self.k!r}; must be a whole number from 1")

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """The best response to the others' picks one level below."""
        made = self.expected(seen)
        mine = seen.others.ledger(made) if made else scored
        return best_pick(mine.score - candidate_costs(seen, mine), scored.feasible & mine.feasible)

    def expected(self, seen: Observation) -> dict[str, str]:
        """Code -> name of the move that each other actor is expected to make; those that hold are left out."""
        picks: dict[str, str] = {}
        for level in range(1, self.k):
            who = seen.others.codes if level == self.k - 1 else seen.others.actors
            below, picks = picks, {}
            for code in who:
                name = _answer(seen, code, below)
                if name != HOLD.name:
                    picks[code] = name
        return picks


def _answer(seen: Observation, code: str, made: dict[str, str]) -> str:
    """The best response of an actor to the others' moves, as seen from outside."""
    ledger = seen.others.predicted(code, made)
    net = ledger.score - costs_by_class(seen.settings.act_cost[ledger.catalogue.actor], ledger)
    return ledger.catalogue.names[best_pick(net, ledger.feasible)]
