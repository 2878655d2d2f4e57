"""Rows of what happened in episodes of coercion: threats, answers, and one row a case.

Source: model section 8: threats made and measures in force are recorded apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.moves.episodes import OF_SENDER
from sim.record.words import answer_sentence, threat_sentence
from sim.world.crisis import IMPOSED, Demand, Episode, Punishment
from sim.world.params import Economy

SENDER, TARGET = "sender", "target"


class AnswerKey(NamedTuple):
    """Which answer is meant: by whom, when, on which demand, to whom, and from which side of the episode."""

    quarter: str
    actor: str
    demand: str
    partner: str
    side: str  # sender or target: two regions may ask the same of each other

    def __str__(self) -> str:
        return f"{self.actor}:{self.quarter} on {self.demand} to {self.partner} as {self.side}"


def answer_key(move: Mapping | pd.Series) -> AnswerKey:
    """Key of an answer from its row of the moves table."""
    side = SENDER if move["operation"] in OF_SENDER else TARGET
    return AnswerKey(move["quarter"], move["actor"], move["demand"], move["target"], side)


def threat_row(base: Economy, label: str, of: Demand, by: Punishment, operation: str, score: float,
               origin: str = "chosen") -> tuple:  # fmt: skip
    """Row of the moves table for a threat, or for a measure that comes with its demand."""
    names = base.regions[of.sender], base.regions[of.target]
    text = threat_sentence(*names, operation, of.title, by.instrument, by.group, by.level, origin)
    return (label, *names, "threat", operation, by.group, 0.0, by.level, "1", origin, score, text, of.name)


def dated_threat_row(base: Economy, label: str, episode: Episode) -> tuple:
    """Row of the moves table for a threat, or for a measure with its demand, that the calendar opened."""
    operation = "execute" if episode.imposed == episode.since else "threaten"
    return threat_row(base, label, episode.demand, episode.punishment, operation, np.nan, "dated")


def answer_row(base: Economy, label: str, episode: Episode, actor: int, operation: str, state: str, score: float,
               origin: str = "chosen") -> tuple:  # fmt: skip
    """Row of the moves table for an answer inside an episode.

    episode : as it was before; state : its state afterwards"""
    of, by, me = episode.demand, episode.punishment, base.regions[actor]
    other = base.regions[of.target if actor == of.sender else of.sender]
    text = answer_sentence(me, other, operation, of.title, by.instrument, by.group, origin)
    stands = by.level if episode.state == IMPOSED else 0.0
    after = by.level if state == IMPOSED else 0.0
    return (label, me, other, "answer", operation, by.group, stands, after, "1", origin, score, text,
            of.name)  # fmt: skip


def instrument_of(punishment: str) -> str:
    """tariff or control, from the name of a punishment as the table of cases has it."""
    return "tariff" if punishment.startswith("tariff ") else "control"


EPISODES = ["sender", "target", "demand", "punishment", "opening", "opened", "imposed", "ended", "outcome", "quarters",
            "price", "audience"]  # fmt: skip


def case_of(cases: pd.DataFrame, move: pd.Series | Mapping) -> pd.Series | None:
    """The episode that a threat or an answer belongs to, by pair, demand and quarter; None without one."""
    asked = {move["actor"], move["target"]}, move["demand"]
    columns = (cases[name].tolist() for name in ("sender", "target", "demand", "opened", "ended"))
    mine = [
        k for k, (sender, target, demand, opened, ended) in enumerate(zip(*columns, strict=True))
        if ({sender, target}, demand) == asked and opened <= move["quarter"] and (not ended or ended >= move["quarter"])
    ]  # fmt: skip
    return cases.iloc[mine[-1]] if mine else None


def episode_row(
    names: tuple[str, ...], labels: tuple[str, ...], episode: Episode, outcome: str, ended: int | None
) -> tuple:
    """One episode: who asked what of whom, with what, and how it came out; quarters it took.

    Private values stand beside it, per cent of the target's income a year and of the sender's income once."""
    of = episode.demand
    opening = "executed" if episode.imposed == episode.since else "threatened"
    imposed = labels[episode.imposed] if episode.imposed >= 0 else ""
    last = labels[ended] if ended is not None else ""
    took = float(ended - episode.since) if ended is not None else np.nan
    return (names[of.sender], names[of.target], of.name, episode.punishment.name, opening, labels[episode.since],
            imposed, last, outcome, took, episode.price, episode.audience)  # fmt: skip
