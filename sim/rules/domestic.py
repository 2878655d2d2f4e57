"""Support of domestic groups from model outputs: of a candidate, and as it stands after what was lived through.

A group is better or worse off by what moves: real wage, sales of its domains, the budget, expected coercion loss,
danger and outlays. No move and no policy is named here. Which of them a candidate changes is left to `sim.moves`.
Source: model section 5; political weights beside real income as in Grossman and Helpman (1994)."""

from __future__ import annotations

import numpy as np

from sim.world.domestic import OUTPUTS, Domestic
from sim.world.params import Array

NOTICED = 1e-3  # percent: a smaller loss angers nobody; screening is off by 1e-5


def outputs(wage: Array, revenue: Array, spent: Array, risk: Array, insecurity: Array, outlays: Array | float,
            sales: Array) -> Array:  # fmt: skip
    """What groups look at, [..., output and domain], per cent.

    Parameters
    ----------
    wage : [...], real wage relative to the base year
    revenue : [...], real tariff revenue, relative to base income
    spent : [...], percent of income a year, on programmes
    risk : [...], percent of income a year, expected coercion loss
    insecurity : [...], percent of income a year, outlays included
    outlays : [...] or one for all, share of income
    sales : [..., domain], real value added, relative to base income"""
    paid = np.broadcast_to(100 * np.asarray(outlays), wage.shape)
    seen = {"wage": 100 * wage, "budget": 100 * revenue - spent - paid, "risk": risk, "insecurity": insecurity - paid,
            "outlays": paid}  # fmt: skip
    return np.concatenate([np.stack([seen[name] for name in OUTPUTS], axis=-1), 100 * sales], axis=-1)


def support(interest: Array, change: Array) -> Array:
    """Support [..., group], per cent: interests times changes of outputs.

    interest : [group, output and domain]; change : [..., output and domain], per cent"""
    return (change[..., None, :] * interest).sum(axis=-1)


def by_cause(interest: Array, change: Array) -> Array:
    """Support by what moved it [..., group, cause], per cent; sales of all domains together are the last cause."""
    parts = change[..., None, :] * interest
    return np.concatenate([parts[..., : len(OUTPUTS)], parts[..., len(OUTPUTS) :].sum(axis=-1, keepdims=True)], axis=-1)


def remembered(standing: Array, lived: Array, half_life: float) -> Array:
    """Standing support a quarter on: what was lived through counts half after the half-life.

    standing, lived : [...], percent; s <- s + (1 - 0.5**(1/half_life)) (lived - s)"""
    return standing + (1 - 0.5 ** (1 / half_life)) * (lived - standing)


def blocking(of: Domestic, groups: Array, standing: Array, gained: Array) -> Array:
    """Which group blocks each move most [...], its place among the actor's groups; -1: nobody.

    A group blocks what makes it worse off when that, on top of how it stands, is more than it bears.

    groups : [group] positions; standing : [group], percent; gained : [..., group], percent"""
    if not len(groups):
        return np.full(gained.shape[:-1], -1)
    beyond = -(standing + gained) - of.veto[groups]
    beyond = np.where(gained < -NOTICED, beyond, -np.inf)
    worst = beyond.argmax(axis=-1)
    return np.where(np.take_along_axis(beyond, worst[..., None], axis=-1)[..., 0] > 0, worst, -1)


def weighted(power: Array, gained: Array) -> Array:
    """Support of all of an actor's groups [...], percent, by political weight.

    power : [group], sums to 1; gained : [..., group]"""
    return (gained * power).sum(axis=-1)


def standing(of: Domestic, support_of: Array, power: Array, actor: int) -> float:
    """Weighted standing support of an actor's groups, per cent; zero without groups.

    support_of : [group, cause], percent; power : [group], 1"""
    mine = of.of(actor)
    return float(weighted(power[mine], support_of[mine].sum(axis=-1)))


def redrawn(weight: Array, spread: float, luck: Array) -> Array:
    """Political weights after an election [group], summing to one: each times exp(spread z)."""
    new = weight * np.exp(spread * luck)
    return new / new.sum()


def borne(tolerance: float, swing: float, luck: float) -> float:
    """Loss of support that a government bears on the day, per cent: lognormal around its tolerance."""
    return tolerance * float(np.exp(swing * luck))
