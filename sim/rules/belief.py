"""What each actor expects of the others: counts beyond a prior, forgotten with a half-life.

Hazard of an episode, conduct over instruments, retaliation, threats carried out, bargains kept, and what speaks
for or against an umbrella. Public events; everybody holds the same beliefs about a region's conduct, hazards
differ by target.   Source: model section 7."""

from __future__ import annotations

from dataclasses import fields, replace

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


def keeps_word(settings: Settings, beliefs: Beliefs) -> Array:
    """[sender], probability that a sender who was given what it asked for leaves it at that; Beta mean."""
    weight = settings.bargaining.kept_weight
    return (settings.bargaining.kept_word * weight + beliefs.kept) / (weight + beliefs.kept + beliefs.broken)


def forget(settings: Settings, beliefs: Beliefs) -> Beliefs:
    """Beliefs a quarter later without events: every count runs back toward its prior, the floor."""
    keep = 0.5 ** (1 / (QUARTERS_A_YEAR * settings.half_life))
    return Beliefs(**{field.name: getattr(beliefs, field.name) * keep for field in fields(Beliefs)})


def observe(settings: Settings, beliefs: Beliefs, opened: Array, instruments: Array, **more: Array) -> Beliefs:
    """Beliefs after a quarter's public events, forgetting first.

    opened : [target, sender], 1 where the sender opened an episode (no answer to one) against the target
    instruments : [sender, instrument], counts of what was used
    more : by name of a count of `Beliefs`, [region], what was seen this quarter"""
    old = forget(settings, beliefs)
    # one measure counts once, in full for those it hits and at a discount for those who watch, as in the prior
    watched = np.broadcast_to(opened.max(axis=0, keepdims=True), opened.shape)
    seen = np.where(opened > 0, opened, settings.third_party * watched)
    np.fill_diagonal(seen, 0.0)
    counts = {name: getattr(old, name) + value for name, value in more.items()}
    return replace(old, episodes=old.episodes + seen, conduct=old.conduct + instruments, **counts)
