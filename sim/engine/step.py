"""One quarter in calls: observe, decide, act, bargain (`crisis.py`), settle, learn (`learn.py`). Mesa takes the same.

Dated moves (`dated.py`) come first, since they were announced; free moves are simultaneous.
Source: model sections 1 and 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim import draws
from sim.engine import hidden
from sim.engine.chance import new_governments, shocks_left
from sim.engine.dated import Dated, decreed
from sim.engine.design import Design
from sim.engine.domestic import lived, political
from sim.errors import MoveError
from sim.moves.catalogue import Candidate, owed
from sim.moves.controls import denial
from sim.moves.path import Scene, effective, set_scene, stores_of
from sim.moves.rest import base_world
from sim.moves.score import Ledger, score, unscored, walk_one
from sim.moves.supposed import Others, all_made
from sim.rules.contracts import impact_shock, renew, wanted_composition
from sim.rules.diversification import built
from sim.rules.holdings import income_factor
from sim.rules.programmes import quarter_on
from sim.rules.solve import solve_one
from sim.rules.stores import Stores, needed
from sim.rules.tariff import breach_points
from sim.rules.trade import Balance, real_income
from sim.strategies.base import Observation, named
from sim.world.params import Array
from sim.world.programmes import Works
from sim.world.settings import CLASSES
from sim.world.state import World, check_world


@dataclass(frozen=True)
class Decision:
    """What one actor did and why; `ledger` is None when its agenda was closed."""

    actor: int
    pick: int
    ledger: Ledger | None
    probability: Array | None  # [candidate]
    forced: bool = False  # a person picked it, not the actor's rule


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
    support: Array  # [group, cause], percent, standing support at home after the quarter


def begin(design: Design) -> World:
    """The base year at step 0."""
    return base_world(design.base, design.settings, design.stock)


def observe(design: Design, world: World, scene: Scene | None) -> tuple[Scene, list[Dated]]:
    """Politics at home, dated moves, political and random shocks arrive; hold is solved.

    scene : of the quarter before, to start the solver from"""
    left = shocks_left(design, world)
    moved, dated = decreed(design, political(design, world, left))
    moods = new_governments(design, world, left, politics(design, world))
    moved = replace(moved, politics=moods, shock_left=left, audience=audiences(design, world))
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


def audiences(design: Design, world: World) -> Array:
    """[demand], percent of the sender's income: what backing down would cost it at home, drawn anew until it asks."""
    return np.array([hidden.audience(design, world.step, of) for of in design.settings.demands])


def seen_by(design: Design, world: World, actor: int, scene: Scene | None = None) -> Observation:
    """What the actor's strategy may see; what it works out about the others needs the scene."""
    code = design.base.regions[actor]
    return Observation(
        code, design.quarters[world.step], design.seed, design.run, world.step, design.settings,
        design.settings.act_cost[actor], history=tuple(one.move for one in world.past),
        own=tuple(one for one in world.past if one.move.actor == code),
        others=None if scene is None else Others(scene, design.menus(world), actor),
    )  # fmt: skip


def agenda_open(design: Design, world: World, actor: int) -> bool:
    """Whether the actor gets to decide this quarter."""
    if (world.step, actor) in design.forced:
        return True
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
    forced = design.forced.get((scene.world.step, actor))
    looks = rule.looks_at_scores or forced is not None  # a person wants to know what it was worth
    ledger = (score if looks else unscored)(scene, design.menus(scene.world)[actor])
    if forced is None:
        pick = asked(rule, seen, lambda: rule.choose(seen, ledger), ledger)
    else:
        pick = named(seen, ledger, forced, "turns")
    walked = walk_one(scene, ledger, int(pick))
    chances = _asked(rule, seen, lambda: rule.probabilities(seen, walked))
    return Decision(actor, pick, walked, chances, forced is not None)


def asked(rule, seen: Observation, question, ledger: Ledger) -> int:
    """The rule's pick; MoveError when it is no feasible candidate of the ledger."""
    pick = _asked(rule, seen, question)
    number = isinstance(pick, (int, np.integer)) and not isinstance(pick, bool)
    if not number or not 0 <= pick < len(ledger.feasible) or not ledger.feasible[pick]:
        raise MoveError(
            f"strategy {_label(rule)} of {seen.actor} returned {pick!r} in {seen.quarter}; "
            f"must be the index of a feasible candidate"
        )
    return int(pick)


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
    return all_made(design.base, design.settings, scene.world, made_by(design, scene, decisions))


def made_by(design: Design, scene: Scene, decisions: list[Decision]) -> dict[int, Candidate]:
    """The picks, by actor."""
    menus = design.menus(scene.world)
    return {d.actor: menus[d.actor].candidates[d.pick] for d in decisions}


def threats_made(design: Design, scene: Scene, decisions: list[Decision]) -> dict[int, Candidate]:
    """The threats among the picks, by actor."""
    picks = made_by(design, scene, decisions)
    return {actor: move for actor, move in picks.items() if move.instrument == "threat"}


def settle(design: Design, scene: Scene, world: World) -> tuple[Settled, World]:
    """The quarter's equilibrium, then contracts, programmes and stocks a quarter on."""
    base, settings = design.base, design.settings
    felt = scene.outlook.felt(world.withheld)
    short, v, y = effective(base, settings, world, felt)
    wedge = scene.outlook.wedge(base, world.tariff) + scene.opened(world.works.level)
    where = f"run {design.run}, {design.quarters[world.step]}"
    x, at = solve_one(base, impact_shock(base, world.tariff, short, v, y, wedge), scene.impact, where)
    support = lived(design, scene, world, x, at)
    income = real_income(base, x, at.income) * income_factor(base, denial(settings, world))
    settled = Settled(world, x, at, income, v, y, short, support)
    hedge = scene.marked(world.hedge, world.works.level)
    wanted = wanted_composition(base, short, hedge, at.log_cost[None] + wedge)
    available, stranded = renew(v, y, wanted, settings.renewal)
    hedge, left = built(world.hedge, world.hedge_goal, world.build_left, base.hedge_base, settings.hedge_decay)
    points, works = breach_points(base, world.tariff), quarter_on(settings.programmes, world.works)
    kept = stored(design, world, felt, works)
    after = replace(
        world, step=world.step + 1, available=available, stranded=stranded, short=short, hedge=hedge, build_left=left,
        hedge_goal=np.where(left > 0, world.hedge_goal, hedge), stock=kept.stock,
        pool=kept.pool, works=works,
        excused=np.maximum(np.minimum(np.minimum(world.excused, points), points.T), np.minimum(points, owed(world))),
        cooling=np.maximum(world.cooling - 1, 0), denial_cooling=np.maximum(world.denial_cooling - 1, 0),
        quiet=np.maximum(world.quiet - 1, -settings.bargaining.cooling_off),
        support=support,
    )  # fmt: skip
    check_world(base, after)
    return settled, after


def stored(design: Design, world: World, felt: Array, works: Works) -> Stores:
    """Stores after a quarter: what was missing was drawn; what nobody lacks is filled up toward what is to be kept.

    felt : share of varieties that buyers do without [importer, exporter, domain]; works : programmes a quarter on"""
    base, settings = design.base, design.settings
    after, _ = stores_of(settings, world).drawn(base, needed(base, felt))
    calm = ~(felt > 0).any(axis=1)
    stock, pool = after.stock.copy(), after.pool.copy()
    for member, goal, pace in _kept(design):
        more = np.minimum(stock[member] + pace, np.maximum(goal, stock[member]))
        stock[member] = np.where(calm[member], more, stock[member])
    for p, one in enumerate(settings.programmes):
        goal, more = works.level[p] * one.cover, (works.level[p] - world.works.level[p]) * one.cover
        filled = np.minimum(pool[p] + more + goal / settings.refill, goal)
        pool[p] = np.where(calm[list(one.members)].all(axis=0), filled, np.clip(pool[p] + more, 0.0, goal))
    return Stores(stock, pool, settings.programmes)


def _kept(design: Design) -> Iterator[tuple[int, Array, Array]]:
    """Who keeps what in store [domain], and what fills up a quarter: today's stocks, or a law's if larger."""
    settings = design.settings
    for member in range(len(design.base.regions)):
        goal, pace = settings.stock_goal[member], settings.stock_goal[member] / settings.refill
        for shield in settings.shields:
            if member in shield.members:
                goal, pace = np.maximum(goal, shield.cover), np.maximum(pace, shield.cover / shield.build_quarters)
        if goal.any():
            yield member, goal, pace
