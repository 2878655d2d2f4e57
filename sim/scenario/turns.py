"""Turns of a run: from a quarter on another policy or other values, or one move that a person makes for an actor.

A run with turns is the run without them up to the first; how one is carried out is left to `sim.engine.turns`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.errors import Problem
from sim.scenario import quarters
from sim.scenario.names import Name, Quarter
from sim.scenario.quantity import Frozen


class PolicyTurn(Frozen):
    """The focus changes its policy. Pledges of the new one that were due earlier are not made up for."""

    type: Literal["policy"]
    quarter: Quarter
    policy: Name


class ValuesTurn(Frozen):
    """Numbers change. What was fitted to the base year, tastes and hedges, stays as it was fitted."""

    type: Literal["values"]
    quarter: Quarter
    values: dict[str, float] = Field(min_length=1, description="dotted name -> value")


class MoveTurn(Frozen):
    """A person moves for an actor, instead of its rule."""

    type: Literal["move"]
    quarter: Quarter
    actor: str
    move: str = Field(description="name of a candidate, as in a ledger; `hold` for none")


Turn = Annotated[PolicyTurn | ValuesTurn | MoveTurn, Field(discriminator="type")]


def turn_problems(turns: list[Turn], file: str, start: str, count: int, actors: list[str]) -> list[Problem]:
    """Quarters outside the run, actors that there are not, and two moves of one actor in one quarter."""
    return list(_problems(turns, file, start, count, actors))


def _problems(turns, file: str, start: str, count: int, actors: list[str]) -> Iterator[Problem]:
    first, seen = quarters.number(start), set()
    last = quarters.label(first + count - 1)
    for number, turn in enumerate(turns):
        if not first <= quarters.number(turn.quarter) < first + count:
            place = f"turns.{number}.quarter"
            yield Problem.value(file, place, turn.quarter, f"inside the run, {start} to {last}")
        if turn.type == "move" and turn.actor not in actors:
            yield Problem.value(file, f"turns.{number}.actor", turn.actor, f"an actor: {', '.join(actors)}")
        key = turn.quarter, turn.type, getattr(turn, "actor", "")
        if turn.type != "values" and key in seen:
            yield Problem(file, f"turns.{number}", f"is a second {turn.type} in {turn.quarter}; name one")
        seen.add(key)
