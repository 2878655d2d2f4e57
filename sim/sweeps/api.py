"""sweep: plays a sweep file into a folder, here or on a cluster, and hands back what the folder holds."""

from __future__ import annotations

from collections.abc import Callable
from os import cpu_count
from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.record.store import free_folder
from sim.scenario.sweep_load import load_sweep
from sim.scenario.sweeps import SweepFile
from sim.sweeps.files import write_whole, written
from sim.sweeps.folder import CODEBOOK, Folder, said_by
from sim.sweeps.kept import plan_of
from sim.sweeps.plan import Plan, make_plan
from sim.sweeps.play import context_of, play
from sim.sweeps.pool import LocalPool, Pool
from sim.sweeps.read import Sweep
from sim.sweeps.runner import Progress, resume, retry

Tell = Callable[[Progress], None]


def sweep(spec: SweepFile | str | Path, folder: str | Path | None = None, *, workers: int | None = None,
          scheduler: str | None = None, progress: Tell | None = None) -> Sweep:  # fmt: skip
    """Plays a sweep into a new folder.

    spec : a sweep file, its name or its path
    folder : by default a new one, runs/sweep-NAME
    workers : processes of this machine, all by default; results do not depend on it
    scheduler : address of a Dask scheduler whose workers play instead
    Raises Stopped after Ctrl-C; `resume_sweep` goes on."""
    spec = spec if isinstance(spec, SweepFile) else load_sweep(spec)
    plan = make_plan(spec)
    path = Path(folder) if folder is not None else free_folder(Path("runs"), f"sweep-{spec.name}")
    made = Folder.make(path, plan)
    return _played(made, plan, resume, workers, scheduler, progress)


def resume_sweep(folder: str | Path, *, workers: int | None = None, scheduler: str | None = None,
                 progress: Tell | None = None) -> Sweep:  # fmt: skip
    """Plays what a sweep's folder does not hold yet: it ends with the bytes of a sweep that was never stopped."""
    return _again(folder, resume, workers, scheduler, progress)


def retry_failed(folder: str | Path, *, workers: int | None = None, scheduler: str | None = None,
                 progress: Tell | None = None) -> Sweep:  # fmt: skip
    """Plays every run that is not ok once more; the earlier records stay in their files."""
    return _again(folder, retry, workers, scheduler, progress)


def _again(folder, how, workers, scheduler, progress) -> Sweep:
    found = Folder.at(Path(folder))
    plan = plan_of(found)
    found.check(plan)
    return _played(found, plan, how, workers, scheduler, progress)


def _played(folder: Folder, plan: Plan, how, workers, scheduler, progress) -> Sweep:
    with folder.held():
        folder.log("command", said=said_by(), scheduler=scheduler)
        how(folder, plan, lambda: pool_of(plan, workers, scheduler), progress)
        done = Sweep(folder)
        with written(folder.path):
            write_whole(folder.path / CODEBOOK, done.made_codebook().to_csv(index=False).encode())
    return done


def pool_of(plan: Plan, workers: int | None, scheduler: str | None) -> Pool:
    """Workers of a scheduler, or of this machine. Raises ScenarioError for fewer workers than one."""
    if workers is not None and workers < 1:
        raise ScenarioError([Problem.value("sweep", "workers", workers, "1 or more; left out: all processors")])
    if scheduler is not None:
        from sim.sweeps.cluster import DaskPool  # late: an extra

        return DaskPool(scheduler, play, context_of(plan))
    return LocalPool(min(workers or cpu_count() or 1, plan.orders), play, context_of(plan))
