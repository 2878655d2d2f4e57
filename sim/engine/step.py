"""One quarter in five calls: observe, decide, act, settle, learn. The Mesa model takes the same five.

Dated moves come first, since they were announced; free moves are simultaneous. Source: model sections 1 and 4."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim import draws
from sim.engine.design import Design
from sim.errors import MoveError
from sim.moves.catalogue import with_hedge, with_tariff
from sim.moves.path import Scene, effective, set_scene
from sim.moves.rest import base_world
from sim.moves.score import Ledger, score, unscored, walk_one
from sim.moves.supposed import Others, all_made
from sim.rules.belief import observe as updated
from sim.rules.coercion import drawn
from sim.rules.contracts import impact_shock, log_wedge, renew, wanted_composition
from sim.rules.diversification import built
from sim.rules.solve import solve_one
from sim.rules.tariff import breach_points
from sim.rules.trade import Balance, real_income
from sim.strategies.base import Observation
from sim.world.params import Array, Economy
from sim.world.past import PastMove, Remembered
from sim.world.settings import CLASSES
from sim.world.state import World, check_world

NOTED = 1.0  # points: a smaller unexcused rise opens no episode


@dataclass(frozen=True)
class Decision:
    """What one actor did and why; `ledger` is None when its agenda was closed."""

    actor: int
    pick: int
    ledger: Ledger | None
    probability: Array | None  # [candidate]


@dataclass(frozen=True)
class Dated:
    """A move that was decreed by the calendar or pledged by the policy."""

    actor: int
    target: int
    origin: str  # dated or commitment
    instrument: str
    operation: str
    domains: tuple[int, ...]
    before: float  # mean rate over the domains, weighted by base flows; mark-up for a hedge
    after: float


@dataclass(frozen=True)
class Settled:
    """The quarter's equilibrium: contracts as they stood, moves made."""

    world: World  # moves made, contracts not yet renewed
    x: Array
    at: Balance
    income: Array  # real income relative to the base year [region]
    available: Array  # v after controls
    stranded: Array  # y after controls
    short: Array


def begin(design: Design) -> World:
    """The base year at step 0."""
    return base_world(design.base, design.settings, design.stock)


def observe(design: Design, world: World, scene: Scene | None) -> tuple[Scene, list[Dated]]:
    """Dated moves and political shocks arrive; hold is solved.

    scene : of the quarter before, to start the solver from"""
    moved, dated = decreed(design, world)
    moved = replace(moved, politics=politics(design, world))
    near = design.anchors if scene is None else (scene.impact, scene.adapted)
    where = f"run {design.run}, {design.quarters[world.step]}"
    return set_scene(design.base, design.settings, moved, design.weight, near, where), dated


def politics(design: Design, world: World) -> Array:
    """[region, class], percent: AR(1) with keyed luck, stationary from the start."""
    if not design.shocks:
        return np.zeros_like(world.politics)
    s, out = design.settings, np.zeros_like(world.politics)
    for i in design.actors:
        luck = draws.normal(design.seed, "politics", design.run, world.step, design.base.regions[i], np.array(CLASSES))
        if world.step == 0:
            out[i] = s.shock_sd * luck
        else:
            out[i] = s.shock_persistence * world.politics[i] + s.shock_sd * np.sqrt(1 - s.shock_persistence**2) * luck
    return out


def decreed(design: Design, world: World) -> tuple[World, list[Dated]]:
    """The world after this quarter's calendar and pledges, and what they were."""
    dated: list[Dated] = []
    if design.dated:
        now = design.dated[world.step]
        before = design.dated[world.step - 1] if world.step else design.base.tariff
        changed = np.abs(now - before) > 1e-12
        if changed.any():
            world, dated = _decree(design, world, np.where(changed, now, world.tariff))
    for pledge in design.pledges:
        if pledge.step == world.step:
            world, item = _pledge(design, world, pledge)
            dated.append(item)
    return world, dated


def _decree(design: Design, world: World, tariff: Array) -> tuple[World, list[Dated]]:
    """Dated rates; of two that raise at once, the smaller rise is the answer to the larger."""
    base, reciprocity = design.base, design.settings.reciprocity
    before, after = breach_points(base, world.tariff), breach_points(base, tariff)
    rise = np.maximum(after - before, 0)
    answers = (rise > 0) & (rise < rise.T)
    excused = np.where(answers, np.minimum(world.excused + rise, reciprocity * after.T), world.excused)
    excused = np.minimum(np.minimum(excused, after), after.T)
    goods = np.flatnonzero(base.goods)
    out = []
    for i, j in np.argwhere(np.abs(tariff - world.tariff).max(axis=-1) > 1e-12):
        changed = tuple(int(d) for d in goods if abs(tariff[i, j, d] - world.tariff[i, j, d]) > 1e-12)
        old, new = (_mean_rate(base, t, int(i), int(j), changed) for t in (world.tariff, tariff))
        step = "raise" if new > old else "cut"
        out.append(Dated(int(i), int(j), "dated", "tariff", step, changed, old, new))
    return replace(world, tariff=tariff, excused=excused), out


def _pledge(design: Design, world: World, pledge) -> tuple[World, Dated]:
    focus, settings = design.focus, design.settings
    if pledge.kind == "hedge":
        # a policy may pledge several suppliers of a domain at once: one at a time binds free moves only
        new = with_hedge(settings, world, focus, (pledge.partner,), pledge.domains, pledge.size)
        cells = (focus, pledge.partner, list(pledge.domains))
        sizes = (float(world.hedge_goal[cells].mean()), float(new.hedge_goal[cells].mean()))
        return new, Dated(focus, pledge.partner, "commitment", "hedge", "start", pledge.domains, *sizes)
    cells = np.ix_((focus,), (pledge.partner,), pledge.domains)
    tariff = world.tariff.copy()
    tariff[cells] = np.minimum(tariff[cells], design.base.tariff[cells] * pledge.size)
    rates = [_mean_rate(design.base, t, focus, pledge.partner, pledge.domains) for t in (world.tariff, tariff)]
    new = with_tariff(design.base, settings, world, focus, tariff)
    return new, Dated(focus, pledge.partner, "commitment", "tariff", "cut", pledge.domains, *rates)


def _mean_rate(base: Economy, tariff: Array, importer: int, exporter: int, domains: tuple[int, ...]) -> float:
    flow = base.flow[importer, exporter, list(domains)]
    rate = tariff[importer, exporter, list(domains)]
    return float((rate * flow).sum() / flow.sum()) if flow.sum() > 0 else float(rate.mean())


def seen_by(design: Design, world: World, actor: int, scene: Scene | None = None) -> Observation:
    """What the actor's strategy may see; what it works out about the others needs the scene."""
    code = design.base.regions[actor]
    return Observation(
        code, design.quarters[world.step], design.seed, design.run, world.step, design.settings,
        design.settings.act_cost[actor], history=tuple(one.move for one in world.past),
        own=tuple(one for one in world.past if one.move.actor == code),
        others=None if scene is None else Others(scene, design.catalogues, actor),
    )  # fmt: skip


def agenda_open(design: Design, world: World, actor: int) -> bool:
    """Whether the actor gets to decide this quarter."""
    if world.step < design.free_from:
        return False
    if design.strategies[actor].always_open:
        return True
    return bool(seen_by(design, world, actor).uniform("agenda", ("agenda",))[0] < design.settings.agenda)


def decide(design: Design, scene: Scene, actor: int) -> Decision:
    """One actor's pick among its scored candidates.

    Raises MoveError when its strategy raises or returns something that is no feasible candidate."""
    if not agenda_open(design, scene.world, actor):
        return Decision(actor, 0, None, None)
    seen, rule = seen_by(design, scene.world, actor, scene), design.strategies[actor]
    ledger = (score if rule.looks_at_scores else unscored)(scene, design.catalogues[actor])
    pick = _asked(rule, seen, lambda: rule.choose(seen, ledger))
    if not isinstance(pick, (int, np.integer)) or not 0 <= pick < len(ledger.feasible) or not ledger.feasible[pick]:
        raise MoveError(
            f"strategy {_label(rule)} of {seen.actor} returned {pick!r} in {seen.quarter}; "
            f"must be the index of a feasible candidate"
        )
    walked = walk_one(scene, ledger, int(pick))
    return Decision(actor, int(pick), walked, _asked(rule, seen, lambda: rule.probabilities(seen, walked)))


def _asked(rule, seen: Observation, question):
    """What the rule answers; MoveError with actor and quarter when it raises."""
    try:
        return question()
    except MoveError:
        raise
    except Exception as error:
        raise MoveError(
            f"strategy {_label(rule)} of {seen.actor} raised {type(error).__name__} in {seen.quarter}: {error}"
        ) from error


def _label(rule) -> str:
    return repr(getattr(rule, "name", type(rule).__name__))


def act(design: Design, scene: Scene, decisions: list[Decision]) -> World:
    """All picks at once."""
    moves = {d.actor: design.catalogues[d.actor].candidates[d.pick] for d in decisions}
    return all_made(design.base, design.settings, scene.world, moves)


def settle(design: Design, scene: Scene, world: World) -> tuple[Settled, World]:
    """The quarter's equilibrium, then contracts, programmes and stocks a quarter on."""
    base, settings = design.base, design.settings
    short, v, y = effective(base, world, world.withheld)
    wedge = log_wedge(base, world.tariff)
    where = f"run {design.run}, {design.quarters[world.step]}"
    x, at = solve_one(base, impact_shock(base, world.tariff, short, v, y, wedge), scene.impact, where)
    settled = Settled(world, x, at, real_income(base, x, at.income), v, y, short)
    wanted = wanted_composition(base, short, world.hedge, at.log_cost[None] + wedge)
    available, stranded = renew(v, y, wanted, settings.renewal)
    hedge, left = built(world.hedge, world.hedge_goal, world.build_left, base.hedge_base, settings.hedge_decay)
    points = breach_points(base, world.tariff)
    after = replace(
        world, step=world.step + 1, available=available, stranded=stranded, short=short, hedge=hedge, build_left=left,
        hedge_goal=np.where(left > 0, world.hedge_goal, hedge), stock=drawn(world.withheld, base.share, world.stock),
        excused=np.minimum(np.minimum(world.excused, points), points.T), cooling=np.maximum(world.cooling - 1, 0),
    )  # fmt: skip
    check_world(base, after)
    return settled, after


def learn(
    design: Design, before: World, scene: Scene, decisions: list[Decision], settled: Settled, after: World
) -> World:
    """Beliefs and history after what everybody saw this quarter; `before` is the state before dated moves."""
    opened = openings_seen(design, before, settled.world)
    instruments = np.zeros_like(after.beliefs.conduct)
    raised = breach_points(design.base, settled.world.tariff) - breach_points(design.base, before.tariff)
    for i in design.actors:
        instruments[i, -1] = float((raised[i] > NOTED).any())
    rise = settled.world.withheld - before.withheld
    for target, sender, domain in np.argwhere(rise > 0):
        level = int(np.searchsorted(design.settings.levels, settled.world.withheld[target, sender, domain]))
        instruments[sender, domain * len(design.settings.levels) + level] = 1.0
    provoked, answered = _answers_seen(design, before, settled.world)
    beliefs = updated(design.settings, after.beliefs, opened, instruments, answered, provoked)
    return replace(after, beliefs=beliefs, past=after.past + remembered(design, before.step, decisions))


def remembered(design: Design, step: int, decisions: list[Decision]) -> tuple[Remembered, ...]:
    """This quarter's decisions as they are remembered; closed agendas leave none."""
    quarter, out = design.quarters[step], []
    for one in decisions:
        if one.ledger is not None:
            names = design.catalogues[one.actor].names
            move = PastMove(quarter, design.base.regions[one.actor], names[one.pick])
            out.append(Remembered(move, names, one.ledger.score))
    return tuple(out)


def openings_seen(design: Design, before: World, now: World) -> Array:
    """[target, sender]: 1 where the sender raised unexcused tariffs on the target or withheld more from it."""
    points, old = breach_points(design.base, now.tariff), breach_points(design.base, before.tariff)
    fresh = (points - now.excused) - (old - before.excused) > NOTED  # [importer, exporter]
    withheld = (now.withheld > before.withheld).any(axis=-1)  # [target, sender]
    actors = np.isin(np.arange(len(design.base.regions)), design.actors)
    opened = (fresh.T | withheld) & actors[None, :]
    np.fill_diagonal(opened, False)
    return opened.astype(float)


def _answers_seen(design: Design, before: World, now: World) -> tuple[Array, Array]:
    """Per region: offences standing against it before, and whether it answered one now."""
    points = breach_points(design.base, before.tariff)
    offended = points - before.excused > NOTED  # [offender, target]
    opened = offended | (before.withheld > 0).any(axis=-1).T
    answer = (now.excused - before.excused > NOTED) | (now.withheld > before.withheld).any(axis=-1).T
    # an offence is met once: those already answered ask for nothing more
    waiting = opened & ~(before.excused.T > NOTED)
    provoked = np.array([float(waiting[:, i].any()) for i in range(len(design.base.regions))])
    answered = np.array([float((answer[i] & waiting[:, i]).any()) for i in range(len(design.base.regions))])
    actors = np.isin(np.arange(len(design.base.regions)), design.actors)
    return provoked * actors, answered * actors
