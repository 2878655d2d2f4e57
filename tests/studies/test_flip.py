"""Flip points: applied, they flip the pick; just short of them they do not; what is remembered changes nothing."""

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.rules.belief import conduct, hazard, keeps_word, retaliation
from sim.run import simulate
from sim.studies.decisions import AGENDA
from sim.studies.flip import TOLERANCE, coercion, flip_points
from sim.studies.levers import BELIEF, Lever
from sim.studies.question import asked, picked_name
from sim.threads import one_thread

RUNS = [("america_first", "adaptive", 7), ("china_chokehold", "eu_hedge", 3)]
DECISIONS = [(0, "2025Q1", 0), (0, "2025Q2", 2), (1, "2025Q2", 0)]  # run, quarter, which actor


@pytest.fixture(scope="module")
def runs():
    return [simulate(s, p, seed, quarters=3, values=AGENDA) for s, p, seed in RUNS]


@pytest.fixture(scope="module")
def found(runs):
    """(run, quarter, actor, question, flip points) of a few decisions."""
    out = []
    for k, quarter, place in DECISIONS:
        run = runs[k]
        actor = run.played.config.file.actors[place]
        out.append((run, quarter, actor, asked(run, quarter, actor), flip_points(run, quarter, actor, limit=3)))
    return out


def again(question, lever=None, value=0.0):
    """Asked afresh, with as many threads as the run had."""
    with one_thread():
        return question.again(lever, value, fresh=True)


def flips_hold(question, points):
    """Each flip, applied, flips the pick to what was announced, and a value just short of it does not."""
    by_name = {lever.name: lever for lever in question.levers()}
    for row in points.table.itertuples():
        lever = by_name[row.name]
        assert picked_name(again(question, lever, row.flips_at)) == row.instead != row.pick, row.name
        assert picked_name(again(question, lever, row.holds_at)) == row.pick, row.name
        assert lever.low <= row.flips_at <= lever.high
        close = 1 if lever.whole else TOLERANCE * (lever.high - lever.low)
        assert abs(row.flips_at - row.holds_at) <= close * (1 + 1e-9)


def test_a_decision_asked_again_is_the_decision_that_was_made(runs):
    for run in runs:
        for quarter, actor in run.ledgers:
            ledger = run.explain(quarter, actor)
            decision = again(asked(run, quarter, actor))
            assert picked_name(decision) == ledger.candidate[ledger.picked].iloc[0]
            assert (decision.ledger.score[decision.ledger.feasible] == ledger.score.to_numpy()).all()


def test_a_flip_applied_flips_the_pick_and_a_value_just_short_of_it_does_not(found):
    assert sum(len(points.table) for *_, points in found) > 3
    for _, _, _, question, points in found:
        flips_hold(question, points)


def test_what_keeps_an_actor_from_coercing_does_and_a_value_just_short_of_it_does_not():
    run = simulate("china_chokehold", "status_quo", 1, quarters=4)
    quarter, actor = run.moves.loc[run.moves.instrument == "control", ["quarter", "actor"]].iloc[0]
    question, points = asked(run, quarter, actor), flip_points(run, quarter, actor, limit=2)
    assert points.coerced == "control" and len(points.kept) and points.kept_further >= 0
    by_name = {lever.name: lever for lever in question.levers()}
    for row in points.kept.itertuples():
        made, short = (again(question, by_name[row.name], value) for value in (row.flips_at, row.holds_at))
        picks = [one.ledger.catalogue.candidates[one.pick] for one in (made, short)]
        assert picks[0].name == row.instead and coercion(picks[0]) != "control" == coercion(picks[1])
        nearest = points.table.set_index("name").fraction.get(row.name, 0.0)
        assert row.fraction >= nearest - TOLERANCE  # it cannot lie before the first change of the pick


def test_easing_coerces_nobody_and_a_threat_coerces_with_what_it_threatens(found):
    question = found[0][3]
    moves = again(question).ledger.catalogue.candidates
    assert all(coercion(move) == "" for move in moves if move.operation in ("hold", "cut", "lift", "remove"))
    assert {coercion(move) for move in moves if move.instrument == "threat"} <= {"tariff", "control"}
    assert {coercion(move) for move in moves if move.operation == "raise"} == {"tariff"}


@pytest.mark.parametrize("whole", [False, True])
def test_points_of_a_search_end_at_the_end_of_the_range(whole):
    lever = Lever("model.some", "parameter", "", "", 4.0 if whole else 0.045548792573121874, 0.005, 8.0, whole)
    for end in (lever.low, lever.high):
        points = lever.points(end)
        assert points[-1] == end and lever.value not in points
        assert [abs(p - lever.value) for p in points] == sorted({abs(p - lever.value) for p in points})


def test_flips_come_smallest_first_and_every_number_is_accounted_for(found):
    for _, _, _, question, points in found:
        assert points.table.fraction.is_monotonic_increasing and len(points.table) <= 3
        told = len(points.table) + points.further + len(points.none) + len(points.without_effect)
        assert told == len(question.levers())


def test_numbers_that_only_made_the_state_play_no_part(found):
    for *_, points in found:
        assert {"model.choice.agenda", "model.choice.shock_sd", "model.beliefs.half_life"} <= set(points.without_effect)


def test_what_is_remembered_gives_the_same_ledger_as_what_is_solved_afresh(found):
    _, _, _, question, _ = found[1]
    names = ("model.norm.curvature", "model.beliefs.retaliation", "model.trade.contract_renewal",
             "instrument.hedge.step", "model.trade.long_run_position")  # fmt: skip
    for lever in (one for one in question.levers() if one.name in names or one.kind == "belief"):
        for value in (lever.high, (lever.value + lever.low) / 2):
            with one_thread():
                quick, fresh = (question.again(lever, value, fresh=f) for f in (False, True))
            assert quick.pick == fresh.pick, lever.name
            both = quick.ledger.exact & fresh.ledger.exact
            assert (quick.ledger.exact == fresh.ledger.exact).all(), lever.name
            assert np.abs(quick.ledger.score - fresh.ledger.score)[both].max() < 1e-9, lever.name


def test_a_belief_is_set_to_the_value_that_is_asked_about_and_no_other_moves(found):
    _, _, actor, question, _ = found[1]  # of one that makes demands
    settings, before, me = question.view.scene.settings, question.view.scene.world.beliefs, question.view.actor
    held = [one for one in question.levers() if one.kind == BELIEF]
    assert {f"belief.{what}.{actor}" for what in ("kept_word", "carried", "dropped")} <= {one.name for one in held}
    for lever in held:
        _, kind, code, *what = lever.name.split(".")
        other = question.view.scene.base.regions.index(code)
        now = question.view.changed(lever, 0.3, None).scene.world.beliefs
        changed = {"hazard": hazard(settings, now)[me, other], "retaliation": retaliation(settings, now)[other],
                   "kept_word": keeps_word(settings, now)[other], "carried": now.carried[other],
                   "dropped": now.dropped[other]}  # fmt: skip
        if kind in changed:
            assert changed[kind] == pytest.approx(0.3)
        chance = conduct(settings, now)[other]
        assert chance.sum() == pytest.approx(1) and (chance > -1e-12).all()
        if kind == "conduct" and what == ["tariff"]:
            assert chance[-1] == pytest.approx(0.3)
        same = [kind == name or (getattr(now, name) == getattr(before, name)).all() for name in ("carried", "dropped")]
        same += [kind == "kept_word" or (keeps_word(settings, now) == keeps_word(settings, before)).all(),
                kind == "hazard" or (hazard(settings, now) == hazard(settings, before)).all(),
                kind == "retaliation" or (retaliation(settings, now) == retaliation(settings, before)).all(),
                kind == "conduct" or (conduct(settings, now) == conduct(settings, before)).all()]  # fmt: skip
        assert all(same), lever.name


def test_what_nobody_decided_or_weighed_has_no_flips(runs):
    with pytest.raises(ScenarioError, match="has no decision"):
        flip_points(runs[0], "2031Q1", "JPN")
    blind = simulate("america_first", "adaptive", 7, quarters=1, values=AGENDA, strategy="random")
    with pytest.raises(ScenarioError, match="looks at no payoffs"):
        flip_points(blind, *next(iter(blind.ledgers)))


def test_a_rule_that_remembers_is_asked_as_it_stood_then():
    from tests.rules_that_remember import Every

    run = simulate("america_first", "adaptive", 7, quarters=4, values=AGENDA, strategy={"EU27": Every()})
    for quarter in run.quarters:
        ledger = run.explain(quarter, "EU27")
        assert picked_name(again(asked(run, quarter, "EU27"))) == ledger.candidate[ledger.picked].iloc[0]


def test_projects_in_play_and_groups_at_home_are_asked_about_and_their_flips_flip():
    run = simulate("china_chokehold", "adaptive", 3, quarters=1, values=AGENDA)
    question = asked(run, "2025Q1", "JPN")
    picked = picked_name(again(question))
    assert picked.startswith("programme begin ")
    own = [one for one in question.levers() if one.name.startswith(f"programme.{picked.split()[-1]}.")]
    home = [one for one in question.levers() if one.name.startswith("groups.")]
    assert own and home and all(one.name.startswith("groups.JPN.") for one in home)
    score = again(question).ledger.score
    dear = next(one for one in own if one.name.endswith(".capital"))
    k = question.again().ledger.catalogue.names.index(picked)
    assert again(question, dear, dear.high).ledger.score[k] < score[k]
    minds = [again(question, one, one.high).ledger.score for one in home if ".interests." in one.name]
    assert any(np.nanmax(np.abs(other - score)) > 1e-9 for other in minds)
