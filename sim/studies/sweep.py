"""A sweep: a grid over values of scenario, policy and model, each point played under every policy.

One task is one grid point and one draw; its rows are one Parquet file, written whole when the task is done.
A sweep that was stopped goes on where it was: finished files are not played again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pandas as pd

from sim.batch import Task, finished, outcome_rows
from sim.errors import StoreError
from sim.record import store
from sim.run import as_policy, as_scenario
from sim.scenario.sample import quantities, sample
from sim.scenario.schema import PolicyFile, SweepFile

CHUNKS = "chunks"


@dataclass(frozen=True)
class Summary:
    """What a sweep holds when it ends."""

    folder: Path
    points: int
    ok: int
    failed: int
    resumed: int  # tasks found finished


def grid_points(spec: SweepFile) -> list[dict[str, float]]:
    """Every combination of the grid's values, last name fastest."""
    names = list(spec.grid)
    return [dict(zip(names, values, strict=True)) for values in product(*spec.grid.values())]


def plan(spec: SweepFile) -> tuple[list[Task], list[dict[str, float]]]:
    """Tasks of a sweep, and the grid point of each."""
    scenario = as_scenario(spec.scenario)
    policies = [as_policy(scenario, name) for name in spec.policies]
    drawn = {p.name: sample(scenario, p, spec.seed, spec.runs) if spec.runs > 1 else [{}] for p in policies}
    known = {p.name: quantities(scenario, p) for p in policies}
    tasks, points = [], []
    for point in grid_points(spec):
        for k in range(spec.runs):
            # a value of one policy's own is set where that policy has it
            values = {
                p.name: drawn[p.name][k] | {n: v for n, v in point.items() if n in known[p.name]} for p in policies
            }
            tasks.append(Task(scenario, policies, values, spec.seed, k, [k], spec.quarters, None, None))
            points.append(point)
    return tasks, points


def sweep(spec: SweepFile, folder: Path, *, workers: int | None = None,
          progress: Callable[[int, int], None] | None = None) -> Summary:  # fmt: skip
    """Plays what is not yet there; returns counts. Raises StoreError when the folder holds something else."""
    tasks, points = plan(spec)
    _claim(folder, spec, tasks[0].policies, len(tasks))
    waiting = [k for k in range(len(tasks)) if not _chunk(folder, k).exists()]
    done = len(tasks) - len(waiting)
    if progress is not None:
        progress(done, len(tasks))
    for position, result in finished([tasks[k] for k in waiting], workers) if waiting else ():
        k = waiting[position]
        _write(folder, k, _rows(k, points[k], result, tasks[k].scenario.file.focus))
        done += 1
        if progress is not None:
            progress(done, len(tasks))
    table = read(folder)
    runs = table[["task", "policy", "state"]].drop_duplicates()
    return Summary(folder, len(grid_points(spec)), int((runs.state == "ok").sum()), int((runs.state == "failed").sum()),
                   len(tasks) - len(waiting))  # fmt: skip


def _rows(task: int, point: dict[str, float], result, focus: str) -> pd.DataFrame:
    """Tidy rows of one task: outcomes of the last quarter, and one row for each run that failed."""
    frames = []
    if len(result.portfolio):
        rows = outcome_rows(result.portfolio, focus)
        frames.append(rows[rows.quarter == rows.quarter.max()].assign(state="ok", error=""))
    if result.failures:
        broken = pd.DataFrame(result.failures, columns=["policy", "run", "error"])
        frames.append(broken.assign(state="failed"))
    return pd.concat(frames, ignore_index=True).assign(task=task, **point)


def _chunk(folder: Path, task: int) -> Path:
    return folder / CHUNKS / f"part-{task:06d}.parquet"


def _write(folder: Path, task: int, rows: pd.DataFrame) -> None:
    path = _chunk(folder, task)
    partial = path.with_suffix(f".partial-{os.getpid()}")
    try:
        rows.to_parquet(partial, index=False)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written ({error.strerror or error}): free some space and run it again; "
                         f"what is finished stays") from error  # fmt: skip


def _claim(folder: Path, spec: SweepFile, policies: list[PolicyFile], tasks: int) -> None:
    """Makes the folder, or checks that it holds this very sweep."""
    scenario = as_scenario(spec.scenario)
    wanted = store.manifest(scenario, policies, kind="sweep", spec=spec.model_dump(mode="json"), tasks=tasks)
    path = folder / "manifest.json"
    if path.exists():
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{path} cannot be read ({error}): move the folder away and start again") from error
        changed = [key for key in wanted if found.get(key) != json.loads(json.dumps(wanted))[key]]
        if changed:
            raise StoreError(f"{folder} holds another sweep ({', '.join(changed)} differ): choose another with --out")
        return
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(f"{folder} is there and holds no sweep: choose another with --out")
    try:
        (folder / CHUNKS).mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(wanted, indent=1, sort_keys=True) + "\n", "utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}): choose another with --out") from error


def read(folder: Path) -> pd.DataFrame:
    """One tidy table of all finished tasks; raises StoreError for a broken file."""
    parts = sorted((Path(folder) / CHUNKS).glob("part-*.parquet"))
    if not parts:
        raise StoreError(f"{folder} holds no finished part of a sweep: run hedgelab sweep first")
    return pd.concat([_read(part) for part in parts], ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except Exception as error:
        raise StoreError(f"{path} is broken ({error}): delete it and run the sweep again") from error
