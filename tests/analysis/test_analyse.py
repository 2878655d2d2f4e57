"""From the folder of a sweep to files: partial sweeps, folders that are none, a codebook of every column."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from sim import analyse
from sim.analysis.codebook import codebook
from sim.analysis.discovery import POINTS
from sim.analysis.sensitivity import FEWEST, GIVES, PAWN
from sim.analysis.variance import FEW_LUCKS
from sim.errors import ScenarioError, StoreError
from sim.sweeps.folder import Folder
from sim.sweeps.read import open_sweep
from tests.analysis.made import swept

ROOT = Path(__file__).resolve().parents[2]
DESIGN = {"type": "sobol", "over": {"model.a": [0.0, 1.0], "model.b": [0.0, 1.0]}, "base": 128}


def plain(row):
    return {"coercibility": row.values["model.a"] + 0.1 * row.replicate * row.values["model.b"]}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return swept(tmp_path_factory.mktemp("whole") / "made", plain, DESIGN, replicates=2, policies=("one", "two"))


def test_every_column_of_every_table_is_described_and_what_is_saved_is_the_same_twice(done, tmp_path):
    found = analyse(done.path)
    book = found.codebook
    assert set(zip(book.table, book.column, strict=True)) == {(t, c) for t, f in found.tables.items() for c in f}
    assert (book.meaning.str.len() > 10).all()
    first, second = found.save(tmp_path / "a"), analyse(done.path).save(tmp_path / "b")
    files = {f.name: f.read_bytes() for f in first.iterdir()}
    assert files == {f.name: f.read_bytes() for f in second.iterdir()} and "codebook.csv" in files
    back = pd.read_csv(first / "sensitivities.csv")
    assert back["value"].to_numpy() == pytest.approx(found.sensitivities["value"].to_numpy())
    facts = json.loads(files["manifest.json"])
    assert facts["sweep_checksum"] == done.manifest["checksum"] and facts["method"] == "sobol"
    with pytest.raises(KeyError):
        codebook({"policies": pd.DataFrame({"new": [1]})})


def test_analysing_changes_nothing_in_the_folder(done):
    before = {f: f.read_bytes() for f in done.path.rglob("*") if f.is_file()}
    analyse(done.path)
    assert before == {f: f.read_bytes() for f in done.path.rglob("*") if f.is_file()}


def test_a_sweep_that_was_stopped_is_analysed_as_far_as_it_goes_and_says_so(tmp_path):
    done = swept(tmp_path / "made", plain, DESIGN, replicates=2, policies=("one", "two"))
    last = sorted((done.path / "runs").glob("*.parquet"))[-1]
    left = len(pd.read_parquet(last))
    for table in ("runs", "panel"):
        (done.path / table / last.name).unlink()
    found = analyse(open_sweep(done.path))
    assert any(f"{left} of 2048 runs have no record" in note and "resume" in note for note in found.notes)
    assert found.counts["pending"].sum() == left and set(found.sensitivities["left_out"]) != {0}
    assert (found.sensitivities["points"] % 4 == 0).all()


def test_runs_without_the_outcome_are_counted_apart(tmp_path):
    def gaps(row):
        return {"coercibility": float("nan") if row.point == 3 else 1.0 * row.point, "real_income": 1.0 * row.point}

    design = {"type": "list", "points": [{"model.a": float(k)} for k in range(6)]}
    found = analyse(swept(tmp_path / "made", gaps, design))
    counts = found.counts.set_index("outcome")["not_computed"]
    assert counts.to_dict() == {"coercibility": 1, "real_income": 0}
    assert any("1 runs that are ok have no coercibility" in note for note in found.notes)
    assert found.policies.set_index("outcome")["worlds"].to_dict() == {"coercibility": 5, "real_income": 6}


def test_a_folder_that_is_no_sweep_or_holds_no_outcome_is_told_in_a_sentence(tmp_path):
    with pytest.raises(ScenarioError, match="holds no sweep.*no manifest.json"):
        analyse(tmp_path)
    (tmp_path / "manifest.json").write_text('{"kind": "run"}')
    with pytest.raises(ScenarioError, match="holds no sweep.*another kind"):
        analyse(tmp_path)

    def never(row):
        raise ArithmeticError("lost the way")

    design = {"type": "list", "points": [{"model.a": 1.0}, {"model.a": 2.0}]}
    with pytest.raises(StoreError, match="holds no run with an outcome.*status"):
        analyse(swept(tmp_path / "failed", never, design))
    empty = swept(tmp_path / "empty", plain, DESIGN)
    for file in (empty.path / "runs").iterdir():
        file.unlink()
    with pytest.raises(StoreError, match="no finished chunk"):
        analyse(Folder.at(empty.path).path)


@pytest.mark.parametrize("page", ["README.md", "docs/analysis.md"])
def test_the_sweep_that_the_pages_analyse_gives_every_part_of_an_analysis(page):
    """Sensitivities by the method named, a split of luck, and boxes: the design is a sample with points enough."""
    text = (ROOT / page).read_text("utf-8")
    names = set(re.findall(r"hedgelab analyse runs/(\w+)", text))
    assert names and names <= set(re.findall(r"hedgelab sweep (\w+)", text))
    for name in names:
        spec = yaml.safe_load((ROOT / "configs" / "sweeps" / f"{name}.yaml").read_text("utf-8"))
        assert PAWN in GIVES[spec["design"]["type"]] and spec["design"]["points"] >= max(POINTS, FEWEST[PAWN])
        assert spec["replicates"] >= FEW_LUCKS and len(spec["policies"]) > 1
