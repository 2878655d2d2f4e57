"""What branches take besides a run of the page: what an actor could do in a quarter, and being played to the end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import pandas as pd
import solara

from viz.kept import COMPUTING, Kept
from viz.state import Choice
from viz.worlds import FITTED, scenario_of

BEAT = 0.1  # seconds between two looks whether the page's worker is done with a run


class Ended(Exception):
    """Playing to the end is not wanted any more."""


def options(kept: Kept, choice: Choice, quarter: str, actor: str) -> pd.DataFrame:
    """What an actor could do in a quarter of a run, best first; `worth` is the score less the cost of acting.

    A run of its own is played to just before the quarter, from what the tab keeps."""
    player = kept.made(choice, before=quarter)
    if not player.fitted:
        player.take_tastes(FITTED.rest(choice).tastes)
    while player.model.design.quarters[player.model.world.step] != quarter:
        player.advance()
    table = player.options(actor)
    table = table.assign(worth=table["score"] - table["act_cost"])
    return table.sort_values("worth", ascending=False, kind="stable").reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class State:
    """How many branches are played to their end."""

    running: bool = False
    done: int = 0
    total: int = 0
    error: Exception | None = None


class ToEnd:
    """Plays branches to their end in the background, one after the other, in turns with all tabs of the server.

    What was played is kept, so that the page shows it without playing it again."""

    def __init__(self):
        self.state = solara.reactive(State())
        self.quarters = solara.reactive((0, 0))  # that are known, of all quarters of what is being played
        self._turn = 0

    def start(self, lab, choices: list[Choice]) -> None:
        """Begins; what was under way is given up."""
        self._turn += 1
        self.state.value = State(bool(choices), 0, len(choices))
        self.quarters.value = 0, sum(scenario_of(choice).file.quarters for choice in choices)
        args = (lab, choices, self._turn)
        threading.Thread(target=self._work, args=args, name="hedgelab branches", daemon=True).start()

    def stop(self) -> None:
        """Ends it at the next decision."""
        self._turn += 1
        self.state.value = replace(self.state.value, running=False)

    def end(self) -> None:
        """The tab is gone: ends at the next decision, and nobody is told."""
        self._turn += 1

    def _work(self, lab, choices: list[Choice], turn: int) -> None:
        for place, choice in enumerate(choices):  # one that stops is told, and the others are played all the same
            try:
                self._play(lab, choice, turn)
            except Ended:
                return
            except Exception as error:
                self._tell(turn, error=error)
            self._count(turn, sum(scenario_of(one).file.quarters for one in choices[: place + 1]))
            self._tell(turn, done=place + 1, running=place + 1 < len(choices))

    def _play(self, lab, choice: Choice, turn: int) -> None:
        """One run to its end, unless that is known. Raises Ended when it is not wanted any more."""

        def go_on() -> None:
            if self._turn != turn:
                raise Ended

        self._after_the_page(lab, choice, go_on)
        if choice in lab.played_out:
            return
        before, player = self.quarters.peek()[0], lab.kept.made(choice)
        player.model.between = go_on
        try:
            while not player.done:
                go_on()
                with COMPUTING.turn(go_on):
                    if player.waits:
                        player.take_tastes(FITTED.rest(choice, go_on).tastes)
                    player.advance()
                self._count(turn, before + len(player.records))
        finally:
            if player.records and not lab.closed and lab.kept.furthest(choice, player) is player:
                lab.kept.put(choice, player)
        lab.keep_end(choice, player.run_so_far())

    def _after_the_page(self, lab, choice: Choice, go_on) -> None:
        """Waits while the page's own worker plays that run: no quarter is played twice."""
        while lab.choice == choice and (lab.status.peek().busy or lab.status.peek().playing):
            go_on()
            time.sleep(BEAT)

    def _count(self, turn: int, quarters: int) -> None:
        if self._turn == turn:
            self.quarters.value = quarters, self.quarters.peek()[1]

    def _tell(self, turn: int, **changed) -> None:
        if self._turn == turn:
            self.state.value = replace(self.state.value, **changed)
