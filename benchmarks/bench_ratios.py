"""How fast runs are beside the natural peers, as ratios within this very run: medians of whole runs, interleaved.

(a) the same rules and choices under `mesa.batch_run`, one candidate at a time in plain numpy, with a fixed point at its
best damping and with Newton; (b) our Mesa model under `mesa.batch_run`; (c) the ensemble in 1 and 2 processes; (d) the
same with the compiled kernel. All share one fit and measure no portfolio; workers are started and warm.
Run: `.venv/bin/python benchmarks/bench_ratios.py [--quarters N] [--repeats N]`."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from unittest.mock import patch

import mesa
import numpy as np

from benchmarks import peers
from sim.engine.design import fit
from sim.engine.model import HedgingModel
from sim.moves import path
from sim.moves.rest import Rest
from sim.rules import backend, coercion, solve
from sim.run import as_scenario, start
from sim.threads import one_thread

SCENARIO, POLICY = "america_first", "eu_hedge"  # every actor free to move from the first quarter
SAMPLE = 12  # rows on which dampings are tried
DAMPINGS = (0.3, 0.6, 0.9, 1.2, 1.5, 1.8), (0.7, 1.0)
_held: dict[str, Rest] = {}


def model_of(run: int, quarters: int) -> HedgingModel:
    """One run at step 0."""
    with one_thread():
        _held.setdefault("rest", fit(as_scenario(SCENARIO)))
    return start(SCENARIO, POLICY, seed=1, run=run, quarters=quarters, rest=_held["rest"])


class Batched(mesa.Model):
    """A run as `mesa.batch_run` wants it: made from plain values, with a collector, and with an end."""

    def __init__(self, run: int, quarters: int, seed: int | None = None):
        super().__init__(seed=seed)
        self.inner = model_of(run, quarters)
        self.datacollector = mesa.DataCollector({"income": lambda m: float(m.inner.quarters[-1].settled.income[0])})

    def step(self) -> None:
        """A quarter."""
        self.inner.step()
        self.running = not self.inner.done
        self.datacollector.collect(self)


Played = tuple[float, float]  # income at the end of a run, and seconds of the processor


def under_mesa(quarters: int, runs: range) -> list[Played]:
    """Some runs under `mesa.batch_run`."""
    begun = time.process_time()
    rows = mesa.batch_run(Batched, {"run": list(runs), "quarters": [quarters]}, number_processes=1,
                          data_collection_period=-1, max_steps=quarters, display_progress=False)  # fmt: skip
    each = (time.process_time() - begun) / len(rows)
    return [(row["income"], each) for row in rows]


def plainly(run: int, quarters: int) -> Played:
    """A run of the ensemble."""
    begun = time.process_time()
    model = model_of(run, quarters)
    while not model.done:
        model.step()
    return float(model.quarters[-1].settled.income[0]), time.process_time() - begun


def best_damping(quarters: int) -> tuple[float, float]:
    """The damping that needs the fewest steps on rows of a run; rows that do not converge count as the most steps."""
    calls = []

    def noted(base, shock, near, **more):
        if near.x.dtype == np.float64:
            calls.append((base, shock, near, more))
        return solve.solve(base, shock, near, **more)

    with patch.object(path, "solve", noted), patch.object(coercion, "solve", noted):
        plainly(0, min(quarters, 1))
    some = calls[:: max(1, len(calls) // SAMPLE)]
    steps = {}
    for damping in product(*DAMPINGS):
        peers.STEPS_SEEN.update({"rows": 0, "steps": 0, "given up": 0})
        with peers.one_at_a_time(peers.by_fixed_point(damping)), patch.object(peers, "MOST_STEPS", 400):
            for base, shock, near, more in some:
                starts = {"start": more["start"][:1]} if more.get("start") is not None else {}
                solve.solve(base, shock.rows(slice(0, 1)), near, tolerance=more["tolerance"], newton=False, **starts)
        steps[damping] = peers.STEPS_SEEN["steps"] / peers.STEPS_SEEN["rows"]
    best = min(steps, key=steps.get)
    print(f"fixed point: best damping of wages {best[0]}, of prices and expenditure {best[1]}: {steps[best]:.0f} steps "
          f"a row on {len(some)} rows of a run (undamped prices, wages 0.3: {steps[0.3, 1.0]:.0f})")  # fmt: skip
    return best


def pool_of(workers: int, kernel: str, quarters: int) -> ProcessPoolExecutor:
    """Workers that have imported, fitted and compiled."""
    os.environ[backend.VARIABLE] = kernel
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    list(pool.map(partial(plainly, quarters=1), range(workers * 2)))
    return pool


def in_processes(pool: ProcessPoolExecutor, runs: range, quarters: int) -> list[Played]:
    """Some runs, spread over workers."""
    return list(pool.map(partial(plainly, quarters=quarters), runs))


def timed(call: Callable[[], list[Played]]) -> tuple[float, list[Played]]:
    """Seconds a run on the clock, and what came out."""
    begun = time.perf_counter()
    found = call()
    return (time.perf_counter() - begun) / len(found), found


def ways(quarters: int, runs: int, first: int, damping: tuple[float, float]) -> dict[str, Callable]:
    """What is timed, by its name in the table; each plays whole runs of the same numbers."""
    few, many = range(first, first + 1), range(first, first + runs)

    def peer(method):
        with peers.one_at_a_time(method):
            return under_mesa(quarters, few)

    out = {
        "a1 peer, fixed point": lambda: peer(peers.by_fixed_point(damping)),
        "a2 peer, Newton": lambda: peer(peers.by_newton),
        "b  our model, mesa.batch_run": lambda: under_mesa(quarters, many),
    }
    for letter, kernel in (("c", backend.NUMPY), ("d", backend.NUMBA)):
        for workers in (1, 2):
            pool = pool_of(workers, kernel, quarters)
            name = f"{letter}{workers} ensemble, {kernel}, {workers} process{'es' if workers > 1 else ''}"
            out[name] = partial(in_processes, pool, many, quarters)
    os.environ[backend.VARIABLE] = backend.NUMPY
    return out


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quarters", type=int, default=1, help="length of a run: the peers take minutes a quarter")
    parser.add_argument("--runs", type=int, default=2, help="runs of a repetition, for all but the peers")
    parser.add_argument("--first", type=int, default=0, help="number of the first run, which the peers play")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--newton-repeats", type=int, default=5, help="of the slowest peer, where time is short")
    options = parser.parse_args()
    os.environ[backend.VARIABLE] = backend.NUMPY
    tried = ways(options.quarters, options.runs, options.first, best_damping(options.quarters))
    clock, busy = ({name: [] for name in tried} for _ in range(2))
    income = {}
    for repeat in range(1, options.repeats + 1):
        for name, call in tried.items():
            if repeat > options.newton_repeats and name.startswith("a2"):
                continue
            seconds, found = timed(call)
            clock[name].append(seconds)
            busy[name].append(sum(used for _, used in found) / len(found))
            income[name] = found[0][0]
        print(f"{SCENARIO}, {POLICY}, whole runs of {options.quarters} quarters: medians of {repeat}, interleaved")
        table(clock, busy, income)


def table(clock: dict[str, list[float]], busy: dict[str, list[float]], income: dict[str, float]) -> None:
    """Seconds a run by the clock and by the processor, and both as ratios to the peer."""
    by_clock, by_work = ({name: float(np.median(one[name])) for name in income} for one in (clock, busy))
    slow, ours, plain = list(clock)[0], list(clock)[2], list(clock)[3]
    heads = ("clock s", "a1 is x", "b is x", "CPU s", "a1 is x", "b is x", "income off")
    print(f"{'a run':36s}" + "".join(f"{head:>11s}" for head in heads))
    for name in income:
        row = [one[key] for one in (by_clock, by_work) for key in (name,)]
        cells = [f"{row[0]:.2f}", f"{by_clock[slow] / row[0]:.1f}", f"{by_clock[ours] / row[0]:.2f}", f"{row[1]:.2f}",
                 f"{by_work[slow] / row[1]:.1f}", f"{by_work[ours] / row[1]:.2f}",
                 f"{abs(income[name] / income[plain] - 1):.0e}"]  # fmt: skip
        print(f"{name:36s}" + "".join(f"{cell:>11s}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
