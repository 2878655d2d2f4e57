"""What an actor believed and what would have changed its pick, in a reader's words: for the card and the report.

Flip points are found by `sim.studies.flip`; here a dotted name becomes a phrase and a table."""

from html import escape

import pandas as pd

from sim.studies.flip import FlipPoints
from viz.phrases import candidate_phrase
from viz.read import Decision
from viz.theme import Theme
from viz.words import NARROW, capital, chance, counted, listed, number

BELIEFS = {
    "hazard": "how often {who} is expected to open an episode",
    "retaliation": "how likely {who} is to answer a breach",
    "conduct": "how much of what {who} does is {what}",
    "kept_word": "how likely {who} is to leave a bargain at that",
    "carried": "how many refused threats {who} has carried out",
    "dropped": "how many refused threats {who} has dropped",
    "umbrella": "how far {who} is trusted to stand by its ally",
}
PRIVATE = {
    "price": "what giving in would cost it at home",
    "audience": "what backing down would cost it at home, once",
    "refused": "what refusals have shown giving in to cost the other side, at least",
}
"""What was drawn for an episode, or learned in it."""
UNITS = {"1": "", "percent": f"{NARROW}%", "1/year": " a year", "1/quarter": " a quarter", "1/percent": " per %"}
NOTHING = 0.05  # threats: a record that has faded
USUAL = 2  # instruments of a region that are named


def flip_rows(found: FlipPoints, read: Decision, theme: Theme) -> list[dict]:
    """One row a flip: what, its value then and the one that flips, how far that is, and the pick instead."""
    phrases = {row["candidate"]: candidate_phrase(row, theme) for row in read.table.to_dict("records")}
    return [
        {
            "what": capital(what_flips(row, theme)),
            "about": row["about"] if row["kind"] == "parameter" else "",
            "value": amount(row["value"], row["unit"], row["flips_at"]),
            "flips": amount(row["flips_at"], row["unit"], row["value"]),
            "far": f"{number(100 * row['fraction'], 1)}{NARROW}%",
            "instead": phrases.get(row["instead"], row["instead"]),
        }
        for row in found.table.to_dict("records")
    ]


def what_flips(row: dict, theme: Theme) -> str:
    """A dotted name as a phrase: `norm factor (the United States)`, `how likely China is to answer a breach`."""
    kind, *parts = row["name"].split(".")
    if kind == "episode":
        return PRIVATE[parts[0]]
    if kind == "belief":
        what = "tariffs" if parts[-1] == "tariff" else f"controls of {theme.domain_in_text(parts[-1])}"
        return BELIEFS[parts[0]].format(who=theme.in_text(parts[1]), what=what)
    named = [p for p in parts if p in theme.regions or p in theme.domain_names]
    words = [p for p in parts if p not in named][-2 if kind == "instrument" else -1 :]
    text = " ".join(words).replace("_", " ")
    aside = ", ".join(theme.in_text(p) if p in theme.regions else theme.domain_in_text(p) for p in named)
    return f"{text} ({aside})" if aside else text


def amount(value: float, unit: str, other: float) -> str:
    """A value with its unit, with as many digits as it takes to tell it from the other one."""
    digits = next((k for k in range(2, 9) if f"{value:.{k}g}" != f"{other:.{k}g}"), 9)
    return f"{float(f'{value:.{digits}g}'):g}{UNITS.get(unit, f' {unit}')}"


def flips_html(found: FlipPoints, read: Decision, theme: Theme) -> str:
    """The smallest flips as a table, and how many numbers flip nowhere."""
    rows = "".join(
        f'<tr><th scope="row">{escape(row["what"])}<small>{escape(row["about"])}</small></th>'
        f"<td>{escape(row['value'])}</td>"
        f"<td>{escape(row['flips'])}</td><td>{escape(row['far'])}</td>"
        f'<td class="words">{escape(row["instead"])}</td></tr>'
        for row in flip_rows(found, read, theme)
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in FLIP_HEAD)
    table = f'<table class="flips"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' if rows else ""
    return f"<p>{escape(flip_sentence(found))}</p>{table}"


FLIP_HEAD = ("If only this had been other", "was", "flips at", "of its range", "then it would")


def flip_sentence(found: FlipPoints) -> str:
    """What was looked for and what came of it, in two sentences."""
    tried = len(found.table) + found.further + len(found.none) + len(found.without_effect)
    flips = len(found.table) + found.further
    rest = f"{len(found.none)} flip it nowhere in their range, {len(found.without_effect)} play no part in it."
    if not flips:
        return f"Same luck, one number changed: none of {tried} would have changed the pick. {rest}"
    shown = f"; the {len(found.table)} nearest are listed" if found.further else ""
    return f"Same luck, one number changed: {flips} of {tried} would have changed the pick{shown}. {rest}"


def believed_rows(believed: pd.DataFrame, theme: Theme) -> list[dict]:
    """One row a region: how often it is expected to open an episode, to answer a breach, and with what."""
    out = []
    for code, rows in believed.groupby("about", sort=False):
        value = rows[rows.belief.isin(["hazard", "retaliation"])].set_index("belief")
        means = rows[rows.belief == "conduct"]
        kinds = means.value.groupby(means.what.map(lambda what: what.split(" ")[-1]), sort=False).sum()
        usual = kinds.sort_values(ascending=False, kind="stable")[:USUAL]
        out.append(
            {
                "who": theme.name(code),
                "hazard": f"{number(value.value['hazard'])} a year",
                "hazard_then": number(value.prior["hazard"]),
                "answer": chance(value.value["retaliation"]),
                "answer_then": chance(value.prior["retaliation"]),
                "usual": listed(f"{_means(kind, theme)} {chance(share)}" for kind, share in usual.items()),
            }
        )
    return out


def word_rows(believed: pd.DataFrame, theme: Theme) -> list[dict]:
    """One row a region: its record of refused threats, and how likely it leaves a bargain at that."""
    out = []
    for code, rows in believed[believed.belief.isin(["threats", "word"])].groupby("about", sort=False):
        value = rows.set_index("what")
        carried, dropped = value.value["carried out"], value.value["dropped"]
        word = value[value.belief == "word"].iloc[0]
        record = f"{number(carried, 1)} carried out, {number(dropped, 1)} dropped"
        out.append(
            {
                "who": theme.name(code),
                "record": record if carried + dropped > NOTHING else "none seen",
                "word": chance(word.value),
                "word_then": chance(word.prior),
            }
        )
    return out


def umbrella_sentence(believed: pd.DataFrame, theme: Theme) -> str:
    """How far the protector is trusted; empty for an actor without one."""
    rows = believed[believed.belief == "umbrella"]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return (f"Trust that {theme.in_text(row.about)} would stand by it, from its acts alone: {chance(row.value)} "
            f"({chance(row.prior)} in the base year).")  # fmt: skip


def _means(kind: str, theme: Theme) -> str:
    return "tariffs" if kind == "tariff" else f"controls of {theme.domain_in_text(kind)}"


def believed_html(believed: pd.DataFrame, actor: str, theme: Theme) -> str:
    """The beliefs behind a fold; those of the base year in brackets."""
    rows = "".join(
        f'<tr><th scope="row">{escape(row["who"])}</th><td>{row["hazard"]} ({row["hazard_then"]})</td>'
        f'<td>{row["answer"]} ({row["answer_then"]})</td><td class="words">{escape(row["usual"])}</td></tr>'
        for row in believed_rows(believed, theme)
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in BELIEVED_HEAD)
    title = f"What {theme.in_text(actor)} believed of {counted(believed.about.nunique(), 'other')}"
    words = "".join(
        f'<tr><th scope="row">{escape(row["who"])}</th><td class="words">{escape(row["record"])}</td>'
        f"<td>{row['word']} ({row['word_then']})</td></tr>"
        for row in word_rows(believed, theme)
    )
    word_head = "".join(f'<th scope="col">{name}</th>' for name in WORD_HEAD)
    return (
        f'<details><summary>{escape(title)}</summary><table class="flips believed"><thead><tr>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table><table class="flips word"><thead><tr>{word_head}</tr></thead>'
        f"<tbody>{words}</tbody></table><p>{escape(umbrella_sentence(believed, theme))}</p></details>"
    )


BELIEVED_HEAD = ("who (base year)", "opens an episode", "answers a breach", "mostly with")
WORD_HEAD = ("who (base year)", "refused threats, older ones count less", "leaves a bargain at that")
