"""Human: a person picks, every quarter, at the terminal or through a function; a pick is asked for once and kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from sim.errors import MoveError
from sim.moves.score import Ledger
from sim.rules.payoff import PAYOFF_TERMS
from sim.strategies.base import Observation, Strategy, candidate_costs, named

Ask = Callable[[Observation, Ledger], "int | str"]

LEADING = 9  # candidates that are listed beside hold
NOTICED = 5e-5  # percent: a smaller term is not listed


@dataclass(frozen=True)
class Human(Strategy):
    """ask : from what the actor sees and its ledger to the index or the name of a candidate; None asks the terminal
    choices : quarter label -> name of a candidate, picked without asking: a run that was played, played again"""

    name = "human"
    always_open = True
    ask: Ask | None = None
    choices: dict[str, str] = field(default_factory=dict)
    _given: dict[tuple, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.choices, dict):
            raise MoveError(f"human: choices is {self.choices!r}; must be quarters and moves, {{'2025Q1': 'hold'}}")

    def __deepcopy__(self, memo: dict) -> Human:
        """What was answered is copied; the person, and whatever window it looks through, is not."""
        return replace(self, choices=dict(self.choices), _given=dict(self._given))

    @property
    def asks(self) -> bool:
        """True when questions go to the terminal."""
        return self.ask is None

    def choose(self, seen: Observation, scored: Ledger) -> int:
        """The recorded choice of the quarter, else the person's.

        Raises MoveError for a move that there is not or that cannot be made now."""
        if seen.quarter in self.choices:
            return named(seen, scored, self.choices[seen.quarter], "choices")
        key = seen.seed, seen.run, seen.quarter, seen.actor
        if key not in self._given:
            self._given[key] = _index(seen, scored, (self.ask or on_terminal)(seen, scored))
        return self._given[key]


def _index(seen: Observation, scored: Ledger, answer: int | str) -> int:
    if isinstance(answer, (int, np.integer)):
        names = scored.catalogue.names
        answer = names[answer] if 0 <= answer < len(names) else str(answer)
    return named(seen, scored, answer, "answer")


# --- the terminal -----------------------------------------------------------------------------------


def on_terminal(seen: Observation, scored: Ledger) -> int:
    """Lists the leading candidates on stderr and reads a number or a name from stdin until it is one of them."""
    net = np.where(scored.feasible, scored.score - candidate_costs(seen, scored), -np.inf)
    order = [0, *(int(k) for k in np.argsort(-net, kind="stable") if k and scored.feasible[k])]
    _say(_news(seen))
    if len(order) == 1:
        _say(f"{seen.actor}, {seen.quarter}: nothing can be done but hold\n")
        return 0
    _say(f"{seen.actor}, {seen.quarter}: your move (per cent of annual real income a year, cost of acting taken off)\n")
    _say(_listed(scored, net, order[: LEADING + 1]))
    while True:
        _say(f"number or name, ? for all {len(order)}: ")
        answer = _line(seen).strip()
        if answer == "?":
            _say(_listed(scored, net, order))
        elif answer.isascii() and answer.isdigit() and int(answer) < len(order):
            return order[int(answer)]
        elif answer in scored.catalogue.names and scored.feasible[scored.catalogue.names.index(answer)]:
            return scored.catalogue.names.index(answer)
        elif answer:
            _say(f"{answer!r} is none of them\n")


def _listed(scored: Ledger, net: np.ndarray, order: list[int]) -> str:
    """Number, name, net score and the terms that matter, largest first."""
    wide = max(len(scored.catalogue.names[k]) for k in order)
    lines = []
    for number, k in enumerate(order):
        terms = sorted(zip(scored.terms[k], PAYOFF_TERMS, strict=True), key=lambda one: -abs(one[0]))
        why = ", ".join(f"{name} {value:+.4f}" for value, name in terms if abs(value) >= NOTICED)
        lines.append(f"{number:4d}  {scored.catalogue.names[k]:{wide}}  {net[k]:+.4f}  {why}".rstrip() + "\n")
    return "".join(lines)


def _news(seen: Observation) -> str:
    """What the others did in the last quarter in which anybody decided."""
    last = [one for one in seen.history if one.quarter == seen.history[-1].quarter]
    moved = [f"{one.actor} {one.name}" for one in last if one.name != "hold" and one.actor != seen.actor]
    return f"\n{last[0].quarter}: {'; '.join(moved) or 'the others held'}\n" if last else "\n"


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _line(seen: Observation) -> str:
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        sofar = {one.move.quarter: one.move.name for one in seen.own}
        raise MoveError(
            f"nobody answered for {seen.actor} in {seen.quarter}: run it in a terminal, "
            f"or go on from here with --strategy \"{seen.actor}=human(choices={sofar})\""
        )  # fmt: skip
    return line
