"""Worker processes of this machine: a run that hangs is stopped, a worker that dies is replaced, the others go on.

What a pool is to the runner: `room` for orders, `submit`, `wait`, `stop`. Every worker has a line of its own to this
process and shares no lock with the others, so that one killed at any moment, at its start or in the middle of a word,
leaves nothing that another waits for."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import connection, get_context
from pathlib import Path
from typing import Protocol

from sim.errors import RunsFailed, StoreError
from sim.sweeps.files import remedy
from sim.sweeps.orders import KILLED, TIMEOUT, Order, Played
from sim.sweeps.worker import BEGUN, DONE, RAISED, READY, serve

PREFIX = "hedgelab-"  # of temporary files
AHEAD = 2  # orders a worker: one that it plays, one that waits for it
STILLBORN = 5  # workers that die one after another before they are ready: the next one would, too


@dataclass(frozen=True)
class Lost:
    """An order that came to nothing with its worker: it took too long, or the worker died."""

    state: str
    why: str
    begun: bool = True  # false: the worker was lost, as far as is known, before it began
    row: str = ""  # the run that was being played; empty: not known


Outcome = list[Played] | Lost | Exception


class Pool(Protocol):
    """Where orders are played."""

    def room(self) -> int:
        """How many orders it wants to have at once."""

    def submit(self, order: Order, seconds: float) -> object:
        """Takes an order whose runs may take some seconds each; what it will be asked about it by."""

    def wait(self, handles: Iterable[object], seconds: float) -> Iterator[tuple[object, Outcome]]:
        """Orders that ended, waiting at most some seconds for the first."""

    def stop(self) -> None:
        """Ends the workers, whatever they are doing."""


@dataclass(eq=False)
class _Worker:
    process: object
    line: connection.Connection
    ready: bool = False
    handle: int | None = None  # of the order that it plays
    seconds: float = 0.0  # that each run of it may take
    until: float | None = None  # when its run has taken too long; None: none has begun
    row: str = ""  # the run that it plays


class LocalPool:
    """Processes of this machine."""

    def __init__(self, workers: int, play: Callable, context: object):
        self.workers, self._numbers, self._stillborn = workers, count(), 0
        self._spawn = get_context("spawn")  # a forked worker would inherit locks that threads of this process hold
        # what all orders share goes by a file: a worker killed at its start would leave this process writing to nobody
        self._shared = _stored((play, context))
        self._waiting: deque[tuple[int, Order, float]] = deque()
        self._staff: list[_Worker] = []
        try:
            for _ in range(workers):
                self._staff.append(self._hired())
        except BaseException:  # Ctrl-C while they start
            self.stop()
            raise

    def room(self) -> int:
        return AHEAD * self.workers

    def submit(self, order: Order, seconds: float) -> object:
        self._waiting.append((next(self._numbers), order, seconds))
        return self._waiting[-1][0]

    def wait(self, handles: Iterable[object], seconds: float) -> Iterator[tuple[object, Outcome]]:
        self._hand_out()
        untils = [worker.until for worker in self._staff if worker.until is not None]
        patience = max(0.0, min([seconds, *(until - time.monotonic() for until in untils)]))
        speaking = set(connection.wait([worker.line for worker in self._staff], patience))
        for worker in list(self._staff):
            handle, outcome = worker.handle, None
            if worker.line in speaking:
                outcome = self._heard(worker)
            elif worker.until is not None and time.monotonic() > worker.until and not worker.line.poll():
                self._replaced(worker)
                outcome = Lost(TIMEOUT, "")
            if outcome is not None and handle is not None:
                yield handle, outcome
        self._hand_out()

    def stop(self) -> None:
        for worker in self._staff:
            _ended(worker)
        self._staff = []
        Path(self._shared).unlink(missing_ok=True)

    def _hired(self) -> _Worker:
        mine, theirs = self._spawn.Pipe()
        process = self._spawn.Process(target=serve, args=(theirs, self._shared, os.getpid()), daemon=True)
        process.start()
        theirs.close()  # so that the line ends with the worker
        return _Worker(process, mine)

    def _hand_out(self) -> None:
        """An order for every worker that has none; one that died meanwhile is heard of in `wait`."""
        for worker in self._staff:
            if not (self._waiting and worker.ready and worker.handle is None):
                continue
            handle, order, seconds = self._waiting.popleft()
            try:
                worker.line.send(order)
            except OSError:
                self._waiting.appendleft((handle, order, seconds))
                worker.ready = False
                continue
            worker.handle, worker.seconds, worker.until, worker.row = handle, seconds, None, ""

    def _heard(self, worker: _Worker) -> Outcome | None:
        """What a worker's word means for its order; nothing when that goes on."""
        try:
            what, said = worker.line.recv()
        except (OSError, EOFError, pickle.UnpicklingError):
            return self._dead(worker)
        if what == READY:
            worker.ready, self._stillborn = True, 0
        elif what == BEGUN:
            worker.until, worker.row = time.monotonic() + worker.seconds, said
        elif what in (DONE, RAISED):
            worker.handle = worker.until = None
            return said
        return None

    def _dead(self, worker: _Worker) -> Lost:
        begun, born = worker.until is not None, worker.ready
        code = self._replaced(worker, patience=5.0)  # its line ends a moment before its process
        self._stillborn = 0 if born else self._stillborn + 1
        if self._stillborn > STILLBORN:
            raise RunsFailed(f"worker processes die before they begin ({death(code) or 'no reason is known'}): give "
                             "them more memory or --workers fewer, then try again (a sweep: resume)")  # fmt: skip
        return Lost(KILLED, death(code), begun, worker.row)

    def _replaced(self, worker: _Worker, patience: float = 0.0) -> int | None:
        """Another in its place; its exit code."""
        code = _ended(worker, patience)
        self._staff[self._staff.index(worker)] = self._hired()
        return code


def _stored(shared: object) -> str:
    """A file among the temporary ones; nothing is left of it when it cannot be written.

    Its name has this process in it, so that what one left that was killed with all its workers is taken away later."""
    path = None
    _tidied(Path(tempfile.gettempdir()))
    try:
        handle, path = tempfile.mkstemp(prefix=f"{PREFIX}{os.getpid()}-")
        with os.fdopen(handle, "wb") as file:
            pickle.dump(shared, file)
    except BaseException as error:
        if path is not None:
            Path(path).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise  # what cannot be pickled, or Ctrl-C
        raise StoreError(f"the folder of temporary files {tempfile.gettempdir()} cannot be written "
                         f"({error.strerror or error}): {remedy(error)} there, or name another folder in TMPDIR, then "
                         "give the command again") from error  # fmt: skip
    return path


def _tidied(folder: Path) -> None:
    """Removes the files of processes that are gone, where the system tells which are there."""
    for path in folder.glob(f"{PREFIX}*-*") if Path("/proc/self").exists() else ():
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            with suppress(OSError):  # somebody else's, or gone meanwhile
                path.unlink()


def _ended(worker: _Worker, patience: float = 0.0) -> int | None:
    """The exit code of a worker, once it is gone; one that still lives after some seconds is killed."""
    worker.process.join(patience)
    worker.process.kill()
    worker.process.join()
    worker.line.close()
    return worker.process.exitcode


def death(code: int | None) -> str:
    """How a worker died, for people."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        return f"by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return "" if code is None else f"with exit code {code}"
