"""Tasks of a comparison on the worker processes of sweeps, which can be stopped at any moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pandas as pd

from sim.sweeps.orders import Order, Row
from sim.sweeps.pool import LocalPool, Lost
from sim.tasks import Result, Task, work

BEAT = 0.3  # seconds between two looks whether it is still wanted
TRIES = 2  # workers that may die with a task before it counts as failed


def played(tasks: list[Task], workers: int, wanted: Callable[[], bool] = lambda: True) -> Iterator[tuple[int, Result]]:
    """Position and result of each task, as they finish; it ends early once it is not wanted any more.

    However it ends, no worker is left at work. A task whose worker died is played once more, then its runs failed.
    Raises RuntimeError for an error that `work` does not keep in its result."""
    pool, lost = LocalPool(min(workers, len(tasks)), _play, tasks), [0] * len(tasks)
    try:
        flying = {pool.submit(_order(tasks, k), math.inf): k for k in range(len(tasks))}
        while flying and wanted():
            for handle, outcome in pool.wait(list(flying), BEAT):
                k = flying.pop(handle)
                if isinstance(outcome, Exception):
                    raise outcome
                if not isinstance(outcome, Lost):
                    yield k, outcome[0]
                    continue
                lost[k] += 1
                if lost[k] < TRIES:
                    flying[pool.submit(_order(tasks, k), math.inf)] = k
                else:
                    yield k, _failed(tasks[k], outcome)
    finally:
        pool.stop()


def _order(tasks: list[Task], k: int) -> Order:
    """A task by its position: the tasks themselves lie with every worker."""
    task = tasks[k]
    row = Row(str(k), k, task.scenario.file.name, task.policies[0].name, task.lucks[0], task.seed, {})
    return Order(row.scenario, (row,))


def _play(tasks: list[Task], order: Order) -> list[Result]:
    """What a worker does with an order."""
    return [work(tasks[int(row.id)]) for row in order.rows]


def _failed(task: Task, lost: Lost) -> Result:
    """A task that workers died with: every run of it failed, with the cause."""
    said = f"its worker process died {lost.why}; with fewer workers at once each has more memory"
    failures = [(policy.name, luck, said) for policy in task.policies for luck in task.lucks]
    return Result(task.draw, *(pd.DataFrame() for _ in range(3)), failures, None)
