"""What each actor expects of the others: counts beyond a prior, forgotten with a half-life.

Hazard of an episode, conduct over instruments, and retaliation. Public events; everybody holds the same
conduct and retaliation beliefs, hazards differ by target.   Source: model section 7."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.world.params import Array
from sim.world.settings import Settings
from sim.world.state import Beliefs

QUARTERS_A_YEAR = 4.0


def hazard(settings: Settings, beliefs: Beliefs) -> Array:
    """[target, sender], episodes a year: (prior * years + counts) / years."""
    return settings.hazard_prior + beliefs.episodes / settings.prior_years


def conduct(settings: Settings, beliefs: Beliefs) -> Array:
    """[sender, instrument], Dirichlet mean; rows without a prior stay zero."""
    weight = settings.conduct_weight
    total = weight + beliefs.conduct.sum(axis=-1, keepdims=True)
    return (settings.conduct_prior * weight + beliefs.conduct) / total


def retaliation(settings: Settings, beliefs: Beliefs) -> Array:
    """[region], probability that a breach is answered; Beta mean."""
    weight = settings.retaliation_weight
    return (settings.retaliation_prior * weight + beliefs.answered) / (weight + beliefs.provoked)


def forget(settings: Settings, beliefs: Beliefs) -> Beliefs:
    """Beliefs a quarter later without events."""
    keep = 0.5 ** (1 / (QUARTERS_A_YEAR * settings.half_life))
    return Beliefs(beliefs.episodes * keep, beliefs.conduct * keep, beliefs.answered * keep, beliefs.provoked * keep)


def observe(settings: Settings, beliefs: Beliefs, opened: Array, instruments: Array, answered: Array,
            provoked: Array) -> Beliefs:  # fmt: skip
    """Beliefs after a quarter's public events, forgetting first.

    opened : [target, sender], 1 where the sender opened an episode (no answer to one) against the target
    instruments : [sender, instrument], counts of what was used
    answered, provoked : [region], whether a region that met a breach answered it"""
    old = forget(settings, beliefs)
    others = opened.sum(axis=0, keepdims=True) - opened
    seen = opened + settings.third_party * others
    np.fill_diagonal(seen, 0.0)
    return replace(
        old, episodes=old.episodes + seen, conduct=old.conduct + instruments,
        answered=old.answered + answered, provoked=old.provoked + provoked,
    )  # fmt: skip
