"""Crisis bargaining: chances are chances, and each private value and belief moves them the way it must."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import lognorm

from sim.rules.bargaining import (
    Sender,
    Stakes,
    after_refusal,
    audience_left,
    carry_belief,
    chance_to_give_in,
    drawn_value,
    lognormal_below,
    price_beaten,
    price_beaten_in_force,
    resolve_needed,
    weigh_execution,
    weigh_threat,
    worth_in_force,
)
from sim.world.crisis import Bargaining
from tests.worlds import few

share = st.floats(0, 1)
size = st.floats(0, 1)
more = st.floats(1e-6, 1)
median = st.floats(1e-4, 1)
spread = st.floats(0.2, 3)
gain = st.floats(-1, 1)
counts = st.floats(0, 20)
UNSURE = Bargaining(0.02, 1.0, 0.02, 1.0, 4.0, 0.25, 1, 4, 4.0, 0.8, 4.0)
NEW = Sender(0.0, 0.0, 0.8, 4.0, 0.2)  # nothing is known of it
FACED = Stakes(0.2, 0.01, 0.02, -0.005, -0.001)  # punishing costs about as much as losing face


@st.composite
def bargains(draw):
    return Bargaining(
        price_median=draw(median), price_spread=draw(spread), audience_median=draw(median),
        audience_spread=draw(spread), audience_half_life=draw(st.floats(1, 12)), climb_down=draw(share),
        deadline=1, cooling_off=4, carry_weight=4.0, kept_word=draw(share), kept_weight=4.0,
    )  # fmt: skip


@st.composite
def stakes(draw):
    """Hurt mostly above the burden, so that giving in is in question; punishing mostly costs its sender."""
    return Stakes(draw(size), draw(st.floats(-0.2, 0.5)), draw(size), draw(gain), -draw(st.floats(0, 0.1)),
                  draw(st.floats(0, 0.1)))  # fmt: skip


@st.composite
def senders(draw):
    return Sender(draw(counts), draw(counts), draw(share), draw(st.floats(1, 20)), draw(st.floats(0.1, 1)))


def known(kept, quarters=4.0):
    """A sender of whom no threat is on record, one payment of which is worth as much as a yearly flow."""
    return Sender(0.0, 0.0, kept, quarters, 1.0)


def comply(bargain, of, carry, kept):
    return weigh_threat(bargain, of, known(kept), 0.1, carry).comply


# --- chances ----------------------------------------------------------------------------------------------


@few
@given(bargains(), stakes(), senders(), size, share)
def test_chances_lie_between_zero_and_one(bargain, of, sender, audience, belief):
    for found in (weigh_threat(bargain, of, sender, audience, belief), weigh_execution(bargain, of, sender, audience)):
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
    bargain, of = UNSURE, Stakes(0.2, 0.01, 0.02, -0.05, -0.001)
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
@given(bargains(), stakes(), senders(), size, share)
def test_imposed_success_is_conditional_on_the_refusal(bargain, of, sender, audience, belief):
    found = weigh_threat(bargain, of, sender, audience, belief)
    prices = lognorm(bargain.price_spread, scale=bargain.price_median)
    refused, standing = price_beaten(of, belief, sender.kept), price_beaten_in_force(bargain, of, sender.kept)
    assume(prices.sf(refused) > 1e-6)
    expected = max(prices.cdf(standing) - prices.cdf(refused), 0) / prices.sf(refused)
    assert found.later == pytest.approx(expected, abs=1e-9)
    assert found.later <= weigh_execution(bargain, of, sender, audience).later + 1e-12  # nobody has refused yet


# --- the sender -------------------------------------------------------------------------------------------


@few
@given(bargains(), stakes(), senders(), share, size, more)
def test_a_threat_is_worth_less_to_a_sender_who_may_lose_face(bargain, of, sender, belief, audience, rise):
    worth = [weigh_threat(bargain, of, sender, a, belief).worth for a in (audience, audience + rise)]
    assert worth[1] <= worth[0] + 1e-12
    assert worth[0] >= min(of.prize, -audience * sender.once) - 1e-12  # backing down is the worst that can come of it


@few
@given(bargains(), stakes(), senders(), share, more)
def test_a_sender_with_more_to_lose_carries_out(bargain, of, sender, belief, rise):
    carried = [weigh_threat(bargain, of, sender, a, belief).carry for a in (0.0, rise, 1e6)]
    assert carried == sorted(carried) and carried[-1] == 1


@few
@given(bargains(), stakes(), senders(), share, size)
def test_a_threat_is_an_average_of_what_may_come_of_it(bargain, of, sender, belief, audience):
    found, cost = weigh_threat(bargain, of, sender, audience, belief), audience * sender.once
    dropped = cost * audience_left(bargain, sender.quarters)
    forced = found.later * (of.prize + of.impose) + (1 - found.later) * (of.stand - dropped)
    ends = [of.prize, forced, -cost]
    assert min(ends) - 1e-12 <= found.worth <= max(ends) + 1e-12
    assert found.worth == pytest.approx(found.comply * of.prize + (1 - found.comply) * max(forced, -cost))


@few
@given(bargains(), stakes(), senders(), size)
def test_a_measure_that_comes_with_its_demand_is_no_threat(bargain, of, sender, audience):
    found = weigh_execution(bargain, of, sender, audience)
    assert (found.comply, found.carry) == (0, 1)
    dropped = audience * sender.once * audience_left(bargain, sender.quarters)
    assert found.worth == pytest.approx(worth_in_force(of, found.later, dropped))


@few
@given(bargains(), st.floats(0, 40), st.floats(0, 40))
def test_the_cost_of_backing_down_halves_with_its_half_life(bargain, one, other):
    early, late = sorted((one, other))
    assert 0 <= audience_left(bargain, late) <= audience_left(bargain, early) <= 1
    assert audience_left(bargain, bargain.audience_half_life) == pytest.approx(0.5)


# --- the belief that a threat is carried out ----------------------------------------------------------------


def would_carry_out(bargain, of, sender, q):
    """Share of senders that do better to punish than to back down where the target believes q."""
    cost = lognorm(bargain.audience_spread, scale=bargain.audience_median).ppf(np.linspace(5e-5, 1 - 5e-5, 10_000))
    later = after_refusal(bargain, of, q, sender.kept)
    forced = worth_in_force(of, later, cost * sender.once * audience_left(bargain, sender.quarters))
    return float((forced > -cost * sender.once).mean())


def of_record(bargain, sender, share):
    weight = bargain.carry_weight
    return (weight * share + sender.carried) / (weight + sender.carried + sender.dropped)


@few
@given(bargains(), stakes(), senders())
def test_the_belief_is_what_such_senders_do_when_it_is_held(bargain, of, sender):
    belief = carry_belief(bargain, of, sender)
    assert 0 <= belief <= 1
    held = [of_record(bargain, sender, would_carry_out(bargain, of, sender, q)) for q in (belief - 1e-9, belief + 1e-9)]
    assert min(held) - 2e-4 <= belief <= max(held) + 2e-4  # the grid of audience costs is that fine


@few
@given(bargains(), stakes(), senders(), share, more)
def test_those_who_believe_more_are_harder_to_move_later_so_fewer_punish(bargain, of, sender, belief, rise):
    assume(of.prize + of.impose > of.stand)
    more = min(belief + rise, 1.0)
    assert after_refusal(bargain, of, more, sender.kept) <= after_refusal(bargain, of, belief, sender.kept) + 1e-12
    shares = [would_carry_out(bargain, of, sender, q) for q in (belief, more)]
    assert shares[1] <= shares[0] + 1e-12


@few
@given(bargains(), stakes(), senders(), more)
def test_a_sender_whose_punishing_costs_more_is_believed_less(bargain, of, sender, rise):
    assume(of.prize + of.impose > of.stand)
    dearer = replace(of, stand=of.stand - rise)
    assert carry_belief(bargain, dearer, sender) <= carry_belief(bargain, of, sender) + 1e-9


@few
@given(bargains(), stakes(), senders(), more)
def test_deeds_speak_for_a_threat_and_dropped_ones_against_it(bargain, of, sender, rise):
    assume(of.prize + of.impose > of.stand)
    start = carry_belief(bargain, of, sender)
    assert carry_belief(bargain, of, replace(sender, carried=sender.carried + rise)) >= start - 1e-9
    assert carry_belief(bargain, of, replace(sender, dropped=sender.dropped + rise)) <= start + 1e-9


def test_costs_and_deeds_move_a_belief_that_is_in_question():
    start = carry_belief(UNSURE, FACED, NEW)
    assert 0.1 < start < 0.9
    assert carry_belief(UNSURE, replace(FACED, stand=-0.01), NEW) < start - 0.001
    assert carry_belief(UNSURE, FACED, replace(NEW, carried=1.0)) > start + 0.001
    assert carry_belief(UNSURE, FACED, replace(NEW, dropped=1.0)) < start - 0.001


@few
@given(bargains(), stakes(), senders())
def test_who_gains_by_punishing_is_believed_as_far_as_its_record_allows(bargain, of, sender):
    gains = replace(of, stand=0.01, impose=-min(of.prize, 0.005))  # whatever the target does afterwards
    assert resolve_needed(bargain, gains, 0.3, sender) <= 0
    assert carry_belief(bargain, gains, replace(sender, dropped=0.0)) == 1
    assert carry_belief(bargain, gains, sender) == pytest.approx(of_record(bargain, sender, 1.0), abs=1e-9)


@few
@given(bargains(), stakes(), senders(), more)
def test_an_answer_to_the_measure_deters_the_more_the_larger_it_is(bargain, of, sender, hit):
    assume(of.prize + of.impose > of.stand)
    beliefs = [carry_belief(bargain, replace(of, stand=of.stand - x), sender) for x in (0.0, hit, 2 * hit)]
    assert beliefs[2] <= beliefs[1] + 1e-9 <= beliefs[0] + 2e-9


def test_an_answer_that_no_audience_cost_outweighs_deters_all_but_surely():
    believed = Stakes(0.001, 0.5, 0.02, -0.001, -0.001)
    assert carry_belief(UNSURE, believed, NEW) > 0.5
    assert carry_belief(UNSURE, replace(believed, stand=-5.0), NEW) < 1e-6
