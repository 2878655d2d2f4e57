"""The page's chart and markup: what stands where, and nothing that a run says is taken for markup."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from tests.viz.made import QUARTERS, THEME, ledger, moves, portfolio, run
from viz import charts, markup, move_table, read
from viz.figures.decision import leading
from viz.language import texts_of


def option(cursor, ghost=None):
    shares = read.exposure(portfolio("spread"), "HOM")
    return charts.dependence(shares, ghost, moves(), QUARTERS, cursor, THEME)


def series(made, kind):
    return [one for one in made["series"] if one["type"] == kind]


def test_the_option_is_plain_json():
    assert json.loads(json.dumps(option(3)))


def test_areas_stop_at_the_cursor_and_add_up_to_a_hundred():
    areas = [one for one in series(option(3), "line") if one["name"] != "ghost"]
    assert len(areas) == 5
    for k in range(3):
        assert sum(one["data"][k] for one in areas) == pytest.approx(100, abs=0.05)
    assert all(value is None for one in areas for value in one["data"][3:])


def test_actors_lie_at_the_bottom_of_the_stack():
    assert charts.stacking(read.exposure(portfolio("spread"), "HOM"), THEME) == ["BBB", "AAA", "CCC", "DDD", "EEE"]


def test_the_ghost_is_grey_and_dashed_and_reaches_beyond_the_cursor():
    ghosts = [one for one in option(2, read.exposure(portfolio("lean"), "HOM"))["series"] if one["name"] == "ghost"]
    assert len(ghosts) == 4
    assert all(one["lineStyle"]["color"] == charts.GHOST and one["data"][-1] is not None for one in ghosts)


def test_moves_are_marked_by_origin_up_to_the_cursor():
    (marks,) = series(option(3), "scatter")
    fills = {point["name"].splitlines()[0]: point["itemStyle"]["color"] for point in marks["data"]}
    assert fills["United Alphas, 2025Q1: 3 × tariff, dated"] == "#ffffff"
    assert fills["Beta, 2025Q3: 1 × control, chosen"] == THEME.colour("BBB")
    assert not any("2026" in name for name in fills)


def test_a_mark_says_to_whom_and_how_much():
    (marks,) = series(option(3), "scatter")
    told = {point["name"].splitlines()[0]: point["name"].splitlines()[1:] for point in marks["data"]}
    (line,) = told["Beta, 2025Q3: 1 × control, chosen"]
    assert line.split() == "→ Home: puts its exports of ore under licence, withheld 0.0 % → 50.0 %".split()
    first, second, third = told["United Alphas, 2025Q1: 3 × tariff, dated"]
    assert first.startswith("→ Home: raises its tariff on cars, tariff 0.0") and second.startswith("→ Gamma")
    assert third.startswith("→ Delta: raises its tariff on cars and ore")


def test_of_many_moves_a_mark_tells_the_first_and_how_many_are_left():
    table = pd.concat([moves().iloc[:1].assign(target=code) for code in ("CCC", "DDD", "EEE", "HOM", "BBB")] * 2)
    (marks,) = series(charts.dependence(pd.DataFrame(), None, table, QUARTERS, 1, THEME), "scatter")
    lines = marks["data"][0]["name"].splitlines()[1:]
    assert [line[:6] for line in lines[:4]] == ["→ Home", "→ Home", "→ Beta", "→ Beta"]
    assert len(lines) == 7 and lines[-1] == "and 4 more, in the table below"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_all_moves_stand_in_a_table_under_the_sentence_of_their_quarter(language):
    theme = replace(THEME, say=texts_of(language))
    html = move_table.table(replace(run(), moves=hostile(moves())), theme)
    assert html.count("<tbody") == len(QUARTERS) and "<script>" not in html
    quarter = html.partition('data-quarter="2025Q3"')[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", quarter)
    assert len(rows) == 3 and 'rowspan="3">2025Q3' in rows[0]
    assert quarter.partition('colspan="6">')[2].partition("</td>")[0]  # the sentence of the quarter
    if language == "en":
        cells = re.findall("<td>(.*?)</td>", quarter.replace("\N{NO-BREAK SPACE}", " "))
        assert ["Beta", "Home", "control", "Puts its exports of ore under licence",
                "withheld 0.0 % → 50.0 %", "act, chosen"] == cells[:6]  # fmt: skip
    joined = html.partition('data-quarter="2025Q1"')[2].partition("</tbody>")[0]
    assert "Gamma" in joined and "Delta" in joined  # bystanders are named, not counted


def hostile(table):
    return table.assign(domain=table["domain"].replace("cars", "<script>"))


def test_names_stand_beside_their_areas_without_overlap():
    names = charts.area_names(read.exposure(portfolio("spread"), "HOM"), 4, THEME)
    tops = [one["top"] for one in names]
    assert tops == sorted(tops, reverse=True)
    assert min(a - b for a, b in zip(tops, tops[1:], strict=False)) >= 15
    assert names[0]["text"] == "Beta 29.0\N{NO-BREAK SPACE}%"


def test_before_the_first_quarter_the_chart_is_empty_but_stands():
    made = option(0)
    assert charts.area_names(read.exposure(portfolio("spread"), "HOM"), 0, THEME) == []
    assert series(made, "scatter")[0]["data"] == []


def test_a_tile_has_value_change_ghost_and_definition():
    now, start = (read.headline(portfolio("spread"), "HOM", "coercibility", q) for q in (QUARTERS[-1], QUARTERS[0]))
    before = read.headline(portfolio("rest"), "HOM", "coercibility", QUARTERS[-1])
    html = markup.tile(now, before, "coercibility", THEME, start).replace("\N{NO-BREAK SPACE}", " ")
    assert "1.50 %" in html and "by Beta, stopping ore" in html
    assert "\N{MINUS SIGN}0.60 points since the start, better" in html
    assert "before: 2.10 %" in html and "The most that one partner could cost" in html


def test_the_heat_map_marks_the_largest_and_says_why_one_is_missing():
    table, notes = read.heat(portfolio("rest"), "HOM", "2025Q1")
    html = markup.heat_table(table, notes, None, THEME)
    assert 'class="lead"' in html and 'title="no table of it"' in html
    assert html.count('<tr class="edge">') == 1


def test_the_ledger_shows_the_pick_and_the_sum_of_its_terms():
    found = read.decision(ledger())
    html = markup.ledger(found, leading(found), THEME)
    assert html.count("<li") >= 3 and html.count('class="picked"') == 1
    assert "+0.028" in html and ">60\N{NO-BREAK SPACE}%<" in html


def test_markup_in_a_run_stays_text():
    table = ledger()
    table["candidate"] = "<script>alert(1)</script>"
    table["instrument"] = "odd"
    found = read.decision(table)
    html = markup.ledger(found, leading(found), THEME) + markup.versus(found)
    assert "<script>" not in html and "&lt;script&gt;" in html
