"""What branches take besides a run of the page: what an actor could do in a quarter, and being played to the end."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace

import pandas as pd
import solara

from sim.errors import HedgelabError
from sim.player import Player
from viz.kept import Kept
from viz.state import Choice
from viz.worlds import FITTED

LOG = logging.getLogger("hedgelab.page")


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
    error: str = ""


class ToEnd:
    """Plays branches to their end in the background, one after the other."""

    def __init__(self):
        self.state = solara.reactive(State())
        self._turn = 0

    def start(self, lab, choices: list[Choice]) -> None:
        """Begins; what was under way is given up."""
        self._turn += 1
        self.state.value = State(True, 0, len(choices))
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
                player = lab.kept.made(choice)
                self._play(player, choice, turn)
                lab.keep_end(choice, player.run_so_far())
            except Ended:
                LOG.debug("branches are not played on")
                return
            except HedgelabError as error:
                self._tell(turn, error=str(error))
            except Exception as error:
                LOG.exception("a branch stopped")
                self._tell(turn, error=f"The branch stopped: {type(error).__name__}: {error}")
            self._tell(turn, done=place + 1)
        self._tell(turn, running=False)

    def _play(self, player: Player, choice: Choice, turn: int) -> None:
        """A player to its end."""

        def go_on() -> None:
            if self._turn != turn:
                raise Ended

        player.model.between = go_on
        while not player.done:
            go_on()
            if player.waits:
                player.take_tastes(FITTED.rest(choice, go_on).tastes)
            player.advance()

    def _tell(self, turn: int, **changed) -> None:
        if self._turn == turn:
            self.state.value = replace(self.state.value, **changed)
