"""What each feasible move would be worth to one actor now: the ledger of payoff terms.

All candidates are screened with two equilibria; the best of each class walk the whole path, with the
answers they would draw. Payoffs themselves are left to `rules/payoff.py`. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sim.errors import WorldError
from sim.moves.answers import answered_world, answers_to, unit_answers
from sim.moves.catalogue import SMALLEST_MATCH, Candidate, Catalogue, applied, feasible, merged, single_threats
from sim.moves.constituents import Means, Veto
from sim.moves.path import Outcome, Rows, Scene, on_impact, once_adapted
from sim.moves.risk import Fear, fear
from sim.moves.rollback import undone_worlds
from sim.moves.terms import Trial, judged, phase, prospect, some_of, walk_terms, walked
from sim.moves.threats import Measure, deals, in_short, punish_trial, threat_terms, weighed, with_mood
from sim.moves.ventures import ventures, with_option
from sim.rules.diversification import running_cost
from sim.rules.payoff import PAYOFF_TERMS, Prospect
from sim.world.params import Array
from sim.world.settings import CLASSES, Settings
from sim.world.state import World

EVERY = 10**9  # a shortlist of this many: nothing is left at the screen


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


def score(scene: Scene, catalogue: Catalogue, *, all_exact: bool = False, before: World | None = None) -> Ledger:
    """Ledger of one actor; all_exact, or a shortlist of EVERY, walks every candidate.

    before : the world in which its own moves are made, when the scene's has the others' of the same quarter too"""
    trial, threats = make_trials(scene, catalogue, before=before), possible_threats(scene, catalogue)
    count = len(catalogue.candidates)
    terms, exact = np.full((count, len(PAYOFF_TERMS)), np.nan), np.zeros(count, dtype=bool)
    feared = fear(scene, catalogue.actor)
    undone = undone_worlds(scene, catalogue.actor)
    terms[trial.index], refused = judged(scene, catalogue, _screen(scene, catalogue, trial, feared, undone))
    if not np.isfinite(terms[0]).all():  # else all moves would look infeasible
        raise WorldError(f"moves of {scene.base.regions[catalogue.actor]} cannot be screened: the short- and long-run "
                         f"elasticity of a domain lie too close for contracts to be valued")  # fmt: skip
    total, all_exact = _totals(terms[trial.index], refused), all_exact or scene.settings.shortlist == EVERY
    rows = np.arange(len(trial.index)) if all_exact else _shortlist(scene.settings, trial, total)
    seen = np.zeros(len(trial.index), dtype=bool)
    while len(rows):
        on_path, _ = walked(scene, catalogue, some_of(trial, rows), feared, undone)
        terms[trial.index[rows]], closer = judged(scene, catalogue, on_path)
        for row, veto in zip(rows, closer, strict=True):
            refused[row] = veto
        seen[rows], total = True, _totals(terms[trial.index], refused)
        rows = _still_ahead(scene.settings, trial, total, seen)
    vetoed = {int(trial.index[row]): veto for row, veto in enumerate(refused) if veto is not None}
    ok = np.zeros(count, dtype=bool)
    ok[trial.index] = np.isfinite(terms[trial.index]).all(axis=-1)
    ok[list(vetoed)] = False
    exact[trial.index] = seen & ok[trial.index]
    for k, value in score_threats(scene, catalogue, threats, feared, undone).items():
        terms[k], exact[k], ok[k] = value, True, bool(np.isfinite(value).all())
    for k, venture in ventures(scene, catalogue, feared, undone).items():
        terms[k], exact[k], ok[k] = with_option(scene.settings, venture), True, bool(np.isfinite(venture.states).all())
        if venture.veto is not None:
            vetoed[k], exact[k], ok[k] = venture.veto, False, False
    terms[~ok] = np.nan
    return Ledger(catalogue, ok, terms, exact, _offended(scene, catalogue.actor), vetoed)


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
    menu = ledger.catalogue
    feared, undone = fear(scene, menu.actor), undone_worlds(scene, menu.actor)
    terms, exact = ledger.terms.copy(), ledger.exact.copy()
    if menu.candidates[pick].programme >= 0:
        alone = Catalogue(menu.actor, (menu.candidates[0], menu.candidates[pick]))
        terms[pick] = with_option(scene.settings, ventures(scene, alone, feared, undone)[1])
    else:
        terms[pick] = walk_terms(scene, menu, make_trials(scene, menu, only=(0, pick)), feared, undone)[0][1]
    exact[pick] = True
    return replace(ledger, terms=terms, exact=exact)


def make_trials(
    scene: Scene, catalogue: Catalogue, only: tuple[int, ...] | None = None, before: World | None = None
) -> Trial:
    """Worlds of the feasible candidates (or of some), hold first; threats and programmes are scored apart."""
    base, settings, world, actor = scene.base, scene.settings, before or scene.world, catalogue.actor
    apart = [move.instrument == "threat" or move.programme >= 0 for move in catalogue.candidates]
    index = [k for k, move in enumerate(catalogue.candidates) if (only is None or k in only)
             and not apart[k] and feasible(base, settings, world, actor, move)]  # fmt: skip
    moves = [catalogue.candidates[k] for k in index]
    worlds = [applied(base, settings, world, actor, move) for move in moves]
    if world is not scene.world:  # simultaneous: its own cells from its own move, all others from theirs
        worlds = [merged(settings, scene.world, {actor: made}) for made in worlds]
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


def _shortlist(settings: Settings, trial: Trial, total: Array) -> Array:
    """Rows of hold and of the best of each class, unless they are hopelessly far below the best of all."""
    best = np.nanmax(total)  # hold scores zero, so the best is never below it
    enough = best - settings.margin - best / 2  # large moves are screened less exactly
    keep = [0]
    for name in CLASSES:
        rows = [k for k, move in enumerate(trial.moves) if move.instrument == name and total[k] >= enough]
        keep += sorted(rows, key=lambda k: (-total[k], trial.moves[k].name))[: settings.shortlist]
    return np.array(sorted(keep))


def _totals(terms: Array, refused: list[Veto | None]) -> Array:
    """[row], sum of the terms; NaN for rows that a group at home blocks."""
    return np.where([veto is None for veto in refused], terms.sum(axis=-1), np.nan)


def _still_ahead(settings: Settings, trial: Trial, total: Array, seen: Array) -> Array:
    """Hold and the best rows that were only screened and look better than any that was walked; empty without one.

    What the screening flatters would else be picked by a rule that takes the best."""
    best = np.nanmax(np.where(seen, total, np.nan))
    rows = np.flatnonzero(~seen & (np.nan_to_num(total, nan=-np.inf) > best))
    rows = sorted(rows, key=lambda k: (-total[k], trial.moves[k].name))[: settings.shortlist]
    return np.array([0, *rows], dtype=int) if rows else np.zeros(0, dtype=int)


# --- screening --------------------------------------------------------------------------------------


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
    return prospect(scene, catalogue, trial, feared, mine, means, answered, running, met)


def _impact_rows(scene: Scene, trial: Trial, rows: Rows) -> Outcome:
    """Impact outcomes of all rows; a programme that is only started changes nothing yet: hold's row."""
    solved = np.array([k for k in range(len(rows.tariff)) if k >= len(trial.moves)
                       or trial.moves[k].instrument != "hedge"])  # fmt: skip
    position = np.zeros(len(rows.tariff), dtype=int)
    position[solved] = np.arange(len(solved))
    some = on_impact(scene, rows.take(solved))
    read = (some.income, some.earned, some.wage, some.revenue)
    return Outcome(*(value[:, position] for value in read), rows.hedge_goal[None],
                   rows.works.level[None], rows.works.sunk[None])  # fmt: skip
