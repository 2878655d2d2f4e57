"""Random decisions looked at: free ones with their threats and flips, and answers inside episodes."""

from dataclasses import replace

import numpy as np
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
    answered_again,
    check_decisions,
    decisions_summary,
    look_at,
    well_explained,
)

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


def test_answers_given_once_more_are_the_answers_that_were_given(run):
    seen = 0
    for quarter in dict.fromkeys(quarter for quarter, *_ in run.answers):
        scene, answers = answered_again(run, quarter)
        for said in answers:
            if said.ledger is None:
                continue
            actor, seen = scene.base.regions[said.actor], seen + 1
            of = said.episode.demand
            partner = scene.base.regions[of.target if said.actor == of.sender else of.sender]
            frame = run.explain(quarter, actor, of.name, partner)
            assert frame.candidate[frame.picked].iloc[0].startswith(said.operation)
            assert np.array_equal(frame.score.to_numpy(), said.ledger.score)
            assert answer_gap(scene, said) < EXACT
    assert seen == len(run.answers) > 0


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
    quarter, *_ = next(iter(run.answers))
    scene, answers = answered_again(run, quarter)
    said = next(a for a in answers if a.ledger is not None)
    terms = said.ledger.terms.copy()
    terms[-1, 0] += 1e-6
    assert answer_gap(scene, replace(said, ledger=replace(said.ledger, terms=terms))) > EXACT
    fewer = replace(said.episode, punishment=replace(said.episode.punishment, level=said.episode.punishment.level / 2))
    assert answer_gap(scene, replace(said, episode=fewer)) > EXACT
