"""What one browser tab holds: the choice, the run so far, the run before, and the worker that plays quarters.

Nothing here is shared between browsers: `Page` makes one `Lab` for each. Drawing is left to the components."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import solara

from sim.played import Run
from sim.player import Player
from viz.desk import SPEEDS, Desk
from viz.kept import ALL, COMPUTING, Kept
from viz.shown import Shown, Status
from viz.state import Choice, Place
from viz.trouble import sentence
from viz.worlds import FITTED, release, scenario_of, turns_of

PACE = 0.6
"""Seconds between two quarters of a playing run, at least: fast enough to watch, slow enough to read."""
BEAT = 0.5
"""Seconds without news for the page, at most, while several quarters are wanted: drawing each would hold them up."""
SETTING_UP, DECIDING = "setting_up", "deciding"
REST = 0.8
"""Seconds that a worker without wishes waits before it fits what the next wish will take."""


class Overtaken(Exception):
    """Another choice was made: what is being computed is not wanted any more."""


class Lab(Desk):
    """The state of one browser tab; its reactive values belong to that tab's page alone.

    A single worker thread at a time plays quarters; buttons only leave wishes for it. Reactive values are set with
    the gate open, since setting one draws the page: what they hold is always caught up with by `_tell`."""

    def __init__(self, place: Place):
        super().__init__(place)
        self._shown, self._status = Shown(place.choice), Status()
        self.shown, self.status = solara.reactive(self._shown), solara.reactive(self._status)
        self.start_worker: Callable[[], object] = lambda: None
        self._gate = threading.Lock()
        self.past: list[Choice] = []  # to undo to, newest last
        self.future: list[Choice] = []  # to redo, next one last
        self._model: Player | None = None
        self.kept = Kept()
        self._aim = place.quarter  # quarter to play to, once the run is set up
        self._heading = place.quarter  # the same, until the page shows it or is sent elsewhere
        self._until: str | None = None  # quarter at which a replay stops
        self._second = False  # whether the replay plays the run with the change
        self._quiet = False  # whether the page keeps showing the run before until there is a quarter of the new one
        self._wanted, self._turn, self._closed = 0, 0, False
        self._sent = 0  # times that somebody went to another quarter
        self._hired = 0  # workers so far
        self._worker, self._taken = 0, 0  # number of the worker that counts (0: none), and of the last that began
        self._stirred = threading.Event()  # ends an idle worker's rest

    @property
    def choice(self) -> Choice:
        """The newest choice; the page may still show the run before."""
        return self._shown.choice

    @property
    def place(self) -> Place:
        """Where the tab stands, as a link says it."""
        return Place(self._shown.choice, self._shown.quarter, self.tab.value, self.language.value)

    @property
    def heading(self) -> str | None:
        """Quarter that the page shows, or is on its way to since the last change; None: before the first."""
        return self._heading if self._heading and (self._aim or self._wanted) else self._shown.quarter

    @property
    def waits(self) -> bool:
        """Whether quarters that were asked for are still to come; drawn anew with `status`."""
        status = self.status.value  # who asks is drawn anew with it
        return bool((self._aim or self._wanted or status.busy) and not status.error)

    # --- what buttons ask for ---------------------------------------------------------------------

    def choose(self, choice: Choice, aim: str | None = None, ghost: bool = True) -> None:
        """Another run: the one on the page becomes the ghost of the next one.

        aim : quarter to play to at once; None: none, the run stands before its first quarter
        ghost : false for a run that only goes on otherwise than the one on the page; the ghost stays what it was"""
        before = self._shown.choice
        if choice == before:
            return
        self.past, self.future = [*self.past, before], []
        self._take(choice, aim, ghosted=ghost)

    def undo(self) -> None:
        """Back to the choice before the last change."""
        self._swap(self.past, self.future)

    def redo(self) -> None:
        """The change that was undone."""
        self._swap(self.future, self.past)

    def _swap(self, here: list[Choice], there: list[Choice]) -> None:
        if here:
            there.append(self._shown.choice)
            self._take(here.pop(), self.heading)

    def reset(self) -> None:
        """The same scenario, policy and luck without any change of values and any turn but the scenario's own."""
        choice = self._shown.choice
        self.choose(replace(choice, values=(), turns=turns_of(choice.scenario)), aim=self.heading)

    def replay(self) -> None:
        """The last change again: the run before it up to the quarter shown, then the run with it.

        It is undone and done again; one who stops it half way has it undone."""
        quarter = self._shown.quarter
        if self.past and quarter:
            self.future.append(self._shown.choice)
            self._take(self.past.pop(), None, until=quarter)

    def _arrived(self, turn: int) -> None:
        """A replay came to its quarter: stops there, or goes on with the run that has the change."""
        with self._gate:
            quarter = self._until
            if self._turn != turn or quarter is None or self._shown.quarter != quarter:
                return
            again = bool(self.future) and not self._second
            self._until = None
        if not again:
            self.pause()
            return
        self.past.append(self._shown.choice)
        self._take(self.future.pop(), None, until=quarter, second=True)

    def _take(self, choice: Choice, aim: str | None, until: str | None = None, second: bool = False,
              ghosted: bool = True) -> None:  # fmt: skip
        with self._changing():
            before = self._shown
            ghost = (before.run, before.choice) if before.played and ghosted else (before.ghost, before.ghost_choice)
            self._model, self._wanted, self._turn, self._aim = None, 0, self._turn + 1, aim
            self._until, self._second, self._heading = until, second, aim
            self._shown = Shown(choice, None, 0, *ghost)
            self._status = Status(playing=until is not None, busy=SETTING_UP)
            self._quiet = aim is not None and (before.played > 0 or self._quiet)
        self.opened.value = None
        self._wake(fresh=True)

    def again(self) -> None:
        """The same choice from the start, after an error; no change that could be undone."""
        self._take(self._shown.choice, None)

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
            self._until, self._status = None, replace(self._status, playing=False)

    def step(self) -> None:
        """One quarter further: computed if need be, else shown again."""
        with self._gate:
            self._wanted, self._heading = self._wanted + 1, None
        self._wake()

    def to_end(self) -> None:
        """To the last quarter as fast as it goes: what is played already at once, the rest without a pause."""
        with self._changing():
            if self._status.error:
                return
            self._status = replace(self._status, playing=False)
            self._shown = replace(self._shown, cursor=self._shown.played)
            self._heading = None
            self._wanted = scenario_of(self._shown.choice).file.quarters - self._shown.played
        self._wake()

    def show_count(self, count: int) -> None:
        """Shows the run after so many of its quarters, at most those that are played; 0: before the first."""
        self._show(max(0, min(count, self._shown.played)))

    def back(self) -> None:
        """One quarter back; nothing computed is lost."""
        self._show(max(0, self._shown.cursor - 1))

    def show_quarter(self, quarter: str) -> None:
        """Jumps to a quarter that is already computed."""
        run = self._shown.run
        if run and quarter in run.quarters:
            self._show(list(run.quarters).index(quarter) + 1)

    def close(self) -> None:
        """The tab is gone: the worker stops at its next look, and its uploads are let go."""
        self._closed = True
        self._stirred.set()
        self.comparing.end()
        self.playing_out.end()
        for key in self.uploads.peek():
            release(key)

    @property
    def closed(self) -> bool:
        """Whether the tab is gone: long work in other threads stops then."""
        return self._closed

    def player_of(self, choice: Choice, most: int = ALL) -> Player:
        """A player of a run that is nobody else's, what the tab has played of it taken up; from any thread.

        most : quarters that it may have played already"""
        player = self.kept.made(choice, most=most)
        if not player.fitted:
            player.take_tastes(FITTED.rest(choice).tastes)
        return player

    # --- the worker -------------------------------------------------------------------------------

    def work(self) -> None:
        """Runs in a thread: fulfils wishes until there are none, then fits what the next wish will take.

        A newer choice has a worker of its own at once; this one then ends at its next look."""
        with self._gate:
            if self._taken == self._worker:
                return
            me = self._taken = self._worker
        rested = False
        while True:
            with self._changing():
                if self._worker != me:
                    return
                self._model = self.kept.furthest(self.choice, self._model)  # played on for Branches, say
                idle = self._model is not None and not self._next_wish()
                if self._closed or self._status.error or (idle and self._model.fitted):
                    self._worker = self._taken = 0
                    return
                turn, model = self._turn, self._model
                self._stirred.clear()
            if idle and not rested:  # a slider that is being moved comes before what may be needed later
                rested = not self._stirred.wait(REST)
                continue
            rested = False
            with self.kept.in_hand(model):
                self._tried(turn, partial(self._fit, turn, model, self.choice) if idle else partial(self._serve, turn))

    def _tried(self, turn: int, what: Callable[[], None]) -> None:
        """Does a piece of work; what goes wrong becomes a sentence on the page."""
        try:
            what()
        except Exception as error:
            if not isinstance(error, Overtaken):
                self._fail(turn, sentence(error, self.say))

    def _next_wish(self) -> bool:
        """True when another quarter is wanted and there is one. Called with the gate held."""
        more = self._shown.cursor < len(self._model.records) or not self._model.done
        if not more and self._status.playing:
            self._status = replace(self._status, playing=False)
        wish = more and (self._wanted > 0 or self._status.playing)
        self._wanted = max(0, self._wanted - 1) if wish else 0
        return wish

    def _serve(self, turn: int) -> None:
        """Builds the world if there is none, else shows or computes the next quarter."""
        with self._gate:
            began, shown, model, sent = time.monotonic(), self._shown, self._model, self._sent
        if model is None:
            return self._build(turn, shown.choice)
        if shown.cursor < len(model.records):
            run = shown.run if shown.cursor < shown.played else model.run_so_far()
            self._publish(turn, run, shown.cursor + 1, sent)
        else:
            self._busy(turn, DECIDING)
            with COMPUTING.turn(partial(self._go_on, turn)):
                self._advance(turn, model, shown.choice)
                count = 1
                while shown.played and self._hurries(turn, began):
                    self._advance(turn, model, shown.choice)
                    count += 1
                run = model.run_so_far()
            self._publish(turn, run, shown.played + count, sent)
        self._arrived(turn)
        if self._status.playing and self._turn == turn:
            time.sleep(max(0.0, PACE * SPEEDS[self.speed.peek()] - (time.monotonic() - began)))

    def _advance(self, turn: int, model: Player, choice: Choice) -> None:
        """One quarter, with tastes if anybody decides in it."""
        self._go_on(turn)
        if model.waits:
            self._fit(turn, model, choice)
        model.model.between = lambda: self._go_on(turn)
        model.advance()

    def _hurries(self, turn: int, began: float) -> bool:
        """True, and a wish less, when the next quarter is wanted too and the page was told something just now."""
        with self._gate:
            hurries = self._turn == turn and self._wanted > 0 and not self._status.playing and not self._closed
            hurries = hurries and not self._model.done and time.monotonic() - began < BEAT
            self._wanted -= hurries
            return hurries

    def _go_on(self, turn: int) -> None:
        """Raises Overtaken once another choice was made or the tab is gone."""
        if self._turn != turn or self._closed:
            raise Overtaken

    def _fit(self, turn: int, model: Player, choice: Choice) -> None:
        """Tastes for a player that was begun without: before the first quarter in which anybody decides."""
        model.take_tastes(FITTED.rest(choice, lambda: self._go_on(turn)).tastes)

    def _build(self, turn: int, choice: Choice) -> None:
        """Sets up the run, with what a run that the tab keeps has played of it already."""
        self._busy(turn, SETTING_UP)
        model = self.kept.free().get(choice) or self.kept.made(choice)
        self._go_on(turn)
        run = model.run_so_far() if model.quarter else None
        still = model.still() if model.waits else None
        played = [] if run is None else run.quarters
        with self._changing():
            if self._turn != turn:
                return
            self._model = model
            self.kept.put(choice, model)
            aim, self._aim = self._aim, None
            cursor = sum(quarter <= aim for quarter in played) if aim else 0
            if run is not None or still is not None:
                self._shown = replace(self._shown, run=run, cursor=cursor, still=still)
            if aim:
                # on top of steps that were asked for meanwhile
                self._wanted += sum(quarter <= aim for quarter in model.model.design.quarters) - cursor
            if not self._wanted or still is not None or cursor:
                self._quiet = False
            if not self._wanted:
                self._status = replace(self._status, busy="")

    def _publish(self, turn: int, run: Run, cursor: int, sent: int) -> None:
        """Puts a new quarter on the page, unless another choice was made meanwhile.

        sent : as it was when the quarter was begun; who went elsewhere since stays there"""
        with self._changing():
            if self._turn == turn:
                cursor = cursor if self._sent == sent else self._shown.cursor
                self._shown = replace(self._shown, run=run, cursor=cursor, still=None)
                self._quiet, self._status = False, replace(self._status, busy="" if self._wanted == 0 else DECIDING)
                if self._model.done:
                    self.keep_end(self._shown.choice, run)

    def _busy(self, turn: int, what: str) -> None:
        with self._changing():
            if self._turn == turn and not self._status.busy:
                self._status = replace(self._status, busy=what)

    def _fail(self, turn: int, sentence: str) -> None:
        with self._changing():
            if self._turn == turn:
                self._quiet, self._status = False, Status(error=sentence)

    def _show(self, cursor: int) -> None:
        with self._changing():
            self._wanted, self._until, self._heading, self._aim = 0, None, None, None
            self._sent += 1
            self._status = replace(self._status, playing=False)
            self._shown = replace(self._shown, cursor=cursor)

    def _wake(self, fresh: bool = False) -> None:
        """Starts the worker unless one is at work; a fresh one takes the place of one that is."""
        with self._gate:
            self._stirred.set()
            if self._closed or self._status.error or (self._worker and not fresh):
                return
            self._hired += 1
            self._worker = self._hired
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
        """Brings the page up to date; again if another thread changed something meanwhile.

        A run before stays on the page until there is a quarter of the next one: nothing flickers."""
        while not self._closed and not self._quiet and self.shown.peek() is not self._shown:
            self.shown.value = self._shown
        while not self._closed and self.status.peek() is not self._status:
            self.status.value = self._status
