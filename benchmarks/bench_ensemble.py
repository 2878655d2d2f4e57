"""Time and memory of sweeps of more and more runs, quarterly panels kept: a cost a run that stays, and what it holds.

Every size is a sweep of its own, in a process of its own, into a folder that is thrown away; afterwards what a user
does with it is timed: status, resume (nothing is left to play), reading both tables, analysing. Stops before a size
that would not end in time. Run: `.venv/bin/python benchmarks/bench_ensemble.py [--scenario small_rivalry --policy
status_quo,alliance_first] [--sizes 100,1000,10000] [--quarters 1] [--minutes 15] [--workers 2]`.

`--replayed` plays one run of each policy and hands its record back under every name, numbers shaken: it measures what
the parent holds and writes at sizes that would take days to play, and says nothing of what a run costs."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.analysis.api import analyse
from sim.scenario.load import load_sweep
from sim.sweeps import api, play
from sim.sweeps.folder import Folder
from sim.sweeps.orders import Order, Played
from sim.sweeps.plan import Plan, make_plan
from sim.sweeps.read import open_sweep
from sim.sweeps.runner import resume

LUCKS = "replicates: {runs}"
DRAWS = "design: {{type: lhs, over: all, points: {runs}}}"
SPEC = """kind: sweep
name: cost_of_runs
description: Runs of one scenario.
scenarios: [{scenario}]
policies: [{policies}]
quarters: {quarters}
seed: 1
"""


def megabytes(who: int) -> float:
    """Most that this process, or one of its children, ever held."""
    return resource.getrusage(who).ru_maxrss / 1024


def processor() -> float:
    """Seconds of the processor that this process and its children took; of a shared machine the figure to compare."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Replayed:
    """A pool that plays nothing: the record of one run of each policy under every name, its numbers shaken."""

    def __init__(self, plan: Plan):
        context = play.context_of(plan)
        rows = [plan.row(0, name, policy, 0) for name in plan.scenarios for policy in plan.policies]
        found = {(row.scenario, row.policy): play.play(context, Order(row.scenario, (row,)))[0] for row in rows}
        self._template, self._waiting = found, []

    def room(self) -> int:
        return 4

    def submit(self, order: Order, seconds: float) -> object:
        self._waiting.append(order)
        return order.rows[0].id

    def wait(self, handles: Iterable[object], seconds: float) -> Iterator[tuple[object, list[Played]]]:
        order = self._waiting.pop(0)
        yield order.rows[0].id, [self._shaken(row) for row in order.rows]

    def _shaken(self, row) -> Played:
        one, rng = self._template[row.scenario, row.policy], np.random.default_rng([row.point, row.replicate])
        outcomes = {
            name: values if isinstance(values[0], str) else (np.array(values) * rng.normal(1, 0.1)).tolist()
            for name, values in one.outcomes.items()
        }
        return replace(one, id=row.id, outcomes=outcomes)

    def stop(self) -> None:
        self._waiting = []


@contextmanager
def timed(found: dict, name: str) -> Iterator[None]:
    """Seconds of what is done inside."""
    begun = time.perf_counter()
    yield
    found[name] = time.perf_counter() - begun


def one_size(options: argparse.Namespace, runs: int) -> dict[str, float]:
    """A sweep of so many runs in this process, then what a user does with its folder."""
    found: dict[str, float] = {}
    policies = options.policy.split(",")
    with tempfile.TemporaryDirectory(dir=options.place) as place:
        spec, out = Path(place) / "cost_of_runs.yaml", Path(place) / "out"
        text = SPEC.format(scenario=options.scenario, policies=", ".join(policies), quarters=options.quarters)
        kind = DRAWS if options.draws else LUCKS
        spec.write_text(text + kind.format(runs=runs // len(policies)) + "\n", "utf-8")
        with timed(found, "plan"):
            plan = make_plan(load_sweep(spec))
        before = processor()
        with timed(found, "play"):
            done = _played(options, spec, plan, out)
        found["processor"] = processor() - before
        found["parent"], found["worker"] = megabytes(resource.RUSAGE_SELF), megabytes(resource.RUSAGE_CHILDREN)
        found["disk"] = sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1e6
        with timed(found, "status"):
            counts = open_sweep(out).counts
        if counts != {"ok": plan.rows}:
            raise SystemExit(f"of {plan.rows} runs {dict(counts)}")
        with timed(found, "resume"):
            api.resume_sweep(out, workers=options.workers)
        with timed(found, "read"):
            assert len(done.runs) == plan.rows and len(done.panel()) == plan.rows * options.quarters
        found["parent after reading"] = megabytes(resource.RUSAGE_SELF)
        if options.analyse:
            with timed(found, "analyse"):
                analyse(out)
            found["parent after analysing"] = megabytes(resource.RUSAGE_SELF)
    return found


def _played(options: argparse.Namespace, spec: Path, plan: Plan, out: Path):
    if not options.replayed:
        return api.sweep(spec, out, workers=options.workers)
    folder = Folder.make(out, plan)
    with folder.held():
        resume(folder, plan, lambda: Replayed(plan))
    return open_sweep(out)


def main() -> None:
    """Prints a line a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="small_rivalry")
    parser.add_argument("--policy", default="status_quo,alliance_first", help="one or more, with commas")
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--quarters", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--draws", action="store_true", help="a draw of all ranges a run, in place of a luck a run")
    parser.add_argument("--replayed", action="store_true", help="one run's record under every name: the parent alone")
    parser.add_argument("--analyse", action="store_true", help="times hedgelab analyse, too")
    parser.add_argument("--place", help="where the folders are written for a while")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(one_size(options, options.one)))
        return
    left, first, last, clock = 60 * options.minutes, None, None, 0.0
    print(f"{options.scenario}, {options.policy}: runs of {options.quarters} quarters, panels kept, {options.workers} "
          f"workers{', replayed' if options.replayed else ''}", flush=True)  # fmt: skip
    for runs in map(int, options.sizes.split(",")):
        if last is not None and clock * runs > left:
            print(f"{runs:7d} runs: not run, it would take {clock * runs / 60:.0f} minutes")
            continue
        done = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--one", str(runs)], stdout=subprocess.PIPE)
        if done.returncode:
            raise SystemExit(done.returncode)
        found = json.loads(done.stdout.splitlines()[-1])
        clock, last = found["play"] / runs, found["processor"] / runs
        left, first = left - found["play"], first or last
        print(f"{runs:7d} runs: {last / first:.2f} of the first size's cost a run ({1e3 * last:.1f} ms of the "
              "processor); " + ", ".join(f"{name} {value:.1f}" for name, value in found.items()),
              flush=True)  # fmt: skip
    print("seconds; parent and worker: most megabytes held; disk: megabytes")


if __name__ == "__main__":
    main()
