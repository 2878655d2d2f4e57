"""A scenario with other values and turns: what a slider sets, a branch adds, and a link carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.errors import ScenarioError
from sim.scenario.load import in_force, turned_policies
from sim.scenario.reading import Reader
from sim.scenario.scenario import Scenario
from sim.scenario.turns import Turn, turn_problems


def varied(scenario: Scenario, values: Mapping[str, float], turns: Sequence[Turn] = ()) -> Scenario:
    """The scenario as a file that says the same would be loaded.

    values : by dotted name, on top of the scenario's own; turns : in place of the scenario's own
    Raises ScenarioError, which names every turn that is wrong, or every value."""
    spec = scenario.file.model_copy(update={"values": scenario.file.values | dict(values), "turns": list(turns)})
    place, reader = f"scenario {spec.name}", Reader()
    problems = turn_problems(spec.turns, place, spec.start, spec.quarters, spec.actors)
    turned = turned_policies(reader, spec)
    if problems + reader.problems:
        raise ScenarioError(problems + reader.problems)
    return in_force(replace(scenario, file=spec, turned=turned))
