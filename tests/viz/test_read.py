"""What is picked from a run's tables."""

import pytest

from tests.viz.made import QUARTERS, ledger, moves, portfolio
from viz import read


def test_exposure_has_a_row_a_quarter_and_adds_up_to_one():
    table = read.exposure(portfolio("spread"), "HOM")
    assert list(table.index) == QUARTERS
    assert table.sum(axis=1).to_numpy() == pytest.approx(1)


def test_the_heat_map_keeps_why_a_number_is_missing():
    table, notes = read.heat(portfolio("rest"), "HOM", "2025Q1")
    assert list(table.index) == ["ore", "cars", "cables"]
    assert notes[("cables", "CCC")] == "no table of it"
    assert "all" not in table.index


def test_a_headline_says_by_whom_with_what():
    found = read.headline(portfolio("rest"), "HOM", "coercibility", "2025Q1")
    assert (found.partner, found.domain) == ("BBB", "ore")
    assert found.value == pytest.approx(6 * 0.35)
    assert read.headline(portfolio("rest"), "HOM", "tail_loss", "2025Q1").partner == "all"
    assert read.headline(portfolio("rest"), "HOM", "no_such", "2025Q1") is None


def test_the_margin_counts_the_cost_of_acting():
    found = read.decision(ledger())
    assert found.picked["candidate"] == "tariff match AAA goods 1"
    assert found.runner_up["candidate"] == "tariff raise AAA cars 5"
    assert found.margin == pytest.approx(0.01)


def test_the_reasons_add_up_to_the_margin():
    found = read.decision(ledger())
    assert sum(gap for _, gap in found.reasons) == pytest.approx(found.margin)
    assert [term for term, _ in found.reasons] == ["real_income", "retaliation"]


def test_a_hold_is_compared_with_the_best_move():
    table = ledger()
    table["picked"] = [True, False, False]
    found = read.decision(table)
    assert found.holds and found.runner_up["candidate"] == "tariff match AAA goods 1"
    assert found.margin == pytest.approx(-0.028)


def test_an_empty_ledger_explains_nothing():
    assert read.decision(None) is None
    assert read.decision(ledger().iloc[0:0]) is None


def test_moves_are_counted_by_kind():
    assert read.summary_of_moves(moves()) == "4 tariff moves, 2 export controls, 1 hedge"
