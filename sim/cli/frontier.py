"""The command `frontier`: the efficient hedging frontier, and where each policy stands beside it.

What is computed stands in `studies/frontier.py` and `studies/standing.py`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.runs import RUNS, Form, Out, Quarters, Quiet, Seed, Workers, look_at, progress_bar
from sim.cli.tables import Format, console, show
from sim.errors import StoreError
from sim.record import store
from sim.run import as_policy, as_scenario
from sim.scenario.defaults import load_defaults
from sim.scenario.load import policies_that_fit
from sim.scenario.scenario import Scenario
from sim.studies.closed_or_solved import side_by_side
from sim.studies.frontier import yardstick
from sim.studies.standing import Standing, central_design, play, standing

DECIMALS = 6
FRONTIER_TITLE = (
    "Efficient hedging frontier: least premium at each level of loss, per cent of income; then what the solver left"
)
ENDS_TITLE = (
    "Where each policy stands, first and last quarter: by closed form at what is bought today; in the run: contracts "
    "adapted and spending included, beliefs as they came"
)
ENDS = {"policy": "policy", "quarter": "quarter", "premium": "premium %", "expected_loss": "expected loss %/yr",
        "premium_over_expected": "over the frontier %", "loss_over_expected": "loss to save %/yr",
        "tail_loss": "tail loss %", "premium_over_tail": "over the tail's frontier %",
        "run_hedging_premium": "premium in the run %", "run_expected_coercion_loss": "expected loss in the run %/yr",
        "run_tail_loss": "tail loss in the run %", "run_option_value": "option value %/yr"}  # fmt: skip


def frontier(
    scenario: Annotated[str, typer.Argument(help="name or path of a scenario")],
    policy: Annotated[list[str] | None, typer.Option(help="name or path; repeat; all by default")] = None,
    seed: Seed = 0, quarters: Quarters = None, workers: Workers = None,
    check: Annotated[
        bool, typer.Option("--check", help="the closed form beside the equilibrium at ten points instead")
    ] = False,
    out: Out = None, form: Form = Format.table, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The least premium at each level of expected and tail loss, and where each policy stands beside it over time.

    One run a policy at central values. Writes frontier.csv, path.csv and the figure; the table has the first and
    the last quarter of each policy, and the frontier's points with what the solver left.

    \b
    Example:
      hedgelab frontier tariffs_2025 --policy eu_hedge --policy status_quo --quarters 4
      hedgelab frontier baseline --check
    """
    loaded = as_scenario(scenario)
    look_at(out)
    if check:
        _check(loaded, out, form)
        return
    files = [as_policy(loaded, one) for one in policy or policies_that_fit(loaded)]
    folder = out or store.free_folder(RUNS, f"frontier-{loaded.file.name}")
    with progress_bar(f"frontier {loaded.file.name}: policies", quiet) as progress:
        _, portfolio = play(loaded, files, seed=seed, quarters=quarters, workers=workers, progress=progress)
        found = standing(central_design(loaded), portfolio)
    _save(folder, found, loaded, {file.name: file.title for file in files}, seed)
    _print(found, form)
    if not quiet and form is Format.table:
        console().print(f"saved: {folder}", soft_wrap=True)


def _print(found: Standing, form: Format) -> None:
    ends = found.ends()
    if form is Format.json:
        plain = {name: json.loads(table.to_json(orient="records", double_precision=12))
                 for name, table in (("ends", ends), ("frontier", found.frontier))}  # fmt: skip
        typer.echo(json.dumps(plain))
        return
    if form is Format.csv:  # two tables, an empty line between them
        typer.echo(f"{ends.to_csv(index=False)}\n{found.frontier.to_csv(index=False)}".rstrip())
        return
    show(found.frontier, form, FRONTIER_TITLE)
    show(ends[list(ENDS)].rename(columns=ENDS), form, ENDS_TITLE)


def _check(scenario: Scenario, out: Path | None, form: Format) -> None:
    """Prints the closed form beside the equilibrium at ten points of the frontier."""
    design = central_design(scenario)
    rows = side_by_side(design, yardstick(design))
    show(rows, form, "Closed form beside equilibrium (solved), per cent of income")
    if out is not None:
        _write(out, lambda place: rows.round(DECIMALS).to_csv(place / "check.csv", index=False))


def _save(folder: Path, found: Standing, scenario: Scenario, titles: dict[str, str], seed: int) -> None:
    """The tables and the figure, in a folder of their own."""
    from viz.figures.frontier import efficient_frontier  # late: figures are not needed to run the model
    from viz.theme import theme_of

    what = f"One run a policy, luck {seed}, at central values."
    picture = efficient_frontier(found, load_defaults().reference, theme_of(scenario), titles, what)

    def write(place: Path) -> None:
        found.save(place)
        picture.save(place / "figures")

    _write(folder, write)


def _write(folder: Path, fill) -> None:
    """A folder whole or not at all."""
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    try:
        partial.mkdir(parents=True)
        fill(partial)
        os.replace(partial, folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise StoreError(f"{folder} cannot be written ({error.strerror or error}): choose --out") from error
