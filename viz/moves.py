"""The moves of the quarter: who did what to whom, and whether it was chosen. A click opens the decision card."""

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from sim.record.account import MADE
from viz.account import account_of
from viz.cases import kind_of
from viz.decision import DecisionCard, listed_moves
from viz.inputs import packed
from viz.lab import Lab
from viz.language import Texts
from viz.phrases import all_goods, move_phrase, mover_name, size_phrase, target_name
from viz.read import moves_in, summary_of_moves
from viz.shown import Shown
from viz.theme import Theme
from viz.words import capital, many, quarter_text
from viz.worlds import theme_named

Card = tuple[str, str, int]
"""Which decision a row opens: quarter, actor, place in the list; -1 for one that held still."""
SIGNS = {"tariff": "■", "control": "◆", "hedge": "●", "shock": "★", "threat": "△", "strike": "▲", "answer": "↩"}


@solara.component_vue("moves.vue")
def MoveList(rows: str, opened: str, event_press=None):
    """The list in the browser; `press` gives the key of a row.

    rows : packed, as `listing` gives it; opened : key of the row whose card is open"""


@solara.component
def ThisQuarter(lab: Lab):
    """One sentence, the moves, who held still, and the card of the move that was clicked."""
    shown = lab.shown.value
    theme = theme_named(shown.choice.scenario, lab.language.value)
    moves = moves_in(shown.run.moves, shown.quarter) if shown.run else pd.DataFrame()
    rows = listed_moves(shown, theme).to_dict("records")
    cards = cards_of(rows, moves, shown, theme)
    attributes = {"aria-labelledby": "quarter", "data-shows": shown.quarter or ""}
    with rv.Html(tag="section", class_="panel", attributes=attributes):
        rv.Html(tag="p", class_="kicker", children=[heading(shown, theme)])
        rv.Html(tag="h2", attributes={"id": "quarter"}, children=[summary_title(moves, shown, theme)])
        rv.Html(tag="p", class_="account", attributes={"tabindex": "0"}, children=[quarter_sentence(shown, theme)])
        Moves(lab, packed(listing(cards, rows, theme)), cards)
    DecisionCard(lab)


@solara.component
def Moves(lab: Lab, rows: str, cards: dict[str, Card]):
    """The list, with the row whose card is open."""
    names = {card: key for key, card in cards.items()}

    def press(key) -> None:
        card = cards.get(str(key))  # none: the row of a quarter that was just left
        if card is not None:
            lab.opened.set(None if lab.opened.peek() == card else card)

    MoveList(rows=rows, opened=names.get(lab.opened.value, ""), event_press=press)


def cards_of(rows: list[dict], moves: pd.DataFrame, shown: Shown, theme: Theme) -> dict[str, Card]:
    """Key of a row -> its card: the moves as they are listed, then those who did not choose a move."""
    if not shown.quarter:
        return {}
    cards = [(move["quarter"], move["actor"], place) for place, move in enumerate(rows)]
    movers = set(moves.loc[moves["origin"].isin(MADE), "actor"])
    cards += [(shown.quarter, code, -1) for code in (theme.focus, *theme.actors) if code not in movers]
    return {" ".join(map(str, card)): card for card in cards}


def listing(cards: dict[str, Card], rows: list[dict], theme: Theme) -> dict:
    """What the browser lists: moves, a note on what dashes mean, and those who held still."""
    still = [(key, actor) for key, (_, actor, place) in cards.items() if place < 0]
    crisis = any(move["instrument"] in ("threat", "answer") for move in rows)
    return {
        "moves": [one_move(key, move, theme) for key, move in zip(cards, rows, strict=False)],
        "note": theme.say("why.threat_key") if crisis else "",
        "still": many(len(still), "why.still", theme.say) if still else "",
        "holders": [{"key": key, "who": theme.name(actor), "colour": theme.colour(actor)} for key, actor in still],
    }


def one_move(key: str, move: dict, theme: Theme) -> dict:
    """One move: who -> whom, what, how much, and where it comes from."""
    kind, origin = kind_of(move), move["origin"]
    who = f"{SIGNS.get(kind, '■')} {mover_name(move, theme)}"
    phrase, how = size_phrase(move, theme.say), theme.say("why.on_average") if int(move["count"]) > 1 else ""
    return {
        "key": key,
        "classes": [origin, kind, *(["indent"] if move["indent"] else [])],
        "colour": theme.colour(move["actor"]),
        "told": told(move, theme),
        "who": who if origin == "chance" else f"{who} → {target_name(move, theme)}",
        "badge": badge(kind, origin, theme.say),
        "what": capital(move_phrase(move, theme)) + (f": {phrase}{how}" if phrase else ""),
    }


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
