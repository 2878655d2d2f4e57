"""Episodes a quarter on: constructed cases, answered as told, so that each state and count can be looked at."""

import pickle
from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pytest

from sim import draws
from sim.engine.crisis import open_episode
from sim.engine.step import audiences, begin, observe
from sim.moves.asking import can_open
from sim.moves.catalogue import feasible, owed, with_tariff
from sim.rules.bargaining import drawn_value
from sim.rules.tariff import breach, breach_points
from sim.world.crisis import FAILED, IMPOSED, SETTLED, THREATENED
from sim.world.state import World
from tests.engine.played import CHN, EU27, JPN, USA, Play, threat


def same_world(one, other):
    names = [f.name for f in fields(World) if f.name not in ("beliefs", "works")]
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    pairs += [(getattr(one.works, f.name), getattr(other.works, f.name)) for f in fields(one.works)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


# --- how an episode goes ----------------------------------------------------------------------------------


def test_a_target_that_gives_in_at_once_does_what_was_asked_and_nothing_is_imposed(design):
    play = Play(design, JPN=["comply"])
    play.quarter(threat(design, USA, JPN, "outlays"))
    assert play.said == [("JPN", "comply")] and play.crisis.ended[0][1] == SETTLED
    assert play.world.outlays[JPN] == 0.02 and play.world.episodes == ()
    assert np.array_equal(play.world.tariff, design.base.tariff)


def test_a_refused_threat_stands_until_its_deadline_and_is_then_dropped(design):
    play = Play(design, JPN=["resist"], USA=["back down"])
    play.quarter(threat(design, USA, JPN, "outlays"))
    (episode,) = play.world.episodes
    assert (episode.state, episode.since, episode.deadline, episode.imposed) == (THREATENED, 0, 1, -1)
    play.quarter()
    assert play.said == [("USA", "back down")] and play.crisis.ended[0][1] == FAILED and play.world.episodes == ()
    assert play.world.beliefs.dropped[USA] == 1 and not play.world.beliefs.carried.any()


def test_a_threat_that_is_carried_out_counts_once_and_its_measure_stands(design):
    play = Play(design, JPN=["resist"], USA=["carry out", "keep"])
    play.quarter(threat(design, USA, JPN, "outlays"))
    assert play.openings()[JPN, USA] == 1 and play.world.beliefs.episodes[JPN, USA] == 1
    play.quarter()
    assert play.openings()[JPN, USA] == 0  # it was opened when it was made
    assert play.world.beliefs.carried[USA] == 1 and not play.world.beliefs.dropped.any()
    (episode,) = play.world.episodes
    assert (episode.state, episode.imposed) == (IMPOSED, 1)
    cells = np.ix_((USA,), (JPN,), episode.punishment.domains)
    assert play.world.tariff[cells] == pytest.approx(design.base.tariff[cells] + episode.punishment.level)
    play.quarters(2)
    assert play.world.episodes[0].state == IMPOSED and play.said == []  # resisting and keeping change nothing


def test_a_measure_that_comes_with_its_demand_is_in_force_at_once(design):
    play = Play(design, JPN=["resist"])
    play.quarter(threat(design, CHN, JPN, "political", "execute"))
    (episode,) = play.world.episodes
    assert episode.state == IMPOSED and episode.imposed == episode.since == 0
    assert play.openings()[JPN, CHN] == 1 and not play.world.beliefs.carried.any()  # nothing was refused


@pytest.mark.parametrize(("target", "name", "means"), [(JPN, "outlays", 0), (JPN, "smaller_deficit", 1),
                                                       (EU27, "energy_offtake", 0)])  # fmt: skip
@pytest.mark.parametrize("ends", [("comply", "keep"), ("resist", "lift")])
def test_a_released_measure_leaves_rates_and_controls_as_they_were(design, target, name, means, ends):
    play = Play(design, JPN=["resist"], EU27=["resist"], USA=["keep"])
    play.quarter(threat(design, USA, target, name, "execute", means))
    assert not same_world(play.world, play.before)
    play.quarters(design.settings.cooling_off)
    play.told(design.base.regions[target], ends[0])
    play.told("USA", ends[1])
    play.quarter()
    assert play.world.episodes == () and not play.world.withheld.any()
    assert np.abs(play.world.tariff - design.base.tariff).max() < 1e-15
    assert play.crisis.ended[0][1] == (SETTLED if ends[0] == "comply" else FAILED)


def test_a_control_does_not_flicker(design):
    play = Play(design, JPN=["resist"], CHN=["lift", "keep"])
    sender, move = threat(design, CHN, JPN, "political", "execute")
    play.quarter((sender, move))
    held = 1
    while play.world.episodes:
        play.quarter()
        held += 1
    assert held == design.settings.cooling_off + 1  # lifted at the first chance
    again = [m for m in design.catalogues[CHN].candidates if m.operation == "licensing" and JPN in m.partners]
    waited = 0
    while not can_open(design.base, design.settings, play.world, move.demand, move.by):
        assert play.world.quiet[JPN, CHN] > 0
        assert not feasible(design.base, design.settings, play.world, CHN, again[0])
        play.quarter()
        waited += 1
    assert waited == design.settings.bargaining.cooling_off - 1  # the quarter in which it ended counts


def test_an_escalation_is_the_next_level_and_ends_with_its_episode(design):
    play = Play(design, JPN=["resist"], CHN=["escalate", "keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute"))
    levels = design.settings.levels
    cells = np.ix_((JPN,), (CHN,), play.world.episodes[0].punishment.domains)
    assert (play.world.withheld[cells] == levels[0]).all()
    play.quarter()
    assert play.said == [("CHN", "escalate")] and (play.world.withheld[cells] == levels[1]).all()
    assert play.world.episodes[0].punishment.level == levels[1]
    play.told("JPN", "comply")
    play.quarter()
    assert not play.world.withheld.any()


def test_a_demand_that_is_met_meanwhile_is_settled(design):
    for operation in ("threaten", "execute"):
        play = Play(design, JPN=["resist"], USA=["carry out"])
        play.quarter(threat(design, USA, JPN, "outlays", operation))
        outlays = play.world.outlays.copy()
        outlays[JPN] = 0.05
        play.world = replace(play.world, outlays=outlays)
        play.quarter()
        assert [state for _, state in play.crisis.ended] == [SETTLED] and play.said == []
        assert np.abs(play.world.tariff - design.base.tariff).max() < 1e-15


def test_refusing_shows_the_sender_that_a_price_is_not_beaten(design):
    play = Play(design, JPN=["resist"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute", 1))
    assert play.world.episodes[0].refused == 0
    play.quarter()
    first = play.world.episodes[0].refused
    assert first > 0
    play.quarter()
    assert play.world.episodes[0].refused >= first


@pytest.mark.parametrize("operation", ["threaten", "execute"])
def test_a_policy_that_gives_in_always_gives_in_whatever_its_rule_says(design, operation):
    play = Play(replace(design, complies_with=(CHN,)), JPN=["resist"], EU27=["resist"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", operation))
    play.quarter()
    assert play.world.episodes == () and play.world.settled[JPN, CHN]
    other = Play(replace(design, complies_with=(CHN,)), JPN=["resist"], EU27=["resist"], CHN=["keep"])
    other.quarter(threat(design, CHN, EU27, "political", operation))  # its rule is the focus's alone
    other.quarter()
    assert len(other.world.episodes) + len(other.crisis.ended) == 1 and not other.world.settled.any()


# --- bargains ---------------------------------------------------------------------------------------------


def test_a_bargain_is_kept_when_nothing_new_is_asked_for_twice_the_quiet_time(design):
    play = Play(design, JPN=["comply"])
    play.quarter(threat(design, CHN, JPN, "political"))
    for quarter in range(1, 2 * design.settings.bargaining.cooling_off):  # the quarter in which it was made counts
        assert not play.world.beliefs.kept.any() and play.world.settled[JPN, CHN], quarter
        assert not play.world.beliefs.broken.any()  # least of all by the threat that led to it
        play.quarter()
    assert play.world.beliefs.kept[CHN] == 1 and not play.world.beliefs.broken.any()
    assert not play.world.settled.any()


def test_a_pair_that_has_settled_is_quiet(design):
    play = Play(design, JPN=["comply"])
    move = threat(design, CHN, JPN, "political")[1]
    play.quarter((CHN, move))
    for _ in range(design.settings.bargaining.cooling_off - 1):
        assert play.world.quiet[JPN, CHN] > 0
        assert not can_open(design.base, design.settings, play.world, move.demand, move.by)
        play.quarter()
    assert can_open(design.base, design.settings, play.world, move.demand, move.by)


def test_a_new_demand_after_the_quiet_time_breaks_the_bargain_and_may_make_another(design):
    play = Play(design, JPN=["comply"])
    move = threat(design, CHN, JPN, "political")
    play.quarter(move)
    play.quarters(design.settings.bargaining.cooling_off)
    play.quarter(move)
    assert play.world.beliefs.broken[CHN] == 1 and not play.world.beliefs.kept.any()
    assert play.world.settled[JPN, CHN]  # the new bargain is watched as the old one was
    play.quarters(2 * design.settings.bargaining.cooling_off - 1)
    assert play.world.beliefs.kept[CHN] == 1 and play.world.beliefs.broken[CHN] < 1  # forgotten in part


@pytest.mark.parametrize("ends", ["comply", "lift"])
def test_rates_that_a_bargain_leaves_are_no_offence_and_those_of_a_failed_one_are(design, ends):
    """A tariff from before the episode outlives it: agreed where the target gave in, else a breach as before."""
    play = Play(design, JPN=["resist"], USA=["keep"])
    tariff = play.world.tariff.copy()
    tariff[USA, JPN] += 0.1 * design.base.goods
    play.world = replace(play.world, tariff=tariff)
    start = breach_points(design.base, tariff)[USA, JPN]
    play.quarter(threat(design, USA, JPN, "outlays", "execute"))
    assert play.world.agreed[USA, JPN] == 0 and owed(play.world)[USA, JPN] == 0
    play.told("JPN" if ends == "comply" else "USA", ends)
    play.quarter()
    points, kept = breach_points(design.base, play.world.tariff), ends == "comply"
    assert points[USA, JPN] == pytest.approx(start) and play.world.episodes == ()
    assert play.world.agreed[USA, JPN] == pytest.approx(start * kept)
    assert play.world.agreed.sum() == play.world.agreed[USA, JPN]
    offence = (points - play.world.excused)[USA, JPN]
    assert offence == pytest.approx(start * (not kept), abs=1e-12)
    assert breach(design.base, points, play.world.excused)[USA] == pytest.approx(
        design.base.partner_weight[USA, JPN] * offence, abs=1e-12
    )
    match = [m for m in design.catalogues[JPN].candidates if m.operation == "match" and m.partners == (USA,)]
    assert any(feasible(design.base, design.settings, play.world, JPN, m) for m in match) == (not kept)
    play.quarters(3)  # it stays what it is
    assert (breach_points(design.base, play.world.tariff) - play.world.excused)[USA, JPN] == pytest.approx(offence)


def test_what_is_raised_beyond_a_bargain_is_an_offence_and_what_is_cut_below_it_is_forgotten(design):
    play = Play(design, JPN=["comply"], USA=["keep"])
    tariff = play.world.tariff.copy()
    tariff[USA, JPN] += 0.1 * design.base.goods
    play.world = replace(play.world, tariff=tariff)
    play.quarter(threat(design, USA, JPN, "outlays"))
    agreed = play.world.agreed[USA, JPN]
    assert agreed > 0
    for change in (0.05, -0.05):
        tariff = play.world.tariff.copy()
        tariff[USA, JPN] += change * design.base.goods
        moved = with_tariff(design.base, design.settings, play.world, USA, tariff)
        points = breach_points(design.base, moved.tariff)[USA, JPN]
        assert moved.excused[USA, JPN] == pytest.approx(min(points, agreed))
        assert points - moved.excused[USA, JPN] == pytest.approx(max(points - agreed, 0), abs=1e-12)


# --- state and luck ---------------------------------------------------------------------------------------


def test_episodes_and_calls_survive_pickling_and_copying(design):
    play = Play(design, JPN=["shield", "resist"], EU27=["resist"], CHN=["keep"])
    play.quarter(threat(design, CHN, JPN, "political", "execute", 1))
    play.quarter(threat(design, CHN, EU27, "political"))
    assert len(play.world.episodes) == 2 and len(play.world.calls) == 1
    for copy in (pickle.loads(pickle.dumps(play.world)), deepcopy(play.world)):
        assert same_world(copy, play.world)
        branch = Play(design, JPN=["shield", "resist"], EU27=["resist"], CHN=["keep"])
        branch.world, branch.scene = copy, play.scene
        branch.quarter()
        onward = Play(design, JPN=["shield", "resist"], EU27=["resist"], CHN=["keep"])
        onward.world, onward.scene = play.world, play.scene
        assert same_world(branch.world, onward.quarter())


def test_private_values_are_keyed_by_name_and_the_same_under_any_policy(model_of):
    models = [model_of("both_squeeze", policy, seed=7, run=3) for policy in ("adaptive", "eu_hedge")]
    one, other = (m.design for m in models)
    scenes = [observe(d, begin(d), None)[0] for d in (one, other)]
    assert np.array_equal(scenes[0].world.audience, scenes[1].world.audience)
    assert len(set(scenes[0].world.audience)) == len(one.settings.demands)  # each its own
    prices = set()
    for of in one.settings.demands:
        move = threat(one, of.sender, of.target, of.name)[1]
        pair = [open_episode(d, s, move) for d, s in zip((one, other), scenes, strict=True)]
        assert pair[0].price == pair[1].price and pair[0].audience == pair[1].audience
        prices.add(pair[0].price)
    assert len(prices) == len(one.settings.demands)
    of, s = one.settings.demands[0], one.settings.bargaining
    names = one.base.regions
    luck = draws.normal(7, "price", 3, 0, names[of.target], f"{of.name} {names[of.sender]}")
    expected = drawn_value(s.price_median, s.price_spread, float(luck))
    assert open_episode(one, scenes[0], threat(one, of.sender, of.target, of.name)[1]).price == expected


def test_what_a_sender_hides_does_not_hang_on_what_else_is_asked(model_of):
    design = model_of("both_squeeze", seed=7, run=3).design
    world = begin(design)
    every = audiences(design, world)
    some = replace(design, settings=replace(design.settings, demands=design.settings.demands[::-2]))
    assert np.array_equal(audiences(some, world), every[::-2])
    assert (audiences(replace(design, seed=8), world) != every).all()
    assert (audiences(design, replace(world, step=1)) != every).all()  # drawn anew until it asks
