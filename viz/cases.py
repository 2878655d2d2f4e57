"""Episodes of coercion in a reader's words: threats, answers to them, and their order in a list.

How cases end is left to `coercion.py`, which row of the moves table belongs to which episode to
`sim.record.episodes.case_of`."""

from collections.abc import Mapping

import pandas as pd

from sim.record.episodes import case_of, instrument_of
from viz.language import ENGLISH, Texts
from viz.theme import Theme
from viz.words import number

THREAT, STRIKE, ANSWER = "threat", "strike", "answer"
"""A demand with a threat; one whose measure comes with it; what either side does next."""
ORDER = {"forced": 0, "chosen": 0, "commitment": 1, "dated": 2, "chance": 3}


def kind_of(move: Mapping | pd.Series) -> str:
    """`threat`, `strike` or `answer` inside an episode; else the instrument."""
    if move["instrument"] != THREAT:
        return str(move["instrument"])
    return STRIKE if move["operation"] == "execute" else THREAT


def kinds_of(moves: pd.DataFrame) -> list[str]:
    """`kind_of` of every row."""
    pairs = zip(moves["instrument"].tolist(), moves["operation"].tolist(), strict=True)
    return [kind_of({"instrument": instrument, "operation": operation}) for instrument, operation in pairs]


def with_cases(moves: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """The moves with `by`, the instrument behind a threat, and `since`, the quarter in which the demand was made."""
    inside = moves["instrument"].isin([THREAT, ANSWER]).to_numpy()
    by, since = [""] * len(moves), [""] * len(moves)
    for place, row in zip(inside.nonzero()[0], moves[inside].to_dict("records"), strict=True):
        case = case_of(cases, row)
        if case is not None:
            by[place], since[place] = instrument_of(case.punishment), case.opened
    return moves.assign(by=by, since=since)


def arranged(rows: pd.DataFrame) -> pd.DataFrame:
    """Chosen moves first, then what was promised, dated and chance, threats in front of each; answers stand under what
    they answer, `indent` true."""
    records, out = rows.to_dict("records"), []
    first = [row for row in records if row["instrument"] != ANSWER]
    left = [row for row in records if row["instrument"] == ANSWER]
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


def measure_text(by: str, goods: str, level: float, say: Texts = ENGLISH) -> str:
    """`a tariff of 25 points on cars`, `withholding 50 % of energy`."""
    kind = by if by in ("tariff", "control") else "other"
    return say(f"why.measure.{kind}", goods=goods, level=number(100 * level, 0))


def level_name(level: str, say: Texts = ENGLISH) -> str:
    """Name of a level of control or denial: `licensing`, `part stop`."""
    return say.named("level", level, level.replace("_", " "))


def case_phrase(move: Mapping | pd.Series, goods: str, theme: Theme) -> str:
    """What a threat or an answer says, without who and whom."""
    say = theme.say
    measure = measure_text(str(move.get("by", "")), goods, float(move["after"]), say)
    title, kind = theme.demand(str(move["demand"])), kind_of(move)
    if kind in (THREAT, STRIKE):
        return say(f"why.demand.{kind}", title=title, measure=measure)
    text = say.texts[f"why.answer.{key(move['operation'])}"].format(title=title, goods=goods, measure=measure)
    earlier = move.get("since", "") and move["since"] != move["quarter"]
    return say("why.demand.earlier", text=text, since=move["since"], title=title) if earlier else text


def key(operation: str) -> str:
    """An operation as it stands in the texts: `back_down`."""
    return operation.replace(" ", "_")


def option_phrase(row: Mapping | pd.Series, goods: str, theme: Theme) -> str | None:
    """A candidate threat or answer; its label ends in demand, instrument, goods and level. None for other rows."""
    pattern = theme.say.texts.get(f"why.option.{key(str(row['operation']))}")
    if row["instrument"] not in (THREAT, ANSWER) or pattern is None:
        return None
    demand, by, *rest = str(row["candidate"]).partition(f" {row['target']} ")[2].split(" ")
    level = rest[-1] if len(rest) > 1 else ""  # a control without a level is named by its goods alone
    if by != "tariff":
        by = "stock" if rest and rest[0] in theme.stock_domains else "exports"
        level = level_name(level, theme.say) or theme.say("why.measure.a_control")
    measure = theme.say(f"why.measure.{by}", level=level, goods=goods)
    whom = theme.say.named("region", "all", "all") if row["target"] == "all" else theme.in_text(row["target"])
    return pattern.format(whom=whom, title=theme.demand(demand), measure=measure)
