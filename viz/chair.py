"""What a person in an actor's chair is told: the situation, and what could be done about it, in words and numbers.

Pure functions of a run and a ledger; the chair itself stands in `tabs/chair.py`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from sim.played import Run
from sim.record.account import MADE
from viz.cases import arranged, with_cases
from viz.coercion import case_rows
from viz.debrief import MEASURES
from viz.language import FIRST, Texts
from viz.measures import measure, term_name
from viz.phrases import candidate_phrase, grouped, move_sentence
from viz.read import headlines, moves_in, term_columns
from viz.theme import Theme
from viz.words import MISSING, NARROW, capital, number, payoff, value_text

BEST = 5
"""Moves that the adviser puts first."""
TOLD_TERMS, TOLD_MOVES = 3, 4
SEEN = 5e-4  # per cent of income, and half a tenth of a per cent of a tariff: less is not told
OF_THE_FOCUS = MEASURES[1:]
KINDS = ("tariff", "control", "hedge", "threat")


@dataclass(frozen=True)
class Line:
    """One number of the situation: now, and the quarter before where there is one."""

    name: str
    now: str
    change: str


def happened(run: Run, quarter: str, theme: Theme, say: Texts) -> list[str]:
    """The quarter in sentences: the run's own account, or in another language move by move."""
    if say.language == FIRST:
        return [capital(run.account(quarter).partition(": ")[2])]
    rows = listed_moves(run, quarter, theme).to_dict("records")
    return [move_sentence(row, theme) for row in rows] or [say("chair.nobody_moved")]


def listed_moves(run: Run, quarter: str, theme: Theme) -> pd.DataFrame:
    """The moves of a quarter as they are told: bystanders joined, answers under what they answer."""
    return arranged(grouped(with_cases(moves_in(run.moves, quarter), run.episodes), theme))


def touching(run: Run, quarter: str, actor: str, theme: Theme, say: Texts) -> str:
    """The quarter's moves by the actor, or towards it, in one sentence; those that are chosen first."""
    rows = listed_moves(run, quarter, theme)
    rows = rows[(rows["actor"] == actor) | rows["target"].isin([actor, "all"])] if len(rows) else rows
    if rows.empty:
        return ""
    rows = rows.sort_values("origin", key=lambda origin: ~origin.isin(MADE), kind="stable")
    told = [move_sentence(row, theme) for row in rows.head(TOLD_MOVES).to_dict("records")]
    told += [say("chair.more", count=len(rows) - TOLD_MOVES)] if len(rows) > TOLD_MOVES else []
    return say("chair.also", who=theme.in_text(actor), moves="; ".join(told))


def cases(run: Run, quarter: str, actor: str, theme: Theme, say: Texts) -> list[str]:
    """Demands that stood open after a quarter, with the actor on either side."""
    table = run.episodes
    open_then = (table.opened <= quarter) & ((table.ended == "") | (table.ended > quarter))
    mine = table[open_then & ((table.sender == actor) | (table.target == actor))]
    mine = mine.sort_values("opened", kind="stable")
    # what was put in force later was a threat then
    mine = mine.assign(imposed=mine.imposed.where(mine.imposed <= quarter, ""))
    told = []
    for case, row in zip(mine.to_dict("records"), case_rows(_with(run, mine), theme), strict=True):
        key = "chair.case_in_force" if case["imposed"] else "chair.case_threat"
        told.append(say(key, who=row["who"], whom=row["whom"], asked=_small(row["asked"]), measure=_small(row["with"]),
                        since=case["opened"]))  # fmt: skip
    return told


@dataclass(frozen=True)
class _Cases:
    episodes: pd.DataFrame


def _with(run: Run, episodes: pd.DataFrame) -> _Cases:
    """As much of a run as its cases are told from."""
    return _Cases(episodes)


def _small(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def in_force(run: Run, quarter: str, actor: str, theme: Theme, say: Texts) -> list[str]:
    """Tariffs of the others on the actor, beside the first quarter's, and goods that they withhold from it."""
    table = run.portfolio
    now, first = (table[table.quarter == q] for q in (quarter, run.quarters[0]))
    told = []
    on_me = now[(now.measure == "mean_tariff") & (now.partner == actor)]
    before = first[(first.measure == "mean_tariff") & (first.partner == actor)].set_index("region").value
    for row in on_me.sort_values("value", ascending=False).itertuples():
        told.append(say("chair.tariff_on", who=theme.in_text(row.region), whom=theme.in_text(actor),
                        now=value_text(row.value, "mean_tariff"),
                        first=value_text(before.get(row.region, float("nan")), "mean_tariff")))  # fmt: skip
    kept = now[(now.measure == "withheld_share") & (now.region == actor) & (now.value > SEEN)]
    for row in kept.itertuples():
        told.append(say("chair.withheld", who=theme.in_text(row.partner), goods=theme.domain_in_text(row.domain),
                        share=value_text(row.value, "withheld_share")))  # fmt: skip
    return told


def lines(run: Run, quarter: str, actor: str, theme: Theme, say: Texts) -> list[Line]:
    """The actor's income, and for the focus, whose portfolio is tracked, what it stands to lose."""
    place = list(run.quarters).index(quarter)
    before = run.quarters[place - 1] if place else None
    codes = ("real_income", *OF_THE_FOCUS) if actor == run.focus else ("real_income", "support")
    earlier, found = headlines(run.portfolio, actor, codes, before) if before else {}, []
    for code, now in headlines(run.portfolio, actor, codes, quarter).items():
        then = earlier.get(code)
        kind, by = measure(code), ""
        if now.partner not in ("", "all"):
            by = say("chair.by", who=theme.name(now.partner))
        change = MISSING if then is None else number(now.value - then.value, max(3, kind.decimals), signed=True)
        found.append(Line(f"{named(code, say)}{by}, {unit(code, say)}", value_text(now.value, kind), change))
    return found


def named(code: str, say: Texts) -> str:
    """What a measure is called."""
    return say.named("measure", code, measure(code).name)


def unit(code: str, say: Texts) -> str:
    """What a measure of the chair is counted in."""
    return say.texts.get(f"chair.unit.{code}", measure(code).unit)


def situation_html(run: Run, quarter: str, actor: str, theme: Theme, say: Texts) -> str:
    """All of it as HTML, everything from the run escaped."""
    told = "".join(f"<p>{escape(one)}</p>" for one in happened(run, quarter, theme, say))
    parts = [f'<div class="told">{told}</div>']
    for key, rows in (("cases", cases(run, quarter, actor, theme, say)),
                      ("in_force", in_force(run, quarter, actor, theme, say))):  # fmt: skip
        items = "".join(f"<li>{escape(one)}</li>" for one in rows) or f"<li>{escape(say(f'chair.no_{key}'))}</li>"
        parts.append(f"<h3>{escape(say(f'chair.{key}', who=theme.in_text(actor)))}</h3><ul>{items}</ul>")
    rows = "".join(
        f'<tr><th scope="row">{escape(one.name)}</th><td>{escape(one.now)}</td><td>{escape(one.change)}</td></tr>'
        for one in lines(run, quarter, actor, theme, say)
    )
    head = "".join(f'<th scope="col">{escape(say(f"chair.{key}"))}</th>' for key in ("number", "now", "change"))
    parts.append(f'<table class="numbers"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')
    return "".join(parts)


# --- what could be done -----------------------------------------------------------------------------


def menu(ledger: pd.DataFrame, advised: bool, theme: Theme, say: Texts) -> dict:
    """What can be picked, by instrument and target; with scores the adviser's best come first.

    ledger : as `Player.options` gives it. Without the adviser no score leaves this function."""
    rows = ledger.assign(worth=ledger["score"] - ledger["act_cost"])
    terms = term_columns(ledger)
    rows = rows.sort_values("worth", ascending=False, kind="stable") if advised else rows
    moves = rows[rows["operation"] != "hold"]
    groups = []
    if advised and len(moves):
        best = [_entry(row, True, terms, theme, say) for _, row in moves.head(BEST).iterrows()]
        groups.append({"title": say("chair.best"), "first": True, "moves": best})
    order = {kind: place for place, kind in enumerate(KINDS)}
    keyed = {key: part for key, part in moves.groupby(["instrument", "target"], sort=False)}
    for (kind, target), part in sorted(keyed.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0][1])):
        whom = say("chair.everybody") if target == "all" else theme.name(target)
        title = say("chair.group", kind=say.texts.get(f"chair.kind.{kind}", kind), whom=whom)
        entries = [_entry(row, advised, terms, theme, say) for _, row in part.iterrows()]
        groups.append({"title": title, "first": False, "moves": entries})
    return {"hold": {"phrase": say("chair.hold"), "worth": say("chair.worth_nothing") if advised else ""},
            "groups": groups}  # fmt: skip


def _entry(row: pd.Series, advised: bool, terms: list[str], theme: Theme, say: Texts) -> dict:
    entry = {"name": str(row["candidate"]), "phrase": capital(candidate_phrase(row, theme)), "worth": "", "terms": ""}
    if not advised:
        return entry
    about = "" if row["exact"] else "≈ "
    sizes = {term: float(row[term]) for term in terms if abs(float(row[term])) >= SEEN / 2}
    largest = sorted(sizes.items(), key=lambda item: -abs(item[1]))[:TOLD_TERMS]
    told = [f"{say.named('term', term, term_name(term))} {payoff(value)}" for term, value in largest]
    told += (
        [say("chair.cost_of_acting", cost=number(float(row["act_cost"]), 4))] if row["act_cost"] >= SEEN / 10 else []
    )
    worth = f"{about}{payoff(float(row['worth']))}{NARROW}%"
    return entry | {"worth": worth, "terms": ", ".join(told)}
