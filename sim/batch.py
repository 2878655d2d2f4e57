"""compare: many runs on common luck, in several processes.

Every run, alone or in a batch, is the same HedgingModel; a task is one draw of parameters under all policies,
so that what follows from the draw is fitted once. Results do not depend on the number of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from os import cpu_count

import pandas as pd

from sim.engine.design import fit
from sim.errors import HedgelabError, Problem, RunsFailed, ScenarioError
from sim.record.compare import paired_differences, start_end, two_sources
from sim.run import Player, Run, as_policy, as_scenario, asking, start
from sim.scenario.defaults import load_defaults
from sim.scenario.load import policies_that_fit
from sim.scenario.sample import sample, with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.threads import one_thread

SUMMED = ("real_income", "coercibility", "all_goods_stop", "joint_stop", "expected_coercion_loss",
          "coercion_loss_sd", "tail_loss", "hedging_premium", "option_value", "leverage", "exposure_share",
          "exposure_share_plain", "hhi", "effective_partners", "hhi_loss_weighted", "effective_partners_loss_weighted",
          "umbrella_credibility", "defence_outlays", "insecurity", "stock_cost", "support",
          "policy_fallen")  # fmt: skip


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


@dataclass(frozen=True)
class Task:
    """One draw of parameters under several policies and lucks."""

    scenario: Scenario
    policies: list[PolicyFile]
    values: dict[str, dict[str, float]]  # policy -> dotted name -> value
    seed: int
    draw: int
    lucks: list[int]
    quarters: int | None
    strategy: str | dict | None
    keep: str | None  # policy whose first run is kept whole
    without: str | None = None  # what ablation switches off
    measured: bool = True  # false: moves and episodes alone, without the portfolio


@dataclass(frozen=True)
class Result:
    """What a task gave: frames of all its runs, and what failed."""

    draw: int
    portfolio: pd.DataFrame
    moves: pd.DataFrame
    episodes: pd.DataFrame
    failures: list[tuple[str, int, str]]
    kept: Run | None


def work(task: Task) -> Result:
    """All runs of a task. A run that fails is named with its cause; the others go on."""
    tables, moves, cases, failures, kept, rest = [], [], [], [], None, None
    for policy in task.policies:
        values = task.values[policy.name]
        scenario, drawn = with_values(task.scenario, policy, values) if values else (task.scenario, policy)
        for luck in task.lucks:
            try:
                with one_thread():
                    rest = rest or fit(scenario)
                model = start(scenario, drawn, seed=task.seed, run=luck, quarters=task.quarters,
                              strategy=task.strategy, rest=rest, without=task.without)  # fmt: skip
                whole = policy.name == task.keep and luck == task.lucks[0]
                player = Player(scenario, model, values, keep_ledgers=whole, measured=task.measured)
                while not model.done:
                    player.advance()
            except Exception as error:  # one run must not take the others with it
                said = str(error) if isinstance(error, HedgelabError) else f"{type(error).__name__}: {error}"
                failures.append((policy.name, luck, said))
                continue
            done = player.run_so_far()
            for store, frame in ((tables, done.portfolio), (moves, done.moves), (cases, done.episodes)):
                store.append(frame.assign(policy=policy.name, run=luck, draw=task.draw, luck=task.lucks.index(luck)))
            if whole:
                kept = done
    return Result(task.draw, _stacked(tables), _stacked(moves), _stacked(cases), failures, kept)


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


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


def finished(tasks: list[Task], workers: int | None) -> Iterator[tuple[int, Result]]:
    """Position and result of each task, as they finish.

    When a worker is killed the pool is lost with it: what was not done is then played one task at a time, and only
    a task whose own worker is killed again counts as failed."""
    workers = min(workers or cpu_count() or 1, len(tasks))
    if workers <= 1:
        for k, task in enumerate(tasks):
            yield k, work(task)
        return
    done: set[int] = set()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(work, task): k for k, task in enumerate(tasks)}
        try:
            for future in as_completed(waiting):
                if isinstance(future.exception(), BrokenProcessPool):
                    break
                done.add(waiting[future])
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    for k in [k for k in range(len(tasks)) if k not in done]:
        yield k, _alone(tasks[k])


def _alone(task: Task) -> Result:
    """A task in a process of its own; failed runs when that process is killed."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(work, task).result()
        except BrokenProcessPool:
            said = "its worker process was killed (out of memory?): use fewer --workers"
            failures = [(policy.name, luck, said) for policy in task.policies for luck in task.lucks]
            return Result(task.draw, *(pd.DataFrame() for _ in range(3)), failures, None)


def run_tasks(tasks: list[Task], workers: int | None, progress: Callable[[int, int], None] | None) -> list[Result]:
    """Results in the order of the tasks, whatever finished first."""
    out: dict[int, Result] = {}
    for k, result in finished(tasks, workers):
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


def outcome_rows(table: pd.DataFrame, focus: str) -> pd.DataFrame:
    """The measures that policies are compared by; who coerces stands in `note` of coercibility."""
    strongest = table.measure == "coercibility"
    shown = (table.region == focus) & table.measure.isin(SUMMED) & ((table.domain == "all") | strongest)
    mine, strongest = table[shown], strongest[shown]
    mine = mine.assign(note=mine.note.mask(strongest, mine.partner + ": " + mine.domain),
                       partner=mine.partner.mask(strongest, "all"))  # fmt: skip
    return mine[["policy", "run", "draw", "luck", "quarter", "measure", "partner", "value", "unit", "note"]]
