"""What one browser tab holds: the choice, the run so far, the run before, and the worker that plays quarters.

Nothing here is shared between browsers: `Page` makes one `Lab` for each. Drawing is left to the components."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd
import solara

from sim.errors import HedgelabError
from sim.run import Player, Run, start
from sim.scenario.load import load_policy, load_scenario, names
from sim.studies.flip import FlipPoints
from sim.studies.frontier import Design, Yardstick
from viz.theme import Theme, theme_of

PACE = 0.6
"""Seconds between two quarters of a playing run, at least: fast enough to watch, slow enough to read."""
LOG = logging.getLogger("hedgelab.page")


@dataclass(frozen=True)
class Choice:
    """What a person sets: which world, which policy, which luck."""

    scenario: str
    policy: str
    seed: int = 7


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page draws: the choice, its run as far as it is played, and the run before it."""

    choice: Choice
    run: Run | None = None
    cursor: int = 0
    ghost: Run | None = None
    ghost_choice: Choice | None = None

    @property
    def quarter(self) -> str | None:
        """The quarter that is shown; None before the first."""
        return self.run.quarters[self.cursor - 1] if self.run and self.cursor else None

    @property
    def played(self) -> int:
        """How many quarters of the run are computed."""
        return len(self.run.quarters) if self.run else 0


@dataclass(frozen=True, eq=False)
class Status:
    """How the worker is doing: playing on, busy with what, stopped by what."""

    playing: bool = False
    busy: str = ""
    error: str = ""


class Lab:
    """The state of one browser tab; its reactive values belong to that tab's page alone.

    A single worker thread at a time plays quarters; buttons only leave wishes for it. Reactive values are set with
    the gate open, since setting one draws the page: what they hold is always caught up with by `_tell`."""

    def __init__(self, choice: Choice):
        self._shown, self._status = Shown(choice), Status()
        self.shown, self.status = solara.reactive(self._shown), solara.reactive(self._status)
        self.opened: solara.Reactive[tuple[str, str, int] | None] = solara.reactive(None)
        self.flips: dict[tuple[Choice, tuple[str, ...]], FlipPoints] = {}  # found so far, by choice and decision
        self.frontiers: dict[str, tuple[Design, Yardstick, pd.DataFrame]] = {}  # found so far, by scenario
        self.start_worker: Callable[[], object] = lambda: None
        self._gate = threading.Lock()
        self._model: Player | None = None
        self._wanted, self._turn, self._working, self._closed = 0, 0, False, False

    # --- what buttons ask for ---------------------------------------------------------------------

    def choose(self, choice: Choice) -> None:
        """Another scenario, policy or luck: the run on the page becomes the ghost of the next one."""
        with self._changing():
            before = self._shown
            if choice == before.choice and not self._status.error:
                return
            ghost = (before.run, before.choice) if before.played else (before.ghost, before.ghost_choice)
            self._model, self._wanted, self._turn = None, 0, self._turn + 1
            self._shown, self._status = Shown(choice, None, 0, *ghost), Status()
        self.opened.value = None
        self._wake()

    def again(self) -> None:
        """The same choice from the start, after an error."""
        self.choose(self._shown.choice)

    def prepare(self) -> None:
        """Builds the world in the background, so that the first quarter comes at once."""
        self._wake()

    def play(self) -> None:
        """Plays quarter after quarter until paused or done."""
        with self._changing():
            if not self._status.error:
                self._status = replace(self._status, playing=True)
        self._wake()

    def pause(self) -> None:
        """Stops after the quarter in hand."""
        with self._changing():
            self._status = replace(self._status, playing=False)

    def step(self) -> None:
        """One quarter further: computed if need be, else shown again."""
        with self._gate:
            self._wanted += 1
        self._wake()

    def back(self) -> None:
        """One quarter back; nothing computed is lost."""
        self._show(max(0, self._shown.cursor - 1))

    def to_start(self) -> None:
        """Back to before the first quarter."""
        self._show(0)

    def show_quarter(self, quarter: str) -> None:
        """Jumps to a quarter that is already computed."""
        run = self._shown.run
        if run and quarter in run.quarters:
            self._show(list(run.quarters).index(quarter) + 1)

    def close(self) -> None:
        """The tab is gone: the worker stops at the next quarter."""
        self._closed = True

    # --- the worker -------------------------------------------------------------------------------

    def work(self) -> None:
        """Runs in a thread: fulfils wishes until there are none."""
        while True:
            with self._changing():
                if self._closed or self._status.error or (self._model and not self._next_wish()):
                    self._working = False
                    return
                turn = self._turn
            try:
                self._serve(turn)
            except HedgelabError as error:
                self._fail(turn, str(error))
            except Exception as error:
                LOG.exception("the run stopped")
                self._fail(turn, f"The run stopped because of an unexpected error: {error}")

    def _next_wish(self) -> bool:
        """True when another quarter is wanted and there is one. Called with the gate held."""
        more = self._shown.cursor < self._shown.played or not self._model.done
        if not more and self._status.playing:
            self._status = replace(self._status, playing=False)
        wish = more and (self._wanted > 0 or self._status.playing)
        self._wanted = max(0, self._wanted - 1) if wish else 0
        return wish

    def _serve(self, turn: int) -> None:
        """Builds the world if there is none, else shows or computes the next quarter."""
        began, shown, model = time.monotonic(), self._shown, self._model
        if model is None:
            self._build(turn, shown.choice)
            return
        if shown.cursor < shown.played:
            self._publish(turn, shown.run, shown.cursor + 1)
        else:
            self._busy(turn, "The actors decide")
            model.advance()
            self._publish(turn, model.run_so_far(), shown.played + 1)
        if self._status.playing:
            time.sleep(max(0.0, PACE - (time.monotonic() - began)))

    def _build(self, turn: int, choice: Choice) -> None:
        self._busy(turn, "The world is being set up")
        scenario = scenario_named(choice.scenario)
        model = Player(scenario, start(scenario, choice.policy, seed=choice.seed))
        with self._changing():
            if self._turn == turn:
                self._model = model
                self._status = replace(self._status, busy="")

    def _publish(self, turn: int, run: Run, cursor: int) -> None:
        """Puts a new quarter on the page, unless another choice was made meanwhile."""
        with self._changing():
            if self._turn == turn:
                self._shown = replace(self._shown, run=run, cursor=cursor)
                self._status = replace(self._status, busy="")

    def _busy(self, turn: int, what: str) -> None:
        with self._changing():
            if self._turn == turn:
                self._status = replace(self._status, busy=what)

    def _fail(self, turn: int, sentence: str) -> None:
        with self._changing():
            if self._turn == turn:
                self._status = Status(error=sentence)

    def _show(self, cursor: int) -> None:
        with self._changing():
            self._wanted = 0
            self._status = replace(self._status, playing=False)
            self._shown = replace(self._shown, cursor=cursor)

    def _wake(self) -> None:
        """Starts the worker unless one is at work."""
        with self._gate:
            if self._working or self._closed or self._status.error:
                return
            self._working = True
        self.start_worker()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Holds the gate for a change, then tells the page."""
        try:
            with self._gate:
                yield
        finally:
            self._tell()

    def _tell(self) -> None:
        """Brings the page up to date; again if another thread changed something meanwhile."""
        while not self._closed and self.shown.peek() is not self._shown:
            self.shown.value = self._shown
        while not self._closed and self.status.peek() is not self._status:
            self.status.value = self._status


@lru_cache(maxsize=32)
def scenario_named(name: str):
    """A scenario of the config; read once, since it never changes."""
    return load_scenario(name)


@lru_cache(maxsize=32)
def theme_named(name: str) -> Theme:
    """Colours and names of a scenario."""
    return theme_of(scenario_named(name))


@lru_cache(maxsize=2)
def titles(kind: str) -> dict[str, str]:
    """Names and titles of all scenarios or policies, in the order of the config."""
    load = {"scenario": lambda name: scenario_named(name).file, "policy": load_policy}[kind]
    return {name: load(name).title for name in names(kind)}
