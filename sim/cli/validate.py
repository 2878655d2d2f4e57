"""The command `validate`: known answers beside what the engine gives, as a table, JSON or CSV.

What is compared is decided in `validate.py`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from sim.cli.progress import progress_bar
from sim.cli.runs import Seed, Workers
from sim.cli.tables import Format, show
from sim.errors import Problem, ScenarioError
from sim.scenario.load import configs_root
from sim.studies import episodes
from sim.studies.behaviour import behaviour as play
from sim.studies.decisions import check_decisions, decisions_summary, well_explained
from sim.studies.episodes import Question
from sim.studies.rare_earths import rare_earths
from sim.studies.stops import stops
from sim.studies.thresholds import thresholds
from sim.studies.validate import FAILED, known_answers, run_closed_forms, run_targets

NUMBERS = ("expected", "got", "difference", "tolerance")
WIDTH_OF_A_FILE = 160  # of a table that does not go to a terminal


def validate(
    targets: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="a target folder; by default all known answers that are shipped"),
    ] = None,
    format: Annotated[Format, typer.Option(help="how to print the rows")] = Format.table,
    behaviour: Annotated[
        bool, typer.Option("--behaviour", help="play every scenario under several rules instead (minutes)")
    ] = False,
    runs: Annotated[int, typer.Option(help="with --behaviour or --coercion: runs of each point", min=2)] = 6,
    quarters: Annotated[int, typer.Option(help="with --behaviour or --coercion: quarters of each run", min=1)] = 16,
    scenario: Annotated[
        list[str] | None, typer.Option(help="with --coercion: scenarios; by default those in which demands are made")
    ] = None,
    coercion: Annotated[
        Question | None,
        typer.Option(help="ask many runs about threats instead (long)"),
    ] = None,
    decisions: Annotated[
        int | None, typer.Option(help="look at this many random decisions instead (10-15 seconds each)", min=1)
    ] = None,
    rare: Annotated[bool, typer.Option("--rare-earths", help="play Japan's rare earths 2010-2024 instead")] = False,
    halted: Annotated[
        bool, typer.Option("--stops", help="play stops of supply with and without stocks and programmes instead")
    ] = False,
    programmes: Annotated[
        bool, typer.Option("--programmes", help="ask when each programme is begun instead (minutes)")
    ] = False,
    seed: Seed = 0,
    workers: Workers = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="write the rows to a file instead; a folder of tables with --behaviour"),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="a table of failed rows alone; json, csv without summary")
    ] = False,
) -> None:
    """Run known answers through the engine: expected, got, difference and verdict of every number.

    A target folder holds flows, elasticities, optional input and final shares, and cases.yaml with
    counterfactuals, expected results and tolerances. Exit status 1 when a case fails, 2 when the input is
    wrong.

    \b
    Example:
      hedgelab validate
      hedgelab validate --targets configs/targets/three_regions --format csv
      hedgelab validate --behaviour --runs 2 --quarters 8
      hedgelab validate --decisions 20 --workers 2
      hedgelab validate --rare-earths
      hedgelab validate --programmes --out programmes.csv
      hedgelab validate --stops
      hedgelab validate --coercion base-rates --runs 100 --quarters 12
    """
    findings = {"Rare earths": rare and rare_earths, "Programmes": programmes and thresholds, "Stops": halted and stops}
    for title, find in findings.items():
        if find:
            _findings(find(), title, format, out)
            return
    if coercion is not None:
        _coercion(coercion, scenario, runs, quarters, seed, workers, format, quiet, out)
        return
    if decisions is not None:
        _decisions(decisions, seed, workers, format, quiet, out)
        return
    if behaviour:
        _behaviour(runs, quarters, workers, format, quiet, out)
        return
    started = time.monotonic()
    found = known_answers(configs_root() / "targets") if targets is None else {_name(targets): _run(targets)}
    rows = pd.concat([frame.assign(target=name) for name, frame in found.items()], ignore_index=True)
    rows = rows[["target", *rows.columns[:-1]]]
    as_table = format is Format.table
    _print(rows[rows.verdict == FAILED] if quiet and as_table else rows, format, out)
    if as_table or not quiet:
        for name, frame in found.items():
            typer.echo(summary(name, frame), err=not as_table)
    if not quiet:
        typer.echo(f"{time.monotonic() - started:.1f} s", err=True)
    if (rows.verdict == FAILED).any():
        raise typer.Exit(1)


def _findings(rows: pd.DataFrame, title: str, form: Format, out: Path | None) -> None:
    """Prints or writes a table of findings; none of them is a failure."""
    if out is None:
        show(rows, form, title)
    else:
        _to_file(out, lambda file: file.write(rows.round(6).to_csv(index=False)))


def _behaviour(
    runs: int, quarters: int, workers: int | None, format: Format, quiet: bool, out: Path | None
) -> None:  # fmt: skip
    """Prints the tables of a behaviour study; they are findings, so none of them is a failure."""
    with progress_bar("behaviour: scenarios and rules", quiet) as progress:
        result = play(runs=runs, quarters=quarters, workers=workers, progress=progress)
    titles = {
        "rates": "Chosen moves a quarter, by rule (doubled: quantal response, upper bounds doubled)",
        "quality": "Do moves pay, and does anybody sit at a bound of the catalogue?",
        "signs": "Signs written down before the runs",
        "reach": "Mean goods tariffs, per cent",
    }
    for name, title in titles.items():
        show(getattr(result, name), format, title)
    if out is None:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in titles:
            getattr(result, name).round(6).to_csv(out / f"{name}.csv", index=False)
    except OSError as error:
        message = f"cannot be written ({error.strerror}); choose another folder with --out"
        raise ScenarioError([Problem(str(out), "", message)]) from error


def _coercion(question: Question, scenarios: list[str] | None, runs: int, quarters: int, seed: int,
              workers: int | None, form: Format, quiet: bool, out: Path | None) -> None:  # fmt: skip
    """Prints what many runs say about threats; these are findings, so none of them is a failure."""
    with progress_bar(f"coercion, {question.value}: tasks", quiet) as progress:
        rows = episodes.ask(question, scenarios, runs=runs, quarters=quarters, seed=seed, workers=workers,
                            progress=progress)  # fmt: skip
    if out is None:
        show(rows, form, f"Coercion over many runs: {question.value}")
    else:
        _to_file(out, lambda file: file.write(rows.round(6).to_csv(index=False)))


def _decisions(count: int, seed: int, workers: int | None, form: Format, quiet: bool, out: Path | None) -> None:
    """Prints what random decisions showed. Exit status 1 when terms do not sum or an announced flip does not flip."""
    with progress_bar("decisions", quiet) as progress:
        rows = check_decisions(count, seed=seed, workers=workers, progress=progress)
    if out is None:
        show(rows, form, "Random decisions: terms against the direct evaluation, and flips tried")
    else:
        _to_file(out, lambda file: file.write(rows.to_csv(index=False)))
    typer.echo(decisions_summary(rows), err=form is not Format.table)
    if not well_explained(rows):
        raise typer.Exit(1)


def _run(targets: Path) -> pd.DataFrame:
    return run_closed_forms(targets) if targets.suffix == ".json" else run_targets(targets)


def _name(targets: Path) -> str:
    return targets.resolve().stem if targets.suffix == ".json" else targets.resolve().name


def summary(name: str, rows: pd.DataFrame) -> str:
    """One sentence on a set of known answers."""
    failed = rows[rows.verdict == FAILED].case.unique()
    cases, text = rows.case.nunique(), f"{name}: "
    if len(failed):
        text += f"{len(failed)} of {cases} cases failed: {'; '.join(failed)}"
    else:
        text += f"{cases} cases, {len(rows)} numbers, all within tolerance"
    worst = worst_ratio(rows)
    return text + (f" (largest difference {worst:.2g} of its tolerance)" if np.isfinite(worst) else "")


def worst_ratio(rows: pd.DataFrame) -> float:
    """Largest difference over its tolerance; infinite where a number misses a tolerance of zero."""
    size = rows.difference.abs()
    return float((size / rows.tolerance).where(size > 0, 0.0).where(size.notna()).max())


def _print(rows: pd.DataFrame, format: Format, out: Path | None) -> None:
    if format is Format.csv:
        text = rows.to_csv(index=False)
    elif format is Format.json:
        text = json.dumps(rows.astype(object).where(rows.notna(), None).to_dict("records"), indent=1) + "\n"
    else:
        text = ""
    if out is None:
        _write(rows, text, sys.stdout)
        return
    _to_file(out, lambda file: _write(rows, text, file))


def _to_file(out: Path, write: Callable) -> None:
    try:
        with out.open("w", encoding="utf-8") as file:
            write(file)
    except OSError as error:
        message = f"cannot be written ({error.strerror}); choose another file with --out"
        raise ScenarioError([Problem(str(out), "", message)]) from error


def _write(rows: pd.DataFrame, text: str, file) -> None:
    if text:
        file.write(text)
        return
    width = None if file.isatty() else WIDTH_OF_A_FILE
    console = Console(file=file, width=width, highlight=False, markup=False)
    for name, frame in rows.groupby("target", sort=False):
        console.print(_table(name, frame))


def _table(name: str, rows: pd.DataFrame) -> Table:
    table = Table(title=name, title_justify="left")
    for column in ("case", "quantity", "where"):
        table.add_column(column, overflow="fold")
    for column in NUMBERS:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    last = None
    for row in rows.to_dict("records"):
        if last not in (None, row["case"]):
            table.add_section()
        numbers = ["none" if np.isnan(row[key]) else f"{row[key]:.7g}" for key in NUMBERS]
        verdict = f"{row['verdict']}: {row['reason']}" if row["reason"] else row["verdict"]
        title = row["case"] if row["case"] != last else ""
        table.add_row(title, row["quantity"], row["where"], *numbers, verdict)
        last = row["case"]
    return table
