"""Cards of moves that nobody chose in the run: by whose decree or what luck, towards whom, of what size."""

from __future__ import annotations

import datetime as dt
from html import escape

import pandas as pd

from sim.scenario.decreed import Recorded, behind
from viz.cases import ANSWER, THREAT
from viz.phrases import all_goods, move_phrase, size_phrase
from viz.read import moves_in
from viz.shown import Shown
from viz.theme import Theme
from viz.words import capital
from viz.worlds import scenario_of


def given_html(shown: Shown, move: dict, theme: Theme) -> str:
    """The card's text: where the move comes from, its targets and sizes, and the decrees behind it."""
    text = f"<p>{escape(given_text(move, theme))}</p>"
    if move["origin"] == "chance":
        return text
    rows = rows_of(shown, move, theme)
    table = "" if move["instrument"] in (THREAT, ANSWER) else move_table(rows, theme)
    return text + (decrees_html(shown, move, set(rows["target"]), theme) if move["origin"] == "dated" else "") + table


def given_text(move: dict, theme: Theme) -> str:
    """Where a move that nobody chose comes from."""
    say = theme.say
    if move["origin"] == "dated":
        return say("why.given.recorded" if move["instrument"] in (THREAT, ANSWER) else "why.given.decreed")
    if move["origin"] == "chance":
        return say("why.given.chance", what=capital(move_phrase(move, theme)))
    return say("why.given.promised")


def rows_of(shown: Shown, move: dict, theme: Theme) -> pd.DataFrame:
    """The moves of the run that a row of the list stands for."""
    moves = moves_in(shown.run.moves, move["quarter"])
    same = [moves[key] == move[key] for key in ("actor", "instrument", "operation", "origin")]
    rows = moves[same[0] & same[1] & same[2] & same[3]]
    aside = ~rows["target"].isin([theme.focus, *theme.actors, "all"])
    return rows[aside] if move["count"] > 1 else rows[rows["target"] == move["target"]]


def move_table(rows: pd.DataFrame, theme: Theme) -> str:
    """Each target and its size."""
    body = "".join(
        f'<tr><th scope="row">{escape(theme.name(row["target"]))}</th>'
        f"<td>{escape(all_goods(row['domain'], theme))}</td><td>{escape(size_phrase(row, theme.say))}</td></tr>"
        for row in rows.to_dict("records")
    )
    head = "".join(
        f'<th scope="col">{escape(theme.say(f"why.given.{name}"))}</th>' for name in ("whom", "goods", "size")
    )
    return f'<table class="given"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def decrees_html(shown: Shown, move: dict, targets: set[str], theme: Theme) -> str:
    """What the calendar says of a dated move: each decree with its days and where it is recorded."""
    file = scenario_of(shown.choice).file
    found = behind(file, move["quarter"], move["instrument"], move["actor"], targets)
    if not found:
        return ""
    items = "".join(f"<li>{_decree(one, theme)}</li>" for one in found)
    return f'<p>{escape(theme.say("why.given.decrees"))}</p><ul class="decrees">{items}</ul>'


def _decree(one: Recorded, theme: Theme) -> str:
    """Days, label and sources; the configs' words are English."""
    last = None if one.until is None else one.until - dt.timedelta(days=1)
    days = theme.say("why.given.since" if last is None else "why.given.days", since=one.since, last=last)
    sources = theme.say("why.given.source", source="; ".join(one.sources))
    return (f'<b>{escape(days)}</b> <span lang="en">{escape(one.label)}</span>'
            f'<span class="from" lang="en">{escape(sources)}</span>')  # fmt: skip
