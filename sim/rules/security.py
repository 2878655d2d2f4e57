"""What an alliance is worth: credibility of the umbrella, own outlays, fear of abandonment and entrapment.

The outlays of the base year are taken as chosen, as the base portfolio is: there one more unit of outlays buys one
unit of danger less, which says how large the danger is.   Source: model sections 5 and 7; Snyder (1984)."""

from __future__ import annotations

import numpy as np

from sim.world.crisis import Alliance
from sim.world.params import Array
from sim.world.state import Beliefs


def trust(alliance: Alliance, beliefs: Beliefs, region: int) -> float:
    """Belief in the umbrella from the protector's acts alone: Beta mean."""
    stood, wavered = beliefs.stood[region], beliefs.wavered[region]
    return float((alliance.credibility[region] * alliance.weight + stood) / (alliance.weight + stood + wavered))


def credibility(alliance: Alliance, beliefs: Beliefs, region: int, moved: Array, defied: Array) -> Array:
    """Credibility [...] of the umbrella after what the ally does itself.

    moved : [...], points of its foreign purchases moved away from the protector since the base year
    defied : [...], open acts against the protector, faded"""
    away = np.exp(-alliance.provocation * np.maximum(moved, 0) - alliance.defiance * defied)
    return trust(alliance, beliefs, region) * away


def danger(alliance: Alliance, region: int) -> float:
    """Percent of income a year: what insecurity would cost with no umbrella at base outlays.

    danger (1 - credibility) gain / outlays = 1 at the base year: a unit more of outlays saves a unit."""
    return float(100 * alliance.outlays[region] / (alliance.gain * (1 - alliance.credibility[region])))


def insecurity(alliance: Alliance, region: int, credible: Array, outlays: float, crises: float) -> Array:
    """Percent of income a year [...]: danger that is not covered, own outlays, and entrapment.

    credible : [...]; outlays : share of income; crises : a year, between protector and rivals"""
    more = outlays / alliance.outlays[region] - 1
    uncovered = danger(alliance, region) * (1 - credible) * np.exp(-alliance.gain * more)
    return uncovered + 100 * outlays + alliance.entrapment * credible * crises
