"""How others would answer a move, and how likely: match the tariff, or withhold in the domain they hold.

A tariff is matched in points. Everything else is answered by equivalence, the value of trade hit (as in the
WTO's Dispute Settlement Understanding, Art. 22.4): a control of a small flow draws no tariff on everything.
Probabilities are beliefs; what an answer costs the mover is left to `score.py`. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.moves.catalogue import Candidate
from sim.moves.controls import value_hit
from sim.moves.path import Scene
from sim.rules.tariff import points_of
from sim.world.params import Economy
from sim.world.settings import Settings
from sim.world.state import World

MATCH, WITHHOLD = "match", "withhold"
UNIT = 10.0  # points of the tariff answer that screening scales


@dataclass(frozen=True)
class Answer:
    """One answer of one region to one move."""

    by: int
    kind: str
    probability: float
    size: float  # in unit answers: screening scales them


def answered_world(scene: Scene, actor: int, made: World, answer: Answer) -> World:
    """The world with a move of the actor and this answer to it."""
    base, settings, by = scene.base, scene.settings, answer.by
    if answer.kind == MATCH:
        tariff = made.tariff.copy()
        cell = tariff[by, actor]
        asked = np.minimum(cell + answer.size * UNIT / 100, np.maximum(cell, settings.tariff_bound))
        tariff[by, actor] = np.where(base.goods, asked, cell)
        return replace(made, tariff=tariff)
    withheld = made.withheld.copy()
    cell = actor, by, settings.lever[by]
    withheld[cell] = max(withheld[cell], answer.size * settings.levels[0])
    return replace(made, withheld=withheld)


def can_withhold(base: Economy, settings: Settings, world: World, by: int, against: int) -> bool:
    """Whether the region has a lever on the other that is not in use."""
    lever = settings.lever[by]
    if lever < 0 or world.withheld[against, by, lever] >= settings.levels[0]:
        return False
    return 100 * base.flow[against, by, lever] / base.income[by] >= settings.min_flow_small


def unit_answers(scene: Scene, actor: int) -> list[Answer]:
    """Each other actor's answers to hold, of unit size: what screening scales."""
    base, settings, world = scene.base, scene.settings, scene.world
    out = []
    for by in answering(settings):
        if by == actor:
            continue
        out.append(Answer(by, MATCH, 1.0, 1.0))
        if can_withhold(base, settings, world, by, actor):
            out.append(Answer(by, WITHHOLD, 1.0, 1.0))
    return out


def answering(settings: Settings) -> list[int]:
    """Regions that can answer: those with conduct of their own."""
    return [int(k) for k in np.flatnonzero(settings.conduct_prior.sum(axis=-1) > 0)]


def answers_to(scene: Scene, actor: int, move: Candidate, made: World) -> list[Answer]:
    """Answers that a hostile move may draw from the actors it hits."""
    if move.operation not in ("raise", "match") and not (move.instrument == "control" and move.operation != "lift"):
        return []
    base, settings, world = scene.base, scene.settings, scene.world
    answers, able = [], answering(settings)
    for by in move.partners:
        if by == actor or by not in able:
            continue
        points, value, answer_share = _provocation(scene, actor, by, move, made)
        # an answer to a breach is no breach: it draws a counter-answer less often
        likely = scene.will[by] * (1 - answer_share + settings.counter_answer * answer_share)
        likely = max(likely, backing(settings, by) if move.asks else 0.0)
        by_tariff = scene.chance[by, -1] if can_withhold(base, settings, world, by, actor) else 1.0
        answers.append(Answer(by, MATCH, likely * by_tariff, points / UNIT))
        if by_tariff < 1:
            lever = base.flow[actor, by, settings.lever[by]]
            withheld = min(value / lever, settings.levels[0])
            answers.append(Answer(by, WITHHOLD, likely * (1 - by_tariff), withheld / settings.levels[0]))
    return answers + _together(scene, actor, move, made)


def _together(scene: Scene, actor: int, move: Candidate, made: World) -> list[Answer]:
    """Answers of those bound to a target by a shield, to a measure that carries a demand.

    Such an answer comes late and only if the members agree: its chance is weighted by the time that is left."""
    if not move.asks:
        return []
    base, settings = scene.base, scene.settings
    out: dict[int, Answer] = {}
    for shield in settings.shields:
        likely = shield.resolve * time_left(settings, shield.delay)
        for target in [k for k in move.partners if k in shield.members]:
            value = injured(base, settings, scene.world, made, target, actor)
            for member in shield.members:
                bought = base.goods_bought[member, actor].sum()
                if member in (actor, target) or bought <= 0 or likely <= 0:
                    continue
                points = 100 * shield.size * value / bought
                known = out.get(member)
                if known is None or likely > known.probability:
                    out[member] = Answer(member, MATCH, likely, points / UNIT)
    return list(out.values())


def backing(settings: Settings, region: int) -> float:
    """Chance, weighted by the time left, that a shield answers for a region."""
    mine = [s.resolve * time_left(settings, s.delay) for s in settings.shields if region in s.members]
    return max(mine, default=0.0)


def injured(base: Economy, settings: Settings, before: World, after: World, target: int, sender: int) -> float:
    """Value of the target's trade and holdings that a measure hits, a year, in units of world labour income."""
    tariff = (base.goods_bought[sender, target] * (after.tariff - before.tariff)[sender, target]).sum()
    return float(tariff) + value_hit(base, settings, before, after, target, sender)


def time_left(settings: Settings, delay: float) -> float:
    """Share of the horizon's weight that comes after a delay in quarters, parts of a quarter included."""
    discount = settings.discount ** np.arange(settings.horizon)
    after = np.clip(np.arange(settings.horizon) + 1 - delay, 0, 1)
    return float((discount * after).sum() / discount.sum())


def _provocation(scene: Scene, actor: int, by: int, move: Candidate, made: World) -> tuple[float, float, float]:
    """Points that a tariff answer returns, the value of trade hit a year, and the part that answers a breach."""
    base, world = scene.base, scene.world
    goods = base.goods_bought
    if move.instrument == "control":
        value = value_hit(base, scene.settings, world, made, by, actor)
        return 100 * value / goods[by, actor].sum(), value, 0.0
    value = float((goods[actor, by] * (made.tariff - world.tariff)[actor, by]).sum())
    added = points_of(base, made.tariff, actor)[by] - scene.points[actor, by]
    if added <= 0:
        return 0.0, max(value, 0.0), 1.0
    excused = made.excused[actor, by] - world.excused[actor, by]
    return float(added), value, float(np.clip(excused / added, 0, 1))
