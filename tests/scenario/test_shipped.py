"""Every shipped config, found by listing: it loads, its numbers say what they are, its parts fit."""

import pickle

import pandas as pd
import pytest

from sim.scenario import checks, editor, file_check, load, sample
from sim.scenario.defaults import main_scenarios
from sim.scenario.quantity import Quantity
from sim.scenario.reading import Reader
from sim.scenario.schema import INSTRUMENTS

ROOT = load.configs_root()
NOT_HERE = {"targets", "calibration"}  # target folders have tests of their own, calibration is written by a command
FILES = sorted(path for path in ROOT.rglob("*.yaml") if not NOT_HERE & set(path.relative_to(ROOT).parts))
NAMES = [str(path.relative_to(ROOT)) for path in FILES]
SCENARIOS, POLICIES = load.names("scenario"), load.names("policy")
SINGLE = {"model", "instrument", "event_map", "activity", "defaults", "alliance", "bargaining"}


def quantities(record):
    return [quantity for _, quantity in sample._walk(record, "")]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_config_is_right(path):
    assert file_check.check_file(path)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_number_says_what_it_is(path):
    for quantity in quantities(Reader().read(path)):
        assert quantity.unit and quantity.source
        assert "assumption" not in quantity.source or quantity.low is not None, quantity
        if "pair_share" not in path.read_text(encoding="utf-8"):
            assert quantity.meaning.endswith("."), quantity


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_config_names_the_schema_that_an_editor_needs(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    record = Reader().read(path)
    schema = (path.parent / first.removeprefix(prefix)).resolve()
    kind = f"instrument_{record.name}" if record.kind == "instrument" else record.kind
    assert schema == (ROOT / "schema" / f"{kind}.json").resolve() and schema.is_file()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_are_called_what_they_hold(path):
    record = Reader().read(path)
    if path.parent.name == "templates":
        assert record.name == f"my_{path.stem}"
    elif record.kind in ("region", "domain", "groups"):
        assert path.stem == record.code.lower()
    elif record.kind not in SINGLE:
        assert path.stem == record.name


def test_the_json_schemas_are_up_to_date():
    """`python -m sim.scenario.editor` writes them anew."""
    for name, text in editor.schemas().items():
        assert (ROOT / "schema" / name).read_text(encoding="utf-8") == text, name
    assert {path.name for path in (ROOT / "schema").glob("*.json")} == set(editor.schemas())


def test_schemas_are_written_once(tmp_path):
    assert {path.name for path in editor.write_schemas(tmp_path)} == set(editor.schemas())
    assert editor.write_schemas(tmp_path) == []


def test_the_scenarios_and_policies_of_the_model_are_there():
    assert set(SCENARIOS) >= {
        "baseline", "america_first", "tariffs_2025", "china_chokehold", "both_squeeze", "cooperative",
        "epa_rollback",
    }  # fmt: skip
    assert set(POLICIES) >= {
        "status_quo", "alliance_first", "eu_hedge", "four_planks", "china_accommodation", "decoupling",
        "self_reliance", "adaptive",
    }  # fmt: skip


@pytest.mark.parametrize("name", main_scenarios())
def test_every_policy_fits_every_scenario_of_the_main_world(name):
    scenario = load.load_scenario(name)
    for policy in POLICIES:
        load.check_policy(scenario, load.load_policy(policy))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_can_be_sent_to_a_worker(name):
    scenario = load.load_scenario(name)
    again = pickle.loads(pickle.dumps(scenario))
    assert again.file == scenario.file and again.model == scenario.model and again.regions == scenario.regions
    assert (again.cut.flows == scenario.cut.flows).all()


def test_baseline_changes_nothing():
    baseline = load.load_scenario("baseline").file
    assert baseline.calendar == [] and baseline.changes.model_dump() == type(baseline.changes)().model_dump()


def test_regions_stand_in_the_order_of_the_world():
    scenario = load.load_scenario("baseline")
    assert tuple(scenario.regions) == scenario.tables.regions
    assert tuple(scenario.domains) == scenario.cut.domains
    assert scenario.cut.domains.index("chokepoint_minerals") == scenario.tables.domains.index("critical_minerals")


def test_every_source_has_its_hash():
    scenario = load.load_scenario("baseline")
    files = [file for file, _ in scenario.sources]
    assert len(files) == len(set(files)) > 25
    assert all(len(digest) == 64 for _, digest in scenario.sources)
    assert any(file.endswith("flows.csv") for file in files)


def test_without_the_split_regions_speak_of_the_whole(tmp_path):
    text = (ROOT / "scenarios" / "baseline.yaml").read_text(encoding="utf-8")
    path = tmp_path / "nine.yaml"
    path.write_text(text.replace("split: chokepoint_minerals", "split: null"), encoding="utf-8")
    scenario = load.load_scenario(path)
    assert scenario.split is None and len(scenario.domains) == 9
    china = scenario.regions["CHN"]
    assert china.lever == "critical_minerals" and "critical_minerals" in china.withholds
    assert scenario.tariff.groups["goods"] == [d for d in scenario.tables.domains if d != "services"]


def test_the_catalogue_names_all_goods():
    scenario = load.load_scenario("baseline")
    goods = {d for d, good in zip(scenario.cut.domains, scenario.cut.goods, strict=True) if good}
    assert set(scenario.tariff.groups["goods"]) == goods


def test_each_strategy_in_use_is_shipped():
    shipped = checks.strategy_names()
    if shipped:
        assert {region.strategy for region in load.load_scenario("baseline").regions.values()} <= set(shipped)


def test_names_of_a_kind_that_is_none():
    with pytest.raises(ValueError, match="must be one of scenario"):
        load.names("planet")


def test_the_pair_shares_follow_from_the_detail_file():
    """Japan's imports by mineral: value times share of the first part, over both parts."""
    detail = pd.read_csv(ROOT / "worlds" / "base" / "critical_minerals_detail.csv")
    first = detail.mineral.str.contains("rare earths|gallium")
    detail["value"] = detail.share_pct * detail.imports_musd_2023
    both = detail.groupby("supplier").value.sum()
    part = detail[first].groupby("supplier").value.sum().reindex(both.index, fill_value=0)
    split = load.load_scenario("baseline").split
    shares = split.pair_share["JPN"]
    assert set(shares) == set(both.index)
    for supplier, quantity in shares.items():
        assert isinstance(quantity, Quantity)
        assert quantity.value == pytest.approx(part[supplier] / both[supplier], abs=1e-6)


def test_every_instrument_has_its_file():
    assert set(load.names("instrument")) == set(INSTRUMENTS)
