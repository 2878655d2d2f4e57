"""Pieces of work on the worker processes of sweeps, which can be stopped at any moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from sim.sweeps.orders import Order, Row
from sim.sweeps.pool import LocalPool, Lost
from sim.tasks import Result, Task, work

BEAT = 0.3  # seconds between two looks whether it is still wanted
TRIES = 2  # workers that may die with a piece before it counts as lost


def done(items: Sequence, do: Callable, workers: int, wanted: Callable[[], bool] = lambda: True,
         ) -> Iterator[tuple[int, object]]:  # fmt: skip
    """Position of each item and what `do` makes of it, as they finish; it ends early once it is not wanted any more.

    However it ends, no worker is left at work. An item whose worker died is done once more, then it is `Lost`.
    Raises RuntimeError for an error that `do` raised."""
    pool, deaths = LocalPool(min(workers, len(items)), _do, (do, items)), [0] * len(items)
    try:
        flying = {pool.submit(_order(k), math.inf): k for k in range(len(items))}
        while flying and wanted():
            for handle, outcome in pool.wait(list(flying), BEAT):
                k = flying.pop(handle)
                if isinstance(outcome, Exception):
                    raise outcome
                deaths[k] += isinstance(outcome, Lost)
                if not isinstance(outcome, Lost):
                    yield k, outcome[0]
                elif deaths[k] < TRIES:
                    flying[pool.submit(_order(k), math.inf)] = k
                else:
                    yield k, outcome
    finally:
        pool.stop()


def said_of_loss(lost: Lost) -> str:
    """What became of an item that workers died with."""
    return f"its worker process died {lost.why}; with fewer workers at once each has more memory"


def played(tasks: list[Task], workers: int, wanted: Callable[[], bool] = lambda: True) -> Iterator[tuple[int, Result]]:
    """Position and result of each task, as `done` gives them; of one that is lost every run failed."""
    for k, found in done(tasks, work, workers, wanted):
        yield k, _failed(tasks[k], found) if isinstance(found, Lost) else found


def _order(k: int) -> Order:
    """An item by its position: the items themselves lie with every worker."""
    return Order("", (Row(str(k), k, "", "", 0, 0, {}),))


def _do(shared: tuple[Callable, Sequence], order: Order) -> list:
    """What a worker does with an order."""
    do, items = shared
    return [do(items[int(row.id)]) for row in order.rows]


def _failed(task: Task, lost: Lost) -> Result:
    failures = [(policy.name, luck, said_of_loss(lost)) for policy in task.policies for luck in task.lucks]
    return Result(task.draw, *(pd.DataFrame() for _ in range(3)), failures, None)
