"""Values that a scenario and a policy leave open: their names, how to set them, how to draw them from ranges.

A name is the value's place: `model.trade.contract_renewal`, `scenario.changes.norm_factor.USA`,
`policy.commitments.0.size`, `instrument.hedge.running_cost`, `region.CHN.stock_cover.energy`,
`groups.CHN.groups.workers.weight`, `split.exporter_share.CHN`, `shock.malacca.hazard`, `programme.alaska_lng.capital`.
What the values do is left to `sim.world`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from sim.draws import lhs
from sim.errors import Problem, ScenarioError
from sim.scenario.quantity import Quantity
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile

INSTRUMENT_NAMES = ("tariff", "control", "hedge", "threat", "denial")


def quantities(scenario: Scenario, policy: PolicyFile | None = None) -> dict[str, Quantity]:
    """Every number with unit, source and perhaps a range, by its dotted name."""
    return {
        name: quantity for prefix, part in _parts(scenario, policy).items() for name, quantity in _walk(part, prefix)
    }


def with_values(
    scenario: Scenario, policy: PolicyFile | None, values: Mapping[str, float], where: str = "values"
) -> tuple[Scenario, PolicyFile | None]:
    """The scenario and the policy with some values set; all wrong names and values are reported at once.

    where : what a message names as the place of the values"""
    known = quantities(scenario, policy)
    problems, changed = [], {}
    for name, value in values.items():
        if name not in known:
            problems.append(Problem(where, name, no_value(name, known)))
            continue
        try:
            changed[name] = _set(known[name], value)
        except (ValidationError, OverflowError):
            problems.append(Problem.value(where, name, value, _valid(known[name])))
    if problems:
        raise ScenarioError(problems)
    parts = _parts(scenario, policy)
    for name, quantity in changed.items():
        prefix = next(prefix for prefix in parts if name.startswith(prefix + "."))
        parts[prefix] = _put(parts[prefix], name[len(prefix) + 1 :].split("."), quantity)
    return _joined(scenario, parts), parts.get("policy")


def sample(scenario: Scenario, policy: PolicyFile | None, seed: int, runs: int) -> list[dict[str, float]]:
    """One value of every ranged quantity a run: a Latin hypercube whose median is the central value."""
    drawn = draws(scenario, policy, seed, runs)
    return [{name: float(column[run]) for name, column in drawn.items()} for run in range(runs)]


def draws(scenario: Scenario, policy: PolicyFile | None, seed: int, runs: int) -> dict[str, np.ndarray]:
    """The same by name, [run].

    u in (0, 1) becomes low at 0, value at 0.5, high at 1, linear between. Columns are keyed by name, so what
    one policy adds leaves the columns that all share as they were."""
    ranged = {
        name: quantity
        for name, quantity in quantities(scenario, policy).items()
        if quantity.sampled and quantity.low is not None and quantity.low < quantity.high
    }
    columns = lhs(seed, ranged, runs)
    return {
        name: np.interp(columns[name], [0.0, 0.5, 1.0], [quantity.low, quantity.value, quantity.high])
        for name, quantity in ranged.items()
    }


def _parts(scenario: Scenario, policy: PolicyFile | None) -> dict[str, Any]:
    parts: dict[str, Any] = {"model": scenario.model, "scenario": scenario.file}
    parts |= {f"instrument.{name}": getattr(scenario, name) for name in INSTRUMENT_NAMES}
    parts |= {"alliance": scenario.alliance, "bargaining": scenario.bargaining}
    parts |= {f"shield.{name}": shield for name, shield in scenario.shields.items()}
    parts |= {f"programme.{name}": programme for name, programme in scenario.programmes.items()}
    parts |= {f"region.{code}": region for code, region in scenario.regions.items()}
    parts |= {f"shock.{name}": shock for name, shock in scenario.shocks.items()}
    parts |= {f"groups.{code}": file for code, file in scenario.groups.items()}
    if scenario.split is not None:
        parts["split"] = scenario.split
    if policy is not None:
        parts["policy"] = policy
    return parts


def _joined(scenario: Scenario, parts: dict[str, Any]) -> Scenario:
    return replace(
        scenario,
        file=parts["scenario"],
        model=parts["model"],
        tariff=parts["instrument.tariff"],
        control=parts["instrument.control"],
        hedge=parts["instrument.hedge"],
        threat=parts["instrument.threat"],
        denial=parts["instrument.denial"],
        alliance=parts["alliance"],
        bargaining=parts["bargaining"],
        shields={name: parts[f"shield.{name}"] for name in scenario.shields},
        programmes={name: parts[f"programme.{name}"] for name in scenario.programmes},
        regions={code: parts[f"region.{code}"] for code in scenario.regions},
        shocks={name: parts[f"shock.{name}"] for name in scenario.shocks},
        groups={code: parts[f"groups.{code}"] for code in scenario.groups},
        split=parts.get("split"),
    )


def _walk(part: Any, name: str) -> Iterator[tuple[str, Quantity]]:
    if isinstance(part, Quantity):
        yield name, part
        return
    for key, child in _children(part):
        yield from _walk(child, f"{name}.{key}")


def _children(part: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(part, BaseModel):
        yield from ((key, getattr(part, key)) for key in type(part).model_fields)
    elif isinstance(part, dict):
        yield from part.items()
    elif isinstance(part, (list, tuple)):
        yield from enumerate(part)


def _put(part: Any, path: list[str], quantity: Quantity) -> Any:
    if not path:
        return quantity
    key, rest = path[0], path[1:]
    if isinstance(part, BaseModel):
        return part.model_copy(update={key: _put(getattr(part, key), rest, quantity)})
    if isinstance(part, dict):
        return part | {key: _put(part[key], rest, quantity)}
    at = int(key)
    return [*part[:at], _put(part[at], rest, quantity), *part[at + 1 :]]


def _set(quantity: Quantity, value: float) -> Quantity:
    number = float(value) if isinstance(value, np.floating | np.integer) else value
    return type(quantity).model_validate(quantity.model_dump() | {"value": number})


def _valid(quantity: Quantity) -> str:
    unit = "" if quantity.unit == "1" else f" {quantity.unit}"
    if quantity.low is not None:
        return f"a number from {quantity.low:g} to {quantity.high:g}{unit}, its range in the config"
    bounds = [m for m in type(quantity).model_fields["value"].metadata if hasattr(m, "ge") or hasattr(m, "le")]
    least = next((m.ge for m in bounds if hasattr(m, "ge")), None)
    most = next((m.le for m in bounds if hasattr(m, "le")), None)
    if least is None or most is None:
        return f"a finite number{unit}"
    return f"a number from {least:g} to {most:g}{unit}"


def no_value(name: str, known: Mapping[str, Quantity]) -> str:
    """What is wrong with a name that is none, with what may have been meant."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"names start with {_starts(known)}"
    return f"is no value that can be set; {hint}"


def _starts(known: Mapping[str, Quantity]) -> str:
    return ", ".join(dict.fromkeys(name.split(".")[0] for name in known))
