"""What `hedgelab run --explain ACTOR:QUARTER` prints: a decision and its answers, with what would have changed them."""

from __future__ import annotations

import json

import pandas as pd
import typer

from sim.cli.progress import progress_bar
from sim.cli.tables import Format, console, show
from sim.errors import Problem, ScenarioError
from sim.record.episodes import AnswerKey
from sim.record.words import margin_of, nest_chances, nest_sentence
from sim.run import Run
from sim.scenario.quarters import label, number
from sim.scenario.scenario import Scenario
from sim.studies.flip import FlipPoints, flip_points

MOST_CANDIDATES = 15  # printed; json and csv have all
FLIPS = ["name", "value", "flips_at", "unit", "low", "high", "fraction", "instead"]
Explained = dict[AnswerKey, tuple[pd.DataFrame, FlipPoints | None]]
"""Answers of one actor in one quarter: ledgers, and what would have changed them."""


def actor_quarter(scenario: Scenario, text: str, quarters: int | None) -> tuple[str, str]:
    """ACTOR:QUARTER as a pair. Raises ScenarioError for one that is not in the run."""
    actor, _, quarter = text.partition(":")
    begin = number(scenario.file.start)
    labels = [label(begin + k) for k in range(quarters or scenario.file.quarters)]
    if actor not in scenario.file.actors or quarter not in labels:
        actors = ", ".join(scenario.file.actors)
        valid = f"ACTOR:QUARTER with an actor among {actors} and a quarter {labels[0]} to {labels[-1]}"
        raise ScenarioError([Problem.value("hedgelab run", "--explain", text, valid)])
    return actor, quarter


def print_decision(result: Run, asked: tuple[str, str], form: Format, limit: int, quiet: bool) -> None:
    """Prints an actor's free decision of a quarter, if there was one, and its answers inside episodes.

    asked : actor and quarter; limit : flip points to find of each, 0: none"""
    actor, quarter = asked
    mine = {key: frame for key, frame in result.answers.items() if (key.quarter, key.actor) == (quarter, actor)}
    answers = {key: (frame, _answer_flips(result, key, limit, quiet)) for key, frame in mine.items()}
    if answers and (quarter, actor) not in result.ledgers:
        _print_answers(asked, answers, form)
        return
    frame, why = result.explain(quarter, actor), result.why(quarter, actor)
    candidates = frame.assign(net=frame.score - frame.act_cost).sort_values(["picked", "net"], ascending=False)
    believed, found = result.believed(quarter, actor), _move_flips(result, quarter, actor, limit, quiet)
    if form is Format.json:
        told = _decision_object(asked, candidates, believed, found, why)
        typer.echo(json.dumps(told | {"answers": _plain_answers(answers)}))
        return
    if form is Format.csv:
        _print_csv([candidates, believed, *_tables(found), *_answer_tables(answers)])
        return
    shown = candidates.drop(columns=["net", "instrument", "operation", "target", "domain"]).head(MOST_CANDIDATES)
    show(shown, form, f"{actor}, {quarter}: candidates, per cent of annual real income")
    console().print(why, soft_wrap=True)
    console().print(nest_sentence(frame), soft_wrap=True, highlight=False)
    show(believed, form, f"What {actor} believed of the others")
    _print_flips(found, form)
    _print_answers(asked, answers, form)


# --- what would have changed it ---------------------------------------------------------------------


def _move_flips(result: Run, quarter: str, actor: str, limit: int, quiet: bool) -> FlipPoints | None:
    """Flip points; None when none are wanted, or the rule looks at no payoffs."""
    if not limit or not result.history(quarter, actor).weighs(quarter, actor):
        return None
    with progress_bar(f"flip points of {actor}, {quarter}", quiet) as progress:
        return flip_points(result, quarter, actor, limit=limit, progress=progress)


def _answer_flips(result: Run, key: AnswerKey, limit: int, quiet: bool) -> FlipPoints | None:
    """The same of an answer."""
    if not limit or not result.kept(key.quarter).weighs_answer(key):
        return None
    with progress_bar(f"flip points of {key}", quiet) as progress:
        return flip_points(result, *key, limit=limit, progress=progress)


def _print_flips(found: FlipPoints | None, form: Format) -> None:
    if found is not None:
        show(found.table[FLIPS], form, "Flip points: one number changed, luck as it was; fraction of the range")
        console().print(found.summary, soft_wrap=True, highlight=False)
        if found.coerced and found.kept.empty:
            console().print(f"No number, alone and within its range, would have kept it from any {found.coerced}, in "
                            "force or threatened.", soft_wrap=True, highlight=False)  # fmt: skip
        elif found.coerced:
            show(found.kept[FLIPS], form, f"What would have kept it from any {found.coerced}, in force or threatened")


def _tables(found: FlipPoints | None) -> list[pd.DataFrame]:
    return [] if found is None else [found.table, *([found.kept] if found.coerced else [])]


# --- answers ----------------------------------------------------------------------------------------


def _print_answers(asked: tuple[str, str], answers: Explained, form: Format) -> None:
    """The answers that an actor gave inside episodes, scored term by term."""
    if form is Format.json:
        typer.echo(json.dumps({"actor": asked[0], "quarter": asked[1], "answers": _plain_answers(answers)}))
        return
    if form is Format.csv:
        _print_csv(_answer_tables(answers))
        return
    for key, (frame, found) in answers.items():
        shown = frame.drop(columns=["instrument", "target", "domain", "probability", "exact"])
        about = f"{key.demand.replace('_', ' ')} to {key.partner}"
        show(shown, form, f"{asked[0]}, {asked[1]}: answers on {about}, per cent of annual real income")
        _print_flips(found, form)


def _answer_tables(answers: Explained) -> list[pd.DataFrame]:
    return [table for frame, found in answers.values() for table in (frame, *_tables(found))]


def _print_csv(tables: list[pd.DataFrame]) -> None:
    """Tables one after the other, an empty line between them."""
    typer.echo("\n".join(table.to_csv(index=False) for table in tables).rstrip())


# --- as plain data ----------------------------------------------------------------------------------


def _rows(frame: pd.DataFrame) -> list[dict]:
    """A table's rows; numbers that are missing are null."""
    return json.loads(frame.to_json(orient="records", double_precision=12))


def _plain_flips(found: FlipPoints | None) -> dict | None:
    if found is None:
        return None
    return {"found": _rows(found.table), "further": found.further, "none_in_range": found.none,
            "without_effect": found.without_effect, "coerced": found.coerced, "kept_from": _rows(found.kept),
            "kept_further": found.kept_further}  # fmt: skip


def _plain_answers(answers: Explained) -> list[dict]:
    return [
        {"demand": key.demand, "partner": key.partner, "side": key.side, "margin": margin_of(frame),
         "candidates": _rows(frame), "flips": _plain_flips(found)}
        for key, (frame, found) in answers.items()
    ]  # fmt: skip


def _decision_object(asked: tuple[str, str], candidates: pd.DataFrame, believed: pd.DataFrame,
                     found: FlipPoints | None, why: str) -> dict:  # fmt: skip
    """One decision as plain data."""
    return {
        "actor": asked[0],
        "quarter": asked[1],
        "margin": margin_of(candidates),
        "nests": nest_chances(candidates),
        "why": why,
        "candidates": _rows(candidates),
        "believed": _rows(believed),
        "flips": _plain_flips(found),
    }
