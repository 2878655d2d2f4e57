"""Random decisions looked at: free ones with their threats and flips, and answers inside episodes."""

from dataclasses import replace

import pytest

from sim.run import simulate
from sim.scenario.load import names
from sim.studies import decisions as looked
from sim.studies.decisions import (
    AGENDA,
    COLUMNS,
    EXACT,
    Wanted,
    answer_gap,
    check_decisions,
    decisions_summary,
    look_at,
    well_explained,
)
from sim.studies.question import of_answer
from sim.threads import one_thread

EAGER = {"bargaining.price_median": 0.05, "bargaining.audience_median": 0.05}  # few give in, and few back down


@pytest.fixture(scope="module")
def run():
    """A run in which demands are made, refused, carried out and answered, whatever is fitted to the record."""
    return simulate("tariffs_2025", "adaptive", 1, quarters=6, values=AGENDA | EAGER)


def test_random_decisions_are_explained_truly():
    rows = check_decisions(2, seed=4, flips=1)
    assert list(rows) == COLUMNS
    assert well_explained(rows), rows.to_string()
    assert "2 of 2 decisions" in decisions_summary(rows)
    free = rows.index[rows.on == ""]
    assert len(free) and not well_explained(rows.assign(flipped=rows.flips - (rows.index == free[0])))


def test_an_answer_may_be_the_decision_that_is_looked_at(run, monkeypatch):
    """Both kinds come up, and an answer has its row."""
    monkeypatch.setattr(looked, "simulate", lambda *args, **more: run)
    found = {n: looked.played(Wanted(0, n, 0), "baseline", names("policy")[0])[1] for n in range(40)}
    assert all(key in run.ledgers or key in run.answers for key in found.values())
    assert {len(key) for key in found.values()} == {2, 5}
    number = next(n for n, key in found.items() if len(key) == 5)
    row = dict(zip(COLUMNS, look_at(Wanted(0, number, 0)), strict=True))
    assert (row["quarter"], row["actor"], row["on"], row["partner"]) == found[number][:4] and row["error"] == ""
    assert row["gap"] < EXACT and row["candidates"] > 1
    frame = run.explain(*found[number])
    assert row["pick"] == run.answers[found[number]].candidate[frame.picked].iloc[0]


def test_a_wrong_score_is_seen(run):
    question = of_answer(run, next(iter(run.answers)))
    with one_thread():
        ledger = question.again(fresh=True).ledger
    assert answer_gap(question, ledger) < EXACT
    terms = ledger.terms.copy()
    terms[-1, 0] += 1e-6
    assert answer_gap(question, replace(ledger, terms=terms)) > EXACT
    fewer = replace(question.episode.punishment, level=question.episode.punishment.level / 2)
    other = replace(question, episode=replace(question.episode, punishment=fewer))
    assert answer_gap(other, ledger) > EXACT
