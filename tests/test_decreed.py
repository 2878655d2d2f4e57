"""Which decrees of a calendar stand behind a dated move."""

import datetime as dt

from sim.run import as_scenario
from sim.scenario.decreed import behind

FILE = as_scenario("tariffs_2025").file


def test_the_autumn_rates_stand_behind_the_rise_of_the_third_quarter_of_2025():
    found = behind(FILE, "2025Q3", "tariff", "USA", {"EU27"})
    assert [(one.label, one.since, one.until) for one in found][-1] == (
        "autumn rates on all but Japanese cars, Korea and China", dt.date(2025, 8, 7), None)  # fmt: skip
    assert all("EU27" not in source and source for one in found for source in one.sources)
    assert [one.since for one in found] == sorted(one.since for one in found)
    assert found[0].label == "baseline of ten per cent outside China"  # of the quarter before, ended in this one


def test_what_was_over_or_is_not_yet_or_is_another_pair_s_is_left_out():
    labels = {one.label for one in behind(FILE, "2025Q3", "tariff", "USA", {"JPN"})}
    assert "Japanese cars at 15 all-in" in labels
    assert not any("fentanyl" in label or "Geneva" in label for label in labels)
    assert "autumn rates on China" not in {one.label for one in behind(FILE, "2025Q3", "tariff", "USA", {"CHN"})}
    assert behind(FILE, "2026Q4", "tariff", "USA", {"JPN"}) == []


def test_controls_and_threats_have_their_own():
    controls = behind(FILE, "2025Q2", "control", "CHN", {"USA"})
    assert controls and all(one.since < dt.date(2025, 7, 1) for one in controls)
    threats = behind(FILE, "2025Q3", "threat", "USA", {"JPN"})
    assert threats and behind(FILE, "2025Q3", "threat", "USA", {"GBR"}) == []
