"""What config files must say about each other: every name that nothing has is named, with what would be valid."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import load
from tests.scenario.broken import FILES, KEPT, ROOT, assert_refused, content, dump, get, places, put

CODES = {
    "JPN",
    "EU27",
    "USA",
    "CHN",
    "GBR",
    "GULF",
    "chokepoint_minerals",
    "electronics",
    "machinery",
    "energy",
}
FOLDERS = ("scenarios", "policies", "regions", "shields", "shocks", "groups")
referring = st.sampled_from([p for p in FILES if p.parent.name in FOLDERS or p.stem == "alliance"])


@KEPT
@given(data=st.data(), path=referring)
def test_a_name_that_nothing_has(check, data, path):
    good = content(path)
    other = ("code",), ("split",)  # names of another kind
    named = [at for at in places(good) if at and get(good, at) in [*CODES] and at not in other]
    if not named:
        return
    at = data.draw(st.sampled_from(named))
    wrong = get(good, at)[:-1] + "X"
    status, lines = outcome = check(dump(put(good, at, wrong)))
    assert_refused(outcome)
    assert any(wrong in line and "valid:" in line for line in lines) or "lever" in at, lines


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        ("scenarios/baseline.yaml", "focus: JPN", "focus: GBR", "focus"),
        ("scenarios/baseline.yaml", "actors: [JPN, EU27, USA, CHN]", "actors: [JPN, GBR]", "actors.1"),
        ("scenarios/baseline.yaml", "actors: [JPN, EU27, USA, CHN]", "actors: [JPN, JPN]", "actors.1"),
        ("scenarios/baseline.yaml", "world: base", "world: bass", "world"),
        ("scenarios/baseline.yaml", "split: chokepoint_minerals", "split: chokepoint_mineral", "split"),
        ("scenarios/baseline.yaml", "start: 2025Q1", "start: 2025Q5", "start"),
        ("scenarios/baseline.yaml", "quarters: 24", "quarters: 0", "quarters"),
        ("scenarios/baseline.yaml", "quarters: 24", "quarters: 2.5", "quarters"),
        ("scenarios/tariffs_2025.yaml", "free_from: 2026Q1", "free_from: 2036Q1", "free_from"),
        ("scenarios/tariffs_2025.yaml", "since: 2025-02-04", "since: 2025-02-31", "line"),
        ("scenarios/tariffs_2025.yaml", "until: 2025-03-04", "until: 2025-02-04", "calendar.0"),
        ("scenarios/tariffs_2025.yaml", "since: 2025-02-04", "since: 2045-02-04", "calendar.0"),
        ("scenarios/tariffs_2025.yaml", "schedule: steel_50, ", "schedule: steel_5, ",
         "calendar.2.rules.0.schedule"),
        ("scenarios/tariffs_2025.yaml", "schedule: steel_50, scale: 0.5", "add: 0.1, set: 0.1",
         "calendar.2.rules.0"),
        ("scenarios/tariffs_2025.yaml", "exporter: [JPN], domain: [metals_chemicals], schedule",
         "exporter: [GBR], domain: [metals_chemicals], schedule", "calendar.2.rules.0.schedule"),
        ("scenarios/tariffs_2025.yaml", "domain: [transport_equipment], schedule",
         "domain: [services], schedule", "calendar.3.rules.0.domain.0"),
        ("scenarios/epa_rollback.yaml", "{importer: EU27, exporter: USA}", "{importer: EU27, exporter: EU27}",
         "calendar.0.rules.0.like"),
        ("scenarios/epa_rollback.yaml", "{importer: EU27, exporter: USA}", "{importer: EU27, exportr: USA}",
         "calendar.0.rules.0.like.exportr"),
        ("scenarios/china_chokehold.yaml", "domains: [chokepoint_minerals]", "domains: [energy]",
         "changes.control_value.CHN.0.domains.0"),
        ("policies/eu_hedge.yaml", "type: hedge", "type: hedges", "commitments.0"),
        ("policies/eu_hedge.yaml", "tariff_match: all", "tariff_match: everybody", "open.tariff_match"),
        ("policies/eu_hedge.yaml", "tariff_match: all", "tariff_match: [all, 3]", "open.tariff_match.1"),
        ("regions/chn.yaml", "lever: chokepoint_minerals", "lever: energy", "lever"),
        ("regions/chn.yaml", "strategy: quantal_response", "strategy: quantal_respons", "strategy"),
        ("regions/chn.yaml", "actor: true", "actor: yes", "actor"),
        ("sweeps/renewal.yaml", "0.07, 0.15", "0.07, 15", "design.over.model.trade.contract_renewal"),
        ("sweeps/renewal.yaml", "contract_renewal", "contract_renewl", "design.over.model.trade.contract_renewl"),
        ("sweeps/renewal.yaml", "[status_quo, eu_hedge]", "[status_quo, us_hedge]", "policies.1"),
        ("sweeps/renewal.yaml", "scenarios: [america_first]", "scenarios: [america_frist]", "scenarios.0"),
        ("worlds/base/event_map.yaml", "everyone: ROW", "everyone: WORLD", "everyone"),
        ("model.yaml", "nodes: [0, 1, 3, 7, 13]", "nodes: [0, 3, 1]", "horizon.nodes"),
        ("shocks/hormuz.yaml", "exporters: [GULF]", "exporters: [GULFF]", "effects.0.exporters.0"),
        ("shocks/hormuz.yaml", "importers: all", "importers: [GULF]", "effects.0"),
        ("shocks/hormuz.yaml", "domains: [energy]", "domains: [enrgy]", "effects.0.domains.0"),
        ("shocks/hormuz.yaml", "domains: [energy]", "domains: []", "effects.0"),
        ("shocks/hormuz.yaml", "type: supply", "type: suply", "effects.0"),
        ("shocks/hormuz.yaml", "value: 0.5", "value: 1.5", "effects.0.share.value"),
        ("shocks/malacca.yaml", "value: 1.02", "value: 0.02", "effects.0.factor.value"),
        ("shocks/malacca.yaml", "unit: quarters", "unit: years", "duration.unit"),
        ("shocks/government_japan.yaml", "actor: JPN", "actor: JPM", "effects.0.actor"),
        ("shocks/election_america.yaml", "actor: USA", "actor: USB", "effects.0.actor"),
        ("shocks/election_america.yaml", "[2026Q4, 2028Q4", "[2028Q4, 2026Q4", "dates"),
        ("shocks/election_america.yaml", "[2026Q4,", "[2026Q5,", "dates.0"),
        ("groups/jpn.yaml", "code: JPN", "code: JPM", "code"),
        ("groups/jpn.yaml", "- agriculture_food", "- agriculture", "groups.farmers.sales.domains.0"),
        ("groups/jpn.yaml", "      wage:\n", "      wages:\n", "groups.progressives.interests.wages"),
        ("groups/jpn.yaml", "value: 0.7", "value: -0.7", "groups.progressives.weight.value"),
        ("groups/jpn.yaml", "unit: 1/year", "unit: 1/quarter", "government.challenge.unit"),
        ("groups/jpn.yaml", "  farmers:\n", "  Farmers:\n", "groups.Farmers"),
        ("scenarios/america_first.yaml", "shocks: all", "shocks: [hormus]", "shocks.0"),
        ("scenarios/america_first.yaml", "shocks: all", "shocks: [hormuz, hormuz]", "shocks.1"),
        ("scenarios/america_first.yaml", "shocks: all", "shocks: some", "shocks"),
        ("instruments/tariff.yaml", "cars: [transport_equipment]", "cars: [transport]", "groups.cars.0"),
    ],
)  # fmt: skip
def test_what_files_say_about_each_other(check, path, old, new, key):
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.startswith("regions") and "strategy" in old and not (ROOT.parent / "sim" / "strategies").is_dir():
        pytest.fail("sim/strategies holds no rule")
    assert old in text
    assert_refused(check(text.replace(old, new, 1)), key)


def test_a_region_without_data(check, tmp_path, monkeypatch):
    root = tmp_path / "configs"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("targets"))
    monkeypatch.setattr(load, "configs_root", lambda: root)
    flows = root / "worlds" / "base" / "flows.csv"
    lines = flows.read_text(encoding="utf-8").splitlines()
    flows.write_text("\n".join(line for line in lines if not line.startswith("KOR,")), encoding="utf-8")
    assert_refused(check(at=root / "scenarios" / "baseline.yaml"), "KOR", file="flows.csv")
    flows.write_text("\n".join(lines), encoding="utf-8")
    (root / "regions" / "kor.yaml").unlink()
    status, said = check(at=root / "scenarios" / "baseline.yaml")
    assert status == 2 and "which has KOR, but no file" in said[0]
