"""The command `analyse`: from the folder of a sweep to findings. What is computed stands in `sim/analysis`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from sim.analysis.api import Findings, analyse
from sim.analysis.sensitivity import MORRIS, PAWN, SOBOL
from sim.cli.progress import progress_bar
from sim.cli.runs import RUNS, Form, Out, Quiet, Seed
from sim.cli.tables import Format, console
from sim.errors import Problem, ScenarioError, StoreError
from sim.record import store
from sim.scenario.reading import shown
from sim.sweeps.read import open_sweep

Names = list[str] | None
PARTS = {"sensitivities": "What the outcomes hang on", "variance": "Where their spread comes from",
         "choices": "Which policy each criterion picks", "boxes": "Where policies fail"}  # fmt: skip


def analyse_sweep(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a sweep, finished or stopped")],
    outcome: Annotated[Names, typer.Option(help="column of the sweep's runs; repeat; headlines by default")] = None,
    policy: Annotated[Names, typer.Option(help="one of the sweep's; repeat; all by default")] = None,
    scenario: Annotated[Names, typer.Option(help="one of the sweep's; repeat; all by default")] = None,
    method: Annotated[
        str | None, typer.Option(help=f"{SOBOL}, {MORRIS} or {PAWN}; by default what the design gives")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="policy that the others are compared with")] = None,
    require: Annotated[
        Names, typer.Option(help="what is good enough, as 'coercibility<=0.8'; repeat; else the reference's median")
    ] = None,
    better: Annotated[
        Names, typer.Option(help="OUTCOME=lower or OUTCOME=higher, where no way is known to be good")
    ] = None,
    seed: Seed = 0, out: Out = None, form: Form = Format.table, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Sensitivities, parameters or luck, robust policies, and where policies fail: findings from a sweep.

    Plays nothing and leaves the sweep as it is. Runs without an outcome are left out and counted. Writes every
    table as CSV, their codebook, figures and report.html; --seed is that of resampling.

    \b
    Example:
      hedgelab sweep renewal --out runs/renewal
      hedgelab analyse runs/renewal
      hedgelab analyse runs/renewal --outcome coercibility --require 'coercibility<=4'
    """
    place = out or store.free_folder(RUNS, f"analysis-{open_sweep(folder).spec.name}")
    if place.exists():
        raise ScenarioError([Problem(shown(place), "", "is there already; choose another with --out, or move it away")])
    ways = _ways(better or [])
    with progress_bar(f"analyse {shown(folder)}", quiet) as tell:
        found = analyse(folder, outcome, scenarios=scenario, policies=policy, method=method, reference=reference,
                        require=require or [], better=ways, seed=seed, progress=tell)  # fmt: skip
        _save(found, place, _command(folder, outcome, policy, scenario, method, reference, require, better, seed))
    _print(found, form)
    if not quiet and form is Format.table:
        console().print(f"saved: {place}; read {place}/report.html", soft_wrap=True, highlight=False)


def _ways(pairs: list[str]) -> dict[str, str]:
    """OUTCOME=lower pairs."""
    found = {}
    for pair in pairs:
        name, sign, way = pair.partition("=")
        if not sign:
            raise ScenarioError([Problem.value("--better", name, pair, "OUTCOME=lower or OUTCOME=higher")])
        found[name] = way
    return found


def _save(found: Findings, place: Path, command: str) -> None:
    """Tables, figures and report, whole or not at all."""
    from viz.analysis import write_report  # late: figures take a second to import

    partial = place.with_name(f".{place.name}.partial-{os.getpid()}")
    try:
        write_report(found, partial, command)
        os.replace(partial, place)
    except OSError as error:
        raise StoreError(f"{place} cannot be written ({error.strerror or error}): choose --out") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _command(folder: Path, outcome: Names, policy: Names, scenario: Names, method: str | None, reference: str | None,
             require: Names, better: Names, seed: int) -> str:  # fmt: skip
    """The command that gives the same again."""
    many = {"--outcome": outcome, "--policy": policy, "--scenario": scenario, "--require": require, "--better": better}
    said = [word for option, values in many.items() for value in values or [] for word in (option, value)]
    said += ["--method", method] if method else []
    said += ["--reference", reference] if reference else []
    return shlex.join(["hedgelab", "analyse", shown(folder), *said, *(["--seed", str(seed)] if seed else [])])


def _print(found: Findings, form: Format) -> None:
    """Sentences for people; for programs every table, as one JSON object or as CSV with an empty line between."""
    if form is Format.json:
        plain = {name: json.loads(table.to_json(orient="records", double_precision=12))
                 for name, table in found.tables.items()}  # fmt: skip
        typer.echo(json.dumps({"notes": found.notes} | plain))
    elif form is Format.csv:
        typer.echo("\n\n".join(table.to_csv(index=False).rstrip() for table in found.tables.values()))
    else:
        _tell(found)


def _tell(found: Findings) -> None:
    from viz.found import box_texts, choice_text, names_of, sensitivity_texts, spread_texts  # late, as above

    names = names_of(found)
    picked = [f"{names.outcome(row['outcome'])}, {row['criterion']}: {choice_text(row, names)}"
              for _, row in found.choices.iterrows()]  # fmt: skip
    told = {"sensitivities": sensitivity_texts(found, names), "variance": spread_texts(found, names),
            "choices": picked, "boxes": box_texts(found, names)}  # fmt: skip
    screen = console()
    for heading, lines in [("Notes", found.notes), *((PARTS[part], lines) for part, lines in told.items())]:
        if lines:
            screen.print(heading, style="bold", highlight=False)
            for line in lines:
                screen.print(f"  {line}", soft_wrap=True, highlight=False, markup=False)
