"""The page's frontier panel: what it says and draws, from a standing made by hand."""

from dataclasses import replace

from sim.scenario.turns import ValuesTurn
from sim.studies.standing import Standing
from tests.viz.made import QUARTERS, frontier_standing
from viz.frontier import BEFORE, THIS, options, told, world_of
from viz.language import texts_of
from viz.state import Choice


def shown() -> Standing:
    return frontier_standing((BEFORE, THIS))


def test_the_sentence_is_of_the_quarter_shown():
    # this run: down by 0.1 + 0.03 k, premium its square + 0.01 k
    assert told(shown(), QUARTERS[0]).startswith(
        "At base-year prices and first beliefs hedges cost 0.010 % of income in 2025Q1; that is 0.000 % of income more"
    )
    assert "0.113 % of income in 2026Q2; that is 0.050 % of income more" in told(shown(), QUARTERS[5])


def test_the_number_of_the_tile_stands_beside_the_other():
    found = shown()
    found = replace(found, path=found.path.assign(run_hedging_premium=0.029))
    assert "in 2025Q2 (Play's tile: 0.029 %, at the quarter's own prices" in told(found, QUARTERS[1])
    assert "0.029 %" in told(found, QUARTERS[1], texts_of("ja"))


def test_the_path_ends_at_the_quarter_shown_and_axes_have_units():
    chart = options(shown(), QUARTERS[2])
    curve, before, this = chart["series"]
    assert (before["name"], this["name"]) == ("the run before", "this run")
    assert len(this["data"]) == 3 and this["data"][-1]["label"]["formatter"] == "this run"
    assert all(0 <= y <= chart["yAxis"]["max"] for _, y in curve["data"])
    assert "per cent of income" in chart["xAxis"]["name"] and "per cent of income" in chart["yAxis"]["name"]


def test_without_a_run_before_there_are_two_lines():
    assert len(options(frontier_standing((THIS,)), QUARTERS[5])["series"]) == 2


def test_a_frontier_belongs_to_the_numbers_in_force_and_to_no_policy():
    plain = Choice("tariffs_2025", "eu_hedge", 7)
    turn = ValuesTurn(type="values", quarter="2026Q3", values={"model.beliefs.half_life": 3.0})
    here = world_of(plain, "2026Q2")
    assert world_of(Choice("tariffs_2025", "status_quo", 8), "2027Q1") == here
    assert world_of(plain.with_values({"policy.commitments.0.size": 0.9}), "2026Q2") == here
    assert world_of(plain.with_turn(turn), "2026Q2") == here != world_of(plain.with_turn(turn), "2026Q3")
    assert world_of(plain.with_values({"model.trade.short_run_position": 0.9}), "2026Q2") != here
