"""The moves of the quarter: who did what to whom, and whether it was chosen. A click opens the decision card."""

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from sim.record.account import MADE
from viz.account import account_of
from viz.cases import kind_of
from viz.decision import DecisionCard, listed_moves
from viz.lab import Lab
from viz.language import Texts
from viz.phrases import all_goods, move_phrase, mover_name, size_phrase, target_name
from viz.read import moves_in, summary_of_moves
from viz.shown import Shown
from viz.theme import Theme
from viz.words import capital, many, quarter_text
from viz.worlds import theme_named

SIGNS = {"tariff": "■", "control": "◆", "hedge": "●", "shock": "★", "threat": "△", "strike": "▲", "answer": "↩"}


@solara.component
def ThisQuarter(lab: Lab):
    """One sentence, the moves, who held still, and the card of the move that was clicked."""
    shown = lab.shown.value
    theme = theme_named(shown.choice.scenario, lab.language.value)
    moves = moves_in(shown.run.moves, shown.quarter) if shown.run else pd.DataFrame()
    rows = listed_moves(shown, theme)
    attributes = {"aria-labelledby": "quarter", "data-shows": shown.quarter or ""}
    with rv.Html(tag="section", class_="panel", attributes=attributes):
        rv.Html(tag="p", class_="kicker", children=[heading(shown, theme)])
        rv.Html(tag="h2", attributes={"id": "quarter"}, children=[summary_title(moves, shown, theme)])
        rv.Html(tag="p", class_="account", attributes={"tabindex": "0"}, children=[quarter_sentence(shown, theme)])
        with rv.Html(tag="div", class_="moves"):
            for place, move in enumerate(rows.to_dict("records")):
                Move(lab, move, place, theme).key(f"{shown.quarter} {place}")
        if len(rows) and rows["instrument"].isin(["threat", "answer"]).any():
            rv.Html(tag="p", class_="key", children=[lab.say("why.threat_key")])
        if shown.quarter:
            Still(lab, moves, shown, theme)
    DecisionCard(lab)


def heading(shown: Shown, theme: Theme) -> str:
    """The quarter in words."""
    say = theme.say
    return (
        say("why.this_quarter_is", quarter=quarter_text(shown.quarter, say))
        if shown.quarter
        else say("why.this_quarter")
    )


def summary_title(moves: pd.DataFrame, shown: Shown, theme: Theme) -> str:
    """How many moves of which kind."""
    if not shown.quarter:
        return theme.say("why.none_played")
    return theme.say("why.nobody_moves") if moves.empty else capital(summary_of_moves(moves, theme.say))


def quarter_sentence(shown: Shown, theme: Theme) -> str:
    """The account of the quarter, without its label: the heading above says which it is."""
    if not shown.quarter:
        return theme.say("why.moves_appear")
    return capital(account_of(shown.run, shown.quarter, theme))


@solara.component
def Move(lab: Lab, move: dict, place: int, theme: Theme):
    """One move as a button: who -> whom, what, how much, and where it comes from."""
    key = (move["quarter"], move["actor"], place)
    opened = lab.opened.value == key
    kind, origin = kind_of(move), move["origin"]
    several = int(move["count"]) > 1
    with rv.Html(
        tag="button",
        class_=f"move {origin} {kind}{' indent' if move['indent'] else ''}{' opened' if opened else ''}",
        attributes={"type": "button", "aria-expanded": str(opened).lower(), "title": told(move, theme)},
        style_=f"--who: {theme.colour(move['actor'])}",
    ) as button:
        names = f"{SIGNS.get(kind, '■')} {mover_name(move, theme)}"
        names += "" if origin == "chance" else f" → {target_name(move, theme)}"
        phrase, how = size_phrase(move, lab.say), lab.say("why.on_average") if several else ""
        rv.Html(tag="span", class_="who", children=[names])
        rv.Html(tag="span", class_="origin", children=[badge(kind, origin, lab.say)])
        what = capital(move_phrase(move, theme)) + (f": {phrase}{how}" if phrase else "")
        rv.Html(tag="span", class_="what", children=[what])
    rv.use_event(button, "click", lambda *_: lab.opened.set(None if opened else key))


def badge(kind: str, origin: str, say: Texts) -> str:
    """Where a move comes from, and whether it only threatens or answers: `threat, chosen`."""
    where = say.texts.get(f"why.origin.{origin}", origin)
    return say(f"why.badge.{kind}") + say("why.comma") + where if kind in ("threat", "answer") else where


def told(move: dict, theme: Theme) -> str:
    """What a hover adds: all the goods and all the targets."""
    named = move["domain"] not in ("goods", "all", "") and move["instrument"] != "answer"
    parts = [theme.say("why.told_goods", goods=all_goods(move["domain"], theme))] if named else []
    parts += [theme.say("why.told_targets", targets=move["targets"])] if int(move["count"]) > 1 else []
    return ". ".join(parts)


@solara.component
def Still(lab: Lab, moves: pd.DataFrame, shown: Shown, theme: Theme):
    """Those who did not choose a move, each with a button that says why."""
    movers = set(moves.loc[moves["origin"].isin(MADE), "actor"]) if len(moves) else set()
    holders = [code for code in (theme.focus, *theme.actors) if code not in movers]
    if not holders:
        return
    with rv.Html(tag="div", class_="still"):
        rv.Html(tag="span", children=[many(len(holders), "why.still", theme.say)])
        for code in holders:
            _holder(lab, shown, code, theme)


@solara.component
def Holder(lab: Lab, key: tuple, name: str, colour: str):
    """One actor that held still."""
    opened = lab.opened.value == key
    button = rv.Html(
        tag="button", class_=f"holder{' opened' if opened else ''}", children=[name], style_=f"--who: {colour}",
        attributes={"type": "button", "aria-expanded": str(opened).lower()},
    )  # fmt: skip
    rv.use_event(button, "click", lambda *_: lab.opened.set(None if opened else key))


def _holder(lab: Lab, shown: Shown, code: str, theme: Theme) -> None:
    Holder(lab, (shown.quarter, code, -1), theme.name(code), theme.colour(code)).key(f"{shown.quarter} {code}")
