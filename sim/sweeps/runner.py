"""Plays what a sweep's folder does not hold yet, and keeps every run the moment it is done.

Orders go to a pool in the order of the plan. One that hangs or takes its worker with it is played again run by run, so
that only the culprit is marked; the bits of a run do not depend on what it is played with."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sim.errors import RunsFailed, said_of
from sim.sweeps.folder import Chunk, Folder
from sim.sweeps.orders import FAILED, KILLED, PENDING, TIMEOUT, Order, Played
from sim.sweeps.plan import Plan
from sim.sweeps.pool import Lost, Outcome, Pool

BEAT = 0.5  # seconds between two looks at the clock
DEATHS = 3  # somebody else's kill may hit a run once, and even twice
MISSES = 3  # an order that dies so fast that nobody hears of its beginning ends all the same
SPAN = 300.0  # seconds over which the rate is taken


@dataclass
class Progress:
    """Where a sweep stands."""

    total: int
    counts: Counter  # state -> runs with a record
    begun: float = field(default_factory=time.monotonic)
    marks: deque = field(default_factory=lambda: deque(maxlen=10_000))  # (time, runs done) in this session

    @property
    def done(self) -> int:
        """Runs with a record, whatever their state."""
        return sum(self.counts.values())

    def mark(self) -> None:
        """Notes the time, after some runs ended."""
        self.marks.append((time.monotonic(), self.done))

    @property
    def rate(self) -> float | None:
        """Runs a second over the last minutes, from the first run that ended on; None before there are two marks."""
        now = time.monotonic()
        while len(self.marks) > 2 and self.marks[0][0] < now - SPAN:
            self.marks.popleft()
        if len(self.marks) < 2 or self.marks[-1][1] == self.marks[0][1]:
            return None
        return (self.marks[-1][1] - self.marks[0][1]) / (now - self.marks[0][0])

    @property
    def seconds_to_go(self) -> float | None:
        """Time that the rest takes at that rate."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True)
class Task:
    """An order on its way."""

    chunk: Chunk | None  # where its records go
    order: Order
    deaths: int = 0  # workers that died while they played it, or may have: of a run alone
    misses: int = 0  # workers lost before they began it


class Stopped(RunsFailed):
    """Ctrl-C, or a signal to end: what was done is kept."""


def resume(
    folder: Folder, plan: Plan, pool_of: Callable[[], Pool], tell: Callable[[Progress], None] | None = None
) -> Counter:
    """Plays all runs without a record, then the further attempts that were ordered. The counts by state.

    pool_of : makes the pool, if there is anything to play
    Raises Stopped, or StoreError when the folder can no longer be written."""
    for stem in folder.put_aside_broken():
        folder.log("broken", chunk=stem)
    for attempt, ids in [(1, None), *folder.retries()]:
        chunks = missing(folder, plan, attempt, ids)
        if not chunks:
            continue
        held = folder.counts(None if ids is None else attempt)
        progress = Progress(plan.rows if ids is None else len(ids), held)
        folder.log("play", attempt=attempt, chunks=len(chunks), done=progress.done)
        _drive(folder, plan, pool_of, chunks, progress, tell or (lambda progress: None))
    counts = folder.counts()
    folder.log("end", counts=dict(counts))
    return counts


def retry(
    folder: Folder, plan: Plan, pool_of: Callable[[], Pool], tell: Callable[[Progress], None] | None = None
) -> Counter:
    """Plays every run that is not ok once more, as a further attempt; the earlier records stay. The counts by state."""
    stopped = any(missing(folder, plan, attempt, ids) for attempt, ids in [(1, None), *folder.retries()])
    if stopped:  # what was never played, or an attempt that was stopped, comes first
        resume(folder, plan, pool_of, tell)
    folder.order_retry()
    return resume(folder, plan, pool_of, tell)


def missing(folder: Folder, plan: Plan, attempt: int = 1, ids: list[str] | None = None) -> list[Chunk]:
    """Chunks of an attempt that have no file, not yet opened.

    ids : rows of a further attempt; None: all"""
    only = None if ids is None else frozenset(ids)
    numbers = range(plan.chunks) if only is None else sorted({plan.chunk_of(row) for row in only})
    found = []
    for chunk in (Chunk(number, attempt, only) for number in numbers):
        if folder.done(chunk.stem):
            folder.forget_journal(chunk.stem)
        else:
            found.append(chunk)
    return found


def _drive(folder: Folder, plan: Plan, pool_of: Callable[[], Pool], chunks: list[Chunk], progress: Progress,
           tell) -> None:  # fmt: skip
    opened: dict[str, Chunk] = {}  # those that are not finished
    pool = None

    def tasks() -> Iterator[Task]:
        for chunk in chunks:
            folder.open_chunk(chunk, plan)
            if chunk.whole:
                folder.finish(chunk, plan.columns)
                continue
            opened[chunk.stem] = chunk
            for order in chunk.orders:
                left = tuple(row for row in order.rows if row.id not in chunk.played)
                if left:
                    yield Task(chunk, Order(order.scenario, left))

    waiting, again, flying = tasks(), deque(), {}
    try:
        with _ended_by_signals():
            pool = pool_of()
            while True:
                empty = False  # room may be 0: a cluster whose workers are yet to come
                while not empty and len(flying) < pool.room():
                    task = again.popleft() if again else next(waiting, None)
                    empty = task is None
                    if task is not None:
                        flying[pool.submit(task.order, plan.spec.timeout)] = task
                if empty and not flying:
                    return
                for handle, outcome in pool.wait(list(flying), BEAT):
                    task = flying.pop(handle)
                    played = settled(task, outcome, plan.spec.timeout, again, folder.log)
                    if not played:
                        continue
                    _keep(folder, plan, task.chunk, played, progress)
                    if task.chunk.finished:
                        opened.pop(task.chunk.stem)
                tell(progress)
    except KeyboardInterrupt:
        said = f"stopped with {progress.done} of {progress.total} runs done"
        raise Stopped(f"{said}: hedgelab sweep resume {folder.path} goes on") from None
    finally:
        if pool is not None:
            pool.stop()
        for chunk in opened.values():
            chunk.journal.close()


def _keep(folder: Folder, plan: Plan, chunk: Chunk, played: list[Played], progress: Progress) -> None:
    folder.add(chunk, played)
    progress.counts.update(one.state for one in played)
    progress.mark()
    for one in played:
        if one.error:
            folder.log(one.state, row=one.id, attempt=chunk.attempt, error=one.error)
    if chunk.whole:
        folder.finish(chunk, plan.columns)


def settled(task: Task, outcome: Outcome, timeout: float, again: deque, log: Callable[..., None]) -> list[Played]:
    """Records of an order that ended; none while its runs are to be played again one by one.

    again : gets what is to be played again; log : is told of what was lost"""
    rows = task.order.rows
    if isinstance(outcome, list):
        return outcome
    if isinstance(outcome, Exception):
        return [Played(row.id, FAILED, said_of(outcome)) for row in rows]
    assert isinstance(outcome, Lost)
    if outcome.state == PENDING:  # nobody took it
        again.append(task)
        return []
    log("lost", state=outcome.state, why=outcome.why, rows=[row.id for row in rows])
    if outcome.state == TIMEOUT and len(rows) == 1:
        return [Played(rows[0].id, TIMEOUT, f"took longer than {timeout:g} seconds: look at its strategy, or raise "
                       "`timeout` in the sweep")]  # fmt: skip
    if outcome.state == KILLED and not outcome.begun and task.misses < MISSES:
        again.append(replace(task, misses=task.misses + 1))
        return []
    died = {row.id: task.deaths + (outcome.state == KILLED and outcome.row in (row.id, "")) for row in rows}
    if len(rows) == 1 and died[rows[0].id] >= DEATHS:
        how = f" {outcome.why}" if outcome.why else ""
        return [Played(rows[0].id, KILLED, f"its worker process died{how} {DEATHS} times while it played this run, the "
                       "last times this run alone")]  # fmt: skip
    # whoever killed a worker from outside may have hit any run: each has another chance, by itself
    again.extend(Task(task.chunk, Order(task.order.scenario, (row,)), died[row.id]) for row in rows)
    return []


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A signal to end is a Ctrl-C, where signals can be caught."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise KeyboardInterrupt

    before = {s: signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
