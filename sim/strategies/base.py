"""What a strategy sees and what it must return; the rule itself stands in one file a strategy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from sim import draws
from sim.errors import MoveError
from sim.moves.score import Ledger
from sim.moves.supposed import Others
from sim.world.params import Array
from sim.world.past import PastMove, Remembered
from sim.world.settings import CLASSES, Settings


@dataclass(frozen=True)
class Observation:
    """What an actor may see besides its scored candidates.

    `others` answers questions about them and computes only what is asked: `others.ledger({code: name})` is one's own
    ledger if they make those moves this quarter, `others.predicted(code, {...})` anybody's as seen from outside."""

    actor: str
    quarter: str  # label such as 2026Q1
    seed: int
    run: int
    step: int
    settings: Settings
    act_cost: Array  # [class], percent
    history: tuple[PastMove, ...] = ()  # everybody's picks so far in this run, oldest first
    own: tuple[Remembered, ...] = ()  # one's own decisions so far, with the scores of all candidates
    others: Others | None = field(default=None, repr=False, compare=False)  # None outside a quarter that is played

    def uniform(self, channel: str, names: tuple[str, ...]) -> Array:
        """[name], this actor's luck of this quarter, keyed by name: the same under every policy."""
        return draws.uniform(self.seed, channel, self.run, self.step, self.actor, np.array(names))


class Strategy(ABC):
    """A decision rule. A user's own is one subclass in one file, named as `module:Class` with `--strategy`.

    It is best a pure function of what it is given: `seen.history` and `seen.own` remember for it. One that remembers
    by itself starts every run as it was given, and is asked `choose`, then `probabilities`, in every quarter."""

    name: str
    always_open: bool = False  # true: decides every quarter, agenda or not
    looks_at_scores: bool = True  # false: candidates come unscored, which is far cheaper
    asks: bool = False  # true: waits for a person at the terminal, so plays one run and no batch

    @abstractmethod
    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Index of the picked candidate; 0 holds."""

    def answer(self, seen: Observation, options: Ledger) -> int:
        """Index of the answer inside an episode: the best score net of its cost of acting; the first wins ties.

        Private prices and audience costs make answers uncertain to the other side; no further noise is needed. A
        tariff in answer costs the effort that any tariff does."""
        effort = costs_of_answers(seen.act_cost, options)
        return int(np.argmax(np.where(options.feasible, options.score - effort, -np.inf)))

    @property
    def weighs_answers(self) -> bool:
        """Whether answers look at payoffs: those of this class do, also of a rule that makes its moves blindly."""
        return self.looks_at_scores or type(self).answer is Strategy.answer

    def probabilities(self, seen: Observation, scored: Ledger) -> Array:
        """[candidate], chance of each pick before the draws, agenda open; a sure rule puts 1 on its pick."""
        out = np.zeros(len(scored.feasible))
        out[self.choose(seen, scored)] = 1.0
        return out


def candidate_costs(seen: Observation, scored: Ledger) -> Array:
    """[candidate], fixed cost of acting by class; hold is free."""
    return costs_by_class(seen.act_cost, scored)


def costs_by_class(act_cost: Array, scored: Ledger) -> Array:
    """[candidate], the cost of its class.

    act_cost : [class], percent"""
    kinds = [move.instrument for move in scored.catalogue.candidates]
    return np.array([act_cost[CLASSES.index(kind)] if kind else 0.0 for kind in kinds])


def costs_of_answers(act_cost: Array, options: Ledger) -> Array:
    """[candidate], what an answer inside an episode costs to make: a tariff in answer costs what any tariff does.

    act_cost : [class], percent"""
    effort = act_cost[CLASSES.index("tariff")]
    return np.array([effort if m.operation in ("retaliate", "shield") else 0.0 for m in options.catalogue.candidates])


def named(seen: Observation, scored: Ledger, wanted: str, source: str) -> int:
    """Index of the candidate of that name. Raises MoveError when there is none, or when it cannot be made now.

    source : where the name stands, such as `script`"""
    if wanted not in scored.catalogue.names:
        raise MoveError(f"{source} of {seen.actor}, {seen.quarter}: no move is named {wanted!r}; see its catalogue")
    pick = scored.catalogue.names.index(wanted)
    if not scored.feasible[pick]:
        raise MoveError(f"{source} of {seen.actor}, {seen.quarter}: {wanted!r} cannot be made in this quarter")
    return pick
