"""All moves of a run as a table, quarter by quarter with the sentence of each."""

from collections.abc import Iterable, Mapping
from html import escape

import reacton.ipyvuetify as rv
import solara

from sim.played import Run
from viz.account import account_of
from viz.cases import kind_of
from viz.chair import listed_moves
from viz.lab import Lab
from viz.phrases import move_phrase, mover_name, size_phrase, target_name
from viz.theme import Theme
from viz.words import capital
from viz.worlds import theme_named

COLUMNS = ("who", "whom", "instrument", "what", "size", "kind")


@solara.component
def MovesTable(lab: Lab):
    """A button that opens the table of all quarters played; nothing is written as long as it is shut."""
    shown, say, opened = lab.shown.value, lab.say, solara.use_reactive(False)
    written = solara.use_memo(dict, [shown.choice, lab.language.value])  # a quarter that is played stays as it is
    theme = theme_named(shown.choice.scenario, lab.language.value)
    attributes = {"type": "button", "aria-expanded": str(opened.value).lower(), "data-open": "moves"}
    text = ("▾ " if opened.value else "▸ ") + say("play.moves_as_table")
    button = rv.Html(tag="button", class_="push small", attributes=attributes, children=[text])
    rv.use_event(button, "click", lambda *_: opened.set(not opened.value))
    if opened.value:
        label = {"tabindex": "0", "role": "region", "aria-label": say("play.moves_as_table")}
        html = table(shown.run, theme, written)
        solara.HTML(tag="div", unsafe_innerHTML=html, classes=["wide", "all-moves"], attributes=label)


def table(run: Run, theme: Theme, written: dict[str, str] | None = None) -> str:
    """Every quarter played: its sentence, then a row a move, bystanders to one and the same kind of move joined.

    written : quarters of the run that are written already; new ones are added"""
    written = {} if written is None else written
    for quarter in run.quarters:
        if quarter not in written:
            written[quarter] = _quarter(run, quarter, theme)
    say = theme.say
    head = "".join(f'<th scope="col">{escape(say(f"play.moves_columns.{name}"))}</th>' for name in COLUMNS)
    head = f'<thead><tr><th scope="col">{escape(say("play.moves_columns.quarter"))}</th>{head}</tr></thead>'
    bodies = "".join(written[quarter] for quarter in run.quarters)
    return f'<table class="relations"><caption>{escape(say("play.moves_caption"))}</caption>{head}{bodies}</table>'


def _quarter(run: Run, quarter: str, theme: Theme) -> str:
    moves = listed_moves(run, quarter, theme).to_dict("records")
    first = f'<th scope="rowgroup" rowspan="{len(moves) + 1}">{escape(quarter)}</th>'
    told = f'<td class="words" colspan="{len(COLUMNS)}">{escape(capital(account_of(run, quarter, theme)))}</td>'
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(move, theme))}</tr>" for move in moves)
    return f'<tbody data-quarter="{escape(quarter)}"><tr>{first}{told}</tr>{rows}</tbody>'


def _cells(move: Mapping, theme: Theme) -> Iterable[str]:
    say, kind = theme.say, kind_of(move)
    several = int(move["count"]) > 1
    size = size_phrase(move, say)
    yield mover_name(move, theme)
    yield capital(move["targets"]) if several else target_name(move, theme)
    yield say.texts.get(f"play.kinds.{kind}", kind)
    yield capital(move_phrase(move, theme))
    yield size + (say("why.on_average") if size and several else "")
    act = say("play.moves_threat" if kind == "threat" else "play.moves_act")
    yield act + say("why.comma") + say.texts.get(f"why.origin.{move['origin']}", move["origin"])
