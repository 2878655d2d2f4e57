"""The report of an analysis: one self-contained page, with its figures in it and as files beside it.

Numbers come from `sim.analysis`, sentences from `found.py`; the layout is `templates/analysis.html.j2`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from sim.analysis.api import Findings
from sim.analysis.policies import TOGETHER
from sim.analysis.regret import GIVEN
from viz.figures import Picture
from viz.figures.found import failing_boxes, policy_regret, spread_sources
from viz.figures.sensitivity import sensitivity
from viz.found import Names, box_texts, choice_text, gap, names_of, sensitivity_texts, shown, spread_texts
from viz.report import embedded
from viz.words import MISSING, chance, counted

CRITERIA = ("maximin", "minimax regret", "satisficing")
DESIGNS = {"grid": "grid", "list": "list", "lhs": "Latin hypercube", "sobol": "Sobol design", "morris": "Morris design"}
METHODS = {
    "sobol": "Sobol indices by SALib: S1 is the share of the variance that goes when a value alone is known, ST the "
             "share that stays when all others are known; what ST has over S1 acts together with other values.",
    "morris": "Morris' elementary effects by SALib: the mean size of the change when a value goes through its whole "
              "range, from many starting points. They rank values; they are no shares.",
    "pawn": "PAWN indices by SALib: how far the distribution of the outcome moves when a value is held in a slice of "
            "its range; 0 is not at all. Few points lift it for values that do nothing, so it is read against the "
            "noise level.",
}  # fmt: skip


def write_report(found: Findings, folder: Path, command: str = "") -> Path:
    """Writes the tables, `figures/` and `report.html` into the folder; returns the report's path.

    command : how to get the same again. Raises OSError when the folder cannot be written."""
    folder, names = Path(folder), names_of(found)
    found.save(folder)
    pictures = analysis_pictures(found, names)
    for picture in pictures.values():
        picture.save(folder / "figures")
    path = folder / "report.html"
    path.write_text(report_html(found, names, pictures, command), encoding="utf-8")
    return path


def analysis_pictures(found: Findings, names: Names) -> dict[str, Picture]:
    """The figures by name; those that there is nothing for are left out."""
    judged = list(dict.fromkeys(found.policies["scenario"]))
    made = [how(found, names, scenario) for how in (sensitivity, spread_sources) for scenario in found.worlds.scenarios]
    made += [policy_regret(found, names, scenario) for scenario in judged]
    made.append(failing_boxes(found, names))
    return {picture.name: picture for picture in made if picture is not None}


def report_html(found: Findings, names: Names, pictures: dict[str, Picture], command: str) -> str:
    """The page as text."""
    loader = Environment(
        loader=PackageLoader("viz"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    spec = found.worlds.sweep.spec
    return loader.get_template("analysis.html.j2").render(
        name=spec.name,
        title=spec.description.strip().rstrip("."),
        size=size_text(found, names),
        missing=found.missing,
        notes=[note for note in found.notes if note not in found.missing],
        pictures=pictures,
        embedded=embedded,
        method=found.method,
        method_text=METHODS.get(found.method or "", ""),
        sensitivity=sensitivity_texts(found, names),
        scenarios=found.worlds.scenarios,
        parameters=[_parameter(row) for row in found.parameters.itertuples()],
        spread=spread_texts(found, names),
        reference=names.policies.get(found.reference, found.reference),
        judged=[{"scenario": one, "title": names.scenario(one), "choices": _choices(found, names, one),
                 "rows": _rows(found, names, one)} for one in dict.fromkeys(found.policies["scenario"])],
        failing=failing_text(found, names),
        boxes=box_texts(found, names),
        command=command,
    )  # fmt: skip


def size_text(found: Findings, names: Names) -> str:
    """How much was played, in a sentence."""
    worlds = found.worlds
    runs = worlds.points * worlds.replicates * len(worlds.policies) * len(worlds.scenarios)
    return (f"{counted(len(worlds.policies), 'policy', 'policies')}, {counted(len(worlds.scenarios), 'scenario')}, "
            f"{counted(worlds.points, 'point')} of a {DESIGNS[worlds.sweep.spec.design.type]} over "
            f"{counted(len(worlds.names), 'value')}, {counted(worlds.replicates, 'luck')} each: "
            f"{counted(runs, 'run')}.")  # fmt: skip


def failing_text(found: Findings, names: Names) -> str:
    """What failing is, here."""
    if (found.policies["threshold_from"] == GIVEN).any():
        return "A policy fails where it misses what was required."
    return (f"No threshold was given, so {names.policy(found.reference)} fails where it is beyond its own median - "
            "which tells where the world is bad - and another policy where it does worse than that policy in the same "
            "world.")  # fmt: skip


def _parameter(row) -> dict:
    tried = MISSING if pd.isna(row.given_low) else f"{row.given_low:.3g} to {row.given_high:.3g}"
    return {"parameter": row.parameter, "unit": row.unit, "tried": tried, "meaning": row.meaning}


def _choices(found: Findings, names: Names, scenario: str) -> list[dict]:
    mine = found.choices[found.choices["scenario"] == scenario]
    rows = []
    for outcome, part in mine.groupby("outcome", sort=False):
        told = {row["criterion"]: choice_text(row, names) for _, row in part.iterrows()}
        rows.append({"head": names.outcome(outcome), "sub": _threshold(found, scenario, outcome), "reference": False,
                     "cells": [told[name] for name in CRITERIA]})  # fmt: skip
    return rows


def _threshold(found: Findings, scenario: str, outcome: str) -> str:
    mine = found.policies[(found.policies["scenario"] == scenario) & (found.policies["outcome"] == outcome)].iloc[0]
    side = "at least" if mine["better"] == "higher" else "at most"
    return f"good enough: {side} {shown(mine['threshold'], outcome, mine['unit'])} ({mine['threshold_from']})"


def _rows(found: Findings, names: Names, scenario: str) -> list[dict]:
    rows = []
    for row in found.policies[found.policies["scenario"] == scenario].itertuples():
        share = f"{chance(row.satisfied)} ({chance(row.satisfied_low)} to {chance(row.satisfied_high)})"
        if row.outcome == TOGETHER:
            cells = [MISSING] * 5 + [share, MISSING]
        else:
            cells = [shown(row.mean, row.outcome, row.unit),
                     f"{shown(row.worst, row.outcome, row.unit)}, {row.worst_run}",
                     gap(row.mean_regret, row.outcome, row.unit), gap(row.max_regret, row.outcome, row.unit),
                     chance(row.best_share), share, chance(row.better_share)]  # fmt: skip
        rows.append({"head": names.policy(row.policy), "sub": names.outcome(row.outcome), "cells": cells,
                     "reference": row.policy == found.reference})  # fmt: skip
    return rows
