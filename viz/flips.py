"""What an actor believed and what would have changed its pick, in a reader's words: for the card and the report.

Flip points are found by `sim.studies.flip`; here a dotted name becomes a phrase and a table."""

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from sim.studies.flip import FlipPoints
from viz.language import ENGLISH, Texts
from viz.numbers import unit_text, words_of
from viz.phrases import candidate_phrase
from viz.read import Decision
from viz.theme import Theme
from viz.words import NARROW, capital, chance, listed, many, number

NOTHING = 0.05  # threats: a record that has faded
USUAL = 2  # instruments of a region that are named
BARE = ("value", "share", "size", "weight", "quarters")
"""Last words of dotted names that say nothing without the one before."""
CLOSE, NEAR = 0.1, 0.02  # a change is told as a factor from a tenth to ten times, unless it is one or nearly one


def flip_rows(flips: pd.DataFrame, read: Decision, theme: Theme) -> list[dict]:
    """One row a flip: what, its value then and the one that flips, how far that is, and the pick instead."""
    phrases = {row["candidate"]: candidate_phrase(row, theme) for row in read.table.to_dict("records")}
    return [
        {
            "what": capital(what_flips(row, theme)),
            "about": row["about"] if row["kind"] == "parameter" else "",
            "value": amount(row["value"], row["unit"], row["flips_at"], theme.say),
            "flips": amount(row["flips_at"], row["unit"], row["value"], theme.say),
            "far": f"{number(100 * row['fraction'], 1)}{NARROW}%",
            "instead": phrases.get(row["instead"], row["instead"]),
        }
        for row in flips.to_dict("records")
    ]


def what_flips(row: dict, theme: Theme) -> str:
    """A dotted name as a phrase: `norm factor (the United States)`, `how likely China is to answer a breach`."""
    say, (kind, *parts) = theme.say, row["name"].split(".")
    if kind == "episode":
        return say(f"why.private.{parts[0]}")
    if kind == "belief":
        return say.texts[f"why.belief.{parts[0]}"].format(who=theme.in_text(parts[1]), what=_means(parts[-1], theme))
    named = [p for p in parts if p in theme.regions or p in theme.domain_names]
    words = [p for p in parts if p not in named][-2 if kind == "instrument" else -1 :]
    known, short = words_of(row["name"], theme), " ".join(words).replace("_", " ")
    text = say.named("words", known, known if short in BARE else short)
    aside = ", ".join(theme.in_text(p) if p in theme.regions else theme.domain_in_text(p) for p in named)
    return f"{text} ({aside})" if aside else text


def amount(value: float, unit: str, other: float, say: Texts = ENGLISH) -> str:
    """A value with its unit, with as many digits as it takes to tell it from the other one."""
    digits = next((k for k in range(2, 9) if f"{value:.{k}g}" != f"{other:.{k}g}"), 9)
    text = f"{float(f'{value:.{digits}g}'):g}"
    pattern = say.texts.get(f"why.unit.{unit.replace('/', '_per_')}")
    return pattern.format(value=text) if pattern else f"{text} {unit_text(unit, say)}"


def flips_html(found: FlipPoints, read: Decision, actor: str, theme: Theme) -> str:
    """The smallest flips in sentences and as a table, and how many numbers flip nowhere."""
    rows = "".join(
        f'<tr><th scope="row">{escape(row["what"])}{_about(row["about"], theme.say)}</th>'
        f"<td>{escape(row['value'])}</td>"
        f"<td>{escape(row['flips'])}</td><td>{escape(row['far'])}</td>"
        f'<td class="words">{escape(row["instead"])}</td></tr>'
        for row in flip_rows(found.table, read, theme)
    )
    head = _head(FLIP_COLUMNS, theme.say)
    table = f'<table class="flips"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' if rows else ""
    told = _listed(flip_sentences(found.table, read, actor, theme))
    fold = f"<details><summary>{escape(theme.say('why.flips.table'))}</summary>{table}</details>" if table else ""
    kept = _listed(flip_sentences(found.kept, read, actor, theme))
    return (f"{told}<p>{escape(flip_sentence(found, theme.say))}</p>"
            f'<p class="kept-from">{escape(kept_sentence(found, actor, theme))}</p>{kept}{fold}')  # fmt: skip


def _listed(sentences: Sequence[str]) -> str:
    told = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f'<ul class="flip-words">{told}</ul>' if told else ""


def kept_sentence(found: FlipPoints, actor: str, theme: Theme) -> str:
    """Whether anything would have kept the actor from coercing at all; empty where its pick coerced nobody."""
    if not found.coerced:
        return ""
    say, deed = theme.say, theme.say(f"why.coerced.{found.coerced}")
    if found.kept.empty:
        return say("why.flips.nothing_kept", who=theme.in_text(actor), deed=deed)
    more = say("why.flips.kept_more", count=found.kept_further) if found.kept_further else ""
    return say("why.flips.kept", who=theme.in_text(actor), deed=deed, more=more)


def _about(english: str, say: Texts) -> str:
    text, language = say.sentence(english)
    return f'<small lang="{language}">{escape(text)}</small>'


FLIP_COLUMNS = ("what", "was", "flips", "far", "instead")
BELIEVED_COLUMNS = ("who", "opens", "answers", "mostly")
WORD_COLUMNS = ("who", "record", "word")


def heads(columns: Sequence[str], say: Texts = ENGLISH) -> tuple[str, ...]:
    """What stands over the columns of a table."""
    return tuple(say(f"why.column.{name}") for name in columns)


FLIP_HEAD, BELIEVED_HEAD, WORD_HEAD = (heads(columns) for columns in (FLIP_COLUMNS, BELIEVED_COLUMNS, WORD_COLUMNS))


def _head(columns: Sequence[str], say: Texts) -> str:
    return "".join(f'<th scope="col">{escape(name)}</th>' for name in heads(columns, say))


def flip_sentences(flips: pd.DataFrame, read: Decision, actor: str, theme: Theme) -> list[str]:
    """Each flip as a sentence: `Had the United States minded its commitments 1.4 times as much, it would have ...`.

    flips : a table of `FlipPoints`"""
    say, phrases = theme.say, {row["candidate"]: row for row in read.table.to_dict("records")}
    out = []
    for row in flips.to_dict("records"):
        other = phrases.get(row["instead"])
        if other is not None and other["operation"] == "hold":
            then = say("why.flips.held", who=theme.in_text(actor))
        else:
            move = row["instead"] if other is None else candidate_phrase(other, theme)
            then = say("why.flips.chosen", who=theme.in_text(actor), move=move)
        out.append(say("why.flips.sentence", had=had(row, actor, theme), then=then))
    return out


def had(row: Mapping, actor: str, theme: Theme) -> str:
    """What would have had to be other: in a clause of its own where a number's change has one, else by its name.

    row : of a table of flips, with `name`, `value`, `flips_at` and `unit`"""
    say, (kind, *parts) = theme.say, row["name"].split(".")
    factor = row["flips_at"] / row["value"] if row["value"] else 0.0
    told = CLOSE <= factor <= 1 / CLOSE and abs(factor - 1) >= NEAR
    regions = [part for part in parts if part in theme.regions]
    name = parts[0] if kind in ("belief", "episode") else [part for part in parts if part not in regions][-1]
    known = words_of(row["name"], theme).replace(" ", "_")
    pattern = say.texts.get(f"why.had.{known}", say.texts.get(f"why.had.{name}"))
    if told and pattern:
        whom, what = theme.in_text(regions[0]) if regions else theme.in_text(actor), what_flips(row, theme)
        what = _means(parts[-1], theme) if name == "conduct" else what
        return pattern.format(factor=f"{factor:.2g}", whom=whom, actor=theme.in_text(actor), what=what)
    was, at = (amount(row[one], row["unit"], row[two], say)
               for one, two in (("value", "flips_at"), ("flips_at", "value")))  # fmt: skip
    how = say("why.flips.times", factor=f"{factor:.2g}") if told else say("why.flips.instead_of", at=at, was=was)
    return say("why.flips.had", what=what_flips(row, theme), how=how)


def flip_sentence(found: FlipPoints, say: Texts = ENGLISH) -> str:
    """What was looked for and what came of it, in two sentences."""
    tried = len(found.table) + found.further + len(found.none) + len(found.without_effect)
    flips = len(found.table) + found.further
    rest = say("why.flips.rest", none=len(found.none), idle=len(found.without_effect))
    if not flips:
        return say("why.flips.nothing", tried=tried, rest=rest)
    shown = say("why.flips.nearest", count=len(found.table)) if found.further else ""
    return say("why.flips.found", flips=flips, tried=tried, shown=shown, rest=rest)


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
                "hazard": theme.say("why.a_year", value=number(value.value["hazard"])),
                "hazard_then": number(value.prior["hazard"]),
                "answer": chance(value.value["retaliation"]),
                "answer_then": chance(value.prior["retaliation"]),
                "usual": listed((f"{_means(kind, theme)} {chance(share)}" for kind, share in usual.items()), theme.say),
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
        record = theme.say("why.record", carried=number(carried, 1), dropped=number(dropped, 1))
        out.append(
            {
                "who": theme.name(code),
                "record": record if carried + dropped > NOTHING else theme.say("why.no_record"),
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
    return theme.say("why.umbrella", who=theme.in_text(row.about), now=chance(row.value), then=chance(row.prior))


def _means(kind: str, theme: Theme) -> str:
    return theme.say("why.tariffs") if kind == "tariff" else theme.say("why.controls", goods=theme.domain_in_text(kind))


def believed_html(believed: pd.DataFrame, actor: str, theme: Theme) -> str:
    """The beliefs behind a fold; those of the base year in brackets."""
    rows = "".join(
        f'<tr><th scope="row">{escape(row["who"])}</th><td>{row["hazard"]} ({row["hazard_then"]})</td>'
        f'<td>{row["answer"]} ({row["answer_then"]})</td><td class="words">{escape(row["usual"])}</td></tr>'
        for row in believed_rows(believed, theme)
    )
    head, word_head = _head(BELIEVED_COLUMNS, theme.say), _head(WORD_COLUMNS, theme.say)
    others = many(believed.about.nunique(), "why.others", theme.say)
    title = theme.say("why.believed", who=theme.in_text(actor), others=others)
    words = "".join(
        f'<tr><th scope="row">{escape(row["who"])}</th><td class="words">{escape(row["record"])}</td>'
        f"<td>{row['word']} ({row['word_then']})</td></tr>"
        for row in word_rows(believed, theme)
    )
    return (
        f'<details><summary>{escape(title)}</summary><table class="flips believed"><thead><tr>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table><table class="flips word"><thead><tr>{word_head}</tr></thead>'
        f"<tbody>{words}</tbody></table><p>{escape(umbrella_sentence(believed, theme))}</p></details>"
    )
