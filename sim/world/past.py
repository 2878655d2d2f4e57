"""What was decided so far in one run: what everybody saw, and what each actor remembers of its own decisions."""

from __future__ import annotations

from dataclasses import dataclass

from sim.world.params import Array


@dataclass(frozen=True)
class PastMove:
    """A pick that everybody saw, hold among them; an actor whose agenda was closed has none."""

    quarter: str  # label such as 2026Q1
    actor: str
    name: str  # of the candidate


@dataclass(frozen=True)
class Remembered:
    """A decision as the actor itself remembers it."""

    move: PastMove
    names: tuple[str, ...]  # of all candidates
    scores: Array  # [candidate], percent of annual real income; NaN: could not be made, or was not scored
