"""What an alliance is worth: base outlays are best in the base year, and credibility falls with what is done."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.security import credibility, danger, insecurity, trust
from sim.world.crisis import Alliance, no_alliance
from sim.world.state import Beliefs
from tests.worlds import few

counts = st.integers(0, 30)
ALLY = 1


@st.composite
def alliances(draw):
    protector, outlays, credible = np.array([-1, 0]), np.array([0.0, draw(st.floats(0.005, 0.06))]), draw(
        st.floats(0.05, 0.95))  # fmt: skip
    return Alliance(protector, outlays, np.array([0.0, credible]), (), draw(st.floats(1, 40)), draw(st.floats(0.5, 4)),
                    draw(st.floats(0, 0.01)), draw(st.floats(0, 0.05)), draw(st.floats(0, 0.05)))  # fmt: skip


def seen(stood=0, wavered=0):
    return replace(Beliefs.prior(2, 1), stood=np.array([0.0, stood]), wavered=np.array([0.0, wavered]))


@few
@given(alliances(), st.floats(0, 5))
def test_base_outlays_are_best_in_the_base_year(alliance, crises):
    def cost(outlays):
        return insecurity(alliance, ALLY, alliance.credibility[ALLY], outlays, crises)

    best, step = alliance.outlays[ALLY], 1e-5 * alliance.outlays[ALLY]
    slope = (cost(best + step) - cost(best - step)) / (2 * step)
    assert abs(slope) < 1e-5 * 100  # one unit of outlays costs 100 per cent of itself
    assert cost(0.7 * best) > cost(best) < cost(1.3 * best)
    assert danger(alliance, ALLY) > 0


@few
@given(alliances(), st.floats(0, 60), st.floats(0, 60), st.floats(0, 9), st.floats(0, 9))
def test_credibility_falls_with_points_moved_away_and_with_defiance(alliance, one, other, few_acts, many_acts):
    (near, far), (mild, bold) = sorted((one, other)), sorted((few_acts, many_acts))
    found = credibility(alliance, seen(), ALLY, np.array([near, far, near]), np.array([mild, mild, bold]))
    assert found[1] <= found[0] >= found[2]
    assert ((found >= 0) & (found <= alliance.credibility[ALLY] + 1e-15)).all()


def test_without_provocation_and_defiance_nothing_an_ally_does_counts():
    alliance = Alliance(np.array([-1, 0]), np.array([0, 0.02]), np.array([0, 0.8]), (), 20.0, 2.0, 0.0, 0.0, 0.0)
    assert credibility(alliance, seen(), ALLY, np.array([50.0]), np.array([9.0]))[0] == pytest.approx(0.8)


@few
@given(alliances(), st.floats(-60, 0))
def test_buying_more_of_the_protector_buys_no_credibility(alliance, moved):
    still = credibility(alliance, seen(), ALLY, np.array([0.0]), 0.0)
    assert credibility(alliance, seen(), ALLY, np.array([moved]), 0.0) == still


@few
@given(alliances(), counts, counts)
def test_trust_is_a_beta_mean_of_the_protectors_acts(alliance, stood, wavered):
    found, prior = trust(alliance, seen(stood, wavered), ALLY), alliance.credibility[ALLY]
    assert found == pytest.approx((prior * alliance.weight + stood) / (alliance.weight + stood + wavered))
    assert trust(alliance, seen(stood + 1, wavered), ALLY) >= found >= trust(alliance, seen(stood, wavered + 1), ALLY)
    assert trust(alliance, seen(), ALLY) == pytest.approx(prior)


@few
@given(alliances(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 3), st.floats(0, 3))
def test_an_umbrella_saves_danger_and_drags_into_crises(alliance, one, other, calm, tense):
    weak, strong = sorted((one, other))
    quiet, loud = sorted((calm, tense))
    base = alliance.outlays[ALLY]
    cost = insecurity(alliance, ALLY, np.array([weak, strong]), base, 0.0)
    assert cost[1] <= cost[0]
    assert insecurity(alliance, ALLY, strong, base, loud) >= insecurity(alliance, ALLY, strong, base, quiet)


def test_where_nobody_protects_nobody_is_protected():
    assert (no_alliance(5).protector == -1).all()
