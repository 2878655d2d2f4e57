"""The contracts block: its two ends, what lies between them, hedges, and how contracts renew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import contracts, trade
from tests.worlds import few, random_change, random_world, seeds, shock_of, solved, start_of


def ces_price(theta, weight, log_price):
    """ln of the CES price of each nest [importer, domain]: (sum weight C**-theta)**(-1/theta)."""
    return -np.log((weight * np.exp(-theta * log_price)).sum(axis=1)) / theta


def costs(base, seed):
    """Random ln delivered costs [importer, exporter, domain]."""
    return np.random.default_rng(seed).normal(0, 0.4, base.flow.shape)


def stopped(base, seed):
    """Random withheld shares, a third of them full stops; home never withholds."""
    rng = np.random.default_rng(seed)
    return np.where(base.home, 0.0, rng.choice([0.0, 0.4, 1.0], base.flow.shape))


def two_horizons(seed, hedged):
    return random_world(seed, regions=4, horizons=True, hedged=hedged)


def impact_price(base, withheld, v, y, log_price):
    shock = contracts.impact_shock(base, base.tariff, withheld, v, y, 0 * base.flow)
    return trade.impact_share(base, shock, log_price)


@few
@given(seeds, st.booleans())
def test_on_impact_it_is_the_short_elasticity_with_what_is_left(seed, hedged):
    base, zero = two_horizons(seed, hedged), np.zeros((4, 4, 2))
    withheld, cost = stopped(base, seed), costs(base, seed)
    v, y = contracts.withhold(base.share, zero, zero, withheld)
    share, price = impact_price(base, withheld, v, y, cost)
    weight = base.share * (1 - withheld)
    assert np.abs(price - ces_price(base.theta_short, weight, cost)).max() < 1e-12
    pull = weight * np.exp(-base.theta_short * cost)
    assert np.abs(share - pull / pull.sum(axis=1, keepdims=True)).max() < 1e-12


@few
@given(seeds)
def test_once_adapted_it_is_the_long_elasticity_with_what_is_left(seed):
    base, zero = two_horizons(seed, False), np.zeros((4, 4, 2))
    withheld, cost = stopped(base, seed), costs(base, seed)
    expected = ces_price(base.theta_long, base.share * (1 - withheld), cost)
    wanted = contracts.wanted_composition(base, withheld, zero, cost)
    share, price = impact_price(base, withheld, wanted, zero, cost)
    assert np.abs(price - expected).max() < 1e-12
    shock = contracts.adapted_shock(base, base.tariff, withheld, zero, zero)
    also_share, also_price, composition = trade.adapted_share(base, shock, cost)
    assert np.abs(also_price - expected).max() < 1e-12
    assert np.abs(also_share - share).max() < 1e-12
    assert np.abs(composition - wanted).max() < 1e-12
    pull = base.share * (1 - withheld) * np.exp(-base.theta_long * cost)
    assert np.abs(share - pull / pull.sum(axis=1, keepdims=True)).max() < 1e-12


@few
@given(seeds)
def test_the_adapted_price_is_that_of_the_composition_it_leads_to(seed):
    base, zero = two_horizons(seed, True), np.zeros((4, 4, 2))
    withheld, cost = stopped(base, seed), costs(base, seed)
    hedge = np.where(base.home, 0.0, np.random.default_rng(seed).uniform(0, 1, base.flow.shape))
    shock = contracts.adapted_shock(base, base.tariff, withheld, hedge, zero)
    share, price, composition = trade.adapted_share(base, shock, cost)
    also_share, also_price = impact_price(base, withheld, composition, zero, cost)
    assert np.abs(price - also_price).max() < 1e-12
    assert np.abs(share - also_share).max() < 1e-12


@few
@given(seeds, st.booleans())
def test_no_composition_makes_a_nest_cheaper_than_the_long_run(seed, all_available):
    base, rng = two_horizons(seed, False), np.random.default_rng(seed)
    withheld, cost = stopped(base, seed), costs(base, seed)
    withheld = 0 * withheld if all_available else withheld
    held = rng.dirichlet(np.full(8, 0.5), (4, 2)).transpose(0, 2, 1)  # shares of v and y over suppliers
    v, y = held[:, :4] * (withheld < 1), held[:, 4:] * (withheld > 0)
    total = (v + y).sum(axis=1, keepdims=True)
    _, price = impact_price(base, withheld, v / total, y / total, cost)
    lowest = ces_price(base.theta_long, base.share * (1 - withheld), cost)
    assert (price >= lowest - 1e-12).all()


@few
@given(seeds)
def test_no_shock_with_the_base_hedges_changes_nothing(seed):
    base, zero = two_horizons(seed, True), np.zeros((4, 4, 2))
    x = trade.base_point(base)
    shocks = (
        contracts.adapted_shock(base, base.tariff, zero, base.hedge_base, zero),
        contracts.impact_shock(base, base.tariff, zero, base.share, zero, zero),
    )
    for shock in shocks:
        assert np.abs(trade.balance(base, shock, x).residual).max() < 1e-12
    wanted = contracts.wanted_composition(base, zero, base.hedge_base, zero)
    assert np.abs(wanted - base.share).max() < 1e-12
    v, y = contracts.renew(base.share, zero, wanted, 0.07)
    assert np.abs(v - base.share).max() < 1e-12 and not y.any()


@few
@given(seeds, st.floats(0.02, 0.3), st.integers(1, 12), st.integers(1, 12))
def test_after_an_embargo_is_lifted_contracts_return_at_the_pace_of_renewal(seed, renewal, stopped_for, after):
    base, zero = two_horizons(seed, True), np.zeros((4, 4, 2))
    embargo = zero.copy()
    embargo[0, 1] = 1.0
    v, y = contracts.withhold(base.share, zero, zero, embargo)
    assert not v[0, 1].any() and np.array_equal(y[0, 1], base.share[0, 1])
    for _ in range(stopped_for):
        wanted = contracts.wanted_composition(base, embargo, base.hedge_base, zero)
        v, y = contracts.renew(v, y, wanted, renewal)
        assert np.abs((v + y).sum(axis=1) - 1).max() < 1e-12
    assert y[0, 1] == pytest.approx(base.share[0, 1] * (1 - renewal) ** stopped_for, rel=1e-12)
    v, y = contracts.withhold(v, y, embargo, zero)
    assert not y.any() and np.abs(v.sum(axis=1) - 1).max() < 1e-12
    gap = v - base.share
    assert (gap[0, 1] < 0).all()
    for _ in range(after):
        v, y = contracts.renew(v, y, contracts.wanted_composition(base, zero, base.hedge_base, zero), renewal)
    assert np.abs(v - base.share - gap * (1 - renewal) ** after).max() < 1e-12


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_withholding_moves_contracts_and_loses_none(v, y, before, after):
    v, y = np.array(v) * (before < 1), np.array(y) * (before > 0)
    w, z = contracts.withhold(v, y, np.array(before), np.array(after))
    assert w + z == pytest.approx(v + y, abs=1e-12) and w >= -1e-15 and z >= -1e-15
    if after == 1:
        assert w == pytest.approx(0, abs=1e-15)
    if after == 0:
        assert z == pytest.approx(0, abs=1e-15)


@given(st.floats(0, 1), st.integers(0, 20), st.integers(0, 20))
def test_renewal_over_quarters_adds_up(renewal, first, second):
    left = 1 - contracts.renewed_share(renewal, first + second)
    parts = (1 - contracts.renewed_share(renewal, first)) * (1 - contracts.renewed_share(renewal, second))
    assert left == pytest.approx(parts, abs=1e-12)


@few
@given(seeds, st.booleans())
def test_with_one_elasticity_the_composition_drops_out(seed, hedged):
    base = random_world(seed, regions=4)  # theta_long = theta_short
    base = replace(base, hedge_base=two_horizons(seed, hedged).hedge_base)
    zero, withheld, cost = np.zeros((4, 4, 2)), stopped(base, seed), costs(base, seed)
    held = np.random.default_rng(seed).dirichlet(np.ones(8), (4, 2)).transpose(0, 2, 1)
    assert np.array_equal(contracts.spread(base, withheld, held[:, :4], held[:, 4:]), np.ones((4, 2)))
    v, y = contracts.withhold(base.share, zero, zero, withheld)
    for _ in range(3):  # whatever contracts do meanwhile
        expected = trade.impact_share(base, shock_of(base, withheld=withheld), cost)
        got = impact_price(base, withheld, v, y, cost)
        for one, other in zip(got, expected, strict=True):
            assert np.abs(one - other).max() < 1e-12
        v, y = contracts.renew(v, y, contracts.wanted_composition(base, withheld, base.hedge_base, zero), 0.3)


@few
@given(seeds, st.floats(0.05, 1.0))
def test_a_hedge_moves_contracts_among_foreign_suppliers_and_leaves_home(seed, size):
    base, zero = two_horizons(seed, False), np.zeros((4, 4, 2))
    hedge = zero.copy()
    hedge[0, 1] = size
    for cost in (zero, costs(base, seed)):
        plain = contracts.wanted_composition(base, zero, zero, cost)
        hedged = contracts.wanted_composition(base, zero, hedge, cost)
        assert np.abs((hedged - plain)[base.home[:, :, 0]]).max() < 1e-13
        assert (hedged[0, 1] < plain[0, 1]).all() and (hedged[0, 2:] > plain[0, 2:]).all()
        assert np.array_equal(hedged[1:], plain[1:])
    shock = contracts.adapted_shock(base, base.tariff, zero, hedge, zero)
    bought, price, _ = trade.adapted_share(base, shock, zero)  # at given costs: home's purchases stay
    assert np.abs((bought - base.share)[base.home[:, :, 0]]).max() < 1e-13
    assert (price[0] > 0).all() and np.abs(price[1:]).max() < 1e-13  # and the nest is dearer


@few
@given(seeds, st.floats(0.05, 1.0))
def test_a_hedge_on_all_foreign_suppliers_alike_does_nothing(seed, size):
    base, zero = two_horizons(seed, False), np.zeros((4, 4, 2))
    hedge = np.where(base.home, 0.0, size) + zero
    plain, hedged = (contracts.adapted_shock(base, base.tariff, zero, h, zero) for h in (zero, hedge))
    for one, other in zip(*(trade.adapted_share(base, s, costs(base, seed)) for s in (plain, hedged)), strict=True):
        assert np.abs(one - other).max() < 1e-12


@few
@given(seeds)
def test_without_a_foreign_supplier_home_takes_all(seed):
    base, zero = two_horizons(seed, False), np.zeros((4, 4, 2))
    withheld = np.where(base.home, 0.0, 1.0) + zero
    wanted = contracts.wanted_composition(base, withheld, zero, costs(base, seed))
    assert np.abs(wanted - np.where(base.home, 1.0, 0.0)).max() < 1e-15


@few
@given(seeds)
def test_adapting_inside_the_equilibrium_is_a_fixed_point_of_renewal(seed):
    base, zero = two_horizons(seed, True), np.zeros((4, 4, 2))
    tariff, withheld, iceberg = random_change(base, seed)
    wedge = contracts.log_wedge(base, tariff, iceberg)
    x, at = solved(base, contracts.adapted_shock(base, tariff, withheld, base.hedge_base, wedge))
    wanted = contracts.wanted_composition(base, withheld, base.hedge_base, at.log_cost[None] + wedge)
    assert np.abs(wanted - at.composition).max() < 1e-12
    again = contracts.impact_shock(base, tariff, withheld, at.composition, zero, wedge)
    assert np.abs(trade.balance(base, again, x).residual).max() < 1e-10


@few
@given(seeds)
def test_a_target_folder_is_the_world_with_one_elasticity(seed):
    base = random_world(seed, links=True)
    tariff, withheld, iceberg = random_change(base, seed)
    wedge, zero = contracts.log_wedge(base, tariff, iceberg), np.zeros_like(base.flow)
    v, y = contracts.withhold(base.share, zero, zero, withheld)
    x, _ = solved(base, shock_of(base, tariff, withheld, iceberg))
    other, _ = solved(base, contracts.impact_shock(base, tariff, withheld, v, y, wedge))
    assert np.abs(x - other).max() < 1e-12
    assert start_of(base).x.shape == x.shape
