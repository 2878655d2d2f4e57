"""Real workers: any number gives the same bytes, and a run that raises, hangs or dies costs no other."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections import deque
from multiprocessing import Pipe
from pathlib import Path

import pytest

from sim.errors import RunsFailed, ScenarioError, StoreError
from sim.sweeps import pool as pools
from sim.sweeps.api import pool_of
from sim.sweeps.folder import Folder
from sim.sweeps.pool import LocalPool
from sim.sweeps.read import Sweep
from sim.sweeps.runner import Stopped, resume, retry
from tests.sweeps.made import Acts, bytes_of, folder_of, plan_of, play
from tests.sweeps.test_folder import Here

ROOT = Path(__file__).resolve().parents[2]


def played(path, acts, workers=2, timeout=60.0, **more):
    """A folder of stand-ins, played by workers."""
    plan = plan_of(timeout=timeout, **more)
    folder = folder_of(path, plan)
    with folder.held():
        counts = resume(folder, plan, lambda: LocalPool(workers, play, acts))
    return folder, plan, counts


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Every file of the sweep that nothing befell."""
    plan = plan_of(timeout=60.0)
    folder = folder_of(tmp_path_factory.mktemp("whole") / "one", plan)
    with folder.held():
        resume(folder, plan, Here)
    return bytes_of(folder.path)


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, whole, workers):
    assert bytes_of(played(tmp_path / "one", Acts(seconds=0), workers)[0].path) == whole


def test_runs_that_raise_hang_or_die_are_rows_and_the_others_are_as_they_were(tmp_path, whole):
    acts = Acts(seconds=0, raises=frozenset({"0.calm.one.0"}), hangs=frozenset({"2.calm.two.1"}),
                dies=frozenset({"4.calm.one.1"}))  # fmt: skip
    folder, plan, counts = played(tmp_path / "one", acts, timeout=3.0)
    assert counts == {"ok": plan.rows - 3, "failed": 1, "timeout": 1, "killed": 1}
    runs = Sweep(folder).runs.set_index("row")
    bad = runs[runs.state != "ok"]
    assert bad.state.to_dict() == {"0.calm.one.0": "failed", "2.calm.two.1": "timeout", "4.calm.one.1": "killed"}
    assert "longer than 3 seconds" in bad.error["2.calm.two.1"] and "exit code 9" in bad.error["4.calm.one.1"]
    with folder.held():  # what failed comes out as in the sweep that nothing befell
        counts = retry(folder, plan, lambda: LocalPool(2, play, Acts(seconds=0)))
    assert counts == {"ok": plan.rows}
    done = Sweep(folder).runs.sort_values("row").drop(columns="attempt").reset_index(drop=True)
    for name in ("income", "share.USA", "model.a"):
        first = Sweep(Folder(folder.path, folder.facts)).runs.sort_values("row")[name]
        assert done[name].tolist() == first.tolist() and done[name].notna().all()


def test_a_run_that_hangs_is_noticed_after_its_own_time_whatever_it_is_played_with(tmp_path):
    acts = Acts(seconds=0, hangs=frozenset({"0.calm.two.7"}))
    begun = time.monotonic()
    folder, plan, counts = played(tmp_path / "one", acts, timeout=2.0, points_wanted=1, replicates=16)
    assert len(plan.order(0).rows) == 32 and counts == {"ok": 31, "timeout": 1}
    assert time.monotonic() - begun < 32 * 2.0 / 2  # twice its time, and two workers' starts


def test_a_worker_killed_from_outside_costs_nothing(tmp_path, whole):
    acts = Acts(seconds=0, dies_once=frozenset({"1.calm.one.0", "5.calm.two.0"}), marks=str(tmp_path))
    folder, plan, counts = played(tmp_path / "one", acts)
    assert counts == {"ok": plan.rows} and bytes_of(folder.path) == whole
    assert (folder.path / "log.jsonl").read_text().count('"lost"') == 2


@pytest.mark.parametrize("after", [0.0, 0.3])
def test_workers_killed_at_their_start_are_replaced(tmp_path, whole, after):
    """Before they have read what all orders share, which is more than a pipe holds."""
    plan, killed = plan_of(timeout=60.0), []
    folder = folder_of(tmp_path / "one", plan)

    def pool():
        found = LocalPool(2, play, Acts(seconds=0, marks="x" * 10**6))
        time.sleep(after)
        for worker in found._staff:
            os.kill(worker.process.pid, signal.SIGKILL)
            killed.append(worker.process.pid)
        return found

    with folder.held():
        counts = resume(folder, plan, pool)
    assert len(killed) == 2 and counts == {"ok": plan.rows} and bytes_of(folder.path) == whole


def test_workers_that_can_never_begin_end_the_sweep_with_a_sentence(tmp_path):
    plan = plan_of()
    folder = folder_of(tmp_path / "one", plan)

    def pool():
        found = LocalPool(1, play, Acts())
        Path(found._shared).unlink()
        return found

    with folder.held(), pytest.raises(RunsFailed, match="die before they begin .with exit code 1.*--workers fewer"):
        resume(folder, plan, pool)
    assert folder.counts() == {}


def test_nothing_is_left_behind_where_temporary_files_go(tmp_path, monkeypatch):
    monkeypatch.setattr(pools.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    played(tmp_path / "one", Acts(seconds=0), points_wanted=1)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_run_that_others_kills_hit_twice_is_no_culprit(tmp_path, whole):
    """Of an order of four the one that was being played has a death, the others none; a third death marks it."""
    row, deaths = "2.calm.one.1", []

    class Hit(Here):
        def outcome(self, order):
            if row in [one.id for one in order.rows] and len(deaths) < self.most:
                deaths.append(len(order.rows))
                return pools.Lost("killed", "by SIGKILL", row=row)
            return super().outcome(order)

    for most, state in ((2, {"ok": 24}), (3, {"ok": 23, "killed": 1})):
        Hit.most = most
        deaths.clear()
        plan = plan_of()
        folder = folder_of(tmp_path / str(most), plan)
        with folder.held():
            assert resume(folder, plan, Hit) == state
        assert deaths == [4, 1, 1][:most]
    runs = Sweep(folder).runs.set_index("row")
    assert list(runs.index[runs.state == "killed"]) == [row] and "3 times" in runs.error[row]


def made(folder, workers=2, seconds=0.05):
    """A sweep of stand-ins in a process of its own, which can be killed."""
    return subprocess.Popen([sys.executable, "-m", "tests.sweeps.made", folder, str(workers), str(seconds)], cwd=ROOT,
                            stdout=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip


def lines(folder):
    """How many lines all journals and chunks of a folder hold, more or less."""
    found = sum(path.read_bytes().count(b"\n") for path in (folder / "open").glob("*.jsonl"))
    return found + 2 * len(list((folder / "runs").glob("*.parquet")))


def wait_for(folder, number, process):
    while lines(folder) < number and process.poll() is None:
        time.sleep(0.01)


def children(process):
    """Processes that a process started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = status.parent.name, status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(rest[1]) == process.pid:
            found.append(int(pid))
    return found


def test_a_sweep_killed_again_and_again_ends_with_the_bytes_of_one_that_was_not(tmp_path, whole):
    """Killed at moments of its own choosing: the parent, by kill -9, Ctrl-C and kill; then a worker."""
    folder, left = tmp_path / "one", []
    plan = plan_of(timeout=60.0)
    folder_of(folder, plan)
    for at, how in ((1, signal.SIGKILL), (3, signal.SIGINT), (5, signal.SIGTERM)):
        process = made(folder)
        wait_for(folder, at, process)
        left += children(process)
        process.send_signal(how)
        said = process.communicate(timeout=120)[0]
        if how is not signal.SIGKILL and process.returncode:
            assert process.returncode == 1 and "runs done: hedgelab sweep resume" in said
    process = made(folder)
    wait_for(folder, lines(folder) + 1, process)
    for pid in children(process):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.communicate(timeout=120)
    if process.returncode:
        process = made(folder)
        process.communicate(timeout=120)
    assert process.returncode == 0 and bytes_of(folder) == whole
    end = time.monotonic() + 30  # a worker ends with its parent, however that ended
    while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < end:
        time.sleep(0.2)
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]


def test_how_a_worker_died_is_told():
    assert pools.death(-9) == "by SIGKILL (out of memory?)" and pools.death(3) == "with exit code 3"
    assert pools.death(None) == ""


def test_a_worker_that_ended_in_time_is_heard_though_it_is_looked_at_late(monkeypatch):
    """What takes the outcomes may be busy for a while between two of them."""
    lines = [Pipe(), Pipe()]
    pool = object.__new__(LocalPool)
    pool._waiting, pool._stillborn = deque(), 0
    pool._staff = [pools._Worker(None, mine, ready=True, handle=k, until=time.monotonic() + 0.2)
                   for k, (mine, _) in enumerate(lines)]  # fmt: skip
    lines[0][1].send((pools.DONE, ["first"]))
    found = pool.wait([0, 1], 0.1)
    assert next(found) == (0, ["first"])
    lines[1][1].send((pools.DONE, ["second"]))
    time.sleep(0.3)
    assert list(found) == [] and list(pool.wait([1], 0.1)) == [(1, ["second"])]


def test_no_place_for_temporary_files_is_told_as_such_and_nothing_is_left(tmp_path, monkeypatch):
    def full(shared, file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pools.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(pools.pickle, "dump", full)
    with pytest.raises(StoreError, match="temporary files .*No space left.*free some space there.*TMPDIR"):
        LocalPool(1, play, Acts())
    assert list(tmp_path.iterdir()) == []


def test_what_a_sweep_left_that_was_killed_with_its_workers_is_taken_away(tmp_path, monkeypatch):
    monkeypatch.setattr(pools.tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    kept = [tmp_path / f"hedgelab-{os.getppid()}-x", tmp_path / "hedgelab-notes"]
    for path in (*kept, tmp_path / f"hedgelab-{gone.pid}-x"):
        path.touch()
    pool = LocalPool(1, play, Acts())
    assert Path(pool._shared).name.startswith(f"hedgelab-{os.getpid()}-")
    pool.stop()
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_ctrl_c_while_workers_start_leaves_none_and_no_file(tmp_path, monkeypatch):
    plan, hired = plan_of(), LocalPool._hired
    folder, staff = folder_of(tmp_path / "one", plan), []

    def second(self):
        if staff:
            raise KeyboardInterrupt
        staff.append(hired(self))
        return staff[0]

    monkeypatch.setattr(LocalPool, "_hired", second)
    monkeypatch.setattr(pools.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with folder.held(), pytest.raises(Stopped, match="stopped with 0 of 24 runs done"):
        resume(folder, plan, lambda: LocalPool(2, play, Acts()))
    assert list((tmp_path / "temporary").iterdir()) == [] and not staff[0].process.is_alive()


def interrupts(context, order):
    raise KeyboardInterrupt("by the rule")


def test_a_run_that_raises_ctrl_c_is_a_row_and_its_worker_goes_on(tmp_path, capfd):
    plan = plan_of(points_wanted=2, replicates=1)
    folder = folder_of(tmp_path / "one", plan)
    with folder.held():
        assert resume(folder, plan, lambda: LocalPool(1, interrupts, None)) == {"failed": plan.rows}
    assert set(Sweep(folder).runs.error) == {"RuntimeError: KeyboardInterrupt: by the rule"}
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_workers_than_one_are_refused(workers):
    with pytest.raises(ScenarioError, match=f"workers is {workers}; must be 1 or more"):
        pool_of(plan_of(), workers, None)
