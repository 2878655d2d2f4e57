"""Denials as moves and as punishments: who may make them, their worth by a direct evaluation, what is feared."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.design import REST
from sim.engine.menu import catalogue
from sim.engine.step import begin, observe
from sim.moves.catalogue import applied, feasible, merged
from sim.moves.controls import tightened
from sim.moves.episodes import harsher, sender_options, size_of_injury, target_options
from sim.moves.path import set_scene
from sim.moves.risk import expected_loss, fear
from sim.moves.score import score
from sim.moves.threats import later_hurt
from sim.rules.programmes import works_ahead
from sim.scenario.schema import PolicyFile
from sim.studies.direct import Direct
from sim.studies.direct_episodes import DirectEpisode, gain
from tests.conftest import scenario_of
from tests.moves.test_episodes import EXACT, agree, cases, in_force, threatened

JPN, EU27, USA, CHN = range(4)
FREE = PolicyFile(kind="policy", name="open", title="open", description="everything", open=REST)


@pytest.fixture(scope="module")
def denying(model_of):
    """(design, scene) in which arms, capital and cables may be denied, before any move."""
    design = model_of("arms_denial", shocks=False, quarters=60).design
    return design, observe(design, begin(design), None)[0]


def at(design, scene, world):
    return set_scene(design.base, design.settings, world, design.weight, (scene.impact, scene.adapted), "test")


def named(design, actor, name):
    menu = design.catalogues[actor]
    return menu.candidates[menu.names.index(name)]


def denies(design, world, name, actor=USA):
    return applied(design.base, design.settings, world, actor, named(design, actor, name))


def building(design, world, *names):
    """The world with programmes begun and half of their time gone."""
    for name in names:
        world = applied(design.base, design.settings, world, JPN, named(design, JPN, f"programme begin {name}"))
    return replace(world, works=works_ahead(design.settings.programmes, world.works, 40)[-1])


ARMS = "control deny JPN defence supply"


# --- who may -----------------------------------------------------------------------------------------------


def test_only_who_has_a_share_to_deny_may_deny_it_and_only_where_it_is_open(denying, model_of):
    design, scene = denying
    names = {a: [m.name for m in design.catalogues[a].candidates if m.holding >= 0] for a in design.actors}
    assert ARMS in names[USA] and "control deny JPN capital_outward_stock freeze" in names[CHN]
    assert not any("defence" in name for name in names[CHN])  # sells Japan no arms
    assert not any(name.startswith("control deny") for name in names[JPN])
    assert not any("EU27 capital_outward" in name for a in names for name in names[a])  # there are no data
    for actor in design.actors:
        for move in design.catalogues[actor].candidates:
            if move.holding >= 0:
                lift = move.operation == "lift"
                assert feasible(design.base, design.settings, scene.world, actor, move) != lift
    closed = model_of("disputes", shocks=False).design
    assert not any(m.holding >= 0 for c in closed.catalogues.values() for m in c.candidates)
    assert closed.settings.conduct_prior.shape[1] == len(closed.base.domains) * len(closed.settings.levels) + 1


def test_programmes_on_what_nobody_may_deny_are_no_candidates(denying, model_of):
    design, closed = denying[0], model_of("disputes", shocks=False).design
    moved = {one.name for one in design.settings.programmes if one.shifts}
    offered = [{m.group for m in d.catalogues[JPN].candidates if m.programme >= 0} for d in (design, closed)]
    assert moved == {"gcap", "access_agreements", "cable_spurs", "outward_fdi", "inward_fdi"}
    assert moved <= offered[0] and not moved & offered[1]


def test_a_denial_cools_off_and_is_lifted_to_where_it_was(denying):
    design, scene = denying
    there = denies(design, scene.world, ARMS)
    assert there.denied[JPN, USA, design.settings.holdings.names.index("defence")] == 1
    lift = named(design, USA, "control lift JPN defence")
    assert not feasible(design.base, design.settings, there, USA, lift)
    over = replace(there, denial_cooling=np.zeros_like(there.denial_cooling))
    assert feasible(design.base, design.settings, over, USA, lift)
    back = applied(design.base, design.settings, over, USA, lift)
    assert np.array_equal(back.denied, scene.world.denied)
    half = denies(design, scene.world, "control deny JPN defence sustainment")
    assert 0 < half.denied.sum() < 1 and tightened(scene.world, half)[JPN, USA]
    both = merged(design.settings, scene.world, {USA: there, JPN: scene.world})
    assert np.array_equal(both.denied, there.denied)


# --- what it is worth ---------------------------------------------------------------------------------------


def checked(scene, menu, names):
    ledger, whole = score(scene, menu, all_exact=True), Direct(scene, menu.actor)
    count = 0
    for k, move in enumerate(menu.candidates):
        if ledger.feasible[k] and any(part in move.name for part in names):
            assert abs(ledger.terms[k].sum() - gain(whole, move)) < EXACT, move.name
            count += 1
    assert count
    return ledger


def test_denials_and_threats_of_them_sum_to_a_direct_evaluation(denying):
    design, scene = denying
    ledger = checked(scene, design.catalogues[USA], ("deny", "lift", "threat"))
    arms = design.catalogues[USA].names.index(ARMS)
    assert ledger.term("real_income")[arms] < 0 and ledger.term("punishment_cost")[arms] < 0  # lost orders, and the act


def test_programmes_sum_to_a_direct_evaluation_in_calm_and_under_a_denial(denying):
    design, scene = denying
    calm = checked(scene, design.catalogues[JPN], ("programme",))
    world = building(design, scene.world, "cable_spurs", "outward_fdi")
    world = denies(design, denies(design, world, ARMS), "control deny JPN capital_outward_stock freeze", CHN)
    hit = checked(at(design, scene, world), design.catalogues[JPN], ("programme", "tariff match", "hedge CHN"))
    gcap, at_all = design.catalogues[JPN].names.index("programme begin gcap"), calm.term("coercion_risk") > 0
    assert at_all[gcap] and calm.term("real_income")[gcap] == pytest.approx(0, abs=1e-9)
    assert hit.term("real_income")[gcap] > 0  # what is denied weighs less once the fighter flies


def test_lifting_sums_to_a_direct_evaluation_and_gives_back_what_was_lost(denying):
    design, scene = denying
    world = denies(design, scene.world, ARMS)
    over = at(design, scene, replace(world, denial_cooling=np.zeros_like(world.denial_cooling)))
    ledger = checked(over, design.catalogues[USA], ("lift JPN defence",))
    lift = design.catalogues[USA].names.index("control lift JPN defence")
    assert ledger.term("real_income")[lift] > 0


def test_political_value_and_distaste_count_as_for_controls(denying):
    design, scene = denying
    held, tastes = design.settings.holdings, design.settings.tastes
    value = np.zeros_like(held.value)
    value[USA, JPN] = 0.07
    settings = replace(design.settings, holdings=replace(held, value=value),
                       tastes=replace(tastes, control=np.full(len(design.base.regions), 0.02)))  # fmt: skip
    ledger = checked(replace(scene, settings=settings), design.catalogues[USA], ("deny JPN defence",))
    arms = design.catalogues[USA].names.index(ARMS)
    assert ledger.term("concession")[arms] == pytest.approx(0.07)
    plain = score(scene, design.catalogues[USA], all_exact=True)
    rise = ledger.term("taste")[arms] - plain.term("taste")[arms]
    assert rise == pytest.approx(-(0.02 - tastes.control[USA]))


# --- episodes ------------------------------------------------------------------------------------------------


def test_answers_in_an_episode_over_arms_agree_with_a_direct_evaluation(denying):
    design, scene = denying
    world = building(design, scene.world, "gcap", "access_agreements")
    scene = at(design, scene, replace(world, step=4))
    over = [(of, by) for of, by in cases(scene) if by.holding >= 0]
    assert {(of.sender, of.target) for of, _ in over} >= {(USA, JPN), (USA, EU27), (CHN, JPN)}
    for k, (of, by) in enumerate(over):
        episode = threatened(scene, of, by)
        agree(target_options(scene, episode), DirectEpisode(scene, of, by, episode).under_threat(), by.name)
        agree(sender_options(scene, episode), DirectEpisode(scene, of, by, episode).at_deadline(), by.name)
        now, stands = in_force(scene, of, by, answered=k % 2 == 1)
        agree(target_options(now, stands), DirectEpisode(now, of, by, stands).under_measure(), by.name)
        agree(sender_options(now, stands), DirectEpisode(now, of, by, stands).in_force(harsher(now, by)), by.name)
        assert size_of_injury(scene, episode) == pytest.approx(size_of_injury(now, stands), rel=1e-9)
        assert size_of_injury(scene, episode) > 0


def test_a_programme_under_way_closes_the_window(denying):
    design, scene = denying
    of, by = next((of, by) for of, by in cases(scene) if by.holding >= 0 and of.target == JPN and by.level == 1)
    assert later_hurt(scene, of, by, 1.0) == 1.0  # nothing is built
    begun = applied(design.base, design.settings, scene.world, JPN, named(design, JPN, "programme begin gcap"))
    soon = works_ahead(design.settings.programmes, begun.works, 40)[-1]
    assert later_hurt(at(design, scene, replace(begun, works=soon)), of, by, 1.0) < 0.95


# --- fear ----------------------------------------------------------------------------------------------------


def test_what_may_be_denied_is_feared_as_often_as_conduct_says(denying, model_of):
    design, scene = denying
    of = fear(scene, JPN)
    mine = [(stop.senders[0], stop.holding, stop.withheld) for stop in of.stops if stop.holding >= 0]
    assert len(mine) == len(set(mine)) == 16 and {j for j, *_ in mine} == {EU27, USA, CHN}
    rates = np.array([r for stop, r in zip(of.stops, of.arrivals.rate, strict=True) if stop.holding >= 0])
    assert (rates > 0).all() and rates.sum() < of.arrivals.opening.sum()
    safe = np.zeros_like(of.held)
    assert expected_loss(scene, of, of.composition, of.reach, safe) < expected_loss(scene, of, of.composition, of.reach)
    closed = model_of("disputes", shocks=False).design
    other = fear(observe(closed, begin(closed), None)[0], JPN)
    assert not any(stop.holding >= 0 for stop in other.stops)


def test_fear_of_a_denial_falls_with_the_programme_that_answers_it(denying):
    design, scene = denying
    menu = catalogue(scenario_of("arms_denial"), FREE, design.base, design.settings, "JPN")
    ledger = score(scene, menu)
    for name in ("gcap", "access_agreements", "cable_spurs", "outward_fdi", "inward_fdi"):
        assert ledger.term("coercion_risk")[menu.names.index(f"programme begin {name}")] > 0, name
