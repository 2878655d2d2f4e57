"""Breach of commitments in points: what counts, what does not, and how it is weighted."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.tariff import breach, breach_points, excused_points, mean_tariff
from tests.worlds import few, random_world, seeds

NONE = np.zeros((4, 4))


def world(seed):
    """Four regions, two kinds of goods and a service; commitments that are not the base rates."""
    base = replace(random_world(seed, regions=4, domains=3), goods=np.array([True, True, False]))
    bound = base.tariff + np.random.default_rng(seed + 1).uniform(-0.1, 0.1, base.tariff.shape)
    return replace(base, commitment=np.where(base.home, 0.0, np.maximum(bound, 0)))


def rates(base, seed):
    rng = np.random.default_rng(seed)
    return np.where(base.home, 0.0, np.maximum(base.tariff + rng.uniform(-0.2, 0.5, base.tariff.shape), 0))


@few
@given(seeds)
def test_breach_is_its_definition_over_foreign_goods(seed):
    base = world(seed)
    tariff = rates(base, seed)
    points = breach(base, breach_points(base, tariff), NONE)
    for i in range(4):
        cells = [(j, d) for j in range(4) for d in range(2) if j != i]
        above = sum(base.flow[i, j, d] * max(tariff[i, j, d] - base.commitment[i, j, d], 0) for j, d in cells)
        assert abs(points[i] - 100 * above / sum(base.flow[i, j, d] for j, d in cells)) < 1e-10


@few
@given(seeds)
def test_what_is_committed_and_anything_lower_is_no_breach(seed):
    base = world(seed)
    assert not breach_points(base, base.commitment).any()
    assert not breach_points(base, base.commitment * np.random.default_rng(seed).random(base.tariff.shape)).any()


@few
@given(seeds, st.floats(0.01, 1))
def test_a_flat_rise_on_goods_is_that_many_points_and_services_do_not_count(seed, rise):
    base = world(seed)
    tariff = base.commitment + np.where(base.home, 0.0, rise) * base.goods
    points = breach_points(base, tariff)
    assert np.abs(points - 100 * rise * (1 - np.eye(4))).max() < 1e-9
    assert np.abs(breach(base, points, NONE) - 100 * rise).max() < 1e-9
    assert np.abs(mean_tariff(base, tariff) - mean_tariff(base, base.commitment) - points / 100).max() < 1e-12
    served = base.commitment + np.where(base.home, 0.0, rise) * ~base.goods
    assert not breach_points(base, served).any()
    assert np.array_equal(mean_tariff(base, served), mean_tariff(base, base.commitment))


@few
@given(seeds)
def test_breach_never_falls_when_a_rate_rises_and_never_rises_when_more_is_excused(seed):
    base, rng = world(seed), np.random.default_rng(seed)
    tariff = rates(base, seed)
    higher = np.where(base.home, 0.0, tariff + rng.uniform(0, 0.3, tariff.shape))
    points, more = breach_points(base, tariff), breach_points(base, higher)
    excused = rng.uniform(0, 30, (4, 4))
    assert (more >= points).all()
    assert (breach(base, more, NONE) >= breach(base, points, NONE)).all()
    assert (breach(base, points, excused) <= breach(base, points, NONE)).all()
    assert not breach(base, points, points).any()


def test_a_batch_of_worlds_is_the_worlds_one_by_one():
    base = world(3)
    batch = np.stack([rates(base, k) for k in range(5)])
    points, means = breach_points(base, batch), mean_tariff(base, batch)
    for k in range(5):
        assert np.array_equal(points[k], breach_points(base, batch[k]))
        assert np.array_equal(means[k], mean_tariff(base, batch[k]))
        assert np.array_equal(breach(base, points, NONE)[k], breach(base, points[k], NONE))


def test_points_of_an_answer_by_hand():
    # own, own before, partner, of which answers, excused already, reciprocity -> excused
    cases = [
        ((10, 0, 10, 0, 0, 1.0), 10),  # answered in full
        ((4, 0, 10, 0, 0, 1.0), 4),  # in part
        ((25, 0, 10, 0, 0, 1.0), 10),  # beyond the offence: the rest is a breach
        ((10, 0, 10, 0, 0, 0.5), 5),  # an answer may be half as large
        ((10, 10, 10, 0, 0, 1.0), 0),  # nothing was added: it stood before the offence
        ((15, 10, 10, 10, 0, 1.0), 0),  # the partner only answered
        ((10, 10, 4, 0, 10, 1.0), 4),  # the partner gave way in part
        ((10, 10, 0, 0, 10, 1.0), 0),  # and in full
        ((6, 10, 10, 0, 10, 1.0), 6),  # own tariffs went down
        ((12, 10, 14, 0, 10, 1.0), 12),  # the partner added, and so does the answer
    ]
    for given_points, expected in cases:
        assert excused_points(*map(float, given_points)) == expected, given_points
