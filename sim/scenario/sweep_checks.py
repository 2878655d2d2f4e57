"""What a sweep says about its scenarios and policies: which of its names can be set, and by which range.

A name counts where a scenario or a policy has it: one policy's own value is varied under that policy alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import prod

from sim.errors import Problem, ScenarioError
from sim.scenario import sample
from sim.scenario.quantity import Quantity
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.scenario.sweeps import Grid, LatinHypercube, Morris, Points, Sobol, SweepFile

Pair = tuple[str, str]  # scenario, policy
MOST_POINTS = 2**24  # as many as a Latin hypercube may have
MOST_NUMBERS = 10**9  # of all points together: 8 GB


def known_values(scenarios: Mapping[str, Scenario], policies: Mapping[str, PolicyFile]) -> dict[Pair, dict]:
    """(scenario, policy) -> name -> Quantity."""
    return {(s, p): sample.quantities(scenarios[s], policies[p]) for s in scenarios for p in policies}


def ranged(quantity: Quantity) -> bool:
    """Whether ensembles vary it by its own range."""
    return quantity.sampled and quantity.low is not None and quantity.low < quantity.high


def factors(spec: SweepFile, known: Mapping[Pair, Mapping[str, Quantity]]) -> list[str]:
    """Names that the design varies, in its order; `all` is every ranged value of any scenario and policy."""
    design = spec.design
    if isinstance(design, Points):
        return list(dict.fromkeys(name for point in design.points for name in point))
    if design.over != "all":
        return list(design.over)
    return list(dict.fromkeys(n for values in known.values() for n, quantity in values.items() if ranged(quantity)))


def count(spec: SweepFile, names: list[str]) -> int:
    """How many points the design has."""
    match spec.design:
        case Points(points=points):
            return len(points)
        case Grid(levels=None, over=over):
            return prod(len(over[name]) for name in names)
        case Grid(levels=levels):
            return levels ** len(names)
        case LatinHypercube(points=points):
            return points
        case Sobol(base=base, second_order=second):
            return base * ((2 if second else 1) * len(names) + 2)
        case Morris(trajectories=trajectories):
            return trajectories * (len(names) + 1)


def problems(spec: SweepFile, file: str, scenarios: Mapping[str, Scenario],
             policies: Mapping[str, PolicyFile]) -> list[Problem]:  # fmt: skip
    """Every name that cannot be set, every range that is none, every value outside the config's own range; or a
    design that no machine holds."""
    known = known_values(scenarios, policies)
    return _wrong_names(spec, file, known, scenarios, policies) or too_large(spec, file, factors(spec, known))


def too_large(spec: SweepFile, file: str, names: list[str]) -> list[Problem]:
    """A design whose points are more than can be held at once, told before they are made."""
    points = count(spec, names)
    if points <= MOST_POINTS and points * len(names) <= MOST_NUMBERS:
        return []
    # a Decimal, since a grid over every range is beyond what a float holds
    message = (f"has {Decimal(points):.3g} points of {len(names)} values; at most {MOST_POINTS} points and "
               f"{MOST_NUMBERS} numbers can be held: take fewer names in `over`, fewer levels or points, or an lhs "
               "design")  # fmt: skip
    return [Problem(file, "design", message)]


def _wrong_names(spec, file, known, scenarios, policies) -> list[Problem]:
    design = spec.design
    if isinstance(design, Points):
        pairs = {(n, v): f"design.points.{k}.{n}" for k, p in enumerate(design.points) for n, v in p.items()}
        return [one for (n, v), key in pairs.items() for one in _set(n, v, file, key, known, scenarios, policies)]
    if not design.over:
        return [Problem(file, "design.over", "is empty; name at least one value, or leave the design out")]
    if isinstance(design, Grid) and design.levels is None:
        if not isinstance(design.over, dict):
            message = "needs `levels`, or a list of values for each name, as in model.trade.contract_renewal: [0.1]"
            return [Problem(file, "design.over", message)]
        return [one for name, values in design.over.items() for one in
                _listed(name, values, file, f"design.over.{name}", known, scenarios, policies)]  # fmt: skip
    if not factors(spec, known):
        return [Problem(file, "design.over", "is `all`, and no value has a range in these configs")]
    if isinstance(design.over, dict):
        return [one for name, ends in design.over.items() for one in
                _ends(name, ends, file, f"design.over.{name}", known, scenarios, policies)]  # fmt: skip
    return [] if design.over == "all" else [one for name in design.over for one in _by_config(name, file, known)]


def _listed(name, values, file, key, known, scenarios, policies) -> list[Problem]:
    if not values:
        return [Problem(file, key, "is empty; must list at least one value")]
    return [one for value in values for one in _set(name, value, file, key, known, scenarios, policies)]


def _ends(name, ends, file, key, known, scenarios, policies) -> list[Problem]:
    if len(ends) != 2 or not ends[0] < ends[1]:
        return [Problem.value(file, key, ends, "[low, high], low below high")]
    return _listed(name, ends, file, key, known, scenarios, policies)


def _by_config(name: str, file: str, known) -> list[Problem]:
    owners = {pair: values[name] for pair, values in known.items() if name in values}
    if not owners:
        return [Problem(file, f"design.over.{name}", sample.no_value(name, next(iter(known.values()))))]
    bare = [pair for pair, quantity in owners.items() if quantity.low is None or quantity.low >= quantity.high]
    if not bare:
        return []
    message = f"has no range in scenario {bare[0][0]}; give one, as in {name}: [low, high]"
    return [Problem(file, f"design.over.{name}", message)]


def _set(name, value, file, key, known, scenarios, policies) -> list[Problem]:
    """What is wrong with setting a name wherever it is known; with every scenario's names when it is nowhere."""
    owners = [pair for pair, values in known.items() if name in values] or list(known)[:1]
    found = []
    for scenario, policy in owners:
        try:
            sample.with_values(scenarios[scenario], policies[policy], {name: value})
        except ScenarioError as error:
            found += [Problem(file, key, one.message) for one in error.problems]
    return list(dict.fromkeys(found))
