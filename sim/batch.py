"""compare: many runs on common luck, in several processes.

A task is one draw of parameters under all policies, so that what follows from the draw is fitted once. Results do not
depend on the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from os import cpu_count

import pandas as pd

from sim.errors import Problem, RunsFailed, ScenarioError
from sim.record.compare import outcome_rows, paired_differences, start_end, two_sources
from sim.run import Run, as_policy, as_scenario, asking
from sim.scenario.defaults import load_defaults
from sim.scenario.load import policies_that_fit
from sim.scenario.sample import sample
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.sweeps.tasks import played
from sim.tasks import Result, Task, work


@dataclass(frozen=True)
class Comparison:
    """Policies on common luck. `outcomes` has a row a policy, run, quarter, measure and partner."""

    scenario: str
    policies: list[str]
    reference: str
    seed: int
    runs: int
    seeds: int
    outcomes: pd.DataFrame
    differences: pd.DataFrame
    start_end: pd.DataFrame
    sources: pd.DataFrame  # spread by parameters and by luck; empty with one seed a draw
    portfolio: pd.DataFrame
    moves: pd.DataFrame
    episodes: pd.DataFrame  # one row a case of coercion
    failures: pd.DataFrame  # policy, run, error
    example: Run | None

    @property
    def label(self) -> str:
        """What the bands hold."""
        return "parameters + luck"


def compare(scenario: Scenario | str, policies: Iterable[str | PolicyFile] | None = None, *, seed: int = 0,
            runs: int = 16, seeds: int = 1, quarters: int | None = None, workers: int | None = None,
            reference: str | None = None, strategy: str | dict | None = None, values: dict[str, float] | None = None,
            example: str | None = None, progress: Callable[[int, int], None] | None = None) -> Comparison:  # fmt: skip
    """Policies side by side: draw k of the parameters goes with luck k, the same for every policy.

    runs : draws of a Latin hypercube over the ranges in the configs
    seeds : lucks for each draw; more than one separates luck from parameters
    values : set in every run, whatever was drawn
    workers : processes; results do not depend on it"""
    scenario = as_scenario(scenario)
    reference = reference or load_defaults().reference
    files = [as_policy(scenario, p) for p in (policies or policies_that_fit(scenario))]
    if reference not in [f.name for f in files]:
        raise ScenarioError([Problem("compare", "reference", f"is {reference!r}; must be one of the policies compared, "
                                     f"{', '.join(f.name for f in files)}")])  # fmt: skip
    people = asking(scenario, strategy)  # wrong names too are found before any run
    if people:
        raise ScenarioError([Problem("compare", "strategy", f"asks a person to play {', '.join(people)} in every run; "
                                     "play one with hedgelab run, then give its moves to scripted")])  # fmt: skip
    drawn = {f.name: sample(scenario, f, seed, runs) for f in files}
    kept = [example or load_defaults().example, *(f.name for f in files if f.name != reference), reference]
    keep = next(name for name in kept if name in [f.name for f in files])
    tasks = [Task(scenario, files, {name: d[k] | (values or {}) for name, d in drawn.items()}, seed, k,
                  list(range(k * seeds, (k + 1) * seeds)), quarters, strategy, keep if k == 0 else None)
             for k in range(runs)]  # fmt: skip
    results = run_tasks(tasks, workers, progress)
    return _joined(scenario, files, reference, seed, runs, seeds, results)


@dataclass(frozen=True)
class Variant:
    """One side of a comparison: a scenario with values and turns of its own, under a policy.

    values : those that are its own; they are set in every run, whatever was drawn"""

    name: str
    scenario: Scenario
    policy: PolicyFile
    values: dict[str, float]


def variant_tasks(variants: list[Variant], seed: int, runs: int) -> list[Task]:
    """One task a variant and draw: draw k goes with luck k under every variant.

    What follows from a draw is fitted anew for each, a tenth of a run, so that a comparison can be followed and ended
    run by run. Tables name a variant where those of `compare` name a policy."""
    drawn = {one.name: sample(one.scenario, one.policy, seed, runs) for one in variants}
    return [
        Task(one.scenario, [one.policy.model_copy(update={"name": one.name})],
             {one.name: drawn[one.name][k] | one.values}, seed, k, [k], None, None, None)
        for k in range(runs) for one in variants
    ]  # fmt: skip


def compared(variants: list[Variant], reference: str, seed: int, runs: int, results: list[Result]) -> Comparison:
    """Results of `variant_tasks` side by side, paired run by run. Raises RunsFailed when every run failed."""
    files = [one.policy.model_copy(update={"name": one.name}) for one in variants]
    return _joined(variants[0].scenario, files, reference, seed, runs, 1, results)


def run_tasks(tasks: list[Task], workers: int | None, progress: Callable[[int, int], None] | None) -> list[Result]:
    """Results in the order of the tasks, whatever finished first; with one worker in this process."""
    workers = min(workers or cpu_count() or 1, len(tasks))
    out: dict[int, Result] = {}
    for k, result in played(tasks, workers) if workers > 1 else enumerate(map(work, tasks)):
        out[k] = result
        if progress is not None:
            progress(len(out), len(tasks))
    return [out[k] for k in range(len(tasks))]


def _joined(scenario, files, reference, seed, runs, seeds, results: list[Result]) -> Comparison:
    if not any(len(r.portfolio) for r in results):
        raise RunsFailed(f"every run failed; the first: {results[0].failures[0][2]}")
    tables = pd.concat([r.portfolio for r in results if len(r.portfolio)], ignore_index=True)
    moves = pd.concat([r.moves for r in results if len(r.moves)] or [pd.DataFrame()], ignore_index=True)
    cases = pd.concat([r.episodes for r in results if len(r.episodes)] or [pd.DataFrame()], ignore_index=True)
    failures = pd.DataFrame([f for r in results for f in r.failures], columns=["policy", "run", "error"])
    outcomes = outcome_rows(tables, scenario.file.focus)
    kept = next((r.kept for r in results if r.kept is not None), None)
    sources = two_sources(outcomes, reference) if seeds > 1 else pd.DataFrame()
    return Comparison(
        scenario.file.name, [f.name for f in files], reference, seed, runs, seeds, outcomes,
        paired_differences(outcomes, reference, seed), start_end(outcomes), sources, tables, moves, cases, failures,
        kept,
    )  # fmt: skip
