"""Terms of trial moves along the whole path, and what screening shares with it: how an outcome becomes a prospect.

Payoffs themselves are left to `rules/payoff.py`, what is looked at to `score.py`. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.moves.answers import Answer, answered_world, answers_to
from sim.moves.catalogue import Candidate, Catalogue
from sim.moves.constituents import Means, Veto, gained, vetoes
from sim.moves.controls import denial, one_off
from sim.moves.path import Outcome, Rows, Scene, long_composition, walk
from sim.moves.programmes import paid_back, stands
from sim.moves.risk import Fear, built_stores, expected_loss
from sim.moves.rollback import rollback_gain
from sim.moves.safety import hostile, insecure, moved_points
from sim.rules.contracts import renewed_share
from sim.rules.diversification import running_cost
from sim.rules.payoff import Prospect, payoff_terms
from sim.rules.programmes import owned, spending
from sim.rules.tariff import breach, breach_points
from sim.world.params import Array
from sim.world.settings import CLASSES, Settings
from sim.world.state import World

SOFTENING = ("cut", "remove", "lift", "abandon")  # moves that a hawkish mood speaks against


@dataclass(frozen=True)
class Trial:
    """Candidates made on trial: worlds of the feasible ones, hold first."""

    index: Array  # [row], position in the catalogue
    moves: list[Candidate]
    worlds: list[World]


def some_of(trial: Trial, rows: Array) -> Trial:
    return Trial(trial.index[rows], [trial.moves[k] for k in rows], [trial.worlds[k] for k in rows])


# --- how far a move stands ---


def phase(settings: Settings, building: bool) -> Array:
    """[node]: how much of a change wanted from quarter 0 stands in contracts; a programme builds up first."""
    if not building:
        return np.array([renewed_share(settings.renewal, node) for node in settings.nodes])
    out, stands, at = [], 0.0, 0
    for node in settings.nodes:
        while at < node:
            stands += settings.renewal * (min(at / settings.build_quarters, 1.0) - stands)
            at += 1
        out.append(stands)
    return np.array(out)


def phases(scene: Scene, trial: Trial) -> Array:
    """[row]: mean over the horizon of the part of a move that stands in contracts, or of a stock."""
    settings = scene.settings
    plain, built = (settings.annuity(phase(settings, b)) for b in (False, True))
    return np.array([
        _programme_stands(settings, move, made) if move.programme >= 0 else
        built if move.instrument == "hedge" else plain
        for move, made in zip(trial.moves, trial.worlds, strict=True)
    ])  # fmt: skip


def _programme_stands(settings: Settings, move: Candidate, made: World) -> float:
    k, works = move.programme, made.works
    return stands(settings, settings.programmes[k], works.wait[k], works.ramp[k], move.operation == "abandon")


# --- the whole path ---------------------------------------------------------------------------------


def walk_terms(scene: Scene, catalogue: Catalogue, trial: Trial, feared: Fear,
          undone: dict[int, World]) -> tuple[Array, Array]:  # fmt: skip
    """Terms [row, term] along the path, and mean real income [row, region]."""
    of, everyone = walked(scene, catalogue, trial, feared, undone)
    return payoff_terms(scene.settings, catalogue.actor, of), everyone


def walked(scene: Scene, catalogue: Catalogue, trial: Trial, feared: Fear,
           undone: dict[int, World]) -> tuple[Prospect, Array]:  # fmt: skip
    """Outcomes along the path, answers walked with the move; and mean real income [row, region]."""
    actor = catalogue.actor
    count = len(trial.moves)
    replies: list[tuple[int, Answer]] = [
        (row, answer)
        for row, move in enumerate(trial.moves)
        for answer in answers_to(scene, actor, move, trial.worlds[row])
    ]
    made = [answered_world(scene, actor, trial.worlds[row], answer) for row, answer in replies]
    outcome = walk(scene, Rows.of([*trial.worlds, *made, *undone.values()]), actor)
    annuity = scene.ahead.annuity
    everyone = annuity(outcome.income)
    income = everyone[:, actor]
    answered = np.zeros(count)
    for k, (row, answer) in enumerate(replies):
        answered[row] += answer.probability * (income[count + k] - income[row])
    met = dict(zip(undone, income[count + len(made) :] - income[0], strict=True))
    means = Means.of(outcome, actor, lambda values: annuity(values)[:count])
    composition = long_composition(scene, Rows.of(trial.worlds))[:, actor]
    of = prospect(scene, catalogue, trial, feared, composition, means, answered,
                  _running(scene, outcome, actor, count), met)  # fmt: skip
    return of, everyone[:count]


def judged(scene: Scene, catalogue: Catalogue, of: Prospect) -> tuple[Array, list[Veto | None]]:
    """Terms [row, term], and which rows a group at home blocks."""
    terms = payoff_terms(scene.settings, catalogue.actor, of)
    return terms, vetoes(scene, catalogue.actor, of.support, terms.sum(axis=-1))


def _running(scene: Scene, outcome: Outcome, actor: int, count: int) -> Array:
    by_node = running_cost(outcome.hedge[:, :count, actor], scene.base.hedge_base[actor], scene.settings.running_cost)
    of = scene.settings.programmes
    spent = spending(of, outcome.level[:, :count], outcome.sunk[:, :count])
    by_node = by_node + (spent * owned(of, actor)).sum(axis=-1)
    return scene.ahead.annuity(by_node)


# --- what both have in common -----------------------------------------------------------------------


def prospect(scene, catalogue, trial, feared, composition, means: Means, answered, running, met) -> Prospect:
    base, settings, actor = scene.base, scene.settings, catalogue.actor
    tariff = np.stack([w.tariff for w in trial.worlds])
    excused = np.stack([w.excused for w in trial.worlds])
    withheld = np.stack([w.withheld for w in trial.worlds])
    points = breach_points(base, tariff)
    own_breach = breach(base, points, excused)[:, actor]
    share = phases(scene, trial)
    expected = expected_loss(scene, feared, composition, reach_of(scene, actor, trial), held_of(scene, actor, trial))
    risk = expected[0] + share * (expected - expected[0])
    denied = np.stack([w.denied[:, actor] for w in trial.worlds])
    political = (settings.control_value[actor] * withheld[:, :, actor]).sum(axis=(1, 2))
    political = political + (settings.holdings.value[actor] * denied).sum(axis=(1, 2))
    punishing = np.array([move.instrument == "control" for move in trial.moves])
    once, insecurity = _once(scene, trial.moves), _insecurity(scene, actor, trial, composition, share)
    spent = running + np.where(punishing, 0.0, once) * settings.once
    return Prospect(
        income=means.income, answered=answered, rents=(means.earned * settings.producer_weight[actor]).sum(axis=-1),
        breach=own_breach, matched=rollback_gain(scene, actor, excused, means.income, met), political=political,
        once=once, punishing=punishing, risk=risk, running=running, insecurity=insecurity,
        support=gained(scene, actor, means, spent, risk, insecurity),
        power=scene.world.power[settings.domestic.of(actor)],
        taste=_taste(scene, actor, trial, withheld, denied), option=np.zeros(len(trial.moves)),
    )  # fmt: skip


def reach_of(scene: Scene, actor: int, trial: Trial) -> Array:
    """[row, domain], quarters of use that the actor may draw once programmes are built."""
    return np.stack([built_stores(scene, made).reach(scene.base, actor) for made in trial.worlds])


def held_of(scene: Scene, actor: int, trial: Trial) -> Array:
    """[row, exporter, holding], the actor's shares in stock domains once programmes are built."""
    return np.stack([denial(scene.settings, made, planned=True).share[actor] for made in trial.worlds])


def _once(scene: Scene, moves: list[Candidate]) -> Array:
    settings = scene.settings
    cost = {"": 0.0, "tariff": 0.0, "hedge": settings.fixed_cost}
    sums = [one_off(settings, m, m.operation == "lift") if m.instrument == "control" else cost[m.instrument]
            for m in moves]  # fmt: skip
    for row, move in enumerate(moves):
        if move.programme >= 0:  # capital is paid back over the years
            sums[row] = -paid_back(settings, scene.world, move) if move.operation == "abandon" else 0.0
    return np.array(sums)


def _insecurity(scene: Scene, actor: int, trial: Trial, composition: Array, share: Array) -> Array:
    """[row], percent a year; purchases move away from the protector as contracts do."""
    protector = scene.settings.alliance.protector[actor]
    if protector < 0:
        return np.zeros(len(trial.moves))
    moved = moved_points(scene.base, scene.settings, actor, composition)
    acts = np.array([float(hostile(m) and protector in m.partners) for m in trial.moves])
    return insecure(scene, actor, scene.world, moved[0] + share * (moved - moved[0]), acts)


def _taste(scene: Scene, actor: int, trial: Trial, withheld: Array, denied: Array) -> Array:
    settings = scene.settings
    hedge = np.stack([w.hedge_goal[actor] for w in trial.worlds])
    cost = settings.tastes.control[actor] * (withheld[:, :, actor].sum(axis=(1, 2)) + denied.sum(axis=(1, 2)))
    cost = cost + (settings.tastes.hedge[actor] * hedge).sum(axis=(1, 2))
    begun = np.stack([np.maximum(w.works.planned - scene.world.works.planned, 0) for w in trial.worlds])
    cost = cost + (settings.tastes.programme * owned(settings.programmes, actor) * begun).sum(axis=1)
    return np.array([mood_of(scene, actor, move) for move in trial.moves]) - cost


def mood_of(scene: Scene, actor: int, move: Candidate) -> float:
    """Percent a year: what the political shock says for a move."""
    if not move.instrument:
        return 0.0
    sign = -1.0 if move.operation in SOFTENING else 1.0
    return float(sign * scene.world.politics[actor, CLASSES.index(move.instrument)])
