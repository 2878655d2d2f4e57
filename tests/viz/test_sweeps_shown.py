"""Sweeps on the page: which are found, what is refused, and rows that open as runs with the same bits."""

import json
import math

import pandas as pd
import pytest

from sim.errors import ScenarioError, StoreError
from sim.scenario.sweeps import SweepFile
from sim.sweeps.api import sweep
from sim.sweeps.play import read_off
from sim.sweeps.tables import same_bits
from viz import sweep_view, sweeps
from viz.lab import Lab
from viz.state import Choice, Place

PACE, FACTOR = "model.trade.contract_renewal", "scenario.changes.norm_factor.USA"
SCENARIOS, POLICIES = ["america_first"], ["eu_hedge", "status_quo"]
SPEC = {
    "kind": "sweep",
    "name": "small",
    "description": "Two values of one number and two of another, <b>drawn</b> otherwise.",
    "scenarios": SCENARIOS,
    "policies": ["eu_hedge"],
    "design": {"type": "grid", "over": {PACE: [0.02, 0.15], FACTOR: [0.0, 0.5]}},
    "others": "drawn",
    "replicates": 2,
    "seed": 5,
    "quarters": 2,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work") / "runs"
    sweep(SweepFile.model_validate(SPEC), folder / "small", workers=1)
    (folder / "other").mkdir()
    (folder / "other" / "manifest.json").write_text('{"kind": "run"}')
    (folder / ".hidden").mkdir()
    (folder / "notes.txt").write_text("none")
    return folder


@pytest.fixture(scope="module")
def found(root):
    return sweeps.opened("small", root)


def test_only_folders_that_hold_a_sweep_are_listed(root, tmp_path):
    assert sweeps.sweep_names(root) == ["small"]
    assert sweeps.sweep_names(tmp_path / "none") == []


@pytest.mark.parametrize(
    "name", ["..", "../runs/small", "/etc", "small/../small", "a\\b", "", ".hidden", "x" * 200, "a\0b"]
)
def test_a_name_that_is_a_path_is_refused_in_words(root, name):
    with pytest.raises(ScenarioError, match="must be the name of a folder right under"):
        sweeps.opened(name, root)


def test_a_link_that_leads_out_is_refused(root, tmp_path):
    (root / "away").symlink_to(tmp_path)
    try:
        with pytest.raises(ScenarioError, match="leads out of"):
            sweeps.opened("away", root)
    finally:
        (root / "away").unlink()


@pytest.mark.parametrize("name", ["other", "none"])
def test_a_folder_that_is_no_sweep_is_refused_in_words(root, name):
    with pytest.raises((ScenarioError, StoreError), match="holds no sweep"):
        sweeps.opened(name, root)


def test_factors_outcomes_and_meanings_are_read(found):
    assert found.factors == [PACE, FACTOR] and found.axes == [PACE, FACTOR]
    assert found.headlines[0] == "coercibility" and found.units["real_income"] == "percent"
    assert len(found.rows) == 8 and not found.changed
    assert "renewed in a quarter" in found.meanings[PACE].meaning
    assert not any(name.endswith(".who") for name in found.units)


def test_the_heat_map_holds_the_means_over_all_else(found):
    table = sweeps.heat_of(found, "real_income", PACE, FACTOR, {})
    assert list(table.columns) == [0.02, 0.15] and list(table.index) == [0.0, 0.5]
    mine = found.rows[(found.rows[PACE] == 0.15) & (found.rows[FACTOR] == 0.5)]
    assert len(mine) == 2 and table.loc[0.5, 0.15] == pytest.approx(mine.real_income.mean())
    assert sweeps.heat_of(found, "real_income", PACE, FACTOR, {"policy": "none"}).empty


def test_a_factor_with_many_values_is_cut_in_bins():
    values = pd.Series([k / 100 for k in range(101)])
    cut = sweeps._levels(values)
    assert cut.nunique() == sweeps.BINS and (cut - values).abs().max() <= 0.5 / sweeps.BINS + 1e-9


def test_the_heat_map_is_a_table_that_escapes_and_shades(found):
    table = sweeps.heat_of(found, "real_income", PACE, FACTOR, {})
    table.index = ["<i>", "0.5"]
    html = sweep_view.heat_html(table, found, "real_income", PACE, FACTOR, sweep_view_say())
    assert html.count("<td") == 4 and "<i>" not in html and "rgba(36,80,122,1.00)" in html and "%" in html
    table.iloc[0, 0] = math.nan
    assert 'class="empty"' in sweep_view.heat_html(table, found, "real_income", PACE, FACTOR, sweep_view_say())


def sweep_view_say():
    from viz.language import texts_of

    return texts_of("en")


def test_a_row_opens_as_a_run_with_the_bits_of_the_sweep(found, root, monkeypatch):
    row = "3.america_first.eu_hedge.1"
    lab = Lab(Place(Choice("america_first", "status_quo", 7), tab="results"))
    lab.start_worker = lab.work
    sweep_view.open_row(lab, found, row)
    shown = lab.shown.value
    assert lab.tab.value == "play" and shown.played == shown.cursor == SPEC["quarters"]
    assert (shown.choice.seed, shown.choice.run, dict(shown.choice.values)[PACE]) == (5, 1, 0.15)
    stored = found.sweep.rows(filter={"row": row}).iloc[0]
    told = read_off(row, shown.run.portfolio, shown.run.focus, panel=False).outcomes
    late = [name for name in told if name != "option_value"]  # measured in a run's last quarter, which this is not
    assert len(late) > 15 and all(same_bits(told[name][-1], _plain(stored[name])) for name in late)


def _plain(value):
    return value if isinstance(value, str) else float(value)


def test_rows_that_a_page_cannot_play_are_refused_in_words(found):
    with pytest.raises(ScenarioError, match="is no row of it"):
        sweeps.choice_of(found, "9.america_first.eu_hedge.0", SCENARIOS, POLICIES)
    with pytest.raises(ScenarioError, match="policy is 'eu_hedge'; must be one of status_quo"):
        sweeps.choice_of(found, "0.america_first.eu_hedge.0", SCENARIOS, ["status_quo"])


def test_a_sweep_with_rules_of_its_own_is_shown_but_not_opened(root):
    other = root / "ruled"
    sweep(SweepFile.model_validate(SPEC | {"strategy": "random", "quarters": 1, "replicates": 1, "others": "central",
                                           "design": {"type": "list", "points": [{}]}}), other, workers=1)  # fmt: skip
    found = sweeps.opened("ruled", root)
    assert found.axes == [] and len(found.rows) == 1
    with pytest.raises(ScenarioError, match="rules of its own"):
        sweeps.choice_of(found, found.rows.row.iloc[0], SCENARIOS, POLICIES)


def test_a_manifest_that_is_broken_hides_the_folder(root):
    (root / "broken").mkdir()
    (root / "broken" / "manifest.json").write_text(json.dumps(["sweep"]))
    assert "broken" not in sweeps.sweep_names(root)
