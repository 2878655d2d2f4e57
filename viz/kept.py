"""The runs that one browser tab keeps whole: to go back to, to branch from, to take up quarters from.

When a run is played is left to `lab.py`; what was fitted is shared by all tabs (`worlds.py`)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from os import cpu_count
from weakref import WeakKeyDictionary

from sim.player import Player
from sim.run import start
from viz.state import Choice
from viz.waiting import Line
from viz.worlds import FITTED, policy_named, scenario_of, values_of

COMPUTING = Line(cpu_count() or 1)
"""Tabs that play a quarter at once, of all on this server: more would take turns by the millisecond and all be late.
In the order in which they came: a tab that asks for the next one at once comes after those that wait."""
KEPT = 6
ALL = 10**6  # quarters: more than any run has


class Kept:
    """Players by choice, the oldest first; open to several threads."""

    def __init__(self):
        self._players: dict[Choice, Player] = {}
        self._in_hand: set[int] = set()  # players that some thread plays, by identity
        self._locks: WeakKeyDictionary[Player, threading.RLock] = WeakKeyDictionary()
        self._gate = threading.Lock()

    def put(self, choice: Choice, player: Player) -> None:
        """Keeps a player; the oldest goes when there are too many."""
        with self._gate:
            others = ((key, one) for key, one in self._players.items() if key != choice)
            self._players = dict([*others, (choice, player)][-KEPT:])

    def furthest(self, choice: Choice, player: Player | None) -> Player | None:
        """A player of a choice, or the one that is kept where that has played more quarters; None stays None."""
        other = self.free().get(choice)
        further = player is not None and other is not None and len(other.records) > len(player.records)
        return other if further else player

    def free(self) -> dict[Choice, Player]:
        """Players that nobody has in hand."""
        with self._gate:
            return {choice: one for choice, one in self._players.items() if id(one) not in self._in_hand}

    @contextmanager
    def in_hand(self, player: Player | None) -> Iterator[None]:
        """Holds a player alone while it is played; who is taking it up already is waited for."""
        if player is None:
            yield
            return
        with self._lock(player):
            with self._gate:
                self._in_hand.add(id(player))
            try:
                yield
            finally:
                with self._gate:
                    self._in_hand.discard(id(player))

    def _lock(self, player: Player) -> threading.RLock:
        with self._gate:
            return self._locks.setdefault(player, threading.RLock())

    def made(self, choice: Choice, before: str | None = None, most: int = ALL) -> Player:
        """A new player, the quarters that it shares with one that is kept taken up from that one.

        Without tastes, where these take a while; see `Player.waits`.
        before : a quarter; nothing is taken up from it on; most : quarters that are taken up at most
        Raises ScenarioError for values and turns that do not fit the scenario."""
        scenario, policy, rest = scenario_of(choice), policy_named(choice.policy), FITTED.known(choice)
        model = start(scenario, policy, seed=choice.seed, run=choice.run, rest=rest or FITTED.hedges(choice),
                      values=values_of(choice, policy=True))  # fmt: skip
        player, players = Player(scenario, model, dict(choice.values), fitted=rest is not None), self.free()
        shared = {other: _shared(choice, other, kept) for other, kept in players.items()}
        other = max(shared, key=shared.get, default=None)
        if other is not None and shared[other]:
            earlier = sum(before is None or quarter < before for quarter in model.design.quarters)
            with self._lock(players[other]):  # nobody plays it or gives it tastes meanwhile
                player.take_up(players[other], min(shared[other], earlier, most))
        return player


def _shared(choice: Choice, other: Choice, kept: Player) -> int:
    """How many quarters two runs have in common, of those that were played; the last of a run is not taken up."""
    apart = choice.apart_from(other)
    played = list(kept.records)[: len(kept.model.design.quarters) - 1]
    return len(played) if apart is None else sum(quarter < apart for quarter in played)
