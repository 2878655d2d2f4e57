"""The page's frontier panel: what it says and draws, from a standing made by hand."""

from sim.studies.standing import Standing
from tests.viz.made import QUARTERS, frontier_standing
from viz.frontier import BEFORE, THIS, options, told


def shown() -> Standing:
    return frontier_standing((BEFORE, THIS))


def test_the_sentence_is_of_the_quarter_shown():
    # this run: down by 0.1 + 0.03 k, premium its square + 0.01 k
    assert told(shown(), QUARTERS[0]).startswith("In 2025Q1 hedges cost 0.010 % of income; 0.000 % more than")
    assert "0.113 % of income; 0.050 % more" in told(shown(), QUARTERS[5])


def test_the_path_ends_at_the_quarter_shown_and_axes_have_units():
    chart = options(shown(), QUARTERS[2])
    curve, before, this = chart["series"]
    assert (before["name"], this["name"]) == ("the run before", "this run")
    assert len(this["data"]) == 3 and this["data"][-1]["label"]["formatter"] == "this run"
    assert all(0 <= y <= chart["yAxis"]["max"] for _, y in curve["data"])
    assert "per cent of income" in chart["xAxis"]["name"] and "per cent of income" in chart["yAxis"]["name"]


def test_without_a_run_before_there_are_two_lines():
    assert len(options(frontier_standing((THIS,)), QUARTERS[5])["series"]) == 2
