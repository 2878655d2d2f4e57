"""What a game was worth: beside what each policy would have had with the same luck, and move by move.

A move's regret is found by replay: the same run with the adviser's pick in its place, all else as it was. How it is
said and drawn is left to `debrief_words.py` and `tabs/chair.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from sim.errors import HedgelabError, MoveError
from sim.played import Run
from sim.player import Player
from sim.scenario.turns import MoveTurn
from viz.read import headline, headlines
from viz.state import Choice
from viz.worlds import values_of

HOLD = "hold"
MEASURES = ("real_income", "coercibility", "expected_coercion_loss", "tail_loss", "hedging_premium")
"""What outcomes are compared by, at the last quarter played."""
TURNING = 3
SMALL = 5e-5  # per cent of income a year: a smaller difference turns nothing

MakePlayer = Callable[[Choice, int], Player]
"""A player of a choice that has played at most so many quarters."""
Tell = Callable[[int, int], None]
"""How many of how many runs are played; raises `Stopped` when nobody waits for them any more."""


class Stopped(Exception):
    """The person stopped the search."""


@dataclass(frozen=True)
class Beside:
    """What a policy would have had, the actor moved by its own rule; `problem` says why it could not be played."""

    policy: str
    outcome: dict[str, float]
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Judged:
    """One move that a person made, beside what the adviser would have done.

    gap : how far its worth lay below the adviser's pick when it was made, per cent of the actor's income a year
    regret : by how much the rest of the run would have been better with that pick, same unit, mean of the quarters;
    negative: worse
    missed : quarters in which a later move could no longer be made, and the actor held instead"""

    quarter: str
    made: pd.Series
    advised: pd.Series
    gap: float
    regret: float = 0.0
    missed: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the person did what the adviser would have done."""
        return self.made["candidate"] == self.advised["candidate"]


@dataclass(frozen=True)
class Swing:
    """By how much the outcome changed from one quarter to the next, per cent of income a year."""

    quarter: str
    change: float


@dataclass(frozen=True, eq=False)
class Debrief:
    """A game up to its last quarter played."""

    actor: str
    focus: str
    last: str
    outcome: dict[str, float]
    policies: list[Beside]
    moves: list[Judged]
    swings: list[Swing]

    @property
    def worst(self) -> Judged | None:
        """The move that cost most, when one cost anything."""
        most = max(self.moves, key=lambda one: one.regret, default=None)
        return most if most is not None and most.regret > SMALL else None

    @property
    def turning_points(self) -> list[Judged | Swing]:
        """The largest of what moves cost or won and of what quarters brought, in the order of time."""
        found = [one for one in self.moves if abs(one.regret) > SMALL]
        taken = {one.quarter for one in found}
        found += [one for one in self.swings if abs(one.change) > SMALL and one.quarter not in taken]
        largest = sorted(found, key=lambda one: -abs(one.regret if isinstance(one, Judged) else one.change))
        return sorted(largest[:TURNING], key=lambda one: one.quarter)


def debrief(choice: Choice, run: Run, actor: str, last: str, policies: list[str], make: MakePlayer,
            tell: Tell = lambda _done, _of: None) -> Debrief:  # fmt: skip
    """Plays what a game is judged by, all with its luck.

    run : the game as far as it was played; last : its last quarter
    policies : names of those to play, the actor moved by its rule
    Raises Stopped when `tell` does."""
    played = [quarter for quarter in run.quarters if quarter <= last]
    moves = [one for one in judged(choice, run, actor) if one.quarter <= last]
    total, done = len(policies) + sum(not one.same for one in moves), 0
    beside, found = [], []

    def going() -> None:
        tell(done, total)

    for one in moves:
        found.append(one if one.same else replayed(choice, run, actor, one, played, make, going))
        done += not one.same
        going()
    for name in policies:
        beside.append(_beside(choice, actor, name, run.focus, played, make, going))
        done += 1
        going()
    return Debrief(actor, run.focus, last, outcome(run, actor, last), beside, found, swings(run, actor, played))


def outcome(run: Run, actor: str, quarter: str) -> dict[str, float]:
    """The measures of a quarter: income is the actor's, all else the focus's, whose portfolio is tracked."""
    found = headlines(run.portfolio, run.focus, [code for code in MEASURES if code != "real_income"], quarter)
    found |= headlines(run.portfolio, actor, ["real_income"], quarter)
    return {code: found[code].value for code in MEASURES if code in found}


def course(run: Run, actor: str) -> pd.Series:
    """Income of the actor by quarter, per cent; of the focus less the loss that it has to expect, same unit."""
    rows = run.portfolio[(run.portfolio.measure == "real_income") & (run.portfolio.region == actor)]
    income = rows.set_index("quarter").value
    if actor != run.focus:
        return income
    loss = {q: headline(run.portfolio, actor, "expected_coercion_loss", q) for q in income.index}
    return income - pd.Series({q: one.value for q, one in loss.items() if one is not None}, dtype=float)


def swings(run: Run, actor: str, played: list[str]) -> list[Swing]:
    """Changes of the course from quarter to quarter."""
    change = course(run, actor).loc[played].diff().dropna()
    return [Swing(str(quarter), float(value)) for quarter, value in change.items()]


def judged(choice: Choice, run: Run, actor: str) -> Iterator[Judged]:
    """The person's moves beside the adviser's picks, by what both were thought to be worth; nothing is replayed."""
    mine = {one.quarter for one in choice.moves_of(actor)}
    for (quarter, code), table in run.ledgers.items():
        if code == actor and quarter in mine:
            rows = table.assign(worth=table["score"] - table["act_cost"])
            made, advised = rows[rows["picked"]].iloc[0], advice(rows)
            yield Judged(quarter, made, advised, float(advised["worth"] - made["worth"]))


def advice(rows: pd.DataFrame) -> pd.Series:
    """The adviser's pick: what is worth most after the cost of acting; to hold when nothing is worth anything.

    rows : a ledger with its column `worth`"""
    return rows.loc[rows["worth"].idxmax()]


def replayed(choice: Choice, run: Run, actor: str, one: Judged, played: list[str], make: MakePlayer,
             going: Callable[[], None]) -> Judged:  # fmt: skip
    """The move with its regret: the run again, with the adviser's pick in its place."""
    turn = MoveTurn(type="move", quarter=one.quarter, actor=actor, move=str(one.advised["candidate"]))
    again, missed = _played(choice.with_turn(turn), actor, played, make, played.index(one.quarter), going)
    rest = played[played.index(one.quarter) :]
    gain = course(again, actor).loc[rest] - course(run, actor).loc[rest]
    return replace(one, regret=float(gain.mean()), missed=tuple(missed))


def _played(choice: Choice, actor: str, played: list[str], make: MakePlayer, taken: int,
            going: Callable[[], None]) -> tuple[Run, list[str]]:  # fmt: skip
    """A run to the quarter in which the game stands; a move that cannot be made any more gives way to holding."""
    player, missed = make(choice, taken), []
    while len(player.records) < len(played):
        going()
        try:
            player.advance()
        except MoveError:
            quarter = played[len(player.records)]
            held = _holding(choice, quarter, actor)
            if held == choice:
                raise
            missed += [quarter] if held.moves_of(actor) != choice.moves_of(actor) else []
            choice = held
            ahead = make(choice, taken)
            ahead.take_up(player, len(player.records))
            player = ahead
    return player.run_so_far(), missed


def _holding(choice: Choice, quarter: str, actor: str) -> Choice:
    """The choice with holding in place of the actor's move of a quarter, or else of everybody's that a person made."""
    moved = [one for one in choice.turns if one.type == "move" and one.quarter == quarter and one.move != HOLD]
    for one in [one for one in moved if one.actor == actor] or moved:
        choice = choice.with_turn(MoveTurn(type="move", quarter=quarter, actor=one.actor, move=HOLD))
    return choice


def _beside(choice: Choice, actor: str, policy: str, focus: str, played: list[str], make: MakePlayer,
            going: Callable[[], None]) -> Beside:  # fmt: skip
    kept = tuple(one for one in choice.turns
                 if one.type == "values" or (one.type == "move" and one.actor != actor))  # fmt: skip
    plain = choice if policy == choice.policy else choice.with_values(values_of(choice, policy=False))
    try:
        other, _ = _played(replace(plain, policy=policy, turns=kept), actor, played, make, len(played), going)
    except HedgelabError as error:
        return Beside(policy, {}, str(error))
    return Beside(policy, outcome(other, actor, played[-1]))
