"""Ledgers of threats and answers against a direct evaluation: chances times whole outcomes."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import begin, observe
from sim.moves.answers import injured
from sim.moves.asking import can_punish
from sim.moves.catalogue import owed
from sim.moves.demands import punished, with_answers
from sim.moves.episodes import harsher, option, sender_options, shields_of, size_of_injury, target_options
from sim.moves.path import set_scene
from sim.moves.risk import fear
from sim.moves.rollback import undone_worlds
from sim.moves.score import measures_of, possible_threats
from sim.moves.threats import deals, threat_terms, weighed, with_mood
from sim.rules.tariff import points_of
from sim.studies.direct import Direct
from sim.studies.direct_episodes import DirectEpisode, gain
from sim.world.crisis import IMPOSED, THREATENED, Call, Episode, Shield

EXACT = 1e-9


@pytest.fixture(scope="module")
def scenes(decisions, model_of):
    """A scene that came up in play and one before any move, with two coalitions more and beliefs that have moved."""
    fresh = model_of("both_squeeze", draw=1).design
    out = []
    for design, scene in (decisions[4][:2], (fresh, observe(fresh, begin(fresh), None)[0])):
        names, s = scene.base.regions, scene.settings
        none = np.zeros(len(scene.base.domains))
        pair = tuple(design.actors[:2])
        shields = (
            *s.shields,
            Shield("joint", "both within a month", pair, 0.33, 0.8, 1.0, none, 1.0, 0.0),
            Shield("late", "both, too late", pair, 3.3, 1.0, 0.5, none, 1.0, 0.0),
        )
        rng = np.random.default_rng(len(names))
        n = len(names)
        beliefs = replace(scene.world.beliefs, **{
            name: rng.integers(0, 4, n).astype(float)
            for name in ("carried", "dropped", "kept", "broken", "stood", "wavered", "defied")
        })  # fmt: skip
        world = replace(scene.world, beliefs=beliefs, episodes=(), calls=(), quiet=np.zeros((n, n)))
        out.append(replace(scene, settings=replace(s, shields=shields), world=world))
    return out


def cases(scene):
    """Every demand with every means that are not in use."""
    base, s, world = scene.base, scene.settings, scene.world
    return [(of, by) for of in s.demands for by in of.by if can_punish(base, s, world, of, by)]


def threatened(scene, of, by, price=0.01, audience=0.03, refused=0.0):
    step = scene.world.step
    return Episode(of, by, THREATENED, step - 1, step, -1, price, audience, refused)


def in_force(scene, of, by, answered=False, cooling=False, refused=0.005):
    """The scene two quarters after the measure came, and its episode; answered : by a coalition of the target."""
    base, s, before = scene.base, scene.settings, scene.world
    world = punished(base, s, before, of, by)
    if answered:
        value = injured(base, s, before, world, of.target, of.sender)
        after = with_answers(base, s, world, of.sender, (of.target,), value)
        points = [points_of(base, w.tariff, of.target)[of.sender] for w in (world, after)]
        call = Call("", of.target, of.sender, of.name, world.step, True, ((of.target, points[1] - points[0]),))
        world = replace(after, calls=(call,))
        world = replace(world, excused=np.maximum(world.excused, owed(world)))
    if not cooling:
        over = {name: np.zeros_like(getattr(world, name)) for name in ("cooling", "denial_cooling")}
        world = replace(world, **over)
    episode = Episode(of, by, IMPOSED, world.step - 3, world.step - 2, world.step - 2, 0.01, 0.03, refused)
    near = (scene.impact, scene.adapted)
    return set_scene(base, s, world, scene.weight, near, "test"), episode


def agree(options, expected, where):
    moves = options.ledger.catalogue.candidates
    assert [move.operation for move in moves] == list(expected), where
    for move, score in zip(moves, options.ledger.score, strict=True):
        assert abs(score - expected[move.operation]) < EXACT, (where, move.name)


def test_a_threat_is_worth_its_outcomes_times_their_chances(decisions, ledgers):
    seen, announced = set(), set()
    for (_, scene, actor), (ledger, _) in zip(decisions, ledgers, strict=True):
        catalogue, moves = ledger.catalogue, ledger.catalogue.candidates
        whole = Direct(scene, actor)
        for k in possible_threats(scene, catalogue):  # conditions announced to several are the sum over them
            if ledger.feasible[k] and moves[k].operation == "schedule":
                assert abs(ledger.terms[k].sum() - gain(whole, moves[k])) < EXACT, moves[k].name
                announced.add(moves[k].asks)
        open_now = [k for k in possible_threats(scene, catalogue) if moves[k].operation != "schedule"]
        if not open_now:
            continue
        met = deals(scene, [moves[k].demand for k in open_now])
        mine = [moves[k] for k in open_now]
        measures = measures_of(scene, catalogue, mine, fear(scene, actor), undone_worlds(scene, actor))
        for k, move in zip(open_now, mine, strict=True):
            deal, measure = met[move.demand.target, move.demand.name], measures[move.demand.target, move.by.name]
            found, ripe = weighed(scene, move, deal, measure)
            assert ledger.feasible[k] == ripe
            assert not ripe or found.worth >= 0  # one that is worth less than nothing waits
            terms = threat_terms(scene, move, found, deal, measure)
            assert not ripe or np.array_equal(with_mood(scene, actor, terms), ledger.terms[k])
            kind = actor, move.operation, move.asks, move.by.name, ripe
            if kind not in seen:
                assert abs(terms.sum() - DirectEpisode(scene, move.demand, move.by).worth(move)) < EXACT, move.name
            seen.add(kind)
    assert announced
    assert {operation for _, operation, *_ in seen} == {"threaten", "execute"}
    assert {name.split()[0] for *_, name, _ in seen} >= {"tariff", "licensing", "embargo"}
    assert {asks for _, _, asks, *_ in seen} >= {"outlays", "energy_offtake", "smaller_deficit", "political"}
    assert {ripe for *_, ripe in seen} == {True, False}


def test_answers_to_a_threat(scenes):
    shielded = 0
    for scene in scenes:
        for of, by in cases(scene):
            episode = threatened(scene, of, by)
            expected = DirectEpisode(scene, of, by, episode).under_threat()
            agree(target_options(scene, episode), expected, (of.name, by.name))
            shielded += "shield" in expected
    assert shielded


def test_answers_to_a_measure_in_force(scenes):
    for scene in scenes:
        for k, (of, by) in enumerate(cases(scene)):
            now, episode = in_force(scene, of, by, answered=k % 2 == 1)
            expected = DirectEpisode(now, of, by, episode).under_measure()
            assert ("retaliate" in expected) == (k % 2 == 0)
            agree(target_options(now, episode), expected, (of.name, by.name))


@pytest.mark.parametrize("delay", [0, 1])
def test_an_answer_under_way_is_given_up_by_giving_in(scenes, delay):
    """Called and not yet in force: resisting keeps what it may win, so complying is worth that much less."""
    for scene in scenes:
        joint = next(s for s in scene.settings.shields if s.name == "joint")
        of, by = next((of, by) for of, by in cases(scene) if of.target in joint.members)
        now, episode = in_force(scene, of, by)
        call = Call("joint", of.target, of.sender, of.name, now.world.step + delay, True)
        waiting = replace(now, world=replace(now.world, calls=(call,)))
        expected = DirectEpisode(waiting, of, by, episode).under_measure()
        assert list(expected) == ["resist", "comply"]
        options = target_options(waiting, episode)
        agree(options, expected, (of.name, by.name))
        alone = target_options(now, episode)
        assert options.ledger.score[1] < alone.ledger.score[1] and options.beaten < alone.beaten
        refused = replace(waiting, world=replace(now.world, calls=(replace(call, agreed=False),)))
        assert target_options(refused, episode).ledger.score[1] == alone.ledger.score[1]


def test_a_call_under_way_makes_a_threat_less_believed(scenes):
    scene = scenes[0]
    joint = next(s for s in scene.settings.shields if s.name == "joint")
    for of, by in cases(scene):
        if of.target not in joint.members:
            continue
        call = Call("joint", of.target, of.sender, of.name, scene.world.step, True)
        called = replace(scene, world=replace(scene.world, calls=(call,)))
        episode = threatened(called, of, by)
        expected = DirectEpisode(called, of, by, episode).under_threat()
        agree(target_options(called, episode), expected, (of.name, by.name))
        assert target_options(called, episode).ledger.score[1] <= target_options(scene, episode).ledger.score[1] + 1e-12


def test_a_sender_at_its_deadline(scenes):
    for scene in scenes:
        for k, (of, by) in enumerate(cases(scene)):
            episode = threatened(scene, of, by, refused=(0.0, 0.004)[k % 2])
            expected = DirectEpisode(scene, of, by, episode).at_deadline()
            agree(sender_options(scene, episode), expected, (of.name, by.name))


def test_a_sender_whose_measure_stands(scenes):
    kinds = set()
    for scene in scenes:
        for k, (of, by) in enumerate(cases(scene)):
            now, episode = in_force(scene, of, by, answered=k % 2 == 1)
            more = harsher(now, by)
            expected = DirectEpisode(now, of, by, episode).in_force(more)
            agree(sender_options(now, episode), expected, (of.name, by.name))
            kinds.add((by.instrument, *expected))
    assert kinds >= {("tariff", "keep", "lift"), ("control", "keep", "lift", "escalate"), ("control", "keep", "lift")}


def test_a_control_is_not_lifted_before_its_cooling_off_time_is_over(scenes):
    of, by = next((of, by) for of, by in cases(scenes[1]) if by.instrument == "control")
    now, episode = in_force(scenes[1], of, by, cooling=True)
    assert "lift" not in [move.operation for move in sender_options(now, episode).ledger.catalogue.candidates]


def test_a_tariff_that_is_taken_off_costs_nothing_to_lift(scenes):
    of, by = next((of, by) for of, by in cases(scenes[0]) if by.instrument == "tariff")
    now, episode = in_force(scenes[0], of, by)
    ledger = sender_options(now, episode).ledger
    lift = [move.operation for move in ledger.catalogue.candidates].index("lift")
    assert ledger.term("programme_cost")[lift] == 0


def test_the_injury_is_the_same_before_and_after_it_is_done(scenes):
    for scene in scenes:
        for of, by in cases(scene):
            now, episode = in_force(scene, of, by)
            before = size_of_injury(scene, threatened(scene, of, by))
            assert before == pytest.approx(size_of_injury(now, episode), rel=1e-9) and before > 0


def test_the_surest_and_fastest_shield_is_called_and_only_once(scenes):
    scene = scenes[0]
    of, by = next((of, by) for of, by in cases(scene) if of.target == scene.settings.shields[-1].members[0])
    episode = threatened(scene, of, by)
    assert shields_of(scene, episode)[0].name == "joint"
    call = Call("late", of.target, of.sender, of.name, scene.world.step, True)
    assert shields_of(replace(scene, world=replace(scene.world, calls=(call,))), episode) == []


def test_an_answer_is_named_after_the_other_side(scenes):
    of, by = cases(scenes[0])[0]
    names, episode = scenes[0].base.regions, threatened(scenes[0], of, by)
    assert names[of.sender] in option(scenes[0], episode, "comply").name
    assert names[of.target] in option(scenes[0], episode, "back down").name
