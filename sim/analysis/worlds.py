"""A sweep's tables as arrays: one world a point of the design and luck, the same worlds under every policy.

A run without a record or without an outcome is NaN here and stays out of every number; who leaves it out says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sim import draws
from sim.errors import Problem, ScenarioError, StoreError
from sim.scenario.sweeps import Morris, Sobol
from sim.sweeps.orders import FAILED, KILLED, OK, PENDING, TIMEOUT
from sim.sweeps.read import Sweep

Floats = NDArray[np.float64]
COUNTS = ("runs", OK, FAILED, TIMEOUT, KILLED, PENDING, "not_computed")


@dataclass(frozen=True)
class Worlds:
    """What an analysis starts from."""

    sweep: Sweep
    rows: pd.DataFrame  # runs with a record: which, state, values of the design, outcomes
    scenarios: list[str]
    policies: list[str]
    outcomes: list[str]
    units: dict[str, str]  # of the outcomes
    names: list[str]  # what the design varies
    places: Floats | None  # [point, name], 0 to 1; None for a grid of given values and for a list

    @property
    def points(self) -> int:
        """Points of the design, played or not."""
        return self.sweep.manifest["points"]

    @property
    def replicates(self) -> int:
        """Lucks."""
        return self.sweep.spec.replicates

    @property
    def groups(self) -> NDArray[np.int64]:
        """[point]: points that share coordinates by design have the same number, and are resampled together."""
        return np.arange(self.points) // group_size(self.sweep, len(self.names))

    def cells(self, scenario: str, policy: str, outcome: str) -> Floats:
        """[point, replicate]: the outcome in the last quarter; NaN where there is none."""
        mine = self._of(scenario, policy)
        found = np.full((self.points, self.replicates), np.nan)
        found[mine["point"], mine["replicate"]] = mine[outcome].where(mine["state"] == OK)
        return found

    def values(self, scenario: str, policy: str) -> pd.DataFrame:
        """A row a point: values in their own units, of the names that this scenario and policy have.

        A name that a point of a list leaves out has its central value. Points not played yet are NaN."""
        mine = self._of(scenario, policy).drop_duplicates("point").set_index("point")
        mine = mine[[name for name in self.names if name in mine]].dropna(axis="columns", how="all")
        if mine.isna().to_numpy().any():  # asked only then, since the plan is made of the configs
            known = self.sweep.plan.known[scenario, policy]
            mine = mine.fillna({name: known[name].value for name in mine})
        return mine.reindex(range(self.points))

    def row_id(self, scenario: str, policy: str, point: int, replicate: int) -> str:
        """How the run is called in the sweep."""
        return f"{point}.{scenario}.{policy}.{replicate}"

    def counts(self) -> pd.DataFrame:
        """Runs by scenario, policy and outcome: how many there should be, by state, and without this outcome."""
        total = self.points * self.replicates
        found = []
        for scenario in self.scenarios:
            for policy in self.policies:
                mine = self._of(scenario, policy)
                states = mine["state"].value_counts()
                held = {state: int(states.get(state, 0)) for state in (OK, FAILED, TIMEOUT, KILLED)}
                for outcome in self.outcomes:
                    empty = int(mine.loc[mine["state"] == OK, outcome].isna().sum())
                    found.append({"scenario": scenario, "policy": policy, "outcome": outcome, "runs": total, **held,
                                  PENDING: total - len(mine), "not_computed": empty})  # fmt: skip
        return pd.DataFrame(found, columns=["scenario", "policy", "outcome", *COUNTS])

    def _of(self, scenario: str, policy: str) -> pd.DataFrame:
        return self.rows[(self.rows["scenario"] == scenario) & (self.rows["policy"] == policy)]


def read_worlds(sweep: Sweep, outcomes: list[str], scenarios: Iterable[str] | None = None,
                policies: Iterable[str] | None = None) -> Worlds:  # fmt: skip
    """The columns that are needed, of the scenarios and policies asked for (all by default).

    outcomes : from `outcomes.chosen`
    Raises ScenarioError for an unknown name, StoreError when no run has an outcome."""
    names = list(sweep.manifest["varied"])
    mine = {"scenario": _some(sweep, "scenario", scenarios, list(sweep.manifest["scenarios"])),
            "policy": _some(sweep, "policy", policies, list(sweep.manifest["policies"]))}  # fmt: skip
    schema = sweep.dataset().schema
    rows = sweep.rows([*(name for name in names if name in schema.names), *outcomes], mine)
    if not (rows["state"] == OK).any():
        raise _nothing(sweep)
    units = {name: (schema.field(name).metadata or {}).get(b"unit", b"").decode() for name in outcomes}
    return Worlds(sweep, rows, mine["scenario"], mine["policy"], outcomes, units, names, _places(sweep, names))


def numeric_outcomes(sweep: Sweep) -> list[str]:
    """Outcomes that are numbers: columns with a unit of their own. Raises StoreError when there is none."""
    found = [field.name for field in sweep.dataset().schema
             if pa.types.is_floating(field.type) and (field.metadata or {}).get(b"unit")]  # fmt: skip
    if not found:
        raise _nothing(sweep)
    return found


def group_size(sweep: Sweep, names: int) -> int:
    """Points that follow from one another in a design: a base point with its neighbours, a trajectory; else 1."""
    match sweep.spec.design:
        case Sobol(second_order=second):
            return (2 * names if second else names) + 2
        case Morris():
            return names + 1
    return 1


@lru_cache(maxsize=4)
def resampled(seed: int, channel: str, times: int, size: int) -> NDArray[np.int64]:
    """[time, place]: which of `size` things a bootstrap takes, with replacement; keyed, so the same every time.

    With very many things it is done fewer times, fifty at least: ten million numbers are enough."""
    times = max(50, min(times, 10**7 // size))
    luck = draws.uniform(seed, f"analysis.{channel}", np.arange(times)[:, None], np.arange(size)[None, :], "", "")
    return (luck * size).astype(int)


@dataclass(frozen=True)
class Clusters:
    """Rows that a bootstrap takes together."""

    order: NDArray[np.int64]  # rows, those of a cluster beside each other
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, groups: NDArray[np.int64]) -> Clusters:
        """groups : [row], rows with the same number are one cluster"""
        order = np.argsort(groups, kind="stable")
        _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
        return cls(order, starts, sizes)

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self, picks: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of the clusters picked, one after the other."""
        sizes = self.sizes[picks]
        inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.order[np.repeat(self.starts[picks], sizes) + inside]


def _nothing(sweep: Sweep) -> StoreError:
    return StoreError(f"{sweep.path} holds no run with an outcome: hedgelab sweep status {sweep.path} says why")


def _some(sweep: Sweep, what: str, wanted: Iterable[str] | None, there: list[str]) -> list[str]:
    wanted = list(dict.fromkeys(wanted or there))
    unknown = [name for name in wanted if name not in there]
    if unknown:
        message = f"names {', '.join(unknown)}; must be among {', '.join(there)}"
        raise ScenarioError([Problem(str(sweep.path), what, message)])
    return wanted


def _places(sweep: Sweep, names: list[str]) -> Floats | None:
    """Places from 0 to 1, as the design drew them."""
    design, over = sweep.design, getattr(sweep.spec.design, "over", None)
    columns = []
    for name in names:
        if f"place.{name}" in design:
            columns.append(design[f"place.{name}"].to_numpy())
        elif sweep.spec.design.type in ("lhs", "sobol", "morris") and isinstance(over, dict):
            low, high = over[name]
            columns.append((design[name].to_numpy() - low) / (high - low))
        else:
            return None
    return np.column_stack(columns) if columns else None
