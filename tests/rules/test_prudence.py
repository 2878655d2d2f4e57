"""What an uncertain loss is as bad as: the variance of arrivals, and of how little is known of their rate."""

from dataclasses import replace

import numpy as np
import pytest

from sim.rules.prudence import Arrivals, certainty_equivalent, marginal_worth, mean_loss, variance_by_sender

LOSS = np.array([4.0, 1.5, 2.0, 0.7])  # per cent while it lasts


@pytest.fixture
def arrivals():
    """Sender 1 has two instruments, sender 2 one, and sender 2's supply an accident."""
    return Arrivals(
        rate=np.array([0.1, 0.3, 0.05, 0.03]), years=np.array([1.0, 1.0, 1.0, 0.5]), sender=np.array([1, 1, 2, 2]),
        accident=np.array([False, False, False, True]), opening=np.array([0.0, 0.4, 0.05]), experience=15.0,
    )  # fmt: skip


def test_without_aversion_the_mean_is_all_that_counts(arrivals):
    assert certainty_equivalent(arrivals, LOSS, 0.0) == mean_loss(arrivals, LOSS)
    assert np.array_equal(marginal_worth(arrivals, LOSS, 0.0), arrivals.rate * arrivals.years)


def test_the_variance_is_that_of_episodes_whose_rate_is_only_believed(arrivals):
    """A posterior of rates, Poisson episodes in a year, an instrument each: drawn with numpy."""
    rng, years = np.random.default_rng(3), 400_000
    total = np.zeros(years)
    for sender in (1, 2):
        mine = np.flatnonzero((arrivals.sender == sender) & ~arrivals.accident)
        opening = arrivals.opening[sender]
        believed = rng.gamma(opening * arrivals.experience, 1 / arrivals.experience, years)
        for k in mine:
            total += rng.poisson(believed * arrivals.rate[k] / opening) * LOSS[k] * arrivals.years[k]
    total += rng.poisson(arrivals.rate[3], years) * LOSS[3] * arrivals.years[3]
    assert mean_loss(arrivals, LOSS) == pytest.approx(total.mean(), rel=0.01)
    assert sum(variance_by_sender(arrivals, LOSS).values()) == pytest.approx(total.var(), rel=0.015)


def test_of_two_partners_with_the_same_mean_the_predictable_one_costs_less(arrivals):
    often = replace(arrivals, rate=np.array([0.4, 0.0, 0.0, 0.0]))
    rarely = replace(arrivals, rate=np.array([0.1, 0.0, 0.0, 0.0]), opening=np.array([0.0, 0.1, 0.05]))
    small, large = np.array([1.0, 0, 0, 0]), np.array([4.0, 0, 0, 0])
    assert mean_loss(often, small) == pytest.approx(mean_loss(rarely, large))
    assert certainty_equivalent(often, small, 2.0) < certainty_equivalent(rarely, large, 2.0)


def test_long_watching_makes_a_partner_predictable_and_accidents_have_no_rate_to_learn(arrivals):
    long = replace(arrivals, experience=1e9)
    assert certainty_equivalent(long, LOSS, 2.0) < certainty_equivalent(arrivals, LOSS, 2.0)
    once = arrivals.rate * (LOSS * arrivals.years) ** 2
    assert variance_by_sender(long, LOSS)[2] == pytest.approx(once[2:].sum())
    lone = replace(arrivals, accident=np.ones(4, dtype=bool))
    assert variance_by_sender(lone, LOSS)[1] == pytest.approx(once[:2].sum())


@pytest.mark.parametrize("aversion", [0.0, 2.0, 4.0])
def test_what_a_point_of_loss_is_worth_is_the_slope(arrivals, aversion):
    step = 1e-5
    for k in range(4):
        up, down = LOSS.copy(), LOSS.copy()
        up[k] += step
        down[k] -= step
        slope = (
            (certainty_equivalent(arrivals, up, aversion) - certainty_equivalent(arrivals, down, aversion)) / step / 2
        )
        assert marginal_worth(arrivals, LOSS, aversion)[k] == pytest.approx(slope, rel=1e-8)


def test_many_rows_give_what_each_gives_alone(arrivals):
    rows = LOSS * np.random.default_rng(1).uniform(0.5, 2, (7, 4))
    together = certainty_equivalent(arrivals, rows, 2.0)
    assert [float(certainty_equivalent(arrivals, row, 2.0)) for row in rows] == together.tolist()


def test_an_unsolved_stop_leaves_no_number(arrivals):
    assert np.isnan(certainty_equivalent(arrivals, np.where(LOSS == 2.0, np.nan, LOSS), 2.0))
