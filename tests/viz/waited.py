"""What tests of threads wait with."""

import time
from collections.abc import Callable

PATIENCE = 120


def until(what: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits for something to become true, and fails when it does not."""
    last = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < last, "it did not come"
        time.sleep(0.02)
