"""Linear algebra on one thread: the bits of a product depend on how many there are."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager

from threadpoolctl import ThreadpoolController

_seen: dict[int, ThreadpoolController] = {}  # by the number of modules loaded: only an import brings another library


def one_thread() -> AbstractContextManager:
    """A context in which products are computed on one thread; looks for libraries again only after an import."""
    loaded = len(sys.modules)
    if loaded not in _seen:
        _seen.clear()
        _seen[loaded] = ThreadpoolController()
    return _seen[loaded].limit(limits=1, user_api="blas")
