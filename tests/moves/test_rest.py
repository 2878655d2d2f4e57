"""The base year at rest: nothing pays, nothing drifts, and the base portfolio is a choice."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from sim.engine.design import REST, fit
from sim.engine.menu import catalogue
from sim.engine.step import begin
from sim.errors import WorldError
from sim.moves.path import stores_of
from sim.moves.rest import base_anchors, base_world, infer_hedges, least_norm
from sim.moves.risk import expected_stops
from sim.moves.score import score
from sim.rules.coercion import Standing, domar_weight, stop_losses
from sim.rules.trade import base_point
from sim.scenario.schema import PolicyFile
from tests.conftest import scenario_of
from tests.worlds import few, seeds

SETS = [None, 1, 2]  # central values and two draws


@pytest.fixture(params=SETS, ids=["central", "draw 1", "draw 2"])
def case(request, base_scene, fitted):
    """(scenario, design, scene, rest) of the base year at one set of parameters."""
    design, scene = base_scene(request.param)
    return scenario_of("baseline", request.param), design, scene, fitted(request.param)


# --- nothing pays -------------------------------------------------------------------------------------------


def test_no_candidate_of_any_actor_gains_in_the_base_year(case):
    scenario, design, scene, _ = case
    everything = PolicyFile(kind="policy", name="open", title="open", description="all but cuts", open=REST)
    for i in design.actors:
        menu = catalogue(scenario, everything, design.base, design.settings, design.base.regions[i])
        assert {m.instrument for m in menu.candidates} == {"", "tariff", "control", "hedge"}
        ledger = score(scene, menu, all_exact=True)
        best = np.nanargmax(ledger.score)
        assert ledger.score[best] <= 1e-9, menu.names[best]


def test_without_tastes_something_would_gain_and_the_largest_is_named_as_binding(case):
    *_, rest = case
    for i, ledger in rest.ledgers.items():
        assert np.nanmax(ledger.score) > 1e-4
        assert rest.binding[i] and set(rest.binding[i]) <= set(ledger.catalogue.names)


def test_tastes_are_costs(case):
    *_, rest = case
    for taste in (rest.tastes.norm, rest.tastes.control, rest.tastes.hedge):
        assert (taste >= 0).all()
    others = [i for i in range(len(rest.base.regions)) if i not in rest.ledgers]
    assert rest.tastes.norm[others].max() == 0 and rest.tastes.hedge[others].max() == 0


def test_the_fit_is_the_same_for_every_scenario_with_the_same_parameters(fitted):
    one, other = fitted(2), fit(scenario_of("both_squeeze", 2))
    assert np.array_equal(one.base.hedge_base, other.base.hedge_base)
    for name in ("norm", "control", "hedge"):
        assert np.array_equal(getattr(one.tastes, name), getattr(other.tastes, name))


def test_a_best_response_moves_nothing_in_forty_quarters_and_the_world_does_not_drift(model_of):
    model = model_of(strategy="best_response", shocks=False, quarters=40)
    start = model.world
    while not model.done:
        model.step()
    assert sum(d.ledger is not None for q in model.quarters for d in q.decisions) > 40  # they did look
    assert all(d.pick == 0 for q in model.quarters for d in q.decisions)
    assert all(not q.dated for q in model.quarters)
    for name in ("tariff", "withheld", "excused", "hedge", "hedge_goal", "stock", "short", "stranded"):
        assert np.array_equal(getattr(model.world, name), getattr(start, name)), name
    assert np.abs(model.world.available - model.design.base.share).max() < 1e-10
    incomes = np.array([q.settled.income for q in model.quarters])
    assert np.abs(incomes - 1).max() < 1e-10
    assert all(not getattr(model.world.beliefs, n).any() for n in ("episodes", "conduct", "answered", "provoked"))


# --- least-norm tastes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("features", "gains", "expected"), [
    ([[1, 0], [0, 1]], [1, 2], [1, 2]),
    ([[1, 1]], [2], [1, 1]),
    ([[1, 1], [1, 0]], [2, 1.5], [1.5, 0.5]),
    ([[1, 1], [1, 0]], [2, 0.5], [1, 1]),
    ([[2, 0, 0], [1, 0, 0]], [1, 2], [2, 0, 0]),
    ([[3, 4]], [50], [6, 8]),
    ([[1e-4, 0], [0, 1e-6]], [1e-5, 1e-7], [0.1, 0.1]),
])  # fmt: skip
def test_least_norm_solves_known_programmes(features, gains, expected):
    names = [f"move {k}" for k in range(len(gains))]
    found = least_norm(np.array(features, float), np.array(gains, float), names)
    assert np.abs(found - expected).max() < 1e-7 * np.abs(expected).max()


@few
@given(seeds, st.integers(1, 6), st.integers(1, 8))
def test_least_norm_meets_its_own_optimality_conditions(seed, tastes, moves):
    rng = np.random.default_rng(seed)
    features = rng.random((moves, tastes)) * (rng.random((moves, tastes)) < 0.6)
    features[np.arange(moves), rng.integers(tastes, size=moves)] += 0.1
    gains = rng.random(moves) + 0.01
    found = least_norm(features, gains, [str(k) for k in range(moves)])
    assert (features @ found >= gains - 1e-12).all()
    binding = features @ found < gains * (1 + 1e-6)
    # u is a mix of binding constraints with weights that are not negative: nothing shorter will do
    _, left = nnls(features[binding].T, found)
    assert left < 1e-6 * np.linalg.norm(found)


def test_no_gain_needs_no_taste_and_a_gain_that_no_taste_charges_is_refused():
    assert not least_norm(np.zeros((0, 3)), np.zeros(0), []).any()
    with pytest.raises(WorldError, match="no taste can hold back tariff cut"):
        least_norm(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([1.0, 1.0]), ["raise", "tariff cut"])


# --- inferred base mark-ups -------------------------------------------------------------------------------------


class Nest:
    """100 sum m ln P(v*(h)) + certainty equivalent of losses of one importer, prices and wages as in the base year.

    feared : (stop, yearly rate, years, loss, who opens it or None for an accident), every stop of the importer"""

    def __init__(self, design, world, importer, domain, feared):
        base = design.base
        self.i, self.theta_s, self.theta_l = importer, base.theta_short[domain], base.theta_long[domain]
        self.gap = self.theta_l - self.theta_s
        self.free = self.unhedged(base.share[importer, :, domain], base.hedge_base[importer, :, domain])
        self.weight = domar_weight(base)[importer, domain]
        self.base, self.domain = base.share[importer, :, domain], domain
        self.feared, self.aversion = feared, design.settings.risk_aversion
        self.reach = stores_of(design.settings, world).reach(base, importer)[domain]
        self.opening, self.experience = design.settings.hazard_prior[importer], design.settings.prior_years

    def unhedged(self, share, hedge):
        """lam0: shares that would stand at h = 0, home's as they are."""
        pull = share * np.exp(self.gap * hedge)
        pull[self.i] = 0
        out = (1 - share[self.i]) * pull / pull.sum()
        out[self.i] = share[self.i]
        return out

    def composition(self, hedge):
        """v*(h) at base costs: hedges move it among foreign suppliers only."""
        return self.unhedged(self.free, -hedge)

    def cost(self, hedge):
        v, some = self.composition(hedge), self.free > 0
        alpha = self.theta_l / self.gap
        spread = (self.free[some] ** (1 - alpha) * v[some] ** alpha).sum()
        total = 100 * self.weight * (1 / self.theta_s - 1 / self.theta_l) * np.log(spread)
        episodes = {}
        for stop, rate, years, loss, opened_by in self.feared:
            size = loss * years
            if stop.tariff == 0 and stop.domains == (self.domain,):
                (j,) = stop.senders
                store = self.reach / max(1.0, stop.lasts)
                left = [(1 - max(0.0, stop.withheld * x[j] - store)) ** (self.weight / self.theta_s)
                        for x in (v, self.base)]  # fmt: skip
                if left[1] < 1:
                    size *= (1 - left[0]) / (1 - left[1])
            total += rate * size + self.aversion / 200 * rate * size**2
            if opened_by is not None:
                episodes[opened_by] = episodes.get(opened_by, 0.0) + rate * size
        for j, yearly in episodes.items():
            total += self.aversion / 200 * yearly**2 / (self.opening[j] * self.experience)
        return total

    def slope(self, hedge, k, step=1e-4):
        up, down = hedge.copy(), hedge.copy()
        up[k] += step
        down[k] -= step
        return (self.cost(up) - self.cost(down)) / (2 * step)


def feared_stops(design, world, importer):
    """What an importer fears in the base year, losses from the equilibrium: see Nest."""
    base, zero = design.base, np.zeros_like(design.base.share)
    stops, come = expected_stops(base, design.settings, world.beliefs, importer)
    at = Standing(base.tariff, zero, base.share, zero, base_point(base), np.ones(len(base.regions)),
                  stores_of(design.settings, world))  # fmt: skip
    loss, _ = stop_losses(base, at, base_anchors(base)[0], importer, stops)
    opened_by = [None if sudden else int(j) for j, sudden in zip(come.sender, come.accident, strict=True)]
    return list(zip(stops, come.rate, come.years, loss, opened_by, strict=True))


def test_base_markups_are_a_minimum_of_premium_and_expected_loss(case):
    scenario, design, _, rest = case
    base, world, cap = design.base, begin(design), design.settings.hedge_cap
    inside = 0
    for i in design.actors:
        feared = feared_stops(design, world, i)
        for d in range(len(base.domains)):
            hedge = base.hedge_base[i, :, d]
            if not hedge.any():
                continue
            nest = Nest(design, world, i, d, feared)
            assert np.abs(nest.composition(hedge) - base.share[i, :, d]).max() < 1e-12  # the base portfolio
            for k in np.flatnonzero(base.share[i, :, d] > 1e-9):
                slope = nest.slope(hedge, k) if k != i else 0.0
                at_cap, at_floor = hedge[k] > cap * (1 - 1e-9), hedge[k] == 0
                assert at_cap == rest.capped[i, k, d]
                place = base.regions[i], base.regions[k], base.domains[d]
                assert slope < 1e-6 or at_floor, place
                assert slope > -1e-6 or at_cap, place
                inside += not (at_cap or at_floor)
    assert inside > 30


def test_the_smallest_foreign_markup_of_a_nest_is_zero_and_none_passes_the_cap(case):
    _, design, _, _ = case
    base = design.base
    for i in range(len(base.regions)):
        hedge = base.hedge_base[i]
        if i not in design.actors:
            assert not hedge.any()
            continue
        assert not hedge[i].any() and hedge.min() >= 0 and hedge.max() <= design.settings.hedge_cap
        for d in range(len(base.domains)):
            foreign = (base.share[i, :, d] > 1e-9) & (np.arange(len(base.regions)) != i)
            assert hedge[foreign, d].min() == 0 and not hedge[~foreign, d].any()


def test_where_nothing_is_feared_nothing_is_hedged(base_scene):
    design, _ = base_scene()
    settings = replace(design.settings, hazard_prior=0 * design.settings.hazard_prior,
                       shocks=())  # fmt: skip
    world = base_world(design.base, settings, design.stock)
    hedge, capped = infer_hedges(design.base, settings, world, design.actors)
    assert not hedge.any() and not capped.any()
