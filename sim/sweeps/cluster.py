"""Workers of a Dask scheduler: the same orders, the same bits; only this process writes files.

Each worker must be one thread in a process with a nanny (`dask worker ADDRESS --nthreads 1`), so that a run that hangs
can be stopped, and must have this version of hedgelab. A worker has one order at a time, so that it is known what it
played when it is lost. What all orders share goes to every worker that joins, by a plugin."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from sim.errors import StoreError
from sim.record.store import code_hash
from sim.scenario.activity import activity_path
from sim.sweeps.orders import KILLED, PENDING, TIMEOUT, Order, Played
from sim.sweeps.pool import Lost, Outcome
from sim.sweeps.provenance import versions

try:
    import distributed
    from distributed import Client, WorkerPlugin
except ImportError as error:
    raise StoreError(
        "--scheduler needs Dask distributed, which is not installed: pip install 'hedgelab[cluster]'"
    ) from error

GRACE = 30.0  # seconds for the way to a worker and back
RESTART = 60.0  # seconds that are waited for a worker that is stopped to be there again
PATIENCE = 300.0  # seconds that a cluster may be without workers before it is given up: a nanny starts a new one

_held: dict[str, tuple[Callable, object]] = {}  # in a worker: sweep -> what its orders share


class Shared(WorkerPlugin):
    """What all orders of a sweep share, in every worker, those that join later too."""

    def __init__(self, key: str, play: Callable, context: object):
        self.name, self.key, self.play, self.context = key, key, play, context

    def setup(self, worker: object) -> None:
        """In a worker, when it joins or when the sweep begins."""
        _held[self.key] = self.play, self.context

    def teardown(self, worker: object) -> None:
        """When the sweep ends."""
        _held.pop(self.key, None)


def perform(key: str, order: Order) -> list[Played]:
    """In a worker: plays an order, run by run, and says when each begins, since its time is taken from then on."""
    worker, found = distributed.get_worker(), []
    play, context = _held[key]
    for row in order.rows:
        worker.log_event(key, [worker.get_current_task(), row.id])
        found += play(context, Order(order.scenario, (row,)))
    return found


def fingerprint() -> dict[str, object]:
    """What must be the same in a worker as here for the bits to be the same."""
    return {"code": code_hash(), "versions": versions(),
            "costs of acting": sha256(activity_path().read_bytes()).hexdigest()}  # fmt: skip


class DaskPool:
    """Workers of a scheduler."""

    def __init__(self, address: str, play: Callable, context: object):
        self.address = address
        try:
            self.client = Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise StoreError(f"no Dask scheduler answers at {address} ({type(error).__name__}): start one with `dask "
                             "scheduler`, and give the address it prints") from error  # fmt: skip
        try:
            self._look_at_workers()
        except StoreError:
            self.client.close()
            raise
        self._key = f"hedgelab-{uuid.uuid4().hex}"
        self.client.register_plugin(Shared(self._key, play, context))
        self._seconds: dict[str, float] = {}  # key of a future -> how long each of its runs may take
        self._until: dict[str, float] = {}  # key of a future that a worker began -> when its run has taken too long
        self._row: dict[str, str] = {}  # key of a future -> the run that its worker plays
        self._at: dict[str, str | None] = {}  # key of a future -> its worker
        self._leaving: set[str] = set()
        self.client.subscribe_topic(self._key, self._begun)
        self._empty_since: float | None = None

    def room(self) -> int:
        """One order a worker: the time between two is short beside a run's."""
        return len(self._workers())

    def _workers(self) -> list[str]:
        """Those that play; not those that are being restarted, which the scheduler still lists for a while."""
        there = list(self.client.nthreads())
        self._leaving &= set(there)
        return [worker for worker in there if worker not in self._leaving]

    def submit(self, order: Order, seconds: float) -> object:
        """To a worker that plays nothing, by name: when it dies, it is known what it played."""
        busy = set(self._at.values())
        free = next((worker for worker in self._workers() if worker not in busy), None)
        future = self.client.submit(perform, self._key, order, pure=False, retries=0,
                                    workers=None if free is None else [free])  # fmt: skip
        self._seconds[future.key] = seconds
        self._at[future.key] = free
        return future

    def wait(self, handles: Iterable[object], seconds: float) -> Iterator[tuple[object, Outcome]]:
        handles = list(handles)
        self._look_at_scheduler()
        try:
            with self.client.as_current():
                distributed.wait(handles, seconds, return_when="FIRST_COMPLETED")
        except TimeoutError:
            pass
        except distributed.client.FuturesCancelledError:
            pass  # told one by one below
        if not handles:
            time.sleep(seconds)  # until a worker joins
        alive, now, until = set(self._workers()), time.monotonic(), dict(self._until)
        for future in handles:
            if future.done():
                yield future, self._outcome(future)
            elif self._at[future.key] is None:  # the last free worker left before the order could be sent
                yield self._given_up(future), Lost(PENDING, "")
            elif self._at[future.key] not in alive:
                row = self._row.get(future.key, "")
                yield self._given_up(future), Lost(KILLED, "", begun=future.key in until, row=row)
            elif now > until.get(future.key, now):
                self._leaving.add(self._at[future.key])
                self.client.restart_workers([self._at[future.key]], timeout=RESTART, raise_for_error=False)
                yield self._given_up(future), Lost(TIMEOUT, "")

    def _given_up(self, future) -> object:
        for known in (self._seconds, self._until, self._at, self._row):
            known.pop(future.key, None)
        future.cancel()
        return future

    async def _begun(self, event: tuple) -> None:
        """A worker began a run of an order, perhaps of one that another worker lost."""
        key, row = event[1]
        if key in self._seconds:
            self._until[key] = time.monotonic() + self._seconds[key] + GRACE
            self._row[key] = row

    def stop(self) -> None:
        try:
            self.client.unregister_worker_plugin(self._key)
        except Exception:  # the scheduler may be gone, which ends them too
            pass
        self.client.close(timeout=2)

    def _outcome(self, future) -> Outcome:
        row = self._row.get(future.key, "")
        for known in (self._seconds, self._until, self._at, self._row):
            known.pop(future.key, None)
        if future.status == "finished":
            try:
                return future.result(timeout=GRACE)
            except Exception:  # its worker died before the result was fetched
                return Lost(KILLED, "", row=row)
        if future.status != "error":
            return Lost(KILLED, "", row=row)
        error = future.exception()
        if isinstance(error, distributed.scheduler.KilledWorker):
            return Lost(KILLED, "several times")
        return error if isinstance(error, Exception) else RuntimeError(repr(error))

    def _look_at_scheduler(self) -> None:
        if self.client.status != "running":
            raise StoreError(f"the Dask scheduler at {self.address} is gone: start it again, then hedgelab sweep "
                             "resume goes on with --scheduler ADDRESS")  # fmt: skip
        if self.client.nthreads():
            self._empty_since = None
            return
        self._empty_since = self._empty_since or time.monotonic()
        if time.monotonic() - self._empty_since > PATIENCE:
            raise StoreError(f"the Dask scheduler at {self.address} has had no worker for {PATIENCE:g} seconds: start "
                             "some with `dask worker ADDRESS --nthreads 1`, then hedgelab sweep resume goes on"
                             )  # fmt: skip

    def _look_at_workers(self) -> None:
        """Refuses workers that could not stop a run that hangs, or would give other bits."""
        threads = self.client.nthreads()
        if not threads:
            raise StoreError(f"the Dask scheduler at {self.address} has no workers: start some with `dask worker "
                             f"{self.address} --nthreads 1`")  # fmt: skip
        wide = [worker for worker, number in threads.items() if number > 1]
        if wide:
            raise StoreError(f"the Dask worker {wide[0]} has {threads[wide[0]]} threads, so a run that hangs could not "
                             "be stopped alone: start workers with --nthreads 1, several a machine with --nworkers"
                             )  # fmt: skip
        mine = fingerprint()
        for worker, theirs in self.client.run(fingerprint).items():
            other = [key for key in mine if mine[key] != theirs[key]]
            if other:
                raise StoreError(f"the Dask worker {worker} has other {', '.join(other)}, so its bits could differ: "
                                 "install the same hedgelab there")  # fmt: skip
