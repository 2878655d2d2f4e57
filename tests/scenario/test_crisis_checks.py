"""What the files of crises must say about each other: each mistake named with its place and what would be right."""

import pytest

from sim.errors import ScenarioError
from sim.scenario import file_check, load
from sim.world.start import start_economy
from sim.world.start_crises import start_demands, start_shields
from tests.scenario.broken import ROOT, assert_refused, content, dump

SQUEEZE = "scenarios/both_squeeze.yaml"
STAKE = "changes.demands.USA"


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        (SQUEEZE, "    USA:\n    - demand: outlays", "    GBR:\n    - demand: outlays", "changes.demands.GBR"),
        (SQUEEZE, "demand: energy_offtake", "demand: energy_oftake", f"{STAKE}.1.demand"),
        (SQUEEZE, "targets: [JPN, EU27]", "targets: [JPN, EU]", f"{STAKE}.0.targets.1"),
        (SQUEEZE, "targets: [JPN, EU27]", "targets: [JPN, USA]", f"{STAKE}.0.targets.1"),
        (SQUEEZE, "targets: [JPN, EU27]", "targets: [JPN, JPN]", f"{STAKE}.0.targets.1"),
        (SQUEEZE, "targets: [JPN, EU27]", "targets: []", f"{STAKE}.0.targets"),
        (SQUEEZE, "demand: energy_offtake", "demand: outlays", f"{STAKE}.1.targets.0"),
        (SQUEEZE, "what: cars", "what: car", f"{STAKE}.0.by.0.what"),
        (SQUEEZE, "what: cars", "what: services", f"{STAKE}.0.by.0.what"),
        (SQUEEZE, "{instrument: tariff, what: cars, points: 0.05}", "{instrument: tariff, what: goods, points: 0.25}",
         f"{STAKE}.0.by.1"),
        (SQUEEZE, "what: electronics, level", "what: chokepoint_minerals, level", f"{STAKE}.2.by.1.what"),
        (SQUEEZE, "what: electronics, level: licensing", "what: electronics, level: licence", f"{STAKE}.2.by.1.level"),
        (SQUEEZE, "what: electronics, level: licensing", "what: electronics", f"{STAKE}.2.by.1"),
        (SQUEEZE, "what: cars, points: 0.05", "what: cars, points: 25", f"{STAKE}.0.by.0.points"),
        (SQUEEZE, "shields: [aci_law]", "shields: [aci_lax]", "shields.0"),
        (SQUEEZE, "shields: [aci_law]", "shields: [aci_law, aci_law]", "shields.1"),
        (SQUEEZE, "split: chokepoint_minerals", "split: null", "changes.demands.CHN.0.by.0.what"),
        ("shields/aci_joint.yaml", "members: [EU27, JPN]", "members: [EU27, JPM]", "members.1"),
        ("shields/aci_joint.yaml", "members: [EU27, JPN]", "members: [JPN, JPN]", "members.1"),
        ("shields/aci_joint.yaml", "members: [EU27, JPN]", "members: []", "members"),
        ("shields/aci_joint.yaml", "unit: days", "unit: quarters", "answer.delay.unit"),
        ("shields/economic_security_act.yaml", "chokepoint_minerals:", "chokepoint:", "reserve.cover.chokepoint"),
        ("shields/economic_security_act.yaml", "chokepoint_minerals:", "connectivity:", "reserve.cover.connectivity"),
        ("alliance.yaml", "protector: USA", "protector: UAS", "protector"),
        ("alliance.yaml", "protector: USA", "protector: JPN", "allies.JPN"),
        ("alliance.yaml", "  EU27:", "  EU:", "allies.EU"),
        ("alliance.yaml", "rivals: [CHN]", "rivals: [CHM]", "rivals.0"),
        ("alliance.yaml", "rivals: [CHN]", "rivals: [JPN]", "rivals.0"),
        ("alliance.yaml", "rivals: [CHN]", "rivals: [USA]", "rivals.0"),
        ("alliance.yaml", "      high: 0.95", "      high: 1.0", "allies.JPN.credibility.value"),
        ("alliance.yaml", "      value: 0.018\n      low: 0.016", "      value: 0.018\n      low: 0.0",
         "allies.JPN.outlays.value"),
        ("instruments/threat.yaml", "domains: [energy]", "domains: [enrgy]", "demands.energy_offtake.domains.0"),
        ("instruments/threat.yaml", "domains: [energy]", "domains: [defence]", "demands.energy_offtake.domains.0"),
        ("instruments/threat.yaml", "type: political", "type: politics", "demands.political"),
        ("calibration/bargaining.yaml", "unit: percent", "unit: points", "price_median.unit"),
    ],
)  # fmt: skip
def test_what_files_of_crises_say_about_each_other(check, path, old, new, key):
    text = (ROOT / path).read_text(encoding="utf-8")
    assert old in text
    assert_refused(check(text.replace(old, new, 1)), key)


def test_a_typo_is_met_with_a_suggestion(check):
    text = (ROOT / SQUEEZE).read_text(encoding="utf-8")
    for old, new, meant in (("shields: [aci_law]", "shields: [aci_lax]", "aci_law"),
                            ("demand: outlays", "demand: outlay", "outlays"),
                            ("what: cars", "what: carss", "cars")):  # fmt: skip
        assert f"did you mean {meant}?" in check(text.replace(old, new, 1))[1][0]


def test_a_shield_answers_or_keeps_stocks_or_both(check):
    joint, law = (content(ROOT / "shields" / f"{name}.yaml") for name in ("aci_joint", "economic_security_act"))
    assert check(dump(joint | {"reserve": law["reserve"]})) == (0, [])
    neither = {key: value for key, value in joint.items() if key != "answer"}
    assert_refused(check(dump(neither)), "answer")


@pytest.mark.parametrize(("key", "value", "at"), [
    ("shields", ["aci_jont"], "shields.0"), ("shields", ["aci_joint", "aci_joint"], "shields.1"),
    ("complies_with", ["UAS"], "complies_with.0"), ("complies_with", ["USA", "USA"], "complies_with.1"),
    ("complies_with", "USA", "complies_with"),
])  # fmt: skip
def test_a_policy_names_shields_and_regions_that_exist(check, key, value, at):
    policy = content(ROOT / "policies" / "eu_hedge.yaml")
    assert_refused(check(dump(policy | {key: value})), at)


def test_a_policy_with_shields_and_senders_that_exist_is_right(check):
    policy = content(ROOT / "policies" / "eu_hedge.yaml")
    assert check(dump(policy | {"shields": ["aci_joint"], "complies_with": ["USA"]})) == (0, [])


def test_the_focus_does_not_give_in_to_itself():
    policy = load.load_policy("eu_hedge").model_copy(update={"complies_with": ["JPN"]})
    with pytest.raises(ScenarioError, match=r"complies_with\.0 is 'JPN'.*not the focus"):
        load.check_policy(load.load_scenario("baseline"), policy)


def test_the_shipped_files_of_crises_are_right():
    for path in [*(ROOT / "shields").glob("*.yaml"), ROOT / "alliance.yaml", ROOT / "calibration" / "bargaining.yaml",
                 ROOT / "instruments" / "threat.yaml"]:  # fmt: skip
        assert file_check.check_file(path)


def test_without_the_split_demands_and_stocks_speak_of_the_whole(tmp_path):
    text = (ROOT / "scenarios" / "baseline.yaml").read_text(encoding="utf-8")
    stake = """
changes:
  demands:
    CHN:
    - demand: political
      targets: [JPN]
      value: {value: 0.01, unit: percent, source: none, meaning: "What it is worth."}
      by: [{instrument: control, what: critical_minerals, level: embargo}]
"""
    path = tmp_path / "nine.yaml"
    text = text.replace("split: chokepoint_minerals", "split: null").replace("\nchanges: {}\n", stake)
    path.write_text(text, encoding="utf-8")
    scenario = load.load_scenario(path)
    base = start_economy(scenario)
    (demand,) = start_demands(scenario, base)
    assert demand.by[0].domains == (base.domains.index("critical_minerals"),)
    (law,) = start_shields(scenario, base, ["economic_security_act"])
    kept = scenario.shields["economic_security_act"].reserve.cover["critical_minerals"].value
    assert law.cover[base.domains.index("critical_minerals")] == kept == law.cover.sum() > 0


def test_the_template_says_how_demands_and_shields_are_written():
    text = load.template("scenario", "mine", ROOT / "scenarios" / "mine.yaml")
    assert "# demands:" in text and "shields:" in text
