"""A decision of a run and what it takes to make it again: a free move, or an answer inside an episode.

Either is made by the engine's own code, by the rule as it stood then, on the scene that the actor saw, with one number
changed; nothing is linearised. Every draw has the key it had. All sides of a quarter look at one scene, so an answer is
made alone, from its episode as it stood: what earlier answers showed of private values stays. What was drawn for the
episode changes only where it is itself the number that is asked about."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from sim.engine.crisis import answer
from sim.engine.design import Design
from sim.engine.step import Decision, decide
from sim.engine.turns import asked_by
from sim.errors import Problem, ScenarioError
from sim.moves.memory import Memory
from sim.record.episodes import AnswerKey
from sim.run import Run
from sim.strategies.base import Strategy
from sim.studies.levers import EPISODE, PARAMETER, Lever, View, belief_levers, parameter_levers
from sim.threads import one_thread
from sim.world.crisis import Episode

NEAREST = 3  # best moves whose programmes are looked into
LARGEST_PRIVATE = 10.0  # times the median: how far a private value of an episode is tried


class Question(Protocol):
    """A decision as it was made, to be asked again."""

    view: View

    def levers(self) -> list[Lever]:
        """Every number that could have been different; those for which hold is solved again come last."""

    def again(self, lever: Lever | None = None, value: float = 0.0, *, fresh: bool = False) -> Decision:
        """The decision with one number changed; fresh: nothing remembered from earlier questions."""


@dataclass(frozen=True)
class FreeMove:
    """A choice among an actor's moves."""

    view: View
    rule: Strategy  # as it stood before the decision
    memory: Memory = field(default_factory=Memory)

    def levers(self) -> list[Lever]:
        """Parameters and beliefs; of programmes, those in play."""
        cheap, solved_again = parameter_levers(self.view, self._programmes)
        actor = self.view.actor
        asks = any(of.sender == actor for of in self.view.scene.settings.demands)
        return [*cheap, *belief_levers(self.view, actor if asks else None), *solved_again]

    @cached_property
    def _programmes(self) -> list[str]:
        """Those of the pick and of the next best moves."""
        made = self.again()
        ledger, of = made.ledger, self.view.scene.settings.programmes
        best = np.argsort(-np.nan_to_num(ledger.score, nan=-np.inf))[:NEAREST]
        moves = [ledger.catalogue.candidates[k] for k in (made.pick, *best)]
        return sorted({of[move.programme].name for move in moves if move.programme >= 0})

    def again(self, lever: Lever | None = None, value: float = 0.0, *, fresh: bool = False) -> Decision:
        """Scored and picked once more."""
        view = self.view.changed(lever, value, None if fresh else self.memory)
        return decide(_with_rule(view, self.rule), view.scene, view.actor)


@dataclass(frozen=True)
class Answer:
    """What one side of an episode did."""

    view: View
    rule: Strategy | None  # as it stood at the start of the quarter; None: a region that takes no decisions
    episode: Episode  # as it stood before the answer
    memory: Memory = field(default_factory=Memory)

    def levers(self) -> list[Lever]:
        """Parameters, beliefs, and what is private in this episode."""
        cheap, solved_again = parameter_levers(self.view)
        return [*cheap, *belief_levers(self.view, self.episode.demand.sender), *self._private(), *solved_again]

    def again(self, lever: Lever | None = None, value: float = 0.0, *, fresh: bool = False) -> Decision:
        """Weighed and answered once more."""
        view, episode = self.view.changed(lever, value, None if fresh else self.memory), self.episode
        if lever is not None and lever.kind == EPISODE:
            episode = replace(episode, **{lever.name.removeprefix("episode."): value})
        elif lever is not None and lever.kind == PARAMETER:
            episode = asked_by(view.design, self.view.design, episode)
        options, operation = answer(_with_rule(view, self.rule), view.scene, episode, view.actor)
        operations = [move.operation for move in options.ledger.catalogue.candidates]
        pick = operations.index(operation)
        return Decision(view.actor, pick, options.ledger, (np.arange(len(operations)) == pick).astype(float))

    def _private(self) -> list[Lever]:
        """What the actor alone knows of itself, and what it knows of the other's price."""
        bargaining, episode = self.view.scene.settings.bargaining, self.episode
        if self.view.actor == episode.demand.target:
            found = [("price", "what giving in costs the actor at home", bargaining.price_median)]
        else:
            found = [
                ("audience", "what backing down costs the actor at home, once", bargaining.audience_median),
                ("refused", "what giving in is known to cost the target at home, at least", bargaining.price_median),
            ]
        values = [float(getattr(episode, name)) for name, *_ in found]
        highest = [max(LARGEST_PRIVATE * median, value) for (*_, median), value in zip(found, values, strict=True)]
        return [Lever(f"episode.{name}", EPISODE, about, "percent", value, 0.0, high)
                for (name, about, _), value, high in zip(found, values, highest, strict=True) if high > 0]  # fmt: skip


def _with_rule(view: View, rule: Strategy | None) -> Design:
    """The design with the rule as it stood; a copy, since a rule may remember."""
    rules = {} if rule is None else {view.actor: deepcopy(rule)}
    return replace(view.design, strategies=view.design.strategies | rules)


# --- from a run -------------------------------------------------------------------------------------


def asked(run: Run, quarter: str, actor: str, demand: str | None = None, partner: str | None = None,
          side: str | None = None) -> FreeMove | Answer:  # fmt: skip
    """What an actor decided in a quarter of a run: its free move, or its answer on a demand, named as in `Run.explain`.

    Raises ScenarioError when there is none, or when nothing was weighed."""
    if demand is None:
        return _free_move(run, quarter, actor)
    key = run.which_answer(quarter, actor, demand, partner, side)
    question, frame = of_answer(run, key), run.answers[key]
    if not run.kept(quarter).weighs_answer(key):
        raise _nothing(run, key, "was promised by the policy, or given by a rule that looks at no payoffs")
    with one_thread():
        if picked_name(question.again()) != frame.candidate[frame.picked].iloc[0]:
            raise _nothing(run, key, "is another one when asked again, by a rule that remembers within a quarter")
    return question


def of_answer(run: Run, key: AnswerKey) -> Answer:
    """An answer of a run, whether or not anything was weighed."""
    played = run.kept(key.quarter)
    position = played.regions.index(key.actor)
    view = View(played.designs[key.quarter], played.scene(key.quarter), position)
    return Answer(view, played.rules[key.quarter].get(position), played.episodes[key])


def _free_move(run: Run, quarter: str, actor: str) -> FreeMove:
    run.explain(quarter, actor)
    played = run.history(quarter, actor)
    position = played.regions.index(actor)
    rule = played.rules[quarter][position]
    if not played.weighs(quarter, actor):
        raise ScenarioError([Problem(f"run of {run.scenario}", f"{actor}:{quarter}",
                                     f"follows {rule.name}, which looks at no payoffs: nothing to flip")])  # fmt: skip
    return FreeMove(View(played.designs[quarter], played.scene(quarter), position), rule)


def without_person(run: Run, quarter: str, actor: str) -> str | None:
    """Label of what an actor's own rule would have picked on the same luck, where a person moved for it.

    None when no decision of it stood on the agenda, so that it would have held still without weighing anything.
    Raises ScenarioError when the actor did not decide in that quarter."""
    run.explain(quarter, actor)
    played = run.history(quarter, actor)
    position = played.regions.index(actor)
    design = replace(played.designs[quarter], forced={})
    rules = design.strategies | {position: deepcopy(played.rules[quarter][position])}
    with one_thread():  # as the run had it
        made = decide(replace(design, strategies=rules), played.scene(quarter), position)
    return None if made.ledger is None else picked_name(made)


def _nothing(run: Run, key: AnswerKey, why: str) -> ScenarioError:
    return ScenarioError([Problem(f"run of {run.scenario}", str(key), f"{why}: nothing to flip")])


def picked_name(decision: Decision) -> str:
    """Label of what a decision picked."""
    return decision.ledger.catalogue.names[decision.pick]
