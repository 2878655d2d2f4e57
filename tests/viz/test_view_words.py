"""Numbers, moves and candidates in a reader's words."""

import math
from dataclasses import replace

import pytest

from sim.scenario.load import load_scenario
from tests.viz.made import THEME, ledger, moves
from viz import words
from viz.measures import MEASURES, TERMS, measure, term_name
from viz.phrases import candidate_phrase, goods, grouped, move_phrase, move_sentence, size_phrase, target_name
from viz.theme import theme_of

SPACE = words.NARROW


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.379, "exposure_share", f"37.9{SPACE}%"),
        (-0.204, "real_income", f"\N{MINUS SIGN}0.20{SPACE}%"),
        (0.204, "real_income", f"+0.20{SPACE}%"),
        (6.93, "effective_partners", "6.93"),
        (math.nan, "tail_loss", words.MISSING),
    ],
)
def test_a_value_is_written_with_its_unit(value, code, text):
    assert words.value_text(value, code) == text


def test_a_difference_of_shares_is_in_points():
    assert words.difference_text(0.012, "exposure_share") == f"+1.2{SPACE}points"
    assert words.difference_text(-0.5, "effective_partners") == "\N{MINUS SIGN}0.50"


def test_a_rounded_zero_has_no_sign():
    assert words.number(-0.001, 2, signed=True) == "0.00"


def test_a_chance_is_certain_only_when_it_is():
    assert words.chance(0.0004) == f"<1{SPACE}%"
    assert words.chance(0.9996) == f">99{SPACE}%"
    assert words.chance(1.0) == f"100{SPACE}%"


def test_a_small_payoff_keeps_four_decimals():
    assert words.payoff(0.0213) == "+0.021"
    assert words.payoff(-0.00013) == "\N{MINUS SIGN}0.0001"
    assert words.payoff(0.000001) == "0.000"
    assert words.payoff(0.03, signed=False) == "0.030"


def test_lists_read_as_sentences():
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.quarter_text("2026Q3") == "3rd quarter of 2026"


def test_every_measure_and_term_says_what_it_is():
    for kind in MEASURES.values():
        assert kind.definition.endswith(".") and kind.unit
    assert all(len(meaning) > 10 for _, meaning in TERMS.values())
    assert measure("unheard_of").name == "Unheard of" and term_name("new_term") == "New term"


def test_a_move_is_told_with_names():
    match = moves().iloc[5]
    assert move_phrase(match, THEME) == "answers with a tariff on all goods"
    assert size_phrase(match) == f"tariff 0.0{SPACE}% → 10.0{SPACE}%"
    assert move_sentence(match, THEME).startswith("Home answers with a tariff on all goods (towards the United Alphas")


def test_many_goods_are_counted():
    assert goods("ore, cars", THEME) == "ore and cars"
    assert goods("a, b, c, d", THEME) == "4 kinds of goods"


def test_a_candidate_is_told_with_its_size():
    rows = ledger()
    assert candidate_phrase(rows.iloc[0], THEME) == "hold still"
    assert (
        candidate_phrase(rows.iloc[1], THEME) == "answer the United Alphas with a tariff on all goods of the same size"
    )
    assert candidate_phrase(rows.iloc[2], THEME) == "raise the tariff on cars from the United Alphas by 5 points"


def test_a_programme_goes_by_its_title():
    row = {"candidate": "begin sea_link all", "instrument": "hedge", "operation": "begin", "target": "all",
           "domain": "sea_link"}  # fmt: skip
    theme = replace(THEME, programmes={"sea_link": "A cable of one's own"})
    assert candidate_phrase(row, theme) == "begin the programme “A cable of one's own” with everybody"
    real = theme_of(load_scenario("tariffs_2025"))
    assert goods("cptpp_links", real) == "Bridges between CPTPP and the EU"


def test_an_unknown_candidate_keeps_its_own_label():
    odd = ledger().iloc[2].to_dict() | {"instrument": "cable", "candidate": "cut the cable"}
    assert candidate_phrase(odd, THEME) == "cut the cable"


def test_moves_towards_bystanders_are_joined_and_those_towards_actors_are_not():
    rows = grouped(moves(), THEME)
    joined = rows[rows["target"] == "others"].iloc[0]
    assert joined["count"] == 2 and joined["after"] == pytest.approx(0.2)
    assert target_name(joined, THEME) == "2 others"
    assert joined["targets"] == "Gamma and Delta"
    assert len(rows) == len(moves()) - 1 and rows["count"].sum() == len(moves())
