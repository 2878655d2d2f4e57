"""Programmes: mark-ups grow evenly to their goal, fade to the base year's, and cost what they are above it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.diversification import built, hedge_path, running_cost
from tests.worlds import few, seeds

SHAPE = (2, 3, 2)


def hedges(seed):
    """Base mark-ups and mark-ups at or above them."""
    rng = np.random.default_rng(seed)
    base = rng.random(SHAPE)
    return base, base + rng.random(SHAPE)


@few
@given(seeds, st.integers(1, 16), st.floats(0, 0.1))
def test_a_programme_grows_evenly_and_stands_on_its_goal_when_its_time_is_over(seed, quarters, decay):
    base, hedge = hedges(seed)
    goal, left, path = hedge + 0.25, np.full(SHAPE, float(quarters)), [hedge]
    for _ in range(quarters):
        assert (left > 0).all()
        hedge, left = built(hedge, goal, left, base, decay)
        path.append(hedge)
    assert not left.any() and np.abs(hedge - goal).max() < 1e-12
    assert np.abs(np.diff(path, axis=0) - 0.25 / quarters).max() < 1e-12
    after, _ = built(hedge, goal, left, base, decay)
    assert np.allclose(after - base, (hedge - base) * (1 - decay), atol=1e-14)  # then it fades like any other


@few
@given(seeds, st.floats(0.001, 0.3), st.integers(1, 60))
def test_without_a_programme_the_excess_over_the_base_decays_and_nothing_else(seed, decay, quarters):
    base, hedge = hedges(seed)
    now, none = hedge, np.zeros(SHAPE)
    for _ in range(quarters):
        now, left = built(now, hedge, none, base, decay)
        assert not left.any()
    assert np.allclose(now, base + (hedge - base) * (1 - decay) ** quarters, rtol=1e-10)
    still, _ = built(base, base, none, base, decay)
    assert np.array_equal(still, base)


@few
@given(seeds, st.integers(0, 9), st.floats(0, 0.1))
def test_the_path_at_the_nodes_is_the_quarters_one_by_one(seed, quarters, decay):
    base, hedge = hedges(seed)
    nodes, left = (0, 1, 3, 7, 13), np.full(SHAPE, float(quarters))
    path = hedge_path(hedge, hedge + 0.25, left, base, decay, nodes)
    assert path.shape == (5, *SHAPE) and np.array_equal(path[0], hedge)
    now, quarter = hedge, 0
    for node, at in zip(nodes, path, strict=True):
        while quarter < node:
            now, left = built(now, hedge + 0.25, left, base, decay)
            quarter += 1
        assert np.array_equal(at, now)


@few
@given(seeds, st.floats(0, 0.01))
def test_running_cost_is_paid_for_what_is_above_the_base(seed, cost):
    base, hedge = hedges(seed)
    assert not running_cost(base, base, cost).any()
    assert not running_cost(base * 0.5, base, cost).any()
    paid = running_cost(hedge, base, cost)
    assert paid.shape == (2,) and paid == pytest.approx(cost * (hedge - base).sum(axis=(1, 2)))
    assert np.allclose(running_cost(base + 2 * (hedge - base), base, cost), 2 * paid)
