"""A sweep that is used from another folder, after its own files have gone, or with files of its folder cut short."""

import json
import shutil

import pandas as pd
import pytest

from sim.errors import MoveError, ScenarioError, StoreError
from sim.run import simulate
from sim.scenario import activity
from sim.scenario.load import configs_root, load_scenario
from sim.strategies import find_strategy
from sim.sweeps import api
from sim.sweeps.again import reopen
from sim.sweeps.kept import read_config
from sim.sweeps.provenance import differences, manifest
from sim.sweeps.read import Sweep, open_sweep
from tests.sweeps.test_again import played

SPEC = """kind: sweep
name: moved
description: A sweep with files of its own.
scenarios: [mine/rivals.yaml]
policies: [status_quo, configs/policies/mine.yaml]
design: {type: list, points: [{}, {model.choice.agenda: 0.9}]}
quarters: 1
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a sweep of a scenario and a policy of its own, played by one worker."""
    place = tmp_path_factory.mktemp("moved") / "work"
    (place / "configs" / "policies").mkdir(parents=True)
    (place / "mine").mkdir()
    text = (configs_root() / "policies" / "alliance_first.yaml").read_text()
    (place / "configs" / "policies" / "mine.yaml").write_text(text.replace("name: alliance_first", "name: mine"))
    text = (configs_root() / "scenarios" / "small_rivalry.yaml").read_text()
    (place / "mine" / "rivals.yaml").write_text(text.replace("name: small_rivalry", "name: rivals"))
    (place / "spec.yaml").write_text(SPEC)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        api.sweep("spec.yaml", "out", workers=1)
    return place


def test_a_sweep_with_files_of_its_own_is_used_from_any_folder(place, monkeypatch):
    monkeypatch.chdir(place.parent)
    done = open_sweep("work/out")
    assert differences(done.manifest, json.loads(json.dumps(manifest(done.plan)))) == []
    one = reopen("work/out#1.rivals.mine.0")
    assert one.changed == []
    loaded, policy = done.plan.scenarios["rivals"], done.plan.policies["mine"]
    run = simulate(loaded, policy, one.row.seed, run=0, quarters=1, values=dict(one.row.values))
    assert one.differs(run) == []
    assert api.resume_sweep("work/out").counts == {"ok": 4}


def test_what_the_manifest_does_not_fit_is_seen_in_files_taken_from_the_folder(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(place / "out", tmp_path / "out")
    path = tmp_path / "out" / "config.yaml"
    whole = path.read_text()
    shown = [line for line in whole.splitlines() if line.strip().startswith("description:")][0]
    path.write_text(whole.replace(shown, shown + " edited", 1))
    with pytest.raises(StoreError, match="changed since: scenario rivals"):
        api.resume_sweep("out")
    path.write_text(whole[: len(whole) // 3])
    with pytest.raises(StoreError, match="config.yaml cannot be read.*in the folder where the sweep was begun"):
        _ = open_sweep("out").plan
    path.unlink()
    with pytest.raises(StoreError, match="mine/rivals.yaml, which is not there.*No such file"):
        _ = open_sweep("out").plan


def test_the_codebook_is_read_as_it_was_made_and_made_anew_when_it_was_cut(place, tmp_path, monkeypatch):
    shutil.copytree(place / "out", tmp_path / "out")
    monkeypatch.chdir(place)
    path, done = tmp_path / "out" / "codebook.csv", open_sweep(tmp_path / "out")
    made, whole = done.made_codebook(), path.read_text()
    pd.testing.assert_frame_equal(done.codebook, made, check_exact=True)
    for text in ("", whole[:-1], whole[: len(whole) // 2], "".join(whole.splitlines(keepends=True)[:-1])):
        path.write_text(text)
        pd.testing.assert_frame_equal(done.codebook, made, check_exact=True)
    path.write_text(whole)
    monkeypatch.setattr(Sweep, "plan", property(lambda self: pytest.fail("the configs were asked for")))
    assert len(done.codebook) == len(made)


def test_a_missing_file_of_the_panel_is_named_and_resume_makes_it_anew(tmp_path):
    done = played(tmp_path / "one")
    (done.path / "panel" / "000001.parquet").unlink()
    with pytest.raises(StoreError, match="panel/000001.parquet is broken .it is not there.*resume"):
        done.panel()
    assert len(done.runs) == done.plan.rows


def test_a_changed_file_of_fitted_costs_is_named(monkeypatch):
    (at, before), scenario = activity.activity_source(), load_scenario("small_rivalry")
    assert at.endswith("configs/calibration/activity.yaml") and len(before) == 64 and scenario.sources
    old = {"rivals": {"files": {"configs/calibration/activity.yaml": before}, "config": "x"}}
    new = {"rivals": {"files": {"configs/calibration/activity.yaml": "other"}, "config": "y"}}
    assert differences({"scenarios": old}, {"scenarios": new}) == [
        "scenario rivals (configs/calibration/activity.yaml)"]  # fmt: skip


def test_the_manifest_names_the_fitted_costs(place):
    files = open_sweep(place / "out").manifest["scenarios"]["rivals"]["files"]
    assert {"configs/calibration/activity.yaml", "rivals.yaml"} <= files.keys()
    assert read_config(place / "out").keys() == {"rivals"}


def test_a_rule_from_another_folder_says_where_to_stand():
    with pytest.raises(MoveError, match="in the folder that holds no_such_rules.py, or name that folder in PYTHONPATH"):
        find_strategy("no_such_rules:Mine")
    with pytest.raises(ScenarioError):
        open_sweep("nowhere")
