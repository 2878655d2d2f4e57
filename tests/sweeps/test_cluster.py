"""Workers of a Dask scheduler: the same bytes, one of them killed midway; a run that hangs or kills is a row."""

import os
import signal

import pytest

distributed = pytest.importorskip("distributed")

from sim.errors import StoreError  # noqa: E402
from sim.sweeps import cluster  # noqa: E402
from sim.sweeps.cluster import DaskPool  # noqa: E402
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


def test_no_scheduler_and_no_workers_are_one_sentence_each():
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
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
                                  silence_logs=50) as other:  # fmt: skip
        with pytest.raises(StoreError, match="other code.*install the same"):
            DaskPool(other.scheduler_address, play, Acts())
