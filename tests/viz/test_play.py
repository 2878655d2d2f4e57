"""The Play tab: quarters gone to, the grey run, one domain, measures over time, the network, money a person."""

import json
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from sim.record.relations import RELATIONS
from sim.scenario.schema import Money
from sim.scenario.turns import MoveTurn, PolicyTurn, ValuesTurn
from tests.viz.made import QUARTERS, THEME, moves, portfolio
from viz import beside, kept, lines, network, read
from viz import lab as module
from viz.lab import Lab
from viz.language import languages, texts_of
from viz.money import money_text
from viz.state import Choice, Place, link_of, place_of

FEW = 3
SAY = texts_of("en")
CHOICE = Choice("tariffs_2025", "eu_hedge", 7)
LISTS = ["tariffs_2025"], ["eu_hedge", "status_quo"], ["play"], ["en"]


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(kept, "start", partial(kept.start, quarters=FEW))
    made = Lab(Place(CHOICE))
    made.start_worker = made.work
    return made


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


# --- time -----------------------------------------------------------------------------------------


def test_to_the_end_plays_all_without_pause_and_goes_there_at_once_the_second_time(lab, monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda seconds: pytest.fail("it paused"))
    lab.to_end()
    assert lab.shown.value.cursor == lab.shown.value.played == FEW
    run = lab.shown.value.run
    lab.show_count(0)
    lab.to_end()
    assert lab.shown.value.cursor == FEW and lab.shown.value.run is run


def test_several_quarters_wanted_at_once_draw_the_page_less_often(lab):
    seen = []
    lab.shown.subscribe(lambda shown: seen.append(shown.played))
    lab.to_end()
    assert seen[-1] == FEW and lab._wanted == 0
    monotone = [b - a for a, b in zip(seen, seen[1:], strict=False)]
    assert min(monotone) >= 0


@pytest.mark.parametrize(("asked", "shown"), [(2, 2), (0, 0), (-4, 0), (99, FEW)])
def test_the_time_line_goes_to_quarters_that_are_played(lab, asked, shown):
    lab.to_end()
    lab.show_count(asked)
    assert lab.shown.value.cursor == shown and lab.shown.value.played == FEW


def test_the_speed_stretches_the_pause(lab, monkeypatch):
    slept = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    monkeypatch.setattr(module, "PACE", 1000.0)
    for speed in ("slow", "fast"):
        lab.speed.value = speed
        lab.show_count(0)
        lab.play()
    half = len(slept) // 2
    assert min(slept[:half]) > 2000 and 100 < max(slept[half:]) <= 200


# --- luck -----------------------------------------------------------------------------------------


def test_a_link_keeps_the_run_of_the_luck():
    choice = replace(CHOICE, run=3)
    assert place_of(link_of(Place(choice)), Place(CHOICE), *LISTS).choice == choice
    assert "run=" not in link_of(Place(CHOICE))
    assert choice.apart_from(CHOICE) == "" and hash(choice) != hash(CHOICE)


def test_another_run_of_the_luck_is_the_commands(lab):
    from sim.run import simulate

    lab.choose(replace(CHOICE, run=2))
    lab.to_end()
    run = simulate("tariffs_2025", "eu_hedge", 7, run=2, quarters=FEW)
    assert run.portfolio.equals(lab.shown.value.run.portfolio)
    assert run.relations.equals(lab.shown.value.run.relations) and len(run.relations)


def test_values_of_the_policy_are_those_of_the_command(lab):
    from sim.run import simulate

    values = {"policy.commitments.0.size": 0.3, "model.trade.contract_renewal": 0.1}
    lab.choose(CHOICE.with_values(values))
    lab.to_end()
    run = simulate("tariffs_2025", "eu_hedge", 7, values=values, quarters=FEW)
    assert run.portfolio.equals(lab.shown.value.run.portfolio)


# --- the grey run ---------------------------------------------------------------------------------


def test_the_reference_keeps_the_world_and_drops_what_the_focus_does():
    kept = [ValuesTurn(type="values", quarter="2026Q1", values={"model.choice.agenda": 0.5}),
            MoveTurn(type="move", quarter="2026Q2", actor="USA", move="hold")]  # fmt: skip
    dropped = [PolicyTurn(type="policy", quarter="2026Q1", policy="decoupling"),
               MoveTurn(type="move", quarter="2026Q2", actor="JPN", move="hold")]  # fmt: skip
    choice = CHOICE.with_values({"policy.commitments.0.size": 0.1, "model.choice.agenda": 0.6})
    for turn in (*kept, *dropped):
        choice = choice.with_turn(turn)
    reference = beside.reference_of(choice)
    assert reference.policy == "status_quo" and set(dict(reference.values)) == {"model.choice.agenda"}
    assert sorted(map(repr, reference.turns)) == sorted(map(repr, kept)) and reference.seed == choice.seed


def test_the_reference_is_played_once_on_the_same_luck_and_kept(lab, monkeypatch):
    from sim.run import simulate

    lab.to_end()
    lab.beside.value = beside.REFERENCE
    beside.play_reference(lab, beside.reference_of(CHOICE))
    ghost = beside.ghost_of(lab, lab.shown.value)
    expected = simulate("tariffs_2025", "status_quo", 7, quarters=FEW)
    assert ghost.run.portfolio.equals(expected.portfolio)
    monkeypatch.setattr(lab, "player_of", lambda *a, **k: pytest.fail("it was played again"))
    beside.play_reference(lab, beside.reference_of(CHOICE))


def test_a_reference_that_nobody_asks_for_any_more_is_dropped(lab):
    lab.beside.value = beside.BEFORE
    beside.play_reference(lab, beside.reference_of(CHOICE))
    assert not lab.references.value


def test_the_grey_run_can_be_none_the_run_before_or_the_run_itself(lab):
    lab.to_end()
    assert beside.ghost_of(lab, lab.shown.value).run is None
    lab.choose(replace(CHOICE, policy="status_quo"))
    lab.to_end()
    assert beside.ghost_of(lab, lab.shown.value).run.policy == "eu_hedge"
    lab.beside.value = beside.REFERENCE
    itself = beside.ghost_of(lab, lab.shown.value)
    assert itself.run is lab.shown.value.run
    assert "is the grey one" in beside.ghost_text(itself, lab.shown.value, SAY)
    lab.beside.value = beside.NONE
    assert beside.ghost_text(beside.ghost_of(lab, lab.shown.value), lab.shown.value, SAY) == ""


# --- charts ---------------------------------------------------------------------------------------


def courses(policy):
    table = portfolio(policy)
    return {code: read.course(table, "HOM", code) for code in lines.HEADLINES}


def test_a_course_reads_what_the_headline_reads():
    table = portfolio("spread")
    for code, values in courses("spread").items():
        for quarter in QUARTERS:
            assert values[quarter] == read.headline(table, "HOM", code, quarter).value


def test_measures_over_time_stop_at_the_cursor_and_their_ghosts_are_dashed_grey():
    made = lines.over_time(courses("spread"), courses("rest"), moves(), QUARTERS, 3, THEME)
    assert json.loads(json.dumps(made))
    mine = [one for one in made["series"] if one["type"] == "line" and one["name"] != "ghost"]
    grey = [one for one in made["series"] if one["name"] == "ghost"]
    assert len(mine) == len(grey) == 6 and len(made["grid"]) == 7
    assert all(len(one["data"]) == 3 for one in mine)
    assert all(one["lineStyle"]["color"] == lines.GHOST and len(one["data"]) == len(QUARTERS) for one in grey)
    (marks,) = [one for one in made["series"] if one["type"] == "scatter"]
    assert marks["xAxisIndex"] == 6 and marks["data"]


def relations():
    row = "2025Q1"
    return pd.DataFrame(
        [
            (row, "AAA", "HOM", "flow", "all", 900.0, "million USD a year"),
            (row, "HOM", "AAA", "flow", "all", 100.0, "million USD a year"),
            (row, "CCC", "HOM", "flow", "all", 10.0, "million USD a year"),
            (row, "CCC", "DDD", "flow", "all", 5000.0, "million USD a year"),
            (row, "AAA", "HOM", "tariff", "goods", 12.0, "points"),
            (row, "HOM", "AAA", "tariff", "goods", -0.8, "points"),
            (row, "BBB", "HOM", "control", "ore", 0.5, "1"),
            (row, "BBB", "HOM", "control", "cars", 1.0, "1"),
            (row, "AAA", "BBB", "threat", "<b>cars</b>", 25.0, "points"),
            ("2025Q2", "AAA", "HOM", "tariff", "goods", 99.0, "points"),
        ],
        columns=RELATIONS,
    )


def test_the_network_has_fixed_places_and_marks_what_is_in_force():
    now = network.in_quarter(relations(), "2025Q1")
    base = network.option(now, THEME)["baseOption"]
    (graph,) = base["series"]
    assert json.loads(json.dumps(base))
    assert {node["id"] for node in graph["data"]} == set(THEME.regions)
    other = network.option(network.in_quarter(relations(), "2025Q2"), THEME)["baseOption"]["series"][0]
    assert [(n["x"], n["y"]) for n in graph["data"]] == [(n["x"], n["y"]) for n in other["data"]]
    coloured = {(e["source"], e["target"]): e for e in graph["links"] if e["lineStyle"]["color"] != network.TRADE}
    assert len(coloured) == 3  # a cut is no edge, and a pair has one of each kind
    assert coloured["AAA", "HOM"]["lineStyle"]["color"] == THEME.colour("AAA")
    assert {pair: e["lineStyle"]["type"] for pair, e in coloured.items()} == {
        ("AAA", "HOM"): "solid", ("BBB", "HOM"): "solid", ("AAA", "BBB"): "dashed"}  # fmt: skip
    assert coloured["BBB", "HOM"]["label"]["formatter"] == "100 %"
    grey = {(e["source"], e["target"]): e["lineStyle"]["width"] for e in graph["links"] if e["lineStyle"]["color"] ==
            network.TRADE}  # fmt: skip
    assert set(grey) == {("HOM", "AAA"), ("HOM", "CCC")} and grey["HOM", "AAA"] > 5 * grey["HOM", "CCC"]


def test_the_network_as_a_table_has_everything_and_no_markup_of_a_run():
    html = network.table(network.in_quarter(relations(), "2025Q1"), THEME)
    assert html.count("<tr>") == 1 + 8 and "<b>" not in html and "&lt;b&gt;" in html
    assert "\N{MINUS SIGN}0.8 points" in html and "1.0 bn" not in html and "0.9 bn USD a year" in html


def test_the_network_in_a_sentence_counts_pairs():
    told = network.told(network.in_quarter(relations(), "2025Q1"), THEME)
    assert "United Alphas on Home, +12.0 points" in told and "controls: 1" in told and "threat: 1" in told


# --- money ----------------------------------------------------------------------------------------


def test_a_per_cent_of_income_is_so_many_yen_a_person():
    from viz.worlds import scenario_named

    money = scenario_named("tariffs_2025").regions["JPN"].money
    assert money.a_person(0.2) == pytest.approx(0.002 * 609.4e12 / 123.8e6)
    assert money_text(0.2, "real_income", money, SAY) == "9,840 yen a person a year"
    assert money_text(-0.2, "real_income", money, texts_of("ja"), signed=True) == "1人あたり年 \N{MINUS SIGN}9,840 円"
    assert money_text(2, "tail_loss", money, SAY) == "98,400 yen a person"


def test_without_an_income_or_for_another_measure_nothing_is_said():
    money = Money.model_validate(
        {"currency": "yen", "income": {"value": 1.0, "unit": "trillion a year", "source": "made"},
         "population": {"value": 1.0, "unit": "million", "source": "made"}})  # fmt: skip
    assert money_text(1, "real_income", None, SAY) == money_text(1, "umbrella_credibility", money, SAY) == ""
    assert money_text(float("nan"), "real_income", money, SAY) == ""


@pytest.mark.parametrize("code", list(languages()))
def test_every_view_and_speed_has_its_text(code):
    from viz.portfolio import VIEWS

    say = texts_of(code)
    assert all(say(f"play.views.{one}") for one in VIEWS) and all(say(f"play.speeds.{one}") for one in module.SPEEDS)


def test_another_scenario_keeps_only_the_values_that_it_has_and_no_turns():
    from viz.worlds import another

    turn = MoveTurn(type="move", quarter="2026Q1", actor="JPN", move="hold")
    mine = {"model.choice.agenda": 0.6, "scenario.changes.norm_factor.USA": 0.1, "policy.commitments.0.size": 0.1}
    choice = CHOICE.with_values(mine).with_turn(turn)
    calm = another(choice, "scenario", "baseline")
    assert dict(calm.values) == {"model.choice.agenda": 0.6, "policy.commitments.0.size": 0.1} and not calm.turns
    other = another(choice, "policy", "status_quo")
    assert "policy.commitments.0.size" not in dict(other.values) and other.turns == (turn,)
