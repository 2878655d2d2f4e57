"""Crisis bargaining: when a target gives in, when a sender carries out, what a threat is worth.

Prices of conceding and audience costs are private and lognormal; everything is in per cent of income a year of
the side named, over the horizon. What punishments and concessions do to income is left to `sim.moves`.

A departure from model section 8: the sender knows its own audience cost, so it weighs what it would really do
after a refusal; the belief q that it carries out is its target's.   Source: model section 8; Fearon (1994)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sim.world.crisis import Bargaining

SLOW = 1e-300  # the logarithm of nothing is taken of this


def lognormal_below(value: float, median: float, spread: float) -> float:
    """Chance that a lognormal lies below a value; none below zero."""
    if value <= 0:
        return 0.0
    return float(ndtr((np.log(max(value, SLOW)) - np.log(max(median, SLOW))) / spread))


def drawn_value(median: float, spread: float, luck: float) -> float:
    """A private value from a standard normal luck."""
    return float(median * np.exp(spread * luck))


@dataclass(frozen=True)
class Stakes:
    """What an episode is about, as both sides can compute it; per cent of income a year over the horizon."""

    hurt: float  # L: the target's income lost while the punishment stands, for the time it is expected to
    burden: float  # M: what meeting the demand costs the target, its security counted
    prize: float  # V and what the demand met adds to the sender's income
    stand: float  # what the punishment in force is worth to the sender, answers included: mostly below zero
    impose: float  # of that, what imposing and lifting cost, paid even when the target gives in at once
    defiance: float = 0.0  # what refusing a threat openly costs the target in security


def pressure(hurt: float, carry: float, kept: float) -> float:
    """What giving in saves: the hurt, times the belief that it would come, times that the bargain would hold."""
    return kept * carry * hurt


def price_beaten(stakes: Stakes, carry: float, kept: float) -> float:
    """The largest private price at which the target gives in to a threat."""
    return pressure(stakes.hurt, carry, kept) - stakes.burden + stakes.defiance


def price_beaten_in_force(bargain: Bargaining, stakes: Stakes, kept: float) -> float:
    """The same once the punishment stands: it is sure, and a public climb-down makes conceding dearer."""
    return (kept * stakes.hurt - stakes.burden) / (1 + bargain.climb_down)


def chance_to_give_in(bargain: Bargaining, beaten: float, refused: float) -> float:
    """Chance that the price lies below `beaten`, given that a refusal showed it above `refused`."""
    known = lognormal_below(refused, bargain.price_median, bargain.price_spread)
    if known >= 1:
        return 0.0
    below = lognormal_below(beaten, bargain.price_median, bargain.price_spread)
    return max(below - known, 0.0) / (1 - known)


@dataclass(frozen=True)
class Threat:
    """What a sender makes of a threat: chances, and its worth."""

    comply: float  # chance that the target gives in to the threat
    carry: float  # 1 if the sender would carry it out after a refusal, else 0
    later: float  # chance that the target gives in once the punishment stands, after a refusal
    worth: float  # percent a year, whole


def weigh_threat(
    bargain: Bargaining, stakes: Stakes, carry: float, kept: float, audience: float, left: float
) -> Threat:
    """A threat with a deadline.

    carry, kept : the target's beliefs about this sender
    audience : percent a year, what backing down costs this sender
    left : share of the audience cost that remains when a standing punishment is dropped at its expected end"""
    beaten = price_beaten(stakes, carry, kept)
    comply = chance_to_give_in(bargain, beaten, 0.0)
    later = chance_to_give_in(bargain, price_beaten_in_force(bargain, stakes, kept), beaten)
    forced = worth_in_force(stakes, later, audience * left)
    carries = float(forced > -audience)
    worth = comply * stakes.prize + (1 - comply) * (forced if carries else -audience)
    return Threat(comply, carries, later, worth)


def weigh_execution(bargain: Bargaining, stakes: Stakes, kept: float, audience: float, left: float) -> Threat:
    """A punishment that comes with its demand, unannounced."""
    later = chance_to_give_in(bargain, price_beaten_in_force(bargain, stakes, kept), 0.0)
    return Threat(0.0, 1.0, later, worth_in_force(stakes, later, audience * left))


def worth_in_force(stakes: Stakes, later: float, dropped: float) -> float:
    """Punishing: the target gives in at once, or it stands for its time and is dropped."""
    return later * (stakes.prize + stakes.impose) + (1 - later) * (stakes.stand - dropped)


def audience_left(bargain: Bargaining, quarters: float) -> float:
    """Share of the audience cost that dropping a measure after some quarters still has."""
    return float(0.5 ** (quarters / bargain.audience_half_life))


def shielded_belief(bargain: Bargaining, carry: float, forced: float, deterred: float, once: float) -> float:
    """The target's belief that the sender carries out, once a coalition stands behind the target.

    forced, deterred : percent a year, worth of punishing to the sender without and with the coalition's answer
    once : yearly flow worth one payment
    Among senders with an audience cost above -forced, those above -deterred remain; an answer that does not hurt
    the sender leaves the belief as it is."""
    if deterred >= forced:
        return carry
    above = 1 - lognormal_below(-forced / once, bargain.audience_median, bargain.audience_spread)
    still = 1 - lognormal_below(-deterred / once, bargain.audience_median, bargain.audience_spread)
    return carry * still / above if above > 0 else carry
