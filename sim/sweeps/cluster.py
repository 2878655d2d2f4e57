"""Workers of a Dask scheduler: the same orders, the same bits; only this process writes files.

Each worker must be one thread in a process with a nanny (`dask worker ADDRESS --nthreads 1`), so that a run that hangs
can be stopped, and must have this version of hedgelab. A worker has one order at a time, so that it is known what it
played when it is lost. What all orders share goes to every worker that joins, by a plugin."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sim.errors import StoreError
from sim.record.store import code_hash
from sim.scenario.activity import activity_source
from sim.sweeps.orders import KILLED, PENDING, TIMEOUT, Order, Played
from sim.sweeps.pool import Lost, Outcome
from sim.sweeps.provenance import COMPUTES, LIKE_THE_FIRST, computes, then_and_now, versions

try:
    import distributed
    from distributed import Client, WorkerPlugin
except ImportError as error:
    raise StoreError(
        "--scheduler needs Dask distributed, which is not installed: pip install 'hedgelab[cluster]'"
    ) from error

GRACE = 30.0  # seconds for the way to a worker and back
RESTART = 60.0  # seconds that are waited for a worker that is stopped to be there again
START = 30.0  # seconds that are waited for a first worker: a sweep that was stopped may be restarting them
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
    """In a worker: plays an order, run by run, and says when each begins, since its time is taken from then on.

    Ends between two runs when nobody waits for it any more: its worker has other orders to play."""
    worker, found = distributed.get_worker(), []
    task = worker.get_current_task()
    for row in order.rows:
        if key not in _held or _forgotten(worker, task):
            raise RuntimeError("the sweep that gave this order has ended")
        play, context = _held[key]
        worker.log_event(key, [task, row.id])
        found += play(context, Order(order.scenario, (row,)))
    return found


def _forgotten(worker: object, task: str) -> bool:
    """Whether the scheduler took a task back, as it does when who ordered it was killed."""
    known = worker.state.tasks.get(task)
    return known is None or known.state == "cancelled"


def fingerprint() -> dict[str, object]:
    """What must be the same in a worker as here for the bits to be the same."""
    return {"code": code_hash(), "versions": versions(),
            "costs of acting": activity_source()[1]} | computes()  # fmt: skip


def is_up(dask_worker: object) -> bool:
    """In a nanny: whether it knows that its worker has started. One that dies before is not started again."""
    process = dask_worker.process
    return process is not None and process.status is distributed.Status.running


@dataclass
class _Flying:
    """An order on its way."""

    future: object
    at: str | None  # its worker
    seconds: float  # that each of its runs may take
    begin_by: float  # when its worker counts as hanging in something else
    until: float | None = None  # when its run has taken too long; None: none has begun
    row: str = ""  # the run that its worker plays


class DaskPool:
    """Workers of a scheduler."""

    def __init__(self, address: str, play: Callable, context: object):
        self.address = address
        try:
            self.client = Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise StoreError(f"no Dask scheduler answers at {address} ({type(error).__name__}): start one with `dask "
                             "scheduler`, and give the address it prints") from error  # fmt: skip
        self._key, self._mine = f"hedgelab-{uuid.uuid4().hex}", fingerprint()
        self._flying: dict[str, _Flying] = {}  # by key of the future
        self._known: set[str] = set()  # workers that were looked at
        self._leaving: dict[str, float] = {}  # workers that are being restarted -> since when
        self._empty_since: float | None = None
        try:
            begun = time.monotonic()
            while not self._workers():
                if time.monotonic() - begun > START:
                    raise StoreError(f"the Dask scheduler at {address} has no workers: start some with `dask worker "
                                     f"{address} --nthreads 1`")  # fmt: skip
                time.sleep(0.2)
            with self._asking():
                self.client.register_plugin(Shared(self._key, play, context))
                self.client.subscribe_topic(self._key, self._begun)
        except BaseException:
            self.client.close()
            raise

    def room(self) -> int:
        """One order a worker: the time between two is short beside a run's."""
        return len(self._workers())

    def submit(self, order: Order, seconds: float) -> object:
        """To a worker that plays nothing, by name: when it dies, it is known what it played."""
        busy = {one.at for one in self._flying.values()}
        free = next((worker for worker in self._workers() if worker not in busy), None)
        with self._asking():
            future = self.client.submit(perform, self._key, order, pure=False, retries=0,
                                        workers=None if free is None else [free])  # fmt: skip
        self._flying[future.key] = _Flying(future, free, seconds, time.monotonic() + seconds + GRACE)
        return future

    def wait(self, handles: Iterable[object], seconds: float) -> Iterator[tuple[object, Outcome]]:
        handles = list(handles)
        self._look_at_scheduler()
        try:
            with self._asking(), self.client.as_current(), suppress(TimeoutError):
                distributed.wait(handles, seconds, return_when="FIRST_COMPLETED")
        except distributed.client.FuturesCancelledError:
            pass  # told one by one below
        if not handles:
            time.sleep(seconds)  # until a worker joins
        alive = set(self._workers())
        for future in handles:
            outcome = self._outcome(future) if future.done() else self._lost(self._flying[future.key], alive)
            if outcome is None:
                continue
            self._flying.pop(future.key)
            if isinstance(outcome, Lost):
                future.cancel()
            yield future, outcome

    def stop(self) -> None:
        """Workers that still play are restarted: an order that hangs would keep them from the next sweep."""
        held = [one.at for one in self._flying.values() if one.at is not None and not one.future.done()]
        try:
            self.client.unregister_worker_plugin(self._key)
            for one in self._flying.values():
                one.future.cancel()
            if held:
                self._restart(held)
        except Exception:  # the scheduler may be gone, which ends them too
            pass
        self.client.close(timeout=2)

    # --- orders -----------------------------------------------------------------------------------

    async def _begun(self, event: tuple) -> None:
        """A worker began a run of an order, perhaps of one that another worker lost."""
        key, row = event[1]
        one = self._flying.get(key)
        if one is not None:
            one.row, one.until = row, time.monotonic() + one.seconds + GRACE

    def _outcome(self, future) -> Outcome:
        """What came of an order that is done."""
        row = self._flying[future.key].row
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

    def _lost(self, one: _Flying, alive: set[str]) -> Lost | None:
        """What befell an order that is not done; None when it goes on."""
        if one.at is None:  # the last free worker left before the order could be sent
            return Lost(PENDING, "")
        if one.at not in alive:
            return Lost(KILLED, "", begun=one.until is not None, row=one.row)
        if time.monotonic() <= (one.begin_by if one.until is None else one.until):
            return None
        if one.until is None and self._works_for_others(one.at):
            one.begin_by = time.monotonic() + GRACE
            return None
        self._restart([one.at])
        return Lost(PENDING if one.until is None else TIMEOUT, "")

    # --- workers ----------------------------------------------------------------------------------

    def _workers(self) -> list[str]:
        """Those that play; not those that are being restarted, which the scheduler still lists for a while."""
        with self._asking():
            there, now = list(self.client.nthreads()), time.monotonic()
        # a worker that keeps its address is never seen to leave
        self._leaving = {w: t for w, t in self._leaving.items() if w in there and now - t < RESTART}
        self._known &= set(there)
        new = [w for w in there if w not in self._known and w not in self._leaving]
        if new:
            self._look_at(new)
        return [w for w in there if w in self._known and w not in self._leaving]

    def _look_at(self, workers: list[str]) -> None:
        """Refuses workers that could not stop a run that hangs, or would give other bits."""
        with self._asking():
            facts = self.client.scheduler_info(n_workers=-1)["workers"]
            there = [worker for worker in workers if worker in facts]
            wide = [worker for worker in there if facts[worker]["nthreads"] > 1]
            if wide:
                raise StoreError(f"the Dask worker {wide[0]} has {facts[wide[0]]['nthreads']} threads, so a run that "
                                 "hangs could not be stopped alone: start workers with --nthreads 1, several a machine "
                                 "with --nworkers")  # fmt: skip
            found = self.client.run(fingerprint, workers=there, on_error="return")
            nursed = [worker for worker in there if facts[worker]["nanny"]]
            up = {}
            with suppress(KeyError):  # one of them left meanwhile
                up = self.client.run(is_up, workers=nursed, nanny=True, on_error="return") if nursed else {}
        for worker, theirs in found.items():
            if isinstance(theirs, OSError):
                continue  # it left again; if not, it is looked at the next time
            if isinstance(theirs, Exception):
                raise StoreError(f"the Dask worker {worker} cannot tell what it has ({type(theirs).__name__}: "
                                 f"{theirs}): install the same hedgelab there") from theirs  # fmt: skip
            other = [key for key in self._mine if self._mine[key] != theirs.get(key)]
            if other:
                raise StoreError(f"the Dask worker {worker} has other {self._told(other, theirs)}")
            if not facts[worker]["nanny"]:
                raise StoreError(f"the Dask worker {worker} has no nanny, so a run that hangs could not be stopped: "
                                 "start it without --no-nanny")  # fmt: skip
            if up.get(worker) is True:  # if not yet, it is looked at the next time
                self._known.add(worker)

    def _told(self, other: list[str], theirs: dict[str, object]) -> str:
        """What a worker has otherwise, and what to do about it."""
        computing = [key for key in other if key in COMPUTES.values()]
        words = [key for key in other if key not in computing]
        for key in computing:
            here, there = then_and_now(str(self._mine[key]), str(theirs.get(key, "")))
            words.append(f"{key} ({there} there, {here} here)")
        remedy = LIKE_THE_FIRST if computing == other else "install the same hedgelab there"
        return f"{', '.join(words)}, so its bits could differ: {remedy}"

    def _works_for_others(self, worker: str) -> bool:
        """Whether it plays for another sweep, which an order waits for."""
        with self._asking():
            return any(key not in self._flying for key in self.client.processing([worker]).get(worker, ()))

    def _restart(self, workers: list[str]) -> None:
        self._leaving |= dict.fromkeys(workers, time.monotonic())
        self._known -= set(workers)
        with self._asking(), suppress(KeyError, ValueError):  # it has left already, or lost its nanny
            self.client.restart_workers(workers, timeout=RESTART, raise_for_error=False)

    # --- the scheduler ----------------------------------------------------------------------------

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """A scheduler that does not answer, in a sentence with its remedy."""
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            if isinstance(error, OSError) or self.client.status != "running":
                raise self._gone() from error
            raise

    def _gone(self) -> StoreError:
        return StoreError(f"the Dask scheduler at {self.address} is gone: start it again, then hedgelab sweep resume "
                          "goes on with --scheduler ADDRESS")  # fmt: skip

    def _look_at_scheduler(self) -> None:
        if self.client.status != "running":
            raise self._gone()
        with self._asking():
            there = self.client.nthreads()
        if there:
            self._empty_since = None
            return
        self._empty_since = self._empty_since or time.monotonic()
        if time.monotonic() - self._empty_since > PATIENCE:
            raise StoreError(f"the Dask scheduler at {self.address} has had no worker for {PATIENCE:g} seconds: start "
                             "some with `dask worker ADDRESS --nthreads 1`, then hedgelab sweep resume goes on"
                             )  # fmt: skip
