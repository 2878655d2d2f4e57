"""Sentences from the records: who did what and why, with numbers that stand in the tables."""

import pandas as pd
import pytest

from sim.record.words import Names, account, margin_of, nest_chances, nest_sentence, runner_up
from sim.run import simulate
from tests.viz.made import ledger, moves

NAMES = Names({"HOM": "Home", "AAA": "the Alphas", "BBB": "Beta"}, {"ore": "ore"})
ALWAYS = {"model.choice.agenda": 1.0}


def quarter(label):
    rows = moves()
    return rows[rows.quarter == label]


def test_a_chosen_move_is_told_with_its_largest_reason_and_what_spoke_against_it():
    text = account("2025Q3", quarter("2025Q3").tail(1), {"HOM": ledger()}, ["HOM"], NAMES)
    assert text == (
        "2025Q3: Home answered the Alphas with a tariff on all goods, 10 points higher, mainly for its own income "
        "(+0.05 % of income), although it feared an answer (-0.02 %)."
    )


def test_dated_moves_are_joined_and_said_to_be_dated():
    text = account("2025Q1", quarter("2025Q1"), {}, ["HOM", "AAA"], NAMES)
    assert "the Alphas raised its tariff on cars and ore from Home, CCC and DDD by 10 to 30 points, set by date" in text
    assert text.startswith("2025Q1: nobody had a decision to make; ")


def test_who_held_and_who_did_not_decide_are_told_apart():
    holds = ledger().assign(picked=[True, False, False])
    text = account("2026Q2", moves().iloc[:0], {"HOM": holds, "AAA": holds}, ["HOM", "AAA", "BBB"], NAMES)
    assert text == "2026Q2: Home and the Alphas weighed their moves and held; Beta did not decide."


def test_a_move_of_an_unknown_kind_keeps_its_own_sentence():
    odd = quarter("2025Q2").assign(operation="invent", sentence="HOM invents something")
    assert "Home made a move (HOM invents something), promised by the policy" in account("2025Q2", odd, {}, [], NAMES)


def test_the_margin_is_against_the_best_that_was_not_picked_net_of_its_cost():
    assert runner_up(ledger()).candidate == "tariff raise AAA cars 5"
    assert margin_of(ledger()) == pytest.approx(0.01)
    assert margin_of(ledger().iloc[1:2]) is None


def test_chances_are_split_through_the_nests():
    nests = nest_chances(ledger())
    assert nests["act"] == pytest.approx(0.8) and nests["classes"] == {"tariff": pytest.approx(1.0)}
    assert nests["pick_in_class"] == pytest.approx(0.75)
    assert nest_sentence(ledger()) == "Chance of acting 80 %; given that, tariff 100 %; the pick within its class 75 %."


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


def test_what_an_actor_believed_is_its_belief_then_beside_the_base_years():
    run = simulate("america_first", "adaptive", 7, quarters=3, values=ALWAYS)
    first, later = (run.believed(label, "JPN") for label in (run.quarters[0], run.quarters[-1]))
    assert (first.value == first.prior).all()
    assert later.prior.equals(first.prior)
    raised = later[(later.about == "USA") & (later.belief == "hazard")].iloc[0]
    assert raised.value > raised.prior and raised.unit == "1/year"
    totals = later[later.belief == "conduct"].groupby("about").value.sum()
    assert totals.to_list() == pytest.approx([1.0] * len(totals))
    assert isinstance(later, pd.DataFrame) and set(later.about) == {"EU27", "USA", "CHN"}
