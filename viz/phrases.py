"""Moves and candidates in a reader's words, with names in place of codes.

The model's own sentences keep the codes; here the same facts are said for people: `raises its tariff on cars`."""

import math
from collections.abc import Mapping

import pandas as pd

from viz.cases import ANSWER, STRIKE, THREAT, case_phrase, kind_of, level_name, option_phrase
from viz.language import ENGLISH, Texts
from viz.theme import Theme
from viz.words import MISSING, NARROW, capital, listed, many, number

GROUPS = {"goods": "all_goods", "farm": "farm", "all": "everything", "": "everything"}
"""What stands for many domains at once, by the key of its text."""
MANY = 3
CHANCE = ENGLISH("why.chance")


def goods(domain: str, theme: Theme) -> str:
    """What a move is about: `cars`, `energy and machinery`, `6 kinds of goods`."""
    if domain in GROUPS:
        return theme.say(f"why.goods.{GROUPS[domain]}")
    parts = str(domain).split(", ")
    if len(parts) > MANY:
        return many(len(parts), "why.kinds_of_goods", theme.say)
    return listed((_one(part, theme) for part in parts), theme.say)


def _one(part: str, theme: Theme) -> str:
    """A domain, a group of domains, or a programme."""
    if part in theme.domain_names:
        return theme.domain_in_text(part)
    if part in theme.programmes:
        return theme.programmes[part]
    name = part.replace("_", " ")
    return theme.say.named("group", part, theme.say.named("programme", part, name))


def all_goods(domain: str, theme: Theme) -> str:
    """The whole list that `goods` may have counted only."""
    parts = [goods(part, theme) if part in GROUPS else theme.domain_in_text(part) for part in str(domain).split(", ")]
    return capital(listed(parts, theme.say))


def whom(target: str, theme: Theme) -> str:
    """The other side of a move inside a sentence."""
    return theme.say("why.everybody") if target == "all" else theme.in_text(target)


def move_phrase(move: Mapping | pd.Series, theme: Theme) -> str:
    """What was done, without who and whom: `raises its tariff on all goods`; of chance, what happened."""
    if move["origin"] == "chance":
        return chance_phrase(str(move["sentence"]), theme)
    if kind_of(move) in (THREAT, STRIKE, ANSWER):
        return case_phrase(move, goods(move["domain"], theme), theme)
    verb = theme.say.texts.get(f"why.verb.{move['instrument']}.{move['operation']}")
    verb = verb or f"{move['operation']} {move['instrument']} on {{goods}}"
    return verb.format(goods=goods(move["domain"], theme))


def chance_phrase(sentence: str, theme: Theme) -> str:
    """What chance did or an election brought: the record's sentence, under the language's name of the shock."""
    text = sentence.removeprefix("chance: ").removeprefix("due: ")
    title, _, rest = text.rpartition(", ")
    if not title or title not in theme.shocks:
        return theme.shocks.get(text, text)
    name, count = theme.shocks[title], rest.split(" ")[0]
    if count.isdigit():
        return theme.say("why.shock.lasts", name=name, time=many(int(count), "why.quarters", theme.say))
    return theme.say("why.shock.over", name=name)


def size_phrase(move: Mapping | pd.Series, say: Texts = ENGLISH) -> str:
    """From what to what: `tariff 0.1 % → 14.7 %`; empty where there is no number."""
    before, after = move["before"], move["after"]
    if pd.isna(before) or pd.isna(after) or move["instrument"] in ("shock", THREAT, ANSWER):  # the phrase says it
        return ""
    if move["instrument"] == "hedge":
        key = "why.size.mark_up" if move["operation"] == "start" else "why.size.units"
        return say(key, before=number(before), after=number(after))
    sizes = f"{number(100 * before, 1)}{NARROW}% → {number(100 * after, 1)}{NARROW}%"
    noun = move["instrument"] if move["instrument"] in ("tariff", "control") else ""
    return f"{say(f'why.size.{noun}')} {sizes}" if noun else sizes


def move_sentence(move: Mapping | pd.Series, theme: Theme) -> str:
    """The whole move: `The United States raises its tariff on all goods (towards Japan; tariff 0 % → 10 %).`"""
    if move["origin"] == "chance":
        return theme.say("why.by_chance", what=move_phrase(move, theme))
    size = size_phrase(move, theme.say)
    return theme.say("why.sentence", who=capital(theme.in_text(move["actor"])), what=move_phrase(move, theme),
                     whom=whom(move["target"], theme), size=f"; {size}" if size else "")  # fmt: skip


def move_line(move: Mapping | pd.Series, theme: Theme) -> str:
    """The move under the name of who made it: `→ Japan: raises its tariff on all goods, tariff 0 % → 10 %`."""
    what, size = move_phrase(move, theme), size_phrase(move, theme.say)
    if move["origin"] == "chance":
        return capital(what)
    named = theme.say("why.everyone") if move["target"] == "all" else theme.name(move["target"])
    return f"→ {named}: {what}" + (theme.say("why.comma") + size if size else "")


def candidate_phrase(row: Mapping | pd.Series, theme: Theme) -> str:
    """A candidate in words: `raise the tariff on cars from Japan by 10 points`; its own label when it is unknown."""
    if row["operation"] == "hold":
        return theme.say("why.hold")
    of_case = option_phrase(row, goods(str(row["domain"]), theme), theme)
    if of_case is not None:
        return of_case
    pattern = theme.say.texts.get(f"why.plain.{row['instrument']}.{row['operation']}")
    if pattern is None or not row["target"]:
        return str(row["candidate"])
    return pattern.format(
        goods=goods(str(row["domain"]), theme), whom=whom(str(row["target"]), theme), size=_size(row, theme.say)
    )


def _size(row: Mapping | pd.Series, say: Texts) -> str:
    """How much, from the number that ends a candidate's label."""
    tail = str(row["candidate"]).rsplit(" ", 1)[-1]
    if row["operation"] == "deny":
        return say("why.size.deny", level=level_name(tail, say))
    try:
        level = float(tail)
    except ValueError:
        return ""
    if row["operation"] == "raise":
        return say("why.size.raise", level=number(level, 0))
    if row["operation"] == "match":
        return say("why.size.match") if level == 1 else say("why.size.match_part", level=number(100 * level, 0))
    return say("why.size.zero") if level == 0 else say("why.size.cut", level=number(100 * level, 0))


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
        "targets": listed((theme.in_text(code) for code in rows["target"]), theme.say),
        "count": len(rows),
        "domain": "goods" if whole else ", ".join(dict.fromkeys(domains)),
        "before": rows["before"].mean(),
        "after": rows["after"].mean(),
        "score": math.nan,
    }


def mover_name(move: Mapping | pd.Series, theme: Theme) -> str:
    """Who moved as a label; chance is nobody's move."""
    return theme.say("why.chance") if move["origin"] == "chance" else theme.name(move["actor"])


def target_name(move: Mapping | pd.Series, theme: Theme) -> str:
    """The target as a label: `Japan`, `everyone`, `8 others`; chance aims at nobody."""
    if move["origin"] == "chance":
        return MISSING
    if move["target"] == "others":
        return many(int(move["count"]), "why.others", theme.say)
    if move["target"] == "all":
        return theme.say("why.everyone")
    return theme.name(move["target"]) if move["target"] else MISSING
