"""What a threat, or a punishment that comes with its demand, is worth to its sender: the terms of such candidates.

Punishments and met demands are walked like any move; how both sides weigh them stands in `rules/bargaining.py`.
Source: model sections 5 and 8."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.moves.asking import unmet
from sim.moves.catalogue import HOLD, Candidate
from sim.moves.controls import denial
from sim.moves.demands import demand_met, punished, punishing
from sim.moves.path import Rows, Scene, walk
from sim.moves.safety import insecure, one_more_act
from sim.rules.bargaining import (
    Sender,
    Stakes,
    Threat,
    audience_left,
    carry_belief,
    weigh_execution,
    weigh_schedule,
    weigh_threat,
)
from sim.rules.belief import QUARTERS_A_YEAR, keeps_word
from sim.rules.coercion import closed_form
from sim.rules.contracts import renewed_share
from sim.rules.diversification import hedge_path
from sim.rules.holdings import denial_losses
from sim.rules.payoff import PAYOFF_TERMS, without_silent
from sim.rules.programmes import works_ahead
from sim.world.crisis import POLITICAL, Demand, Punishment
from sim.world.params import Array
from sim.world.settings import CLASSES, Settings
from sim.world.state import World

TERMS = list(PAYOFF_TERMS)
CONCESSION, PUNISHMENT, TASTE = (TERMS.index(name) for name in ("concession", "punishment_cost", "taste"))


@dataclass(frozen=True)
class Measure:
    """A punishment in force for its expected time, seen from both sides; per cent of income a year over the horizon."""

    terms: Array  # [term], of the sender, answers it may draw included
    hurt: float  # the target's income lost


@dataclass(frozen=True)
class Deal:
    """A demand met; per cent of income a year over the horizon."""

    trade: float  # what it adds to the target's income
    unsafe: float  # what it adds to the target's insecurity, outlays included
    prize: float  # what it gives the sender, political value included
    defiance: float  # what refusing it openly would cost the target in security

    @property
    def burden(self) -> float:
        """What it costs the target, its price at home apart."""
        return self.unsafe - self.trade


def expected_quarters(settings: Settings) -> float:
    """How long a measure is expected to stand."""
    return QUARTERS_A_YEAR * settings.episode_years


def in_short(scene: Scene) -> tuple[Scene, float]:
    """The scene for what stands only as long as an episode, and that time's share of the horizon."""
    short, part = scene.settings.standing(expected_quarters(scene.settings))
    near, world = replace(scene, settings=short), scene.world
    hedges = hedge_path(
        world.hedge, world.hedge_goal, world.build_left, scene.base.hedge_base, short.hedge_decay, near.ahead.nodes
    )
    return replace(near, hedges=hedges), part


def deals(scene: Scene, wanted: list[Demand]) -> dict[tuple[int, str], Deal]:
    """What each demand met would cost its target and give its sender, by target and name."""
    base, settings, world = scene.base, scene.settings, scene.world
    once = {(d.target, d.name): d for d in wanted}
    met = {key: demand_met(base, settings, world, d) for key, d in once.items()}
    traded = [key for key, d in once.items() if d.kind != POLITICAL and _trades(world, met[key])]
    gain = {}
    for target in dict.fromkeys(key[0] for key in traded):
        mine = [key for key in traded if key[0] == target]
        outcome = walk(scene, Rows.of([world, *(met[key] for key in mine)]), target)
        income = scene.ahead.annuity(outcome.income)
        gain |= {key: 100 * (income[k + 1] / income[0] - 1) for k, key in enumerate(mine)}
    out = {}
    for key, d in once.items():
        value = d.value * unmet(base, settings, world, d)
        change = gain.get(key, np.zeros(len(base.regions)))
        unsafe = insecure(scene, d.target, met[key]) - insecure(scene, d.target, world)
        defiance = one_more_act(scene, d.target, d.sender)
        out[key] = Deal(
            float(change[d.target]),
            float(unsafe),
            float(value + change[d.sender]),
            defiance,
        )
    return out


def _trades(world: World, met: World) -> bool:
    return met.tariff is not world.tariff or met.hedge_goal is not world.hedge_goal


def stakes_of(deal: Deal, measure: Measure) -> Stakes:
    """Both halves of an episode."""
    return Stakes(measure.hurt, deal.burden, deal.prize, float(measure.terms.sum()), float(measure.terms[PUNISHMENT]),
                  deal.defiance)  # fmt: skip


def later_hurt(scene: Scene, of: Demand, by: Punishment, hurt: float) -> float:
    """The hurt a cooling-off time ahead, along the closed form: contracts move on, so a window may close."""
    if by.instrument == "tariff":
        return hurt
    settings, base, i = scene.settings, scene.base, of.target
    if by.holding >= 0:
        return _later_denied(scene, of, by, hurt)
    now, wanted = scene.world.available[i], scene.adapted_at.composition[i]
    ahead = now + renewed_share(settings.renewal, settings.bargaining.cooling_off) * (wanted - now)
    domains = list(by.domains)
    weight, theta = scene.weight[i, domains], base.theta_short[domains]
    forms = [float(closed_form(weight, theta, v[of.sender, domains], by.level)) for v in (now, ahead)]
    return hurt * forms[1] / forms[0] if forms[0] > 0 else hurt


def _later_denied(scene: Scene, of: Demand, by: Punishment, hurt: float) -> float:
    """The same of a denial: shares move as programmes are built, so what is begun invites an attempt now."""
    settings, world = scene.settings, scene.world
    then = works_ahead(settings.programmes, world.works, settings.bargaining.cooling_off)[-1]
    shares = [denial(settings, w).share[of.target] for w in (world, replace(world, works=then))]
    forms = [float(denial_losses(settings.holdings, s, by.holding, of.sender, by.level)) for s in shares]
    return hurt * forms[1] / forms[0] if forms[0] > 0 else hurt


def known_sender(settings: Settings, world: World, region: int) -> Sender:
    """What everybody knows of a sender."""
    beliefs = world.beliefs
    kept = float(keeps_word(settings, beliefs)[region])
    return Sender(float(beliefs.carried[region]), float(beliefs.dropped[region]), kept, expected_quarters(settings),
                  settings.once)  # fmt: skip


def weighed(scene: Scene, move: Candidate, deal: Deal, measure: Measure) -> tuple[Threat, bool]:
    """A threat or an execution as its sender weighs it, and whether waiting a cooling-off time is no better."""
    settings, of = scene.settings, move.demand
    bargain, sender = settings.bargaining, known_sender(settings, scene.world, of.sender)
    audience = float(scene.world.audience[settings.demands.index(of)])

    def weigh(stakes: Stakes) -> Threat:
        if move.operation == "schedule":
            return weigh_schedule(bargain, stakes, sender, audience)
        if move.operation == "execute":
            return weigh_execution(bargain, stakes, sender, audience)
        return weigh_threat(bargain, stakes, sender, audience, carry_belief(bargain, stakes, sender))

    stakes = stakes_of(deal, measure)
    now = weigh(stakes)
    ahead = replace(stakes, hurt=later_hurt(scene, of, move.by, stakes.hurt))
    later = now if ahead == stakes else weigh(ahead)
    return now, now.worth >= settings.discount**bargain.cooling_off * max(later.worth, 0.0)


def threat_terms(scene: Scene, move: Candidate, of: Threat, deal: Deal, measure: Measure) -> Array:
    """[term] of a threat against one target, the mood to threaten left out; their sum is its worth."""
    settings = scene.settings
    audience = scene.world.audience[settings.demands.index(move.demand)] * settings.once
    left = audience_left(settings.bargaining, expected_quarters(settings))
    refused = 1 - of.comply
    stands = refused * of.carry * (1 - of.later)
    out = stands * measure.terms
    out[CONCESSION] += (of.comply + refused * of.carry * of.later) * deal.prize
    out[PUNISHMENT] += refused * of.carry * of.later * measure.terms[PUNISHMENT]
    out[PUNISHMENT] -= stands * audience * left + refused * (1 - of.carry) * audience
    return out


def with_mood(scene: Scene, sender: int, terms: Array) -> Array:
    """[term] of a whole threat: the mood to threaten comes once, however many it is against."""
    out = terms.copy()
    out[TASTE] += scene.world.politics[sender, CLASSES.index("threat")]
    return without_silent(scene.settings, out)


def punish_trial(scene: Scene, moves: list[Candidate]) -> tuple[list[tuple[int, str]], list[Candidate], list[World]]:
    """Every punishment once: its keys (target and name), and moves and worlds of a trial with hold first."""
    once = {(m.demand.target, m.by.name): m for m in moves}
    made = [punished(scene.base, scene.settings, scene.world, m.demand, m.by) for m in once.values()]
    return list(once), [HOLD, *(punishing(m.demand, m.by) for m in once.values())], [scene.world, *made]
