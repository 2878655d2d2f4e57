"""What a sweep's folder survives: lines and files cut short, a full disk, hands in the manifest, a second writer."""

import errno
import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from filelock import FileLock

from sim.cli.sweeps import _errors
from sim.errors import HedgelabError, ScenarioError, StoreError
from sim.sweeps import files, provenance, tables
from sim.sweeps import folder as folder_module
from sim.sweeps.files import Journal, read_journal
from sim.sweeps.folder import Chunk, Folder
from sim.sweeps.read import Sweep, open_sweep
from sim.sweeps.runner import Stopped, resume, retry
from tests.sweeps.made import Acts, bytes_of, folder_of, manifest_of, plan_of, play


class Here:
    """A pool that plays in this process: what a pool does when nothing goes wrong."""

    def __init__(self, context=None):
        self.context, self.room = context or Acts(seconds=0), lambda: 3
        self.waiting, self.played = [], 0

    def submit(self, order, seconds):
        self.waiting.append((len(self.waiting), self.played, order))
        return self.waiting[-1][:2]

    def wait(self, handles, seconds):
        *handle, order = self.waiting.pop()  # last first: the order of ending is not the order of the plan
        self.played += len(order.rows)
        yield tuple(handle), self.outcome(order)

    def outcome(self, order):
        return play(self.context, order)

    def stop(self):
        self.waiting = []


@pytest.fixture
def whole(tmp_path):
    """A finished sweep: (folder, its plan, its files)."""
    plan = plan_of()
    folder = folder_of(tmp_path / "whole", plan)
    with folder.held():
        resume(folder, plan, Here)
    return folder, plan, bytes_of(folder.path)


def test_a_finished_sweep_is_two_tidy_tables_that_say_all(whole):
    folder, plan, found = whole
    done = Sweep(folder)
    runs, panel = done.runs, done.panel()
    assert (
        list(runs.row) == [row.id for row in plan.every()] and set(runs.state) == {"ok"} and len(panel) == 3 * plan.rows
    )
    row = plan.find("2.calm.two.1")
    mine, quarters = runs[runs.row == row.id].iloc[0], panel[panel.row == row.id]
    assert mine["model.a"] == row.values["model.a"] and mine["income"] == quarters.income.iloc[-1]
    assert list(quarters.quarter) == ["2025Q1", "2025Q2", "2025Q3"] and pd.isna(quarters["share.USA"].iloc[0])
    some = done.panel(columns=["income"], filter={"policy": "two", "quarter": ["2025Q3"]})
    assert list(some)[-1] == "income" and "share.USA" not in some and len(some) == plan.rows / 2
    assert done.counts == {"ok": plan.rows} and done.design["model.a"].tolist() == [k / 7 for k in range(6)]
    with pytest.raises(ScenarioError, match="incme.*income"):
        done.panel(columns=["incme"])
    assert set(found) == {"manifest.json", "config.yaml", "design.parquet",
                          *(f"{t}/00000{k}.parquet" for t in ("runs", "panel") for k in range(3))}  # fmt: skip


@pytest.mark.parametrize("cut", [1, 30, 400])
def test_a_journal_cut_anywhere_keeps_the_lines_before_and_takes_new_ones(tmp_path, cut):
    journal = Journal(tmp_path / "one.jsonl")
    for k in range(5):
        journal.add([{"id": str(k), "text": "x" * 100}])
    journal.close()
    text = (tmp_path / "one.jsonl").read_bytes()
    (tmp_path / "one.jsonl").write_bytes(text[:-cut])
    kept = len(read_journal(tmp_path / "one.jsonl")[0])
    assert kept == 4 if cut < 100 else kept < 4
    again = Journal(tmp_path / "one.jsonl")
    again.add("new")
    again.close()
    assert read_journal(tmp_path / "one.jsonl")[0][kept:] == ["new"]
    flipped = bytearray(text)
    flipped[40] ^= 1
    (tmp_path / "one.jsonl").write_bytes(flipped)
    assert read_journal(tmp_path / "one.jsonl") == ([], 0)


def full_after(writes, monkeypatch):
    """A disk that has no place left after so many writes that were forced to it; returns what mends it."""
    sync, calls = os.fsync, [0]

    def full(handle):
        calls[0] += 1
        if calls[0] > writes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    monkeypatch.setattr(files.os, "fsync", full)
    return sync


@pytest.mark.parametrize("after", range(0, 14, 2))
def test_a_disk_that_fills_up_is_one_sentence_and_the_sweep_goes_on_to_the_same_bytes(
    tmp_path, whole, after, monkeypatch
):
    plan, kept = plan_of(), whole[2]
    folder = folder_of(tmp_path / "full", plan)
    sync = full_after(after, monkeypatch)
    with folder.held(), pytest.raises(StoreError, match="No space left.*resume") as caught:
        resume(folder, plan, Here)
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(files.os, "fsync", sync)
    before = sum(folder.counts().values())
    pools = []
    with folder.held():
        resume(folder, plan, lambda: pools.append(Here()) or pools[-1])
    assert bytes_of(folder.path) == kept and sum(pool.played for pool in pools) == plan.rows - before


@pytest.mark.parametrize("after", range(5))
def test_a_disk_that_is_full_at_the_start_leaves_a_place_in_which_the_command_can_be_given_again(
    tmp_path, whole, after, monkeypatch
):
    plan, kept, path = plan_of(), whole[2], tmp_path / "full"
    sync = full_after(after, monkeypatch)
    with pytest.raises(StoreError, match="No space left.*give the command again; nothing was played"):
        folder_of(path, plan)
    monkeypatch.setattr(files.os, "fsync", sync)
    (path / ".manifest.json.partial").touch()  # as a kill leaves it
    folder = folder_of(path, plan)
    with folder.held():
        resume(folder, plan, Here)
    assert bytes_of(path) == kept


@pytest.mark.parametrize("table", ["runs", "panel"])
@pytest.mark.parametrize("how", ["cut", "flipped", "empty"])
def test_a_broken_chunk_is_named_and_resume_makes_it_anew(whole, table, how):
    folder, plan, kept = whole
    path = folder.path / table / "000001.parquet"
    data = bytearray(path.read_bytes())
    if how == "flipped":
        data[len(data) // 4] ^= 1
    path.write_bytes({"cut": data[: len(data) // 2], "flipped": data, "empty": b""}[how])
    with pytest.raises(StoreError, match="000001.parquet is broken.*resume") as caught:
        Sweep(folder).runs if table == "runs" else Sweep(folder).panel()
    assert "\n" not in str(caught.value)
    pools = []
    with folder.held():
        resume(folder, plan, lambda: pools.append(Here()) or pools[-1])
    found = {name: data for name, data in bytes_of(folder.path).items() if not name.endswith(".broken")}
    assert found == kept and pools[0].played == 8


def test_a_manifest_changed_by_hand_is_refused_and_the_tables_stay(whole):
    folder, plan, kept = whole
    path = folder.path / "manifest.json"
    path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(StoreError, match="changed after it was written.*put the old one back"):
        open_sweep(folder.path)
    assert {**bytes_of(folder.path), "manifest.json": kept["manifest.json"]} == kept
    path.write_text("{")
    with pytest.raises(StoreError, match="manifest.json cannot be read"):
        open_sweep(folder.path)
    path.write_text('{"kind": "run"}')
    with pytest.raises(ScenarioError, match="holds no sweep"):
        open_sweep(folder.path)


def test_another_kind_of_processor_is_refused_by_resume_and_named(tmp_path, monkeypatch):
    plan, facts = plan_of(), manifest_of(plan_of())
    here = {"kernel": "numpy", "blas": "openblas 0.3 SkylakeX", "simd": "X86_V3, X86_V4", "machine": "x86_64"}
    folder = Folder.make(tmp_path / "one", plan, provenance.sealed(facts | {"backend": here}), {})
    there = here | {"blas": "openblas 0.3 Haswell", "simd": "X86_V3"}
    assert provenance.differences(folder.facts, facts | {"backend": there}) == [
        "linear algebra: SkylakeX then, Haswell now", "vector instructions: X86_V4 then, X86_V3 now"]  # fmt: skip
    monkeypatch.setattr(provenance, "manifest", lambda plan: facts | {"backend": there})
    with pytest.raises(StoreError, match="linear algebra: SkylakeX then, Haswell now.*Take a processor"):
        folder.check(plan)
    monkeypatch.setattr(provenance, "manifest", lambda plan: facts | {"backend": here})
    folder.check(plan)


def test_what_computes_is_told_by_its_libraries_and_instructions():
    found = provenance.backend()
    assert set(found) == {"kernel", "blas", "simd", "machine"} and set(provenance.computes()) == {
        "linear algebra", "vector instructions", "machine"}  # fmt: skip


def test_a_second_sweep_is_refused_while_one_runs_and_after_and_let_in_when_the_first_was_killed(whole):
    folder, plan, _ = whole
    code = (f"from filelock import FileLock; import time; lock = FileLock({str(folder.path / '.lock')!r}); "
            "lock.acquire(); print('held', flush=True); time.sleep(60)")  # fmt: skip
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "held\n" and folder.busy
        with pytest.raises(StoreError, match="written by another sweep"), folder.held():
            pass
    finally:
        other.kill()
        other.wait()
    assert not folder.busy
    with folder.held():
        pass
    with pytest.raises(ScenarioError, match="finished sweep.*--out"):
        folder_of(folder.path, plan)
    (folder.path / "runs" / "000002.parquet").unlink()
    with pytest.raises(ScenarioError, match=f"16 of {plan.rows} runs done; hedgelab sweep resume"):
        folder_of(folder.path, plan)


def test_what_failed_is_played_again_as_a_further_attempt_beside_the_first(tmp_path, whole):
    plan, bad = plan_of(), frozenset({"0.calm.one.0", "5.calm.two.1"})
    folder = folder_of(tmp_path / "failed", plan)
    with folder.held():
        counts = resume(folder, plan, lambda: Here(Acts(seconds=0, raises=bad)))
    assert counts == {"ok": plan.rows - 2, "failed": 2}
    runs = Sweep(folder).runs.set_index("row")
    assert set(runs.index[runs.state == "failed"]) == bad and (runs.loc[list(bad), "error"] == "lost the way").all()
    assert runs.loc[list(bad), "income"].isna().all()
    first, pools = bytes_of(folder.path), []
    with folder.held():  # the second attempt mends one of them
        retry(
            folder, plan, lambda: pools.append(Here(Acts(seconds=0, raises=frozenset({"0.calm.one.0"})))) or pools[-1]
        )
    assert pools[0].played == 2 and first.items() <= bytes_of(folder.path).items()
    done = Sweep(folder)
    assert done.counts == {"ok": plan.rows - 1, "failed": 1} and len(done.runs) == plan.rows
    assert done.runs.set_index("row").loc["5.calm.two.1", ["attempt", "state"]].tolist() == [2, "ok"]
    with folder.held():
        retry(folder, plan, Here)
    mended = Sweep(folder).runs.set_index("row").drop(columns="attempt").sort_index()
    kept = Sweep(whole[0]).runs.set_index("row").drop(columns="attempt").sort_index()
    pd.testing.assert_frame_equal(mended, kept, check_exact=True)
    assert Sweep(folder).panel().shape == Sweep(whole[0]).panel().shape
    pools.clear()
    with folder.held():  # nothing is left to retry
        retry(folder, plan, lambda: pools.append(Here()) or pools[-1])
    assert pools == []


def test_an_error_of_the_programs_own_is_a_row_too(tmp_path):
    class Raises(Here):
        def outcome(self, order):
            mine = "3.calm.one.0" in [row.id for row in order.rows]
            return RuntimeError("no such thing") if mine else super().outcome(order)

    plan = plan_of()
    folder = folder_of(tmp_path / "one", plan)
    with folder.held():
        counts = resume(folder, plan, Raises)
    assert counts == {"ok": plan.rows - 4, "failed": 4}
    runs = Sweep(folder).runs
    assert set(runs.error) == {"", "RuntimeError: no such thing"}


def test_an_error_that_no_file_can_hold_is_kept_with_its_code(tmp_path):
    class Raises(Here):
        def outcome(self, order):
            return ValueError("bad\udcff name") if self.played < 8 else super().outcome(order)

    plan = plan_of()
    folder = folder_of(tmp_path / "one", plan)
    with folder.held():
        assert resume(folder, plan, Raises)["failed"] == 4
    assert set(Sweep(folder).runs.error) == {"", "ValueError: bad\\udcff name"}
    (old,) = tables.of_line(json.loads('[{"id": "0", "state": "failed", "error": "bad\\udcff name"}]'))
    assert old.error == "bad\\udcff name"  # of a journal that holds it raw


def test_an_error_of_several_lines_is_one_line_of_status(tmp_path):
    class Raises(Here):
        def outcome(self, order):
            return RuntimeError("no such thing:\n  look\nthere")

    plan = plan_of(points_wanted=1)
    folder = folder_of(tmp_path / "one", plan)
    with folder.held():
        resume(folder, plan, Raises)
    (line,) = _errors(Sweep(folder))
    assert line.endswith("first 0.calm.one.0: RuntimeError: no such thing: look there")
    assert set(Sweep(folder).runs.error) == {"RuntimeError: no such thing:\n  look\nthere"}


def test_a_chunk_that_is_finished_is_no_longer_held_in_memory(tmp_path, monkeypatch):
    plan, held = plan_of(points_wanted=40), []
    folder = folder_of(tmp_path / "one", plan)
    opened = Folder.open_chunk
    monkeypatch.setattr(Folder, "open_chunk", lambda self, chunk, plan: (held.append(chunk), opened(self, chunk, plan)))
    most = []

    def tell(progress):
        most.append(sum(len(chunk.played) + len(chunk.rows) for chunk in held))
        most.append(sum(len(chunk.journal.held) for chunk in held if chunk.journal is not None))

    with folder.held():
        resume(folder, plan, Here, tell)
    assert len(held) == plan.chunks == 20 and max(most) <= 4 * 8 * 2  # rows of a few open chunks, told and played


def test_the_log_alone_holds_times(whole):
    folder, _, found = whole
    lines = [json.loads(line) for line in (folder.path / "log.jsonl").read_text().splitlines()]
    assert [line["what"] for line in lines] == ["play", "end"] and all("time" in line for line in lines)
    assert not any(b"20" + b"26-" in data for name, data in found.items() if name.endswith(".json"))


def test_a_folder_that_is_no_sweep_is_wrong_input(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("x")
    for path in (tmp_path / "other", tmp_path / "nowhere"):
        with pytest.raises(HedgelabError, match="holds no sweep"):
            Folder.at(path)
    with pytest.raises(ScenarioError, match="is there already"):
        folder_of(tmp_path / "other", plan_of())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text("mine: 1")  # of another program, though sweeps write one too
    with pytest.raises(ScenarioError, match="is there already"):
        folder_of(tmp_path / "mine", plan_of())
    assert (tmp_path / "mine" / "config.yaml").read_text() == "mine: 1"


def test_of_two_sweeps_into_one_new_folder_one_begins(tmp_path, monkeypatch):
    """The second looks before the first has written, and comes to write after it."""
    path, first, second = tmp_path / "one", plan_of(seed=1), plan_of(seed=2)
    resolved = []
    monkeypatch.setattr(
        folder_module.provenance, "resolved", lambda plan: resolved.append(folder_of(path, first)) or {}
    )
    with pytest.raises(ScenarioError, match="runs done; hedgelab sweep resume"):
        Folder.make(path, second, manifest_of(second))
    assert resolved and Folder.at(path).spec.seed == 1
    other = tmp_path / "two"
    other.mkdir()
    with FileLock(other / ".lock"), pytest.raises(StoreError, match="written by another sweep"):
        folder_of(other, second)
    assert [file.name for file in other.iterdir()] == [".lock"]


def test_a_chunk_that_is_finished_while_it_is_counted_is_counted_once(whole, tmp_path, monkeypatch):
    folder, plan, _ = whole
    half = folder_of(tmp_path / "half", plan)
    chunk = Chunk(0)
    half.open_chunk(chunk, plan)
    half.add(chunk, [one for order in chunk.orders for one in play(Acts(seconds=0), order)])
    listed = Folder.files

    def late(self, table):
        found = listed(self, table)
        if table == "runs" and not chunk.finished:
            self.finish(chunk, plan.columns)
        return found

    monkeypatch.setattr(Folder, "files", late)
    assert half.counts() == {"ok": 8} == half.counts()
    assert read_journal(half.path / "open" / "000000.jsonl") == ([], 0)


def test_a_retry_that_was_stopped_goes_on_counting_where_it_stood(tmp_path):
    plan, bad = plan_of(), frozenset({f"{k}.calm.one.0" for k in range(6)})
    folder = folder_of(tmp_path / "one", plan)
    with folder.held():
        resume(folder, plan, lambda: Here(Acts(seconds=0, raises=bad)))
    attempt, ids = folder.order_retry()

    class Ends(Here):
        def outcome(self, order):
            if self.played > 2:
                raise KeyboardInterrupt
            return super().outcome(order)

    told = []
    with folder.held(), pytest.raises(Stopped):
        resume(folder, plan, lambda: Ends(Acts(seconds=0)))
    stood = folder.counts(attempt)
    with folder.held():
        resume(folder, plan, Here, lambda progress: told.append((progress.done, progress.total)))
    assert 0 < sum(stood.values()) < told[0][0] and told[-1] == (6, 6)


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "free some space"), (errno.EDQUOT, "free some space"), (errno.EACCES, "make it writable")],
)
def test_the_remedy_is_that_of_what_stands_in_the_way(tmp_path, number, says):
    with pytest.raises(StoreError, match=f"{says}, then hedgelab sweep resume"), files.written(tmp_path):
        raise OSError(number, os.strerror(number))
