"""What one worker plays of a comparison: a draw of parameters under several policies and lucks.

Every run, alone or in a batch, is the same HedgingModel."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.engine.design import fit
from sim.errors import said_of
from sim.run import Player, Run, start
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.threads import one_thread


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
        values, varied = task.values[policy.name], None
        for luck in task.lucks:
            try:
                varied = varied or (with_values(task.scenario, policy, values) if values else (task.scenario, policy))
                scenario, drawn = varied
                with one_thread():
                    rest = rest or fit(scenario)
                model = start(scenario, drawn, seed=task.seed, run=luck, quarters=task.quarters,
                              strategy=task.strategy, rest=rest, without=task.without)  # fmt: skip
                whole = policy.name == task.keep and luck == task.lucks[0]
                player = Player(scenario, model, values, keep_ledgers=whole, measured=task.measured)
                while not model.done:
                    player.advance()
            except Exception as error:  # one run must not take the others with it
                failures.append((policy.name, luck, said_of(error)))
                continue
            done = player.run_so_far()
            for store, frame in ((tables, done.portfolio), (moves, done.moves), (cases, done.episodes)):
                store.append(frame.assign(policy=policy.name, run=luck, draw=task.draw, luck=task.lucks.index(luck)))
            if whole:
                kept = done
    return Result(task.draw, _stacked(tables), _stacked(moves), _stacked(cases), failures, kept)


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
