"""Pieces of the page as HTML text: tiles, heat map, ledger. Everything that comes from a run is escaped here.

What they say is left to `words.py` and `read.py`; when they are shown to the components."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from viz.language import ENGLISH, Texts
from viz.measures import Measure, measure, term_meaning, term_name
from viz.phrases import candidate_phrase
from viz.read import Decision, Headline
from viz.theme import INK, OTHER_TERM, TERM_COLOURS, Theme, shaded
from viz.words import MISSING, chance, difference_text, in_unit, payoff, value_text


def tile(now: Headline | None, before: Headline | None, code: str, theme: Theme, start: Headline | None,
         grey: str = "") -> str:  # fmt: skip
    """One headline number with its ghost and its change since the start; the definition opens on hover or focus.

    grey : what the ghost is; the run before when it is empty"""
    say, kind = theme.say, measure(code, theme.say)
    detail = ""
    if now and now.partner not in ("", "all"):
        who, alone = theme.in_text(now.partner), now.domain in ("", "all")
        detail = say("why.tile.of", who=who) if alone else say("why.tile.by", who=who,
                                                               goods=theme.domain_in_text(now.domain))  # fmt: skip
    value = value_text(now.value, kind, say) if now else MISSING
    lines = [f'<span class="tile-name">{escape(kind.name)}</span>', f'<span class="tile-value">{escape(value)}</span>']
    lines.append(f'<span class="tile-detail">{escape(detail)}</span>' if detail else "")
    lines.append(f'<span class="tile-change">{_since(now, start, kind, say)}</span>')
    if before:
        ghost = f"{grey or say('why.tile.before')}: {value_text(before.value, kind, say)}"
        lines.append(f'<span class="tile-ghost">{escape(ghost)}</span>')
    return (
        f'<div class="tile" tabindex="0" data-measure="{escape(code)}">{"".join(lines)}'
        f'<span class="tip" role="tooltip">{escape(definition(kind, say))}</span></div>'
    )


def definition(kind: Measure, say: Texts = ENGLISH) -> str:
    """What a hover says of a number."""
    return say("why.definition", text=kind.definition, unit=kind.unit, source=kind.source)


def _since(now: Headline | None, start: Headline | None, kind: Measure, say: Texts) -> str:
    """Change since the first quarter with an arrow; green-free: better and worse are said in words."""
    if not now or not start:
        return ""
    gap = now.value - start.value
    if not kind.better:
        return ""
    if round(in_unit(gap, kind), kind.decimals) == 0:
        return escape(say("why.tile.unchanged"))
    good = (gap > 0) == (kind.better == "higher")
    return escape(say(f"why.tile.{'better' if good else 'worse'}", change=difference_text(gap, kind, say)))


def heat_table(
    table: pd.DataFrame, notes: Mapping[tuple[str, str], str], weights: pd.Series | None, theme: Theme
) -> str:
    """Domain x partner as a table: darker means a larger share, the largest partner of a row is bold."""
    partners = [code for code in theme.partners if code in table.columns]
    head = "".join(
        f'<th scope="col"><i style="background:{theme.colour(p)}"></i>{escape(partner_code(p, theme))}</th>'
        for p in partners
    )
    say = theme.say
    rows, edge = [], next((code for code in table.index if code in theme.stock_domains), None)
    largest, shares = table.max(axis=1).to_list(), table[partners].to_numpy()
    for place, domain in enumerate(table.index):  # cell by cell a table takes ten times as long
        cells = [_cell(share, largest[place], notes.get((domain, p), ""))
                 for p, share in zip(partners, shares[place].tolist(), strict=True)]  # fmt: skip
        line = ' class="edge"' if domain == edge else ""
        rows.append(f'<tr{line}><th scope="row">{escape(theme.domain(domain))}</th>{"".join(cells)}</tr>')
    if weights is not None and len(weights):
        cells = [_cell(weights.get(p, math.nan), weights.max(), "") for p in partners]
        rows.append(f'<tr class="whole"><th scope="row">{escape(say("why.heat.all"))}</th>{"".join(cells)}</tr>')
    return (
        f'<table class="heat"><thead><tr><th scope="col">{escape(say("why.heat.share"))}</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def partner_code(code: str, theme: Theme) -> str:
    """The head of a partner's column."""
    return theme.say.named("code", code, code.replace("27", ""))


def _cell(share: float, largest: float, note: str) -> str:
    if share is None or math.isnan(share):
        why = escape(note or "no data")
        return f'<td class="empty" title="{why}">{MISSING}</td>'
    weight = ' class="lead"' if share == largest else ""
    text = share_text(share)
    return f'<td{weight} style="{shaded(share_shade(share))}" title="{100 * share:.1f} %">{text}</td>'


def share_shade(share: float) -> float:
    """How dark a share is drawn, from 0 to 1."""
    return min(1.0, share / 0.7)


def share_text(share: float) -> str:
    """A share in a cell: whole per cent, a dot below half a per cent."""
    return "·" if share < 0.005 else f"{100 * share:.0f}"


LEDGER_COLUMNS = ("candidates", "worth", "chance")


def ledger(read: Decision, rows: pd.DataFrame, theme: Theme) -> str:
    """The candidates with a small bar each: what spoke for it to the right, against it to the left."""
    reach = max(max(_reach(row, read.terms)) for _, row in rows.iterrows()) or 1.0
    items = "".join(_candidate(row, read.terms, reach, theme) for _, row in rows.iterrows())
    names = "".join(f"<span>{escape(theme.say(f'why.ledger.{name}'))}</span>" for name in LEDGER_COLUMNS)
    head = f'<div class="ledger-head">{names}</div>'
    return f'{head}<ol class="ledger">{items}</ol>{_legend(rows, read.terms, theme.say)}'


def _reach(row: pd.Series, terms: Sequence[str]) -> tuple[float, float]:
    values = [float(row[term]) for term in terms if not math.isnan(row[term])]
    return sum(v for v in values if v > 0), -sum(v for v in values if v < 0)


def _candidate(row: pd.Series, terms: Sequence[str], reach: float, theme: Theme) -> str:
    name = candidate_phrase(row, theme)
    mark = f'<b class="mark">{escape(theme.say("why.ledger.picked"))}</b> ' if row["picked"] else ""
    return (
        f'<li class="{"picked" if row["picked"] else ""}"><span class="cand">{mark}{escape(name)}</span>'
        f'<span class="num">{payoff(row["worth"])}</span><span class="num">{chance(row["probability"])}</span>'
        f"{_bar(row, terms, reach, theme.say)}</li>"
    )


def _bar(row: pd.Series, terms: Sequence[str], reach: float, say: Texts) -> str:
    """A diverging bar of 200 x 10 units around zero, with a mark at the sum."""
    parts, right, left = [], 100.0, 100.0
    for term in terms:
        wide = 0.0 if math.isnan(row[term]) else 98 * float(row[term]) / reach
        if abs(wide) < 0.05:
            continue
        place = right if wide > 0 else left + wide
        right, left = (right + wide, left) if wide > 0 else (right, left + wide)
        tip = f"{term_name(term, say)} {payoff(row[term])} %"
        colour = TERM_COLOURS.get(term, OTHER_TERM)
        parts.append(
            f'<rect x="{place:.2f}" y="1" width="{abs(wide):.2f}" height="8" fill="{colour}">'
            f"<title>{escape(tip)}</title></rect>"
        )
    score = 100 + 98 * float(row["worth"]) / reach
    return (
        f'<svg class="term-bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}'
        f'<rect x="99.7" y="0" width="0.6" height="10" fill="{INK}"/>'
        f'<rect x="{min(max(score, 0), 198.6):.2f}" y="0" width="1.4" height="10" fill="{INK}"/></svg>'
    )


def _legend(rows: pd.DataFrame, terms: Sequence[str], say: Texts) -> str:
    used = [term for term in terms if rows[term].abs().max() > 1e-9]
    items = "".join(
        f'<li title="{escape(term_meaning(t, say))}"><i style="background:{TERM_COLOURS.get(t, OTHER_TERM)}"></i>'
        f"{escape(term_name(t, say))}</li>"
        for t in used
    )
    return f'<ul class="terms">{items}</ul>' if used else ""


def versus(read: Decision, say: Texts = ENGLISH) -> str:
    """Pick and runner-up side by side, term by term: the sum of the last column is the margin."""
    if read.runner_up is None:
        return ""
    rows = "".join(
        f'<tr><th scope="row" title="{escape(term_meaning(term, say))}">{escape(term_name(term, say))}</th>'
        f"<td>{payoff(read.picked[term])}</td><td>{payoff(read.runner_up[term])}</td>"
        f"<td>{payoff(gap)}</td></tr>"
        for term, gap in read.reasons
    )
    total = (
        f'<tr class="whole"><th scope="row">{escape(say("why.waterfall.worth"))}</th>'
        f"<td>{payoff(read.picked['worth'])}</td>"
        f"<td>{payoff(read.runner_up['worth'])}</td><td>{payoff(read.margin)}</td></tr>"
    )
    names = ("unit", "pick", "runner_up", "margin")
    head = "".join(f'<th scope="col">{escape(say(f"why.waterfall.{name}"))}</th>' for name in names)
    return f'<table class="versus"><thead><tr>{head}</tr></thead><tbody>{rows}{total}</tbody></table>'
