"""How long a sweep takes and how much it writes, from one of its runs played now."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from sim.engine.design import fit
from sim.run import Player, start
from sim.scenario.sample import with_values
from sim.sweeps import tables
from sim.sweeps.orders import Played
from sim.sweeps.plan import Plan
from sim.sweeps.play import read_off
from sim.threads import one_thread

QUARTERS = 4  # played to measure


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


def estimate(plan: Plan, workers: int) -> Estimate:
    """Plays the first quarters of the first run; the rest is multiplication."""
    row = plan.order(0).rows[0]
    scenario, policy = with_values(plan.scenarios[row.scenario], plan.policies[row.policy], row.values)
    begun = time.perf_counter()
    with one_thread():
        rest = fit(scenario)
    fitted = time.perf_counter()
    length = plan.spec.quarters or scenario.file.quarters
    quarters = min(QUARTERS, length)
    model = start(scenario, policy, seed=row.seed, run=row.run, quarters=quarters, strategy=plan.spec.strategy,
                  rest=rest)  # fmt: skip
    player = Player(scenario, model, dict(row.values), keep_ledgers=False)
    while not player.done:
        player.advance()
    played = time.perf_counter()
    a_fit, a_quarter = fitted - begun, (played - fitted) / quarters
    one = read_off(row.id, player.measured_so_far(), scenario.file.focus, plan.spec.panel)
    lengths = [plan.spec.quarters or s.file.quarters for s in plan.scenarios.values()]
    total = plan.orders * a_fit + plan.rows * a_quarter * sum(lengths) / len(lengths)
    busy = min(workers, plan.orders)
    return Estimate(plan.rows, busy, total / busy, _bytes(plan, one, max(lengths)), a_fit, a_quarter, quarters)


def _bytes(plan: Plan, one: Played, length: int) -> int:
    """Of the tables, if every number is its own and nothing is compressed away: eight bytes a number."""
    rows = list(plan.order(0).rows)[:1]
    runs = tables.runs_table(rows, {one.id: one}, 1, plan.columns)
    panel = tables.panel_table(rows, {one.id: replace(one, id=rows[0].id)}, 1)
    a_quarter = panel.nbytes / max(1, len(one.quarters)) if plan.spec.panel else 0
    return round(plan.rows * (runs.nbytes + a_quarter * length))
