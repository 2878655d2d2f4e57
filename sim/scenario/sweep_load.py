"""Sweep files -> a sweep whose scenarios and policies exist and whose design fits them, or every problem at once."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario import sweep_checks
from sim.scenario.load import check_policy, find, load_policy, load_scenario
from sim.scenario.reading import Reader, shown
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.scenario.sweeps import SweepFile


def load_sweep(name_or_path: str | Path) -> SweepFile:
    """A sweep whose scenarios and policies exist and whose design names values that can be set."""
    path, reader = find("sweep", name_or_path), Reader()
    sweep = reader.read(path, "sweep")
    if sweep is None:
        raise ScenarioError(reader.problems)
    sweep_parts(sweep, shown(path))
    return sweep


def sweep_parts(sweep: SweepFile, file: str, scenario_of: Callable[[str], Scenario] = load_scenario,
                policy_of: Callable[[str], PolicyFile] = load_policy,
                ) -> tuple[dict[str, Scenario], dict[str, PolicyFile]]:  # fmt: skip
    """Scenarios and policies of a sweep by name; raises when one does not load or the design does not fit them."""
    problems: list[Problem] = []
    scenarios: dict[str, Scenario] = {}
    policies: dict[str, PolicyFile] = {}

    def take(key: str, found: dict, name: str, one: Scenario | PolicyFile) -> None:
        if name in found:
            problems.append(Problem(file, key, f"is {name!r} a second time; name each once"))
        found[name] = one

    for number, name in enumerate(sweep.scenarios):
        try:
            one = scenario_of(name)
            take(f"scenarios.{number}", scenarios, one.file.name, one)
        except ScenarioError as error:
            problems.append(Problem(file, f"scenarios.{number}", f"does not load: {error}"))
    for number, name in enumerate(sweep.policies):
        try:
            policy = policy_of(name)
            for scenario in scenarios.values():
                check_policy(scenario, policy)
            take(f"policies.{number}", policies, policy.name, policy)
        except ScenarioError as error:
            problems.append(Problem(file, f"policies.{number}", f"does not load: {error}"))
    if not problems:
        problems += sweep_checks.problems(sweep, file, scenarios, policies)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return scenarios, policies


def size_of_sweep(sweep: SweepFile, file: str) -> str:
    """How many points, scenarios, policies and replicates a sweep has; raises as `sweep_parts`."""
    known = sweep_checks.known_values(*sweep_parts(sweep, file))
    points = sweep_checks.count(sweep, sweep_checks.factors(sweep, known))
    parts = ((points, "points"), (len(sweep.scenarios), "scenarios"), (len(sweep.policies), "policies"),
             (sweep.replicates, "replicates"))  # fmt: skip
    runs = prod(number for number, _ in parts)
    return " x ".join(f"{n} {what}" for n, what in parts) + f" = {runs} runs"
