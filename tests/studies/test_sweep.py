"""A sweep plays a grid, goes on where it stopped with the same bytes, and refuses a folder that holds another."""

import pytest

from sim.errors import StoreError
from sim.scenario.schema import SweepFile
from sim.studies.sweep import grid_points, read, sweep

KEY = "model.trade.contract_renewal"


def spec(values=(0.02, 0.15)) -> SweepFile:
    return SweepFile(
        kind="sweep", name="small", description="two paces of renewal", scenario="baseline", policies=["status_quo"],
        grid={KEY: list(values)}, runs=1, seed=3, quarters=1,
    )  # fmt: skip


def chunks(folder):
    return {path.name: path.read_bytes() for path in (folder / "chunks").iterdir()}


def test_a_grid_is_every_combination_last_name_fastest():
    wide = spec().model_copy(update={"grid": {"a": [1.0, 2.0], "b": [3.0, 4.0]}})
    assert grid_points(wide) == [{"a": x, "b": y} for x in (1.0, 2.0) for y in (3.0, 4.0)]


def test_a_stopped_sweep_goes_on_and_ends_with_the_same_bytes(tmp_path):
    done = sweep(spec(), tmp_path / "one", workers=1)
    assert (done.points, done.ok, done.failed, done.resumed) == (2, 2, 0, 0)
    table = read(tmp_path / "one")
    assert sorted(table[KEY].unique()) == [0.02, 0.15] and (table.state == "ok").all()
    whole = chunks(tmp_path / "one")
    (tmp_path / "one" / "chunks" / "part-000001.parquet").unlink()
    again = sweep(spec(), tmp_path / "one", workers=1)
    assert again.resumed == 1 and chunks(tmp_path / "one") == whole


def test_two_sweeps_never_share_a_folder(tmp_path):
    sweep(spec((0.07,)), tmp_path / "one", workers=1)
    with pytest.raises(StoreError, match="another sweep"):
        sweep(spec((0.05,)), tmp_path / "one", workers=1)


def test_a_broken_part_is_named(tmp_path):
    sweep(spec((0.07,)), tmp_path / "one", workers=1)
    (tmp_path / "one" / "chunks" / "part-000000.parquet").write_bytes(b"no table")
    with pytest.raises(StoreError, match="part-000000"):
        read(tmp_path / "one")
