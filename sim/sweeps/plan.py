"""A sweep file -> its runs: which there are, in which order, what each is told, and which share a chunk.

Nothing here depends on workers or on what was played before, so a plan made again is the same plan. A run's id says
which it is - point.scenario.policy.replicate - and holds when policies, scenarios or replicates are added."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sim.errors import Problem, ScenarioError
from sim.run import asking
from sim.scenario.load import load_policy, load_scenario
from sim.scenario.quantity import Quantity
from sim.scenario.sample import draws
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.scenario.sweep_checks import factors, known_values
from sim.scenario.sweep_load import sweep_parts
from sim.scenario.sweeps import SweepFile
from sim.sweeps.design import Point, points
from sim.sweeps.orders import Order, Row
from sim.world.params import Array

CHUNK_ROWS = 256  # runs a file: 100,000 runs are 400 files
GOLDEN = (5**0.5 - 1) / 2
ORDER_ROWS = 32  # runs that go to a worker together at most: what a kill costs, and what is kept at once


@dataclass(frozen=True)
class Plan:
    """All runs of a sweep; `order(k)` is the k-th unit of work."""

    spec: SweepFile
    scenarios: dict[str, Scenario]
    policies: dict[str, PolicyFile]
    factors: list[str]  # what the design varies
    points: Sequence[Point]
    drawn: dict[tuple[str, str], dict[str, Array]]  # (scenario, policy) -> name -> [replicate], other values
    known: dict[tuple[str, str], dict[str, Quantity]]
    chunk_rows: int = CHUNK_ROWS

    @property
    def rows(self) -> int:
        """How many runs there are."""
        return len(self.points) * len(self.scenarios) * len(self.policies) * self.spec.replicates

    @property
    def rows_an_order(self) -> int:
        """Runs that go together: all policies, and some lucks unless each comes with its own draw."""
        return len(self.policies) * len(self._lucks[0])

    @property
    def orders(self) -> int:
        """How many units of work there are."""
        return len(self.points) * len(self.scenarios) * len(self._lucks)

    @property
    def orders_a_chunk(self) -> int:
        """Units of work whose rows share a file."""
        return max(1, self.chunk_rows // self.rows_an_order)

    @property
    def chunks(self) -> int:
        """How many files of rows the finished sweep has."""
        return -(-self.orders // self.orders_a_chunk)

    @cached_property
    def _lucks(self) -> list[tuple[int, ...]]:
        every, size = range(self.spec.replicates), self._lucks_an_order
        return [tuple(every[k : k + size]) for k in every[::size]]

    @property
    def _lucks_an_order(self) -> int:
        return 1 if self.spec.others == "drawn" else max(1, ORDER_ROWS // len(self.policies))

    def order(self, number: int) -> Order:
        """The runs of one unit of work: points first, then scenarios, then draws of the other values."""
        rest, luck = divmod(number, len(self._lucks))
        point, scenario = divmod(rest, len(self.scenarios))
        name = list(self.scenarios)[scenario]
        return Order(name, tuple(self.row(point, name, p, k) for p in self.policies for k in self._lucks[luck]))

    def spread(self, rows: int) -> dict[int, Order]:
        """Some runs by the number of their order: one in each of so many equal parts of the plan.

        Its place in the part follows the golden ratio, so that it hits all policies and lucks whatever their number."""
        rows = min(rows, self.rows)
        places = [(k * self.rows // rows, (k + 1) * self.rows // rows, k * GOLDEN % 1) for k in range(rows)]
        wanted = {low + int(at * (high - low)) for low, high, at in places}
        found, a_scenario = {}, len(self.policies) * self.spec.replicates
        for number in range(self.orders):
            luck = number % len(self._lucks)
            begin = number // len(self._lucks) * a_scenario + len(self.policies) * self._lucks[luck][0]
            size = len(self.policies) * len(self._lucks[luck])
            mine = [k for k in range(size) if begin + k in wanted]
            if mine:
                order = self.order(number)
                found[number] = Order(order.scenario, tuple(order.rows[k] for k in mine))
        return found

    def chunk(self, number: int) -> list[Order]:
        """The units of work of one chunk, in order."""
        begin = number * self.orders_a_chunk
        return [self.order(k) for k in range(begin, min(begin + self.orders_a_chunk, self.orders))]

    def row(self, point: int, scenario: str, policy: str, replicate: int) -> Row:
        """One run with its values: the point's, and a draw of all other ranges where they are drawn."""
        columns = self.drawn[scenario, policy] if self.drawn else {}
        drawn = {name: float(column[replicate]) for name, column in columns.items()}
        values = drawn | self.points[point].of(self.known[scenario, policy])
        name = f"{point}.{scenario}.{policy}.{replicate}"
        return Row(name, point, scenario, policy, replicate, self.spec.seed, values)

    def find(self, row_id: str) -> Row:
        """The run of an id. Raises ScenarioError when there is none."""
        parts = row_id.split(".")
        if len(parts) == 4 and parts[0].isdecimal() and parts[3].isdecimal():
            point, scenario, policy, replicate = int(parts[0]), parts[1], parts[2], int(parts[3])
            there = point < len(self.points) and replicate < self.spec.replicates
            if there and scenario in self.scenarios and policy in self.policies:
                return self.row(point, scenario, policy, replicate)
        message = (
            f"is no row of sweep {self.spec.name}; must be POINT.SCENARIO.POLICY.REPLICATE, points 0 to "
            f"{len(self.points) - 1}, {', '.join(self.scenarios)}; {', '.join(self.policies)}; replicates 0 to "
            f"{self.spec.replicates - 1}"
        )
        raise ScenarioError([Problem("row", row_id or "''", message)])

    def chunk_of(self, row_id: str) -> int:
        """Which chunk a run stands in."""
        row = self.find(row_id)
        luck = row.replicate // self._lucks_an_order
        order = (row.point * len(self.scenarios) + list(self.scenarios).index(row.scenario)) * len(self._lucks) + luck
        return order // self.orders_a_chunk

    @cached_property
    def columns(self) -> list[str]:
        """Names of all values that any run is told, those of the design first."""
        named = dict.fromkeys(self.factors)
        for columns in self.drawn.values():
            named |= dict.fromkeys(columns)
        return list(named)

    def every(self) -> Iterator[Row]:
        """All runs in order."""
        for number in range(self.orders):
            yield from self.order(number).rows


def make_plan(spec: SweepFile, file: str = "", scenario_of: Callable[[str], Scenario] = load_scenario,
              policy_of: Callable[[str], PolicyFile] = load_policy) -> Plan:  # fmt: skip
    """The plan of a sweep. Raises ScenarioError, every problem at once.

    scenario_of, policy_of : what a name or path in the sweep stands for"""
    scenarios, policies = sweep_parts(spec, file or f"sweep {spec.name}", scenario_of, policy_of)
    _rules_can_be_imported(spec)
    for scenario in scenarios.values():
        people = asking(scenario, spec.strategy)
        if people:
            message = f"asks a person to play {', '.join(people)} in every run; play one with hedgelab run"
            raise ScenarioError([Problem(file or f"sweep {spec.name}", "strategy", message)])
    known = known_values(scenarios, policies)
    names = factors(spec, known)
    found = points(spec, names)
    drawn = {}
    if spec.others == "drawn":
        mine = set(names)
        for s, p in known:
            every = draws(scenarios[s], policies[p], spec.seed, spec.replicates)
            drawn[s, p] = {name: column for name, column in every.items() if name not in mine}
    return Plan(spec, scenarios, policies, names, found, drawn, known)


def _rules_can_be_imported(spec: SweepFile) -> None:
    """A rule of the user's own, `module:Class`, is looked for where they stand, here and in the workers."""
    rules = spec.strategy.values() if isinstance(spec.strategy, dict) else [spec.strategy or ""]
    if any(":" in rule.partition("(")[0] for rule in rules) and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
