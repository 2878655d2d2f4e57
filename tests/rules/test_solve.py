"""Solving: derivatives, rows that do not disturb each other, and rows that cannot be solved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SolverError
from sim.rules import contracts, trade
from sim.rules.jacobian import jacobian
from sim.rules.solve import anchor, solve, solve_one
from tests.worlds import (
    few,
    mixed_worlds,
    random_change,
    random_shock,
    random_world,
    seeds,
    shock_of,
    start_of,
)


def horizon_shock(base, seed, adapted):
    """Impact with contracts part of the way, or adapted with hedges; some suppliers withhold all."""
    rng, zero = np.random.default_rng(seed), np.zeros_like(base.flow)
    tariff, withheld, iceberg = random_change(base, seed)
    withheld = np.where(withheld > 0.6, 1.0, withheld)
    hedge = np.where(base.home, 0.0, rng.uniform(0, 1, base.flow.shape))
    wedge = contracts.log_wedge(base, tariff, iceberg)
    if adapted:
        return contracts.adapted_shock(base, tariff, withheld, hedge, wedge)
    v, y = contracts.withhold(base.share, zero, zero, withheld)
    wanted = contracts.wanted_composition(base, withheld, hedge, wedge)
    v, y = contracts.renew(v, y, wanted, 0.4)
    return contracts.impact_shock(base, tariff, withheld, v, y, wedge)


@few
@given(seeds, st.booleans(), st.booleans(), st.sampled_from([0.2, 1.0, 1.5]), st.sampled_from([0.3, 1.0, 2.0]))
def test_the_analytic_derivatives_are_those_of_the_residuals(seed, adapted, links, input_elasticity, final_elasticity):
    base = random_world(seed, 3, 2, links, horizons=True, hedged=True, final_elasticity=final_elasticity,
                        input_elasticity=input_elasticity)  # fmt: skip
    shock = horizon_shock(base, seed, adapted)
    x = trade.base_point(base)
    x = x + 0.2 * np.random.default_rng(seed).standard_normal(x.shape)
    exact = jacobian(base, shock, x, trade.balance(base, shock, x))
    step = 1e-5
    for k in range(len(x)):
        up, down = (trade.balance(base, shock, x + s * step * np.eye(len(x))[k]).residual for s in (1, -1))
        assert exact[:, k] == pytest.approx((up - down) / (2 * step), abs=2e-8)


@few
@given(mixed_worlds(), seeds)
def test_a_row_comes_out_the_same_alone_and_among_others(base, seed):
    rows = random_shock(base, seed, rows=(11,))
    near = start_of(base)
    together = solve(base, rows, near)
    assert together.converged.all()
    for row in (0, 4, 10):
        alone = solve(base, rows.rows(slice(row, row + 1)), near)
        assert np.abs(alone.x[0] - together.x[row]).max() < 1e-12
        assert alone.steps[0] == together.steps[row]


@few
@given(mixed_worlds(), seeds)
def test_the_same_call_gives_the_same_bits(base, seed):
    rows, near = random_shock(base, seed, rows=(5,)), start_of(base)
    assert np.array_equal(solve(base, rows, near).x, solve(base, rows, near).x)


@few
@given(seeds, st.booleans(), st.booleans())
def test_where_a_row_starts_does_not_change_where_it_ends(seed, adapted, links):
    base = random_world(seed, 3, 2, links, horizons=True, hedged=True)
    shock, rng = horizon_shock(base, seed, adapted), np.random.default_rng(seed)
    near = anchor(base, shock, trade.base_point(base))
    x, _ = solve_one(base, shock, near, "here")
    start = trade.base_point(base) + 0.2 * rng.standard_normal(x.shape)
    other, at = solve_one(base, shock, start_of(base), "here", start=start)
    assert np.abs(x - other).max() < 1e-9
    assert np.abs(at.residual).max() <= 1e-11


@few
@given(seeds)
def test_newton_alone_ends_where_chords_and_secants_do(seed):
    base = random_world(seed, links=True)
    shock, near = random_shock(base, seed, rows=(3,)), start_of(base)
    assert np.abs(solve(base, shock, near).x - solve(base, shock, near, steps=0).x).max() < 1e-9


@few
@given(seeds)
def test_few_steps_are_marked_as_not_converged_and_say_how_far_they_are(seed):
    base = random_world(seed, links=True)
    shock = random_shock(base, seed, rows=(3,))
    found = solve(base, shock, start_of(base), steps=1, newton=False)
    assert not found.converged.any() and (found.residual > 1e-11).all() and (found.steps == 1).all()
    assert np.isnan(found.real_income(base)).all()


def isolated(base):
    """Region 0 buys from nobody, and still owes what it borrowed: there is no equilibrium."""
    withheld = np.zeros_like(base.flow)
    withheld[0, 1:] = withheld[1:, 0] = 1.0
    return shock_of(base, withheld=withheld)


def empty_handed(base):
    """Everyone withholds everything from region 0, and it makes nothing itself."""
    return shock_of(base, withheld=np.ones_like(base.flow) * (np.arange(3) == 0)[:, None, None])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("impossible", [isolated, empty_handed])
@pytest.mark.parametrize("seed", range(5))
def test_a_row_without_an_equilibrium_is_marked_and_the_others_are_not(impossible, seed):
    base = random_world(seed)
    good, bad = random_shock(base, seed), impossible(base)
    rows = type(good)(*(None if a is None else np.stack([a, b, a]) for a, b in zip(
        vars(good).values(), vars(bad).values(), strict=True)))  # fmt: skip
    found = solve(base, rows, start_of(base))
    assert list(found.converged) == [True, False, True]
    assert not found.residual[1] <= 1e-11
    with np.errstate(all="ignore"):
        income = found.real_income(base)
    assert np.isnan(income[1]).all() and np.isfinite(income[[0, 2]]).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("impossible", [isolated, empty_handed])
def test_a_single_row_without_an_equilibrium_is_an_error_that_names_the_place(impossible):
    base = random_world(3)
    with pytest.raises(SolverError, match=r"run 7, step 12: the trade equilibrium did not converge"):
        solve_one(base, impossible(base), start_of(base), "run 7, step 12")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(10))
def test_an_equilibrium_that_fixes_no_relative_wage_is_solved_or_marked(seed):
    base = random_world(seed, 4, balanced=True, tariffs=False)
    shock = shock_of(base, withheld=np.where(base.home, 0.0, np.ones_like(base.flow)))
    for steps in (24, 0):  # at steps=0 Newton meets a singular matrix
        found = solve(base, shock.rows(None), start_of(base), steps=steps)
        assert found.converged.shape == (1,)
