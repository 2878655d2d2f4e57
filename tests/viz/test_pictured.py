"""Tables as pictures: the same numbers, bars that begin where the one before ended; and tables as files."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from tests.viz.made import THEME, ledger, portfolio
from viz import pictured, read
from viz.debrief import Beside, Debrief, Judged
from viz.export import judged_csv, outcomes_csv
from viz.markup import share_shade, share_text
from viz.portfolio import heat_named
from viz.sweep_view import heat_drawn
from viz.words import MISSING


def test_the_heat_map_has_the_table_s_numbers_names_and_shades():
    table, _ = read.heat(portfolio("rest"), "HOM", "2025Q1")
    whole = read.exposure(portfolio("rest"), "HOM").loc["2025Q1"]
    named = heat_named(table, whole, THEME)
    made = pictured.heat_option(named, share_shade, share_text)
    assert json.loads(json.dumps(made))
    assert made["yAxis"]["data"][-1] == THEME.say("why.heat.all") and "Ore" in made["yAxis"]["data"]
    cells = {(made["yAxis"]["data"][y], made["xAxis"]["data"][x]): one
             for one in made["series"][0]["data"] for x, y, _ in [one["value"]]}  # fmt: skip
    assert len(cells) == named.size
    assert cells["Cables", "CCC"]["label"]["formatter"] == MISSING and cells["Cables", "CCC"]["value"][2] == 0
    assert cells["Cables", "AAA"]["label"] == {"show": True, "formatter": "100", "color": "#FFFFFF"}
    assert (
        cells["Ore", "BBB"]["value"][2] == pytest.approx(0.35 / 0.7)
        and cells["Ore", "BBB"]["label"]["formatter"] == "35"
    )


def test_the_heat_map_of_a_sweep_goes_from_pale_to_dark():
    table = pd.DataFrame([[1.0, 2.0], [3.0, np.nan]], index=[0.1, 0.2], columns=["a", "b"])
    made = heat_drawn(table, "real_income", "percent")
    shades = [one["value"][2] for one in made["series"][0]["data"]]
    assert shades == [0.08, 0.54, 1.0, 0.0] and made["yAxis"]["data"] == ["0.1", "0.2"]


@pytest.mark.parametrize("sign", [1, -1])
def test_bars_of_the_waterfall_begin_where_the_one_before_ended(sign):
    table = ledger()
    table[["real_income", "retaliation"]] *= sign
    found = read.decision(table)
    made = pictured.waterfall_option(found, THEME)
    assert json.loads(json.dumps(made)) and len(made["grid"]) == 2 and "NaN" not in json.dumps(made)
    names = made["yAxis"][0]["data"]
    assert names[-1] == THEME.say("why.waterfall.worth")
    ground, above, below = made["series"][:3]
    spans = [sorted((base, base + up["value"] + down["value"])) if not (up["value"] and down["value"])
             else [down["value"], up["value"]]
             for base, up, down in zip(ground["data"], above["data"], below["data"], strict=True)]  # fmt: skip
    at = 0.0
    for (low, high), name in zip(spans[:-1], names, strict=False):
        assert at == pytest.approx(low, abs=1e-12) or at == pytest.approx(high, abs=1e-12), name
        at = high if at == pytest.approx(low, abs=1e-12) else low
    for up, down in zip(above["data"], below["data"], strict=True):
        assert up["value"] >= 0 >= down["value"] and up["label"]["show"] != down["label"]["show"]
    worth = above["data"][-1]["value"] + below["data"][-1]["value"]
    assert worth == pytest.approx(float(found.picked["worth"]))


def test_a_debrief_becomes_two_tables():
    rows = read.decision(ledger()).table
    moved = Judged("2025Q3", rows.iloc[2], rows.iloc[1], 0.01, 0.02, ("2026Q1",))
    of = Debrief("HOM", "HOM", "2026Q2", {"real_income": -0.5}, [Beside("rest", {"real_income": -0.4})], [moved], [])
    outcomes = pd.read_csv(io.StringIO(outcomes_csv(of)), keep_default_na=False)
    assert list(outcomes.policy) == ["", "rest"] and list(outcomes.value) == [-0.5, -0.4]
    (row,) = pd.read_csv(io.StringIO(judged_csv(of))).to_dict("records")
    assert row["move"] == "tariff raise AAA cars 5" and row["regret"] == 0.02 and row["missed"] == "2026Q1"
