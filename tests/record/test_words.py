"""Sentences from the records: who did what and why, with numbers that stand in the tables."""

import pandas as pd
import pytest

from sim.record.words import margin_of, nest_chances, nest_sentence, runner_up
from sim.run import simulate
from tests.viz.made import ledger

ALWAYS = {"model.choice.agenda": 1.0}


def test_the_margin_is_against_the_best_that_was_not_picked_net_of_its_cost():
    assert runner_up(ledger()).candidate == "tariff raise AAA cars 5"
    assert margin_of(ledger()) == pytest.approx(0.01)
    assert margin_of(ledger().iloc[1:2]) is None


def test_chances_are_split_through_the_nests():
    nests = nest_chances(ledger())
    assert nests["act"] == pytest.approx(0.8) and nests["classes"] == {"tariff": pytest.approx(1.0)}
    assert nests["pick_in_class"] == pytest.approx(0.75)
    assert nest_sentence(ledger()) == "Chance of acting 80 %; given that, tariff 100 %; the pick within its class 75 %."


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
