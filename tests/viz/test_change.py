"""Levers, branches and comparisons as plain values: what stands first, what a change is called, how a tree grows."""

from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
import pytest

from sim.batch import run_tasks, variant_tasks
from sim.scenario.load import names
from sim.scenario.turns import MoveTurn, PolicyTurn, ValuesTurn
from tests.viz import made
from tests.viz.made import comparison
from viz.changes import change_texts, own_text, quarters_of
from viz.comparing import State, variant
from viz.courses import Course, bands, course_chart
from viz.lab import Lab
from viz.language import languages, texts_of
from viz.levers import group_of, grouped, levers, listed, with_value
from viz.numbers import label
from viz.state import Choice, Place
from viz.tabs.compare import first_choice, gaps_of, variants_of, world_of
from viz.tree import Tree, changes, turned
from viz.worlds import another, policy_named, scenario_named, theme_named

BASE = Choice("tariffs_2025", "eu_hedge", 7)
RENEWAL = "model.trade.contract_renewal"


def test_every_ranged_number_is_a_lever_and_has_a_group_in_both_languages():
    found = levers(scenario_named("tariffs_2025"), policy_named("eu_hedge"))
    assert len(found) > 300 and len({one.name for one in found}) == len(found)
    for language in languages():
        rows = [row for group in grouped("tariffs_2025", "eu_hedge", language) for row in group["rows"]]
        assert len(rows) == len(found) and all(row["label"] and row["meaning"] for row in rows)
        assert all(f"change.group.{one.group}" in texts_of(language).texts for one in found)


@pytest.mark.parametrize("entry", listed()["first"], ids=lambda entry: entry["key"])
def test_each_number_of_the_short_list_is_there_with_its_reason(entry):
    every = [(name, scenario_named(name)) for name in names("scenario")]
    fits = [one.name for _, s in every for one in levers(s)
            if fnmatchcase(one.name, entry["pattern"].format(focus=s.file.focus))]  # fmt: skip
    assert fits
    for language in languages():
        say = texts_of(language)
        assert all(say(f"change.{part}.{entry['key']}") for part in ("name", "what", "why"))


def test_the_short_list_stands_first_and_no_number_stands_twice():
    groups = grouped("tariffs_2025", "eu_hedge", "en")
    assert groups[0]["key"] == "first" and all(row["why"] for row in groups[0]["rows"])
    every = [row["name"] for group in groups for row in group["rows"]]
    assert len(every) == len(set(every)) and RENEWAL in [row["name"] for row in groups[0]["rows"]]


def test_groups_by_prefix():
    assert group_of("model.trade.final_elasticity") == "trade"
    assert group_of("scenario.changes.demands.USA.0.value") == "coercion"
    assert group_of("scenario.calendar.20.controls.0.withheld") == "scenario"
    assert group_of("shock.hormuz.hazard") == "chance"


def test_labels_name_regions_and_owners_and_hardly_repeat():
    scenario, theme = scenario_named("tariffs_2025"), theme_named("tariffs_2025")
    assert label("scenario.changes.norm_factor.USA", scenario, theme) == "Norm factor: United States"
    assert label("programme.alaska_lng.capital", scenario, theme) == "Alaska LNG: capital"
    labels = [row["label"] for group in grouped("tariffs_2025", "eu_hedge", "en") for row in group["rows"]]
    assert len(set(labels)) > 0.9 * len(labels)
    first = [row["label"] for row in grouped("tariffs_2025", "eu_hedge", "en")[0]["rows"]]
    assert len(set(first)) == len(first)


def test_a_value_is_set_kept_in_its_range_and_taken_back():
    changed = with_value(BASE, RENEWAL, 0.1)
    assert dict(changed.values) == {RENEWAL: 0.1}
    assert dict(with_value(BASE, RENEWAL, 99).values) == {RENEWAL: 0.15}
    assert with_value(changed, RENEWAL, 0.07) == BASE
    with pytest.raises(KeyError):
        with_value(BASE, "model.trade.nothing", 1)


def test_a_policys_numbers_are_levers_that_go_with_it():
    groups = {group["key"]: group["rows"] for group in grouped("tariffs_2025", "eu_hedge", "en")}
    labels = [row["label"] for row in groups["policy"]]
    assert labels[0] == "Mark-up on China in chokepoint minerals, battery minerals and 1 more, from 2026Q1"
    assert labels[2].startswith(
        "Tariff kept on the European Union in"
    ) and "Size of Redundant cables and spurs" in " ".join(labels)
    assert len(set(labels)) == len(labels) and all(row["why"] for row in groups["policy"])
    name = groups["policy"][0]["name"]
    mine = with_value(with_value(BASE, name, 0.9), RENEWAL, 0.1)
    assert dict(mine.values) == {name: 0.9, RENEWAL: 0.1}
    assert change_texts(BASE, mine, texts_of("en")) == ["Contracts renewed a quarter 0.1 1/quarter", f"{labels[0]} 0.9"]
    other = another(mine, "policy", "status_quo")
    assert dict(other.values) == {RENEWAL: 0.1}
    assert len(change_texts(mine, other, texts_of("en"))) == 1
    assert "policy" not in {group["key"] for group in grouped("tariffs_2025", "status_quo", "en")}
    with pytest.raises(KeyError):
        with_value(other, name, 0.9)


def test_no_rule_of_an_actor_is_a_lever():
    assert not [one.name for one in levers(scenario_named("tariffs_2025")) if "strategy" in one.name]


def test_a_tree_grows_under_its_parent_is_renamed_and_cut():
    one = turned(BASE, PolicyTurn(type="policy", quarter="2026Q1", policy="decoupling"))
    two = turned(one, ValuesTurn(type="values", quarter="2027Q1", values={RENEWAL: 0.1}))
    tree = Tree().grown(BASE, "first").grown(one, "other policy", BASE, "2026Q1").grown(two, "faster", one, "2027Q1")
    assert [(depth, branch.name) for depth, branch in tree.ordered()] == [
        (0, "first"),
        (1, "other policy"),
        (2, "faster"),
    ]
    assert tree.grown(two, "again", one, "2027Q1") == tree
    middle = tree.of(one).key
    assert tree.renamed(middle, "  a   new name ").get(middle).name == "a new name"
    assert tree.renamed(middle, "   ").get(middle).name == "other policy"
    cut = tree.without(middle)
    assert [(depth, branch.name) for depth, branch in cut.ordered()] == [(0, "first"), (1, "faster")]
    assert tree.without(tree.of(BASE).key).ordered()[0] == (0, replace(tree.of(one), parent=None))


def test_values_of_one_quarter_are_kept_beside_new_ones():
    one = turned(BASE, ValuesTurn(type="values", quarter="2026Q1", values={RENEWAL: 0.1}))
    two = turned(one, ValuesTurn(type="values", quarter="2026Q1", values={"alliance.defiance": 0.0}))
    assert len(two.turns) == 1 and set(two.turns[0].values) == {RENEWAL, "alliance.defiance"}


def test_changes_are_said_with_their_numbers():
    say = texts_of("en")
    after = replace(with_value(BASE, RENEWAL, 0.1), policy="status_quo")
    assert [kind for kind, _, _ in changes(BASE, after)] == ["policy", "value"]
    assert change_texts(BASE, after, say)[1] == "Contracts renewed a quarter 0.1 1/quarter"
    assert change_texts(after, BASE, say)[1] == "Contracts renewed a quarter 0.07 1/quarter"
    forced = turned(BASE, MoveTurn(type="move", quarter="2026Q1", actor="JPN", move="x"))
    assert own_text(forced, say, {"x": "hold still"}).endswith("from 2026Q1: Japan: hold still")
    assert quarters_of("tariffs_2025")[0] == "2025Q1" and len(quarters_of("tariffs_2025")) == 24


def spread(runs):
    rows = [("a", run, "2025Q1", "leverage", partner, run + extra)
            for run in range(runs) for partner, extra in (("x", 0), ("y", 1))]  # fmt: skip
    return pd.DataFrame(rows, columns=["policy", "run", "quarter", "measure", "partner", "value"])


def test_bands_hold_most_runs_of_many_all_of_few_and_take_the_largest_partner():
    few, many = bands(spread(5), "leverage"), bands(spread(21), "leverage")
    assert few["mean"].tolist() == [3.0] and few[["low", "high"]].to_numpy().tolist() == [[1.0, 5.0]]
    assert many[["low", "high"]].to_numpy().tolist() == [[pytest.approx(2.0), pytest.approx(20.0)]]


def test_differences_of_few_runs_span_them_all():
    found = comparison()
    rows = gaps_of(found)
    last = found.outcomes[found.outcomes.quarter == made.QUARTERS[-1]].set_index(
        ["policy", "run", "measure", "partner"]
    )
    for code in ("hedging_premium", "tail_loss"):
        apart = [last.value["spread", k, code, "all"] - last.value["rest", k, code, "all"] for k in range(found.runs)]
        row = rows.loc["spread", code, "all"]
        assert (row["low"], row["high"]) == pytest.approx((min(apart), max(apart)))
    assert gaps_of(replace(found, runs=16)).low.equals(
        found.differences.set_index(["policy", "measure", "partner"]).low
    )


def test_what_can_be_compared_is_that_of_the_scenario_picked():
    lab = Lab(Place(with_value(BASE, RENEWAL, 0.1)))
    keys = list(variants_of(lab, world_of(lab)))
    assert sum(key.startswith("own") for key in keys) == 1 and "policy decoupling" in keys
    lab.compared_in.value = "small_rivalry"
    found = variants_of(lab, world_of(lab))
    assert list(found) == ["policy adaptive", "policy alliance_first", "policy status_quo"]  # those that fit it
    assert {choice.scenario for _, choice in found.values()} == {"small_rivalry"}
    lab.compared_in.value = "upload-gone"
    assert world_of(lab) == "tariffs_2025"
    assert first_choice(State(), list(found), BASE)["keys"] == ["policy status_quo"]
    assert first_choice(State(), keys, BASE)["luck"] == BASE.seed


def test_a_chart_has_a_line_and_a_band_each_and_no_partner_colour():
    table = pd.DataFrame(
        {"key": ["a", "b"], "quarter": ["2025Q1"] * 2, "mean": [1.0, 2.0], "low": [0.5, 1.5], "high": [2.0, 3.0]}
    )
    option = course_chart("coercibility", table, [Course("a", "A", 0, True), Course("b", "B", 0)], ["2025Q1", "2025Q2"])
    assert [one["name"] for one in option["series"]] == ["a low", "a high", "A", "b low", "b high", "B"]
    assert option["series"][1]["data"] == [1.5, None] and option["series"][2]["lineStyle"]["color"] == "#8A8A8A"
    theme = theme_named("tariffs_2025")
    assert option["series"][5]["lineStyle"]["color"] not in [theme.colour(code) for code in theme.partners]


def test_variants_share_draws_and_luck_and_keep_their_own_values():
    mine = with_value(BASE, RENEWAL, 0.15)
    variants = [variant("p", BASE), variant("q", replace(BASE, policy="status_quo")), variant("own", mine)]
    tasks = variant_tasks(variants, 7, 2)
    found = [(task.draw, task.lucks, task.policies[0].name) for task in tasks]
    assert found == [(k, [k], name) for k in range(2) for name in ("p", "q", "own")]
    assert tasks[2].values["own"][RENEWAL] == 0.15 != tasks[0].values["p"][RENEWAL]
    others = {name: value for name, value in tasks[2].values["own"].items() if name != RENEWAL}
    assert all(tasks[0].values["p"][name] == value for name, value in others.items())


def test_an_own_variant_goes_through_the_same_batch_as_a_policy():
    mine = turned(BASE, PolicyTurn(type="policy", quarter="2025Q2", policy="status_quo"))
    tasks = variant_tasks([variant("p", BASE), variant("own", mine)], 7, 1)
    results = run_tasks([replace(task, quarters=2) for task in tasks], 1, None)
    tables = pd.concat([result.portfolio for result in results])
    first = {key: rows.value.to_numpy() for key, rows in tables[tables.quarter == "2025Q1"].groupby("policy")}
    assert not [failure for result in results for failure in result.failures]
    assert np.array_equal(first["p"], first["own"], equal_nan=True)
