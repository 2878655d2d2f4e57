"""What lies on one browser tab's desk: what its parts keep between two drawings, apart from the run itself."""

import threading
from dataclasses import replace

import pandas as pd
import solara

from sim.played import Run
from sim.studies.flip import FlipPoints
from sim.studies.frontier import Design, Yardstick
from viz.branching import ToEnd
from viz.comparing import Comparing
from viz.debrief import Debrief
from viz.language import Texts, texts_of
from viz.state import Choice, Place
from viz.tree import Tree

SPEEDS = {"slow": 2.5, "normal": 1.0, "fast": 0.2}
"""Multiples of the pace at which a run plays."""
ENDS = 60
"""Runs played to their end of which a tab keeps the tables."""


class Desk:
    """Reactive values and finds of one tab; nothing here is shared between tabs."""

    def __init__(self, place: Place):
        self.tab, self.language = solara.reactive(place.tab), solara.reactive(place.language)
        self.speed, self.beside = solara.reactive("normal"), solara.reactive("before")
        self.opened: solara.Reactive[tuple[str, str, int] | None] = solara.reactive(None)
        self.flips: dict[tuple[Choice, tuple[str, ...]], FlipPoints] = {}  # found so far, by choice and decision
        self.references: solara.Reactive[dict[Choice, Run]] = solara.reactive({})  # played so far, by choice
        self.sweep = solara.reactive("")  # name of the sweep that is looked at
        self.frontiers: dict[tuple, tuple[Design, Yardstick, pd.DataFrame]] = {}  # found so far, by `frontier.world_of`
        self.seat = solara.reactive("")  # actor that a person moves for; empty: the focus
        self.advised = solara.reactive(True)  # whether the person is shown what each move is worth
        self.debriefs: dict[tuple[Choice, str, str], Debrief] = {}  # by choice, actor and last quarter
        self.uploads: solara.Reactive[dict[str, str]] = solara.reactive({})  # titles of this tab's own, by key
        self.comparing, self.playing_out = Comparing(), ToEnd()
        self.compared_in = solara.reactive("")  # scenario of the tab Compare; empty: that of the run
        self.tree = solara.reactive(Tree())
        self.phrases: dict[str, dict[str, str]] = {}  # of moves that were looked up, by language and candidate
        self.played_out: dict[Choice, Run] = {}  # runs that were played to their end, by choice
        self._ends = threading.Lock()

    @property
    def say(self) -> Texts:
        """The texts of the tab's language."""
        return texts_of(self.language.value)

    @property
    def move_names(self) -> dict[str, str]:
        """Phrases of moves that were looked up, in the tab's language, by name of the candidate."""
        return self.phrases.get(self.language.value, {})

    def keep_end(self, choice: Choice, run: Run) -> None:
        """Keeps a run that was played to its end, without the states that make it heavy; from any thread."""
        with self._ends:
            kept = self.played_out | {choice: replace(run, ledgers={}, answers={}, played=None)}
            self.played_out = dict(list(kept.items())[-ENDS:])
