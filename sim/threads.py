"""Linear algebra on one thread: the bits of a product depend on how many there are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, local

from threadpoolctl import ThreadpoolController


@dataclass
class _Inside:
    """Who wants one thread, and what limits them."""

    number: int = 0
    limits: list = field(default_factory=list)
    loaded: int = -1  # modules that were loaded at the last limit


class _InsideHere(local, _Inside):
    """The same, of each thread by itself."""


_lock = Lock()
_all, _here = _Inside(), _InsideHere()
_seen: dict[int, ThreadpoolController] = {}  # by the number of modules loaded: only an import brings another library


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which products are computed on one thread; looks for libraries again only after an import.

    A limit is mostly that of the whole process: it is set when the first comes in and lifted when the last has left,
    whichever thread they are."""
    with _lock:
        libraries = _libraries()
        inside = _here if _by_thread(libraries) else _all
        if not inside.number or inside.loaded != len(sys.modules):
            _let_in(libraries)
            inside.limits.append(libraries.limit(limits=1, user_api="blas"))
            _let_in(libraries)
            inside.loaded = len(sys.modules)
        inside.number += 1
    try:
        yield
    finally:
        with _lock:
            inside.number -= 1
            if not inside.number:
                _let_in(libraries)
                while inside.limits:  # the first limit last: it knows what stood before
                    inside.limits.pop().restore_original_limits()
                _let_in(libraries)


def _libraries() -> ThreadpoolController:
    loaded = len(sys.modules)
    if loaded not in _seen:
        _seen.clear()
        _seen[loaded] = ThreadpoolController()
    return _seen[loaded]


def _by_thread(libraries: ThreadpoolController) -> bool:
    """Whether each thread has a limit of its own, as with OpenMP."""
    return any(getattr(one, "threading_layer", "") == "openmp" for one in libraries.lib_controllers)


def _let_in(libraries: ThreadpoolController) -> None:
    """threadpoolctl (3.8) lets one thread set limits and passes over the others in silence; the lock here is enough."""
    for one in libraries.lib_controllers:
        if hasattr(one, "clear_controlling_thread"):
            one.clear_controlling_thread(force=True)
