"""When a region that follows payoffs begins each of its programmes, and at which value of a parameter that changes.

The base year is fitted once at central values; then one value moves within its range while tastes stay: what would
change the mind of the government that the fit describes? It is asked again of one without tastes. Pressure multiplies
how often others are believed to open episodes against the owner. Source: model section 11, claims C5 to C7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.engine.design import Design, design, fit
from sim.engine.step import begin, observe
from sim.moves.catalogue import HOLD, Catalogue
from sim.moves.path import Scene
from sim.moves.risk import fear
from sim.moves.ventures import ventures
from sim.scenario.defaults import load_defaults
from sim.scenario.load import load_policy, load_scenario
from sim.scenario.sample import quantities, with_values
from sim.scenario.scenario import Scenario
from sim.world.programmes import start_programmes
from sim.world.settings import Tastes
from sim.world.start import tables_of

PRESSURE = "pressure", 1.0, 8.0  # name, least and most times today's
COMMON = "model.programmes.cost_of_capital"
HALVINGS = 7  # of the range between two ends


@dataclass(frozen=True)
class Lever:
    """A value that may change a mind: where it stands and how far it may go."""

    name: str
    unit: str
    value: float
    low: float
    high: float


def thresholds(scenario: str = "baseline", only: Sequence[str] = ()) -> pd.DataFrame:
    """A row for each programme and lever, with the worth of beginning it, per cent of income a year.

    only : names of programmes; none named, all. Those that only move shares in stock domains which nobody may deny in
    the scenario cannot be begun there and have no row
    Returns programme, lever, unit, value, low, high; worth, at_low, at_high as fitted; begins_at, where the sign turns
    between today's value and an end of the range (NaN: nowhere); and the same without tastes."""
    loaded = load_scenario(scenario)
    calm = design(loaded, load_policy(load_defaults().free), fit(loaded), seed=0, run=0, shocks=False)
    scene, _ = observe(calm, begin(calm), None)
    none = Tastes.none(len(calm.base.regions), len(calm.base.domains), len(scene.settings.programmes))
    bare = replace(scene, settings=replace(scene.settings, tastes=none))
    rows = []
    for one in scene.settings.programmes:
        asked = one.name in _offered(calm) and (not only or one.name in only)
        for lever in levers(loaded, one.name) if asked else ():
            row = [one.name, lever.name, lever.unit, lever.value, lever.low, lever.high]
            for view in (scene, bare):
                row += _asked(lever, lambda value, v=view, k=one.name, x=lever: _worth(calm, loaded, v, k, x, value))
            rows.append(row)
    said = ("worth", "at_low", "at_high", "begins_at")
    columns = [
        "programme",
        "lever",
        "unit",
        "value",
        "low",
        "high",
        *said,
        *(f"{name}_without_tastes" for name in said),
    ]
    return pd.DataFrame(rows, columns=columns)


def _offered(calm: Design) -> set[str]:
    """Programmes that some actor may begin."""
    moves = (move for menu in calm.catalogues.values() for move in menu.candidates)
    return {move.group for move in moves if move.operation == "begin"}


def levers(scenario: Scenario, programme: str) -> list[Lever]:
    """Every value of a programme that has a range, the cost of capital, and pressure."""
    known, start = quantities(scenario), f"programme.{programme}."
    some = {name: one for name, one in known.items() if name.startswith(start) or name == COMMON}
    out = [Lever(name, one.unit, one.value, one.low, one.high) for name, one in some.items()
           if one.low is not None and one.low < one.high]  # fmt: skip
    name, low, high = PRESSURE
    return [*out, Lever(name, "times today's", 1.0, low, high)]


def _asked(lever: Lever, worth: Callable[[float], float]) -> list[float]:
    today, ends = worth(lever.value), [worth(end) for end in (lever.low, lever.high)]
    turned = [end for end, there in zip((lever.low, lever.high), ends, strict=True) if (there > 0) != (today > 0)]
    return [today, *ends, _turn(worth, lever.value, turned[0], today > 0) if turned else np.nan]


def _turn(worth: Callable[[float], float], near: float, far: float, begins: bool) -> float:
    """Between two values of which only one is begun at: where that turns."""
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        near, far = (middle, far) if (worth(middle) > 0) == begins else (near, middle)
    return (near + far) / 2


def _worth(calm: Design, scenario: Scenario, scene: Scene, name: str, lever: Lever, value: float) -> float:
    """The same at one value of a lever."""
    if lever.name != PRESSURE[0]:
        return worth(calm, scenario, scene, name, {lever.name: value})
    hazard = scene.settings.hazard_prior.copy()
    hazard[next(one.owner for one in scene.settings.programmes if one.name == name)] *= value
    scene = replace(scene, settings=replace(scene.settings, hazard_prior=hazard))
    return worth(calm, scenario, scene, name, {})


def worth(calm: Design, scenario: Scenario, scene: Scene, name: str, values: dict[str, float]) -> float:
    """What beginning a programme is worth, per cent of income a year, right to wait included, without mood.

    values : by dotted name, of programmes or of what they have in common"""
    settings = scene.settings
    if values:
        altered, _ = with_values(scenario, None, values)
        settings = replace(settings, programmes=start_programmes(altered, scene.base, tables_of(altered)))
        scene = replace(scene, settings=settings)
    k = next(k for k, one in enumerate(settings.programmes) if one.name == name)
    one = settings.programmes[k]
    moves = [m for m in calm.catalogues[one.owner].candidates if m.programme == k and m.operation == "begin"]
    menu = Catalogue(one.owner, (HOLD, *(replace(m, level=one.smallest) for m in moves)))
    (found,) = ventures(scene, menu, fear(scene, one.owner), {}).values()
    return found.worth()
