"""Flip points of answers inside episodes: found with what was drawn, applied by the engine's own code."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.moves.episodes import target_options
from sim.run import simulate
from sim.strategies.base import Strategy
from sim.studies.decisions import AGENDA, EXACT, answer_gap
from sim.studies.flip import TOLERANCE, flip_points
from sim.studies.question import asked, of_answer, picked_name
from tests.studies.test_flip import again, flips_hold

EAGER = {"bargaining.price_median": 0.05, "bargaining.audience_median": 0.05}  # few give in, and few back down
WANTED = {  # which answers of which policy's run are looked at
    "adaptive": {"resist", "carry out", "retaliate", "comply"},
    "eu_hedge": {"shield", "lift"},
}
SEEDS = {"adaptive": 5, "eu_hedge": 0}  # luck in which all of them are given


def played(policy, **more):
    return simulate("both_squeeze", policy, SEEDS.get(policy, 5), values=AGENDA | EAGER, **{"quarters": 6} | more)


@pytest.fixture(scope="module")
def runs():
    return {policy: played(policy) for policy in WANTED}


@pytest.fixture(scope="module")
def found(runs):
    """(key, question, flip points) by operation, of every kind of answer in these runs."""
    out = {}
    for policy, run in runs.items():
        for key, frame in run.answers.items():
            operation = frame.operation[frame.picked].iloc[0]
            if operation in WANTED[policy]:
                out[operation] = (key, asked(run, *key), flip_points(run, *key, limit=2))
    return out


def test_an_answer_asked_again_is_the_answer_that_was_given(runs):
    for run in runs.values():
        assert run.answers
        for key, frame in run.answers.items():
            question = of_answer(run, key)
            said = again(question)
            assert picked_name(said) == frame.candidate[frame.picked].iloc[0]
            assert np.array_equal(said.ledger.score, frame.score.to_numpy())
            assert answer_gap(question, said.ledger) < EXACT


def test_every_kind_of_answer_has_flips_that_flip_and_do_not_before_they_should(found):
    assert set(found) == set.union(*WANTED.values())
    for operation, (_, question, points) in found.items():
        assert len(points.table), operation
        flips_hold(question, points)
        told = len(points.table) + points.further + len(points.none) + len(points.without_effect)
        assert told == len(question.levers())


@pytest.mark.parametrize("operation", ["resist", "comply", "retaliate"])
def test_the_price_at_home_flips_where_giving_in_is_worth_as_much_as_the_next_best(found, operation):
    """What giving in is worth falls with its price, one for one; under a measure a climb-down makes it dearer."""
    key, question, points = found[operation]
    ledger, climb = again(question).ledger, question.view.scene.settings.bargaining.climb_down
    worth = dict(zip([move.operation for move in ledger.catalogue.candidates], ledger.score, strict=True))
    best = max(value for name, value in worth.items() if name != "comply")
    dearer = 1 + climb if question.episode.state == "imposed" else 1
    at = question.episode.price + (worth["comply"] - best) / dearer
    table = points.table.set_index("name")
    width = table.loc["episode.price", "high"]
    assert table.loc["episode.price", "flips_at"] == pytest.approx(at, abs=TOLERANCE * width)
    assert width == pytest.approx(10 * EAGER["bargaining.price_median"])


def test_what_is_private_is_asked_of_the_side_that_it_is_private_to(found):
    def own(operation):
        return {one.name for one in found[operation][1].levers() if one.kind == "episode"}

    assert own("resist") == own("retaliate") == {"episode.price"}
    assert own("carry out") == own("lift") == {"episode.audience", "episode.refused"}


def test_the_record_of_the_sender_is_what_the_target_believes_of_its_threat(found):
    _, question, points = found["resist"]
    assert not {"belief.carried.USA", "belief.dropped.USA"} & set(points.without_effect)
    (lever,) = [one for one in question.levers() if one.name == "belief.dropped.USA"]
    scene, sender = question.view.scene, question.episode.demand.sender
    dropped = scene.world.beliefs.dropped.copy()
    dropped[sender] = 7.0
    world = replace(scene.world, beliefs=replace(scene.world.beliefs, dropped=dropped))
    direct = target_options(replace(scene, world=world), question.episode).ledger
    changed = again(question, lever, 7.0).ledger
    assert changed.score == pytest.approx(direct.score, abs=1e-9)
    assert (changed.score != again(question).ledger.score).any()


def asked_for(found):
    """A question about larger outlays."""
    return next(question for key, question, _ in found.values() if key.demand == "outlays")


def test_what_is_asked_for_follows_the_configs_and_a_measure_in_force_does_not(found):
    key, threatened, _ = found["carry out"]
    start = f"scenario.changes.demands.{key.actor}."
    stakes = {one.name for one in threatened.levers() if one.name.startswith(start) and one.name.endswith(".value")}
    assert stakes
    answers = asked_for(found)
    reach = next(one for one in answers.levers() if one.name == "instrument.threat.demands.outlays.reach")
    scores = [again(answers, reach, value).ledger.score for value in (reach.value, reach.high)]
    assert scores[0] == pytest.approx(again(answers).ledger.score, abs=EXACT) and (scores[0] != scores[1]).any()
    for operation in ("retaliate", "lift"):
        question = found[operation][1]
        level = next(one for one in question.levers() if one.name == "instrument.control.levels.licensing")
        assert picked_name(again(question, level, level.high)).endswith(question.episode.punishment.name)


def test_an_answer_that_nobody_gave_has_no_flips(runs):
    for given in (("2025Q1", "GBR", "outlays"), ("2025Q4", "JPN", "tariff_cut"), ("2025Q4", "JPN", "outlays", "CHN")):
        with pytest.raises(ScenarioError, match=r"has no answer on .*; there are .*JPN:202\dQ\d on outlays to USA as"):
            flip_points(runs["adaptive"], *given)


class ByTurns(Strategy):
    """Holds, and answers by the number of quarters in which it held, this one counted."""

    name = "by_turns"

    def __init__(self):
        self.held = set()

    def choose(self, seen, scored):
        self.held.add(seen.quarter)
        return 0

    def answer(self, seen, options):
        return len(self.held) % 2


def test_an_answer_that_was_not_weighed_has_no_flips(runs):
    promised = played("alliance_first")
    key = next(key for key in promised.answers if key.actor == "JPN" and key.partner == "USA")
    with pytest.raises(ScenarioError, match="was promised by the policy"):
        flip_points(promised, *key)
    assert picked_name(again(of_answer(promised, key))).startswith("comply")
    blind = played("adaptive", strategy={"JPN": "random"})
    key = next(key for key in blind.answers if key.actor == "JPN")
    with pytest.raises(ScenarioError, match="a rule that looks at no payoffs"):
        flip_points(blind, *key)
    kept = replace(runs["adaptive"], played=None)
    with pytest.raises(ScenarioError, match="keeps no states"):
        flip_points(kept, *next(iter(kept.answers)))


def test_a_rule_that_remembers_within_a_quarter_is_told_so():
    run = played("adaptive", strategy={"JPN": ByTurns()})
    key = next(key for key in run.answers if key.actor == "JPN")
    with pytest.raises(ScenarioError, match="remembers within a quarter"):
        flip_points(run, *key)
