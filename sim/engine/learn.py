"""What everybody learns from a quarter: who opened what against whom, who answered, who kept its word.

How counts become beliefs stands in `rules/belief.py`. Source: model section 7."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.engine.crisis import Crisis
from sim.engine.dated import announced
from sim.engine.design import Design
from sim.engine.step import Decision
from sim.moves.controls import held_back, tightened
from sim.moves.episodes import RESIST, RETALIATE, SHIELD
from sim.rules.belief import observe as updated
from sim.rules.tariff import breach_points
from sim.world.crisis import SETTLED, THREATENED
from sim.world.params import Array
from sim.world.past import PastMove, Remembered
from sim.world.state import World

NOTED = 1.0  # points: a smaller unexcused rise opens no episode


def learn(design: Design, before: World, decisions: list[Decision], crisis: Crisis, after: World) -> World:
    """Beliefs and history after a quarter's public events.

    before : the state before dated moves; crisis : the quarter's episodes, in whose world all moves are made
    after : the state a quarter on"""
    now, before = crisis.world, announced(design, before)
    opened = openings_seen(design, before, crisis)
    provoked, answered = _answers_seen(design, before, now)
    kept, broken, settled = _bargains(design, before, crisis, after, opened)
    more = {"provoked": provoked, "answered": answered, "kept": kept, "broken": broken}
    more |= {"carried": _count(design, crisis.carried), "dropped": _count(design, crisis.dropped)}
    more |= _alliance(design, before, crisis, opened)
    beliefs = updated(design.settings, after.beliefs, opened, _instruments(design, before, now), **more)
    past = after.past + remembered(design, before.step, decisions)
    return replace(after, beliefs=beliefs, settled=settled, past=past)


def remembered(design: Design, step: int, decisions: list[Decision]) -> tuple[Remembered, ...]:
    """This quarter's decisions as they are remembered; closed agendas leave none."""
    quarter, out = design.quarters[step], []
    for one in decisions:
        if one.ledger is not None:
            names = one.ledger.catalogue.names
            move = PastMove(quarter, design.base.regions[one.actor], names[one.pick])
            out.append(Remembered(move, names, one.ledger.score))
    return tuple(out)


def _count(design: Design, who: list[int]) -> Array:
    return np.bincount(np.array(who, dtype=int), minlength=len(design.base.regions)).astype(float)


def _instruments(design: Design, before: World, now: World) -> Array:
    """[sender, instrument], 1 for each that was used this quarter."""
    out = np.zeros_like(now.beliefs.conduct)
    raised = breach_points(design.base, now.tariff) - breach_points(design.base, before.tariff)
    for i in design.actors:
        out[i, -1] = float((raised[i] > NOTED).any())
    for target, sender, domain in np.argwhere(now.withheld > before.withheld):
        level = int(np.searchsorted(design.settings.levels, now.withheld[target, sender, domain]))
        out[sender, domain * len(design.settings.levels) + level] = 1.0
    held, denials = design.settings.holdings, list(design.settings.holdings.instruments)
    first = len(design.base.domains) * len(design.settings.levels)
    for target, sender, holding in np.argwhere(now.denied > before.denied):
        level = int(np.searchsorted(held.levels[holding], now.denied[target, sender, holding]))
        out[sender, first + denials.index((int(holding), level))] = 1.0
    return out


def openings_seen(design: Design, before: World, crisis: Crisis) -> Array:
    """[target, sender]: 1 where the sender threatened, raised unexcused tariffs on the target or withheld more from it.

    A threat counts when it is made, not again when it is carried out."""
    now = crisis.world
    points, old = breach_points(design.base, now.tariff), breach_points(design.base, before.tariff)
    fresh = (points - now.excused) - (old - before.excused) > NOTED  # [importer, exporter]
    withheld = tightened(before, now)
    actors = np.isin(np.arange(len(design.base.regions)), design.actors)
    opened = (fresh.T | withheld) & actors[None, :]
    known = [e for e in before.episodes if e.state == THREATENED and e.demand.sender in crisis.carried]
    for episode in known:
        opened[episode.demand.target, episode.demand.sender] = False
    for episode in crisis.opened:
        opened[episode.demand.target, episode.demand.sender] = True
    np.fill_diagonal(opened, False)
    return opened.astype(float)


def _answers_seen(design: Design, before: World, now: World) -> tuple[Array, Array]:
    """Per region: offences standing against it before, and whether it answered one now."""
    points = breach_points(design.base, before.tariff)
    offended = points - before.excused > NOTED  # [offender, target]
    opened = offended | held_back(before).T
    answer = (now.excused - before.excused > NOTED) | tightened(before, now).T
    # an offence is met once: those already answered ask for nothing more
    waiting = opened & ~(before.excused.T > NOTED)
    provoked = np.array([float(waiting[:, i].any()) for i in range(len(design.base.regions))])
    answered = np.array([float((answer[i] & waiting[:, i]).any()) for i in range(len(design.base.regions))])
    actors = np.isin(np.arange(len(design.base.regions)), design.actors)
    return provoked * actors, answered * actors


def _bargains(design: Design, before: World, crisis: Crisis, after: World, opened: Array) -> tuple[Array, Array, Array]:
    """[sender] bargains kept and broken this quarter, and those still watched [target, sender].

    A bargain is watched through its quiet time and as long again: a new attack in it breaks it. The threat that led
    to a bargain is older than the bargain, even within one quarter."""
    fresh = np.zeros_like(before.settled)
    for episode, state in crisis.ended:
        fresh[episode.demand.target, episode.demand.sender] |= state == SETTLED
    broken = before.settled & (opened > 0)
    standing = after.settled & ~fresh & ~broken
    kept = standing & (after.quiet <= -design.settings.bargaining.cooling_off)
    return kept.sum(axis=0).astype(float), broken.sum(axis=0).astype(float), (standing & ~kept) | fresh


def _alliance(design: Design, before: World, crisis: Crisis, opened: Array) -> dict[str, Array]:
    """[ally]: acts of its protector for and against the umbrella, and its own open acts against the protector."""
    n = len(design.base.regions)
    stood, wavered, defied = np.zeros(n), np.zeros(n), np.zeros(n)
    raised = breach_points(design.base, crisis.world.tariff) - breach_points(design.base, before.tariff) > NOTED
    for ally, protector in enumerate(design.settings.alliance.protector):
        if protector < 0:
            continue
        wavered[ally] = opened[ally, protector]
        stood[ally] = sum(state == SETTLED and (e.demand.target, e.demand.sender) == (ally, protector)
                          for e, state in crisis.ended)  # fmt: skip
        said = [a for a in crisis.answers if a.actor == ally and a.episode.demand.sender == protector]
        defied[ally] = sum(a.operation in (RESIST, RETALIATE, SHIELD) for a in said)
        withheld = tightened(before, crisis.world)[protector, ally]
        free = raised[ally, protector] and not any(a.operation == RETALIATE for a in said)  # else it is the same act
        defied[ally] += float(free or withheld)
    return {"stood": stood, "wavered": wavered, "defied": defied}
