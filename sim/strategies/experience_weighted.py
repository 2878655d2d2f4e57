"""Experience-weighted attraction: a quantal response to what moves were worth so far, not to today's worth alone.

Camerer and Ho's attractions of a candidate with payoff s:

    N(t) = rho N(t-1) + 1,   A(t) = (phi N(t-1) A(t-1) + w s(t)) / N(t),   rho = phi (1 - kappa)

where w is 1 for what was picked and delta for what was forgone. Two things differ. Their players learn a payoff after
playing; here scores are known before, so today's count in full when choosing, and what is then left counts delta ever
after. And candidates come and go: a quarter in which one could not be made changes neither its attraction nor its
experience. Closed agendas teach nothing. Choice goes through the nests of `quantal_response`.

Source: Camerer and Ho (1999), Econometrica 67(4); over three kinds of games they find delta generally around 0.50,
phi around 0.8 to 1, rho from 0 to phi. kappa = 0 (rho = phi) keeps attractions on the scale of the scores, for which
the logit precision is set; kappa = 1 lets them add up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.errors import MoveError
from sim.moves.score import Ledger
from sim.strategies.base import Observation
from sim.strategies.quantal_response import QuantalResponse
from sim.world.params import Array


@dataclass(frozen=True)
class ExperienceWeighted(QuantalResponse):
    """delta : weight of forgone payoffs, 0 to 1
    phi : what is left of old attractions after a decision, 0 to 1
    kappa : growth of attractions, 0 (they average) to 1 (they add up)"""

    name = "experience_weighted"
    delta: float = 0.5
    phi: float = 0.9
    kappa: float = 0.0

    def __post_init__(self) -> None:
        for name in ("delta", "phi", "kappa"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise MoveError(f"experience_weighted: {name} is {value!r}; must be a number from 0 to 1")

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """A quantal response with attractions in place of scores."""
        return super().choose(seen, self._attracted(seen, scored))

    def probabilities(self, seen: Observation, scored: Ledger) -> Array:
        """Chance of each candidate through the nests."""
        return super().probabilities(seen, self._attracted(seen, scored))

    def attractions(self, seen: Observation, scored: Ledger) -> Array:
        """[candidate], percent of annual real income, this quarter's scores among them; NaN where not feasible."""
        names = scored.catalogue.names
        old, experience = np.zeros(len(names)), np.zeros(len(names))
        for past in seen.own:
            known = dict(zip(past.names, past.scores, strict=True))
            score = np.array([known.get(name, np.nan) for name in names])
            weight = np.where(np.array(names) == past.move.name, 1.0, self.delta)
            old, experience = self._updated(old, experience, weight * score)
        return np.where(scored.feasible, self._updated(old, experience, scored.score)[0], np.nan)

    def _updated(self, old: Array, experience: Array, felt: Array) -> tuple[Array, Array]:
        """Attractions and experience after one decision; as they were where nothing was on offer (NaN)."""
        more = self.phi * (1 - self.kappa) * experience + 1
        new = (self.phi * experience * old + felt) / more
        return np.where(np.isnan(felt), old, new), np.where(np.isnan(felt), experience, more)

    def _attracted(self, seen: Observation, scored: Ledger) -> Ledger:
        return replace(scored, terms=self.attractions(seen, scored)[:, None])
