"""What runs in a worker process: holds what all orders share, plays one order at a time, ends with its parent."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from sim.sweeps.orders import Order

LOOKS_EVERY = 2.0  # seconds between two looks whether the parent is still there
READY, BEGUN, DONE, RAISED = "ready", "begun", "done", "raised"


def serve(line: Connection, shared: str, parent: int) -> None:
    """Plays orders as they come, run by run; says when each run begins, since its time is taken from then on.

    shared : a file with what plays, and what all orders share"""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    threading.Thread(target=_watch, args=(parent, shared), daemon=True).start()
    with open(shared, "rb") as file:
        play, context = pickle.load(file)
    try:
        line.send((READY, None))
        while True:
            line.send(_answer(line, play, context))
    except (OSError, EOFError):
        pass  # the parent is gone


def _answer(line: Connection, play: Callable, context: object) -> tuple[str, object]:
    order, found = line.recv(), []
    for row in order.rows:
        line.send((BEGUN, row.id))
        try:
            found += play(context, Order(order.scenario, (row,)))
        except BaseException as error:  # Ctrl-C is for the parent: one that comes here was raised by what plays
            return RAISED, RuntimeError(f"{type(error).__name__}: {error}")
    return DONE, found


def _watch(parent: int, shared: str) -> None:
    """A worker whose parent was killed ends, whatever it is doing, and takes away what the parent no longer can."""
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    Path(shared).unlink(missing_ok=True)
    os._exit(1)
