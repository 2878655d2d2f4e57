"""simulate: one Mesa model stepped to its end, with its records. Many runs on common luck stand in `batch.py`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

from sim.engine.design import Design, another_luck, design, fit
from sim.engine.model import HedgingModel
from sim.engine.turns import Later, turns_of
from sim.engine.without import WITHOUT
from sim.errors import MoveError, Problem, ScenarioError
from sim.moves.rest import Rest
from sim.moves.score import EVERY
from sim.played import Run
from sim.player import Player
from sim.scenario.defaults import load_defaults
from sim.scenario.load import check_policy, load_policy, load_scenario
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.strategies import find_strategy
from sim.strategies.base import Strategy
from sim.threads import one_thread


def as_scenario(scenario: Scenario | str) -> Scenario:
    """A loaded scenario; names and paths are loaded."""
    return scenario if isinstance(scenario, Scenario) else load_scenario(scenario)


def as_policy(scenario: Scenario, policy: PolicyFile | str) -> PolicyFile:
    """A loaded policy that fits the scenario."""
    file = policy if isinstance(policy, PolicyFile) else load_policy(policy)
    check_policy(scenario, file)
    return file


def as_strategies(scenario: Scenario, strategy: str | dict[str, str | Strategy] | None) -> dict[str, Strategy]:
    """Rules by region code: one name replaces every actor's, a dict some. Names may hold options: `level_k(k=3)`."""
    if strategy is None:
        return {}
    if isinstance(strategy, str):
        strategy = dict.fromkeys(scenario.file.actors, strategy)
    unknown = [code for code in strategy if code not in scenario.file.actors]
    if unknown:
        raise ScenarioError([Problem(scenario.file.name, "strategy", f"names {', '.join(unknown)}; must be among the "
                                     f"actors {', '.join(scenario.file.actors)}")])  # fmt: skip
    try:  # a rule that remembers starts every run as it was given
        return {
            code: find_strategy(rule) if isinstance(rule, str) else deepcopy(rule) for code, rule in strategy.items()
        }
    except MoveError as error:
        raise ScenarioError([Problem(scenario.file.name, "", str(error))]) from error


def asking(scenario: Scenario, strategy: str | dict[str, str | Strategy] | None) -> list[str]:
    """Actors whose rule waits for a person at the terminal."""
    given = as_strategies(scenario, strategy)
    rules = {a: given.get(a) or find_strategy(scenario.regions[a].strategy)
             for a in scenario.file.actors if a in given or a not in scenario.file.scripts}  # fmt: skip
    return [code for code, rule in rules.items() if rule.asks]


def start(scenario: Scenario | str, policy: PolicyFile | str, *, seed: int = 0, run: int = 0,
          quarters: int | None = None, strategy: str | dict | None = None, values: dict[str, float] | None = None,
          shocks: bool = True, rest: Rest | None = None, alike: Design | None = None,
          without: str | None = None, exact: bool = False) -> HedgingModel:  # fmt: skip
    """A model at step 0, ready to be stepped.

    exact : every candidate on the whole path, none left at the screen
    values : by dotted name, in place of the configured ones; rest : from `fit` on the same values
    alike : design of a run that differs in its luck alone, where one is at hand
    without : a mechanism or payoff term of `sim.engine.without` to switch off"""
    scenario = as_scenario(scenario)
    policy = as_policy(scenario, policy)
    if values:
        scenario, policy = with_values(scenario, policy, values)
    rules = as_strategies(scenario, strategy)
    for turned in scenario.turned.values():
        check_policy(scenario, turned)

    def made(scenario: Scenario, policy: PolicyFile, rest: Rest) -> Design:
        of = design(scenario, policy, rest, seed=seed, run=run, quarters=quarters, strategies=rules, shocks=shocks)
        of = replace(of, settings=replace(of.settings, shortlist=EVERY)) if exact else of
        return WITHOUT[without](of) if without else of

    with one_thread():
        first = another_luck(alike, seed, run, rules) if alike else made(scenario, policy, rest or fit(scenario))
        return HedgingModel(first, Later(made, turns_of(scenario)))


def simulate(scenario: Scenario | str, policy: PolicyFile | str | None = None, seed: int = 0, *, run: int = 0,
             quarters: int | None = None, strategy: str | dict | None = None, values: dict[str, float] | None = None,
             shocks: bool = True, exact: bool = False,
             progress: Callable[[int, int], None] | None = None) -> Run:  # fmt: skip
    """One run stepped to its end, under the reference policy unless another is named.

    strategy : a rule for every actor, or a dict by region code for some: a name, `level_k(k=3)`, or a Strategy
    values : by dotted name, such as {"model.trade.contract_renewal": 0.1}
    exact : nothing is left at the screen: about four times as slow, see docs/performance.md"""
    scenario = as_scenario(scenario)
    policy = policy or load_defaults().reference
    model = start(scenario, policy, seed=seed, run=run, quarters=quarters, strategy=strategy, values=values,
                  shocks=shocks, exact=exact)  # fmt: skip
    player = Player(scenario, model, values or {})
    while not model.done:
        player.advance()
        if progress is not None:
            progress(model.world.step, len(model.design.quarters))
    return player.run_so_far()
