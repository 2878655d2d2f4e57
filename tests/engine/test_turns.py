"""Turns of a run: what changes from a quarter on, a move that a person makes, and runs taken up by another."""

import numpy as np
import pandas as pd
import pytest

from sim.errors import MoveError, ScenarioError
from sim.player import Player
from sim.run import as_scenario, simulate, start
from sim.scenario.load import load_scenario
from sim.scenario.turns import MoveTurn, PolicyTurn, ValuesTurn
from sim.scenario.varied import varied

QUARTERS, SEED = 8, 7
POLICY = PolicyTurn(type="policy", quarter="2026Q1", policy="decoupling")
VALUES = ValuesTurn(type="values", quarter="2025Q3", values={"model.trade.contract_renewal": 0.1})


@pytest.fixture(scope="module")
def plain():
    return as_scenario("tariffs_2025")


def played(scenario, policy="eu_hedge", **options):
    return simulate(scenario, policy, SEED, quarters=QUARTERS, **options)


def before(run, quarter):
    return run.portfolio[run.portfolio.quarter < quarter].reset_index(drop=True)


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def straight(plain):
    return played(plain)


@pytest.fixture(scope="module")
def turned(plain):
    return played(varied(plain, {}, [POLICY, VALUES]))


def test_a_run_is_the_same_up_to_its_first_turn_and_another_one_from_there(straight, turned):
    same(before(straight, "2025Q3"), before(turned, "2025Q3"))
    later = turned.portfolio.quarter == "2025Q4"  # contracts of a quarter are renewed after it
    assert not straight.portfolio[later].value.equals(turned.portfolio[later].value)


def test_from_the_turn_on_the_new_policy_is_followed(plain):
    run = played(varied(plain, {}, [POLICY]))
    kept = set(run.ledgers["2026Q1", "JPN"].candidate)
    assert kept == set(played(plain, "decoupling").ledgers["2026Q1", "JPN"].candidate)
    assert run.policy == "eu_hedge"


def test_a_run_taken_up_from_another_has_the_bits_of_one_played_from_the_start(plain, turned):
    first = Player(plain, start(plain, "eu_hedge", seed=SEED, quarters=QUARTERS))
    for _ in range(5):
        first.advance()
    other = varied(plain, {}, [POLICY, VALUES])
    for count in (1, 2):
        player = Player(other, start(other, "eu_hedge", seed=SEED, quarters=QUARTERS))
        player.take_up(first, count)
        while not player.done:
            player.advance()
        run = player.run_so_far()
        same(run.portfolio, turned.portfolio)
        same(run.moves, turned.moves)
        same(run.explain("2026Q1", "JPN"), turned.explain("2026Q1", "JPN"))


def test_what_a_person_moves_is_made_marked_and_explained(plain):
    scenario = varied(plain, {}, [MoveTurn(type="move", quarter="2025Q2", actor="JPN", move="hedge CHN machinery")])
    run = played(scenario)
    mine = run.moves[run.moves.origin == "forced"]
    assert mine[["quarter", "actor", "target", "instrument"]].values.tolist() == [["2025Q2", "JPN", "CHN", "hedge"]]
    ledger = run.explain("2025Q2", "JPN")
    assert ledger[ledger.picked].candidate.tolist() == ["hedge CHN machinery"] and ledger.score.notna().all()
    assert "as a person told it to" in run.account("2025Q2")
    assert run.played.weighs("2025Q2", "JPN")


def test_options_are_the_ledger_of_the_move_that_is_then_made(plain):
    model = start(plain, "eu_hedge", seed=SEED, quarters=QUARTERS)
    player = Player(plain, model)
    for _ in range(4):
        player.advance()
    before_it = model.options(model.design.focus)
    player.advance()
    made = player.run_so_far().explain("2026Q1", "JPN")
    scores = dict(zip(before_it.catalogue.names, before_it.score, strict=True))
    others = made[~made.picked]  # the pick alone is walked to its end afterwards
    assert len(others) > 3
    np.testing.assert_array_equal(others.score, [scores[name] for name in others.candidate])


def test_a_file_with_values_and_turns_is_the_scenario_varied_in_python(plain, turned, tmp_path):
    text = load_text("tariffs_2025")
    more = (
        "values: {model.choice.agenda: 0.6}\n"
        "turns:\n- {type: policy, quarter: 2026Q1, policy: decoupling}\n"
        "- {type: move, quarter: 2026Q2, actor: JPN, move: hold}\n"
    )
    path = tmp_path / "mine.yaml"
    path.write_text(text + more, encoding="utf-8")
    turns = [POLICY, MoveTurn(type="move", quarter="2026Q2", actor="JPN", move="hold")]
    same(played(path).portfolio, played(varied(plain, {"model.choice.agenda": 0.6}, turns)).portfolio)


def load_text(name):
    from sim.scenario.load import find

    return find("scenario", name).read_text(encoding="utf-8").split("\n", 1)[1]


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (PolicyTurn(type="policy", quarter="2026Q1", policy="nowhere"), "turns.0.policy"),
        (PolicyTurn(type="policy", quarter="2040Q1", policy="decoupling"), "inside the run"),
        (MoveTurn(type="move", quarter="2026Q1", actor="XYZ", move="hold"), "an actor: JPN"),
        (ValuesTurn(type="values", quarter="2026Q1", values={"model.nothing": 1.0}), "is no value that can be set"),
        (ValuesTurn(type="values", quarter="2026Q1", values={"model.choice.agenda": 9.0}), "agenda"),
    ],
)
def test_a_wrong_turn_is_refused_with_its_place(plain, turn, said):
    with pytest.raises(ScenarioError, match=said):
        varied(plain, {}, [turn])


def test_two_moves_of_one_actor_in_a_quarter_are_refused(plain):
    move = MoveTurn(type="move", quarter="2026Q1", actor="JPN", move="hold")
    with pytest.raises(ScenarioError, match="a second move in 2026Q1"):
        varied(plain, {}, [move, move])


def test_a_move_that_there_is_not_stops_the_run_with_its_quarter(plain):
    scenario = varied(plain, {}, [MoveTurn(type="move", quarter="2025Q1", actor="JPN", move="hedge MOON cheese")])
    with pytest.raises(MoveError, match="turns of JPN, 2025Q1: no move is named 'hedge MOON cheese'"):
        simulate(scenario, "eu_hedge", SEED, quarters=1)


def test_values_of_a_policy_are_no_scenarios(plain, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(load_text("tariffs_2025") + "values: {policy.commitments.0.size: 0.1}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="belongs to a policy"):
        load_scenario(path)
