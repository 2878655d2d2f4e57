"""Figures say in words what is seen, carry units, and come out the same twice."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.viz.made import (
    POLICIES,
    QUARTERS,
    THEME,
    cases,
    comparison,
    crisis_moves,
    frontier_standing,
    ledger,
    moves,
    outcomes,
    run,
)
from viz import figures
from viz.figures.base import spread
from viz.figures.differences import whole_rows
from viz.figures.frontier import sentence


@pytest.fixture(scope="module")
def pictures():
    made = comparison()
    return {
        "exposure": figures.exposure_over_time(outcomes(), "rest", THEME, POLICIES),
        "differences": figures.paired_differences(made.differences, "rest", THEME, POLICIES, made.label, "Beta"),
        "moves": figures.time_line(moves(), QUARTERS, THEME),
        "decision": figures.one_decision(ledger(), "2025Q3", "HOM", THEME),
        "frontier": figures.efficient_frontier(frontier_standing(), "rest", THEME, POLICIES, "One run a policy."),
    }


def texts(figure):
    return [item.get_text() for axes in figure.axes for item in axes.findobj() if hasattr(item, "get_text")]


def test_the_exposure_title_names_policy_partner_and_numbers(pictures):
    # the lead of Spread: Beta 35.3 % at the start, ten points less at the end, means over the four runs
    assert pictures["exposure"].title == (
        "Home's exposure to the United Alphas grows most under “Spread”: from 29.7 to 39.7 %; "
        "under the other policies it ends between 24.7 and 29.7 %"
    ) or pictures["exposure"].title.startswith("Home's exposure to Beta falls most under “Spread”: from 35.3 to 25.3 %")


def test_the_reference_stands_first_and_every_policy_has_a_panel(pictures):
    titles = [axes.get_title(loc="left") for axes in pictures["exposure"].figure.axes]
    assert titles == ["As it is", "Spread", "Lean on Beta"]


def test_the_difference_title_says_how_much_and_at_what_premium(pictures):
    assert pictures["differences"].title == (
        "“Spread” cuts the largest single threat (Beta) most: by 0.60\N{NO-BREAK SPACE}points of income "
        "against “As it is”; its premium is 0.050\N{NO-BREAK SPACE}points higher"
    )


def test_axes_carry_units(pictures):
    assert any("per cent of foreign supply" in axes.get_ylabel() for axes in pictures["exposure"].figure.axes)
    assert all(
        "point" in axes.get_xlabel() or "number" in axes.get_xlabel() for axes in pictures["differences"].figure.axes
    )
    assert "per cent" in pictures["decision"].figure.axes[0].get_xlabel()
    assert all("per cent of" in axes.get_xlabel() for axes in pictures["frontier"].figure.axes)
    assert pictures["frontier"].figure.axes[0].get_ylabel() == "hedging premium, per cent of income"


def test_the_frontier_names_every_policy_at_its_mark_in_both_panels(pictures):
    picture = pictures["frontier"]
    for axes in picture.figure.axes:
        assert {note.get_text() for note in axes.texts} >= set(POLICIES.values())
    # lean: down by 0.1 + 0.3 of 0.3 at the end, premium 0.4**2 + 0.1, of which 0.1 is over the frontier
    assert picture.title == (
        "“Lean on Beta” cuts the expected loss most, by 0.090 % of income a year, and comes to a premium of 0.260 %; "
        "0.160 % would do"
    )
    assert "2e-05 % of income" in picture.caption


def test_where_the_focus_stands_is_said_in_a_sentence():
    said = sentence(frontier_standing(), THEME, POLICIES)
    assert said.startswith("At the start Home pays 0.010 % of income for its hedges; 0.000 of it could be saved")
    assert "“As it is” stands nearest to the frontier, 0.000 % over it, and “Lean on Beta” furthest, 0.100 %" in said


def test_one_policy_in_one_quarter_still_reads():
    alone = frontier_standing(("rest",))
    first = alone.path[alone.path.quarter == "2025Q1"]
    picture = figures.efficient_frontier(type(alone)("HOM", alone.frontier, first), "rest", THEME, POLICIES)
    assert picture.title == "Under no policy does Home buy less danger of coercion than at the start"
    assert "<svg" in picture.svg()


def test_the_time_line_tells_dated_from_chosen(pictures):
    assert pictures["moves"].title.startswith("Beta makes most moves of its own: 2 of 3; 4 more are set by date")
    legend = [item.get_text() for item in pictures["moves"].figure.axes[0].get_legend().get_texts()]
    assert legend[:3] == ["chosen by the actor", "set by date", "promised by the policy"]
    assert "Beta → Home" in texts(pictures["moves"].figure)


def lines(picture, dashed):
    mine = [line for line in picture.figure.axes[0].lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 1.7]
    return [list(line.get_xdata()) for line in mine if (line.get_linestyle() != "-") == dashed]


def test_a_control_is_a_solid_line_only_while_it_stands(pictures):
    assert lines(pictures["moves"], dashed=False) == [[2, 4]] and lines(pictures["moves"], dashed=True) == []


def test_an_open_threat_is_dashed_and_the_measure_that_follows_is_solid():
    picture = figures.time_line(crisis_moves(), QUARTERS, THEME, cases=cases())
    assert lines(picture, dashed=True) == [[1, 2]] and lines(picture, dashed=False) == [[2, 4]]
    threat = [mark for mark in picture.figure.axes[0].collections if mark.get_linestyle()[0][1] is not None]
    assert len(threat) == 1
    assert "1 threat and 3 answers" in picture.caption


def test_a_decision_says_what_was_picked_and_by_how_much(pictures):
    assert pictures["decision"].title == (
        "2025Q3: Home picks “answer the United Alphas with a tariff on all goods of the same size”, "
        "worth +0.028\N{NO-BREAK SPACE}% of income, 0.010 ahead of the runner-up"
    )
    assert (
        "own income +0.020 spoke for the pick and retaliation \N{MINUS SIGN}0.010 against it"
        in pictures["decision"].caption
    )
    assert "picked: answer the United Alphas with a" in " ".join(texts(pictures["decision"].figure)).replace("\n", " ")


def test_no_moves_no_decision_no_difference_still_read():
    assert figures.time_line(moves().iloc[0:0], QUARTERS, THEME).title == "Nobody makes a move in this run"
    assert figures.one_decision(ledger().iloc[0:0], "2025Q3", "HOM", THEME) is None
    assert run().ledgers


def test_every_picture_is_saved_twice_with_words_beside_it(pictures, tmp_path):
    for picture in pictures.values():
        png, svg = picture.save(tmp_path)
        assert png.read_bytes().startswith(b"\x89PNG") and "<svg" in svg.read_text()
        assert len(picture.alt) > 40 and picture.caption


def test_the_same_numbers_give_the_same_bytes():
    first, second = (figures.one_decision(ledger(), "2025Q3", "HOM", THEME) for _ in range(2))
    assert first.svg() == second.svg()
    assert first.png() == second.png()


def test_a_measure_without_a_whole_row_shows_its_largest_effect():
    table = comparison().differences
    shares = table[table.measure == "exposure_share"]
    rows = whole_rows(shares).set_index("policy")
    assert set(rows["partner"]) <= {"AAA", "BBB"} and len(rows) == 2


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_labels_keep_their_distance_and_their_order(places):
    heights = spread(places, 5, 0, 100)
    ordered = sorted(range(len(places)), key=lambda i: places[i])
    gaps = [heights[b] - heights[a] for a, b in zip(ordered, ordered[1:], strict=False)]
    assert all(gap >= 5 - 1e-9 for gap in gaps)
    assert min(heights) >= -1e-9 and max(heights) <= 100 + 1e-9


def test_support_is_drawn_by_group_and_says_what_moved_it_most():
    rows = [
        (policy, run, quarter, "HOM", partner, domain, measure, value)
        for policy in POLICIES
        for run in range(2)
        for k, quarter in enumerate(QUARTERS)
        for partner, domain, measure, value in (
            ("farmers", "all", "support", -0.1 * k * (policy == "spread")),
            ("unions", "all", "support", 0.02 * k * (policy == "rest")),
            ("farmers", "sales", "support_by_cause", -0.1 * k * (policy == "spread")),
            ("unions", "wage", "support_by_cause", 0.02 * k * (policy == "rest")),
            ("all", "all", "policy_fallen", float(policy == "spread" and run == 1 and k > 3)),
        )
    ]
    columns = ["policy", "run", "quarter", "region", "partner", "domain", "measure", "value"]
    picture = figures.support_over_time(pd.DataFrame(rows, columns=columns), "rest", THEME, POLICIES)
    assert picture.title == ("Support at home in Home: Farmers end worst, at −0.50 % under “Spread”; Unions best, at "
                             "+0.10 % under “As it is”")  # fmt: skip
    assert "Spread: Farmers most, over the sales of its industries" in picture.caption
    assert picture.caption.endswith("Fell for lack of support, of 2 runs: Spread in 1.")
    assert len(picture.figure.axes) == len(POLICIES)
    assert figures.support_over_time(pd.DataFrame(columns=columns), "rest", THEME, POLICIES) is None
