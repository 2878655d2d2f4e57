"""Support of groups: nothing for nothing, linear in what moves, remembered with a half-life, blocking what it cannot
bear."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.rules.domestic import (
    NOTICED,
    blocking,
    borne,
    by_cause,
    outputs,
    redrawn,
    remembered,
    standing,
    support,
    weighted,
)
from sim.world.domestic import CAUSES, OUTPUTS, Domestic, no_groups

GROUPS, DOMAINS = 3, 2
WIDTH = len(OUTPUTS) + DOMAINS
number = st.floats(-5, 5)
interests = arrays(float, (GROUPS, WIDTH), elements=number)
changes = arrays(float, (4, WIDTH), elements=number)


def world_of(veto, actor=(0, 0, 0)):
    """Three groups with one interest each."""
    actor = np.array(actor)
    weight = np.array([1 / (actor == i).sum() for i in actor])
    names = ("one", "two", "three")
    return Domestic(names, names, actor, weight, np.eye(GROUPS, WIDTH), np.array(veto, float), 0.1, 4.0)


@given(interests, changes, st.floats(0, 3))
def test_support_is_zero_for_no_change_and_grows_with_it(interest, change, scale):
    assert not support(interest, np.zeros(WIDTH)).any()
    assert support(interest, change).shape == (4, GROUPS)
    assert np.allclose(support(interest, scale * change), scale * support(interest, change), atol=1e-9)
    assert np.allclose(support(interest, change[0] + change[1]), support(interest, change)[:2].sum(axis=0), atol=1e-9)


@given(interests, changes)
def test_causes_sum_to_the_support(interest, change):
    parts = by_cause(interest, change)
    assert parts.shape == (4, GROUPS, len(CAUSES))
    assert np.allclose(parts.sum(axis=-1), support(interest, change), atol=1e-9)


def test_outputs_are_what_their_names_say():
    seen = outputs(np.array([1.01]), np.array([0.002]), np.array([0.05]), np.array([0.4]), np.array([2.5]), 0.018,
                   np.array([[0.1, 0.2]]))  # fmt: skip
    by_name = dict(zip([*OUTPUTS, "first", "second"], seen[0], strict=True))
    wanted = {"wage": 101, "budget": 0.2 - 0.05 - 1.8, "risk": 0.4, "insecurity": 2.5 - 1.8, "outlays": 1.8,
              "first": 10, "second": 20}  # fmt: skip
    assert by_name == pytest.approx(wanted)


@given(number, number, st.floats(0.5, 20))
def test_what_was_lived_through_counts_half_after_the_half_life(before, lived, half_life):
    after = remembered(before, lived, half_life)
    assert min(before, lived) - 1e-12 <= after <= max(before, lived) + 1e-12
    whole, now = int(half_life) + 1, before
    for _ in range(whole):
        now = remembered(now, lived, whole)
    assert now == pytest.approx((before + lived) / 2, abs=1e-9)


@given(arrays(float, (6, GROUPS), elements=number), arrays(float, GROUPS, elements=number), st.floats(0, 3))
def test_a_group_blocks_what_makes_it_worse_off_than_it_bears(gained, stands, worse):
    of = world_of([1.0, 2.0, np.inf])
    who = blocking(of, np.arange(GROUPS), stands, gained)
    for row, g in enumerate(who):
        can = [k for k in range(2) if gained[row, k] < -NOTICED and -(stands[k] + gained[row, k]) > of.veto[k]]
        assert (g == -1) == (not can) and (g == -1 or g in can)
    angrier = blocking(of, np.arange(GROUPS), stands - worse, gained)
    assert ((who >= 0) <= (angrier >= 0)).all()


def test_without_groups_nobody_blocks_and_nobody_supports():
    none = no_groups(DOMAINS)
    assert (blocking(none, none.of(0), np.zeros(0), np.zeros((5, 0))) == -1).all()
    assert standing(none, np.zeros((0, len(CAUSES))), np.zeros(0), 0) == 0.0 and none.actors == []


@given(arrays(float, GROUPS, elements=number), st.permutations(range(GROUPS)))
def test_weighted_support_does_not_hang_on_the_order_of_groups(gained, order):
    power = np.array([0.5, 0.3, 0.2])
    assert weighted(power, gained) == pytest.approx(weighted(power[order], gained[list(order)]), abs=1e-12)
    assert weighted(power, np.full(GROUPS, 2.0)) == pytest.approx(2.0)


@given(arrays(float, GROUPS, elements=st.floats(-3, 3)), st.floats(0, 1))
def test_an_election_moves_weights_around_the_configured_ones(luck, spread):
    weight = np.array([0.5, 0.3, 0.2])
    new = redrawn(weight, spread, luck)
    assert new.sum() == pytest.approx(1) and (new > 0).all()
    assert np.allclose(redrawn(weight, 0.0, luck), weight)


def test_what_a_government_bears_is_its_tolerance_at_the_median():
    assert borne(0.3, 0.5, 0.0) == pytest.approx(0.3)
    assert borne(0.3, 0.5, 1.0) > 0.3 > borne(0.3, 0.5, -1.0) > 0
    assert borne(0.3, 0.0, 2.0) == pytest.approx(0.3)
