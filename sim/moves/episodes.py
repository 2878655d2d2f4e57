"""What each side of an open episode could do now, scored term by term: the ledgers of answers.

The target gives in, resists, retaliates or calls a shield; the sender carries out or backs down, keeps, lifts or
escalates. Terms are differences from the first option, but for what backing down costs. Source: model section 8."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.moves.answers import injured, time_left
from sim.moves.catalogue import HOLD, Candidate, Catalogue
from sim.moves.controls import cooling, levels
from sim.moves.demands import answers_undone, punished, punishing, released, with_answers
from sim.moves.path import Rows, Scene, walk
from sim.moves.risk import fear
from sim.moves.rollback import undone_worlds
from sim.moves.safety import one_more_act
from sim.moves.score import Ledger, measures_of
from sim.moves.terms import Trial, walk_terms
from sim.moves.threats import (
    CONCESSION,
    PUNISHMENT,
    TERMS,
    Deal,
    Measure,
    deals,
    expected_quarters,
    in_short,
    known_sender,
    later_hurt,
    stakes_of,
)
from sim.rules.bargaining import (
    Stakes,
    audience_left,
    carry_belief,
    chance_to_give_in,
    price_beaten,
    price_beaten_in_force,
)
from sim.rules.belief import keeps_word
from sim.rules.payoff import without_silent
from sim.world.crisis import IMPOSED, Call, Episode, Punishment, Shield
from sim.world.params import Array
from sim.world.state import World

REAL, SECURITY = (TERMS.index(name) for name in ("real_income", "security"))
RESIST, COMPLY, RETALIATE, SHIELD = "resist", "comply", "retaliate", "shield"
BACK_DOWN, CARRY_OUT, KEEP, LIFT, ESCALATE = "back down", "carry out", "keep", "lift", "escalate"
OF_SENDER = (BACK_DOWN, CARRY_OUT, KEEP, LIFT, ESCALATE)
"""What the sender of an episode may do; all else is its target's."""


@dataclass(frozen=True)
class Options:
    """What one side could do, scored, and what an answer shows of private values."""

    ledger: Ledger
    beaten: float  # percent a year: a refusal shows the target's price above this


def option(scene: Scene, episode: Episode, operation: str) -> Candidate:
    """One answer as a row of a ledger."""
    of, by, names = episode.demand, episode.punishment, scene.base.regions
    partner = of.target if operation in OF_SENDER else of.sender
    name = f"{operation} {names[partner]} {of.name} {by.name}"
    return Candidate(name, "answer", operation, (partner,), by.domains, by.group, by.level, of.name,
                     holding=by.holding)  # fmt: skip


def _ledger(scene: Scene, actor: int, episode: Episode, rows: dict[str, Array]) -> Ledger:
    """A ledger of the options that are there; NaN marks one that could not be solved."""
    terms = without_silent(scene.settings, np.stack(list(rows.values())))
    ok = np.isfinite(terms).all(axis=-1)
    moves = tuple(option(scene, episode, operation) for operation in rows)
    offended = np.zeros(len(scene.base.regions), dtype=bool)
    return Ledger(Catalogue(actor, moves), ok, np.where(ok[:, None], terms, np.nan), ok.copy(), offended)


def _deal(scene: Scene, episode: Episode) -> Deal:
    of = episode.demand
    return deals(scene, [of])[of.target, of.name]


def shields_of(scene: Scene, episode: Episode) -> list[Shield]:
    """Coalitions that the target may still call against the sender, the surest and fastest first."""
    of = episode.demand
    if any(call.sender == of.sender and call.member == of.target for call in scene.world.calls):
        return []
    mine = [s for s in scene.settings.shields if of.target in s.members and np.isfinite(s.delay)]
    return sorted(mine, key=lambda s: (-in_time(scene, s), s.name))


def in_time(scene: Scene, shield: Shield) -> float:
    """Chance that a coalition answers, times the share of the measure's expected time that comes after its delay."""
    near, _ = scene.settings.standing(expected_quarters(scene.settings))
    return shield.resolve * time_left(near, shield.delay)


def called(scene: Scene, episode: Episode) -> Call | None:
    """The answer that the target has under way or in force against the sender; None when nobody agreed to one."""
    of = episode.demand
    mine = (c for c in scene.world.calls if (c.member, c.sender) == (of.target, of.sender) and c.agreed)
    return next(mine, None)


def answerers(scene: Scene, call: Call) -> tuple[tuple[int, ...], float]:
    """Who answers a call, and with what share of the injury each; a member that retaliates answers it whole."""
    shield = next((s for s in scene.settings.shields if s.name == call.shield), None)
    return (shield.members, shield.size) if shield else ((call.member,), 1.0)


def size_of_injury(scene: Scene, episode: Episode) -> float:
    """Value of the target's trade that the punishment hits, a year."""
    base, settings, of, by = scene.base, scene.settings, episode.demand, episode.punishment
    if episode.state == IMPOSED:
        free = released(base, settings, scene.world, of, by)
        return injured(base, settings, free, scene.world, of.target, of.sender)
    return injured(base, settings, scene.world, punished(base, settings, scene.world, of, by), of.target, of.sender)


# --- the target -------------------------------------------------------------------------------------


def target_options(scene: Scene, episode: Episode) -> Options:
    """The target's answers to a threat, or to a measure that stands."""
    return _under_measure(scene, episode) if episode.state == IMPOSED else _under_threat(scene, episode)


def _incomes(scene: Scene, worlds: list[World], actor: int) -> tuple[Array, float]:
    """Mean real income [row, region] over the time that a measure stands, and that time's share of the horizon."""
    near, part = in_short(scene)
    return near.ahead.annuity(walk(near, Rows.of(worlds), actor).income), part


def _under_threat(scene: Scene, episode: Episode) -> Options:
    base, settings, world, of, by = scene.base, scene.settings, scene.world, episode.demand, episode.punishment
    sender, deal = known_sender(settings, world, of.sender), _deal(scene, episode)
    unshielded = replace(scene, settings=replace(settings, shields=()))
    alone = stakes_of(deal, _measure(scene if called(scene, episode) else unshielded, episode))
    belief = 1.0 if episode.scheduled else carry_belief(settings.bargaining, alone, sender)
    spared = sender.kept * belief * alone.hurt
    rows = {RESIST: np.zeros(len(TERMS)), COMPLY: _given_in(deal, spared, episode.price)}
    rows[COMPLY][SECURITY] += deal.defiance  # refusing, shield or not, is an open act
    shields = shields_of(scene, episode)
    if shields:
        s, hit = shields[0], punished(base, settings, world, of, by)
        value = s.size * size_of_injury(scene, episode)
        joint = with_answers(base, settings, hit, of.sender, s.members, value)
        income, part = _incomes(scene, [world, hit, joint], of.target)
        backed = stakes_of(deal, _measure(scene, episode))
        less = 1.0 if episode.scheduled else carry_belief(settings.bargaining, backed, sender)
        mine = income[:, of.target] / income[0, of.target]
        own = 100 * part * in_time(scene, s) * float(mine[2] - mine[1])
        rows[SHIELD] = _answer(less * own, (belief - less) * alone.hurt, 0.0)
    return Options(_ledger(scene, of.target, episode, rows), price_beaten(alone, belief, sender.kept))


def _measure(scene: Scene, episode: Episode) -> Measure:
    """The punishment in force for its expected time, from both sides."""
    of, by = episode.demand, episode.punishment
    move = Candidate("", "threat", "execute", (of.target,), by.domains, by.group, by.level, of.name, of, by)
    feared, undone = fear(scene, of.sender), undone_worlds(scene, of.sender)
    return measures_of(scene, Catalogue(of.sender, (HOLD,)), [move], feared, undone)[of.target, by.name]


def _given_in(deal: Deal, spared: float, price: float) -> Array:
    """Terms of giving in: the demand met, what is spared, and the price at home."""
    row = np.zeros(len(TERMS))
    row[REAL], row[CONCESSION], row[SECURITY] = deal.trade, spared - price, -deal.unsafe
    return row


@dataclass(frozen=True)
class Reply:
    """An answer to a measure that stands, in force for some of the time that the measure is expected to stand."""

    members: tuple[int, ...]
    size: float  # each member's share of the injury
    late: float  # share of that time, times the chance that it comes
    in_force: bool = False

    def undone(self, rollback: float) -> float:
        """Chance that the measure is taken back for it."""
        return min(rollback * len(self.members) * self.size, 1.0) * self.late


def _replies(scene: Scene, episode: Episode) -> dict[str, Reply]:
    """By operation: new answers that the target could give, and under RESIST the one that is under way."""
    call, of, out = called(scene, episode), episode.demand, {}
    if call is not None:
        near, _ = scene.settings.standing(expected_quarters(scene.settings))
        late = time_left(near, max(call.due - scene.world.step, 0))
        return {RESIST: Reply(*answerers(scene, call), late, bool(call.points))}
    out[RETALIATE] = Reply((of.target,), 1.0, 1.0)
    for shield in shields_of(scene, episode)[:1]:
        out[SHIELD] = Reply(shield.members, shield.size, in_time(scene, shield))
    return out


def _under_measure(scene: Scene, episode: Episode) -> Options:
    base, settings, world, of, by = scene.base, scene.settings, scene.world, episode.demand, episode.punishment
    bargain, kept = settings.bargaining, keeps_word(settings, world.beliefs)[of.sender]
    value, replies = size_of_injury(scene, episode), _replies(scene, episode)
    free = answers_undone(base, settings, released(base, settings, world, of, by), of.sender, of.target)
    made = [world if r.in_force else with_answers(base, settings, world, of.sender, r.members, r.size * value)
            for r in replies.values()]  # fmt: skip
    income, part = _incomes(scene, [world, free, *made], of.target)
    change = 100 * part * (income[:, of.target] / income[0, of.target] - 1)
    hurt, deal = float(change[1]), _deal(scene, episode)
    defied, rows = one_more_act(scene, of.target, of.sender), {RESIST: np.zeros(len(TERMS))}
    rows[COMPLY] = _given_in(deal, kept * hurt, episode.price * (1 + bargain.climb_down))
    for (operation, reply), own in zip(replies.items(), change[2:], strict=True):
        known = operation == RESIST  # an answer given before: no new act
        won = reply.undone(settings.rollback) * hurt
        rows[operation] = _answer(reply.late * float(own), won, 0.0 if known else defied)
    awaited = float(rows[RESIST].sum())  # what may still come of it is lost by giving in
    rows = {operation: row - rows[RESIST] for operation, row in rows.items()}
    beaten = price_beaten_in_force(bargain, Stakes(hurt, deal.burden + awaited, deal.prize, 0.0, 0.0), kept)
    return Options(_ledger(scene, of.target, episode, rows), beaten)


def _answer(own: float, won: float, defied: float) -> Array:
    row = np.zeros(len(TERMS))
    row[REAL], row[CONCESSION], row[SECURITY] = own, won, -defied
    return row


# --- the sender -------------------------------------------------------------------------------------


def sender_options(scene: Scene, episode: Episode) -> Options:
    """The sender's choices at its deadline, or while its measure stands."""
    return _in_force(scene, episode) if episode.state == IMPOSED else _at_deadline(scene, episode)


def _at_deadline(scene: Scene, episode: Episode) -> Options:
    settings, of = scene.settings, episode.demand
    audience, measure = episode.audience * settings.once, _measure(scene, episode)
    deal, kept = _deal(scene, episode), keeps_word(settings, scene.world.beliefs)[of.sender]
    beaten = price_beaten_in_force(settings.bargaining, stakes_of(deal, measure), kept)
    later = chance_to_give_in(settings.bargaining, beaten, episode.refused)
    back, out = np.zeros(len(TERMS)), (1 - later) * measure.terms
    back[PUNISHMENT] = -audience
    out[CONCESSION] += later * deal.prize
    left = audience_left(settings.bargaining, expected_quarters(settings))
    out[PUNISHMENT] += later * measure.terms[PUNISHMENT] - (1 - later) * audience * left
    return Options(_ledger(scene, of.sender, episode, {BACK_DOWN: back, CARRY_OUT: out}), beaten)


def harsher(scene: Scene, by: Punishment) -> Punishment | None:
    """The next level of a control; none for tariffs."""
    above = [level for level in levels(scene.settings, by) if level > by.level + 1e-9]
    if by.instrument != "control" or not above:
        return None
    return replace(by, name=f"{by.name} to {above[0]:g}", level=above[0])


def _in_force(scene: Scene, episode: Episode) -> Options:
    """Keep, lift or escalate; a control is not touched before its cooling-off time is over."""
    base, settings, world, of, by = scene.base, scene.settings, scene.world, episode.demand, episode.punishment
    near, part = in_short(scene)
    free = answers_undone(base, settings, released(base, settings, world, of, by), of.sender, of.target)
    ends = "lift" if by.instrument == "control" else "remove"
    moves, worlds = [HOLD, replace(punishing(of, by), operation=ends)], [world, free]
    more = harsher(scene, by)
    if more is not None:
        moves.append(punishing(of, more))
        worlds.append(punished(base, settings, world, of, more))
    trial = Trial(np.arange(len(moves)), moves, worlds)
    alone = Catalogue(of.sender, (HOLD,))
    terms, income = walk_terms(near, alone, trial, fear(scene, of.sender), undone_worlds(scene, of.sender))
    terms, deal = part * terms, _deal(scene, episode)
    hurt = 100 * part * (income[1, of.target] / income - 1)[:, of.target]
    chance, prize = _chances(scene, episode, deal, hurt), deal.prize
    rows = {KEEP: np.zeros(len(TERMS)), LIFT: terms[1].copy()}
    if by.instrument == "control" and (cooling(world, by, (of.target,), of.sender) > 0).any():
        rows.pop(LIFT)
    else:
        gone = audience_left(settings.bargaining, world.step - episode.imposed)
        rows[LIFT][PUNISHMENT] -= episode.audience * settings.once * gone
        rows[LIFT][CONCESSION] -= chance[0] * prize
    if more is not None:
        rows[ESCALATE] = terms[2].copy()
        rows[ESCALATE][CONCESSION] += (chance[1] - chance[0]) * prize
    return Options(_ledger(scene, of.sender, episode, rows), episode.refused)


def _chances(scene: Scene, episode: Episode, deal: Deal, hurt: Array) -> tuple[float, float]:
    """Chances that the target still gives in: as things go on, and after an escalation."""
    bargain = scene.settings.bargaining
    kept = keeps_word(scene.settings, scene.world.beliefs)[episode.demand.sender]

    def chance(size: float) -> float:
        beaten = price_beaten_in_force(bargain, Stakes(size, deal.burden, deal.prize, 0.0, 0.0), kept)
        return chance_to_give_in(bargain, beaten, episode.refused)

    ahead = later_hurt(scene, episode.demand, episode.punishment, float(hurt[0]))
    return chance(ahead), chance(float(hurt[2])) if len(hurt) > 2 else 0.0
