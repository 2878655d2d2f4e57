"""The closed form of the frontier beside the equilibrium: the same hedges, measured both ways.

Compositions of the frontier are asked for by the mark-ups that give them at base-year costs; what the equilibrium
makes of these is solved anew. Source: model section 3, "for ranking and the frontier only"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sim.engine.design import Design
from sim.engine.step import begin, observe
from sim.moves.path import Scene
from sim.moves.risk import adapted_standing
from sim.rules.coercion import Standing, stop_losses
from sim.rules.contracts import adapted_shock, log_wedge
from sim.rules.exposure import hedging_premium
from sim.rules.frontier import Yardstick, expected, markups, premium, premium_bound, tail, tail_of
from sim.rules.prudence import mean_loss
from sim.rules.solve import solve_one
from sim.rules.trade import real_income
from sim.studies.frontier import Loss, Search
from sim.world.params import Array

DOWN = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8])
"""How far down from the unhedged to the least expected loss the ten points lie."""
DROPPED = 1e-6  # of lam0: a supplier that the frontier leaves gets the mark-up of this


def side_by_side(design: Design, of: Yardstick, down: Array = DOWN) -> pd.DataFrame:
    """A row a point of the frontier of expected loss: premium and losses by closed form and by equilibrium, per cent.

    `plain` is the closed form alone; without it losses are solved at the base year and moved along the closed form."""
    scene, _ = observe(design, begin(design), None)
    search = Search(of, Loss.expected)
    top, least = search.measured(of.unhedged), search.least()
    return pd.DataFrame([_row(design, scene, of, search.at(level).share) for level in top - (top - least) * down])


def _row(design: Design, scene: Scene, of: Yardstick, share: Array) -> dict[str, float]:
    h = markups(of, share, DROPPED)
    hedge = design.base.hedge_base.copy()
    hedge[of.region] = h
    cost = hedging_premium(design.base, design.base.tariff, hedge, scene.adapted, of.region)
    at = _adapted(scene, hedge)
    loss, _ = stop_losses(design.base, at, scene.impact, of.region, list(of.stops))
    got = at.available[of.region]
    plain = of.plain
    return {
        "largest_h": float(h.max()), "premium": float(premium(of, share)), "bound": float(premium_bound(of, share)),
        "premium_solved": cost, "expected": float(expected(of, share)),
        "expected_solved": float(mean_loss(of.arrivals, loss)), "expected_plain": float(expected(plain, share)),
        "tail": tail(of, share), "tail_solved": tail_of(of, loss), "tail_plain": tail(plain, share),
        "share_moved": float(50 * np.abs(got - share).sum(axis=0).max()),
    }  # fmt: skip


def _adapted(scene: Scene, hedge: Array) -> Standing:
    """The base year with contracts adapted to other mark-ups."""
    base, zero = scene.base, np.zeros_like(hedge)
    shock = adapted_shock(base, base.tariff, zero, hedge, log_wedge(base, base.tariff))
    x, at = solve_one(base, shock, scene.adapted, "a point of the frontier, adapted")
    return replace(adapted_standing(scene), tariff=base.tariff, available=at.composition, x=x,
                   income=real_income(base, x, at.income))  # fmt: skip
