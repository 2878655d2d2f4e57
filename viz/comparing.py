"""A comparison in the background: variants on common luck, in processes of their own, with progress and a way to stop.

Each browser tab has one `Comparing`; all tabs of the server stand in one line for the processors. What is shown is left
to `tabs/compare.py`."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from os import cpu_count

import solara

from sim.batch import Comparison, Variant, compared, variant_tasks
from sim.sweeps.tasks import played
from viz.state import Choice
from viz.waiting import Line
from viz.worlds import policy_named, scenario_of

WORKERS = max(1, min(2, (cpu_count() or 1)))
LINE = Line(max(1, (cpu_count() or 1) // WORKERS))
"""Comparisons at once, of all tabs of this server: a process takes some 300 MB, and more of them would be no faster."""
A_RUN, AT_FIRST, TICK = 14.0, 6.0, 4.0
"""Seconds: one run of six years on one core, and starting a process; put right by what a comparison really
took; between two looks at the clock."""


@dataclass(frozen=True)
class Asked:
    """What is compared: variants by key, the one that the others are held against, how many runs each."""

    variants: tuple[tuple[str, Choice], ...]
    reference: str
    runs: int


@dataclass(frozen=True, eq=False)
class State:
    """How a comparison stands: runs done of all, since when; `found` belongs to `asked`.

    before : comparisons of this server that come first; 0 once its turn has come"""

    asked: Asked | None = None
    running: bool = False
    before: int = 0
    done: int = 0
    total: int = 0
    began: float = 0.0
    stopped: bool = False
    error: Exception | None = None
    found: Comparison | None = None
    ticks: int = 0


class Comparing:
    """The comparison of one browser tab."""

    def __init__(self):
        self.state = solara.reactive(State())
        self.a_run = A_RUN
        self._turn, self._gate = 0, threading.RLock()

    def start(self, asked: Asked) -> None:
        """Begins a comparison; one that is under way is given up."""
        self._turn += 1
        total = asked.runs * len(asked.variants)
        self.state.value = State(asked, True, total=total, began=time.monotonic())
        threading.Thread(target=self._tick, args=(self._turn,), name="hedgelab clock", daemon=True).start()
        threading.Thread(target=self._work, args=(asked, self._turn), name="hedgelab compare", daemon=True).start()

    def stop(self) -> None:
        """Gives the comparison up: its processes are ended, whatever they are playing."""
        self._turn += 1
        self.state.value = replace(self.state.peek(), running=False, stopped=True)

    def end(self) -> None:
        """The tab is gone: nobody is told anything any more."""
        self._turn += 1

    def estimate(self, asked: Asked) -> float:
        """Seconds that a comparison will take."""
        return AT_FIRST + self.a_run * asked.runs * len(asked.variants) / WORKERS

    def left(self) -> float:
        """Seconds that the one under way will still take, from what it took so far."""
        state = self.state.value
        took = time.monotonic() - state.began
        if state.done:
            return took / state.done * (state.total - state.done)
        a_run = max(self.a_run, took - AT_FIRST)  # the first is not done yet: it takes that long at least
        return a_run * state.total / WORKERS

    def _work(self, asked: Asked, turn: int) -> None:
        try:
            with LINE.place(lambda: self._turn == turn, lambda count: self._tell(turn, before=count)) as mine:
                found = self._compare(asked, turn) if mine else None
        except Exception as error:
            self._tell(turn, running=False, error=error)
        else:
            if found is not None:
                self._tell(turn, running=False, found=found)

    def _compare(self, asked: Asked, turn: int) -> Comparison | None:
        """All runs of a comparison; None once it is not wanted any more."""
        began = time.monotonic()
        self._tell(turn, before=0, began=began)
        variants = [variant(key, choice) for key, choice in asked.variants]
        seed = asked.variants[0][1].seed
        tasks, results = variant_tasks(variants, seed, asked.runs), {}
        for k, result in played(tasks, WORKERS, lambda: self._turn == turn):
            results[k] = result
            self._tell(turn, done=len(results))
        if len(results) < len(tasks):
            return None
        self.a_run = (time.monotonic() - began) * WORKERS / (asked.runs * len(variants))
        return compared(variants, asked.reference, seed, asked.runs, [results[k] for k in range(len(tasks))])

    def _tick(self, turn: int) -> None:
        """Draws the time that is left anew now and then."""
        while self._turn == turn and self.state.peek().running:
            self._tell(turn, ticks=self.state.peek().ticks + 1)
            time.sleep(TICK)

    def _tell(self, turn: int, **changed) -> None:
        if self._turn == turn:
            with self._gate:
                self.state.value = replace(self.state.peek(), **changed)


def variant(key: str, choice: Choice) -> Variant:
    """A choice as one side of a comparison. Raises ScenarioError for what does not fit."""
    return Variant(
        key, scenario_of(replace(choice, policy="", seed=0)), policy_named(choice.policy), dict(choice.values)
    )
