"""The equilibrium against its equations, its invariants, and results known from the literature."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import root

from sim.errors import WorldError
from sim.rules import jacobian, trade
from sim.rules.contracts import adapted_shock, log_wedge
from sim.rules.outcomes import outcomes
from sim.world.params import economy_from_accounts, without_links
from tests.worlds import few, mixed_worlds, random_change, random_shock, random_world, seeds, shock_of, solved


def nest(theta, share, cost):
    """CES price of one nest, in loops' plain terms."""
    return sum(s * c**-theta for s, c in zip(share, cost, strict=True) if s > 0) ** (-1 / theta)


@few
@given(mixed_worlds(), seeds)
def test_an_equilibrium_satisfies_every_equation_written_out(base, seed):
    tariff, withheld, iceberg = random_change(base, seed)
    x, at = solved(base, shock_of(base, tariff, withheld, iceberg))
    got = outcomes(base, shock_of(base, tariff, withheld, iceberg), x, at)
    w, P, X, I = got["wage"], got["price"], got["flows"], got["income"]
    n, D = P.shape
    sigma, eta = base.input_elasticity, base.final_elasticity
    c, va, g = np.empty((n, D)), base.value_added.copy(), base.io.copy()
    for i in range(n):
        for d in range(D):
            if sigma == 1:
                c[i, d] = w[i] ** va[i, d] * np.prod(P[i] ** g[i, :, d])
                continue
            bundle = base.value_added[i, d] * w[i] ** (1 - sigma) + base.io[i, :, d] @ P[i] ** (1 - sigma)
            c[i, d] = bundle ** (1 / (1 - sigma))
            va[i, d] *= (w[i] / c[i, d]) ** (1 - sigma)
            g[i, :, d] *= (P[i] / c[i, d]) ** (1 - sigma)
    for i in range(n):
        a = base.final[i] * P[i] ** (1 - eta)
        a = a / a.sum()
        spent = ((1 + tariff[i]) * X[i]).sum(axis=0)
        for d in range(D):
            cost = c[:, d] * iceberg[i, :, d] * (1 + tariff[i, :, d]) / (1 + base.tariff[i, :, d])
            weight = base.share[i, :, d] * (1 - withheld[i, :, d])
            theta = base.theta_long[d]
            assert P[i, d] == pytest.approx(nest(theta, weight, cost), rel=1e-9)
            assert (1 + tariff[i, :, d]) * X[i, :, d] == pytest.approx(
                weight * (cost / P[i, d]) ** -theta * spent[d], rel=1e-9
            )
            assert spent[d] == pytest.approx(g[i, d] @ X[:, i].sum(axis=0) + a[d] * I[i], rel=1e-9)
        earned = w[i] * base.labour[i]
        assert I[i] == pytest.approx(earned + (tariff[i] * X[i]).sum() + base.deficit[i], rel=1e-9)
        assert earned == pytest.approx(va[i] @ X[:, i].sum(axis=0), rel=1e-9)
    assert (w * base.labour).sum() == pytest.approx(1, abs=1e-11)


@few
@given(mixed_worlds())
def test_no_shock_changes_nothing(base):
    x = trade.base_point(base)
    at = trade.balance(base, shock_of(base), x)
    assert np.abs(at.residual).max() < 1e-12
    got = outcomes(base, shock_of(base), x, at)
    assert np.abs(got["welfare"]).max() < 1e-10  # per cent: 1e-12
    assert np.abs(got["flows"] - base.flow).max() < 1e-12
    assert np.abs(got["final_shares"] - base.final).max() < 1e-12
    assert np.abs(got["volume_of_trade"]).max() < 1e-10
    x, _ = solved(base, shock_of(base))
    assert np.array_equal(x, trade.base_point(base))


@few
@given(mixed_worlds(), seeds, st.booleans())
def test_shares_sum_to_one(base, seed, adapted):
    base = replace(base, theta_short=base.theta_long / 2)
    rng = np.random.default_rng(seed)
    x = trade.base_point(base) + 0.3 * rng.standard_normal(trade.base_point(base).shape)
    tariff, withheld, iceberg = random_change(base, seed)
    wedge, hedge = log_wedge(base, tariff, iceberg), np.where(base.home, 0.0, rng.random(base.flow.shape))
    shock = adapted_shock(base, tariff, withheld, hedge, wedge) if adapted else random_shock(base, seed)
    at = trade.balance(base, shock, x)
    _, lp, _ = trade.unpack(base, x)
    inputs = trade.input_share(base, lp, at.log_cost)
    assert np.abs(at.share.sum(axis=1) - 1).max() < 1e-13
    assert np.abs(at.final.sum(axis=-1) - 1).max() < 1e-13
    assert np.abs(at.value_share + inputs.sum(axis=1) - 1).max() < 1e-13
    if adapted:
        assert np.abs(at.composition.sum(axis=1) - 1).max() < 1e-13


@few
@given(mixed_worlds(), seeds, st.floats(-2, 2))
def test_only_the_numeraire_fixes_the_level_of_wages_and_prices(base, seed, level):
    shock, rng = random_shock(base, seed), np.random.default_rng(seed)
    x = trade.base_point(base) + 0.2 * rng.standard_normal(trade.base_point(base).shape)
    scaled = replace(base)
    scaled.__dict__["deficit"] = base.deficit * np.exp(level)  # transfers are fixed in the numeraire
    before = trade.balance(base, shock, x).residual
    after = trade.balance(scaled, shock, x + level).residual
    others = np.arange(len(x)) != trade._numeraire(base)
    assert np.abs(after - before)[others].max() < 1e-11


@few
@given(mixed_worlds(), seeds)
def test_the_labour_market_that_is_left_out_clears_too(base, seed):
    x, at = solved(base, random_shock(base, seed))
    earned = np.exp(x[: len(base.regions)]) * base.labour
    assert np.abs(np.log(earned / at.labour)).max() < 1e-9


@few
@given(mixed_worlds(), seeds, st.integers(0, 3))
def test_it_does_not_matter_which_labour_market_is_left_out(base, seed, other):
    shock = random_shock(base, seed)
    x, _ = solved(base, shock)
    with pytest.MonkeyPatch.context() as patch:
        for module in (trade, jacobian):
            patch.setattr(module, "_numeraire", lambda base: other % len(base.regions))
        y, _ = solved(base, shock)
    assert np.abs(x - y).max() < 1e-9


@few
@given(mixed_worlds(), seeds, st.floats(1e-3, 1e6))
def test_the_unit_of_the_flows_drops_out(base, seed, unit):
    other = economy_from_accounts(
        regions=base.regions, domains=base.domains, goods=base.goods, flow=base.flow * unit, tariff=base.tariff,
        value_added=base.value_added, io=base.io, final=base.final, theta_short=base.theta_short,
        theta_long=base.theta_long, final_elasticity=base.final_elasticity,
        input_elasticity=base.input_elasticity,
    )  # fmt: skip
    x, _ = solved(base, random_shock(base, seed))
    y, _ = solved(other, random_shock(other, seed))
    assert np.abs(x - y).max() < 1e-9


@few
@given(seeds, st.integers(2, 4), st.integers(1, 3))
def test_with_balanced_trade_and_no_links_autarky_loses_what_acr_say(seed, regions, domains):
    base = random_world(seed, regions, domains, balanced=True, tariffs=False)
    x, at = solved(base, shock_of(base, withheld=np.where(base.home, 0.0, np.ones_like(base.flow))))
    home = np.einsum("iid->id", base.share)
    expected = np.prod(home ** (base.final / base.theta_long), axis=1)  # Arkolakis et al. (2012)
    assert trade.real_income(base, x, at.income) == pytest.approx(expected, rel=1e-9)


def export_tax_real_income(base, taxer, rate):
    """Real income when one region taxes all its exports: own equations, own solver, no links."""
    n = len(base.regions)
    tax = np.ones((n, n, 1))
    tax[:, taxer] += rate
    tax[taxer, taxer] = 1

    def flows(log_wage):
        w = np.exp(np.append(log_wage, 0.0))
        pull = base.share * (w[None, :, None] * tax) ** -base.theta_long
        price = pull.sum(axis=1) ** (-1 / base.theta_long)
        part = base.final[:, None, :] * pull / pull.sum(axis=1, keepdims=True) / (1 + base.tariff)
        duty = np.diag((base.tariff * part).sum(axis=(1, 2)))  # by importer's income
        for i in range(n):
            duty[taxer, i] += ((1 - 1 / tax[i]) * part[i]).sum()
        income = np.linalg.solve(np.eye(n) - duty, w * base.labour)
        sold = ((part / tax) * income[:, None, None]).sum(axis=(0, 2))
        return w, price, income, sold

    def excess(log_wage):
        w, _, _, sold = flows(log_wage)
        return (np.log(sold) - np.log(w * base.labour))[:-1]

    found = root(excess, np.zeros(n - 1), tol=1e-13)
    w, price, income, _ = flows(found.x)
    return income / base.income / np.prod(price**base.final, axis=1)


@few
@given(seeds, st.integers(2, 4), st.floats(0.05, 1.0))
def test_with_balanced_trade_a_tax_on_all_imports_is_a_tax_on_all_exports(seed, regions, rate):
    base = random_world(seed, regions, balanced=True, tariffs=False)
    tariff = np.where(base.home, 0.0, np.random.default_rng(seed).uniform(0, 0.3, base.flow.shape))
    tariff[0] = 0.0  # the region that taxes has no other tariffs: symmetry is about a uniform rate
    base = without_links(base.regions, base.domains, base.goods, base.flow, tariff, base.theta_long)
    assert np.abs(base.deficit).max() < 1e-12
    raised = tariff.copy()
    raised[0, 1:] = rate
    x, at = solved(base, shock_of(base, raised))
    expected = export_tax_real_income(base, 0, rate)  # Lerner (1936)
    assert trade.real_income(base, x, at.income) == pytest.approx(expected, rel=1e-8)


@few
@given(seeds, st.sampled_from(["final_elasticity", "input_elasticity"]), st.sampled_from([-1e-6, 1e-6]))
def test_an_elasticity_near_one_is_near_cobb_douglas(seed, which, step):
    base = random_world(seed, links=True)
    x, _ = solved(base, random_shock(base, seed))
    near = replace(base, **{which: 1 + step})
    y, _ = solved(near, random_shock(near, seed))
    assert 0 < np.abs(x - y).max() < 1e-5


@few
@given(seeds, st.booleans(), st.floats(0.01, 2.0), st.floats(0, 1))
def test_a_higher_tariff_never_raises_that_share_at_fixed_wages(seed, adapted, rise, hedge):
    base = random_world(seed, horizons=True)
    tariff, withheld, iceberg = random_change(base, seed)
    higher = tariff.copy()
    higher[0, 1, 0] += rise
    cost = np.random.default_rng(seed).normal(0, 0.3, (1, *base.final.shape))

    def share(rate):
        wedge = log_wedge(base, rate, iceberg)
        shock = adapted_shock(base, rate, withheld, hedge * ~base.home * np.ones_like(rate), wedge)
        if not adapted:
            shock = shock_of(base, rate, withheld, iceberg)
        return (trade.adapted_share if adapted else trade.impact_share)(base, shock, cost + wedge)[0]

    before, after = share(tariff), share(higher)
    assert after[0, 1, 0] < before[0, 1, 0]
    others = [j for j in range(len(base.regions)) if j != 1]
    assert (after[0, others, 0] >= before[0, others, 0]).all()


def test_accounts_that_do_not_add_up_are_refused():
    base = random_world(1, links=True)
    parts = dict(
        regions=base.regions, domains=base.domains, goods=base.goods, flow=base.flow, tariff=base.tariff,
        theta_short=base.theta_short, theta_long=base.theta_long,
    )  # fmt: skip
    shares = dict(value_added=base.value_added, io=base.io, final=base.final)
    with pytest.raises(WorldError, match=r"R0, d0 sum to .*; must sum to 1"):
        economy_from_accounts(**parts, **{**shares, "value_added": base.value_added + 1e-3 * np.eye(3, 2)})
    with pytest.raises(WorldError, match="off its uses by"):
        economy_from_accounts(**parts, **{**shares, "final": base.final[:, ::-1]})
    parts["flow"] = base.flow * (np.arange(3) != 1)[:, None, None]
    with pytest.raises(WorldError, match="R1 spends nothing on d0"):
        economy_from_accounts(**parts, **shares)
