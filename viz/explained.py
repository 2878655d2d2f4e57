"""What the report says of one free decision and of one answer in an episode: which to explain, and in what words."""

import pandas as pd

from sim.record import frames
from sim.record.episodes import AnswerKey, answer_key
from sim.record.words import nest_sentence
from sim.run import Run
from sim.studies.flip import FlipPoints, flip_points
from viz.cases import ANSWER, with_cases
from viz.coercion import asked_text
from viz.figures.decision import why
from viz.flips import (
    believed_rows,
    flip_rows,
    flip_sentence,
    flip_sentences,
    kept_sentence,
    umbrella_sentence,
    word_rows,
)
from viz.measures import term_meaning, term_name
from viz.read import Decision, decision
from viz.theme import Theme
from viz.words import counted, listed

SEEN = 5e-4  # per cent of income: a smaller term is not explained
FIRST = 1000.0  # percent: what touches the focus comes before all else


def telling_decision(run: Run, theme: Theme) -> tuple[str, str] | None:
    """The decision to explain: a move that touches the focus and whose terms are largest, else any move."""
    best, most = None, -1.0
    for (quarter, actor), table in run.ledgers.items():
        read = decision(table)
        if read is None or read.holds or read.runner_up is None:
            continue
        touches = theme.focus in (actor, read.picked["target"]) or read.picked["target"] == "all"
        size = sum(abs(float(read.picked[term])) for term in read.terms) + (FIRST if touches else 0)
        if size > most:
            best, most = (quarter, actor), size
    return best


def telling_answer(run: Run, theme: Theme) -> AnswerKey | None:
    """The answer to explain: one that touches the focus and differs most from the next best, else any."""
    best, most = None, -1.0
    for key, table in run.answers.items():
        read = decision(table)
        if read is None or read.runner_up is None:
            continue
        touches = theme.focus in (key.actor, key.partner)
        size = sum(abs(gap) for _, gap in read.reasons) + (FIRST if touches else 0)
        if size > most:
            best, most = key, size
    return best


def decision_words(run: Run | None, theme: Theme) -> dict | None:
    """A free decision in words, with what its terms mean and what its actor believed."""
    key = telling_decision(run, theme) if run is not None else None
    read = decision(run.explain(*key)) if key else None
    if read is None:
        return None
    believed = run.believed(*key) if run.played is not None else pd.DataFrame(columns=frames.BELIEVED)
    asked_again = run.played is not None and run.played.weighs(*key)
    return (
        _words(read, read.picked, theme)
        | _flip_words(
            flip_points(run, *key) if asked_again else None,
            read,
            key[1],
            theme,
        )
        | {
            "nests": nest_sentence(read.table),
            "actor": theme.in_text(key[1]),
            "believed": believed_rows(believed, theme),
            "words": word_rows(believed, theme),
            "umbrella": umbrella_sentence(believed, theme),
            "largest": listed(term_name(term).lower() for term, _ in read.reasons[:2]),
        }
    )


def answer_words(run: Run | None, theme: Theme) -> dict | None:
    """An answer in words, with what it answers."""
    key = telling_answer(run, theme) if run is not None else None
    if key is None:
        return None
    read = decision(run.explain(*key))
    rows = run.moves[(run.moves.quarter == key.quarter) & (run.moves.instrument == ANSWER)]
    (move,) = [row for row in with_cases(rows, run.episodes).to_dict("records") if answer_key(row) == key]
    asked_again = run.played is not None and run.played.weighs_answer(key)
    gaps = read.picked[read.terms] - read.runner_up[read.terms]
    return (
        _words(read, gaps, theme)
        | _flip_words(
            flip_points(run, *key) if asked_again else None,
            read,
            key.actor,
            theme,
        )
        | {
            "asked": asked_text(move, run, theme),
        }
    )


def _words(read: Decision, size: pd.Series, theme: Theme) -> dict:
    """size : by term, what has to be large for the term to be explained"""
    used = [term for term in read.terms if abs(float(size[term])) > SEEN]
    return {
        "text": why(read, theme),
        "terms": [(term_name(term), term_meaning(term)) for term in used],
        "weighed": counted(len(read.table), "candidate"),
    }


def _flip_words(found: FlipPoints | None, read: Decision, actor: str, theme: Theme) -> dict:
    if found is None:
        return {"flips": [], "flip_text": "", "kept_text": "", "kept": []}
    return {"flips": flip_rows(found.table, read, theme), "flip_text": flip_sentence(found),
            "kept_text": kept_sentence(found, actor, theme),
            "kept": flip_sentences(found.kept, read, actor, theme)}  # fmt: skip
