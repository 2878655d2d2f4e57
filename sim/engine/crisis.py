"""Episodes a quarter on: threats are answered, deadlines pass, measures are kept, lifted or given in to.

All sides look at the same scene; what an answer is worth stands in `moves/episodes.py`. Within a quarter standing
episodes come first, in the order in which they were opened, then the quarter's new demands. Source: model section 8."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sim import draws
from sim.engine import hidden
from sim.engine.design import Design
from sim.engine.step import asked, seen_by
from sim.moves import episodes as weigh
from sim.moves.asking import can_ask
from sim.moves.catalogue import Candidate, owed, single_threats, with_tariff
from sim.moves.demands import answers_undone, demand_met, punished, released, with_answers
from sim.moves.episodes import (
    BACK_DOWN,
    CARRY_OUT,
    COMPLY,
    ESCALATE,
    LIFT,
    RESIST,
    RETALIATE,
    SHIELD,
    Options,
)  # fmt: skip
from sim.moves.path import Scene
from sim.moves.score import Ledger
from sim.rules.tariff import points_of
from sim.world.crisis import FAILED, IMPOSED, SETTLED, THREATENED, Call, Demand, Episode
from sim.world.params import Economy
from sim.world.state import World


@dataclass(frozen=True)
class Answered:
    """One side's answer in one episode, and why; `ledger` is None where nobody had a choice."""

    episode: Episode  # as it was before
    actor: int
    operation: str
    ledger: Ledger | None
    state: str  # of the episode afterwards

    @property
    def origin(self) -> str:
        """Dated when the calendar says how the episode ends, else chosen."""
        return "dated" if self.episode.outcome else "chosen"

    @property
    def score(self) -> float:
        """What the answer is worth to its actor, per cent of income a year; NaN where nobody had a choice."""
        if self.ledger is None:
            return float("nan")
        operations = [move.operation for move in self.ledger.catalogue.candidates]
        return float(self.ledger.score[operations.index(self.operation)])


@dataclass
class Crisis:
    """A quarter's episodes in the making: the world so far, what was said, and what is to be learned from it."""

    design: Design
    scene: Scene
    world: World
    answers: list[Answered] = field(default_factory=list)
    opened: list[Episode] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)  # senders that carried a refused threat out
    dropped: list[int] = field(default_factory=list)
    ended: list[tuple[Episode, str]] = field(default_factory=list)


def bargain(design: Design, scene: Scene, world: World, picks: dict[int, Candidate]) -> Crisis:
    """All episodes of a quarter.

    world : free moves made; picks : threats that actors chose this quarter, by actor"""
    crisis = Crisis(design, scene, replace(world, episodes=()))
    for episode in world.episodes:
        _continue(crisis, episode)
    for move in picks.values():
        for single in single_threats(scene.base, scene.settings, scene.world, move):
            _begin(crisis, single)
    _answer_together(crisis)
    return crisis


def open_episode(design: Design, scene: Scene, move: Candidate) -> Episode:
    """A new episode; what conceding costs the target at home is drawn here, once."""
    of, settings, step = move.demand, design.settings, scene.world.step
    audience = float(scene.world.audience[settings.demands.index(of)])
    deadline = step + settings.bargaining.deadline
    price, bound = hidden.price(design, step, of), move.operation == "schedule"
    return Episode(of, move.by, THREATENED, step, deadline, -1, price, audience, 0.0, scheduled=bound)


def _begin(crisis: Crisis, move: Candidate) -> None:
    episode = open_episode(crisis.design, crisis.scene, move)
    crisis.opened.append(episode)
    if move.operation == "execute":
        _impose(crisis, episode)
    else:
        _hear(crisis, episode)


def _continue(crisis: Crisis, episode: Episode) -> None:
    base, settings, world = crisis.scene.base, crisis.scene.settings, crisis.scene.world
    if episode.dated and episode.since == world.step:
        crisis.opened.append(episode)
    if episode.outcome:
        _as_recorded(crisis, episode)
    elif world.step < crisis.design.free_from or episode.imposed == world.step:
        _keep_open(crisis, episode)  # dated and not over: answered once moves are free, a measure a quarter after it
    elif not can_ask(base, settings, world, episode.demand):
        _end(crisis, episode, SETTLED)  # met meanwhile, for whatever reason
    elif episode.state == THREATENED and world.step < episode.deadline:
        _hear(crisis, episode)
    elif episode.state == THREATENED:
        _at_deadline(crisis, episode)
    else:
        _under_measure(crisis, episode)


def _as_recorded(crisis: Crisis, episode: Episode) -> None:
    """The calendar says when and how it ends: the demand is met, or its sender drops it."""
    of = episode.demand
    if crisis.scene.world.step < episode.deadline:
        _keep_open(crisis, episode)
    elif episode.outcome == SETTLED:
        _say(crisis, episode, of.target, None, COMPLY, SETTLED)
        _give_in(crisis, episode)
    else:
        threat = episode.state == THREATENED
        _say(crisis, episode, of.sender, None, BACK_DOWN if threat else LIFT, FAILED)
        crisis.dropped += [of.sender] * threat
        _end(crisis, episode, FAILED)


def _say(crisis: Crisis, episode: Episode, actor: int, options: Options | None, operation: str, state: str) -> None:
    ledger = None if options is None else options.ledger
    crisis.answers.append(Answered(episode, actor, operation, ledger, state))


def answer(design: Design, scene: Scene, episode: Episode, actor: int) -> tuple[Options, str]:
    """What one side of an episode could do now, and what it does: as its policy promises, else as its rule answers.

    A region without a rule gives in to nothing. Raises MoveError as `decide` does."""
    of, rule = episode.demand, design.strategies.get(actor)
    options = (weigh.target_options if actor == of.target else weigh.sender_options)(scene, episode)
    if actor == of.target and complies_always(design, scene.world, of):
        return options, COMPLY
    moves = options.ledger.catalogue.candidates
    if rule is None:
        return options, moves[0].operation
    seen = seen_by(design, scene.world, actor, scene)
    pick = asked(rule, seen, lambda: rule.answer(seen, options.ledger), options.ledger)
    return options, moves[pick].operation


def complies_always(design: Design, world: World, of: Demand) -> bool:
    """Whether the policy promises that the target gives in to this sender; one that fell binds nobody."""
    return world.fallen < 0 and of.target == design.focus and of.sender in design.complies_with


# --- the target -------------------------------------------------------------------------------------


def _target_answers(crisis: Crisis, episode: Episode) -> tuple[Options, str]:
    """The target's options and its answer; a bargain is struck here when it gives in."""
    target = episode.demand.target
    options, pick = answer(crisis.design, crisis.scene, episode, target)
    if pick == COMPLY:
        _say(crisis, episode, target, options, pick, SETTLED)
        _give_in(crisis, episode)
    return options, pick


def _hear(crisis: Crisis, episode: Episode) -> None:
    """The target answers a threat inside the quarter."""
    options, pick = _target_answers(crisis, episode)
    if pick == COMPLY:
        return
    _say(crisis, episode, episode.demand.target, options, pick, THREATENED)
    if pick == SHIELD:
        _call(crisis, episode)
    _keep_open(crisis, _shown(episode, options, pick))


def _shown(episode: Episode, options: Options, pick: str) -> Episode:
    """The episode after a refusal: one who resists shows its price is not beaten, one with another way out may not."""
    return replace(episode, refused=max(episode.refused, options.beaten)) if pick == RESIST else episode


def _under_measure(crisis: Crisis, episode: Episode) -> None:
    """The target decides anew on what is left of the loss; unless it gives in, the sender looks at its measure."""
    options, pick = _target_answers(crisis, episode)
    if pick == COMPLY:
        return
    if pick != RESIST:
        _say(crisis, episode, episode.demand.target, options, pick, IMPOSED)
    if pick == SHIELD:
        _call(crisis, episode)
    elif pick == RETALIATE:
        _retaliate(crisis, episode)
    _sender_moves(crisis, _shown(episode, options, pick))


def _give_in(crisis: Crisis, episode: Episode) -> None:
    base, settings = crisis.scene.base, crisis.scene.settings
    crisis.world = demand_met(base, settings, crisis.world, episode.demand)
    _end(crisis, episode, SETTLED)


def _call(crisis: Crisis, episode: Episode) -> None:
    shield = weigh.shields_of(crisis.scene, episode)[0]
    of, d, step = episode.demand, crisis.design, crisis.scene.world.step
    luck = draws.uniform(d.seed, "shield", d.run, step, d.base.regions[of.target], f"{shield.name} {of.name}")
    call = Call(shield.name, of.target, of.sender, of.name, step + int(shield.delay), bool(luck < shield.resolve))
    crisis.world = replace(crisis.world, calls=(*crisis.world.calls, call))


def _retaliate(crisis: Crisis, episode: Episode) -> None:
    of = episode.demand
    call = Call("", of.target, of.sender, of.name, crisis.scene.world.step, True)
    crisis.world = replace(crisis.world, calls=(*crisis.world.calls, call))


# --- the sender -------------------------------------------------------------------------------------


def _at_deadline(crisis: Crisis, episode: Episode) -> None:
    """A refused threat is carried out or dropped; an announced condition binds its sender."""
    if episode.scheduled:
        _say(crisis, episode, episode.demand.sender, None, CARRY_OUT, IMPOSED)
        _impose(crisis, episode)
        return
    sender = episode.demand.sender
    options, pick = answer(crisis.design, crisis.scene, episode, sender)
    if pick == CARRY_OUT:
        _say(crisis, episode, sender, options, CARRY_OUT, IMPOSED)
        crisis.carried.append(sender)
        _impose(crisis, episode)
        return
    _say(crisis, episode, sender, options, BACK_DOWN, FAILED)
    crisis.dropped.append(sender)
    _end(crisis, episode, FAILED)


def _sender_moves(crisis: Crisis, episode: Episode) -> None:
    base, settings = crisis.scene.base, crisis.scene.settings
    sender = episode.demand.sender
    options, pick = answer(crisis.design, crisis.scene, episode, sender)
    if pick == LIFT:
        _say(crisis, episode, sender, options, pick, FAILED)
        _end(crisis, episode, FAILED)
    elif pick == ESCALATE:
        _say(crisis, episode, sender, options, pick, IMPOSED)
        more = weigh.harsher(crisis.scene, episode.punishment)
        crisis.world = punished(base, settings, crisis.world, episode.demand, more)
        _keep_open(crisis, replace(episode, punishment=more))
    else:
        _keep_open(crisis, episode)


def _impose(crisis: Crisis, episode: Episode) -> None:
    base, settings = crisis.scene.base, crisis.scene.settings
    crisis.world = punished(base, settings, crisis.world, episode.demand, episode.punishment)
    _keep_open(crisis, replace(episode, state=IMPOSED, imposed=crisis.scene.world.step))


def _keep_open(crisis: Crisis, episode: Episode) -> None:
    crisis.world = replace(crisis.world, episodes=(*crisis.world.episodes, episode))


def _end(crisis: Crisis, episode: Episode, state: str) -> None:
    """The measure is taken back and the answers to it; the pair is quiet for a while."""
    base, settings, of, world = crisis.scene.base, crisis.scene.settings, episode.demand, crisis.world
    if episode.state == IMPOSED:
        world = released(base, settings, world, of, episode.punishment)
    world = answers_undone(base, settings, world, of.sender, of.target)
    quiet, settled = world.quiet.copy(), world.settled.copy()
    quiet[of.target, of.sender] = settings.bargaining.cooling_off
    settled[of.target, of.sender] = state == SETTLED
    crisis.world = replace(world, quiet=quiet, settled=settled)
    if state == SETTLED:
        crisis.world = with_agreed(base, crisis.world, of.sender, of.target)
    crisis.ended.append((episode, state))


def with_agreed(base: Economy, world: World, sender: int, target: int) -> World:
    """The world in which the tariffs that a bargain leaves in force are no breach of the sender's any more."""
    agreed, excused = world.agreed.copy(), world.excused.copy()
    agreed[sender, target] = points_of(base, world.tariff, sender)[target]
    excused[sender, target] = max(excused[sender, target], agreed[sender, target])
    return replace(world, agreed=agreed, excused=excused)


# --- answers of coalitions --------------------------------------------------------------------------


def _answer_together(crisis: Crisis) -> None:
    """Calls that are due are answered once the sender's measure stands."""
    step, done = crisis.scene.world.step, []
    for call in crisis.world.calls:
        standing = [e for e in crisis.world.episodes if e.demand.sender == call.sender
                    and e.demand.target == call.member and e.state == IMPOSED]  # fmt: skip
        if call.points or not call.agreed or step < call.due or not standing:
            done.append(call)
            continue
        done.append(replace(call, points=_put_on(crisis, call, standing[0])))
    world = replace(crisis.world, calls=tuple(done))
    points = np.stack([points_of(crisis.scene.base, world.tariff, i) for i in range(len(world.tariff))])
    crisis.world = replace(world, excused=np.maximum(world.excused, np.minimum(points, owed(world))))


def _put_on(crisis: Crisis, call: Call, episode: Episode) -> tuple[tuple[int, float], ...]:
    """Each member's tariff on the sender, worth its share of the injury; returns the points added."""
    base, settings = crisis.scene.base, crisis.scene.settings
    members, size = weigh.answerers(crisis.scene, call)
    value = size * weigh.size_of_injury(replace(crisis.scene, world=crisis.world), episode)
    before = crisis.world
    after = with_answers(base, settings, before, call.sender, members, value)
    for member in members:
        crisis.world = with_tariff(base, settings, crisis.world, member, _row(crisis.world, after, member))

    def points(world: World, member: int) -> float:
        return float(points_of(base, world.tariff, member)[call.sender])

    return tuple((member, points(after, member) - points(before, member)) for member in members)


def _row(world: World, after: World, member: int):
    tariff = world.tariff.copy()
    tariff[member] = after.tariff[member]
    return tariff
