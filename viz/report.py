"""The report of a comparison: one self-contained page, with the figures in it and as files beside it.

What it says about the run is gathered in `about.py`; the layout is `templates/report.html.j2`."""

import base64
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from sim.batch import Comparison
from sim.run import Run
from sim.studies.standing import Standing
from viz import figures
from viz.about import About, about
from viz.cases import arranged, kind_of, with_cases
from viz.coercion import case_rows, policy_rows
from viz.explained import answer_words, decision_words, telling_answer, telling_decision
from viz.figures import Picture
from viz.figures.differences import one_sided, whole_rows
from viz.figures.frontier import sentence
from viz.flips import BELIEVED_HEAD, FLIP_HEAD, WORD_HEAD
from viz.measures import HEADLINES, measure
from viz.phrases import grouped, move_phrase, mover_name, size_phrase, target_name
from viz.theme import Theme
from viz.words import MISSING, capital, counted, in_unit, number, value_text

LEFT_OUT = (
    "Exchange rates, nominal prices and money: all values are real.",
    "Bargaining over terms, mediators and side payments: a demand is met or not, and comes with one measure.",
    "Collective answers but those of the coalitions that a scenario or policy has in force.",
    "Programmes of others than Japan; arms, cables and capital that find other partners without a programme.",
    "Dated denials of arms, cables or capital, and any by Japan; fears of them, but where a scenario opens them.",
    "Firms, parties and their votes in parliaments, the use of force.",
)
"""What no policy of the model can do yet; what single policies lack stands with each of them."""
STANDING = (("premium", "Premium"), ("expected_loss", "Expected loss"), ("premium_over_expected", "Over the frontier"),
            ("tail_loss", "Loss if luck is bad"), ("premium_over_tail", "Over the tail's frontier"))  # fmt: skip
MOST_MOVES = 60
FOUND = ("exposure_over_time", "paired_differences", "support_over_time")
"""Figures whose titles are findings."""
SHORT_ORIGINS = {"chosen": "chosen", "forced": "by a person", "dated": "set by date", "commitment": "promised",
                 "chance": "chance"}  # fmt: skip


def write_report(comparison: Comparison, folder: Path, standing: Standing | None = None) -> Path:
    """Writes `report.html` and `figures/` into the folder, which need not be there yet; returns the report's path.

    standing : where the runs stand beside the efficient hedging frontier; without it that section is left out
    No network is needed to read it, and the same comparison gives the same bytes."""
    folder = Path(folder)
    words = about(comparison, folder)
    pictures = comparison_pictures(comparison, words, standing)
    for picture in pictures.values():
        picture.save(folder / "figures")
    page = report_html(comparison, words, pictures, standing)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def comparison_pictures(comparison: Comparison, words: About, standing: Standing | None = None) -> dict[str, Picture]:
    """The report's figures by name; those that the comparison has no data for are left out."""
    theme, titles, run = words.theme, words.policy_titles(), comparison.example
    made = [figures.exposure_over_time(comparison.outcomes, comparison.reference, theme, titles)]
    if len(comparison.differences):
        threat = threat_text(comparison, comparison.reference, theme)
        made.append(
            figures.paired_differences(
                comparison.differences, comparison.reference, theme, titles, comparison.label, threat
            )
        )
    if standing is not None:
        what = f"Mean of {comparison.runs * comparison.seeds} runs a policy; the frontier is at central values."
        made.append(figures.efficient_frontier(standing, comparison.reference, theme, titles, what))
    made.append(figures.support_over_time(comparison.portfolio, comparison.reference, theme, titles))
    if run is not None:
        what = f"One run under “{titles.get(run.policy, run.policy)}”."
        made.append(figures.time_line(run.moves, run.quarters, theme, what, run.episodes))
        telling = telling_decision(run, theme)
        if telling is not None:
            made.append(figures.one_decision(run.explain(*telling), *telling, theme))
        answer = telling_answer(run, theme)
        if answer is not None:
            made.append(figures.one_decision(run.explain(*answer), answer.quarter, answer.actor, theme, "one_answer"))
    return {picture.name: picture for picture in made if picture is not None}


def report_html(
    comparison: Comparison, words: About, pictures: dict[str, Picture], standing: Standing | None = None
) -> str:
    """The page as text."""
    loader = Environment(
        loader=PackageLoader("viz"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    outcomes = comparison.outcomes
    theme = words.theme
    return loader.get_template("report.html.j2").render(
        about=words,
        comparison=comparison,
        focus=theme.name(theme.focus),
        reference=words.policies[comparison.reference].title,
        first=outcomes["quarter"].min(),
        last=outcomes["quarter"].max(),
        quarters=outcomes["quarter"].nunique(),
        total=comparison.runs * comparison.seeds,
        findings=[pictures[name].title for name in FOUND if name in pictures],
        measures=[measure(code) for code in HEADLINES],
        partners=[(code, theme.name(code), theme.colour(code)) for code in theme.actors],
        levels=level_rows(comparison, words),
        gaps=gap_rows(comparison, words),
        exposures=exposure_rows(comparison, words),
        pictures=pictures,
        standing=standing_rows(standing, words),
        standing_head=[name for _, name in STANDING],
        standing_text="" if standing is None else sentence(standing, theme, words.policy_titles()),
        embedded=embedded,
        counted=counted,
        flip_head=FLIP_HEAD,
        believed_head=BELIEVED_HEAD,
        decision=decision_words(comparison.example, theme),
        answer=answer_words(comparison.example, theme),
        coercion=policy_rows(comparison, words.policy_titles(), theme),
        cases=case_rows(comparison.example, theme),
        word_head=WORD_HEAD,
        moves=move_rows(comparison.example, theme),
        accounts=accounts(comparison.example),
        failures=failure_rows(comparison, words),
        left_out=LEFT_OUT,
    )


def embedded(picture: Picture) -> str:
    """The figure as a data address, so that the page needs no other file."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture.svg().encode()).decode("ascii")


# --- tables -----------------------------------------------------------------------------------------


def level_rows(comparison: Comparison, words: About) -> list[dict]:
    """Policy by measure: start and end, means over runs."""
    table = comparison.start_end.set_index(["policy", "measure", "partner"])
    rows = []
    for name, policy in words.policies.items():
        cells = [_level(table, name, code, "all") for code in HEADLINES]
        cells[0]["note"] = threat_text(comparison, name, words.theme)
        rows.append({"title": policy.title, "cells": cells, "reference": name == comparison.reference})
    return rows


def _level(table: pd.DataFrame, policy: str, code: str, partner: str) -> dict:
    if (policy, code, partner) not in table.index:
        return {"start": MISSING, "end": MISSING, "note": ""}
    row = table.loc[(policy, code, partner)]
    row = row.iloc[0] if isinstance(row, pd.DataFrame) else row
    return {"start": value_text(row["start"], code), "end": value_text(row["end"], code), "note": ""}


def gap_rows(comparison: Comparison, words: About) -> list[dict]:
    """Policy by measure: paired difference with its error, the 5-95 % band, and whether it is one-sided."""
    table = comparison.differences
    whole = whole_rows(table).set_index(["policy", "measure"]) if len(table) else table
    rows = []
    for name, policy in words.policies.items():
        if name == comparison.reference:
            continue
        cells = [_gap(whole, (name, code), code) for code in HEADLINES]
        rows.append({"title": policy.title, "cells": cells})
    return rows


def standing_rows(standing: Standing | None, words: About) -> list[dict]:
    """Policy by measure: premium, losses and what lies over the frontier, start and end."""
    if standing is None:
        return []
    path = standing.path.sort_values("quarter", kind="stable")
    rows = []
    for name, policy in words.policies.items():
        mine = path[path["policy"] == name]
        cells = [{"start": number(mine[column].iloc[0], 3), "end": number(mine[column].iloc[-1], 3)}
                 for column, _ in STANDING if len(mine)]  # fmt: skip
        rows.append({"title": policy.title, "cells": cells})
    return rows


def exposure_rows(comparison: Comparison, words: About) -> list[dict]:
    """Policy by actor: exposure at start and end, and the paired difference at the end."""
    levels = comparison.start_end.set_index(["policy", "measure", "partner"])
    table = comparison.differences
    gaps = table[table["measure"] == "exposure_share"].set_index(["policy", "partner"]) if len(table) else table
    rows = []
    for name, policy in words.policies.items():
        cells = [
            _level(levels, name, "exposure_share", partner) | {"gap": _gap(gaps, (name, partner), "exposure_share")}
            for partner in words.theme.actors
        ]
        rows.append({"title": policy.title, "cells": cells, "reference": name == comparison.reference})
    return rows


def _gap(table: pd.DataFrame, key: tuple[str, str], code: str) -> dict:
    if not len(table) or key not in table.index:
        return {"mean": MISSING, "error": "", "band": "", "one_sided": False, "verdict": ""}
    row, kind = table.loc[key], measure(code)
    clear = one_sided(row)
    good = (row["mean"] > 0) == (kind.better == "higher")
    verdict = ("better" if good else "worse") if clear and kind.better else ""

    def told(column: str, signed: bool = True) -> str:
        return number(in_unit(float(row[column]), kind), kind.decimals, signed)

    return {
        "mean": told("mean"),
        "error": "" if pd.isna(row["standard_error"]) else told("standard_error", signed=False),
        "band": f"{told('low')} to {told('high')}",
        "one_sided": clear,
        "verdict": verdict,
    }


def threat_text(comparison: Comparison, policy: str, theme: Theme) -> str:
    """Who could cost most with what at the end, in most runs: `the Gulf stopping energy`."""
    rows = comparison.outcomes
    if "note" not in rows:
        return ""
    rows = rows[(rows["policy"] == policy) & (rows["measure"] == "coercibility")]
    notes = rows.loc[rows["quarter"] == rows["quarter"].max(), "note"]
    if notes.empty or ": " not in str(notes.mode().iloc[0]):
        return ""
    partner, _, domain = str(notes.mode().iloc[0]).partition(": ")
    return f"{theme.in_text(partner)} stopping {theme.domain_in_text(domain)}"


def move_rows(run: Run | None, theme: Theme) -> dict:
    """The example run's moves, bystanders joined; chosen ones first when there are too many to print."""
    if run is None or run.moves.empty:
        return {"rows": [], "left": ""}
    rows = grouped(with_cases(run.moves, run.episodes), theme)
    all_rows = len(rows)
    place = {label: i for i, label in enumerate(run.quarters)}
    if len(rows) > MOST_MOVES:
        chosen = rows[rows["origin"] == "chosen"]
        rows = pd.concat([chosen, rows[rows["origin"] != "chosen"].head(max(0, MOST_MOVES - len(chosen)))])
    rows = pd.concat([arranged(part) for _, part in rows.groupby(rows["quarter"].map(place))])
    left = all_rows - len(rows)
    told = [
        {
            "quarter": row["quarter"],
            "who": mover_name(row, theme),
            "colour": theme.colour(row["actor"]),
            "whom": target_name(row, theme),
            "what": capital(move_phrase(row, theme)),
            "size": size_phrase(row) + (" on average" if row["count"] > 1 else ""),
            "origin": SHORT_ORIGINS.get(row["origin"]),
            "kind": kind_of(row),
        }
        for row in rows.to_dict("records")
    ]
    return {"rows": told, "left": f"{counted(left, 'more row')} in moves.parquet." if left else ""}


def accounts(run: Run | None) -> list[str]:
    """The example run in a sentence a quarter."""
    return [] if run is None else [run.account(quarter) for quarter in run.quarters]


def failure_rows(comparison: Comparison, words: About) -> list[str]:
    """One sentence a run that failed, at most ten."""
    titles = words.policy_titles()
    return [
        f"{titles.get(row.policy, row.policy)}, run {row.run}: {row.error}"
        for row in comparison.failures.head(10).itertuples()
    ]
