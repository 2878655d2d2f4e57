"""A line for what a server does a few at a time: who comes first is served first, and knows how many are before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Line:
    """Room for some at once; open to several threads."""

    def __init__(self, room: int):
        self.room = room
        self._there: list[object] = []  # the first `room` of them are being served
        self._moved = threading.Condition()

    @contextmanager
    def place(self, wanted: Callable[[], bool], tell: Callable[[int], None], beat: float = 0.3) -> Iterator[bool]:
        """Waits in the line and holds a place in it; false when it was given up before its turn came.

        wanted : asked now and then, at least every `beat` seconds; tell : how many are before, whenever that changes"""
        me, told = object(), None
        with self._moved:
            self._there.append(me)
        try:
            while wanted() and (before := self._before(me)) >= self.room:
                if before != told:
                    told = before
                    tell(before)
                with self._moved:
                    if self._there.index(me) == before:
                        self._moved.wait(beat)
            yield wanted()
        finally:
            with self._moved:
                self._there.remove(me)
                self._moved.notify_all()

    @contextmanager
    def turn(self, go_on: Callable[[], None]) -> Iterator[None]:
        """Waits in the line and holds a place in it. Raises what `go_on` raises once it is not wanted any more."""

        def wanted() -> bool:
            go_on()
            return True

        with self.place(wanted, lambda before: None):
            yield

    def _before(self, me: object) -> int:
        with self._moved:
            return self._there.index(me)
