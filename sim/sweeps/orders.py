"""What goes to a worker and what comes back: plain data, so that a worker imports no more than it plays with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.errors import writable

PENDING, OK, FAILED, TIMEOUT, KILLED = "pending", "ok", "failed", "timeout", "killed"
STATES = (PENDING, OK, FAILED, TIMEOUT, KILLED)


@dataclass(frozen=True)
class Row:
    """One run of a sweep."""

    id: str  # point.scenario.policy.replicate
    point: int
    scenario: str
    policy: str
    replicate: int
    seed: int
    values: Mapping[str, float]

    @property
    def run(self) -> int:
        """Which luck of the seed: the same for every scenario, policy and point."""
        return self.replicate


@dataclass(frozen=True)
class Order:
    """Runs of one scenario and one draw of parameters: what follows from the draw is fitted once."""

    scenario: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Played:
    """One run's record: its outcomes by quarter, or why there are none."""

    id: str
    state: str
    error: str = ""
    quarters: list[str] = field(default_factory=list)
    outcomes: dict[str, list] = field(default_factory=dict)  # column -> a value a quarter
    units: dict[str, str] = field(default_factory=dict)  # column -> unit; of texts: empty

    def __post_init__(self) -> None:
        """An error of an older journal may hold what no file can."""
        object.__setattr__(self, "error", writable(self.error))
