"""Worker processes of this machine: a run that hangs is stopped, a worker that dies is replaced, the others go on.

What a pool is to the runner: `room` for orders, `submit`, `wait`, `stop`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Protocol

from pebble import ProcessExpired, ProcessPool

from sim.sweeps.orders import KILLED, TIMEOUT, Order, Played
from sim.sweeps.worker import TOOK_TOO_LONG, perform, prepare

GRACE = 5.0  # seconds
AHEAD = 2  # orders a worker: one that it plays, one that waits for it


@dataclass(frozen=True)
class Lost:
    """An order that came to nothing with its worker: it took too long, or the worker died."""

    state: str
    why: str
    begun: bool = True  # false: the worker was lost, as far as is known, before it began


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


class LocalPool:
    """Processes of this machine, by pebble."""

    def __init__(self, workers: int, play: Callable, context: object):
        self.workers = workers
        # spawn: a forked worker would inherit locks that threads of the parent hold
        self._pool = ProcessPool(max_workers=workers, initializer=prepare, initargs=(play, context, os.getpid()),
                                 context=get_context("spawn"))  # fmt: skip

    def room(self) -> int:
        return AHEAD * self.workers

    def submit(self, order: Order, seconds: float) -> object:
        # a worker ends when one of its runs takes too long; the pool ends one whose thread cannot even look
        return self._pool.schedule(perform, args=[order, seconds], timeout=seconds * len(order.rows) + GRACE)

    def wait(self, handles: Iterable[object], seconds: float) -> Iterator[tuple[object, Outcome]]:
        done, _ = wait(list(handles), seconds, FIRST_COMPLETED)
        for future in done:
            yield future, _outcome(future)

    def stop(self) -> None:
        self._pool.stop()
        self._pool.join()


def _outcome(future) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, TimeoutError):
        return Lost(TIMEOUT, "")
    if isinstance(error, ProcessExpired) and error.exitcode == TOOK_TOO_LONG:
        return Lost(TIMEOUT, "")
    if isinstance(error, ProcessExpired):
        return Lost(KILLED, death(error.exitcode))
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


def death(code: int | None) -> str:
    """How a worker died, for people."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        return f"by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return "" if code is None else f"with exit code {code}"
