"""Coalitions that answer together, and laws that keep stocks: constructed cases, answered as told."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import begin, stored
from sim.rules.tariff import breach, breach_points
from sim.world.crisis import Shield
from tests.engine.played import CHN, EU27, JPN, USA, Play, threat


def late(design, days):
    shield = replace(design.settings.shields[0], delay=days / 91.3125)
    return replace(design, settings=replace(design.settings, shields=(shield,)))


# --- shields ----------------------------------------------------------------------------------------------


def test_a_shield_of_thirty_days_answers_within_the_quarter_and_is_no_breach(design):
    play = Play(design, JPN=["shield", "resist"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute", 1))
    play.quarter()
    (call,) = play.crisis.world.calls
    assert play.said == [("JPN", "shield")] and call.due == 1 and {member for member, _ in call.points} == {JPN, EU27}
    for _ in range(3):  # as long as the measure stands
        points = breach_points(design.base, play.world.tariff)
        assert (points[[JPN, EU27], CHN] > 0).all() and points.sum() == points[[JPN, EU27], CHN].sum()
        assert play.world.excused[[JPN, EU27], CHN] == pytest.approx(points[[JPN, EU27], CHN])
        assert breach(design.base, points, play.world.excused) == pytest.approx(0, abs=1e-12)
        assert not play.openings()[:, [JPN, EU27]].any()
        play.quarter()
    assert not play.world.beliefs.episodes[:, [JPN, EU27]].any()
    play.told("JPN", "comply")
    play.quarter()
    assert play.world.calls == () and np.abs(play.world.tariff - design.base.tariff).max() < 1e-15
    assert not play.world.excused.any()


def test_members_share_the_injury_each_as_if_it_were_its_own(design):
    play = Play(design, JPN=["shield", "resist"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute", 1))
    held = play.world.withheld[JPN, CHN]
    injury = (design.base.flow[JPN, CHN] * held).sum()
    play.quarter()
    added = (play.world.tariff - design.base.tariff)[[JPN, EU27], CHN] * design.base.goods_bought[[JPN, EU27], CHN]
    assert added.sum(axis=-1) == pytest.approx([injury, injury])


def test_a_shield_of_three_hundred_days_answers_in_the_fourth_quarter(design):
    play = Play(late(design, 300), JPN=["shield", "resist"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute", 1))
    play.quarter()
    called = play.scene.world.step
    assert play.said == [("JPN", "shield")]
    while np.array_equal(play.world.tariff, design.base.tariff):
        play.quarter()
    assert play.scene.world.step == called + 3  # the quarter of the call is the first


def test_a_coalition_that_does_not_agree_does_nothing(design):
    unsure = replace(design.settings.shields[0], resolve=1e-12)
    play = Play(replace(design, settings=replace(design.settings, shields=(unsure,))), JPN=["shield"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute", 1))
    play.quarters(3)
    assert not play.crisis.world.calls[0].agreed and np.array_equal(play.world.tariff, design.base.tariff)


def test_a_shield_called_under_a_threat_waits_for_the_measure(design):
    play = Play(design, JPN=["shield", "resist"], CHN=["carry out", "keep"])
    play.quarter(threat(design, CHN, JPN, "political", "threaten", 1))
    assert play.said == [("JPN", "shield")] and np.array_equal(play.world.tariff, design.base.tariff)
    play.quarter()
    assert (breach_points(design.base, play.world.tariff)[[JPN, EU27], CHN] > 0).all()
    dropped = Play(design, JPN=["shield"], CHN=["back down"])
    dropped.quarter(threat(design, CHN, JPN, "political"))
    dropped.quarter()
    assert dropped.world.calls == () and np.array_equal(dropped.world.tariff, design.base.tariff)


def test_answers_end_with_the_episode_that_they_answer_and_no_other(design):
    for first, second in ((JPN, EU27), (EU27, JPN)):
        names = [design.base.regions[k] for k in (first, second)]
        play = Play(design, **dict.fromkeys(names, ["retaliate", "resist"]), CHN=["keep"])
        for target in (first, second):
            play.quarter(threat(design, CHN, target, "political", "execute", 1))
        play.quarters(2)
        assert (breach_points(design.base, play.world.tariff)[[first, second], CHN] > 0).all()
        play.told(names[0], "comply")
        play.quarter()
        points = breach_points(design.base, play.world.tariff)
        assert points[first, CHN] == pytest.approx(0, abs=1e-12) and points[second, CHN] > 0
        assert [call.member for call in play.world.calls] == [second]


def test_retaliation_is_one_open_act_against_a_protector_and_so_is_a_refusal(design):
    play = Play(design, JPN=["retaliate", "resist"], USA=["keep"])
    play.quarter(threat(design, USA, JPN, "smaller_deficit", "execute"))
    assert play.world.beliefs.defied[JPN] == 0 and play.world.beliefs.wavered[JPN] == 1
    play.quarter()
    assert play.said == [("JPN", "retaliate")] and play.world.beliefs.defied[JPN] == 1
    refuses = Play(design, JPN=["resist"], USA=["back down"])
    refuses.quarter(threat(design, USA, JPN, "outlays"))
    assert refuses.world.beliefs.defied[JPN] == 1
    gives_in = Play(design, JPN=["comply"])
    gives_in.quarter(threat(design, USA, JPN, "outlays"))
    assert gives_in.world.beliefs.defied[JPN] == 0 and gives_in.world.beliefs.stood[JPN] == 1


# --- stocks -----------------------------------------------------------------------------------------------


def test_a_law_fills_its_stocks_while_nothing_is_withheld_and_they_are_drawn_when_it_is(design):
    base, domain = design.base, design.base.domains.index("chokepoint_minerals")
    cover = np.zeros(len(base.domains))
    cover[domain] = 0.66
    law = Shield("law", "stocks", (JPN,), np.inf, 0.0, 0.0, cover, 8.0, 0.05)
    kept = replace(design, settings=replace(design.settings, shields=(law,)))
    world, start = begin(kept), kept.stock[JPN, domain]
    for quarter in range(1, 12):
        world = replace(world, stock=stored(kept, world, world.withheld, world.works).stock)
        assert world.stock[JPN, domain] == pytest.approx(max(start, min(start + quarter * 0.66 / 8, 0.66)))
    others = np.ones_like(world.stock, dtype=bool)
    others[JPN, domain] = False
    assert np.array_equal(world.stock[others], kept.stock[others])
    withheld = world.withheld.copy()
    withheld[JPN, CHN, domain] = 0.5
    drawn = stored(kept, world, withheld, world.works).stock
    assert drawn[JPN, domain] == pytest.approx(world.stock[JPN, domain] - 0.5 * base.share[JPN, CHN, domain])
