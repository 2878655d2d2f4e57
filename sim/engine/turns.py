"""Turns: the design that holds from a quarter on, made when that quarter comes.

What was fitted to the base year stays as it was fitted: tastes and base mark-ups follow from the world before it
turned. Rules keep what they remember. What a person moves for an actor stands in `Design.forced`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sim.engine.design import Design
from sim.moves.rest import Rest
from sim.scenario import quarters as quarter
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.scenario.turns import Turn
from sim.world.crisis import THREATENED, Demand, Episode
from sim.world.start import start_economy
from sim.world.start_crises import dated_threats
from sim.world.state import World

Made = Callable[[Scenario, PolicyFile, Rest], Design]
"""Makes a run's design with the luck, rules and length of that run."""


@dataclass(frozen=True)
class Later:
    """What becomes of a design at some steps."""

    made: Made
    turns: dict[int, list[Turn]]  # by step; those that move for an actor are in the design already

    def turned(self, before: Design, world: World) -> tuple[Design, World]:
        """The design and the state with which the step of this state begins."""
        now = self.turns.get(world.step)
        if not now:
            return before, world
        scenario, policy = before.config, before.plan
        for turn in now:
            if turn.type == "policy":
                policy = scenario.turned[turn.policy]
        values = {name: value for turn in now if turn.type == "values" for name, value in turn.values.items()}
        if values:
            scenario, policy = with_values(scenario, policy, values)
        tastes, hedges = before.settings.tastes, before.base.hedge_base
        rest = Rest(start_economy(scenario).with_hedges(hedges), tastes, {}, {}, hedges >= before.settings.hedge_cap)
        after = replace(self.made(scenario, policy, rest), strategies=before.strategies)
        return after, replace(world, episodes=tuple(asked_by(after, before, one) for one in world.episodes))


NEVER = Later(lambda *_: None, {})
"""A run without turns."""


def turns_of(scenario: Scenario) -> dict[int, list[Turn]]:
    """Turns by step, those that change the design."""
    found: dict[int, list[Turn]] = {}
    for turn in scenario.file.turns:
        if turn.type != "move":
            step = quarter.number(turn.quarter) - quarter.number(scenario.file.start)
            found.setdefault(step, []).append(turn)
    return found


def under(before: Design, of: Design) -> Design:
    """A design as it stood, in a run with the turns of another: what is taken up may turn another way."""
    file = before.config.file.model_copy(update={"turns": of.config.file.turns})
    return replace(before, forced=of.forced, config=replace(before.config, file=file, turned=of.config.turned))


def asked_by(after: Design, before: Design, episode: Episode) -> Episode:
    """The episode with its demand as the turned world has it; a measure in force stays as it is."""
    of = _demands(after)[_demands(before).index(episode.demand)]
    by = episode.punishment
    if episode.state == THREATENED:
        by = of.by[episode.demand.by.index(by)]
    return replace(episode, demand=of, punishment=by)


def _demands(of: Design) -> list[Demand]:
    """All that a run may be about, in an order that no value changes."""
    return [*of.settings.demands, *(threat.demand for threat in dated_threats(of.config, of.base))]
