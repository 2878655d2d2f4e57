"""The commands of studies: sweep, calibrate and app. `app.py` names them; what they do stands in `studies/`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.runs import RUNS, Form, Out, Quiet, Workers, progress_bar
from sim.cli.tables import Format, console, show
from sim.errors import RunsFailed
from sim.scenario.activity import activity_path
from sim.scenario.load import load_sweep
from sim.studies.calibrate import calibrate as fit_all
from sim.studies.calibrate import ridge, write
from sim.studies.sweep import plan, read
from sim.studies.sweep import sweep as play


def sweep(
    spec: Annotated[str, typer.Argument(help="name or path of a sweep file")],
    workers: Workers = None,
    out: Out = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be played, play nothing")] = False,
    form: Form = Format.table,
    quiet: Quiet = False,
) -> None:
    """Play a grid of values under several policies; the same command goes on with a sweep that was stopped.

    \b
    Example:
      hedgelab sweep renewal --workers 2
    """
    file = load_sweep(spec)
    tasks, _ = plan(file)
    if dry_run:
        typer.echo(
            f"{file.name}: {len(tasks)} tasks x {len(file.policies)} policies = {len(tasks) * len(file.policies)} runs"
        )
        return
    folder = out or RUNS / f"sweep-{file.name}"
    with progress_bar(f"sweep {file.name}: tasks", quiet) as progress:
        done = play(file, folder, workers=workers, progress=progress)
    table = read(folder)
    ok = table[table.state == "ok"]
    mean = ok.groupby([*file.grid, "policy", "measure", "partner", "unit"], sort=False).value.mean().reset_index()
    shown = mean if form is not Format.table else mean[mean.partner.eq("all")]
    show(shown, form, f"{file.description.strip()} (means at the end, {file.runs} runs a point)")
    if not quiet and form is Format.table:
        counts = f"{done.ok} runs ok, {done.failed} failed, {done.resumed} tasks were there"
        console().print(f"{counts}; table: {folder}/chunks", soft_wrap=True)
    if done.failed:
        raise RunsFailed(f"{done.failed} runs failed; their rows in {folder}/chunks say why")


def calibrate(
    scenario: Annotated[str, typer.Option(help="scenario whose base year and actors are fitted")] = "baseline",
    out: Annotated[Path | None, typer.Option(help="folder to write; by default the configs that runs read")] = None,
    along_ridge: Annotated[bool, typer.Option("--ridge", help="also what activity leaves open (minutes)")] = False,
    form: Form = Format.table,
    quiet: Quiet = False,
) -> None:
    """Refit tastes, base mark-ups and costs of acting at central values; write them with their diagnostics.

    \b
    Example:
      hedgelab calibrate --out runs/fit
    """
    with progress_bar("calibrate", quiet):
        result = fit_all(scenario)
        table = ridge(scenario) if along_ridge else None
    show(result.activity, form, "Costs of acting (percent of income), fitted to recorded moves 2018-24")
    if form is Format.table and not quiet:
        show(result.tastes, form, "Tastes that keep the base year at rest")
        show(result.hedges.head(15), form, "Base mark-ups inferred from the base portfolio, largest first")
        show(result.binding, form, "Candidates held at zero by a taste")
    for path in write(result, out or activity_path().parent, table):
        if not quiet:
            typer.echo(f"wrote {path}", err=True)


def app(
    port: Annotated[int, typer.Option(help="port of the page", min=1, max=65535)] = 8765,
    host: Annotated[str, typer.Option(help="address to serve on; 0.0.0.0 for a classroom")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="open a browser window")] = True,
) -> None:
    """Open the browser lab: choose a scenario, a policy and a luck, press play.

    \b
    Example:
      hedgelab app --port 8800 --no-browser
    """
    from viz.serve import serve  # late: the page is not needed to run the model

    serve(host, port, browser)
