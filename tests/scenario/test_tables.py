"""Tables of a world: read as accounts, cut in two with the accounts kept, and every fault named."""

import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario import load
from sim.scenario.schema import SplitFile
from sim.scenario.tables import balance_error, read_world, split_world

BASE = load.configs_root() / "worlds" / "base"


@pytest.fixture(scope="module")
def tables():
    return read_world(BASE)


def split_of(shares, pairs=None):
    def share(value):
        return {"value": value, "unit": "1", "source": "test"}

    return SplitFile(
        kind="split",
        name="cut",
        domain="critical_minerals",
        into=("one", "two"),
        exporter_share={code: share(value) for code, value in shares.items()},
        pair_share={i: {j: share(v) for j, v in by.items()} for i, by in (pairs or {}).items()},
        source="test",
    )


def test_the_base_year_balances(tables):
    assert np.abs(balance_error(tables)).max() < 1e-9
    assert np.abs(tables.value_added + tables.io.sum(axis=1) - 1).max() < 1e-9


def test_home_sales_stand_on_the_diagonal_and_bear_no_tariff(tables):
    assert (np.einsum("iid->id", tables.flows) > 0).all()
    assert (np.einsum("iid->id", tables.tariff) == 0).all()


def test_flows_are_stored_importer_first(tables):
    frame = pd.read_csv(BASE / "flows.csv").set_index(["importer", "exporter", "domain"]).value_before_tariff
    i, j, d = (tables.regions.index("JPN"), tables.regions.index("CHN"), tables.domains.index("electronics"))
    assert tables.flows[i, j, d] == frame["JPN", "CHN", "electronics"]


def test_arrays_cannot_be_changed(tables):
    with pytest.raises(ValueError):
        tables.flows[0, 0, 0] = 1.0


def test_schedules_are_silent_where_they_have_no_row(tables):
    steel = tables.schedules["steel_50"]
    assert (steel.basis != "").sum() == 1 and np.isfinite(steel.rate).sum() == 1


def test_stock_shares_sum_to_one_with_home_among_the_partners(tables):
    shares = tables.stock_shares
    assert np.allclose(shares.groupby(["domain", "importer"]).share.sum(), 1, atol=1e-6)
    assert "HOME" not in set(shares.partner)
    home = shares[(shares.domain == "defence") & (shares.importer == shares.partner)]
    assert set(home.importer) == {"JPN", "EU27", "USA", "CHN"}
    assert "JPN" in tables.stock_reason["capital_outward_stock"]


def test_without_the_tables_that_may_not_be_sold_stock_domains_say_why(tmp_path, monkeypatch):
    root = tmp_path / "configs"
    shutil.copytree(load.configs_root(), root, ignore=shutil.ignore_patterns("noncommercial", "targets"))
    monkeypatch.setattr(load, "configs_root", lambda: root)
    scenario = load.load_scenario("baseline")
    assert "noncommercial" in scenario.tables.stock_reason["connectivity"]
    assert set(scenario.tables.stock_reason) == set(scenario.stock_domains)


# --- split ----------------------------------------------------------------------------------------

SHARE = st.floats(0, 1)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_split_keeps_the_accounts(tables, data):
    values = data.draw(st.lists(SHARE, min_size=len(tables.regions), max_size=len(tables.regions)))
    pair = data.draw(st.dictionaries(st.sampled_from(tables.regions), SHARE, max_size=5))
    cut = split_world(tables, split_of(dict(zip(tables.regions, values, strict=True)), {"JPN": pair}))
    at = tables.domains.index("critical_minerals")
    assert cut.domains[at : at + 2] == ("one", "two")
    assert np.abs(balance_error(cut)).max() < 1e-9
    assert np.allclose(cut.flows[:, :, at] + cut.flows[:, :, at + 1], tables.flows[:, :, at], rtol=1e-12)
    assert (cut.flows >= 0).all() and (cut.io >= 0).all() and (cut.final >= 0).all()
    assert np.allclose(cut.io[:, at] + cut.io[:, at + 1], np.insert(tables.io[:, at], at, tables.io[:, at, at], 1))
    assert np.allclose(cut.value_added + cut.io.sum(axis=1), 1, atol=1e-9)
    assert np.allclose(cut.final.sum(axis=1), 1, atol=1e-9)


def test_a_split_takes_its_shares_importer_by_exporter(tables):
    shares = dict.fromkeys(tables.regions, 0.3)
    cut = split_world(tables, split_of(shares, {"JPN": {"CHN": 0.9}}))
    at = tables.domains.index("critical_minerals")
    japan, china, korea = (tables.regions.index(code) for code in ("JPN", "CHN", "KOR"))
    whole = tables.flows[:, :, at]
    assert cut.flows[japan, china, at] == pytest.approx(0.9 * whole[japan, china])
    assert cut.flows[korea, china, at] == pytest.approx(0.3 * whole[korea, china])
    assert cut.flows[china, china, at] == pytest.approx(0.3 * whole[china, china])


def test_both_parts_inherit(tables):
    cut = split_world(tables, split_of(dict.fromkeys(tables.regions, 0.3)))
    at = tables.domains.index("critical_minerals")
    for part in (at, at + 1):
        assert (cut.tariff[:, :, part] == tables.tariff[:, :, at]).all()
        assert (cut.theta_short[:, part] == tables.theta_short[:, at]).all()
        assert (cut.theta_long[:, part] == tables.theta_long[:, at]).all()
        assert (cut.value_added[:, part] == tables.value_added[:, at]).all()
        assert cut.goods[part]
        april = cut.schedules["apr2025_statutory"].rate[:, :, part]
        assert np.array_equal(april, tables.schedules["apr2025_statutory"].rate[:, :, at], equal_nan=True)


def test_the_shipped_split_gives_china_two_thirds_of_japans_chokepoint_imports():
    cut = load.load_scenario("baseline").cut
    japan, china = cut.regions.index("JPN"), cut.regions.index("CHN")
    bought = cut.flows[japan, :, cut.domains.index("chokepoint_minerals")].copy()
    bought[japan] = 0
    assert bought[china] / bought.sum() == pytest.approx(1142 / 1720, abs=0.01)


def test_a_split_that_does_not_fit_names_each_fault(tables):
    split = split_of({"JPN": 0.5, "XXX": 0.5}, {"JPN": {"YYY": 0.1}})
    with pytest.raises(ScenarioError) as caught:
        split_world(tables, split.model_copy(update={"domain": "mineral", "into": ("energy", "energy")}))
    text = str(caught.value)
    for place in (
        "domain is 'mineral'",
        "into.0",
        "exporter_share.USA is missing",
        "exporter_share.XXX",
        "JPN.YYY",
    ):
        assert place in text


# --- broken tables --------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path):
    shutil.copytree(BASE, tmp_path / "base")
    return tmp_path / "base"


def faults(folder):
    with pytest.raises(ScenarioError) as caught:
        read_world(folder)
    return [str(problem) for problem in caught.value.problems]


def edit(world, file, change):
    frame = pd.read_csv(world / file, dtype=str, keep_default_na=False)
    change(frame).to_csv(world / file, index=False)


def set_cell(column, value, row=5):
    def change(frame):
        frame.loc[row, column] = value
        return frame

    return change


@pytest.mark.parametrize(
    ("file", "change", "expected"),
    [
        ("flows.csv", set_cell("value_before_tariff", "-1"), "line 7, value_before_tariff is '-1'"),
        ("flows.csv", set_cell("value_before_tariff", "nan"), "must be a number of at least 0"),
        ("flows.csv", set_cell("value_before_tariff", "inf"), "must be a number of at least 0"),
        ("flows.csv", set_cell("value_before_tariff", "many"), "is 'many'"),
        ("flows.csv", set_cell("exporter", "XXX"), "exporter is 'XXX'; must be one of JPN"),
        ("flows.csv", lambda f: pd.concat([f, f.iloc[[3]]]), "line 1298 stands twice"),
        ("flows.csv", lambda f: f.drop(columns="importer"), "importer is missing; the columns needed are"),
        ("flows.csv", lambda f: f[f.exporter != "TWN"], "TWN sells nothing of agriculture_food"),
        ("flows.csv", set_cell("value_before_tariff", "1"), "accounts do not balance"),
        ("tariffs.csv", set_cell("domain", "cheese"), "domain is 'cheese'"),
        ("final_shares.csv", set_cell("share", "0.9"), "final shares sum to"),
        ("final_shares.csv", lambda f: f.iloc[1:], "has no row for JPN, agriculture_food"),
        ("io_shares.csv", set_cell("share", "0.9"), "value added and inputs sum to"),
        ("elasticities.csv", set_cell("long_run_low", "99"), "must be positive and rise from low"),
        (
            "tariff_schedules.csv",
            set_cell("basis", "plus"),
            "basis is 'plus'; must be one of set, add, floor",
        ),
        ("tariff_schedules.csv", set_cell("exporter", "USA"), "is a home pair"),
        ("stock_domains.csv", set_cell("share", "0.9"), "over partners; must sum to 1"),
        ("stock_domains.csv", set_cell("partner", "MARS"), "partner is 'MARS'"),
        ("domains.csv", set_cell("goods", "maybe"), "goods is 'maybe'; must be yes or no"),
        ("regions.csv", lambda f: pd.concat([f, f.iloc[[3]]]), "code is 'CHN' in two rows"),
        ("events.csv", lambda f: f.drop(columns="actor"), "actor is missing"),
    ],
)
def test_a_broken_table_is_named(world, file, change, expected):
    edit(world, file, change)
    found = faults(world)
    assert any(file in fault and expected in fault for fault in found), found


@pytest.mark.parametrize("file", ["flows.csv", "regions.csv", "elasticities.csv", "events.csv", "io_shares.csv"])
def test_a_missing_empty_or_garbled_table_is_named(world, file):
    for content in (None, b"", b"\xff\xfe\x00\x01", b'a,b\n"1,2\n'):
        (world / file).unlink()
        if content is not None:
            (world / file).write_bytes(content)
        found = faults(world)
        assert any(file in fault for fault in found), (content, found)
        (world / file).write_bytes((BASE / file).read_bytes())


def test_all_problems_come_at_once(world):
    edit(world, "flows.csv", set_cell("value_before_tariff", "-1"))
    edit(world, "tariffs.csv", set_cell("domain", "cheese"))
    (world / "events.csv").unlink()
    found = faults(world)
    assert {"flows.csv", "tariffs.csv", "events.csv"} <= {fault.split(":")[0].split("/")[-1] for fault in found}


def test_a_folder_that_is_none_is_said_to_be_none(tmp_path):
    assert "is not a folder" in faults(tmp_path / "nowhere")[0]
