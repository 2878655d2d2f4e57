"""The frontier: what a grid finds, the solver finds; it falls, lies below everybody, and says what it left."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from sim.errors import SolverError, WorldError
from sim.rules.coercion import Stop
from sim.rules.frontier import Yardstick, expected, premium, premium_bound, tail
from sim.rules.prudence import Arrivals
from sim.studies.closed_or_solved import side_by_side
from sim.studies.frontier import RESIDUALS, Loss, Search, frontier, frontier_table, yardstick
from sim.studies.standing import least_premium, path, standing
from tests.rules.test_frontier_forms import measured, moved
from tests.worlds import random_world, seeds

rarely = settings(max_examples=5, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def small():
    """One domain, home and three suppliers: two that may stop selling, and one that never does."""
    unhedged = np.array([[0.4], [0.3], [0.2], [0.1]])
    stops = (Stop((1,), (0,), 1.0), Stop((2,), (0,), 0.5))
    arrivals = Arrivals(np.array([0.1, 0.05]), np.ones(2), np.array([1, 2]), np.zeros(2, bool),
                        np.array([0, 0.1, 0.05, 0]), 15.0)  # fmt: skip
    return Yardstick(np.array([0.5]), np.array([0.8]), np.array([3.0]), unhedged, unhedged, 0, (1, 2), stops, arrivals,
                     np.array([20.0, 6.0]), np.zeros(1))  # fmt: skip


def grid(of, steps=240):
    """Every composition of three suppliers, in steps of foreign supply."""
    parts = np.arange(steps + 1) / steps
    shares = [(a, b, 1 - a - b) for a, b in product(parts, parts) if a + b <= 1 + 1e-12]
    foreign = np.zeros((len(shares), 4, 1))
    foreign[:, 1:, 0] = np.maximum(shares, 0)
    return of.composed(foreign)


@pytest.mark.parametrize("kind", Loss)
@pytest.mark.parametrize("down", [0.2, 0.5, 0.8])
def test_no_composition_of_a_fine_grid_is_cheaper_and_some_comes_near(small, kind, down):
    search = Search(small, kind)
    top, least = search.measured(small.unhedged), search.least()
    point = search.at(top - down * (top - least))
    everything = grid(small)
    losses = expected(small, everything) if kind is Loss.expected else np.array([tail(small, s) for s in everything])
    reached = premium_bound(small, everything)[losses <= point.level + 1e-9]
    assert point.bound <= reached.min() + 1e-4
    assert point.bound == pytest.approx(reached.min(), rel=0.05)
    assert search.measured(point.share) == pytest.approx(point.level, abs=1e-5)


def test_the_least_loss_is_that_of_the_safest_supplier(small):
    assert Search(small, Loss.expected).least() == pytest.approx(0, abs=2e-2)


def test_above_the_unhedged_loss_nothing_need_be_paid(small):
    search = Search(small, Loss.expected)
    point = search.at(2 * search.measured(small.unhedged))
    assert point.premium == 0 and np.array_equal(point.share, small.unhedged)


def test_a_level_that_no_composition_reaches_is_refused(small):
    search = Search(small, Loss.expected)
    with pytest.raises(SolverError, match="ask for a level between"):
        search.at(-0.5)


def test_a_loss_that_is_not_convex_is_refused(small):
    steep = Yardstick(**{**vars(small), "weight": np.array([2.0])})
    with pytest.raises(WorldError, match="raise theta_short"):
        Search(steep, Loss.expected)


@rarely
@given(seeds)
def test_the_frontier_falls_and_lies_below_whatever_is_bought(seed):
    of = measured(random_world(seed, regions=4, domains=2, horizons=True, hedged=True))
    table = frontier_table(of, points=6)
    assert table.shares.max() < 1e-6 and table.gap.max() < 1e-4 + 0.01 * table.bound.max()
    assert (table.bound >= table.premium - 1e-12).all()
    search = {kind: Search(of, kind) for kind in Loss}
    for kind in Loss:
        curve = table[table.kind == kind.value]
        assert (np.diff(curve.level) < 0).all() and (np.diff(curve.premium) > -1e-6).all()
        assert (np.diff(curve.price) > -1e-3 * curve.price.max()).all()  # dearer and dearer: a convex curve
        share = moved(of, seed)
        level = search[kind].measured(share)
        assert search[kind].at(level).bound <= premium_bound(of, share) + 1e-4


def test_the_price_is_the_slope_of_the_curve(small):
    search = Search(small, Loss.expected)
    top, step = search.measured(small.unhedged), 0.02
    low, here, high = (search.at(0.5 * top + k * step) for k in (-1, 0, 1))
    assert here.price == pytest.approx((low.bound - high.bound) / (2 * step), rel=0.02)


# --- in the shipped world ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped(base_scene):
    design, _ = base_scene(None)
    return design, yardstick(design)


@pytest.fixture(scope="module")
def found(shipped):
    return frontier_table(shipped[1], points=6)


def test_the_solver_leaves_little(found):
    assert found[list(RESIDUALS)].abs().to_numpy().max() < 5e-4  # per cent of income, and shares
    assert found.shares.max() < 1e-6


def test_the_base_year_stands_near_the_frontier_since_it_was_taken_as_chosen(shipped):
    of = shipped[1]
    point = Search(of, Loss.expected).at(float(expected(of, of.base)))
    assert point.premium <= premium(of, of.base) + 1e-4
    assert point.premium == pytest.approx(premium(of, of.base), rel=0.15)
    assert point.price == pytest.approx(1, abs=0.25)  # a yen more of premium saves a yen of expected loss


def bought(design, share, policy="one", quarters=("2025Q1", "2025Q2")):
    """Portfolio rows of a run that buys one composition throughout."""
    focus = design.focus
    foreign = np.where(np.arange(len(share))[:, None] == focus, 0.0, share)
    foreign = foreign / foreign.sum(axis=0)
    rows = [(q, design.base.regions[focus], partner, domain, "exposure_share", foreign[j, d], policy, 0)
            for q in quarters for j, partner in enumerate(design.base.regions) if j != focus
            for d, domain in enumerate(design.base.domains)]  # fmt: skip
    return pd.DataFrame(rows, columns=["quarter", "region", "partner", "domain", "measure", "value", "policy", "run"])


def test_a_path_measures_what_a_run_buys(shipped):
    design, of = shipped
    rows = path(design, of, bought(design, of.base))
    assert len(rows) == 2
    assert rows.premium.iloc[0] == pytest.approx(float(premium(of, of.base)))
    assert rows.tail_loss.iloc[1] == pytest.approx(tail(of, of.base))


def test_nobody_stands_below_the_frontier(shipped, found):
    design, of = shipped
    runs = pd.concat([bought(design, moved(of, seed), f"p{seed}") for seed in range(3)]
                     + [bought(design, of.base, "base"), bought(design, of.unhedged, "bare")])  # fmt: skip
    result = standing(design, runs, of, found)
    over = result.path[["premium_over_expected", "premium_over_tail"]].to_numpy()
    assert np.nanmin(over) > -1e-3
    assert result.path.set_index("policy").premium_over_expected["bare"].abs().max() < 1e-9
    assert len(result.ends()) == 2 * 5


def test_the_curve_between_its_points_is_what_the_solver_finds_there(shipped, found):
    search = Search(shipped[1], Loss.expected)
    curve = found[found.kind == "expected"].level
    level = float(curve.iloc[2] + curve.iloc[3]) / 2
    between = float(least_premium(found, Loss.expected, np.array(level)))
    assert between == pytest.approx(search.at(level).premium, abs=0.01)


def test_the_closed_form_stands_beside_the_equilibrium(shipped):
    design, of = shipped
    row = side_by_side(design, of, np.array([0.2])).iloc[0]
    assert row.expected == pytest.approx(row.expected_solved, rel=0.03)
    assert row["tail"] == pytest.approx(row.tail_solved, rel=0.03)
    assert row.premium < row.premium_solved < 2.5 * row.premium  # terms of trade come on top
    assert row.expected_plain < 0.75 * row.expected  # with the closed form alone much is missed


def test_points_of_a_frontier_carry_their_compositions(small):
    points = frontier(small, points=4)
    assert [p.share.sum(axis=0) for p in points] == [pytest.approx([1.0])] * 4
