"""Sweeps of stand-ins with known answers: a function in place of the model, all else as in a real sweep.

Design, runner, writer and reader are the sweep's own; only what a run computes is given here."""

from pathlib import Path
from unittest.mock import patch

import pandas as pd

from sim.scenario.quantity import Quantity
from sim.scenario.sweep_checks import factors
from sim.scenario.sweeps import SweepFile
from sim.sweeps.codebook import codebook
from sim.sweeps.design import points
from sim.sweeps.folder import PANEL, RUNS, Folder
from sim.sweeps.orders import FAILED, OK, Played
from sim.sweeps.plan import Plan
from sim.sweeps.provenance import sealed
from sim.sweeps.read import Sweep, open_sweep
from sim.sweeps.runner import resume
from tests.sweeps.made import manifest_of

UNITS = {"y": "percent", "coercibility": "percent", "real_income": "percent"}


class Here:
    """A pool that calls a function of (row) -> outcomes in this process; an exception fails the row."""

    def __init__(self, function):
        self.function, self.waiting = function, []

    def room(self):
        return 3

    def submit(self, order, seconds):
        self.waiting.append((len(self.waiting), order))
        return self.waiting[-1][0]

    def wait(self, handles, seconds):
        handle, order = self.waiting.pop()
        yield handle, [self._one(row) for row in order.rows]

    def _one(self, row):
        try:
            found = self.function(row)
        except ArithmeticError as error:
            return Played(row.id, FAILED, str(error))
        units = {name: UNITS.get(name, "1") for name in found}
        return Played(row.id, OK, "", ["2025Q1"], {name: [value] for name, value in found.items()}, units)

    def stop(self):
        self.waiting = []


def spec_of(design, policies=("one",), scenarios=("calm",), replicates=1, seed=3, others="central"):
    """A sweep file."""
    return SweepFile.model_validate({
        "kind": "sweep", "name": "made", "description": "A stand-in.", "scenarios": list(scenarios),
        "policies": list(policies), "design": design, "replicates": replicates, "seed": seed, "others": others,
    })  # fmt: skip


def swept(path: Path, function, design, unknown=(), **more) -> Sweep:
    """A played sweep. function : Row -> outcome by name; unknown : (policy, value) that this policy does not have"""
    spec = spec_of(design, **more)
    names = factors(spec, {})
    one = Quantity(value=0.5, unit="percent", source="test", low=0.0, high=1.0, meaning="What it does.")
    known = {(s, p): {n: one for n in names if (p, n) not in unknown} for s in spec.scenarios for p in spec.policies}
    scenarios, policies = dict.fromkeys(spec.scenarios), dict.fromkeys(spec.policies)
    plan = Plan(spec, scenarios, policies, names, points(spec, names), {}, known)
    facts = {name: value for name, value in manifest_of(plan).items() if name != "checksum"}
    facts |= {"scenarios": {name: {} for name in spec.scenarios}}
    folder = Folder.make(path, plan, sealed(facts), {})
    # what reaches the disk when is tested in tests/sweeps; here it would cost minutes
    with patch("sim.sweeps.files.os.fsync"), folder.held():
        resume(folder, plan, lambda: Here(function))
    done = Sweep(folder)
    book = codebook(done.dataset(RUNS).schema, done.dataset(PANEL).schema, {name: one for name in names})
    book.to_csv(path / "codebook.csv", index=False)
    found = open_sweep(path)
    found.__dict__["plan"] = plan  # which could be made of no configs
    return found


def index_of(table: pd.DataFrame, index: str, **where) -> dict[str, float]:
    """Parameter -> value of one index."""
    mine = table[table["index"] == index]
    for key, value in where.items():
        mine = mine[mine[key] == value]
    return dict(zip(mine["parameter"], mine["value"], strict=True))
