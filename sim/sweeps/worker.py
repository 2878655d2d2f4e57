"""What runs in a worker process: holds what all orders share, plays one order at a time, ends with its parent."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from sim.sweeps.orders import Order, Played

LOOKS_EVERY = 2.0  # seconds between two looks whether the parent is still there

_held: dict[str, object] = {}


def prepare(play: Callable, context: object, parent: int) -> None:
    """Takes what all orders share; a worker whose parent was killed ends, whatever it is doing."""
    _held.update(play=play, context=context)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def perform(order: Order) -> list[Played]:
    """Plays an order."""
    return _held["play"](_held["context"], order)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os._exit(1)
