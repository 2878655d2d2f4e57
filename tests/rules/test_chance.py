"""Shocks in force: what they take, how they meet a control, and when they are over."""

import numpy as np
import pytest

from sim.rules.chance import begun, ended, outlook
from sim.rules.contracts import withhold
from sim.world.chance import RandomShock

SHAPE = (3, 3, 2)


def shock(name, duration, lost=None, freight=None):
    return RandomShock(name, name, 0.1, duration, True, (), lost, freight, (), (), ())


def cells(value, importer=0, exporter=1, domain=0):
    out = np.zeros(SHAPE)
    out[importer, exporter, domain] = value
    return out


def test_a_shock_is_felt_until_it_is_over_and_no_quarter_longer():
    one, other = shock("one", 2, lost=cells(0.5)), shock("other", 4, freight=cells(0.2))
    coming = outlook((one, other), np.array([2, 3]), 5)
    assert [lost is not None for lost in coming.lost] == [True, True, False, False, False, False]
    assert [freight is not None for freight in coming.freight] == [True, True, True, False, False, False]
    assert not coming.calm


def test_when_nothing_is_in_force_arrays_pass_through_untouched():
    coming = outlook((shock("one", 2, lost=cells(0.5)),), np.zeros(1), 5)
    withheld, wedge = cells(0.3), cells(0.1)
    assert coming.calm
    assert coming.felt(withheld, 3) is withheld and coming.delivered(wedge, 3) is wedge


def test_shocks_that_meet_strike_one_after_the_other():
    both = (shock("a", 1, lost=cells(0.5), freight=cells(0.1)), shock("b", 1, lost=cells(0.4), freight=cells(0.2)))
    coming = outlook(both, np.ones(2), 0)
    assert coming.lost[0][0, 1, 0] == pytest.approx(0.7) and coming.freight[0][0, 1, 0] == pytest.approx(0.3)
    assert np.count_nonzero(coming.lost[0]) == 1


@pytest.mark.parametrize("withheld", [0.0, 0.5, 0.9])
def test_an_accident_strands_the_same_part_of_what_is_left_whatever_was_withheld(withheld):
    coming = outlook((shock("a", 1, lost=cells(0.4)),), np.ones(1), 0)
    before, v, y = cells(withheld), cells(0.3), cells(0.1)
    after_v, after_y = withhold(v, y, before, coming.felt(before))
    assert after_v[0, 1, 0] == pytest.approx(0.3 * 0.6)
    assert (after_v + after_y)[0, 1, 0] == pytest.approx(0.4)


def test_a_control_still_bites_in_an_accident_and_an_embargo_is_one():
    coming = outlook((shock("a", 1, lost=cells(0.4)),), np.ones(1), 0)
    felt = [coming.felt(cells(r))[0, 1, 0] for r in (0.0, 0.5, 1.0)]
    assert felt == pytest.approx([0.4, 0.7, 1.0])


def test_single_precision_stays_single():
    coming = outlook((shock("a", 1, lost=cells(0.4), freight=cells(0.1)),), np.ones(1), 0)
    light = np.zeros(SHAPE, dtype=np.float32)
    assert coming.felt(light).dtype == coming.delivered(light).dtype == np.float32


@pytest.mark.parametrize(
    ("before", "now", "starts", "stops"),
    [(0, 0, False, False), (0, 2, True, False), (2, 1, False, False), (1, 0, False, True), (1, 4, True, True)],
)
def test_beginning_and_end_follow_from_what_is_left(before, now, starts, stops):
    before, now = np.array([float(before)]), np.array([float(now)])
    assert (begun(before, now)[0], ended(before)[0]) == (starts, stops)
