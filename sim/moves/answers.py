"""How others would answer a move, and how likely: match the tariff, or withhold in the domain they hold.

Probabilities are beliefs; what an answer costs the mover is left to `score.py`. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.moves.catalogue import Candidate
from sim.moves.path import Scene
from sim.rules.belief import conduct, retaliation
from sim.rules.tariff import breach_points
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
    size: float  # in unit answers, for screening
    world: World  # the move and this answer to it


def matched_world(base: Economy, settings: Settings, world: World, by: int, against: int, points: float) -> World:
    """The world with a tariff of so many points on all goods of one exporter, up to the bound."""
    tariff = world.tariff.copy()
    cell = tariff[by, against]
    tariff[by, against] = np.where(base.goods, np.minimum(cell + points / 100, np.maximum(cell, settings.tariff_bound)), cell)
    return replace(world, tariff=tariff)


def withheld_world(settings: Settings, world: World, by: int, against: int) -> World:
    """The world with the region's answering control, at the licensing level."""
    withheld = world.withheld.copy()
    lever = settings.lever[by]
    withheld[against, by, lever] = max(withheld[against, by, lever], settings.levels[0])
    return replace(world, withheld=withheld)


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
        out.append(Answer(by, MATCH, 1.0, 1.0, matched_world(base, settings, world, by, actor, UNIT)))
        if can_withhold(base, settings, world, by, actor):
            out.append(Answer(by, WITHHOLD, 1.0, 1.0, withheld_world(settings, world, by, actor)))
    return out


def answering(settings: Settings) -> list[int]:
    """Regions that can answer: those with conduct of their own."""
    return [int(k) for k in np.flatnonzero(settings.conduct_prior.sum(axis=-1) > 0) if settings.lever[k] >= 0]


def answers_to(scene: Scene, actor: int, move: Candidate, made: World) -> list[Answer]:
    """Answers that a hostile move may draw from the actors it hits, made on top of the move."""
    if move.operation not in ("raise", "match") and not (move.instrument == "control" and move.operation != "lift"):
        return []
    base, settings, world = scene.base, scene.settings, scene.world
    answers = []
    will, chance = retaliation(settings, world.beliefs), conduct(settings, world.beliefs)
    for by in move.partners:
        if by == actor or by not in answering(settings):
            continue
        points, answer_share = _provocation(scene, actor, by, move, made)
        # an answer to a breach is no breach: it draws a counter-answer less often
        likely = will[by] * (1 - answer_share + settings.counter_answer * answer_share)
        by_tariff = chance[by, -1]
        if not can_withhold(base, settings, world, by, actor):
            by_tariff = 1.0
        match = matched_world(base, settings, made, by, actor, points)
        answers.append(Answer(by, MATCH, likely * by_tariff, points / UNIT, match))
        if by_tariff < 1:
            reply = withheld_world(settings, made, by, actor)
            answers.append(Answer(by, WITHHOLD, likely * (1 - by_tariff), 1.0, reply))
    return answers


def _provocation(scene: Scene, actor: int, by: int, move: Candidate, made: World) -> tuple[float, float]:
    """Points that a match would return, and the share of the move that itself answers a breach."""
    if move.instrument == "control":
        return 100 * scene.settings.market_tariff, 0.0
    before = breach_points(scene.base, scene.world.tariff)[actor, by]
    added = breach_points(scene.base, made.tariff)[actor, by] - before
    if added <= 0:
        return 0.0, 1.0
    excused = made.excused[actor, by] - scene.world.excused[actor, by]
    return added, float(np.clip(excused / added, 0, 1))
