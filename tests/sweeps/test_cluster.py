"""Workers of a Dask scheduler: the same bytes, one of them killed midway; a run that hangs or kills is a row."""

import os
import signal
import time

import pytest

distributed = pytest.importorskip("distributed")

from sim.errors import StoreError  # noqa: E402
from sim.sweeps import cluster  # noqa: E402
from sim.sweeps.cluster import DaskPool  # noqa: E402
from sim.sweeps.pool import Lost  # noqa: E402
from sim.sweeps.read import Sweep  # noqa: E402
from sim.sweeps.runner import resume  # noqa: E402
from tests.sweeps.made import Acts, bytes_of, folder_of, plan_of, play  # noqa: E402
from tests.sweeps.test_pool import whole  # noqa: E402, F401


@pytest.fixture(scope="module")
def two_workers():
    """A scheduler with two workers in processes of their own."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
                                  silence_logs=50) as made:  # fmt: skip
        yield made


def test_a_cluster_that_loses_a_worker_midway_ends_with_the_same_bytes(tmp_path, whole, two_workers):  # noqa: F811
    plan, killed = plan_of(timeout=60.0), []
    folder = folder_of(tmp_path / "one", plan)
    pids = {w.pid for w in two_workers.workers.values()}

    def tell(progress):
        if progress.done >= 8 and not killed:
            killed.append(pids.pop())
            os.kill(killed[0], signal.SIGKILL)

    with folder.held():
        counts = resume(folder, plan, lambda: DaskPool(two_workers.scheduler_address, play, Acts(seconds=0.1)), tell)
    assert killed and counts == {"ok": plan.rows} and bytes_of(folder.path) == whole


def test_a_run_that_hangs_or_kills_its_worker_on_a_cluster_is_a_row(tmp_path, two_workers, monkeypatch):
    monkeypatch.setattr(cluster, "GRACE", 10.0)
    acts = Acts(seconds=0, hangs=frozenset({"0.calm.one.0"}), dies=frozenset({"1.calm.two.0"}))
    plan = plan_of(timeout=1.0, points_wanted=2, replicates=1)
    folder = folder_of(tmp_path / "one", plan)

    with folder.held():
        resume(folder, plan, lambda: DaskPool(two_workers.scheduler_address, play, acts))
    runs = Sweep(folder).runs.set_index("row")
    assert runs.state.to_dict() == {"0.calm.one.0": "timeout", "0.calm.two.0": "ok", "1.calm.one.0": "ok",
                                    "1.calm.two.0": "killed"}  # fmt: skip


def one_in_here():
    """A scheduler with a worker that is a thread of this process, without a nanny."""
    return distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
                                    silence_logs=50)  # fmt: skip


def test_no_scheduler_and_no_workers_are_one_sentence_each(monkeypatch):
    monkeypatch.setattr(cluster, "START", 0.5)
    with pytest.raises(StoreError, match="no Dask scheduler answers at tcp://127.0.0.1:9") as caught:
        DaskPool("tcp://127.0.0.1:9", play, Acts())
    assert "\n" not in str(caught.value)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty:
        with pytest.raises(StoreError, match="has no workers: start some with"):
            DaskPool(empty.scheduler_address, play, Acts())


def test_a_worker_with_threads_or_other_code_is_refused(monkeypatch):
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None,
                                  silence_logs=50) as wide:  # fmt: skip
        with pytest.raises(StoreError, match="--nthreads 1"):
            DaskPool(wide.scheduler_address, play, Acts())
    looks = iter(range(9))
    monkeypatch.setattr(cluster, "code_hash", lambda: f"code {next(looks)}")
    with one_in_here() as other:
        with pytest.raises(StoreError, match="other code.*install the same"):
            DaskPool(other.scheduler_address, play, Acts())
    monkeypatch.setattr(cluster, "code_hash", lambda: "code")
    with one_in_here() as bare, pytest.raises(StoreError, match="has no nanny.*without --no-nanny"):
        DaskPool(bare.scheduler_address, play, Acts())


def test_a_worker_whose_processor_computes_otherwise_is_refused_by_name(monkeypatch):
    kinds = iter(["openblas 0.3 SkylakeX", *["openblas 0.3 Haswell"] * 9])
    same = {"vector instructions": "X86_V3", "machine": "x86_64"}
    monkeypatch.setattr(cluster, "computes", lambda: {"linear algebra": next(kinds)} | same)
    with one_in_here() as other:
        with pytest.raises(StoreError, match=r"other linear algebra \(Haswell there, SkylakeX here\).*same kind"):
            DaskPool(other.scheduler_address, play, Acts())


def test_a_worker_without_hedgelab_is_refused_in_a_sentence(monkeypatch):
    looks = iter([lambda: "code"])

    def code():
        one = next(looks, None)
        if one is None:
            raise ModuleNotFoundError("No module named 'sim'")
        return one()

    monkeypatch.setattr(cluster, "code_hash", code)
    with one_in_here() as bare:
        with pytest.raises(StoreError, match="cannot tell what it has .ModuleNotFoundError.*install the same"):
            DaskPool(bare.scheduler_address, play, Acts())


def begun(pool):
    """Waits until the only order of a pool has begun."""
    end = time.monotonic() + 30
    while not any(one.row for one in pool._flying.values()) and time.monotonic() < end:
        time.sleep(0.05)
    assert any(one.row for one in pool._flying.values())


def ended(pool, order, seconds):
    """What comes of an order that is given again when nobody took it, and how often that was."""
    given, handle, end = 1, pool.submit(order, seconds), time.monotonic() + 60
    while time.monotonic() < end:
        for _, outcome in pool.wait([handle] if handle else [], 0.2):
            if not (isinstance(outcome, Lost) and outcome.state == "pending"):
                return outcome, given
            handle = None
        if handle is None and pool.room():
            given, handle = given + 1, pool.submit(order, seconds)
    raise AssertionError("nothing came of it")


@pytest.fixture(scope="module")
def one_worker():
    """A scheduler with one worker in a process of its own."""
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None,
                                  silence_logs=50) as made:  # fmt: skip
        yield made


PLAN = plan_of(points_wanted=1, replicates=2)  # one order of four runs
HANGS = Acts(seconds=0, hangs=frozenset({row.id for row in PLAN.order(0).rows}))


def played_next(cluster, patience):
    """What comes of the order in the sweep that follows, and how often it had to be given."""
    pool = DaskPool(cluster.scheduler_address, play, Acts(seconds=0))
    try:
        return ended(pool, PLAN.order(0), patience)
    finally:
        pool.stop()


def test_a_worker_that_is_still_starting_gets_no_order(one_worker, monkeypatch):
    """A run that kills it then would leave its nanny without one for good."""
    pool = DaskPool(one_worker.scheduler_address, play, Acts(seconds=0))
    try:
        assert pool.room() == 1
        pool._known.clear()
        with monkeypatch.context() as patch:
            patch.setattr(cluster, "is_up", lambda dask_worker: False)
            assert pool.room() == 0
        run = pool.client.run

        def left(*given, nanny=False, **more):
            if nanny:
                raise KeyError("tcp://127.0.0.1:9")  # of the scheduler, when a worker left between two questions
            return run(*given, **more)

        with monkeypatch.context() as patch:
            patch.setattr(pool.client, "run", left)
            assert pool.room() == 0
        assert pool.room() == 1
    finally:
        pool.stop()


def test_a_sweep_that_is_stopped_leaves_no_worker_that_hangs(one_worker):
    first = DaskPool(one_worker.scheduler_address, play, HANGS)
    first.submit(PLAN.order(0), 60.0)
    begun(first)
    first.stop()
    outcome, given = played_next(one_worker, 60.0)
    assert [one.state for one in outcome] == ["ok"] * 4 and given == 1


def test_a_worker_that_hangs_for_a_sweep_that_was_killed_is_restarted(one_worker, monkeypatch):
    first = DaskPool(one_worker.scheduler_address, play, HANGS)
    first.submit(PLAN.order(0), 60.0)
    begun(first)
    first.client.close()  # as a kill of this process
    monkeypatch.setattr(cluster, "GRACE", 2.0)
    outcome, given = played_next(one_worker, 1.0)
    assert [one.state for one in outcome] == ["ok"] * 4 and given == 2


def test_an_order_that_nobody_waits_for_ends_between_two_runs(one_worker):
    first = DaskPool(one_worker.scheduler_address, play, Acts(seconds=3.0))
    first.submit(PLAN.order(0), 60.0)
    begun(first)
    first.client.close()
    second = DaskPool(one_worker.scheduler_address, play, Acts(seconds=0))
    try:
        outcome, given = ended(second, PLAN.order(0), 60.0)
        played = second.client.get_events(first._key)
    finally:
        second.stop()
    assert [one.state for one in outcome] == ["ok"] * 4 and given == 1
    assert 1 <= len(played) < 4  # the first run, or a second one, not all of them


def test_workers_that_join_later_are_looked_at_and_a_scheduler_that_goes_is_told(monkeypatch):
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None,
                                  silence_logs=50) as made:  # fmt: skip
        pool = DaskPool(made.scheduler_address, play, Acts(seconds=0))
        (address,) = pool._workers()
        pool._restart(["tcp://127.0.0.1:9"])  # one that has left already
        pool._leaving = {address: time.monotonic()}
        assert pool.room() == 0
        pool._leaving = {address: time.monotonic() - cluster.RESTART}  # it came back where it was
        assert pool.room() == 1
        pool._mine = pool._mine | {"code": "other"}
        assert pool.room() == 1  # it was looked at
        made.scale(2)
        made.wait_for_workers(2, timeout=60)
        with pytest.raises(StoreError, match="has other code"):
            pool.room()
    with pytest.raises(StoreError, match="scheduler at .* is gone: start it again, then hedgelab sweep resume"):
        pool.room()
    pool.stop()
