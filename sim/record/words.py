"""Moves and reasons in plain words, made from the records and from nothing else; a whole quarter is told in
`account.py`."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sim.rules.payoff import PAYOFF_TERMS
from sim.scenario.scenario import Scenario


def control_names(scenario: Scenario) -> tuple[str, ...]:
    """Names of the levels of control, the mildest first."""
    return tuple(sorted(scenario.control.levels, key=lambda name: scenario.control.levels[name].value))


def listed(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(items)
    return "".join(items) if len(items) < 2 else f"{', '.join(items[:-1])} and {items[-1]}"


TAILS = {"dated": " (decreed, from the calendar)", "commitment": " (pledged by the policy)",
         "forced": " (told to by a person)"}  # fmt: skip
RECORDED = {"dated": " (as recorded, from the calendar)", "forced": TAILS["forced"]}


def move_sentence(actor: str, target: str, instrument: str, operation: str, domain: str, before: float, after: float,
                  origin: str, unit: str = "") -> str:  # fmt: skip
    """One sentence: who did what to whom, how much, and whether it was chosen.

    unit : `units` of a programme, whose name then stands for the domain"""
    goods = "all goods" if domain == "goods" else domain.replace("_", " ")
    whom = "everybody" if target == "all" else target
    if instrument == "tariff":
        change = f"from {100 * before:.1f} to {100 * after:.1f} %"
        verb = {"raise": "raises its tariff on", "match": "answers with a tariff on", "cut": "cuts its tariff on",
                "remove": "takes back its tariff on"}[operation]  # fmt: skip
        text = f"{actor} {verb} {goods} from {whom} {change}"
    elif instrument == "control":
        more = (
            f"puts more of its exports under {operation}:" if before > 0 else f"puts under {operation} its exports of"
        )
        verb = {"lift": "lifts its control of", "ease": "eases its control of", "deny": "denies its part of"}
        text = f"{actor} {verb.get(operation, more)} {goods} to {whom} (withheld share {before:.2f} to {after:.2f})"
    elif unit == "units":
        verb = {"begin": "begins", "expand": "expands", "abandon": "abandons"}[operation]
        text = f"{actor} {verb} the programme {goods} with {whom} ({before:g} to {after:g} units)"
    else:
        text = (
            f"{actor} starts a programme against depending on {whom} for {goods} (mark-up {before:.2f} to {after:.2f})"
        )
    return text + TAILS.get(origin, "")


def measure_phrase(instrument: str, group: str, level: float) -> str:
    """What is threatened or in force."""
    goods = "all goods" if group == "goods" else group.replace("_", " ")
    if instrument == "tariff":
        return f"a tariff of {100 * level:g} points on {goods}"
    return f"withholding {100 * level:g} % of {goods}"


def threat_sentence(actor: str, target: str, operation: str, title: str, instrument: str, group: str,
                    level: float, origin: str = "chosen") -> str:  # fmt: skip
    """One sentence: who asks what of whom, and with what."""
    measure = measure_phrase(instrument, group, level)
    if operation == "schedule":
        return f"{actor} announces {measure} on {target} until it will {title}"
    if operation == "threaten":
        text = f"{actor} asks {target} to {title} and threatens {measure}"
    else:
        text = f"{actor} strikes {target} unannounced with {measure} and asks it to {title}"
    return text + RECORDED.get(origin, "")


def answer_sentence(actor: str, other: str, operation: str, title: str, instrument: str, group: str,
                    origin: str = "chosen") -> str:  # fmt: skip
    """One sentence: what one side of an episode did."""
    goods = "all goods" if group == "goods" else group.replace("_", " ")
    measure = f"{'tariff' if instrument == 'tariff' else 'control'} on {goods}"
    text = {
        "comply": f"{actor} gives in to {other}: it will {title}",
        "resist": f"{actor} refuses {other}'s demand to {title}",
        "retaliate": f"{actor} retaliates with a tariff against {other}'s {measure}",
        "shield": f"{actor} calls on its coalition against {other}",
        "back down": f"{actor} backs down: no {measure} against {other}",
        "carry out": f"{actor} carries out its threat against {other}: {measure}",
        "lift": f"{actor} lifts its {measure} against {other} with its demand unmet",
        "escalate": f"{actor} goes further against {other}: {measure}",
        "keep": f"{actor} keeps its {measure} against {other}",
    }[operation]
    return text + RECORDED.get(origin, "")


def chance_sentence(title: str, quarters: int) -> str:
    """What chance did: a shock begins and lasts some quarters; 0: it is over."""
    if quarters == 0:
        return f"chance: {title}, over"
    return f"chance: {title}, {quarters} quarter{'' if quarters == 1 else 's'}"


def due_sentence(title: str) -> str:
    """What the calendar of elections brought."""
    return f"due: {title}"


def runner_up(frame: pd.DataFrame) -> pd.Series | None:
    """The candidate of a ledger that was worth most, net of its cost of acting, of those not picked."""
    net = (frame.score - frame.act_cost)[~frame.picked].dropna()
    return frame.loc[net.idxmax()] if len(net) else None


def margin_of(frame: pd.DataFrame) -> float | None:
    """What the pick was worth above the runner-up, per cent of income a year; None without one."""
    picked, second = frame[frame.picked].iloc[0], runner_up(frame)
    if second is None:
        return None
    return float((picked.score - picked.act_cost) - (second.score - second.act_cost))


def nest_chances(frame: pd.DataFrame) -> dict:
    """Chances through the nests: of acting at all, of each class given that, of the pick given its class."""
    act = 1 - float(frame.probability[frame.operation == "hold"].sum())
    by_class = frame[frame.operation != "hold"].groupby("instrument", sort=False).probability.sum()
    picked = frame[frame.picked].iloc[0]
    within = by_class.get(picked.instrument, 0.0)
    return {
        "act": act,
        "classes": {name: float(chance / act) if act > 0 else 0.0 for name, chance in by_class.items()},
        "pick_in_class": float(picked.probability / within) if within > 0 else None,
    }


def nest_sentence(frame: pd.DataFrame) -> str:
    """The same in words."""
    nests = nest_chances(frame)
    classes = listed(f"{name} {_chance(chance)}" for name, chance in nests["classes"].items())
    text = f"Chance of acting {_chance(nests['act'])}" + (f"; given that, {classes}" if classes else "")
    if nests["pick_in_class"] is None:
        return f"{text}."
    return f"{text}; the pick within its class {_chance(nests['pick_in_class'])}."


def _chance(value: float) -> str:
    """Per cent that are neither 0 nor 100 unless they are."""
    if 0 < value < 0.001 or 0.999 < value < 1:
        return "under 0.1 %" if value < 0.5 else "over 99.9 %"
    return f"{100 * value:.3g} %"


def reason_sentence(frame: pd.DataFrame, actor: str, quarter: str) -> str:
    """Why the pick beat the runner-up, term by term, largest first; from the ledger."""
    picked, second = frame[frame.picked].iloc[0], runner_up(frame)
    if second is None:
        return f"{actor}, {quarter}: nothing else could be done."
    gap = margin_of(frame)
    terms = sorted(((picked[t] - second[t], t) for t in PAYOFF_TERMS), key=lambda x: -abs(x[0]))
    parts = ", ".join(f"{name} {value:+.4f}" for value, name in terms if abs(value) > 5e-6) or "no difference"
    verb = "chose" if gap >= 0 else "drew"
    return (
        f"{actor}, {quarter}: {verb} {picked.candidate} over {second.candidate}, "
        f"{'ahead' if gap >= 0 else 'behind'} by {abs(gap):.4f} % of income a year: {parts}"
    )
