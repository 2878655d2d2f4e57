"""Errors: one sentence a problem with file and key, and the same text after a trip between processes."""

import pickle

import pytest

from sim.errors import HedgelabError, MoveError, Problem, ScenarioError, SolverError, StoreError, WorldError

PROBLEMS = [
    Problem.value("configs/domains/lng.yaml", "trade_elasticity", -4, "> 0"),
    Problem("configs/domains/oil.yaml", "", "has no key `name`; add one"),
]
TEXT = """configs/domains/lng.yaml: trade_elasticity is -4; must be > 0
configs/domains/oil.yaml: has no key `name`; add one"""


def test_a_scenario_error_says_every_problem_in_a_sentence_of_its_own():
    assert str(ScenarioError(PROBLEMS)) == TEXT
    assert ScenarioError(iter(PROBLEMS)).problems == tuple(PROBLEMS)


def test_a_world_error_names_run_step_and_labels():
    error = WorldError("expenditure_share sums to 0.93 over exporter", 17, 12, ["japan", "lng"])
    assert str(error) == "expenditure_share sums to 0.93 over exporter (run 17, step 12, japan, lng)"
    assert str(WorldError("tariff is negative")) == "tariff is negative"
    assert str(WorldError("tariff is negative", step=0)) == "tariff is negative (step 0)"


@pytest.mark.parametrize(
    "error",
    [
        ScenarioError(PROBLEMS),
        WorldError("tariff is negative", run=3, labels=["north"]),
        SolverError("no equilibrium after 50 steps: residual 0.1", run=3, step=2),
        MoveError("the strategy returned 9 of 4 candidates"),
        StoreError("the folder holds another sweep; choose a new name"),
    ],
)
def test_every_error_is_a_hedgelab_error_and_keeps_its_text_when_pickled(error):
    assert isinstance(error, HedgelabError)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error) != ""


def test_a_long_value_is_shortened():
    sentence = str(Problem.value("a.yaml", "names", ["x" * 50] * 10, "a list of at most 5"))
    assert len(sentence) < 150
    assert sentence.endswith("...; must be a list of at most 5")
