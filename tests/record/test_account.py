"""A quarter in sentences: who did what, how it was answered and why, with numbers that stand in the tables."""

import numpy as np
import pandas as pd
import pytest

from sim.record.account import Names, Told, account
from sim.record.episodes import EPISODES, AnswerKey, case_of
from sim.record.frames import MOVES
from sim.rules.payoff import PAYOFF_TERMS
from sim.run import simulate
from tests.viz.made import ledger, moves

NAMES = Names({"HOM": "Home", "AAA": "the Alphas", "BBB": "Beta"}, {"ore": "ore"}, {"more_ore": "buy more of its ore"})
ALWAYS = {"model.choice.agenda": 1.0}
NO_CASES = pd.DataFrame(columns=EPISODES)


def told(rows, ledgers=(), answers=(), cases=NO_CASES):
    return Told(rows, dict(ledgers), dict(answers), cases, NAMES)


def quarter(label):
    rows = moves()
    return rows[rows.quarter == label]


def test_a_chosen_move_is_told_with_its_largest_reason_and_what_spoke_against_it():
    text = account("2025Q3", told(quarter("2025Q3").tail(1), {"HOM": ledger()}), ["HOM"])
    assert text == (
        "2025Q3: Home answered the Alphas with a tariff on all goods, 10 points higher, mainly for its own income "
        "(+0.05 % of income), although it feared an answer (-0.02 %)."
    )


def test_dated_moves_are_joined_and_said_to_be_dated():
    text = account("2025Q1", told(quarter("2025Q1")), ["HOM", "AAA"])
    assert text == (
        "2025Q1: Set by date: the Alphas raised its tariff on cars and ore from Home, CCC and DDD by 10 to 30 points. "
        "Nobody had a decision to make."
    )


def test_who_held_and_who_did_not_decide_are_told_apart():
    holds = ledger().assign(picked=[True, False, False])
    text = account("2026Q2", told(moves().iloc[:0], {"HOM": holds, "AAA": holds}), ["HOM", "AAA", "BBB"])
    assert text == "2026Q2: Home and the Alphas weighed their moves and held; Beta did not decide."


def test_a_move_of_an_unknown_kind_keeps_its_own_sentence():
    odd = quarter("2025Q2").assign(operation="invent", sentence="HOM invents something")
    text = account("2025Q2", told(odd), [])
    assert text == "2025Q2: Promised by the policy: Home made a move (HOM invents something)."


def test_every_number_of_an_account_stands_in_the_ledger():
    run = simulate("america_first", "adaptive", 7, quarters=2, values=ALWAYS)
    for label in run.quarters:
        text = run.account(label)
        assert text.startswith(f"{label}: ") and text.endswith(".")
        for actor in run.moves[(run.moves.quarter == label) & (run.moves.origin == "chosen")].actor.unique():
            frame = run.explain(label, actor)
            picked = frame[frame.picked].iloc[0]
            largest = max(float(picked[name]) for name in frame.columns[frame.columns.get_loc("exact") + 1 :])
            assert f"({largest:+.2g} % of income)" in text


# --- episodes ---------------------------------------------------------------------------------------


def row(actor, target, instrument, operation, after=0.25, origin="chosen", quarter="2026Q1", **more):
    cells = (quarter, actor, target, instrument, operation, "cars", 0.0, after, "1", origin, np.nan, "", "more_ore")
    return dict(zip(MOVES, cells, strict=True)) | more


def table(*rows):
    return pd.DataFrame(rows, columns=MOVES)


def case(punishment="tariff cars 25", opened="2026Q1", imposed="", ended="2026Q1", outcome="settled"):
    cells = ("BBB", "HOM", "more_ore", punishment, "threatened", opened, imposed, ended, outcome, 0.0, 0.01, 0.02)
    return pd.DataFrame([cells], columns=EPISODES)


def answers(pick, **terms):
    """A ledger of a target: refusing is worth nothing, giving in what its terms say."""
    frame = ledger().iloc[:2].assign(
        candidate=["resist", "comply"], operation=["resist", "comply"], instrument="answer", act_cost=0.0, score=0.0,
        picked=[pick == "resist", pick == "comply"], **dict.fromkeys(PAYOFF_TERMS, 0.0),
    )  # fmt: skip
    for name, value in terms.items():
        frame.loc[frame.operation == "comply", [name, "score"]] = value, sum(terms.values())
    return {AnswerKey("2026Q1", "HOM", "more_ore", "BBB", "target"): frame}


GIVEN_IN = table(row("BBB", "HOM", "threat", "threaten"), row("HOM", "BBB", "answer", "comply", 0.0))


def test_a_threat_and_its_answer_are_one_sentence_with_the_reason_of_the_answer_s_own_ledger():
    mine = answers("comply", security=0.063, concession=-0.03)
    text = account("2026Q1", told(GIVEN_IN, {}, mine, case()), ["HOM", "AAA", "BBB"])
    assert text.startswith(
        "2026Q1: Beta asked Home to buy more of its ore and threatened a tariff of 25 points on cars; Home gave in to "
        "Beta rather than refusing, mainly for its security (+0.063 % of income), although giving in had a price at "
        "home (-0.03 %)."
    )
    assert "luck" not in text and "HOM" not in text and text.endswith("The Alphas and Beta did not decide.")


def test_what_was_refused_is_told_by_what_giving_in_would_have_cost():
    rows = table(row("BBB", "HOM", "threat", "threaten"), row("HOM", "BBB", "answer", "resist", 0.0))
    text = account("2026Q1", told(rows, {}, answers("resist", concession=-0.02), case("control cars 0.5")), [])
    assert text == (
        "2026Q1: Beta asked Home to buy more of its ore and threatened to withhold 25 % of its exports of cars; Home "
        "refused rather than giving in, mainly for what giving in would cost at home (+0.02 % of income)."
    )


def test_an_answer_that_was_not_the_best_says_so():
    text = account("2026Q1", told(GIVEN_IN, {}, answers("comply", concession=-0.02), case()), [])
    assert "Home gave in to Beta, although refusing was worth +0.02 % of income more." in text


@pytest.mark.parametrize("operation", ["retaliate", "shield", "back down", "carry out", "keep", "lift", "escalate"])
def test_every_answer_to_an_older_demand_has_its_words(operation):
    rows = table(row("HOM", "BBB", "answer", operation, quarter="2026Q2"))
    text = account("2026Q2", told(rows, cases=case(opened="2025Q4", ended="")), [])
    assert text.startswith("2026Q2: Home ") and "made a move" not in text and "Beta" in text


def test_threats_of_the_record_are_summarised_and_told_after_what_was_chosen():
    old = [row("BBB", who, "threat", "threaten", size, "dated") for who, size in (("HOM", 0.1), ("AAA", 0.2))]
    old += [row(who, "BBB", "answer", "comply", 0.0, "dated") for who in ("HOM", "AAA")]
    text = account("2026Q1", told(table(*old), cases=case()), [])
    assert text == (
        "2026Q1: Set by date: Beta asked Home and the Alphas to buy more of its ore and threatened a tariff of 10 to "
        "20 points on cars; Home and the Alphas gave in to Beta."
    )


def test_a_measure_that_came_with_its_demand_is_said_to_be_unannounced():
    text = account("2026Q1", told(table(row("BBB", "HOM", "threat", "execute")), cases=case(imposed="2026Q1")), [])
    assert text == (
        "2026Q1: Beta put a tariff of 25 points on cars from Home, unannounced, and asked it to buy more of its ore."
    )


def test_chance_has_no_actor_and_eased_controls_their_own_words():
    rows = table(
        row("", "all", "shock", "begins", 4.0, "chance", sentence="chance: Energy dear, 4 quarters"),
        row("", "all", "shock", "begins", 1.0, "chance", sentence="due: Election in Beta"),
        row("", "all", "shock", "ends", 0.0, "chance", sentence="chance: Strait closed, over"),
        row("AAA", "HOM", "control", "ease", 0.1, "dated", domain="ore", before=0.2),
    )
    assert account("2026Q1", told(rows), []) == (
        "2026Q1: Set by date: the Alphas eased its control of ore to Home. Due: Election in Beta. By chance: Energy "
        "dear, for 4 quarters. Over: Strait closed."
    )


def test_the_case_of_an_answer_is_the_one_open_in_its_quarter():
    both = pd.concat([case(opened="2025Q1", ended="2025Q2"), case("control cars 0.5", opened="2026Q1", ended="")])
    found = case_of(both, row("HOM", "BBB", "answer", "resist", quarter="2026Q3"))
    assert found.punishment == "control cars 0.5"
    assert case_of(both, row("HOM", "BBB", "answer", "resist", quarter="2025Q4")) is None
    assert case_of(NO_CASES, row("HOM", "BBB", "answer", "resist")) is None
