"""Flip points: the smallest change of one parameter or one belief that would have changed a decision, luck as it was.

How a decision is made again stands in `question.py`, what could have been different in `levers.py`.

The search looks at both ends of a range (and, if asked to be thorough, half way to them); where the pick differs it
goes from the present value outward over a few points, and closes in by bisection between the first that flips and
the one before. Where the pick comes and goes along the range this is the nearest flip on those points, which need
not be the nearest there is, and a flip that shows at none of them is missed: in eight random decisions none of 377
numbers flipped half way and at no end. Most flips change only the target or the size of a move; what would have kept
an actor from coercing anybody with that instrument is a second search, among the numbers whose ends do."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from sim.engine.step import Decision
from sim.errors import HedgelabError
from sim.moves.catalogue import Candidate
from sim.moves.terms import SOFTENING
from sim.run import Run
from sim.studies.levers import Lever
from sim.studies.question import Question, asked, picked_name
from sim.threads import one_thread

TOLERANCE = 0.002  # of the range's width: how closely a flip is found
SHOWN = 5
COERCIVE = ("tariff", "control")  # instruments; denials are controls of stocks
COLUMNS = ["name", "kind", "about", "unit", "value", "flips_at", "holds_at", "low", "high", "fraction", "pick",
           "instead"]  # fmt: skip


@dataclass(frozen=True)
class FlipPoints:
    """What would have changed one decision, the smallest change first."""

    table: pd.DataFrame  # a row a flip: COLUMNS; picks differ at flips_at, not yet at holds_at; fraction of the range
    further: int  # flips that lie further off than those in the table
    none: list[str]  # names that flip nowhere in their range
    without_effect: list[str]  # names that change nothing this actor weighs here
    asked: int  # decisions made to find out
    coerced: str = ""  # instrument that the pick coerces with, in force or threatened; empty: with none
    kept: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))  # what would have kept the actor
    # from it, against anybody, as `table`
    kept_further: int = 0  # of these, those that lie further off

    @property
    def summary(self) -> str:
        """How many numbers were tried, and with what result."""
        flips = len(self.table) + self.further
        return (f"{flips} of {flips + len(self.none) + len(self.without_effect)} numbers flip the decision within "
                f"their range; {len(self.none)} do not, {len(self.without_effect)} play no part in it")  # fmt: skip


def flip_points(run: Run, quarter: str, actor: str, demand: str | None = None, partner: str | None = None,
                side: str | None = None, *, limit: int | None = SHOWN, thorough: bool = False,
                progress: Callable[[int, int], None] | None = None) -> FlipPoints:  # fmt: skip
    """The smallest change of each single number that would have changed the pick.

    demand, partner, side : for an answer instead of the actor's free move, as in `Run.explain`
    limit : how many flips to close in on, the nearest first; None: all
    thorough : looks half way to the ends of a range too, at nearly twice the time
    progress : called with numbers tried and numbers there are
    Raises ScenarioError when the actor did not decide, or decided without looking at payoffs."""
    question = asked(run, quarter, actor, demand, partner, side)
    with one_thread():  # as the run had it
        search = _Search(question, question.again())
        tried, sides = question.levers(), {}
        for k, lever in enumerate(tried):
            sides[lever.name] = search.sides(lever, thorough)
            if progress is not None:
                progress(k + 1, len(tried))
        all_sides = [side for found in sides.values() for side in found or []]
        apart = [side for side in all_sides if side.apart] if search.coerced else []
        kept = search.nearest(apart, limit, search.keeps)
        rows = search.nearest(all_sides, limit, search.flips)
    flipped = sum(bool(found) for found in sides.values())
    none = [name for name, found in sides.items() if found == []]
    idle = [name for name, found in sides.items() if found is None]
    return FlipPoints(
        pd.DataFrame(rows, columns=COLUMNS), flipped - len(rows), none, idle, search.count, search.coerced,
        pd.DataFrame(kept, columns=COLUMNS), len({side.lever.name for side in apart}) - len(kept),
    )  # fmt: skip


def coercion(move: Candidate) -> str:
    """Instrument that a move coerces with, in force or threatened; empty for one that coerces nobody."""
    if move.instrument == "threat":
        return move.by.instrument
    return move.instrument if move.instrument in COERCIVE and move.operation not in SOFTENING else ""


# --- the search -------------------------------------------------------------------------------------


@dataclass
class Side:
    """One lever towards one end: the flip lies beyond `inner`, and at or before `outer` if there is one."""

    lever: Lever
    ahead: list[float]  # points not yet asked, nearest first; at the last one the pick differs
    inner: float
    apart: bool  # whether the pick there coerces with another instrument, or nobody
    outer: float | None = None
    instead: str = ""

    @property
    def nearest(self) -> float:
        """Fraction of the range below which the flip cannot lie."""
        return self.lever.fraction(self.inner)

    @property
    def closed(self) -> bool:
        """True once the flip is known closely enough."""
        close = 1.0 if self.lever.whole else TOLERANCE * (self.lever.high - self.lever.low)
        return self.outer is not None and abs(self.outer - self.inner) <= close * (1 + 1e-9)


class _Search:
    """Asks a decision again and again, and counts."""

    def __init__(self, question: Question, was: Decision):
        self.question, self.was, self.count = question, was, 1
        self.pick = picked_name(was)
        self.coerced = coercion(was.ledger.catalogue.candidates[was.pick])
        self._coercing = {self.pick: self.coerced}  # by label of a pick
        self._asked: dict[tuple[str, float], str] = {}  # label of the pick by lever and value

    def flips(self, name: str) -> bool:
        """Whether a pick is another one."""
        return name != self.pick

    def keeps(self, name: str) -> bool:
        """Whether a pick coerces with another instrument than the actor's, or nobody."""
        return self._coercing[name] != self.coerced

    def ask(self, lever: Lever, value: float, fresh: bool = False) -> Decision | None:
        """The decision at a value; None where it cannot be made (an equilibrium that does not converge)."""
        self.count += 1
        try:
            return self.question.again(lever, value, fresh=fresh)
        except HedgelabError:
            return None

    def picked(self, decision: Decision | None) -> str:
        """Label of a pick; the pick as it was where no decision can be made."""
        if decision is None:
            return self.pick
        name = picked_name(decision)
        self._coercing[name] = coercion(decision.ledger.catalogue.candidates[decision.pick])
        return name

    def picked_at(self, lever: Lever, value: float) -> str:
        """Label of the pick at a value; a value that was tried before is not tried again."""
        key = (lever.name, value)
        if key not in self._asked:
            self._asked[key] = self.picked(self.ask(lever, value))
        return self._asked[key]

    def sides(self, lever: Lever, thorough: bool) -> list[Side] | None:
        """Sides with a flip, at an end or half way to it; empty: none found; None: the lever plays no part."""
        ends = [end for end in (lever.low, lever.high) if end != lever.value]
        there = {end: self.ask(lever, end) for end in ends}
        if all(decision is not None and _alike(decision, self.was) for decision in there.values()):
            return None
        out = []
        for end, decision in there.items():
            points, name = lever.points(end), self.picked(decision)
            self._asked[lever.name, end] = name
            if not self.flips(name) and thorough and len(points) > 1:
                points = points[:-1]
                name = self.picked_at(lever, points[-1])
            if self.flips(name):
                out.append(Side(lever, points, lever.value, self.keeps(name)))
        return out

    def nearest(self, sides: list[Side], limit: int | None, counts: Callable[[str], bool]) -> list[tuple]:
        """Rows of the nearest flips: asks where one may be nearest, until none can be nearer than those found.

        counts : whether a pick is one that is looked for"""
        sides = [replace(side, ahead=list(side.ahead)) for side in sides]
        queue = [(side.nearest, k) for k, side in enumerate(sides)]
        heapq.heapify(queue)
        rows: dict[str, tuple] = {}
        while queue and (limit is None or len(rows) < limit):
            _, k = heapq.heappop(queue)
            side = sides[k]
            if side.lever.name in rows:
                continue
            if side.closed:
                row = self.row(side, counts)
                rows |= {} if row is None else {side.lever.name: row}
                continue
            self.advance(side, counts)
            heapq.heappush(queue, (side.nearest, k))
        return sorted(rows.values(), key=lambda row: row[COLUMNS.index("fraction")])

    def advance(self, side: Side, counts: Callable[[str], bool]) -> None:
        """One question further: the next point of the grid, or the middle once the flip is between two."""
        if side.outer is None:
            value = side.ahead.pop(0)
        else:
            value = (side.inner + side.outer) / 2
            value = float(np.trunc(value)) if side.lever.whole else value
        name = self.picked_at(side.lever, value)
        if counts(name):
            side.outer, side.instead = value, name
        else:
            side.inner = value

    def row(self, side: Side, counts: Callable[[str], bool]) -> tuple | None:
        """The value just past the flip, asked afresh; None where the flip was one of rounding."""
        lever, value = side.lever, side.outer
        instead = self.picked(self.ask(lever, value, fresh=True))
        if not counts(instead):
            return None
        return (lever.name, lever.kind, lever.about, lever.unit, lever.value, value, side.inner, lever.low, lever.high,
                lever.fraction(value), self.pick, instead)  # fmt: skip


def _alike(one: Decision, other: Decision) -> bool:
    """Whether two decisions weighed the same: the same candidates, terms and chances."""
    return bool(
        one.ledger.catalogue.names == other.ledger.catalogue.names
        and np.array_equal(one.ledger.terms, other.ledger.terms, equal_nan=True)
        and np.array_equal(one.probability, other.probability)
    )
