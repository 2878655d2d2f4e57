"""What one browser tab holds: the choice, the run so far, the run before, and the worker that plays quarters.

Nothing here is shared between browsers: `Page` makes one `Lab` for each. Drawing is left to the components."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pandas as pd
import solara

from sim.errors import HedgelabError
from sim.played import Run
from sim.player import Player
from sim.run import start
from sim.studies.flip import FlipPoints
from sim.studies.frontier import Design, Yardstick
from viz.debrief import Debrief
from viz.language import Texts, texts_of
from viz.state import Choice, Place
from viz.worlds import release, rest_of, scenario_of, values_of

PACE = 0.6
"""Seconds between two quarters of a playing run, at least: fast enough to watch, slow enough to read."""
BEAT = 0.5
"""Seconds without news for the page, at most, while several quarters are wanted: drawing each would hold them up."""
SPEEDS = {"slow": 2.5, "normal": 1.0, "fast": 0.2}
"""Multiples of the pace."""
KEPT = 6
"""Runs that a tab keeps whole: to go back to, to branch from, to take up."""
ALL = 10**6  # quarters: more than any run has
LOG = logging.getLogger("hedgelab.page")


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
    """How the worker is doing: playing on, busy with what (`setting_up`, `deciding`), stopped by what."""

    playing: bool = False
    busy: str = ""
    error: str = ""


class Lab:
    """The state of one browser tab; its reactive values belong to that tab's page alone.

    A single worker thread at a time plays quarters; buttons only leave wishes for it. Reactive values are set with
    the gate open, since setting one draws the page: what they hold is always caught up with by `_tell`."""

    def __init__(self, place: Place):
        self._shown, self._status = Shown(place.choice), Status()
        self.tab, self.language = solara.reactive(place.tab), solara.reactive(place.language)
        self.shown, self.status = solara.reactive(self._shown), solara.reactive(self._status)
        self.speed, self.beside = solara.reactive("normal"), solara.reactive("before")
        self.sweep = solara.reactive("")  # name of the sweep that is looked at
        self.references: solara.Reactive[dict[Choice, Run]] = solara.reactive({})  # played so far, by choice
        self.opened: solara.Reactive[tuple[str, str, int] | None] = solara.reactive(None)
        self.flips: dict[tuple[Choice, tuple[str, ...]], FlipPoints] = {}  # found so far, by choice and decision
        self.frontiers: dict[str, tuple[Design, Yardstick, pd.DataFrame]] = {}  # found so far, by scenario
        self.seat = solara.reactive("")  # actor that a person moves for; empty: the focus
        self.advised = solara.reactive(True)  # whether the person is shown what each move is worth
        self.debriefs: dict[tuple[Choice, str, str], Debrief] = {}  # by choice, actor and last quarter
        self.uploads: solara.Reactive[dict[str, str]] = solara.reactive({})  # titles of this tab's own, by key
        self.start_worker: Callable[[], object] = lambda: None
        self._gate = threading.Lock()
        self.past: list[Choice] = []  # to undo to, newest last
        self.future: list[Choice] = []  # to redo, next one last
        self._model: Player | None = None
        self._players: dict[Choice, Player] = {}  # runs kept, the oldest first
        self._aim = place.quarter  # quarter to play to, once the run is set up
        self._wanted, self._turn, self._working, self._closed = 0, 0, False, False

    @property
    def say(self) -> Texts:
        """The texts of the tab's language."""
        return texts_of(self.language.value)

    @property
    def place(self) -> Place:
        """Where the tab stands, as a link says it."""
        return Place(self._shown.choice, self._shown.quarter, self.tab.value, self.language.value)

    @property
    def waits(self) -> bool:
        """Whether quarters that were asked for are still to come; drawn anew with `status`."""
        return bool((self._aim or self._wanted or self._status.busy) and not self._status.error)

    # --- what buttons ask for ---------------------------------------------------------------------

    def choose(self, choice: Choice, aim: str | None = None, ghost: bool = True) -> None:
        """Another run: the one on the page becomes the ghost of the next one.

        aim : quarter to play to at once; None: none, the run stands before its first quarter
        ghost : false for a run that only goes on otherwise than the one on the page; the ghost stays what it was"""
        before = self._shown.choice
        if choice == before and not self._status.error:
            return
        self.past, self.future = [*self.past, before], []
        self._take(choice, aim, ghost)

    def undo(self) -> None:
        """Back to the choice before the last change."""
        if self.past:
            self.future.append(self._shown.choice)
            self._take(self.past.pop(), self._shown.quarter)

    def redo(self) -> None:
        """The change that was undone."""
        if self.future:
            self.past.append(self._shown.choice)
            self._take(self.future.pop(), self._shown.quarter)

    def _take(self, choice: Choice, aim: str | None, ghosted: bool = True) -> None:
        with self._changing():
            before = self._shown
            ghost = (before.run, before.choice) if before.played and ghosted else (before.ghost, before.ghost_choice)
            self._model, self._wanted, self._turn, self._aim = None, 0, self._turn + 1, aim
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

    def to_end(self) -> None:
        """To the last quarter as fast as it goes: what is played already at once, the rest without a pause."""
        with self._changing():
            if self._status.error:
                return
            self._status = replace(self._status, playing=False)
            self._shown = replace(self._shown, cursor=self._shown.played)
            self._wanted = scenario_of(self._shown.choice).file.quarters - self._shown.played
        self._wake()

    def show_count(self, count: int) -> None:
        """Shows the run after so many of its quarters, at most those that are played; 0: before the first."""
        self._show(max(0, min(count, self._shown.played)))

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
        """The tab is gone: the worker stops at the next quarter, and its uploads are let go."""
        self._closed = True
        for key in self.uploads.peek():
            release(key)

    @property
    def closed(self) -> bool:
        """Whether the tab is gone: long work in other threads stops then."""
        return self._closed

    def player_of(self, choice: Choice, most: int) -> Player:
        """A player of a run that is nobody else's, what the tab has played of it taken up; from any thread.

        most : quarters that it may have played already"""
        return self._made(choice, most)

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
            self._busy(turn, "deciding")
            model.advance()
            count = 1
            while shown.played and self._hurries(turn, began):
                model.advance()
                count += 1
            self._publish(turn, model.run_so_far(), shown.played + count)
        if self._status.playing:
            time.sleep(max(0.0, PACE * SPEEDS[self.speed.peek()] - (time.monotonic() - began)))

    def _hurries(self, turn: int, began: float) -> bool:
        """True, and a wish less, when the next quarter is wanted too and the page was told something just now."""
        with self._gate:
            hurries = self._turn == turn and self._wanted > 0 and not self._status.playing and not self._closed
            hurries = hurries and not self._model.done and time.monotonic() - began < BEAT
            self._wanted -= hurries
            return hurries

    def _build(self, turn: int, choice: Choice) -> None:
        """Sets up the run, with what a run that the tab keeps has played of it already."""
        self._busy(turn, "setting_up")
        model = self._players.get(choice) or self._made(choice)
        run = model.run_so_far() if model.quarter else None
        played = [] if run is None else run.quarters
        with self._changing():
            if self._turn != turn:
                return
            self._model, self._status = model, replace(self._status, busy="")
            self._players = dict([*self._players.items(), (choice, model)][-KEPT:])
            aim, self._aim = self._aim, None
            cursor = sum(quarter <= aim for quarter in played) if aim else 0
            self._shown = replace(self._shown, run=run, cursor=cursor)
            if aim:
                self._wanted = sum(quarter <= aim for quarter in model.model.design.quarters) - cursor

    def _made(self, choice: Choice, most: int = ALL) -> Player:
        """A new player, the quarters that it shares with one that is kept taken up from that one, at most so many."""
        scenario = scenario_of(choice)
        model = start(scenario, choice.policy, seed=choice.seed, run=choice.run, rest=rest_of(choice),
                      values=values_of(choice, policy=True))  # fmt: skip
        player = Player(scenario, model, dict(choice.values))
        players = dict(self._players)  # another thread may keep one more meanwhile
        shared = {other: min(most, self._shared(choice, other, kept)) for other, kept in players.items()}
        other = max(shared, key=shared.get, default=None)
        if other is not None and shared[other]:
            player.take_up(players[other], shared[other])
        return player

    @staticmethod
    def _shared(choice: Choice, other: Choice, kept: Player) -> int:
        """How many quarters two runs have in common, of those that were played; the last of a run is not taken up."""
        apart = choice.apart_from(other)
        played = list(kept.records)[: len(kept.model.design.quarters) - 1]
        return len(played) if apart is None else sum(quarter < apart for quarter in played)

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
