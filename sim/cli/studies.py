"""The commands of studies: calibrate, nash and app. `app.py` names them; what they do stands in `studies/`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from sim.cli.progress import progress_bar
from sim.cli.runs import Form, Quiet, Set, Workers, parse_values
from sim.cli.tables import Format, show
from sim.errors import Problem, RunsFailed, ScenarioError
from sim.rules.backend import kernel
from sim.run import as_scenario
from sim.scenario.activity import activity_path
from sim.scenario.sample import with_values
from sim.studies import nash as tariff_war
from sim.studies.bargaining import calibrate_bargaining
from sim.studies.calibrate import calibrate as fit_all
from sim.studies.calibrate import ridge, write
from sim.studies.fit_runs import fit_on_runs
from sim.studies.fit_runs import write as write_bargaining


def calibrate(
    scenario: Annotated[str, typer.Option(help="scenario whose base year and actors are fitted")] = "baseline",
    out: Annotated[Path | None, typer.Option(help="folder to write; by default the configs that runs read")] = None,
    along_ridge: Annotated[bool, typer.Option("--ridge", help="also what activity leaves open (minutes)")] = False,
    workers: Workers = None,
    form: Form = Format.table,
    quiet: Quiet = False,
) -> None:
    """Refit tastes, base mark-ups, costs of acting and private values of episodes; write them with their diagnostics.

    Private values are fitted to rates over runs (200 a trial, up to ten trials: some minutes each).

    \b
    Example:
      hedgelab calibrate --out runs/fit
    """
    with progress_bar("calibrate", quiet) as tell:
        result = fit_all(scenario)
        table = ridge(scenario) if along_ridge else None
        bargain = fit_on_runs(calibrate_bargaining(), workers=workers, progress=tell)
    show(result.activity, form, "Costs of acting (percent of income), fitted to recorded moves 2018-24")
    if form is Format.table and not quiet:
        show(result.tastes, form, "Tastes that keep the base year at rest")
        show(result.hedges.head(15), form, "Base mark-ups inferred from the base portfolio, largest first")
        show(result.binding, form, "Candidates held at zero by a taste")
        show(bargain.rates, form, "Base rates of coercion over runs: fitted and held out, with 95 % bands")
        show(bargain.trials, form, "Trials of the two medians (percent of income)")
        show(bargain.base_year.ranges, form, "Fitted to the base year alone, at the ends of what is assumed")
    folder = out or activity_path().parent
    for path in [*write(result, folder, table), *write_bargaining(bargain, folder)]:
        if not quiet:
            typer.echo(f"wrote {path}", err=True)


def nash(
    scenario: Annotated[
        str, typer.Argument(help="name or path of a scenario; its dated tariffs play no part")
    ] = "baseline",
    by: Annotated[
        tariff_war.By, typer.Option(help="one rate on all foreign goods, or one a partner")
    ] = tariff_war.By.uniform,
    links: Annotated[bool, typer.Option(help="input-output links and base mark-ups, as in a run, or neither")] = True,
    everyone: Annotated[bool, typer.Option("--everyone", help="every region plays, not the actors alone")] = False,
    damping: Annotated[float, typer.Option(help="share of the old rate that stays at each answer", min=0, max=0.9)] = 0,
    sweeps: Annotated[int, typer.Option(help="most rounds of answers", min=1, max=1000)] = tariff_war.SWEEPS,
    value: Set = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="write the rows to a file too, as CSV")] = None,
    form: Form = Format.table,
    quiet: Quiet = False,
) -> None:
    """Nash tariffs by iterated best response, beside the closed form of Lashkaripour (2021).

    Each actor sets the tariff on foreign goods that maximises its long-run real income given the others', in
    turn, until nobody moves; norms, politics and answers play no part. Tariffs, and real incomes against the
    base year, in per cent. Exit status 1 when the answers do not come to rest.

    \b
    Example:
      hedgelab nash
      hedgelab nash baseline --no-links --everyone --format csv
      hedgelab nash --by partner --set model.trade.long_run_position=0
    """
    _look_at_file(out)
    loaded = with_values(as_scenario(scenario), None, parse_values(value))[0]
    game = tariff_war.game_of(loaded, by, links, everyone)
    with progress_bar("nash: rounds of answers", quiet) as progress:
        study = tariff_war.play(game, damping, sweeps, progress)
    as_table = form is Format.table
    shown = study.table.drop(columns=["last_change", "at_bracket"]) if as_table else study.table
    show(shown, form, f"Tariff war on {loaded.file.title}: tariffs and real income, per cent")
    if out is not None:
        _write_rows(study.table, out)
    for sentence in [*([] if quiet else [study.rest()]), *study.ends()]:
        typer.echo(sentence, err=not as_table)
    if not study.nash.converged:
        raise RunsFailed(f"no Nash equilibrium: {study.rest()}; try --damping 0.5 or more --sweeps")


def _look_at_file(out: Path | None) -> None:
    """Refuses a file that cannot be written before anything is computed."""
    if out is None:
        return
    if out.is_dir() or not out.absolute().parent.is_dir():
        message = f"is {str(out)!r}; must be a file in a folder that is there"
        raise ScenarioError([Problem("hedgelab nash", "--out", message)])


def _write_rows(rows: pd.DataFrame, out: Path) -> None:
    """The rows as CSV, whole or not at all."""
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    try:
        rows.round(6).to_csv(partial, index=False)
        os.replace(partial, out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        message = f"cannot be written ({error.strerror}); choose another file with --out"
        raise ScenarioError([Problem(str(out), "", message)]) from error


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

    kernel()  # a compiled one is there before anybody clicks
    serve(host, port, browser)
