"""Points of a design: for each the values that are set, and the places in ranges that each config carries itself.

A range that a config carries is walked as `sample` draws from it: low at 0, the central value at 0.5, high at 1. A
range given in the sweep is walked evenly. Latin hypercubes are keyed by name (`draws.lhs`), so a name more leaves
the columns of the others as they were; Sobol and Morris are SALib's, since its analyses ask for its own sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from sim import draws
from sim.scenario.quantity import Quantity
from sim.scenario.sweeps import Grid, LatinHypercube, Morris, Points, Sobol, SweepFile


@dataclass(frozen=True)
class Point:
    """One point: values as they are, and places in a range from 0 to 1, by name."""

    values: dict[str, float]
    places: dict[str, float]

    def of(self, known: dict[str, Quantity]) -> dict[str, float]:
        """Values of the names that a scenario and a policy have."""
        found = {name: value for name, value in self.values.items() if name in known}
        return found | {n: value_at(known[n], place) for n, place in self.places.items() if n in known}


@dataclass(frozen=True, eq=False)
class Placed(Sequence[Point]):
    """Points of a drawn design, held as numbers: a point is made when it is asked for.

    A hundred thousand points over all ranges would be gigabytes as dictionaries."""

    names: tuple[str, ...]
    at: np.ndarray  # [point, name], place from 0 to 1
    given: dict[str, list[float]]  # ranges of the sweep's own

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, number: int) -> Point:
        row = dict(zip(self.names, map(float, self.at[number]), strict=True))
        values = {name: float(_inside(row[name], ends)) for name, ends in self.given.items()}
        return Point(values, {name: place for name, place in row.items() if name not in self.given})

    def columns(self) -> dict[str, np.ndarray]:
        """Values by name and places by `place.name`, [point]."""
        column = dict(zip(self.names, self.at.T, strict=True))
        values = {name: _inside(column[name], ends) for name, ends in self.given.items()}
        return values | {f"place.{name}": places for name, places in column.items() if name not in self.given}


def _inside(place: float | np.ndarray, ends: list[float]) -> float | np.ndarray:
    low, high = ends
    # the last bit of the sum may stand above high, which no value may
    return np.clip(low + place * (high - low), low, high)


def value_at(quantity: Quantity, place: float) -> float:
    """The value at a place in its own range; its central value where it has none."""
    if quantity.low is None:
        return quantity.value
    return float(np.interp(place, [0.0, 0.5, 1.0], [quantity.low, quantity.value, quantity.high]))


def points(spec: SweepFile, names: list[str]) -> Sequence[Point]:
    """Every point, in order.

    names : from `sweep_checks.factors`"""
    design = spec.design
    if isinstance(design, Points):
        return [Point(dict(point), {}) for point in design.points]
    if isinstance(design, Grid) and design.levels is None:
        return [Point(dict(zip(names, values, strict=True)), {}) for values in product(*design.over.values())]
    given = design.over if isinstance(design.over, dict) else {}
    return Placed(tuple(names), np.ascontiguousarray(places(spec, names)), given)


def places(spec: SweepFile, names: list[str]) -> np.ndarray:
    """[point, name], each from 0 to 1: what an analysis of a drawn design starts from."""
    match spec.design:
        case Grid(levels=int(levels)):
            steps = np.linspace(0, 1, levels)
            return np.array(list(product(steps, repeat=len(names))))
        case LatinHypercube(points=count):
            columns = draws.lhs(spec.seed, names, count)  # over all ranges: the draws of `compare --runs count`
            return np.column_stack([columns[name] for name in names])
        case Sobol(base=base, second_order=second):
            from SALib.sample import sobol  # late: half a second, and most sweeps need none of it

            return sobol.sample(problem(names), base, calc_second_order=second, seed=spec.seed)
        case Morris(trajectories=count, levels=levels):
            from SALib.sample import morris

            return morris.sample(problem(names), count, num_levels=levels, seed=spec.seed)
    raise TypeError(f"a design of type {spec.design.type} has no places")


def problem(names: list[str]) -> dict:
    """The design as SALib's samplers and analyses want it told."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
