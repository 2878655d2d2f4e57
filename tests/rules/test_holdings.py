"""What denials cost: nothing when there are none, more with share and level; shares sum to one under programmes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import WorldError
from sim.rules import holdings as rules
from sim.rules.coercion import closed_form
from sim.rules.holdings import Denial, denial_losses, held_shares, income_factor, living_cost, orders_kept, value_denied
from sim.world.holdings import Holdings
from sim.world.params import without_links
from sim.world.programmes import Shift
from sim.world.state import base_state, check_world
from tests.conftest import scenario_of

N, K = 4, 2
LEVEL = st.floats(0.01, 1.0)
PART = st.floats(0.01, 0.9)


def some_holdings(seed=0, silent=3):
    """Four regions, two stock domains; one importer without data."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(N), (N, K)).transpose(0, 2, 1).copy()
    share[silent] = np.nan
    weight, elasticity, orders = (np.array(pair) for pair in ((0.01, 0.03), (0.4, 2.0), (0.2, 0.5)))
    everybody, nothing = np.ones((N, N, K), bool), np.zeros((N, N, K))
    return Holdings(("arms", "cables"), share, weight, elasticity, orders, ((0.5, 1.0), (0.3, 1.0)), everybody, nothing,
                    0.01, 0.005, 4)  # fmt: skip


def denied(cells):
    out = np.zeros((N, N, K))
    for i, j, k, level in cells:
        out[i, j, k] = level
    return out


class One:
    """A programme as far as shares are concerned."""

    def __init__(self, owner, *shifts):
        self.owner, self.shifts = owner, shifts


@pytest.fixture(scope="module")
def base():
    flow = np.random.default_rng(1).uniform(1, 5, (N, N, 1))
    flow = (flow + flow.transpose(1, 0, 2)) / 2
    return without_links(tuple("ABCD"), ("goods",), [True], flow, np.zeros_like(flow), np.array([2.0]))


def test_nothing_denied_is_no_loss_at_all(base):
    at = Denial(some_holdings(), some_holdings().share, denied([]))
    assert living_cost(at) == 1.0 and orders_kept(base, at) == 1.0 and income_factor(base, at) == 1.0
    assert not value_denied(base, at).any()


@given(LEVEL, LEVEL, st.floats(0.01, 0.49), st.floats(1.01, 2.0))
def test_the_loss_rises_with_the_share_and_with_what_is_denied_of_it(one, other, share, times):
    of = some_holdings()
    small, large = (np.array([1 - s, s, 0.0, 0.0])[:, None] * np.ones(K) for s in (share, share * times))
    low, high = sorted((one, other))
    losses = [float(denial_losses(of, s, 0, 1, level)) for s, level in ((small, low), (small, high), (large, high))]
    assert 0 < losses[0] <= losses[1] < losses[2] < 100
    assert losses[2] >= times * losses[1] * (1 - 1e-9)  # convex in the share
    assert losses[1] >= high / low * losses[0] * (1 - 1e-9)  # and in what is denied


@given(LEVEL, LEVEL, st.integers(0, 9))
def test_several_partners_add_up_inside_one_domain_and_domains_multiply(one, other, seed):
    of = some_holdings(seed)
    both = Denial(of, of.share, denied([(0, 1, 0, one), (0, 2, 0, other)]))
    lost = one * of.share[0, 1, 0] + other * of.share[0, 2, 0]
    assert living_cost(both)[0] == pytest.approx((1 - lost) ** (0.01 / 0.4), rel=1e-12)
    assert 100 * (1 - living_cost(both)[0]) == pytest.approx(
        100 * closed_form(np.array([0.01]), np.array([0.4]), np.array([lost]), 1.0), rel=1e-9
    )  # the same form as for goods
    apart = [living_cost(Denial(of, of.share, denied([cell])))[0] for cell in ((0, 1, 0, one), (0, 2, 1, other))]
    joint = living_cost(Denial(of, of.share, denied([(0, 1, 0, one), (0, 2, 1, other)])))[0]
    assert joint == pytest.approx(apart[0] * apart[1], rel=1e-12)
    assert living_cost(both)[1:].tolist() == [1, 1, 1]  # nobody else is hit


def test_a_domain_denied_whole_costs_much_and_no_infinity():
    of = some_holdings()
    of = replace(of, share=np.where(np.arange(N)[None, :, None] == 1, 1.0, 0.0) * np.ones((N, N, K)))
    left = living_cost(Denial(of, of.share, denied([(0, 1, 0, 1.0)])))[0]
    assert left == pytest.approx(rules.LEAST_LEFT ** (0.01 / 0.4)) and 0 < left < 0.6


@given(LEVEL)
def test_the_sender_loses_part_of_the_value_that_it_denies(level):
    of, flow = some_holdings(), np.ones((N, N, 1))
    even = without_links(tuple("ABCD"), ("goods",), [True], flow, np.zeros_like(flow), np.array([2.0]))
    at = Denial(of, of.share, denied([(0, 1, 0, level)]))
    value = value_denied(even, at)
    assert value[0, 1] == pytest.approx(level * of.share[0, 1, 0] * 0.01 * even.income[0])
    assert orders_kept(even, at)[1] == pytest.approx(1 - 0.2 * value[0, 1] / even.income[1])
    assert value.sum() == value[0, 1] and (np.delete(orders_kept(even, at), 1) == 1).all()


def test_where_there_are_no_data_nothing_is_lost(base):
    at = Denial(some_holdings(), some_holdings().share, denied([(0, 1, 0, 1.0)]))
    assert np.isfinite(income_factor(base, at)).all() and income_factor(base, at)[3] == 1


@given(st.lists(st.tuples(st.integers(0, 3), PART, st.floats(0, 8)), min_size=1, max_size=4), st.integers(0, 9))
def test_shares_stay_shares_whatever_programmes_are_built(plans, seed):
    of, rng = some_holdings(seed), np.random.default_rng(seed)
    programmes = tuple(One(0, Shift(0, source, part, rng.dirichlet(np.ones(N)))) for source, part, _ in plans)
    level = np.array([units for *_, units in plans])
    share = held_shares(of, programmes, level)
    assert np.allclose(share[0, :, 0].sum(), 1, atol=1e-12) and (share[0, :, 0] >= 0).all()
    assert np.array_equal(share[1:], of.share[1:], equal_nan=True) and np.array_equal(share[0, :, 1], of.share[0, :, 1])
    rows = held_shares(of, programmes, np.stack([level, 0 * level]))
    together = np.broadcast_to(rows, (2, *share.shape))  # one array serves all rows where nothing has moved
    assert np.array_equal(together[0], share, equal_nan=True) and np.allclose(together[1][0], of.share[0], atol=1e-15)


@given(PART, st.floats(0.1, 6), st.floats(0.1, 6))
def test_units_built_in_two_steps_move_as_much_as_at_once(part, first, more):
    of, home = some_holdings(), np.eye(N)[0]
    one = (One(0, Shift(0, 1, part, home)),)
    once = held_shares(of, one, np.array([first + more]))
    step = replace(of, share=held_shares(of, one, np.array([first])))
    assert np.allclose(held_shares(step, one, np.array([more]))[0], once[0], atol=1e-12)
    assert once[0, 1, 0] == pytest.approx(of.share[0, 1, 0] * (1 - part) ** (first + more))


def test_without_programmes_the_shares_are_those_of_the_data_to_the_bit():
    of = some_holdings()
    assert held_shares(of, (One(0, Shift(0, 1, 0.5, np.eye(N)[0])),), np.zeros(1)) is of.share


def test_a_state_that_denies_more_than_all_is_refused(base):
    world = base_state(base, np.zeros((N, 1)), 3, 4, np.zeros(N), 0, np.zeros(0), 1, holdings=K)
    check_world(base, world)
    with pytest.raises(WorldError, match="denied share outside 0 to 1"):
        check_world(base, replace(world, denied=denied([(0, 1, 0, 1.1)])))


def test_the_shipped_shares_are_those_of_the_tables(model_of):
    design = model_of("arms_denial").design
    held, regions = design.settings.holdings, list(design.base.regions)
    rows = scenario_of("arms_denial").tables.stock_shares
    assert set(held.names) == set(rows.domain)
    for row in rows.itertuples():
        cell = regions.index(row.importer), regions.index(row.partner), held.names.index(row.domain)
        assert held.share[cell] == pytest.approx(row.share, abs=2e-6)
    known = ~np.isnan(held.share).any(axis=1)
    assert known[:, held.names.index("capital_outward_stock")].sum() == 1  # one region alone
    assert np.allclose(held.share.sum(axis=1)[known], 1)
