"""How long a sweep takes and how much it writes, from one of its runs played now, in a worker and under its timeout."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pyarrow as pa
import yaml

from sim.engine.design import fit
from sim.errors import RunsFailed, said_of
from sim.run import Player, start
from sim.scenario.sample import with_values
from sim.sweeps import tables
from sim.sweeps.codebook import codebook
from sim.sweeps.orders import FAILED, OK, Order, Played, Row
from sim.sweeps.plan import Plan
from sim.sweeps.play import Context, context_of, read_off
from sim.sweeps.pool import AHEAD, LocalPool, Lost
from sim.sweeps.provenance import manifest, resolved
from sim.threads import one_thread

QUARTERS = 4  # played to measure
TRIES = 3  # runs that are tried until one can be measured


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take, about."""

    runs: int
    workers: int
    seconds: float
    bytes: int
    fit_seconds: float
    quarter_seconds: float
    measured_quarters: int
    failed: int  # runs that were tried before it and could not be measured


@dataclass(frozen=True)
class Measured:
    """The first quarters of a run, and how long they took."""

    played: Played
    fit_seconds: float = 0.0
    quarter_seconds: float = 0.0


def estimate(plan: Plan, workers: int) -> Estimate:
    """Plays the first quarters of a run in a worker; the rest is multiplication.

    A run that fails, hangs or kills its worker makes room for one elsewhere in the plan. Raises RunsFailed when none of
    a few can be measured."""
    said = []
    rows = [row for order in plan.spread(TRIES).values() for row in order.rows]
    for row in rows:
        found = _in_worker(plan, row)
        if isinstance(found, Measured) and found.played.state == OK:
            return _multiplied(plan, workers, row, found, len(said))
        error = found.played.error if isinstance(found, Measured) else found
        said.append(f"{row.id}: {' '.join(error.split())}")
    raise RunsFailed(f"time and disk could not be measured, since {len(rows)} of {plan.rows} runs were tried and none "
                     f"ended well; {said[0]}")  # fmt: skip


def _in_worker(plan: Plan, row: Row) -> Measured | str:
    """What came of a run in a process of its own, or why nothing did."""
    pool = LocalPool(1, measure, context_of(plan))
    try:
        handle = pool.submit(Order(row.scenario, (row,)), plan.spec.timeout)
        while True:
            for _, outcome in pool.wait([handle], 1.0):
                if isinstance(outcome, Lost):
                    return f"took longer than {plan.spec.timeout:g} seconds" if not outcome.why else outcome.why
                return outcome[0] if isinstance(outcome, list) else str(outcome)
    finally:
        pool.stop()


def measure(context: Context, order: Order) -> list[Measured]:
    """In a worker: the first quarters of the only run of an order, with the clock in hand."""
    (row,) = order.rows
    try:
        scenario, policy = with_values(context.scenarios[row.scenario], context.policies[row.policy], row.values)
        begun = time.perf_counter()
        with one_thread():
            rest = fit(scenario)
        fitted = time.perf_counter()
        quarters = min(QUARTERS, context.quarters or scenario.file.quarters)
        model = start(scenario, policy, seed=row.seed, run=row.run, quarters=quarters, strategy=context.strategy,
                      rest=rest)  # fmt: skip
        player = Player(scenario, model, dict(row.values), keep_ledgers=False)
        while not player.done:
            player.advance()
        played = time.perf_counter()
    except BaseException as error:
        return [Measured(Played(row.id, FAILED, said_of(error)))]
    one = read_off(row.id, player.measured_so_far(), scenario.file.focus, context.panel)
    return [Measured(one, fitted - begun, (played - fitted) / quarters)]


def _multiplied(plan: Plan, workers: int, row: Row, found: Measured, failed: int) -> Estimate:
    lengths = [plan.spec.quarters or s.file.quarters for s in plan.scenarios.values()]
    quarters = min(QUARTERS, plan.spec.quarters or plan.scenarios[row.scenario].file.quarters)
    total = plan.orders * found.fit_seconds + plan.rows * found.quarter_seconds * sum(lengths) / len(lengths)
    busy = min(workers, plan.orders)
    size = _bytes(plan, row, found.played, max(lengths), busy)
    return Estimate(plan.rows, busy, total / busy, size, found.fit_seconds, found.quarter_seconds, quarters, failed)


def _bytes(plan: Plan, row: Row, one: Played, length: int, workers: int) -> int:
    """Of all files, if every number is its own and nothing is compressed away: eight bytes a number.

    What every file of a table says of its columns comes once a file, what pins the sweep once, and the journals of the
    chunks that are open at once as text."""
    runs, panel = tables.runs_table([row], {one.id: one}, 1, plan.columns), tables.panel_table([row], {one.id: one}, 1)
    quarters = length if plan.spec.panel else 0
    a_row = runs.nbytes + panel.nbytes / max(1, len(one.quarters)) * quarters
    heads = sum(len(tables.parquet_bytes(t)) for t in ((runs, panel) if plan.spec.panel else (runs,)))
    line = len(json.dumps(tables.line_of([one]))) * (quarters or 1) / max(1, len(one.quarters))
    open_rows = min(plan.rows, (1 + AHEAD * workers / plan.orders_a_chunk) * plan.chunk_rows)
    known = {name: value for values in plan.known.values() for name, value in values.items()}
    book = codebook(runs.schema, panel.schema if plan.spec.panel else None, known)
    design = pa.table({f"{name}{what}": [0.5] for name in ["point", *plan.factors] for what in ("", ".place")})
    once = (len(yaml.safe_dump(resolved(plan), sort_keys=False, allow_unicode=True)),
            len(json.dumps(manifest(plan), indent=1)), len(book.to_csv(index=False)),
            len(tables.parquet_bytes(design)) + design.nbytes * len(plan.points))  # fmt: skip
    return round(sum(once) + plan.chunks * heads + plan.rows * a_row + open_rows * line)
