"""What numbers are called: in English by their dotted names, in Japanese by a file with all that they say, no more."""

import re
from functools import cache

import pytest

from sim.scenario.load import names
from viz.flips import amount, what_flips
from viz.language import FOLDER, languages, texts_of
from viz.levers import grouped, levers
from viz.numbers import SHORT_UNITS, label, unit_text, whose, words_of
from viz.theme import theme_of
from viz.worlds import OF_THE_POLICY, policy_named, scenario_named, theme_named

JA = texts_of("ja")
KINDS = ("words", "units", "sentences")
ABBREVIATIONS = {"ASEAN", "CPTPP", "EU", "LNG", "MMBtu"}
LATIN = re.compile(r"[A-Za-z]+")
QUARTER = re.compile(r"\d{4}Q[1-4]")
EVERY = [(scenario, policy) for scenario in names("scenario") for policy in names("policy")]


@cache
def english() -> dict[tuple[str, str], str]:
    """All that shipped configs say of numbers, by kind and text, with the name of a number that says it."""
    out = {}
    for scenario, policy in EVERY:
        theme, plan = theme_named(scenario), policy_named(policy)
        for one in levers(scenario_named(scenario), plan):
            unit = unit_text(one.quantity.unit, theme.say)
            said = {"units": unit if unit not in SHORT_UNITS.values() else "", "sentences": one.quantity.meaning}
            if not one.name.startswith(OF_THE_POLICY):
                said["words"] = words_of(one.name, theme)
            out |= {(kind, text): one.name for kind, text in said.items() if text}
        for place, one in enumerate(plan.commitments):
            out["sentences", one.why] = f"policy {policy}, commitments.{place}.why"
    return out


def latin(text: str) -> list[str]:
    """Words in Latin letters, but for abbreviations and quarters."""
    return [word for word in LATIN.findall(QUARTER.sub("", text)) if word not in ABBREVIATIONS]


def test_japanese_has_all_that_configs_say_of_their_numbers():
    missing = [f"{kind}: {text!r} ({name})" for (kind, text), name in english().items()
               if f"{kind}.{text}" not in JA.names]  # fmt: skip
    assert not missing, "viz/texts/numbers/ja.yaml lacks " + "\n".join(missing)


def test_japanese_has_nothing_that_no_config_says():
    said = {f"{kind}.{text}" for kind, text in english()}
    unused = [key for key in JA.names if key.startswith(tuple(f"{kind}." for kind in KINDS)) and key not in said]
    assert not unused, "viz/texts/numbers/ja.yaml has what no config says: " + "\n".join(unused)


@pytest.mark.parametrize("scenario", names("scenario"))
def test_no_english_is_left_in_a_japanese_number(scenario):
    left = set()
    for policy in names("policy"):
        for row in (row for group in grouped(scenario, policy, "ja") for row in group["rows"]):
            parts = ("label", "meaning", "unit") if row["first"] else ("label", "meaning", "unit", "why")
            left |= {f"{row['name']}, {part}: {row[part]}" for part in parts if latin(row[part])}
            assert row["label"] and row["meaning"], row["name"]
    assert not left, "\n".join(sorted(left))


def test_numbers_and_groups_at_home_have_names_of_their_own():
    scenario = scenario_named("tariffs_2025")
    english, japanese = theme_named("tariffs_2025"), theme_named("tariffs_2025", "ja")
    for name, *said in [
        ("groups.JPN.groups.keidanren.weight", "Keidanren: weight: Japan", "経団連：政治的な重み（日本）"),
        ("groups.USA.groups.energy.weight", "Energy producers: weight: United States",
         "エネルギー生産者：政治的な重み（米国）"),
        ("alliance.weight", "Alliance weight", "同盟の傘への信頼の初期値の重み"),
        ("programme.alaska_lng.capital", "Alaska LNG: capital", "アラスカLNG：初期費用"),
        ("region.USA.stock_cover.energy", "Stock cover: United States, Energy", "備蓄（米国、エネルギー）"),
    ]:  # fmt: skip
        assert [label(name, scenario, theme) for theme in (english, japanese)] == said
    assert whose("model.trade.contract_renewal", english) == ""


def test_a_number_that_flips_a_decision_is_named_in_japanese():
    theme = theme_named("arms_denial", "ja")
    for one in levers(scenario_named("arms_denial")):
        assert not latin(what_flips({"name": one.name}, theme)), one.name
        assert not latin(amount(1.0, one.quantity.unit, 2.0, JA)), one.quantity.unit


def test_a_demand_is_named_in_the_language_of_the_page():
    for language, text in (("en", "Worth of a demand: United States (smaller deficit)"),
                           ("ja", "要求の価値（米国：物品をもっと買う）")):  # fmt: skip
        assert text in [row["label"] for row in grouped("tariffs_2025", "status_quo", language)[0]["rows"]]


def test_what_a_config_of_ones_own_says_stays_as_it_stands():
    assert JA.sentence("Nobody has said this.") == ("Nobody has said this.", "en")
    assert JA.sentence("Largest size.") == ("最大の規模。", "ja")
    assert texts_of("en").sentence("Largest size.") == ("Largest size.", "en")


def test_a_region_and_a_domain_that_a_small_world_lacks_keep_their_names():
    small = theme_of(scenario_named("small_rivalry"), JA)
    assert "GULF" not in small.regions and small.name("GULF") == "湾岸諸国"
    assert "agriculture_food" not in small.domain_names and small.domain("agriculture_food") == "農産・食品"


def test_files_of_numbers_belong_to_a_language():
    assert {path.stem for path in (FOLDER / "numbers").glob("*.yaml")} <= set(languages())
