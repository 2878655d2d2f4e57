"""The terms of a decision as a waterfall: from zero, term by term, to what the pick is worth, beside the runner-up.

A table whose cells hold bars, so that every number can be read, heard and copied."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from viz.glossary import term
from viz.language import Texts
from viz.measures import term_meaning, term_name
from viz.phrases import candidate_phrase
from viz.read import TINY, Decision
from viz.theme import GHOST, INK, OTHER_TERM, TERM_COLOURS, Theme
from viz.words import MISSING, capital, listed, payoff

WIDE = 100.0
"""Width of a cell in the units of its picture; the page stretches it."""
NAMED = 2
"""Terms that the sentence above names, on either side."""


@dataclass(frozen=True)
class Step:
    """One bar: the sum before a term and the sum with it, per cent of the actor's income a year."""

    term: str
    value: float  # not a number: not computed
    begin: float
    end: float


def steps(row: pd.Series, terms: Sequence[str]) -> list[Step]:
    """The bars of one candidate; the last one ends at what it is worth, to rounding."""
    out, at = [], 0.0
    for name in terms:
        value = float(row[name])
        end = at if math.isnan(value) else at + value
        out.append(Step(name, value, at, end))
        at = end
    return out


def terms_shown(read: Decision) -> list[str]:
    """Terms that count for the pick or the runner-up: what speaks for the pick first, each side by size."""
    rows = [row for row in (read.picked, read.runner_up) if row is not None]
    used = [name for name in read.terms if any(abs(float(row[name])) > TINY for row in rows)]

    def place(name: str) -> tuple[bool, float, float]:
        mine, other = (0.0 if math.isnan(row[name]) else float(row[name]) for row in (rows[0], rows[-1]))
        size = mine or other
        return size < 0, -abs(size), -abs(other)

    return sorted(used, key=place)


def waterfall_html(read: Decision, theme: Theme) -> str:
    """A row a term with its bar for the pick and for the runner-up, on one scale; empty when nothing counts."""
    terms, say = terms_shown(read), theme.say
    rows = [row for row in (read.picked, read.runner_up) if row is not None]
    if not terms:
        return ""
    falls = [steps(row, terms) for row in rows]
    ends = [0.0, *(step.end for fall in falls for step in fall), *(float(row["worth"]) for row in rows)]
    low, high = min(ends), max(ends)
    body = "".join(
        f'<tr><th scope="row">{_named(name, say)}</th>'
        f"{''.join(_cell(fall[k], fall[k + 1 :], low, high) for fall in falls)}</tr>"
        for k, name in enumerate(terms)
    )
    total = "".join(_total(float(row["worth"]), low, high) for row in rows)
    last = f'<tr class="whole"><th scope="row">{escape(say("why.waterfall.worth"))}</th>{total}</tr>'
    head = "".join(_head(kind, row, theme) for kind, row in zip(("pick", "runner_up"), rows, strict=False))
    caption = f"<caption>{escape(sentence(read, terms, theme))}</caption>"
    head = f'<thead><tr><th scope="col">{escape(say("why.waterfall.unit"))}</th>{head}</tr></thead>'
    return f'<table class="waterfall">{caption}{head}<tbody>{body}{last}</tbody></table>'


def sentence(read: Decision, terms: Sequence[str], theme: Theme) -> str:
    """What the waterfall shows, with its numbers."""
    say, row = theme.say, read.runner_up if read.holds and read.runner_up is not None else read.picked
    values = {name: float(row[name]) for name in terms if abs(float(row[name])) > TINY}
    largest = sorted(values.items(), key=lambda pair: -abs(pair[1]))
    told = [(f"{term_name(name, say).lower()} {payoff(value)}", value) for name, value in largest]
    pro, con = (listed([text for text, value in told if sign * value > 0][:NAMED], say) for sign in (1, -1))
    text = say("why.waterfall.is_worth", what=capital(candidate_phrase(row, theme)), worth=payoff(float(row["worth"])))
    text += say("why.waterfall.pro", terms=pro) if pro else ""
    return text + (say("why.waterfall.con", terms=con) if con else "") + say("why.waterfall.stop")


def _named(name: str, say: Texts) -> str:
    colour = TERM_COLOURS.get(name, OTHER_TERM)
    mark = f'<i style="background:{colour}" aria-hidden="true"></i>'
    return mark + term(say, name, term_name(name, say), term_meaning(name, say))


def _head(kind: str, row: pd.Series, theme: Theme) -> str:
    what = candidate_phrase(row, theme)
    return f'<th scope="col">{escape(theme.say(f"why.waterfall.{kind}"))}<small>{escape(what)}</small></th>'


def _cell(step: Step, after: Sequence[Step], low: float, high: float) -> str:
    """A term's bar from the sum before it to the sum with it, and a line down to the next bar."""
    if math.isnan(step.value):
        return f'<td class="none">{MISSING}</td>'
    begin, end = _at(step.begin, low, high), _at(step.end, low, high)
    colour = TERM_COLOURS.get(step.term, OTHER_TERM)
    wide = max(abs(end - begin), 0.6 if step.value else 0.0)
    bar = f'<rect x="{min(begin, end):.2f}" y="4" width="{wide:.2f}" height="12" fill="{colour}"/>'
    down = _line(end, 4, GHOST, 0.5) if after else ""
    return f'<td><span class="num">{payoff(step.value)}</span>{_picture(bar + down, low, high)}</td>'


def _total(worth: float, low: float, high: float) -> str:
    begin, end = _at(0.0, low, high), _at(worth, low, high)
    bar = f'<rect x="{min(begin, end):.2f}" y="4" width="{max(abs(end - begin), 0.6):.2f}" height="12" fill="{INK}"/>'
    return f'<td><span class="num">{payoff(worth)}</span>{_picture(bar, low, high)}</td>'


def _picture(inside: str, low: float, high: float) -> str:
    zero = _line(_at(0.0, low, high), 0, INK, 0.5)
    return (
        f'<svg viewBox="0 0 {WIDE:g} 20" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{inside}{zero}</svg>"
    )


def _line(x: float, top: float, colour: str, wide: float) -> str:
    return f'<rect x="{x - wide / 2:.2f}" y="{top:g}" width="{wide:g}" height="{20 - top:g}" fill="{colour}"/>'


def _at(value: float, low: float, high: float) -> float:
    """Place of a sum in the picture, a little room left at both ends."""
    room = 2.0
    return room + (WIDE - 2 * room) * (value - low) / ((high - low) or 1.0)
