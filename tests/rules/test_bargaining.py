"""Crisis bargaining: chances are chances, and each private value and belief moves them the way it must."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import lognorm

from sim.rules.bargaining import (
    Stakes,
    audience_left,
    chance_to_give_in,
    drawn_value,
    lognormal_below,
    price_beaten,
    price_beaten_in_force,
    shielded_belief,
    weigh_execution,
    weigh_threat,
)
from sim.world.crisis import Bargaining
from tests.worlds import few

share = st.floats(0, 1)
size = st.floats(0, 1)
more = st.floats(1e-6, 1)
median = st.floats(1e-4, 1)
spread = st.floats(0.2, 3)
gain = st.floats(-1, 1)


@st.composite
def bargains(draw):
    return Bargaining(
        price_median=draw(median), price_spread=draw(spread), audience_median=draw(median),
        audience_spread=draw(spread), audience_half_life=draw(st.floats(1, 12)), climb_down=draw(share),
        deadline=1, cooling_off=4, carry_out=draw(share), carry_weight=4.0, kept_word=draw(share), kept_weight=4.0,
    )  # fmt: skip


@st.composite
def stakes(draw):
    """Hurt mostly above the burden, so that giving in is in question; punishing mostly costs its sender."""
    return Stakes(draw(size), draw(st.floats(-0.2, 0.5)), draw(size), draw(gain), -draw(st.floats(0, 0.1)),
                  draw(st.floats(0, 0.1)))  # fmt: skip


def comply(bargain, of, carry, kept):
    return weigh_threat(bargain, of, carry, kept, 0.1, 0.5).comply


# --- chances ----------------------------------------------------------------------------------------------


@few
@given(bargains(), stakes(), share, share, size, share)
def test_chances_lie_between_zero_and_one(bargain, of, carry, kept, audience, left):
    for found in (weigh_threat(bargain, of, carry, kept, audience, left),
                  weigh_execution(bargain, of, kept, audience, left)):  # fmt: skip
        assert 0 <= found.comply <= 1 and 0 <= found.later <= 1 and found.carry in (0, 1)
        assert np.isfinite(found.worth)


@few
@given(median, spread, gain)
def test_the_lognormal_is_that_of_the_textbook(middle, wide, value):
    assert lognormal_below(value, middle, wide) == pytest.approx(lognorm(wide, scale=middle).cdf(value), abs=1e-12)
    assert lognormal_below(middle, middle, wide) == pytest.approx(0.5)
    assert drawn_value(middle, wide, 0.0) == middle
    assert lognormal_below(drawn_value(middle, wide, 1.0), middle, wide) == pytest.approx(0.8413447460685429)


def test_a_median_of_nothing_is_a_price_that_anything_beats():
    assert lognormal_below(1e-9, 0.0, 1.0) == 1 and lognormal_below(0.0, 0.0, 1.0) == 0


# --- the target -------------------------------------------------------------------------------------------


@few
@given(bargains(), stakes(), share, share, more)
def test_more_hurt_makes_giving_in_likelier(bargain, of, carry, kept, rise):
    assert comply(bargain, replace(of, hurt=of.hurt + rise), carry, kept) >= comply(bargain, of, carry, kept)


@few
@given(bargains(), stakes(), share, share, share)
def test_a_credible_threat_and_a_kept_word_make_giving_in_likelier(bargain, of, one, other, kept):
    low, high = sorted((one, other))
    assert comply(bargain, of, high, kept) >= comply(bargain, of, low, kept)
    assert comply(bargain, of, kept, high) >= comply(bargain, of, kept, low)


@few
@given(bargains(), stakes(), share, share, more)
def test_a_dearer_concession_makes_giving_in_less_likely(bargain, of, carry, kept, rise):
    start = comply(bargain, of, carry, kept)
    assert comply(replace(bargain, price_median=bargain.price_median + rise), of, carry, kept) <= start
    assert comply(bargain, replace(of, burden=of.burden + rise), carry, kept) <= start
    assert comply(bargain, replace(of, defiance=of.defiance + rise), carry, kept) >= start  # refusing costs more


def test_giving_in_is_strictly_likelier_where_it_is_in_question():
    bargain = Bargaining(0.02, 1.0, 0.02, 1.0, 4.0, 0.25, 1, 4, 0.33, 4.0, 0.8, 4.0)
    of = Stakes(0.2, 0.01, 0.02, -0.05, -0.001)
    start = comply(bargain, of, 0.4, 0.8)
    assert 0.1 < start < 0.9
    assert comply(bargain, replace(of, hurt=0.25), 0.4, 0.8) > start < comply(bargain, of, 0.5, 0.8)
    assert comply(bargain, of, 0.4, 0.7) < start > comply(bargain, replace(of, burden=0.02), 0.4, 0.8)


@few
@given(bargains(), stakes(), share)
def test_a_measure_in_force_is_sure_but_conceding_under_it_is_dearer(bargain, of, kept):
    of = replace(of, defiance=0.0)
    sure = price_beaten(of, 1.0, kept)
    assert price_beaten_in_force(bargain, of, kept) == pytest.approx(sure / (1 + bargain.climb_down))


@few
@given(bargains(), gain, gain)
def test_who_refused_once_gives_in_less_often(bargain, beaten, refused):
    assert chance_to_give_in(bargain, beaten, refused) <= chance_to_give_in(bargain, beaten, 0.0)
    if beaten <= refused:
        assert chance_to_give_in(bargain, beaten, refused) == 0


@few
@given(bargains(), stakes(), share, share, size, share)
def test_imposed_success_is_conditional_on_the_refusal(bargain, of, carry, kept, audience, left):
    found = weigh_threat(bargain, of, carry, kept, audience, left)
    prices = lognorm(bargain.price_spread, scale=bargain.price_median)
    refused, standing = price_beaten(of, carry, kept), price_beaten_in_force(bargain, of, kept)
    assume(prices.sf(refused) > 1e-6)
    expected = max(prices.cdf(standing) - prices.cdf(refused), 0) / prices.sf(refused)
    assert found.later == pytest.approx(expected, abs=1e-9)
    assert found.later <= weigh_execution(bargain, of, kept, audience, left).later + 1e-12  # nobody has refused yet


# --- the sender -------------------------------------------------------------------------------------------


@few
@given(bargains(), stakes(), share, share, size, more, share)
def test_a_threat_is_worth_less_to_a_sender_who_may_lose_face(bargain, of, carry, kept, audience, rise, left):
    worth = [weigh_threat(bargain, of, carry, kept, a, left).worth for a in (audience, audience + rise)]
    assert worth[1] <= worth[0] + 1e-12
    assert worth[0] >= min(of.prize, -audience) - 1e-12  # backing down is the worst that can come of it


@few
@given(bargains(), stakes(), share, share, more)
def test_a_sender_with_more_to_lose_carries_out(bargain, of, carry, kept, rise):
    carried = [weigh_threat(bargain, of, carry, kept, a, 0.0).carry for a in (0.0, rise, 1e3)]
    assert carried == sorted(carried) and carried[-1] == 1


@few
@given(bargains(), stakes(), share, share, size, share)
def test_a_threat_is_an_average_of_what_may_come_of_it(bargain, of, carry, kept, audience, left):
    found = weigh_threat(bargain, of, carry, kept, audience, left)
    forced = found.later * (of.prize + of.impose) + (1 - found.later) * (of.stand - audience * left)
    ends = [of.prize, forced, -audience]
    assert min(ends) - 1e-12 <= found.worth <= max(ends) + 1e-12
    assert found.worth == pytest.approx(found.comply * of.prize + (1 - found.comply) * max(forced, -audience))


@few
@given(bargains(), st.floats(0, 40), st.floats(0, 40))
def test_the_cost_of_backing_down_halves_with_its_half_life(bargain, one, other):
    early, late = sorted((one, other))
    assert 0 <= audience_left(bargain, late) <= audience_left(bargain, early) <= 1
    assert audience_left(bargain, bargain.audience_half_life) == pytest.approx(0.5)


# --- shields ----------------------------------------------------------------------------------------------


@few
@given(bargains(), share, gain, gain, st.floats(0.1, 1))
def test_a_shield_never_makes_a_threat_more_credible(bargain, carry, forced, deterred, once):
    found = shielded_belief(bargain, carry, forced, deterred, once)
    assert 0 <= found <= carry
    if deterred >= forced:
        assert found == carry


@few
@given(bargains(), share, st.floats(-0.2, -0.001), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_larger_answer_deters_more(bargain, carry, forced, one, other):
    small, large = sorted((one, other))
    beliefs = [shielded_belief(bargain, carry, forced, forced - x, 0.2) for x in (small, large)]
    assert beliefs[1] <= beliefs[0] <= carry


def test_an_answer_that_no_audience_cost_outweighs_deters_all_but_surely():
    bargain = Bargaining(0.02, 1.0, 0.02, 1.0, 4.0, 0.25, 1, 4, 0.33, 4.0, 0.8, 4.0)
    assert shielded_belief(bargain, 0.5, -0.001, -5.0, 0.2) < 1e-6
