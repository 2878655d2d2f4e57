"""Played sweeps under `runs/`: which there are, what their rows say, and a row as the choice that plays it again.

A name leads to a folder right under `runs/` of where the server was started, never anywhere else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import Problem, ScenarioError
from sim.scenario.quantity import Quantity
from sim.sweeps.orders import OK
from sim.sweeps.provenance import differences, manifest
from sim.sweeps.read import Sweep, open_sweep
from sim.sweeps.tables import KEYS
from viz.measures import HEADLINES
from viz.state import LARGEST_SEED, Choice
from viz.trouble import wrong

RUNS = Path("runs")
NAME = re.compile(r"\w[\w.-]{0,99}")  # no slash, no dot in front: nothing that leads out of the folder
PLACES = "place."  # columns of a design that say where in its range a value lies
BINS = 6  # of a factor with many values
MOST_LEVELS = 12


@dataclass(frozen=True, eq=False)
class Opened:
    """A sweep as the page shows it.

    rows : a row a run: keys, factors, outcomes; units : outcome -> unit
    meanings : factor -> its number in the configs; changed : inputs that are not the same as when it was played"""

    name: str
    sweep: Sweep
    rows: pd.DataFrame
    factors: list[str]
    units: dict[str, str]
    meanings: dict[str, Quantity] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    @property
    def headlines(self) -> list[str]:
        """The outcomes that policies are compared by, in their usual order; the first others where there are none."""
        known = [code for code in HEADLINES if code in self.units]
        return known or list(self.units)[: len(HEADLINES)]

    @property
    def axes(self) -> list[str]:
        """What a heat map can stand on: factors that vary, then policy and scenario where there are several."""
        return [name for name in (*self.factors, "policy", "scenario") if self.rows[name].nunique() > 1]


def sweep_names(root: Path = RUNS) -> list[str]:
    """Folders right under `runs/` that hold a sweep, by name."""
    if not root.is_dir():
        return []
    return sorted(path.name for path in root.iterdir() if NAME.fullmatch(path.name) and _is_sweep(path))


def _is_sweep(path: Path) -> bool:
    try:
        return json.loads((path / "manifest.json").read_text("utf-8")).get("kind") == "sweep"
    except (OSError, ValueError, AttributeError):
        return False


def sweep_folder(name: str, root: Path = RUNS) -> Path:
    """The folder of a name. Raises ScenarioError for what is no name of a folder right under `runs/`."""
    if not NAME.fullmatch(name):
        raise ScenarioError([wrong("sweep", "", "no_name", found=repr(name[:60]), root=root)])
    path = root / name
    if path.resolve().parent != root.resolve():
        raise ScenarioError([wrong("sweep", name, "leads_out", root=root)])
    return path


def opened(name: str, root: Path = RUNS) -> Opened:
    """A sweep with its rows. Raises ScenarioError or StoreError when there is none, or it cannot be read."""
    sweep = open_sweep(sweep_folder(name, root))
    schema = sweep.dataset().schema
    units = {one.name: one.metadata[b"unit"].decode() for one in schema if b"unit" in (one.metadata or {})}
    units = {column: unit for column, unit in units.items() if unit}  # without one they are names
    design = sweep.design
    there = [name for name in design.columns if name in schema.names and not name.startswith(PLACES)]
    factors = [name for name in there if name not in KEYS and design[name].nunique() > 1]
    rows = sweep.rows(columns=[*factors, *units]).reset_index(drop=True)
    changed = differences(sweep.manifest, json.loads(json.dumps(manifest(sweep.plan))))
    known = {key: one for values in sweep.plan.known.values() for key, one in values.items()}
    meanings = {key: known[key] for key in factors if key in known}
    return Opened(name, sweep, rows, factors, units, meanings, changed)


def choice_of(found: Opened, row_id: str, scenarios: list[str], policies: list[str]) -> Choice:
    """What the page plays for a row: the same bits as `hedgelab run --from FOLDER#ROW`.

    Raises ScenarioError for a row that there is not, and for one that a page cannot play."""
    sweep = found.sweep
    rows = sweep.rows(filter={"row": row_id})
    if rows.empty:
        raise ScenarioError([wrong("named_sweep", row_id[:80], "no_row", name=found.name)])
    row, schema = rows.iloc[0], sweep.dataset().schema
    _playable(found, row, scenarios, policies)
    named = [one.name for one in schema if one.name not in KEYS and b"unit" not in (one.metadata or {})]
    values = {name: float(row[name]) for name in named if not pd.isna(row[name])}
    made = Choice(str(row["scenario"]), str(row["policy"]), int(row["seed"]), run=int(row["run"]))
    return made.with_values(values)


def _playable(found: Opened, row: pd.Series, scenarios: list[str], policies: list[str]) -> None:
    """Raises ScenarioError, everything at once, when a choice cannot say what the row was."""

    def add(key: str, text: str, **values: object) -> None:
        problems.append(wrong("named_sweep", key, text, name=found.name, **values))

    problems: list[Problem] = []
    for kind, known in (("scenario", scenarios), ("policy", policies)):
        if row[kind] not in known:
            add(kind, "one_of", found=repr(row[kind]), known=", ".join(known))
    if found.sweep.spec.strategy:
        add("strategy", "own_rules")
    if row["seed"] > LARGEST_SEED:
        add("seed", "seed", found=row["seed"], most=LARGEST_SEED)
    if problems:
        raise ScenarioError(problems)


def heat_of(found: Opened, outcome: str, x: str, y: str, only: dict[str, str]) -> pd.DataFrame:
    """Mean of an outcome over all runs that are ok, a row a level of `y`, a column a level of `x`.

    only : {column: value}, the runs that are looked at. Factors with many values are cut in bins of equal width"""
    rows = found.rows[found.rows["state"] == OK]
    for column, value in only.items():
        rows = rows[rows[column] == value]
    places = {"x": _levels(rows[x]), "y": _levels(rows[y])}
    return rows.assign(**places).pivot_table(index="y", columns="x", values=outcome, aggfunc="mean", sort=True)


def _levels(values: pd.Series) -> pd.Series:
    """The values themselves where there are few, else the middles of bins of equal width."""
    if values.nunique() <= MOST_LEVELS or not pd.api.types.is_numeric_dtype(values):
        return values
    edges = np.linspace(values.min(), values.max(), BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    return pd.Series(middles[np.clip(np.digitize(values, edges) - 1, 0, BINS - 1)], index=values.index)
