"""A person at the terminal, a function in its place, and a run that was played, played again."""

import io
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.batch import compare
from sim.engine.step import seen_by
from sim.errors import MoveError, ScenarioError
from sim.run import Player, start
from sim.strategies.human import Human
from tests.conftest import SEED, scenario_of


@pytest.fixture(scope="module")
def offer(decisions, ledgers):
    """What one actor sees, and its ledger."""
    (design, scene, actor), (ledger, _) = decisions[0], ledgers[0]
    return seen_by(design, scene.world, actor, scene), ledger


@pytest.fixture
def typed(monkeypatch):
    """Lines that a person types."""

    def typing(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return typing


def leading(ledger):
    return ledger.catalogue.names[max((k for k, ok in enumerate(ledger.feasible) if ok), key=lambda k: ledger.score[k])]


def test_an_answer_is_a_number_of_the_list_or_a_name(offer, typed, capsys):
    seen, ledger = offer
    typed("0\n")
    assert Human().choose(seen, ledger) == 0
    closed = ledger.catalogue.names[ledger.feasible.tolist().index(False)]
    typed(f"\nno such move\n{closed}\n999\n-1\n1\n")
    pick = Human().choose(seen, ledger)
    said = capsys.readouterr()
    first = next(line for line in said.err.splitlines() if line.startswith("   1  "))
    assert ledger.catalogue.names[pick] in first and said.out == ""  # tables on stdout stay clean
    assert f"{closed!r} is none of them" in said.err and seen.quarter in said.err and "real_income" in said.err
    name = leading(ledger)
    typed(f"?\n{name}\n")
    assert ledger.catalogue.names[Human().choose(seen, ledger)] == name
    listed = capsys.readouterr().err
    assert all(n in listed for n, ok in zip(ledger.catalogue.names, ledger.feasible, strict=True) if ok)


def test_a_person_who_can_only_hold_is_not_asked(offer, typed, capsys):
    seen, ledger = offer
    typed("")
    alone = replace(ledger, feasible=np.arange(len(ledger.feasible)) == 0)
    assert Human().choose(seen, alone) == 0 and "nothing can be done but hold" in capsys.readouterr().err


def test_a_person_is_asked_once_a_quarter(offer):
    asked = []
    rule = Human(ask=lambda seen, ledger: asked.append(seen.quarter) or 0)
    seen, ledger = offer
    assert rule.choose(seen, ledger) == rule.choose(seen, ledger) == 0
    assert rule.probabilities(seen, ledger)[0] == 1
    assert len(asked) == 1
    assert deepcopy(rule).choose(seen, ledger) == 0 and len(asked) == 1  # a copy knows what was answered


@pytest.mark.parametrize("stdin", [io.StringIO(""), None])
def test_without_anybody_there_the_sentence_says_what_to_do(offer, monkeypatch, stdin):
    monkeypatch.setattr("sys.stdin", stdin)
    seen, ledger = offer
    with pytest.raises(MoveError) as caught:
        Human().choose(seen, ledger)
    said = str(caught.value)
    assert seen.actor in said and seen.quarter in said and "terminal" in said
    for past in seen.own:  # and nothing that was played is lost
        assert f"'{past.move.quarter}': '{past.move.name}'" in said
    assert len(seen.own) >= 1


@pytest.mark.parametrize("answer", ["no such move", 10**6, -1])
def test_a_function_that_answers_nonsense_is_named_with_actor_and_quarter(offer, answer):
    seen, ledger = offer
    with pytest.raises(MoveError, match=f"answer of {seen.actor}, {seen.quarter}"):
        Human(ask=lambda *_: answer).choose(seen, ledger)


def test_a_run_that_was_played_plays_again(fitted):
    """First by a function, then from its own record: the same bits, and nobody is asked."""
    picked, scenario = [], scenario_of("both_squeeze")
    focus = scenario.file.focus

    def ask(seen, ledger):
        picked.append(leading(ledger))
        return picked[-1]

    def run(rule):
        model = start(scenario, "adaptive", seed=SEED, quarters=3, strategy={focus: rule}, rest=fitted())
        player = Player(scenario, model)
        while not player.done:
            player.advance()
        return player.run_so_far()

    first = run(Human(ask=ask))
    choices = first.choices(focus)
    assert list(choices.values()) == picked and list(choices) == first.quarters  # asked every quarter
    for again in (f"human(choices={choices})", f"scripted(script={choices})"):
        pd.testing.assert_frame_equal(run(again).portfolio, first.portfolio, check_exact=True)
    onwards = run(Human(ask=ask, choices=dict(list(choices.items())[:1])))
    pd.testing.assert_frame_equal(onwards.moves, first.moves, check_exact=True)
    assert len(picked) == 5


def test_a_person_does_not_play_a_batch():
    with pytest.raises(ScenarioError, match="asks a person"):
        compare("baseline", ["status_quo"], runs=1, quarters=1, strategy="human")
