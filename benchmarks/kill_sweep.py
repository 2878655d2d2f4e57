"""A sweep of the real model killed again and again, against one that was never stopped: every byte is compared.

The sweep is played whole by one worker; then anew, killed (SIGKILL) at random moments - the parent five times, one of
its workers five times - and resumed after each death of the parent. Files that no comparison counts are left out: the
log and the lock. Run: `.venv/bin/python benchmarks/kill_sweep.py [--scenario small_rivalry --policies
status_quo,alliance_first --points 20 --replicates 4 --quarters 2] [--parents 5] [--workers-killed 5] [--moment 2]
[--seed 1] [--ways 1,2,dask]`; a death comes some runs and at most `--moment` seconds after the one before.

A way is a number of workers of this machine, or `dask`: a scheduler and two workers of it, started here."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from sim.errors import HedgelabError
from sim.sweeps.read import open_sweep

SPEC = """kind: sweep
name: killed
description: A sweep that is killed.
scenarios: [{scenario}]
policies: [{policies}]
design: {{type: lhs, over: all, points: {points}}}
replicates: {replicates}
quarters: {quarters}
seed: 3
"""
LEFT_OUT = ("log.jsonl", ".lock")


def digest(folder: Path) -> dict[str, str]:
    """sha256 of every file that two sweeps are compared by."""
    return {str(f.relative_to(folder)): sha256(f.read_bytes()).hexdigest() for f in sorted(folder.rglob("*"))
            if f.is_file() and f.name not in LEFT_OUT}  # fmt: skip


def sweep(*words: object, **more) -> subprocess.Popen:
    """The command in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "sim.cli", "sweep", *map(str, words), "--quiet"],
                            stdout=subprocess.DEVNULL, **more)  # fmt: skip


def children(pid: int) -> list[int]:
    """Worker processes of a sweep; what only watches over its memory is none."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        if parent == pid and b"spawn_main" in command:
            found.append(int(stat.parent.name))
    return found


def kill(pid: int) -> bool:
    """SIGKILL; whether it was still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def done_in(out: Path) -> int:
    """Runs with a record."""
    try:
        return sum(open_sweep(out).folder.counts().values())
    except HedgelabError:
        return 0  # not begun, or a chunk moves while it is looked at


@contextmanager
def cluster() -> Iterator[tuple[str, Callable[[], list[int]]]]:
    """A scheduler with two workers: its address, and what asks for the workers' processes of the moment."""
    import distributed  # late: an extra

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
                                  silence_logs=50) as made:  # fmt: skip
        # only those that have started: a nanny whose worker dies before it knows that gives up, and starts none again
        yield made.scheduler_address, lambda: [one.pid for one in made.workers.values()
                                               if one.pid and one.worker_address in made.scheduler.workers
                                               and one.process.status is distributed.Status.running]  # fmt: skip


def killed(spec: Path, out: Path, how: list[str], rng: random.Random, moment: float, rows: int,
           plan: list[str], remote=None) -> list[str]:  # fmt: skip
    """Plays the sweep and kills what the plan says, after some runs more and a moment each. What was done."""
    told, process = [], sweep(spec, "--out", out, *how)
    for who in plan:
        wanted = done_in(out) + rng.uniform(0, 1.5) * rows / (len(plan) + 1)
        while process.poll() is None and done_in(out) < wanted:
            time.sleep(0.1)
        time.sleep(rng.uniform(0, moment))
        if process.poll() is not None:
            told.append(f"{who}: too late, the sweep had ended with {process.returncode}")
            continue
        workers = remote() if remote else children(process.pid)
        if who == "worker" and not workers:
            told.append("worker: none there at that moment")
            continue
        there = kill(rng.choice(workers) if who == "worker" else process.pid)
        if who == "parent":
            process.wait()
            has = (out / "manifest.json").exists()
            told.append(f"parent killed with {done_in(out)} of {rows} runs done")
            process = sweep("resume", out, *how) if has else sweep(spec, "--out", out, *how)
        else:
            told.append(f"a worker killed with {done_in(out)} of {rows} runs done" if there else "worker: gone already")
    if process.wait() != 0:
        told.append(f"ended with {process.returncode}")
        last = sweep("resume", out, *how)
        told.append(f"resumed, ended with {last.wait()}")
    return told


def main() -> None:
    """Prints what was killed when, and whether the bytes are the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="small_rivalry")
    parser.add_argument("--policies", default="status_quo,alliance_first")
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--replicates", type=int, default=4)
    parser.add_argument("--quarters", type=int, default=2)
    parser.add_argument("--parents", type=int, default=5)
    parser.add_argument("--workers-killed", type=int, default=5)
    parser.add_argument("--moment", type=float, default=2.0)
    parser.add_argument("--ways", default="1,2,dask")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, bad = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as place:
        spec, first = Path(place) / "killed.yaml", Path(place) / "whole"
        spec.write_text(SPEC.format(**vars(options)), "utf-8")
        begun = time.monotonic()
        if sweep(spec, "--out", first, "--workers", 1).wait():
            raise SystemExit("the sweep that nobody stops did not end well")
        whole, wanted = time.monotonic() - begun, digest(first)
        rows = open_sweep(first).manifest["rows"]
        print(f"never stopped, 1 worker: {rows} runs, {len(wanted)} files, "
              f"{whole:.0f} s", flush=True)  # fmt: skip
        for way in options.ways.split(","):
            plan = ["parent"] * options.parents + ["worker"] * options.workers_killed
            rng.shuffle(plan)
            with ExitStack() as stack:
                how, remote = ["--workers", way], None
                if way == "dask":
                    address, remote = stack.enter_context(cluster())
                    how = ["--scheduler", address]
                out = Path(place) / f"killed-{way}"
                for line in killed(spec, out, how, rng, options.moment, rows, plan, remote):
                    print(f"  {way}: {line}", flush=True)
            found = digest(out)
            other = [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
            bad += bool(other)
            print(f"{way}: {'every byte the same' if not other else f'DIFFERENT: {other}'}", flush=True)
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
