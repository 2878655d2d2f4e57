"""A sweep's runs once more: one row alone with all its reasons, or many of them to compare the bits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sim.errors import Problem, ScenarioError
from sim.run import Run
from sim.sweeps import tables
from sim.sweeps.folder import RUNS, attempt_of
from sim.sweeps.orders import FAILED, OK, Order, Played, Row
from sim.sweeps.play import read_off
from sim.sweeps.pool import Pool
from sim.sweeps.provenance import differences, manifest
from sim.sweeps.read import Sweep, open_sweep
from sim.sweeps.runner import Task, settled

BEAT = 0.5


@dataclass(frozen=True)
class Reopened:
    """A row that is played alone, and what of the sweep's inputs is no longer the same."""

    sweep: Sweep
    row: Row
    changed: list[str]

    def differs(self, run: Run) -> list[str] | None:
        """Outcomes whose bits are not those of the row; None when the sweep has none of this row."""
        plan, mine = self.sweep.plan, {self.row.id}
        chunk = plan.chunk_of(self.row.id)
        stored = stored_rows(self.sweep, chunk, mine).get(self.row.id)
        if stored is None or stored["state"] != OK:
            return None
        played = read_off(self.row.id, run.portfolio, run.focus)
        found = _differences(played, stored, plan.columns)
        if plan.spec.panel:
            found += _panel_differences(played, stored_panel(self.sweep, chunk, mine).get(self.row.id))
        return list(dict.fromkeys(found))


def reopen(text: str) -> Reopened:
    """The row that FOLDER#row names. Raises ScenarioError when there is none."""
    folder, sign, row = text.rpartition("#")
    if not sign or not folder or not row:
        raise ScenarioError([Problem.value("--from", "RUN#row", text, "FOLDER#POINT.SCENARIO.POLICY.REPLICATE")])
    sweep = open_sweep(folder)
    return Reopened(sweep, sweep.plan.find(row), differences(sweep.manifest, manifest(sweep.plan)))


@dataclass(frozen=True)
class Rerun:
    """What came of playing it again."""

    what: str  # rows, or tables
    compared: int
    differs: dict[str, list[str]]  # row or table -> columns whose bits differ
    not_compared: int  # rows that have no record, or hung or died, in the sweep
    changed: list[str]  # inputs that are no longer the same

    @property
    def same(self) -> int:
        """How many have the same bits."""
        return self.compared - len(self.differs)


def rerun_rows(sweep: Sweep, pool_of: Callable[[], Pool], rows: int | None = None,
               progress: Callable[[int, int], None] | None = None) -> Rerun:  # fmt: skip
    """Plays rows again and compares all their outcomes, of every quarter where a panel is kept.

    A row that hangs or dies now and did not then differs in its state.
    rows : how many, evenly spread over the sweep; all by default"""
    plan = sweep.plan
    left = plan.spread(plan.rows if rows is None else rows)
    differs, compared, passed = {}, 0, 0
    for number, played in _played(left, pool_of, plan.spec.timeout):
        chunk = number // plan.orders_a_chunk
        ids = {row.id for row in left[number].rows}
        stored, panel = stored_rows(sweep, chunk, ids), stored_panel(sweep, chunk, ids)
        for one in played:
            old = stored.get(one.id)
            if old is None or old["state"] not in (OK, FAILED):
                passed += 1
                continue
            compared += 1
            found = _differences(one, old, plan.columns) + _panel_differences(one, panel.get(one.id))
            if found:
                differs[one.id] = list(dict.fromkeys(found))
        if progress is not None:
            progress(compared + passed, sum(len(order.rows) for order in left.values()))
    return Rerun("rows", compared, differs, passed, differences(sweep.manifest, manifest(plan)))


def _played(orders: dict[int, Order], pool_of, timeout: float) -> Iterator[tuple[int, list[Played]]]:
    """What comes of orders, as far as their runs have ended; those lost are played again as in a sweep."""
    pool, flying, again, waiting = pool_of(), {}, deque(), iter(orders)
    of = {row.id: number for number, order in orders.items() for row in order.rows}
    try:
        while True:
            empty = False  # room may be 0: a cluster whose workers are yet to come
            while not empty and len(flying) < pool.room():
                number = None if again else next(waiting, None)
                empty = not again and number is None
                if not empty:
                    task = again.popleft() if again else Task(None, orders[number])
                    flying[pool.submit(task.order, timeout)] = task
            if empty and not flying:
                return
            for handle, outcome in pool.wait(list(flying), BEAT):
                played = settled(flying.pop(handle), outcome, timeout, again, lambda *_, **__: None)
                if played:
                    yield of[played[0].id], played
    finally:
        pool.stop()


def stored_rows(sweep: Sweep, chunk: int, ids: set[str]) -> dict[str, dict]:
    """Row id -> its stored columns, latest attempt; rows of unfinished chunks are not there."""
    found: dict[str, dict] = {}
    paths = [p for p in sweep.folder.files(RUNS) if p.name.startswith(f"{chunk:06d}.")]
    for path in sorted(paths, key=attempt_of):
        table = tables.read_table(path)
        found |= {row["row"]: row for row in _only(table, ids).to_pylist()}
    return found


def stored_panel(sweep: Sweep, chunk: int, ids: set[str]) -> dict[str, list[dict]]:
    """Row id -> its stored quarters, latest attempt; nothing when the sweep keeps no panel."""
    found: dict[str, list[dict]] = {}
    paths = [p for p in sweep.folder.files("panel") if p.name.startswith(f"{chunk:06d}.")]
    for path in sorted(paths, key=attempt_of):
        fresh: dict[str, list[dict]] = {}
        for row in _only(tables.read_table(path), ids).to_pylist():
            fresh.setdefault(row["row"], []).append(row)
        found |= fresh
    return found


def _only(table: pa.Table, ids: set[str]) -> pa.Table:
    return table.filter(pc.is_in(table["row"], pa.array(sorted(ids))))


def _differences(played: Played, stored: dict, values: list[str]) -> list[str]:
    """Outcomes of either side that are not those of the other to the bit.

    values : columns of a stored row that hold what it was told"""
    if (played.state, played.error) != (stored["state"], stored["error"]):
        return ["state" if played.state != stored["state"] else "error"]
    gone = _lacking(played, [stored], {*tables.KEYS, *values})
    return gone + [n for n, column in played.outcomes.items() if not tables.same_bits(column[-1], stored.get(n))]


def _lacking(played: Played, stored: list[dict], others: Collection[str]) -> list[str]:
    """Outcomes that stored rows have and the run no longer has. others : columns that are no outcomes"""
    names = dict.fromkeys(name for row in stored for name, value in row.items() if value is not None)
    return [name for name in names if name not in others and name not in played.outcomes]


def _panel_differences(played: Played, stored: list[dict] | None) -> list[str]:
    if stored is None or played.state != OK:
        return []
    if [row["quarter"] for row in stored] != played.quarters:
        return ["quarter"]
    gone = _lacking(played, stored, tables.PANEL_KEYS)
    return gone + [name for name, values in played.outcomes.items()
            if not tables.same_bits(values, [row.get(name) for row in stored])]  # fmt: skip
