"""The closed forms of the frontier: exact where they claim to be, bounds on the right side, slopes that are slopes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import frontier
from sim.rules.coercion import Stop
from sim.rules.contracts import adapted_shock, log_wedge
from sim.rules.prudence import Arrivals
from sim.rules.trade import adapted_share
from tests.worlds import few, random_world, seeds

REGION, SENDERS = 0, (1, 2)


def measured(base, stops=None, others=SENDERS, solved=None):
    """A yardstick of the first region of a random world: stops of one domain each, feared by a made belief."""
    domains = len(base.domains)
    stops = stops or tuple(Stop((j,), (d,), r) for j in SENDERS for d in range(domains) for r in (0.5, 1.0))
    count = len(stops)
    opening = np.full(len(base.regions), 0.2)
    arrivals = Arrivals(np.linspace(0.02, 0.1, count), np.ones(count), np.array([s.senders[0] for s in stops]),
                        np.zeros(count, bool), opening, 15.0)  # fmt: skip
    solved = np.linspace(0.5, 3.0, count) if solved is None else solved
    weight = np.full(domains, 0.3) * base.theta_short.min() / domains
    return frontier.Yardstick(weight, base.theta_short, base.theta_long, base.share_unhedged[REGION],
                              base.share[REGION], REGION, others, tuple(stops), arrivals, solved,
                              np.zeros(domains))  # fmt: skip


def moved(of, seed):
    """A random composition with home's share kept."""
    rng = np.random.default_rng(seed)
    foreign = np.where(of.foreign[:, None], rng.gamma(1.0, 1.0, of.unhedged.shape), 0.0)
    return of.composed(foreign / foreign.sum(axis=0))


@few
@given(seeds)
def test_the_premium_is_the_rise_of_the_nest_price_in_the_equilibrium(seed):
    base = random_world(seed, regions=4, domains=2, horizons=True, hedged=True)
    rng = np.random.default_rng(seed)
    hedge = np.where(base.home, 0.0, rng.uniform(0, 2, base.share.shape))
    costs = np.zeros_like(base.share)  # as in the base year
    prices, shares = {}, {}
    for name, h in (("with", hedge), ("without", np.zeros_like(hedge))):
        shock = adapted_shock(base, base.tariff, np.zeros_like(h), h, log_wedge(base, base.tariff))
        shares[name], prices[name], _ = adapted_share(base, shock, costs)
    of = measured(base)
    rise = 100 * (of.weight * (prices["with"] - prices["without"])[REGION]).sum()
    assert frontier.premium(of, shares["with"][REGION]) == pytest.approx(rise, rel=1e-9, abs=1e-11)
    assert np.allclose(shares["without"][REGION], of.unhedged, atol=1e-14)


@few
@given(seeds)
def test_the_bound_lies_above_the_premium_and_both_are_zero_only_where_nothing_is_moved(seed):
    of = measured(random_world(seed, regions=4, domains=2, horizons=True, hedged=True))
    share = moved(of, seed)
    cost, bound = frontier.premium(of, share), frontier.premium_bound(of, share)
    assert bound >= cost > 0
    assert frontier.premium(of, of.unhedged) == pytest.approx(0, abs=1e-11)
    assert frontier.premium_bound(of, of.unhedged) == pytest.approx(0, abs=1e-11)


@few
@given(seeds, st.floats(0.05, 0.95))
def test_bound_and_losses_are_convex_in_shares(seed, part):
    of = measured(random_world(seed, regions=4, domains=2, horizons=True, hedged=True))
    one, two = moved(of, seed), moved(of, seed + 1)
    between = part * one + (1 - part) * two
    for value in (frontier.premium_bound, frontier.expected, frontier.tail):
        assert value(of, between) <= part * value(of, one) + (1 - part) * value(of, two) + 1e-9


@few
@given(seeds)
def test_markups_ask_for_the_composition_they_were_made_for(seed):
    base = random_world(seed, regions=4, domains=2, horizons=True, hedged=True)
    of = measured(base)
    share = moved(of, seed)
    h = frontier.markups(of, share, dropped=1e-9)
    asked = np.where(of.foreign[:, None], of.unhedged * np.exp(-base.gap * h), 0.0)
    asked = asked / asked.sum(axis=0) * (1 - of.unhedged[REGION])
    assert np.allclose(asked[of.foreign], share[of.foreign], atol=1e-12)
    assert h.min() == 0 and (h[REGION] == 0).all()


def test_slopes_are_those_of_small_steps():
    of = measured(random_world(3, regions=4, domains=2, horizons=True, hedged=True))
    share, step = moved(of, 3), 1e-7
    worth = of.arrivals.rate * of.arrivals.years
    for value, slope in ((frontier.premium_bound, frontier.bound_slope(of, share)),
                         (frontier.expected, frontier.loss_slope(of, share, worth))):  # fmt: skip
        for j, d in ((1, 0), (2, 1), (3, 0)):
            more, less = share.copy(), share.copy()
            more[j, d] += step
            less[j, d] -= step
            assert slope[j, d] == pytest.approx((value(of, more) - value(of, less)) / (2 * step), rel=1e-5, abs=1e-7)


def test_losses_at_the_base_are_those_that_were_solved_and_closures_stay():
    base = random_world(4, regions=4, domains=2, horizons=True, hedged=True)
    stops = (Stop((1,), (0,), 0.5), Stop((2,), (0, 1), 0.0, tariff=0.1), Stop((2, 3), (0, 1), 1.0))
    of = measured(base, stops, solved=np.array([1.0, 0.4, 2.0]))
    assert of.losses(of.base) == pytest.approx([1.0, 0.4, 2.0])
    assert of.losses(moved(of, 4))[1] == 0.4
    assert of.plain.losses(of.base)[1] == 0


def test_a_supplier_that_the_base_year_does_not_have_costs_without_limit():
    of = measured(random_world(5, regions=4, domains=1, horizons=True))
    gone = of.unhedged.copy()
    gone[3] = 0
    assert np.isinf(frontier.premium(replace(of, unhedged=gone), of.unhedged))
