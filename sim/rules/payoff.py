"""The payoff in named terms: each the difference from hold, per cent of the actor's annual real income.

What the outcomes are is left to `sim.moves`; here they become terms, and terms a score. Source: model section 5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.rules.domestic import weighted
from sim.world.params import Array
from sim.world.settings import Settings


@dataclass(frozen=True)
class Prospect:
    """Outcomes of an actor's candidates, hold in row 0; yearly flows, means over the horizon where they move."""

    income: Array  # [row], real income relative to the base year
    answered: Array  # [row], expected change of it by answers, same unit
    rents: Array  # [row], politically weighted real value added, relative to base income
    breach: Array  # [row], B, points
    matched: Array  # [row], share of partners' offences that own tariffs answer, per partner summed with gain
    political: Array  # [row], percent: value of controls in force
    once: Array  # [row], percent: imposing, lifting and starting costs, paid once
    punishing: Array  # [row], bool: the one-off cost is of a control, not of a programme
    risk: Array  # [row], percent of annual income a year: expected coercion loss
    running: Array  # [row], percent a year: programmes
    insecurity: Array  # [row], percent of income a year: danger not covered, outlays, entrapment
    support: Array  # [row, group of the actor], percent: how much better off each is than at hold
    power: Array  # [group of the actor], 1: political weights
    taste: Array  # [row], percent a year: fitted tastes and the political shock, a gain when positive
    option: Array  # [row], percent a year: the right to give up, or what waiting is worth more


def _rise(value: Array) -> Array:
    return value - value[0]


def real_income(settings: Settings, actor: int, of: Prospect) -> Array:
    """W(c) - W(hold), tariff revenue and hedged composition included, nobody answers."""
    return 100 * _rise(of.income) / of.income[0]


def retaliation(settings: Settings, actor: int, of: Prospect) -> Array:
    """sum_k rho_k (W(c, answer k) - W(c))."""
    return 100 * _rise(of.answered) / of.income[0]


def producer_rents(settings: Settings, actor: int, of: Prospect) -> Array:
    """Extra political weight on the real value added of some domains (Grossman and Helpman 1994; Ossa 2014).

    An actor with groups has these inside `domestic`."""
    return np.zeros_like(of.rents) if len(of.power) else _lobbied(of)


def norm_cost(settings: Settings, actor: int, of: Prospect) -> Array:
    """Minus n1 B + n2 B**2 / 2, times the scenario's factor."""
    factor = settings.norm_factor[actor]
    cost = factor * (settings.tastes.norm[actor] * of.breach + settings.norm_curvature * of.breach**2 / 2)
    return -_rise(cost)


def concession(settings: Settings, actor: int, of: Prospect) -> Array:
    """Political value of the move, V1 B - V2 B**2 / 2 and V r, and the roll-back that an answer demands."""
    linear, curved = settings.tariff_value[actor]
    value = linear * of.breach - curved * of.breach**2 / 2 + of.political
    return _rise(value) + 100 * of.matched / of.income[0]


def punishment_cost(settings: Settings, actor: int, of: Prospect) -> Array:
    """Imposing and lifting costs; the sender's own loss of income stands in real_income, once."""
    return -np.where(of.punishing, of.once, 0.0) * settings.once


def coercion_risk(settings: Settings, actor: int, of: Prospect) -> Array:
    """Minus the change of expected coercion loss: what a hedge is for."""
    return -_rise(of.risk)


def programme_cost(settings: Settings, actor: int, of: Prospect) -> Array:
    """Spending on programmes: started and running."""
    return -np.where(of.punishing, 0.0, of.once) * settings.once - _rise(of.running)


def security(settings: Settings, actor: int, of: Prospect) -> Array:
    """Minus the change of what insecurity costs: credibility of the umbrella, own outlays, entrapment."""
    return -_rise(of.insecurity)


def domestic(settings: Settings, actor: int, of: Prospect) -> Array:
    """Support of weighted groups from model outputs, beside what the whole gains; lobbied sales are in it."""
    if not len(of.power):
        return np.zeros_like(of.rents)
    return settings.domestic.influence * weighted(of.power, of.support) + _lobbied(of)


def _lobbied(of: Prospect) -> Array:
    return 100 * _rise(of.rents) / of.income[0]


def taste(settings: Settings, actor: int, of: Prospect) -> Array:
    """Tastes that keep the base year at rest, and the persistent political shock."""
    return _rise(of.taste)


def option_value(settings: Settings, actor: int, of: Prospect) -> Array:
    """Of what is sunk once begun: the right to give up adds, what the right to wait is worth more takes away."""
    return of.option


PAYOFF_TERMS: dict[str, Callable[[Settings, int, Prospect], Array]] = {
    f.__name__: f
    for f in (real_income, retaliation, producer_rents, norm_cost, concession, punishment_cost, coercion_risk,
              programme_cost, security, domestic, taste, option_value)
}  # fmt: skip
"""Every term of the payoff by name; a new one is one function here."""


def payoff_terms(settings: Settings, actor: int, of: Prospect) -> Array:
    """[row, term] in the order of PAYOFF_TERMS; their sum is the score, computed nowhere else."""
    terms = np.stack([term(settings, actor, of) for term in PAYOFF_TERMS.values()], axis=-1)
    return without_silent(settings, terms)


def without_silent(settings: Settings, terms: Array) -> Array:
    """Terms [..., term] with those at zero that are to count for nothing."""
    if not settings.silent:
        return terms
    counts = np.array([name not in settings.silent for name in PAYOFF_TERMS])
    return np.where(counts, terms, 0.0)
