"""The commands of sweeps: sweep (with resume, retry-failed, status) and rerun. What they do stands in `sim/sweeps`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import cpu_count
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from sim.cli import again
from sim.cli.progress import progress_bar
from sim.cli.runs import RUNS, Form, Out, Quiet, Workers
from sim.cli.tables import HEADLINES, Format, console, show
from sim.errors import Problem, RunsFailed, ScenarioError
from sim.record import store
from sim.scenario.load import find
from sim.scenario.reading import shown
from sim.scenario.sweep_load import load_sweep
from sim.sweeps import api
from sim.sweeps.again import Rerun, rerun_rows
from sim.sweeps.estimate import estimate
from sim.sweeps.folder import LOG
from sim.sweeps.orders import FAILED, KILLED, OK, PENDING, STATES, TIMEOUT
from sim.sweeps.plan import make_plan
from sim.sweeps.read import Sweep, open_sweep
from sim.sweeps.runner import Progress

LINE_EVERY = 10.0  # seconds between two lines of progress where there is no terminal
ON_FOLDERS = ("resume", "retry-failed", "status")


def sweep(
    spec: Annotated[str, typer.Argument(help="name or path of a sweep file; or resume, retry-failed, status")],
    folder: Annotated[
        Path | None, typer.Argument(help="with resume, retry-failed or status: the folder of a sweep")
    ] = None,
    workers: Workers = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler whose workers play, as tcp://host:8786")
    ] = None,
    out: Out = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="runs, time and disk; plays one run to measure")] = False,
    form: Form = Format.table,
    quiet: Quiet = False,
) -> None:
    """Play scenarios x policies x points of a design x replicates on common luck; every run is kept when it is done.

    A run that fails, hangs or takes its process with it is a row with its state and error and stops nothing. Ctrl-C
    leaves a folder that `resume` goes on with, to the same bytes. `retry-failed` plays what is not ok once more,
    `status` counts. Bits do not depend on --workers or --scheduler.

    \b
    Example:
      hedgelab sweep renewal --dry-run
      hedgelab sweep renewal --workers 2 --out runs/renewal
      hedgelab sweep status runs/renewal
      hedgelab sweep resume runs/renewal
      hedgelab sweep retry-failed runs/renewal
    """
    if spec in ON_FOLDERS:
        if folder is None:
            raise ScenarioError([Problem(f"hedgelab sweep {spec}", "FOLDER", "is missing; give the folder of a sweep")])
        _refuse(f"sweep {spec}", {"--dry-run": dry_run, "--out": out}, "for a sweep that begins, not for a folder")
        if spec == "status":
            _refuse("sweep status", {"--workers": workers, "--scheduler": scheduler}, "for what plays; status counts")
            _status(open_sweep(folder), form)
            return
        how = api.resume_sweep if spec == "resume" else api.retry_failed
        _one_place("sweep", workers, scheduler)
        with told(f"{spec} {shown(folder)}", quiet) as tell:
            done = how(folder, workers=workers, scheduler=scheduler, progress=tell)
        _print(done, form, quiet)
        return
    if folder is not None:
        message = f"is {str(folder)!r}, which only {', '.join(ON_FOLDERS)} take; where to write is --out"
        raise ScenarioError([Problem("hedgelab sweep", "FOLDER", message)])
    file = load_sweep(spec)
    if dry_run:
        _refuse("sweep --dry-run", {"--out": out, "--scheduler": scheduler}, "for a sweep that is played; for another "
                "number of workers say --workers")  # fmt: skip
        _dry_run(file, spec, workers, form)
        return
    _one_place("sweep", workers, scheduler)
    with told(f"sweep {file.name}", quiet) as tell:
        done = api.sweep(file, out or _new_folder(file.name), workers=workers, scheduler=scheduler, progress=tell)
    _print(done, form, quiet)


def _refuse(command: str, given: dict[str, object], only: str) -> None:
    """Options that a command would pass over. only : what they are for"""
    wrong = [name for name, one in given.items() if one not in (None, False)]
    if wrong:
        are, them = ("is", "it") if len(wrong) == 1 else ("are", "them")
        raise ScenarioError([Problem(f"hedgelab {command}", ", ".join(wrong), f"{are} {only}; leave {them} out")])


def _one_place(command: str, workers: int | None, scheduler: str | None) -> None:
    """Workers of this machine or those of a scheduler, not both."""
    if scheduler is not None:
        _refuse(command, {"--workers": workers}, "for processes of this machine, and --scheduler has its own workers")


def _new_folder(name: str) -> Path:
    """runs/sweep-NAME, or the next free one; a sweep that was stopped there is not passed over in silence."""
    usual = RUNS / f"sweep-{name}"
    if (usual / "manifest.json").is_file() and open_sweep(usual).counts[PENDING]:
        return usual  # refused, with the command that goes on
    return store.free_folder(RUNS, f"sweep-{name}")


@contextmanager
def told(title: str, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A bar with rate, time to go and states on a terminal; lines elsewhere; nothing when quiet."""
    if quiet:
        yield None
        return
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield _lines(title)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Bar(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(title, total=None, said="")
        yield lambda p: bar.update(task, total=p.total, completed=p.done, said=progress_words(p))


def _lines(title: str) -> Callable[[Progress], None]:
    last = [float("-inf")]

    def tell(progress: Progress) -> None:
        if time.monotonic() - last[0] < LINE_EVERY and progress.done < progress.total:
            return
        last[0] = time.monotonic()
        sys.stderr.write(f"{title}: {progress_words(progress)}\n")
        sys.stderr.flush()

    return tell


def progress_words(progress: Progress) -> str:
    """`12 of 400 runs (11 ok, 1 failed), 2.1 runs/s, 3 min 5 s to go`."""
    states = ", ".join(f"{progress.counts[s]} {s}" for s in STATES if progress.counts[s])
    text = f"{progress.done} of {progress.total} runs" + (f" ({states})" if states else "")
    if progress.rate is None or progress.done >= progress.total:
        return text
    rate = f"{progress.rate:.2g} runs/s" if progress.rate >= 0.1 else f"{60 * progress.rate:.2g} runs/min"
    return f"{text}, {rate}, {duration(progress.seconds_to_go)} to go"


def duration(seconds: float) -> str:
    """`2 h 5 min`, `3 min 5 s`, `12 s`."""
    whole = max(0, round(seconds))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def size(number: float) -> str:
    """`3.2 GB`, `120 MB`, `14 kB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            return f"{number / factor:.2g} {unit}" if number < 10 * factor else f"{number / factor:.0f} {unit}"
    return f"{number:.0f} bytes"


def _dry_run(file, spec: str, workers: int | None, form: Format) -> None:
    plan = make_plan(file, shown(find("sweep", spec)))
    if form is Format.table:
        typer.echo(
            f"{file.name}: {len(plan.points)} points x {len(plan.scenarios)} scenarios x {len(plan.policies)} policies "
            f"x {file.replicates} replicates = {plan.rows} runs in {plan.chunks} chunks; {len(plan.factors)} values "
            "varied"
        )
    found = estimate(plan, workers or cpu_count() or 1)
    if form is not Format.table:
        show(pd.DataFrame([vars(found)]), form)
        return
    passed = f"; {found.failed} tried before it could not be measured" if found.failed else ""
    typer.echo(
        f"about {duration(found.seconds)} with {found.workers} workers, {size(found.bytes)} on disk (from one run of "
        f"{found.measured_quarters} quarters: {found.fit_seconds:.1f} s to fit a draw, {found.quarter_seconds:.2f} s a "
        f"quarter{passed})"
    )


def _status(done: Sweep, form: Format) -> None:
    counts = done.counts
    if form is not Format.table:
        show(pd.DataFrame([{state: counts[state] for state in STATES} | {"running": done.folder.busy}]), form)
        return
    states = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    typer.echo(f"{done.spec.name}: {done.manifest['rows']} runs: {states}")
    if done.folder.busy:
        typer.echo("a sweep is playing it now")
    elif counts[PENDING]:
        typer.echo(f"next: hedgelab sweep resume {shown(done.path)}")
    for line in _errors(done)[:5]:
        typer.echo(line)
    if not counts[PENDING] and any(counts[s] for s in (FAILED, TIMEOUT, KILLED)):
        typer.echo(f"next: hedgelab sweep retry-failed {shown(done.path)}")


def _errors(done: Sweep) -> list[str]:
    """The last errors by kind of sentence, from the log."""
    path, found = done.path / LOG, {}
    states = done.folder.states()
    for text in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            line = json.loads(text)
        except ValueError:
            continue  # cut short by a kill
        if "error" in line and states.get(line.get("row")) == line.get("what"):
            found.setdefault((line["what"], line["error"]), []).append(line["row"])
    return [f"{state}, {len(set(rows))} x, first {rows[0]}: {' '.join(error.split())}"
            for (state, error), rows in found.items()]  # fmt: skip


def _print(done: Sweep, form: Format, quiet: bool) -> None:
    counts, table = done.counts, done.runs
    ok = table[table.state == OK]
    if form is not Format.table:
        show(table, form)
    elif len(ok):
        show(_means(done, ok), form, f"{done.spec.description.strip()} (means at the end of N runs)")
    states = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    if not quiet and form is Format.table:
        console().print(f"{states}; tables: {done.path}", soft_wrap=True, highlight=False)
        row = table.row.iloc[0]
        console().print(f"next: hedgelab run --from '{done.path}#{row}'", soft_wrap=True, highlight=False)
    if counts.keys() - {OK}:
        first = next(iter(_errors(done)), "")
        raise RunsFailed(f"{states}; {first}; hedgelab sweep retry-failed {done.path} plays them once more")


def _means(done: Sweep, ok: pd.DataFrame) -> pd.DataFrame:
    """Headline outcomes by scenario, policy and, in a small design, what was varied."""
    few = done.spec.design.type in ("grid", "list") and done.manifest["points"] <= 40
    varied = [name for name in done.manifest["varied"] if name in ok] if few else []
    titles = {measure: title for title, measure, *_ in HEADLINES if measure in ok}
    groups = ok.groupby([*varied, "scenario", "policy"], sort=False, dropna=False)
    means = groups[list(titles)].mean().rename(columns=titles)
    return means.assign(N=groups.size()).reset_index()


def rerun(
    folder: Annotated[Path, typer.Argument(help="folder of a run, a comparison or a sweep")],
    rows: Annotated[int | None, typer.Option(help="of a sweep: so many rows, evenly spread; else all", min=1)] = None,
    workers: Workers = None,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="of a sweep: Dask scheduler")] = None,
    form: Form = Format.table,
    quiet: Quiet = False,
) -> None:
    """Play a saved run, comparison or sweep again and say whether the bits are the same, and what differs.

    Inputs that changed since - code, data, versions - are named. Exit status 1 when any bit differs.

    \b
    Example:
      hedgelab rerun runs/run-baseline-status_quo-s0
      hedgelab rerun runs/sweep-renewal --rows 20
    """
    kind = again.kind_of(folder)
    with progress_bar(f"rerun {shown(folder)}", quiet) as progress:
        if kind == "sweep":
            _one_place("rerun", workers, scheduler)
            done = open_sweep(folder)
            found = rerun_rows(done, lambda: api.pool_of(done.plan, workers, scheduler), rows, progress)
        else:
            one = f"{shown(folder)} is a {kind}"
            _refuse("rerun", {"--rows": rows, "--scheduler": scheduler}, f"for a sweep, and {one}")
            if kind == "run":
                _refuse("rerun", {"--workers": workers}, f"for many runs, and {one}")
            found = again.rerun_saved(folder, workers, progress)
    _print_rerun(found, folder, form)


def _print_rerun(found: Rerun, folder: Path, form: Format) -> None:
    if form is not Format.table:
        rows = [{"of": of, "differs": what} for of, names in found.differs.items() for what in names]
        show(pd.DataFrame(rows, columns=["of", "differs"]), form)
    else:
        passed = f"; {found.not_compared} were not compared (no outcome in the sweep)" if found.not_compared else ""
        typer.echo(f"{found.same} of {found.compared} {found.what} are the same to the last bit{passed}")
        for of, names in list(found.differs.items())[:10]:
            typer.echo(f"{of}: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}")
        if found.changed:
            typer.echo(f"changed since: {', '.join(found.changed)}")
    if not found.compared:
        raise RunsFailed(f"{shown(folder)} holds nothing that could be compared: play it to its end first")
    if found.differs:
        why = "; what changed since stands above" if found.changed else "; no input changed, so the machine differs"
        raise RunsFailed(f"{len(found.differs)} of {found.compared} {found.what} differ{why}")
