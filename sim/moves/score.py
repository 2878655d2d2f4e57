"""What each feasible move would be worth to one actor now: the ledger of payoff terms.

All candidates are screened with two equilibria; the best of each class walk the whole path, with the
answers they would draw. Payoffs themselves are left to `rules/payoff.py`. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sim.moves.answers import Answer, answered_world, answers_to, unit_answers
from sim.moves.catalogue import SMALLEST_MATCH, Candidate, Catalogue, applied, feasible, merged, single_threats
from sim.moves.constituents import Means, Veto, gained, vetoes
from sim.moves.path import Outcome, Rows, Scene, long_composition, on_impact, once_adapted, walk
from sim.moves.risk import Fear, expected_loss, fear
from sim.moves.rollback import rollback_gain, undone_worlds
from sim.moves.safety import hostile, insecure, moved_points
from sim.moves.threats import Measure, deals, in_short, punish_trial, threat_terms, weighed, with_mood
from sim.rules.contracts import renewed_share
from sim.rules.diversification import running_cost
from sim.rules.payoff import PAYOFF_TERMS, Prospect, payoff_terms
from sim.rules.tariff import breach, breach_points
from sim.world.params import Array
from sim.world.settings import CLASSES, Settings
from sim.world.state import World

SOFTENING = ("cut", "remove", "lift")  # moves that a hawkish mood speaks against


@dataclass(frozen=True)
class Ledger:
    """Every term of every candidate of one actor in one quarter; NaN where a candidate was not feasible."""

    catalogue: Catalogue
    feasible: Array  # [candidate] bool
    terms: Array  # [candidate, term], percent of annual real income
    exact: Array  # [candidate] bool: scored on the whole path, else screened
    offended: Array  # [region] bool: whose tariffs on the actor stand above the commitment, answers left out
    vetoed: dict[int, Veto] = field(default_factory=dict)  # by position: moves that a group at home blocks

    @property
    def score(self) -> Array:
        """[candidate], sum of the terms; NaN where not feasible."""
        return self.terms.sum(axis=-1)

    def term(self, name: str) -> Array:
        """[candidate], one term by name."""
        return self.terms[:, list(PAYOFF_TERMS).index(name)]


@dataclass(frozen=True)
class Trial:
    """Candidates made on trial: worlds of the feasible ones, hold first."""

    index: Array  # [row], position in the catalogue
    moves: list[Candidate]
    worlds: list[World]


def score(scene: Scene, catalogue: Catalogue, *, all_exact: bool = False, before: World | None = None) -> Ledger:
    """Ledger of one actor; all_exact walks every candidate (calibration, tests of the screening).

    before : the world in which its own moves are made, when the scene's has the others' of the same quarter too"""
    trial, threats = make_trials(scene, catalogue, before=before), possible_threats(scene, catalogue)
    count = len(catalogue.candidates)
    terms, exact = np.full((count, len(PAYOFF_TERMS)), np.nan), np.zeros(count, dtype=bool)
    feared = fear(scene, catalogue.actor)
    undone = undone_worlds(scene, catalogue.actor)
    terms[trial.index], refused = _judged(scene, catalogue, _screen(scene, catalogue, trial, feared, undone))
    screened = np.where([veto is None for veto in refused], terms[trial.index].sum(axis=-1), np.nan)
    chosen = np.arange(len(trial.index)) if all_exact else _shortlist(scene.settings, trial, screened)
    walked, _ = _walked(scene, catalogue, _some(trial, chosen), feared, undone)
    terms[trial.index[chosen]], closer = _judged(scene, catalogue, walked)
    refused = dict(enumerate(refused)) | dict(zip(chosen.tolist(), closer, strict=True))
    vetoed = {int(trial.index[row]): veto for row, veto in refused.items() if veto is not None}
    ok = np.zeros(count, dtype=bool)
    ok[trial.index] = np.isfinite(terms[trial.index]).all(axis=-1)
    ok[list(vetoed)] = False
    exact[trial.index[chosen]] = ok[trial.index[chosen]]
    for k, value in score_threats(scene, catalogue, threats, feared, undone).items():
        terms[k], exact[k], ok[k] = value, True, bool(np.isfinite(value).all())
    terms[~ok] = np.nan
    return Ledger(catalogue, ok, terms, exact, _offended(scene, catalogue.actor), vetoed)


def _judged(scene: Scene, catalogue: Catalogue, of: Prospect) -> tuple[Array, list[Veto | None]]:
    """Terms [row, term], and which rows a group at home blocks."""
    terms = payoff_terms(scene.settings, catalogue.actor, of)
    return terms, vetoes(scene, catalogue.actor, of.support, terms.sum(axis=-1))


def unscored(scene: Scene, catalogue: Catalogue) -> Ledger:
    """What is feasible, without scores: for rules that do not look at them; no group blocks what it cannot weigh."""
    count = len(catalogue.candidates)
    ok = np.array([feasible(scene.base, scene.settings, scene.world, catalogue.actor, m) for m in catalogue.candidates])
    ok &= np.array([m.instrument != "threat" for m in catalogue.candidates])  # only a score says whether to wait
    terms = np.full((count, len(PAYOFF_TERMS)), np.nan)
    terms[0] = 0.0
    return Ledger(catalogue, ok, terms, np.arange(count) == 0, _offended(scene, catalogue.actor))


def _offended(scene: Scene, actor: int) -> Array:
    return scene.points[:, actor] - scene.world.excused[:, actor] > SMALLEST_MATCH


def walk_one(scene: Scene, ledger: Ledger, pick: int) -> Ledger:
    """The ledger with one more candidate on the whole path: all that are chosen are."""
    if ledger.exact[pick]:
        return ledger
    trial = make_trials(scene, ledger.catalogue, only=(0, pick))
    feared = fear(scene, ledger.catalogue.actor)
    walked, _ = walk_terms(scene, ledger.catalogue, trial, feared, undone_worlds(scene, ledger.catalogue.actor))
    terms, exact = ledger.terms.copy(), ledger.exact.copy()
    terms[pick], exact[pick] = walked[1], True
    return replace(ledger, terms=terms, exact=exact)


def make_trials(
    scene: Scene, catalogue: Catalogue, only: tuple[int, ...] | None = None, before: World | None = None
) -> Trial:
    """Worlds of the feasible candidates (or of some), hold first; threats are scored apart."""
    base, settings, world, actor = scene.base, scene.settings, before or scene.world, catalogue.actor
    index = [k for k, move in enumerate(catalogue.candidates) if (only is None or k in only)
             and move.instrument != "threat" and feasible(base, settings, world, actor, move)]  # fmt: skip
    moves = [catalogue.candidates[k] for k in index]
    worlds = [applied(base, settings, world, actor, move) for move in moves]
    if world is not scene.world:  # simultaneous: its own cells from its own move, all others from theirs
        worlds = [merged(scene.world, {actor: made}) for made in worlds]
    return Trial(np.array(index), moves, worlds)


def possible_threats(scene: Scene, catalogue: Catalogue) -> list[int]:
    """Positions of the threats that could be made now."""
    base, settings, world = scene.base, scene.settings, scene.world
    return [k for k, move in enumerate(catalogue.candidates)
            if move.instrument == "threat" and feasible(base, settings, world, catalogue.actor, move)]  # fmt: skip


def score_threats(scene: Scene, catalogue: Catalogue, threats: list[int], feared: Fear,
                  undone: dict[int, World]) -> dict[int, Array]:  # fmt: skip
    """Terms of the threats that are worth no less now than later, by position; a schedule sums over its targets."""
    base, settings, world = scene.base, scene.settings, scene.world
    single = {k: single_threats(base, settings, world, catalogue.candidates[k]) for k in threats}
    moves = [move for some in single.values() for move in some]
    if not moves:
        return {}
    met = deals(scene, [m.demand for m in moves])
    measures = measures_of(scene, catalogue, moves, feared, undone)
    out = {}
    for k, some in single.items():
        total, ripe = np.zeros(len(PAYOFF_TERMS)), True
        for move in some:
            deal, measure = met[move.demand.target, move.demand.name], measures[move.demand.target, move.by.name]
            found, now = weighed(scene, move, deal, measure)
            total, ripe = total + threat_terms(scene, move, found, deal, measure), ripe and now
        if ripe:
            out[k] = with_mood(scene, catalogue.actor, total)
    return out


def measures_of(scene: Scene, catalogue: Catalogue, moves: list[Candidate], feared: Fear,
                undone: dict[int, World]) -> dict[tuple[int, str], Measure]:  # fmt: skip
    """The punishments behind some threats, in force for their expected time, by target and name."""
    near, part = in_short(scene)
    keys, made, worlds = punish_trial(near, moves)
    terms, income = walk_terms(near, catalogue, Trial(np.arange(len(made)), made, worlds), feared, undone)
    hurt = 100 * part * (1 - income[1:] / income[0])
    return {key: Measure(part * terms[k + 1], float(hurt[k, key[0]])) for k, key in enumerate(keys)}


def _some(trial: Trial, rows: Array) -> Trial:
    return Trial(trial.index[rows], [trial.moves[k] for k in rows], [trial.worlds[k] for k in rows])


def _shortlist(settings: Settings, trial: Trial, total: Array) -> Array:
    """Rows of hold and of the best of each class, unless they are hopelessly far below the best of all."""
    best = np.nanmax(total)  # hold scores zero, so the best is never below it
    enough = best - settings.margin - best / 2  # large moves are screened less exactly
    keep = [0]
    for name in CLASSES:
        rows = [k for k, move in enumerate(trial.moves) if move.instrument == name and total[k] >= enough]
        keep += sorted(rows, key=lambda k: (-total[k], trial.moves[k].name))[: settings.shortlist]
    return np.array(sorted(keep))


# --- screening --------------------------------------------------------------------------------------


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


def _phases(settings: Settings, moves: list[Candidate]) -> Array:
    """[row]: mean over the horizon of the part of a move that stands in contracts."""
    plain, built = (settings.annuity(phase(settings, b)) for b in (False, True))
    return np.array([built if move.instrument == "hedge" else plain for move in moves])


def _adapted_weight(settings: Settings, moves: list[Candidate]) -> Array:
    built = settings.annuity(phase(settings, True))
    weight = {"tariff": 1 - settings.impact_weight["tariff"], "control": 1 - settings.impact_weight["control"],
              "hedge": built, "": built}  # fmt: skip
    return np.array([weight[move.instrument] for move in moves])


def _screen(scene: Scene, catalogue: Catalogue, trial: Trial, feared: Fear, undone: dict[int, World]) -> Prospect:
    """Outcomes from two equilibria."""
    base, settings, actor = scene.base, scene.settings, catalogue.actor
    units = unit_answers(scene, actor)
    made = [answered_world(scene, actor, scene.world, unit) for unit in units]
    rows = Rows.of([*trial.worlds, *made, *undone.values()])
    count = len(trial.moves)
    now, (later, composition) = _impact_rows(scene, trial, rows), once_adapted(scene, rows)
    weight = _adapted_weight(settings, trial.moves)

    def blend(name: str) -> Array:
        first, last = (getattr(outcome, name)[0, :count, actor] for outcome in (now, later))
        part = weight.reshape(-1, *(1 for _ in first.shape[1:]))
        return first + part * (last - last[0] - first + first[0])

    # answers act on income as on hold: their second-order meeting with the move waits for the path
    tariff_weight = 1 - settings.impact_weight["tariff"]
    first, last = now.income[0, :, actor], later.income[0, :, actor]
    beside = ((first - first[0]) * (1 - tariff_weight) + tariff_weight * (last - last[0]))[count:]
    gain = {(unit.kind, unit.by): beside[k] for k, unit in enumerate(units)}
    met = dict(zip(undone, beside[len(units) :], strict=True))
    answered = np.zeros(count)
    for row, move in enumerate(trial.moves):
        for answer in answers_to(scene, actor, move, trial.worlds[row]):
            answered[row] += answer.probability * answer.size * gain[answer.kind, answer.by]
    means = Means(*(blend(name) for name in Means.__dataclass_fields__))
    running = running_cost(rows.hedge_goal[:count, actor], base.hedge_base[actor], settings.running_cost)
    mine = composition[:count, actor]
    return _prospect(scene, catalogue, trial, feared, mine, means, answered, running, met)


def _impact_rows(scene: Scene, trial: Trial, rows: Rows) -> Outcome:
    """Impact outcomes of all rows; a programme that is only started changes nothing yet: hold's row."""
    solved = np.array([k for k in range(len(rows.tariff)) if k >= len(trial.moves)
                       or trial.moves[k].instrument != "hedge"])  # fmt: skip
    position = np.zeros(len(rows.tariff), dtype=int)
    position[solved] = np.arange(len(solved))
    some = on_impact(scene, rows.take(solved))
    read = (some.income, some.earned, some.wage, some.revenue)
    return Outcome(*(value[:, position] for value in read), rows.hedge_goal[None])


# --- the whole path ---------------------------------------------------------------------------------


def walk_terms(scene: Scene, catalogue: Catalogue, trial: Trial, feared: Fear,
          undone: dict[int, World]) -> tuple[Array, Array]:  # fmt: skip
    """Terms [row, term] along the path, and mean real income [row, region]."""
    of, everyone = _walked(scene, catalogue, trial, feared, undone)
    return payoff_terms(scene.settings, catalogue.actor, of), everyone


def _walked(scene: Scene, catalogue: Catalogue, trial: Trial, feared: Fear,
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
    of = _prospect(scene, catalogue, trial, feared, composition, means, answered,
                   _running(scene, outcome, actor, count), met)  # fmt: skip
    return of, everyone[:count]


def _running(scene: Scene, outcome: Outcome, actor: int, count: int) -> Array:
    by_node = running_cost(outcome.hedge[:, :count, actor], scene.base.hedge_base[actor], scene.settings.running_cost)
    return scene.ahead.annuity(by_node)


# --- what both have in common -----------------------------------------------------------------------


def _prospect(scene, catalogue, trial, feared, composition, means: Means, answered, running, met) -> Prospect:
    base, settings, actor = scene.base, scene.settings, catalogue.actor
    tariff = np.stack([w.tariff for w in trial.worlds])
    excused = np.stack([w.excused for w in trial.worlds])
    withheld = np.stack([w.withheld for w in trial.worlds])
    points = breach_points(base, tariff)
    own_breach = breach(base, points, excused)[:, actor]
    share = _phases(settings, trial.moves)
    expected = expected_loss(scene, feared, composition)
    risk = expected[0] + share * (expected - expected[0])
    political = (settings.control_value[actor] * withheld[:, :, actor]).sum(axis=(1, 2))
    punishing = np.array([move.instrument == "control" for move in trial.moves])
    once, insecurity = _once(settings, trial.moves), _insecurity(scene, actor, trial, composition, share)
    spent = running + np.where(punishing, 0.0, once) * settings.once
    return Prospect(
        income=means.income, answered=answered, rents=(means.earned * settings.producer_weight[actor]).sum(axis=-1),
        breach=own_breach, matched=rollback_gain(scene, actor, excused, means.income, met), political=political,
        once=once, punishing=punishing, risk=risk, running=running, insecurity=insecurity,
        support=gained(scene, actor, means, spent, risk, insecurity),
        power=scene.world.power[settings.domestic.of(actor)],
        taste=_taste(scene, actor, trial, withheld),
    )  # fmt: skip


def _once(settings: Settings, moves: list[Candidate]) -> Array:
    cost = {"": 0.0, "tariff": 0.0, "hedge": settings.fixed_cost, "control": settings.imposing_cost}
    return np.array([settings.lifting_cost if m.operation == "lift" else cost[m.instrument] for m in moves])


def _insecurity(scene: Scene, actor: int, trial: Trial, composition: Array, share: Array) -> Array:
    """[row], percent a year; purchases move away from the protector as contracts do."""
    protector = scene.settings.alliance.protector[actor]
    if protector < 0:
        return np.zeros(len(trial.moves))
    moved = moved_points(scene.base, scene.settings, actor, composition)
    acts = np.array([float(hostile(m) and protector in m.partners) for m in trial.moves])
    return insecure(scene, actor, scene.world, moved[0] + share * (moved - moved[0]), acts)


def _taste(scene: Scene, actor: int, trial: Trial, withheld: Array) -> Array:
    settings = scene.settings
    hedge = np.stack([w.hedge_goal[actor] for w in trial.worlds])
    cost = settings.tastes.control[actor] * withheld[:, :, actor].sum(axis=(1, 2))
    cost = cost + (settings.tastes.hedge[actor] * hedge).sum(axis=(1, 2))
    mood = np.zeros(len(trial.moves))
    for row, move in enumerate(trial.moves):
        if move.instrument:
            sign = -1.0 if move.operation in SOFTENING else 1.0
            mood[row] = sign * scene.world.politics[actor, CLASSES.index(move.instrument)]
    return mood - cost
