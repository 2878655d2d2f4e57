"""Rules that think about the others, or remember: each against the case in which it must be another rule."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import act, decide, observe, seen_by
from sim.errors import MoveError
from sim.moves.path import set_scene
from sim.moves.score import make_trials, score
from sim.moves.supposed import all_made
from sim.strategies import find_strategy
from sim.strategies.base import Strategy, candidate_costs
from sim.strategies.best_response import BestResponse
from sim.strategies.experience_weighted import ExperienceWeighted
from sim.strategies.fictitious_play import FictitiousPlay, tendency
from sim.strategies.level_k import LevelK
from sim.strategies.quantal_response import QuantalResponse
from sim.world.past import PastMove, Remembered
from tests.conftest import SEED


@pytest.fixture(scope="module")
def offers(decisions, ledgers):
    """(what the actor sees, its ledger) of several decisions."""
    return [(seen_by(design, scene.world, actor, scene), ledger)
            for (design, scene, actor), (ledger, _) in zip(decisions, ledgers, strict=True)]  # fmt: skip


def past(seen, actor, *names):
    """What everybody saw of one actor, a pick a quarter."""
    return tuple(PastMove(f"20{k:02d}Q1", actor, name) for k, name in enumerate(names))


class Pretended:
    """Others of whom it is known what they would pick, and what then anything would be worth."""

    def __init__(self, actors, me, ledgers):
        self.actors, self.me, self._ledgers = actors, me, ledgers
        self.codes = [code for code in actors if code != me]

    def predicted(self, code, made):
        return self._ledgers["predicted", code, tuple(sorted((c, n) for c, n in made.items() if c != code))]

    def ledger(self, made):
        return self._ledgers["own", tuple(sorted(made.items()))]

    def possible(self, code, name):
        return True


def favouring(ledger, pick):
    """The ledger with one candidate far ahead of all others; None: hold."""
    terms = np.where(ledger.feasible[:, None], -1.0, np.nan) * np.ones_like(ledger.terms)
    terms[0] = 0.0
    if pick is not None:
        terms[pick] = 1.0
    return replace(ledger, terms=terms)


# --- what the others' moves would change ------------------------------------------------------------------


def test_if_nobody_else_moves_the_ledger_is_the_one_at_hand_bit_for_bit(offers):
    for seen, ledger in offers[::2]:
        again = seen.others.ledger({code: "hold" for code in seen.others.codes})
        assert np.array_equal(again.terms, ledger.terms, equal_nan=True)
        assert seen.others.ledger({}) is again  # and is computed once


def a_hostile_move(design, scene, actor):
    """Another actor and its largest feasible tariff on this one."""
    for by, menu in design.catalogues.items():
        if by == actor:
            continue
        trial = make_trials(scene, menu)
        hits = [m for m in trial.moves if m.operation == "raise" and m.partners == (actor,) and m.group == "goods"]
        if hits:
            return by, max(hits, key=lambda m: m.level)
    raise AssertionError("nobody can raise tariffs on it")


def test_a_supposed_move_is_scored_as_the_engine_would_make_it(decisions, offers):
    """The equilibrium of hold is that of the merged world, and own moves are those made in the world before."""
    (design, scene, actor), (seen, ledger) = decisions[0], offers[0]
    by, move = a_hostile_move(design, scene, actor)
    supposed = seen.others.ledger({design.base.regions[by]: move.name})
    world = all_made(scene.base, scene.settings, scene.world, {by: move})
    assert (world.tariff[by, actor] > scene.world.tariff[by, actor]).any()
    there = set_scene(scene.base, scene.settings, world, scene.weight, (scene.impact, scene.adapted), "there")
    plain = score(there, design.catalogues[actor])
    can, could = ({*np.flatnonzero(one.feasible), *one.vetoed} for one in (supposed, ledger))
    assert can == could  # simultaneous: no answer to what is not yet seen
    matches = [k for k, m in enumerate(plain.catalogue.candidates) if m.operation == "match" and m.partners == (by,)]
    assert plain.feasible[matches].any() and not supposed.feasible[matches].any()
    hedges = [k for k, m in enumerate(plain.catalogue.candidates) if m.instrument == "hedge" and ledger.feasible[k]]
    both = [k for k in hedges if plain.exact[k] == supposed.exact[k]]
    assert both and np.allclose(supposed.score[both], plain.score[both], rtol=0, atol=1e-9)
    assert np.abs(supposed.score[both] - ledger.score[both]).max() > 1e-6  # and it does matter


def test_all_made_is_what_the_quarter_does(model_of):
    model = model_of("america_first", draw=2, seed=SEED, run=2, quarters=3)
    while not model.done:
        quarter = model.advance()
        moves = {d.actor: model.design.catalogues[d.actor].candidates[d.pick] for d in quarter.decisions}
        made = all_made(model.design.base, model.design.settings, quarter.scene.world, moves)
        assert np.array_equal(made.tariff, act(model.design, quarter.scene, quarter.decisions).tariff)
        assert np.array_equal(made.tariff, quarter.settled.world.tariff)


def test_a_rule_that_does_not_ask_about_the_others_costs_no_equilibrium(decisions, monkeypatch):
    design, scene, actor = decisions[0]

    def solved(*_):
        raise AssertionError("solved a scene that nobody asked for")

    monkeypatch.setattr("sim.moves.supposed.set_scene", solved)
    quick = replace(design, strategies=dict.fromkeys(design.actors, BestResponse()))
    assert decide(quick, scene, actor).pick >= 0


# --- level k ----------------------------------------------------------------------------------------------


def test_level_one_is_the_best_response(offers):
    picks = [(LevelK(k=1).choose(*one), BestResponse().choose(*one)) for one in offers]
    assert all(a == b for a, b in picks) and any(a for a, _ in picks)


def test_level_two_answers_the_best_responses_of_the_others(decisions, offers):
    """By hand: everybody else's best response in no mood, made at once, then one's own ledger in that world."""
    for (design, scene, actor), (seen, _) in list(zip(decisions, offers, strict=True))[:4]:
        calm = replace(scene, world=replace(scene.world, politics=np.zeros_like(scene.world.politics)))
        moves = {}
        for other in design.actors:
            if other != actor:
                theirs = score(calm, design.catalogues[other])
                pick = BestResponse().choose(seen_by(design, scene.world, other), theirs)
                moves[other] = design.catalogues[other].candidates[pick]
        expected = {design.base.regions[a]: m.name for a, m in moves.items() if m.instrument}
        assert LevelK(k=2).expected(seen) == expected


def test_nobody_reads_the_mood_of_others_and_everybody_knows_its_own(decisions):
    """A mood that would make everybody move changes what an actor itself is worth, and nothing it expects."""
    for design, scene, actor in decisions[:2]:
        cross = replace(scene, world=replace(scene.world, politics=np.full_like(scene.world.politics, 3.0)))
        plain, moody = (seen_by(design, one.world, actor, one) for one in (scene, cross))
        assert LevelK(k=3).expected(moody) == LevelK(k=3).expected(plain)
        code = design.base.regions[actor]
        assert np.array_equal(moody.others.predicted(code, {}).score, plain.others.predicted(code, {}).score, True)
        assert np.nanmax(moody.others.ledger({}).term("taste") - plain.others.ledger({}).term("taste")) > 1


def test_level_two_leaves_level_one_where_the_others_moves_matter(offers):
    """Others who would move, and against whom another candidate is best."""
    seen, ledger = offers[0]
    other = next(code for code in seen.others.codes)
    names, can = ledger.catalogue.names, [int(k) for k in np.flatnonzero(ledger.feasible) if k]
    alone, answer, attack = can[0], can[1], can[2]
    known = {
        ("predicted", code, ()): favouring(ledger, attack if code == other else None) for code in seen.others.codes
    }
    known["own", ((other, names[attack]),)] = favouring(ledger, answer)
    thinking = replace(seen, others=Pretended(seen.others.actors, seen.actor, known))
    at_hand = favouring(ledger, alone)
    assert LevelK(k=1).choose(thinking, at_hand) == alone
    assert LevelK(k=2).choose(thinking, at_hand) == answer


def test_level_three_answers_what_the_others_answer_to_level_one(offers):
    """A cycle of two: each level turns the pick of the one below."""
    seen, ledger = offers[0]
    me, other = seen.actor, seen.others.codes[0]
    names, can = ledger.catalogue.names, [int(k) for k in np.flatnonzero(ledger.feasible) if k]
    mine, theirs, turn = can[0], can[1], can[2]
    known = {("predicted", me, ()): favouring(ledger, mine), ("predicted", other, ()): favouring(ledger, theirs),
             ("predicted", other, ((me, names[mine]),)): favouring(ledger, None),
             ("own", ((other, names[theirs]),)): favouring(ledger, turn)}  # fmt: skip
    thinking = replace(seen, others=Pretended([me, other], me, known))
    at_hand = favouring(ledger, mine)
    assert [LevelK(k=k).choose(thinking, at_hand) for k in (1, 2, 3)] == [mine, turn, mine]


def test_in_play_the_moves_that_level_two_expects_change_what_ones_own_are_worth(model_of):
    model = model_of("both_squeeze", draw=2, seed=SEED, quarters=2, values={"model.choice.agenda": 1.0})
    differ = 0
    while not model.done:
        quarter = model.advance()
        for d in quarter.decisions:
            seen = seen_by(model.design, quarter.scene.world, d.actor, quarter.scene)
            if LevelK(k=2).expected(seen):
                ledger = score(quarter.scene, model.design.catalogues[d.actor])
                mine = seen.others.ledger(LevelK(k=2).expected(seen))
                differ += float(np.nanmax(np.abs(mine.score - ledger.score))) > 1e-4
    assert differ


# --- fictitious play --------------------------------------------------------------------------------------


def test_without_a_history_fictitious_play_is_the_best_response_to_hold(offers):
    for seen, ledger in offers:
        bare = replace(seen, history=())
        assert FictitiousPlay().choose(bare, ledger) == BestResponse().choose(bare, ledger)


def test_odds_are_the_shares_of_past_picks_and_what_cannot_be_done_again_is_hold(decisions, offers):
    (design, scene, actor), (seen, _) = decisions[0], offers[0]
    by, move = a_hostile_move(design, scene, actor)
    code, menu = design.base.regions[by], design.catalogues[by]
    closed = next(m.name for m in menu.candidates if not seen.others.possible(code, m.name))
    known = replace(seen, history=past(seen, code, move.name, "hold", closed, move.name, "no such move"))
    assert tendency(known, code) == {move.name: 0.4, "hold": 0.6}
    profiles = FictitiousPlay(profiles=50).likely(known)
    assert [round(chance, 12) for _, chance in profiles] == [0.6, 0.4]
    assert FictitiousPlay(profiles=1).likely(known)[0][1] == 1  # renormalised


def test_the_likeliest_profiles_are_those_of_the_whole_product(offers):
    """Against the product written out."""
    seen, ledger = offers[0]
    moves = {code: [f"{code} {k}" for k in range(3)] for code in seen.others.codes}
    history = tuple(PastMove("2020Q1", code, name) for i, code in enumerate(moves)
                    for k, name in enumerate(moves[code]) for _ in range(1 + (k * (i + 2)) % 5))  # fmt: skip
    known = replace(seen, history=history, others=Pretended(seen.others.actors, seen.actor, {}))
    whole = FictitiousPlay(profiles=10**6).likely(known)
    assert len(whole) == 3 ** len(moves) and sum(c for _, c in whole) == pytest.approx(1)
    some = FictitiousPlay(profiles=5).likely(known)
    total = sum(chance for _, chance in whole[:5])
    assert [p for p, _ in some] == [p for p, _ in whole[:5]]
    assert [c for _, c in some] == pytest.approx([c / total for _, c in whole[:5]])


def test_fictitious_play_weighs_ledgers_by_the_others_past(offers):
    """An attack seen in three quarters of four turns the pick; seen in one of four it does not."""
    seen, ledger = offers[0]
    other = seen.others.codes[0]
    can = [int(k) for k in np.flatnonzero(ledger.feasible) if k]
    calm, wary = favouring(ledger, can[0]), favouring(ledger, can[1])
    others = Pretended(seen.others.actors, seen.actor, {("own", ((other, "attack"),)): wary})
    for attacks, pick in ((1, can[0]), (3, can[1])):
        history = past(seen, other, *["attack"] * attacks, *["hold"] * (4 - attacks))
        known = replace(seen, history=history, others=others)
        assert FictitiousPlay().choose(known, calm) == pick
        expected = FictitiousPlay().expected(known, calm)
        assert expected[can[0]] == pytest.approx(
            (1 - attacks / 4) * calm.score[can[0]] + attacks / 4 * wary.score[can[0]]
        )


# --- experience-weighted attraction -----------------------------------------------------------------------


def lived(seen, ledger, *quarters):
    """Own past: (index of the pick, scores) a quarter."""
    names = ledger.catalogue.names
    return tuple(Remembered(PastMove(f"20{k:02d}Q1", seen.actor, names[pick]), names, scores)
                 for k, (pick, scores) in enumerate(quarters))  # fmt: skip


def test_with_nothing_kept_attraction_is_a_quantal_response_to_todays_scores(offers):
    rule, plain = ExperienceWeighted(delta=1.0, phi=0.0), QuantalResponse()
    for seen, ledger in offers:
        known = replace(seen, own=lived(seen, ledger, (0, ledger.score + 1), (0, -ledger.score)))
        assert np.array_equal(rule.probabilities(known, ledger), plain.probabilities(known, ledger))
        assert rule.choose(known, ledger) == plain.choose(known, ledger)
        first = replace(seen, own=())
        assert np.array_equal(ExperienceWeighted().probabilities(first, ledger), plain.probabilities(first, ledger))


def test_attractions_are_those_of_the_formula(offers):
    """Three decisions by hand: N = rho N + 1, A = (phi N A + w s) / N."""
    seen, ledger = offers[0]
    rng = np.random.default_rng(1)
    old, new = (np.where(ledger.feasible, rng.normal(size=len(ledger.feasible)), np.nan) for _ in range(2))
    gone, pick = int(np.flatnonzero(ledger.feasible)[2]), int(np.flatnonzero(ledger.feasible)[1])
    new[gone] = np.nan  # could not be made in the second quarter
    delta, phi, kappa = 0.3, 0.8, 0.5
    rule = ExperienceWeighted(delta=delta, phi=phi, kappa=kappa)
    got = rule.attractions(replace(seen, own=lived(seen, ledger, (0, old), (pick, new))), ledger)
    rho, today = phi * (1 - kappa), ledger.score
    second = rho + 1
    third = rho * second + 1
    for k in np.flatnonzero(ledger.feasible):
        first = (1 if k == 0 else delta) * old[k]
        if k == gone:
            assert got[k] == pytest.approx((phi * first + today[k]) / second)
            continue
        then = (phi * first + (1 if k == pick else delta) * new[k]) / second
        assert got[k] == pytest.approx((phi * second * then + today[k]) / third)
    assert np.isnan(got[~ledger.feasible]).all()


def test_what_paid_off_before_is_likelier_now_and_more_so_when_it_was_picked(offers):
    seen, ledger = offers[0]
    k = max((k for k in np.flatnonzero(ledger.feasible) if k), key=lambda k: ledger.score[k])
    good = np.where(np.arange(len(ledger.feasible)) == k, ledger.score + 0.02, ledger.score)
    rule = ExperienceWeighted()
    never, seen_it, did_it = (
        rule.attractions(replace(seen, own=lived(seen, ledger, (pick, scores))), ledger)[k]
        for pick, scores in ((0, ledger.score), (0, good), (k, good))
    )
    assert never < seen_it < did_it


def test_an_actor_remembers_its_own_scores_and_of_the_others_only_what_they_did(model_of):
    model = model_of("both_squeeze", seed=SEED, quarters=3, values={"model.choice.agenda": 1.0})
    while not model.done:
        model.step()
    scene = observe(model.design, model.quarters[2].before, None)[0]
    for actor in model.design.actors:
        seen = seen_by(model.design, scene.world, actor)
        assert {one.move.actor for one in seen.own} == {seen.actor} and len(seen.own) == 2
        assert len(seen.history) == 2 * len(model.design.actors)
        decision = next(d for d in model.quarters[0].decisions if d.actor == actor)
        assert np.array_equal(seen.own[0].scores, decision.ledger.score, equal_nan=True)


# --- options ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "says"), [
    ("level_k(k=0)", "whole number from 1"), ("level_k(k=1.5)", "whole number"), ("level_k(k=True)", "whole number"),
    ("level_k(3)", "OPTION=VALUE"), ("level_k(k=print(1))", "OPTION=VALUE"), ("level_k(k=1", "cannot be read"),
    ("level_k(**{})", "OPTION=VALUE"), ("level_k(j=1)", "options are k"), ("fictitious_play(profiles=0)", "from 1"),
    ("experience_weighted(phi=2)", "from 0 to 1"), ("human(choices=3)", "choices"), ("level_k(k=1)(k=2)", "cannot be"),
    ("level_k(k=1) or 2", "cannot be"), ("", "no strategy is named"),
])  # fmt: skip
def test_an_option_that_is_wrong_is_a_sentence(text, says):
    with pytest.raises(MoveError, match=says):
        find_strategy(text)


def test_options_in_the_name_are_literals():
    assert find_strategy("level_k(k=3)") == LevelK(k=3) and find_strategy(" level_k() ") == LevelK()
    rule = find_strategy("human(choices={'2025Q1': 'tariff match USA goods (all)'})")
    assert rule.choices == {"2025Q1": "tariff match USA goods (all)"} and isinstance(rule, Strategy)


def test_costs_of_acting_are_taken_off_by_every_rule_that_maximises(offers):
    for seen, ledger in offers[:4]:
        dear = replace(seen, act_cost=seen.act_cost + 1e6, history=())
        assert candidate_costs(dear, ledger).max() > 1e5
        assert [rule.choose(dear, ledger) for rule in (BestResponse(), LevelK(k=1), LevelK(), FictitiousPlay())] == [
            0
        ] * 4
