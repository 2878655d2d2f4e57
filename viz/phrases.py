"""Moves and candidates in a reader's words, with names in place of codes.

The model's own sentences keep the codes; here the same facts are said for people: `raises its tariff on cars`."""

import math
from collections.abc import Mapping

import pandas as pd

from viz.cases import ANSWER, STRIKE, THREAT, case_phrase, kind_of, option_phrase
from viz.theme import Theme
from viz.words import MISSING, NARROW, capital, counted, listed, number

VERBS = {
    ("tariff", "raise"): "raises its tariff on {goods}",
    ("tariff", "cut"): "cuts its tariff on {goods}",
    ("tariff", "remove"): "takes back its tariff on {goods}",
    ("tariff", "match"): "answers with a tariff on {goods}",
    ("control", "licensing"): "puts its exports of {goods} under licence",
    ("control", "embargo"): "stops its exports of {goods}",
    ("control", "ease"): "eases its export control on {goods}",
    ("control", "lift"): "lifts its export control on {goods}",
    ("control", "deny"): "denies {goods}",
    ("hedge", "start"): "hedges: shifts purchases of {goods} to others",
    ("hedge", "begin"): "begins the programme {goods}",
    ("hedge", "expand"): "expands the programme {goods}",
    ("hedge", "abandon"): "gives up the programme {goods}",
}
PLAIN = {
    ("tariff", "raise"): "raise the tariff on {goods} from {whom}{size}",
    ("tariff", "cut"): "cut the tariff on {goods} from {whom}{size}",
    ("tariff", "remove"): "take back the tariff on {goods} from {whom}",
    ("tariff", "match"): "answer {whom} with a tariff on {goods}{size}",
    ("control", "licensing"): "put exports of {goods} to {whom} under licence",
    ("control", "embargo"): "stop exports of {goods} to {whom}",
    ("control", "lift"): "lift the control on {goods} to {whom}",
    ("control", "deny"): "deny {whom} {goods}{size}",
    ("hedge", "start"): "hedge against {whom} in {goods}",
    ("hedge", "begin"): "begin the programme {goods} with {whom}",
    ("hedge", "expand"): "expand the programme {goods} with {whom}",
    ("hedge", "abandon"): "give up the programme {goods} with {whom}",
}
GOODS = {"goods": "all goods", "farm": "farm goods", "all": "everything", "": "everything"}
MANY = 3
CHANCE = "Chance"


def goods(domain: str, theme: Theme) -> str:
    """What a move is about: `cars`, `energy and machinery`, `6 kinds of goods`."""
    if domain in GOODS:
        return GOODS[domain]
    parts = str(domain).split(", ")
    if len(parts) > MANY:
        return counted(len(parts), "kind of goods", "kinds of goods")
    return listed(
        theme.domain_in_text(part) if part in theme.domain_names else part.replace("_", " ") for part in parts
    )


def all_goods(domain: str, theme: Theme) -> str:
    """The whole list that `goods` may have counted only."""
    parts = [GOODS.get(part) or theme.domain_in_text(part) for part in str(domain).split(", ")]
    return capital(listed(parts))


def whom(target: str, theme: Theme) -> str:
    """The other side of a move inside a sentence."""
    return "everybody" if target == "all" else theme.in_text(target)


def move_phrase(move: Mapping | pd.Series, theme: Theme) -> str:
    """What was done, without who and whom: `raises its tariff on all goods`; of chance, what happened."""
    if move["origin"] == "chance":
        return str(move["sentence"]).removeprefix("chance: ").removeprefix("due: ")
    if kind_of(move) in (THREAT, STRIKE, ANSWER):
        return case_phrase(move, goods(move["domain"], theme), theme)
    verb = VERBS.get((move["instrument"], move["operation"]), f"{move['operation']} {move['instrument']} on {{goods}}")
    return verb.format(goods=goods(move["domain"], theme))


def size_phrase(move: Mapping | pd.Series) -> str:
    """From what to what: `tariff 0.1 % → 14.7 %`; empty where there is no number."""
    before, after = move["before"], move["after"]
    if pd.isna(before) or pd.isna(after) or move["instrument"] in ("shock", THREAT, ANSWER):  # the phrase says it
        return ""
    if move["instrument"] == "hedge" and move["operation"] != "start":
        return f"{number(before)} → {number(after)} units"
    if move["instrument"] == "hedge":
        return f"mark-up on this supplier {number(before)} → {number(after)}"
    noun = {"tariff": "tariff", "control": "withheld"}.get(move["instrument"], "")
    return f"{noun} {number(100 * before, 1)}{NARROW}% → {number(100 * after, 1)}{NARROW}%".strip()


def move_sentence(move: Mapping | pd.Series, theme: Theme) -> str:
    """The whole move: `The United States raises its tariff on all goods (towards Japan; tariff 0 % → 10 %).`"""
    if move["origin"] == "chance":
        return f"{CHANCE}: {move_phrase(move, theme)}"
    who = capital(theme.in_text(move["actor"]))
    size = size_phrase(move)
    return f"{who} {move_phrase(move, theme)} (towards {whom(move['target'], theme)}{'; ' + size if size else ''})"


def candidate_phrase(row: Mapping | pd.Series, theme: Theme) -> str:
    """A candidate in words: `raise the tariff on cars from Japan by 10 points`; its own label when it is unknown."""
    if row["operation"] == "hold":
        return "hold still"
    of_case = option_phrase(row, goods(str(row["domain"]), theme), theme)
    if of_case is not None:
        return of_case
    pattern = PLAIN.get((row["instrument"], row["operation"]))
    if pattern is None or not row["target"]:
        return str(row["candidate"])
    return pattern.format(goods=goods(str(row["domain"]), theme), whom=whom(str(row["target"]), theme), size=_size(row))


def _size(row: Mapping | pd.Series) -> str:
    """How much, from the number that ends a candidate's label."""
    tail = str(row["candidate"]).rsplit(" ", 1)[-1]
    if row["operation"] == "deny":
        return f" ({tail.replace('_', ' ')})"
    try:
        level = float(tail)
    except ValueError:
        return ""
    if row["operation"] == "raise":
        return f" by {number(level, 0)} points"
    if row["operation"] == "match":
        return " of the same size" if level == 1 else f" of {number(100 * level, 0)}{NARROW}% of its size"
    return " to zero" if level == 0 else f" to {number(100 * level, 0)}{NARROW}% of what it is"


def grouped(moves: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    """The moves, with those of one kind towards several bystanders joined into one row.

    Moves towards the focus and the actors stay apart. A joined row has `count` > 1, its targets in `targets`,
    and the mean of the sizes."""
    table = moves.copy()
    table["targets"], table["count"] = table["target"], 1
    if table.empty:
        return table
    aside = ~table["target"].isin([theme.focus, *theme.actors, "all"]) & ~table["instrument"].isin([THREAT, ANSWER])
    keys = ["quarter", "actor", "instrument", "operation", "origin"]
    joined = [_joined(rows, theme) for _, rows in table[aside].groupby(keys, sort=False)]
    return pd.DataFrame([*table[~aside].to_dict("records"), *joined])


def _joined(rows: pd.DataFrame, theme: Theme) -> dict:
    first = rows.iloc[0].to_dict()
    if len(rows) == 1:
        return first
    domains = [part for text in rows["domain"] for part in str(text).split(", ")]
    whole = "goods" in domains
    return first | {
        "target": "others",
        "targets": listed(theme.in_text(code) for code in rows["target"]),
        "count": len(rows),
        "domain": "goods" if whole else ", ".join(dict.fromkeys(domains)),
        "before": rows["before"].mean(),
        "after": rows["after"].mean(),
        "score": math.nan,
    }


def mover_name(move: Mapping | pd.Series, theme: Theme) -> str:
    """Who moved as a label; chance is nobody's move."""
    return CHANCE if move["origin"] == "chance" else theme.name(move["actor"])


def target_name(move: Mapping | pd.Series, theme: Theme) -> str:
    """The target as a label: `Japan`, `everyone`, `8 others`; chance aims at nobody."""
    if move["origin"] == "chance":
        return MISSING
    if move["target"] == "others":
        return counted(int(move["count"]), "other")
    if move["target"] == "all":
        return "everyone"
    return theme.name(move["target"]) if move["target"] else MISSING
