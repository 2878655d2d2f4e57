"""Episodes of coercion in a reader's words: threats, answers to them, and their order in a list.

How cases end is left to `coercion.py`, which row of the moves table belongs to which episode to
`sim.record.episodes.case_of`."""

from collections.abc import Mapping

import pandas as pd

from sim.record.episodes import case_of, instrument_of
from viz.theme import Theme
from viz.words import NARROW, number

THREAT, STRIKE, ANSWER = "threat", "strike", "answer"
"""A demand with a threat; one whose measure comes with it; what either side does next."""
ORDER = {"forced": 0, "chosen": 0, "commitment": 1, "dated": 2, "chance": 3}

ANSWERS = {
    "comply": "gives in: it will {title}",
    "resist": "refuses",
    "retaliate": "answers the measure on {goods} with a tariff of its own",
    "shield": "calls on its coalition to answer together",
    "back down": "does not carry out its threat",
    "carry out": "carries out its threat: {measure}",
    "keep": "keeps its measure on {goods}",
    "lift": "lifts its measure on {goods}, its demand unmet",
    "escalate": "goes further: {measure}",
}
OPTIONS = {
    "comply": "give in: {title}",
    "resist": "refuse",
    "retaliate": "answer with a tariff of its own",
    "shield": "call on its coalition",
    "back down": "back down, no measure",
    "carry out": "carry out: {measure}",
    "keep": "keep the measure",
    "lift": "lift the measure, demand unmet",
    "escalate": "go further",
    "threaten": "ask {whom} to {title}, else {measure}",
    "schedule": "announce {measure} on {whom} until it will {title}",
    "execute": "put {measure} on {whom} and ask it to {title}",
}
"""What a side could do, by operation."""


def kind_of(move: Mapping | pd.Series) -> str:
    """`threat`, `strike` or `answer` inside an episode; else the instrument."""
    if move["instrument"] != THREAT:
        return str(move["instrument"])
    return STRIKE if move["operation"] == "execute" else THREAT


def with_cases(moves: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """The moves with `by`, the instrument behind a threat, and `since`, the quarter in which the demand was made."""
    found = [case_of(cases, row) if row["instrument"] in (THREAT, ANSWER) else None
             for row in moves.to_dict("records")]  # fmt: skip
    by = ["" if case is None else instrument_of(case.punishment) for case in found]
    return moves.assign(by=by, since=["" if case is None else case.opened for case in found])


def arranged(rows: pd.DataFrame) -> pd.DataFrame:
    """Chosen moves first, then what was promised, dated and chance, threats in front of each; answers stand under what
    they answer, `indent` true."""
    first = [row for row in rows.to_dict("records") if row["instrument"] != ANSWER]
    left = [row for row in rows.to_dict("records") if row["instrument"] == ANSWER]
    out = []
    for row in sorted(first, key=lambda row: (ORDER.get(row["origin"], 0), row["instrument"] != THREAT)):
        mine = [one for one in left if row["instrument"] == THREAT and _same(one, row)]
        left = [one for one in left if one not in mine]
        out += [row | {"indent": False}, *(one | {"indent": True} for one in mine)]
    alone = [one | {"indent": True} for one in left]
    return pd.DataFrame([*alone, *out], columns=[*rows.columns, "indent"])


def _same(one: Mapping, other: Mapping) -> bool:
    pairs = [{row["actor"], row["target"]} for row in (one, other)]
    return pairs[0] == pairs[1] and one["demand"] == other["demand"]


# --- words ------------------------------------------------------------------------------------------


def measure_text(by: str, goods: str, level: float) -> str:
    """`a tariff of 25 points on cars`, `withholding 50 % of energy`."""
    if by == "tariff":
        return f"a tariff of {number(100 * level, 0)} points on {goods}"
    return f"withholding {number(100 * level, 0)}{NARROW}% of {goods}" if by == "control" else f"a measure on {goods}"


def case_phrase(move: Mapping | pd.Series, goods: str, theme: Theme) -> str:
    """What a threat or an answer says, without who and whom."""
    measure = measure_text(str(move.get("by", "")), goods, float(move["after"]))
    title, kind = theme.demand(str(move["demand"])), kind_of(move)
    if kind == THREAT:
        return f"asks it to {title}, else {measure}"
    if kind == STRIKE:
        return f"puts {measure} into force, unannounced, and asks it to {title}"
    text = ANSWERS[move["operation"]].format(title=title, goods=goods, measure=measure)
    earlier = move.get("since", "") and move["since"] != move["quarter"]
    return f"{text} (to the demand of {move['since']}: {title})" if earlier else text


def option_phrase(row: Mapping | pd.Series, goods: str, theme: Theme) -> str | None:
    """A candidate threat or answer; its label ends in demand, instrument, goods and level. None for other rows."""
    if row["instrument"] not in (THREAT, ANSWER) or row["operation"] not in OPTIONS:
        return None
    demand, by, *rest = str(row["candidate"]).partition(f" {row['target']} ")[2].split(" ")
    level = rest[-1] if rest else ""
    if by == "tariff":
        measure = f"a tariff of {level} points on {goods}"
    else:
        what = "" if rest and rest[0] in theme.stock_domains else "exports of "
        measure = f"{level.replace('_', ' ') or 'a control'} of {what}{goods}"
    return OPTIONS[row["operation"]].format(whom=theme.in_text(row["target"]), title=theme.demand(demand),
                                            measure=measure)  # fmt: skip
