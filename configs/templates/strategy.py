"""A decision rule of my own: the best move, when it gains enough. It runs as it is, from the folder where it stands:

    hedgelab run america_first --strategy JPN=my_strategy:MyStrategy --quarters 8
    hedgelab compare america_first --policy adaptive --strategy "my_strategy:MyStrategy(least=0.01)" --runs 4

Change what `choose` returns. A rule is asked once a quarter, when its actor's agenda is open."""

from dataclasses import dataclass

import numpy as np

from sim.moves.score import Ledger
from sim.strategies.base import Observation, Strategy, candidate_costs


@dataclass(frozen=True)
class MyStrategy(Strategy):
    """Best response that leaves small gains alone."""

    name = "my_strategy"  # what errors call it
    always_open = False  # True: asked in every quarter, agenda or not
    looks_at_scores = True  # False: candidates come unscored, which is far cheaper
    least: float = 0.002  # an option, per cent of annual real income: --strategy "JPN=my_strategy:MyStrategy(least=0)"

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """Index of the picked candidate; 0 holds. It must be feasible: scored.feasible[index]."""
        # [candidate], what each is worth against holding, per cent of annual real income; NaN where not feasible
        net = scored.score - candidate_costs(seen, scored)

        # What a candidate is: its name, instrument (tariff, control, hedge), operation, partners and level.
        #   for k, move in enumerate(scored.catalogue.candidates):
        #       if move.operation == "raise":  # never the first to raise a tariff
        #           net[k] = np.nan
        # One term of the payoff alone, such as what a hedge is for:
        #   risk = scored.term("coercion_risk")
        # Everybody's picks so far, oldest first: quarter, actor, name of the candidate.
        #   attacked = any(move.name.startswith("control embargo") for move in seen.history)
        # One's own past decisions with the scores of all candidates: seen.own
        # The ledger if the others moved this quarter (code -> name of a candidate), and what they would see:
        #   scored = seen.others.ledger({"USA": "tariff raise JPN goods 10"})
        #   theirs = seen.others.predicted("USA", {})
        # Luck, the same under every policy, from no other source:
        #   coin = seen.uniform("coin", ("toss",))[0]

        best = int(np.nanargmax(net))
        return best if net[best] > self.least else 0

    # A rule that is not sure says how likely each pick is; without this, 1 for what `choose` returns.
    # def probabilities(self, seen: Observation, scored: Ledger) -> np.ndarray: ...
