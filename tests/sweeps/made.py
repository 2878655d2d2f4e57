"""A stand-in for playing: rows whose numbers follow from their id, and rows that fail in every way there is.

A plan of stand-ins needs no world; what kills, hangs or breaks is said by the context."""

import json
import math
import os
import signal
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sim.sweeps.orders import FAILED, OK, Order, Played  # all that a worker imports: the rest stands in functions

NAMES = ["model.a", "model.b"]


@dataclass(frozen=True)
class Acts:
    """What a stand-in does: seconds a run, and what befalls some rows."""

    seconds: float = 0.01
    raises: frozenset = frozenset()
    hangs: frozenset = frozenset()
    dies: frozenset = frozenset()
    dies_once: frozenset = frozenset()
    marks: str = ""  # folder in which dies_once notes that it was


def play(context: Acts, order: Order) -> list[Played]:
    """A run of three quarters whose outcomes are a hash of its id and values."""
    return [_one(context, row) for row in order.rows]


def _one(context: Acts, row) -> Played:
    time.sleep(context.seconds)
    if row.id in context.dies_once and not (Path(context.marks) / row.id).exists():
        (Path(context.marks) / row.id).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if row.id in context.dies:
        os._exit(9)
    while row.id in context.hangs:
        time.sleep(0.05)
    if row.id in context.raises:
        return Played(row.id, FAILED, "lost the way")
    text = json.dumps([row.id, sorted(row.values.items())])
    numbers = [int.from_bytes(sha256(f"{text}{k}".encode()).digest()[:6], "big") / 2**48 for k in range(3)]
    outcomes = {"income": numbers, "share.USA": [math.nan, *numbers[1:]], "coercibility.who": ["a", "b", "c"]}
    return Played(row.id, OK, "", ["2025Q1", "2025Q2", "2025Q3"], outcomes,
                  {"income": "percent", "share.USA": "1", "coercibility.who": ""})  # fmt: skip


def spec_of(points_wanted=6, policies=("one", "two"), scenarios=("calm",), replicates=2, seed=3, others="central",
            timeout=600.0, panel=True, design=None):  # fmt: skip
    """A sweep file of stand-ins."""
    from sim.scenario.sweeps import SweepFile

    listed = [{"model.a": k / 7, "model.b": 1 / (k + 1)} for k in range(points_wanted)]
    design = design or {"type": "list", "points": listed}
    return SweepFile.model_validate({
        "kind": "sweep", "name": "made", "description": "A stand-in.", "scenarios": list(scenarios),
        "policies": list(policies), "design": design, "others": others, "replicates": replicates, "seed": seed,
        "timeout": timeout, "panel": panel,
    })  # fmt: skip


def plan_of(chunk_rows=8, **more):
    """A plan without configs: every scenario and policy knows both names."""
    from sim.sweeps.design import points
    from sim.sweeps.plan import Plan

    spec = spec_of(**more)
    known = {(s, p): dict.fromkeys(NAMES) for s in spec.scenarios for p in spec.policies}
    return Plan(spec, dict.fromkeys(spec.scenarios), dict.fromkeys(spec.policies), NAMES, points(spec, NAMES), {},
                known, chunk_rows)  # fmt: skip


def manifest_of(plan) -> dict:
    """What pins a stand-in."""
    from sim.sweeps.provenance import sealed

    return sealed({"kind": "sweep", "name": plan.spec.name, "spec": plan.spec.model_dump(mode="json"),
                   "scenarios": {}, "policies": list(plan.policies), "points": len(plan.points), "rows": plan.rows,
                   "chunk_rows": plan.chunk_rows, "varied": plan.factors, "code": "", "rules": {},
                   "versions": {}})  # fmt: skip


def folder_of(path: Path, plan):
    """A new folder of stand-ins."""
    from sim.sweeps.folder import Folder

    return Folder.make(path, plan, manifest_of(plan), {})


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file that two sweeps may be compared by."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(Path(folder).rglob("*"))
            if f.is_file() and f.name not in ("log.jsonl", ".lock")}  # fmt: skip


def main() -> None:
    """python -m tests.sweeps.made FOLDER WORKERS SECONDS: plays, or goes on with, a folder of stand-ins."""
    from sim.sweeps.folder import Folder
    from sim.sweeps.pool import LocalPool
    from sim.sweeps.runner import Stopped, resume

    path, workers, acts = Path(sys.argv[1]), int(sys.argv[2]), Acts(seconds=float(sys.argv[3]))
    plan = plan_of(timeout=60.0)
    folder = Folder.at(path) if (path / "manifest.json").exists() else folder_of(path, plan)
    try:
        with folder.held():
            resume(folder, plan, lambda: LocalPool(workers, play, acts))
    except Stopped as stopped:
        print(stopped)
        sys.exit(1)


if __name__ == "__main__":
    main()
