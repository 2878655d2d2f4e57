"""What runs in a worker process: holds what all orders share, plays one order at a time, ends with its parent.

A run that takes too long ends its worker, too: the parent cannot see which run of an order is being played."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from sim.sweeps.orders import Order, Played

LOOKS_EVERY = 0.5  # seconds between two looks whether the parent is still there, and how long a run has taken
TOOK_TOO_LONG = 75  # exit code of a worker whose run did

_held: dict[str, object] = {}
_until: list[float] = []  # when the run that is being played has taken too long; empty between two orders


def prepare(play: Callable, context: object, parent: int) -> None:
    """Takes what all orders share; a worker whose parent was killed ends, whatever it is doing."""
    _held.update(play=play, context=context)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def perform(order: Order, seconds: float) -> list[Played]:
    """Plays an order, run by run.

    seconds : that each run may take"""
    found = []
    try:
        for row in order.rows:
            _until[:] = [time.monotonic() + seconds]
            found += _held["play"](_held["context"], Order(order.scenario, (row,)))
    finally:
        _until.clear()
    return found


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        if any(time.monotonic() > until for until in _until[:]):
            os._exit(TOOK_TOO_LONG)
        time.sleep(LOOKS_EVERY)
    os._exit(1)
