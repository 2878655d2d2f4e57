"""Time and memory of sweeps of more and more runs, quarterly panels kept: a cost a run that stays, and what it holds.

Every size is a sweep of its own into a folder that is thrown away. Stops before a size that would not end in time.
Run: `.venv/bin/python benchmarks/bench_ensemble.py [--sizes 100,1000,10000] [--minutes 15] [--workers 2]`."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from sim.sweeps.api import sweep

SPEC = """kind: sweep
name: cost_of_runs
description: Runs of one policy, many lucks.
scenarios: [america_first]
policies: [eu_hedge]
replicates: {runs}
quarters: {quarters}
seed: 1
"""


def megabytes(who: int) -> float:
    """Most that this process, or one of its children, ever held."""
    return resource.getrusage(who).ru_maxrss / 1024


def played(runs: int, quarters: int, workers: int) -> tuple[float, float]:
    """Seconds of a sweep, and its size on disk in megabytes."""
    with tempfile.TemporaryDirectory() as place:
        spec = Path(place) / "cost_of_runs.yaml"
        spec.write_text(SPEC.format(runs=runs, quarters=quarters), "utf-8")
        begun = time.perf_counter()
        done = sweep(spec, Path(place) / "out", workers=workers)
        seconds = time.perf_counter() - begun
        bad = {state: count for state, count in done.counts.items() if count and state != "ok"}
        if bad:
            raise SystemExit(f"of {runs} runs {bad}")
        return seconds, sum(p.stat().st_size for p in (Path(place) / "out").rglob("*") if p.is_file()) / 1e6


def main() -> None:
    """Prints a line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--quarters", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    left, first, last = 60 * options.minutes, None, None
    print(f"sweeps of runs of {options.quarters} quarters, panels kept, {options.workers} workers")
    for runs in map(int, options.sizes.split(",")):
        if last is not None and last * runs > left:
            print(f"{runs:7d} runs: not run, it would take {last * runs / 60:.0f} minutes")
            continue
        seconds, disk = played(runs, options.quarters, options.workers)
        left, last = left - seconds, seconds / runs
        first = first or last
        print(f"{runs:7d} runs: {last / first:.2f} of the first size's cost a run ({1e3 * last:.0f} ms), "
              f"{megabytes(resource.RUSAGE_SELF):.0f} MB in the parent at most, "
              f"{megabytes(resource.RUSAGE_CHILDREN):.0f} MB in a worker, {disk:.1f} MB on disk",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
