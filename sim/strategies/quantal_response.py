"""Quantal response: better moves are likelier, none is certain; acting is a nest of its own.

Nested logit: act or hold, instrument class, candidate. Inclusive values are means, not sums, so that near
copies of a move add no probability. Source: McKelvey and Palfrey (1995); model section 5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy
from sim.world.params import Array
from sim.world.settings import CLASSES


@dataclass(frozen=True)
class QuantalResponse(Strategy):
    """The default rule of every actor."""

    name = "quantal_response"

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Act if the draw falls below the chance of acting; then the class and the candidate by keyed Gumbels."""
        act, classes, within = nests(seen, scored)
        if seen.uniform("act", ("act",))[0] >= act:
            return 0
        return _pick(within + _pick_class(seen, classes, scored), seen, scored)

    def probabilities(self, seen: Observation, scored: Ledger) -> Array:
        """Chance of each candidate through the nests."""
        act, classes, within = nests(seen, scored)
        out = np.zeros(len(scored.feasible))
        out[0] = 1 - act
        for k, move in enumerate(scored.catalogue.candidates):
            if move.instrument and scored.feasible[k]:
                out[k] = act * np.exp(classes[CLASSES.index(move.instrument)] + within[k])
        return out


def nests(seen: Observation, scored: Ledger) -> tuple[float, Array, Array]:
    """Chance of acting; log chance of each class given acting; of each candidate given its class (-inf: none)."""
    precision = seen.settings.precision
    kinds = np.array([move.instrument for move in scored.catalogue.candidates])
    inclusive = np.full(len(CLASSES), -np.inf)
    within = np.full(len(kinds), -np.inf)
    for c, name in enumerate(CLASSES):
        mine = (kinds == name) & scored.feasible
        if not mine.any():
            continue
        utility = precision * scored.score[mine]
        total = logsumexp(utility)
        within[mine] = utility - total
        inclusive[c] = total - np.log(mine.sum()) - precision * seen.act_cost[c]
    live = np.isfinite(inclusive)
    if not live.any():
        return 0.0, inclusive, within
    total = logsumexp(inclusive[live])
    worth = total - np.log(live.sum())
    return float(1 / (1 + np.exp(-np.clip(worth, -700, 700)))), inclusive - total, within


def _gumbel(uniform: Array) -> Array:
    return -np.log(-np.log(uniform))


def _pick_class(seen: Observation, classes: Array, scored: Ledger) -> Array:
    luck = _gumbel(seen.uniform("class", CLASSES))
    chosen = CLASSES[int(np.argmax(np.where(np.isfinite(classes), classes + luck, -np.inf)))]
    return np.array([0.0 if m.instrument == chosen else -np.inf for m in scored.catalogue.candidates])


def _pick(log_chance: Array, seen: Observation, scored: Ledger) -> int:
    return int(np.argmax(log_chance + _gumbel(seen.uniform("candidate", scored.catalogue.names))))
