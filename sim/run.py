"""simulate: one Mesa model stepped to its end, with its records; and what it takes to ask a decision again.

Many runs on common luck stand in `batch.py`, files in `record/store.py`."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from sim.engine.crisis import complies_always
from sim.engine.design import Design, design, fit
from sim.engine.model import HedgingModel, Quarter
from sim.engine.step import observe
from sim.engine.without import WITHOUT
from sim.errors import MoveError, Problem, ScenarioError
from sim.moves.path import Scene
from sim.moves.rest import Rest
from sim.moves.score import EVERY
from sim.record import episodes, frames
from sim.record.account import Names, Told, account, names_of
from sim.record.episodes import TARGET, AnswerKey, answer_key
from sim.record.measure import Reading, portfolio
from sim.record.politics import POLITICS, politics_rows, support_readings
from sim.record.words import control_names, reason_sentence
from sim.scenario.defaults import load_defaults
from sim.scenario.load import check_policy, load_policy, load_scenario
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.strategies import find_strategy
from sim.strategies.base import Strategy, costs_by_class, costs_of_answers
from sim.threads import one_thread
from sim.world.crisis import Episode
from sim.world.state import Beliefs, World


@dataclass(frozen=True)
class Played:
    """What it takes to ask a decision of a run again: 0.1 MB a quarter, since scenes are solved anew when asked for.

    Solving hold along the chain of quarters gives the scenes' bits (5 ms a quarter); no decision is made again."""

    design: Design
    states: dict[str, World]  # by quarter, before dated moves
    beliefs: dict[str, Beliefs]  # by quarter, as the actors held them when they decided
    rules: dict[str, dict[int, Strategy]]  # by quarter, before they decided: a rule may remember
    episodes: dict[AnswerKey, Episode]  # as each stood before that answer

    def scene(self, quarter: str) -> Scene:
        """What the actors looked at in a quarter."""
        scene = None
        with threadpool_limits(1, "blas"):
            for label, before in self.states.items():
                scene, _ = observe(self.design, before, scene)
                if label == quarter:
                    return scene
        raise KeyError(quarter)

    def weighs(self, quarter: str, actor: str) -> bool:
        """Whether the actor's rule looks at payoffs."""
        return self.rules[quarter][self.design.base.regions.index(actor)].looks_at_scores

    def weighs_answer(self, key: AnswerKey) -> bool:
        """Whether an answer was weighed: its region has a rule that looks at payoffs, and no policy promised it."""
        rule = self.rules[key.quarter].get(self.design.base.regions.index(key.actor))
        demand, before = self.episodes[key].demand, self.states[key.quarter]
        promised = key.side == TARGET and complies_always(self.design, before, demand)
        return rule is not None and rule.weighs_answers and not promised

    def until(self, quarters: list[str]) -> Played:
        """The same, up to some quarters: what is played later does not show."""
        by_quarter = {name: {q: getattr(self, name)[q] for q in quarters} for name in ("states", "beliefs", "rules")}
        return replace(self, **by_quarter, episodes={k: e for k, e in self.episodes.items() if k.quarter in quarters})


@dataclass(frozen=True)
class Run:
    """One run's records. Frames are tidy; units stand in a column."""

    scenario: str
    policy: str
    seed: int
    run: int
    focus: str
    quarters: list[str]
    portfolio: pd.DataFrame
    moves: pd.DataFrame
    ledgers: dict[tuple[str, str], pd.DataFrame] = field(repr=False)
    episodes: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    answers: dict[AnswerKey, pd.DataFrame] = field(default_factory=dict, repr=False)
    politics: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=POLITICS), repr=False)
    values: dict[str, float] = field(default_factory=dict, repr=False)
    played: Played | None = field(default=None, repr=False)  # None: no ledgers were kept

    def explain(self, quarter: str, actor: str, demand: str | None = None, partner: str | None = None,
                side: str | None = None) -> pd.DataFrame:  # fmt: skip
        """The payoff ledger of one actor in one quarter: a row a candidate, a column a term.

        demand : name of a demand, for the actor's answer in that episode instead of its free move
        partner, side : where it gave several on one demand: to whom, and as `sender` or `target` of the demand
        Raises ScenarioError when the actor did not decide in that quarter, or when it is not clear what is meant."""
        if demand is not None:
            return self.answers[self.which_answer(quarter, actor, demand, partner, side)]
        if (quarter, actor) not in self.ledgers:
            open_in = [q for q, a in self.ledgers if a == actor]
            raise ScenarioError([Problem(
                f"run of {self.scenario}", f"{actor}:{quarter}",
                f"has no decision; {actor} decided in {', '.join(open_in) or 'no quarter'}",
            )])  # fmt: skip
        return self.ledgers[quarter, actor]

    def which_answer(self, quarter: str, actor: str, demand: str, partner: str | None = None,
                     side: str | None = None) -> AnswerKey:  # fmt: skip
        """Key of the one answer that is meant. Raises ScenarioError when there is none or more than one."""
        given = [key for key in self.answers if (key.quarter, key.actor, key.demand) == (quarter, actor, demand)]
        meant = [key for key in given if partner in (None, key.partner) and side in (None, key.side)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            options = ", ".join(f"to {key.partner} as {key.side}" for key in meant)
            message = f"has {len(meant)} answers on {demand}: {options}; name the partner, or the side"
        else:
            whom = "".join([f" to {partner}" if partner else "", f" as {side}" if side else ""])
            message = f"has no answer on {demand}{whom}; there are {', '.join(map(str, self.answers)) or 'none'}"
        raise ScenarioError([Problem(f"run of {self.scenario}", f"{actor}:{quarter}", message)])

    def why(self, quarter: str, actor: str) -> str:
        """One sentence from the ledger: the pick against the runner-up, term by term."""
        return reason_sentence(self.explain(quarter, actor), actor, quarter)

    def choices(self, actor: str) -> dict[str, str]:
        """Quarter -> name of the candidate picked: what `human(choices=...)` and `scripted(script=...)` play again."""
        return {q: f.candidate[f.picked].iloc[0] for (q, code), f in self.ledgers.items() if code == actor}

    def believed(self, quarter: str, actor: str) -> pd.DataFrame:
        """What an actor believed in a quarter: about, belief, what, value, unit, prior; no decision is needed.

        Raises ScenarioError when there is no such quarter or actor, or the run kept no states."""
        played = self.history(quarter, actor)
        d = played.design
        return frames.believed_frame(d.base, d.settings, played.beliefs[quarter], d.base.regions.index(actor),
                                     control_names(d.config))  # fmt: skip

    def account(self, quarter: str) -> str:
        """A few sentences: who did what to whom and the main reason, how it was answered, and who held."""
        names = Names() if self.played is None else names_of(self.played.design.config)
        ledgers = {actor: frame for (q, actor), frame in self.ledgers.items() if q == quarter}
        actors = [] if self.played is None else list(self.played.design.config.file.actors)
        answers = {key: frame for key, frame in self.answers.items() if key.quarter == quarter}
        moves = self.moves[self.moves.quarter == quarter]
        politics = self.politics[self.politics.quarter == quarter]
        return account(quarter, Told(moves, ledgers, answers, self.episodes, names, politics), actors)

    def history(self, quarter: str, actor: str) -> Played:
        """States of the run, after a look at whether quarter and actor are in it. Raises ScenarioError."""
        played = self.kept(quarter)
        actors = played.design.config.file.actors
        if quarter not in self.quarters or actor not in actors:
            valid = f"must be a quarter {self.quarters[0]} to {self.quarters[-1]} and one of {', '.join(actors)}"
            raise ScenarioError([Problem(f"run of {self.scenario}", f"{actor}:{quarter}", valid)])
        return played

    def kept(self, quarter: str) -> Played:
        """States of the run. Raises ScenarioError, which names the quarter that was asked for, when it kept none."""
        if self.played is None:
            message = "keeps no states; play it with `simulate`"
            raise ScenarioError([Problem(f"run of {self.scenario}", quarter, message)])
        return self.played


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
          shocks: bool = True, rest: Rest | None = None, without: str | None = None,
          exact: bool = False) -> HedgingModel:  # fmt: skip
    """A model at step 0, ready to be stepped.

    exact : every candidate on the whole path, none left at the screen
    values : by dotted name, in place of the configured ones; rest : from `fit` on the same values
    without : a mechanism or payoff term of `sim.engine.without` to switch off"""
    scenario = as_scenario(scenario)
    policy = as_policy(scenario, policy)
    if values:
        scenario, policy = with_values(scenario, policy, values)
    rules = as_strategies(scenario, strategy)
    with threadpool_limits(1, "blas"):
        made = design(scenario, policy, rest or fit(scenario), seed=seed, run=run, quarters=quarters,
                      strategies=rules, shocks=shocks)  # fmt: skip
        made = replace(made, settings=replace(made.settings, shortlist=EVERY)) if exact else made
        return HedgingModel(WITHOUT[without](made) if without else made)


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


class Player:
    """Steps a model and keeps what was measured: one quarter at a time, for the page as for a batch."""

    def __init__(self, scenario: Scenario, model: HedgingModel, values: dict[str, float] | None = None,
                 keep_ledgers: bool = True, measured: bool = True):  # fmt: skip
        self.scenario, self.model, self.values = scenario, model, values or {}
        self.keep_ledgers, self.measured = keep_ledgers, measured
        self.readings: dict[str, list[Reading]] = {}
        self.moved: dict[str, frames.Moved] = {}
        self.moves: list[tuple] = []
        self.ledgers: dict[tuple[str, str], pd.DataFrame] = {}
        self.answers: dict[AnswerKey, pd.DataFrame] = {}
        self.episodes: list[tuple] = []
        self.politics: list[tuple] = []
        self.played = Played(model.design, {}, {}, {}, {})

    @property
    def done(self) -> bool:
        """True after the last quarter."""
        return self.model.done

    @property
    def quarter(self) -> str | None:
        """Label of the last settled quarter; None before the first."""
        return self.model.quarter

    def advance(self) -> str:
        """Plays and measures one quarter; returns its label."""
        with one_thread():
            rules = deepcopy(self.model.design.strategies) if self.keep_ledgers else {}
            quarter = self.model.advance()
            d = self.model.design
            ends = not self.readings or self.model.done  # an option value takes 0.2 s: first and last quarter alone
            self.moved[quarter.label] = frames.moved_shares(d.base, d.settings, quarter.settled.world, d.focus)
            self.readings[quarter.label] = (
                portfolio(quarter.scene, quarter.settled, d.focus, d.actors, options=ends)
                + support_readings(quarter.scene, quarter.settled.support, d.focus)
                if self.measured
                else []
            )
        self.politics += politics_rows(quarter.scene, quarter.label, d.focus, quarter.decisions)
        self._record_moves(quarter)
        self._record_episodes(quarter)
        if self.keep_ledgers:
            self.played.states[quarter.label] = quarter.before
            self.played.beliefs[quarter.label] = quarter.scene.world.beliefs
            self.played.rules[quarter.label] = rules
        return quarter.label

    def _record_moves(self, quarter: Quarter) -> None:
        d = self.model.design
        self.moves += frames.chance_rows(d.base, quarter.label, d.settings.shocks, quarter.before.shock_left,
                                         quarter.scene.world.shock_left)  # fmt: skip
        self.moves += frames.dated_rows(d.base, quarter.label, quarter.dated)
        self.moves += [episodes.dated_threat_row(d.base, quarter.label, e) for e in quarter.crisis.opened if e.dated]
        for decision in quarter.decisions:
            if decision.ledger is None:
                continue
            menu = decision.ledger.catalogue
            move, score = menu.candidates[decision.pick], decision.ledger.score[decision.pick]
            if move.instrument == "threat":
                self.moves += [
                    episodes.threat_row(d.base, quarter.label, e.demand, e.punishment, move.operation, float(score))
                    for e in quarter.crisis.opened if e.demand.sender == decision.actor and not e.dated
                ]  # fmt: skip
            else:
                self.moves += frames.chosen_rows(
                    d.base, quarter.label, menu, decision.pick, decision.ledger,
                    quarter.scene.world, quarter.settled.world,
                )  # fmt: skip
            if not self.keep_ledgers:
                continue
            cost = costs_by_class(d.settings.act_cost[decision.actor], decision.ledger)
            self.ledgers[quarter.label, d.base.regions[decision.actor]] = frames.ledger_frame(
                d.base, decision.ledger, decision.pick, decision.probability, cost
            )

    def _record_episodes(self, quarter: Quarter) -> None:
        d = self.model.design
        for said in quarter.crisis.answers:
            row = episodes.answer_row(d.base, quarter.label, said.episode, said.actor, said.operation, said.state,
                                      said.score, said.origin)  # fmt: skip
            self.moves.append(row)
            if self.keep_ledgers and said.ledger is not None:
                operations = [move.operation for move in said.ledger.catalogue.candidates]
                pick = operations.index(said.operation)
                chance = (np.arange(len(operations)) == pick).astype(float)
                cost = costs_of_answers(d.settings.act_cost[said.actor], said.ledger)
                key = answer_key(dict(zip(frames.MOVES, row, strict=True)))
                self.answers[key] = frames.ledger_frame(d.base, said.ledger, pick, chance, cost)
                self.played.episodes[key] = said.episode
        for episode, outcome in quarter.crisis.ended:
            self.episodes.append(
                episodes.episode_row(d.base.regions, d.quarters, episode, outcome, quarter.scene.world.step)
            )

    def run_so_far(self) -> Run:
        """The records up to the last settled quarter."""
        d, focus = self.model.design, self.model.design.base.regions[self.model.design.focus]
        labels = list(self.readings)
        tables = self.scenario.tables
        stock = frames.stock_frame(focus, tables.stock_shares, tables.stock_reason, self.moved)
        table = frames.portfolio_frame(self.readings)
        table = pd.concat([table, stock], ignore_index=True) if len(stock) else table
        moves = pd.DataFrame(self.moves, columns=frames.MOVES)
        still = [episodes.episode_row(d.base.regions, d.quarters, e, e.state, None) for e in self.model.world.episodes]
        cases = pd.DataFrame([*self.episodes, *still], columns=episodes.EPISODES)
        played = self.played.until(labels) if self.keep_ledgers else None
        return Run(d.scenario, d.policy, d.seed, d.run, focus, labels, table, moves, dict(self.ledgers), cases,
                   dict(self.answers), pd.DataFrame(self.politics, columns=POLITICS), self.values, played)  # fmt: skip
