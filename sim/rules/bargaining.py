"""Crisis bargaining: when a target gives in, when a sender carries out, what a threat is worth.

Prices of conceding and audience costs are private and lognormal; everything is in per cent of income a year of
the side named, over the horizon. What punishments and concessions do to income is left to `sim.moves`.

Departures from model section 8: the sender knows its own audience cost, so it weighs what it would really do after
a refusal; the target's belief q follows from what such senders would do, and from the sender's record.
Source: model section 8; Fearon (1994)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from sim.world.crisis import Bargaining

SMALLEST = 1e-300  # the logarithm of nothing is taken of this
BELIEF_TOLERANCE = 1e-12


def lognormal_below(value: float, median: float, spread: float) -> float:
    """Chance that a lognormal lies below a value; none below zero."""
    if value <= 0:
        return 0.0
    return float(ndtr((np.log(max(value, SMALLEST)) - np.log(max(median, SMALLEST))) / spread))


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


def price_beaten(stakes: Stakes, carry: float, kept: float) -> float:
    """The largest private price at which the target gives in to a threat.

    Giving in saves the hurt, times the belief that it would come, times that the bargain would hold, and the cost
    of open defiance."""
    return kept * carry * stakes.hurt - stakes.burden + stakes.defiance


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
class Sender:
    """What is publicly known of a sender."""

    carried: float  # refused threats carried out, as counted
    dropped: float  # refused threats dropped
    kept: float  # belief that it leaves a bargain at that
    quarters: float  # how long its measures are expected to stand
    once: float  # yearly flow worth one payment, 1/year


def worth_in_force(stakes: Stakes, later: float, dropped: float) -> float:
    """Punishing: the target gives in at once, or the measure stands for its time and is dropped at some cost."""
    return later * (stakes.prize + stakes.impose) + (1 - later) * (stakes.stand - dropped)


def audience_left(bargain: Bargaining, quarters: float) -> float:
    """Share of the audience cost that dropping a measure after some quarters still has."""
    return float(0.5 ** (quarters / bargain.audience_half_life))


def after_refusal(bargain: Bargaining, stakes: Stakes, carry: float, kept: float) -> float:
    """Chance that a target which refused under a belief `carry` gives in once the punishment stands."""
    refused = price_beaten(stakes, carry, kept)
    return chance_to_give_in(bargain, price_beaten_in_force(bargain, stakes, kept), refused)


def resolve_needed(bargain: Bargaining, stakes: Stakes, later: float, sender: Sender) -> float:
    """The audience cost, per cent of income once, above which a sender carries a refused threat out."""
    gain = worth_in_force(stakes, later, 0.0)
    return -gain / (1 - audience_left(bargain, sender.quarters) * (1 - later)) / sender.once


def carry_belief(bargain: Bargaining, stakes: Stakes, sender: Sender) -> float:
    """The target's belief q that the sender carries out, consistent with what the sender would then do.

    The more a target believes, the fewer of those who refuse give in later, so the less punishing pays: the share of
    audience costs that would carry out falls in q, and one q meets itself. The sender's record of threats carried
    out and dropped is added to it as counts.   Source: model section 8; Fearon (1994), Drezner (2003) on selection."""
    counts = bargain.carry_weight + sender.carried + sender.dropped

    def excess(q: float) -> float:
        needed = resolve_needed(bargain, stakes, after_refusal(bargain, stakes, q, sender.kept), sender)
        would = 1 - lognormal_below(needed, bargain.audience_median, bargain.audience_spread)
        return (bargain.carry_weight * would + sender.carried) / counts - q

    if excess(1.0) >= 0:
        return 1.0
    return 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, 1.0, xtol=BELIEF_TOLERANCE))


@dataclass(frozen=True)
class Threat:
    """What a sender makes of a threat: chances, and its worth."""

    comply: float  # chance that the target gives in to the threat
    carry: float  # [...], 1 if the sender would carry it out after a refusal, else 0
    later: float  # chance that the target gives in once the punishment stands, after a refusal
    worth: float  # [...], percent a year, whole


def weigh_threat(bargain: Bargaining, stakes: Stakes, sender: Sender, audience: float, belief: float) -> Threat:
    """A threat with a deadline.

    audience : [...], percent of income once, what backing down costs this sender; belief : of `carry_belief`"""
    comply = chance_to_give_in(bargain, price_beaten(stakes, belief, sender.kept), 0.0)
    later = after_refusal(bargain, stakes, belief, sender.kept)
    cost = audience * sender.once
    forced = worth_in_force(stakes, later, cost * audience_left(bargain, sender.quarters))
    worth = comply * stakes.prize + (1 - comply) * np.maximum(forced, -cost)
    return Threat(comply, 1.0 * (forced > -cost), later, worth)


def weigh_execution(bargain: Bargaining, stakes: Stakes, sender: Sender, audience: float) -> Threat:
    """A punishment that comes with its demand, unannounced."""
    later = chance_to_give_in(bargain, price_beaten_in_force(bargain, stakes, sender.kept), 0.0)
    dropped = audience * sender.once * audience_left(bargain, sender.quarters)
    return Threat(0.0, 1.0, later, worth_in_force(stakes, later, dropped))


def weigh_schedule(bargain: Bargaining, stakes: Stakes, sender: Sender, audience: float) -> Threat:
    """A condition announced to all: its sender is bound by it, and everybody knows."""
    comply = chance_to_give_in(bargain, price_beaten(stakes, 1.0, sender.kept), 0.0)
    later = after_refusal(bargain, stakes, 1.0, sender.kept)
    forced = worth_in_force(stakes, later, audience * sender.once * audience_left(bargain, sender.quarters))
    return Threat(comply, 1.0, later, comply * stakes.prize + (1 - comply) * forced)
