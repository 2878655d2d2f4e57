"""The compiled equilibrium against numpy's: random economies, a whole run's rows, and faults that would show."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.moves import path
from sim.rules import backend, coercion, kernel, trade
from sim.rules import solve as solving
from sim.rules.compiled import compiled, exp_of, log
from sim.rules.solve import anchor, solve
from tests.rules.test_solve import horizon_shock
from tests.worlds import few, mixed_worlds, random_shock, random_world, seeds, start_of

SAME = 1e-10


def both(monkeypatch, base, shock, near, **more):
    """The solution of numpy and that of the kernel."""
    out = []
    for name in backend.BACKENDS:
        monkeypatch.setenv(backend.VARIABLE, name)
        out.append(solve(base, shock, near, **more))
    return out


def assert_same(one, other, within=SAME):
    assert np.array_equal(one.converged, other.converged)
    good = one.converged
    for name in ("x", "income", "log_cost", "output"):
        assert getattr(other, name)[good] == pytest.approx(getattr(one, name)[good], abs=within, rel=within), name


@few
@given(mixed_worlds(), seeds)
def test_random_economies_have_the_same_equilibria(base, seed):
    with pytest.MonkeyPatch.context() as patch:
        assert_same(*both(patch, base, random_shock(base, seed, rows=(5,)), start_of(base)))


@few
@given(seeds, st.booleans(), st.booleans(), st.sampled_from([0.2, 1.0, 1.0005, 1.5]), st.sampled_from([0.3, 1.0, 2.0]))
def test_both_horizons_have_the_same_equilibria(seed, adapted, links, input_elasticity, final_elasticity):
    base = random_world(seed, 3, 2, links, horizons=True, hedged=True, final_elasticity=final_elasticity,
                        input_elasticity=input_elasticity)  # fmt: skip
    shock = horizon_shock(base, seed, adapted)
    near = anchor(base, shock, trade.base_point(base))
    with pytest.MonkeyPatch.context() as patch:
        assert_same(*both(patch, base, shock.rows(None), near))


@cache
def _asked(model):
    """Every call of the solver in double precision in two quarters of a run."""
    calls = []

    def noted(base, shock, near, **more):
        if near.x.dtype == np.float64:
            calls.append((base, shock, near, more))
        return solve(base, shock, near, **more)

    with pytest.MonkeyPatch.context() as patch:
        for module in (path, coercion, solving):
            patch.setattr(module, "solve", noted)
        for _ in range(2):
            model.step()
    return calls


@pytest.fixture(scope="module")
def asked(model_of):
    """The calls of a run in which all instruments are open and every actor decides."""
    return _asked(model_of("america_first", "eu_hedge", values={"model.choice.agenda": 1.0}, seed=3, quarters=4))


def test_all_equilibria_of_a_run_are_the_same(asked, monkeypatch):
    assert sum(len(call[1].kept) for call in asked) > 1000
    assert {call[1].adapted for call in asked} == {True, False}
    for base, shock, near, more in asked:
        one, other = both(monkeypatch, base, shock, near, **more)
        assert_same(one, other)
        assert np.array_equal(one.steps, other.steps)


@pytest.mark.parametrize("wrong", ["theta", "kappa", "using", "kept"])
def test_a_broken_kernel_is_noticed(asked, monkeypatch, wrong):
    plain = kernel.accounts, kernel.cells

    def spoilt(make):
        def made(*given):
            found = make(*given)
            fields = {wrong: getattr(found, wrong) * (1 + 1e-6)} if hasattr(found, wrong) else {}
            return found._replace(**fields)

        return made

    monkeypatch.setattr(kernel, "accounts", spoilt(plain[0]))
    monkeypatch.setattr(kernel, "cells", spoilt(plain[1]))
    with pytest.raises(AssertionError):
        test_all_equilibria_of_a_run_are_the_same(asked, monkeypatch)


def test_nothing_is_compiled_beyond_what_is_ready_at_the_start(asked, monkeypatch):
    for base, shock, near, more in asked[::20]:
        both(monkeypatch, base, shock, near, **more)
    assert len(kernel.quasi_newton.signatures) == 1


def test_a_whole_run_makes_the_same_moves(model_of, monkeypatch):
    ends = []
    for name in backend.BACKENDS:
        monkeypatch.setenv(backend.VARIABLE, name)
        model = model_of("america_first", "eu_hedge", values={"model.choice.agenda": 1.0}, seed=5, quarters=3)
        while not model.done:
            model.step()
        ends.append(model)
    picks = [[[d.pick for d in q.decisions] for q in model.quarters] for model in ends]
    assert picks[0] == picks[1]
    one, other = (model.quarters[-1].settled for model in ends)
    assert other.x == pytest.approx(one.x, abs=SAME)
    assert other.income == pytest.approx(one.income, rel=SAME)


def test_rows_without_an_equilibrium_are_left_to_newton_and_marked(monkeypatch):
    base = random_world(3)
    shock, near = random_shock(base, 3, rows=(3,)), start_of(base)
    shock = replace(shock, weight=np.where(np.arange(3)[:, None, None, None] == 1, 0.0, shock.weight))
    with np.errstate(all="ignore"):
        one, other = both(monkeypatch, base, shock, near)
    assert list(other.converged) == [True, False, True]
    assert_same(one, other)


@compiled
def _logs(value, out):
    for k in range(len(value)):
        out[k] = log(value[k])


def test_exp_and_log_of_the_kernel_are_those_of_numpy_to_the_last_places():
    rng = np.random.default_rng(0)
    value = np.concatenate([rng.normal(0, 100, 20000), rng.normal(0, 1, 20000), [0.0]])
    value = value[np.abs(value) < 700]
    found = np.empty_like(value)
    exp_of(value, 1.0, found)
    assert np.abs(found / np.exp(value) - 1).max() < 1e-15
    positive = np.concatenate([np.exp(value[np.abs(value) < 690]), 1 + rng.normal(0, 0.1, 20000), [1.0]])
    found = np.empty_like(positive)
    _logs(positive, found)
    assert np.abs(found - np.log(positive)).max() < 2.3e-13  # a unit in the last place of 690
    small = np.abs(np.log(positive)) < 1
    assert found[small] == pytest.approx(np.log(positive[small]), rel=1e-15, abs=1e-17)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_what_has_no_log_gives_no_number(bad):
    found = np.zeros(1)
    _logs(np.array([bad]), found)
    assert np.isnan(found[0])


@pytest.mark.parametrize("bad", [800.0, -800.0, np.nan, np.inf])
def test_what_would_overflow_gives_no_number(bad):
    found = np.zeros(1)
    exp_of(np.array([bad]), 1.0, found)
    assert np.isnan(found[0])


def test_an_unknown_backend_is_refused_by_name(monkeypatch):
    monkeypatch.setenv(backend.VARIABLE, "fortran")
    with pytest.raises(ScenarioError, match="'fortran'; must be one of numpy, numba"):
        backend.chosen()
