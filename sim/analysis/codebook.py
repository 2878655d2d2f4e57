"""What every column of the analysis' tables says: meaning and unit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

COLUMNS = ["table", "column", "unit", "meaning"]
OF_OUTCOME = "that of the outcome, in the column unit"
KEYS = {
    "scenario": ("", "Name of the scenario; `all`: every scenario that was analysed, together."),
    "policy": ("", "Name of the policy."),
    "outcome": ("", "Column of the sweep's table of runs, in the last quarter; `all thresholds`: all that were given."),
    "unit": ("", "Unit of the values in this row."),
    "parameter": ("", "Dotted name of the value, as in the configs."),
    "points": ("points", "Points of the design that count here."),
    "limits": ("values", "How many values have a limit in the box."),
    "coverage": ("1", "Share of the failing runs that lie in the box."),
    "density": ("1", "Share of the runs in the box that fail."),
    "mass": ("1", "Share of all runs that lie in the box."),
}
OWN = {
    "counts": {
        "runs": ("runs", "Runs that the sweep has for this scenario and policy."),
        "ok": ("runs", "Runs that were played to the end."),
        "failed": ("runs", "Runs that raised an error; in no number of the analysis."),
        "timeout": ("runs", "Runs that took too long; in no number."),
        "killed": ("runs", "Runs whose process died; in no number."),
        "pending": ("runs", "Runs that have no finished record yet; in no number."),
        "not_computed": ("runs", "Runs that are ok but lack this outcome; not in its numbers."),
    },
    "parameters": {
        "unit": ("", "Unit of the value."),
        "low": ("that of the value", "Lower end of the range in the configs."),
        "central": ("that of the value", "Central value in the configs."),
        "high": ("that of the value", "Upper end of the range in the configs."),
        "given_low": ("that of the value", "Smallest value that the sweep tried."),
        "given_high": ("that of the value", "Largest value that the sweep tried."),
        "meaning": ("", "What the value does."),
    },
    "sensitivities": {
        "method": ("", "sobol, morris or pawn."),
        "index": ("", "S1: share of the variance that goes when the value alone is known. ST: share that stays when "
                  "all other values are known. S2: share of a pair beyond both S1. mu_star: mean size of the change "
                  "when the value goes through its whole range, the others kept; mu: the same with its sign; sigma: "
                  "spread of these changes, large where the value acts in curves or together with others. PAWN: median "
                  "distance between outcomes in a slice of the value's range and all outcomes."),
        "with_parameter": ("", "The other value of a pair, for S2."),
        "value": ("the column unit", "The index, of the mean over lucks."),
        "low": ("the column unit", "Lower end of its 95 % interval (bootstrap)."),
        "high": ("the column unit", "Upper end of its 95 % interval (bootstrap)."),
        "noise": ("1", "PAWN alone: what one in twenty values that do nothing would pass with so many points."),
        "left_out": ("points", "Points left out: a luck without the outcome, or in a group with such a point."),
    },
    "variance": {
        "source": ("", "parameters: values that the design varies; luck: what differs between replicates; together: "
                   "luck that strikes differently where the values differ."),
        "share": ("1", "Share of the variance. An estimate: slightly below zero means nothing."),
        "low": ("1", "Lower end of the share's 95 % interval; empty: two lucks, or all spread in one, give none."),
        "high": ("1", "Upper end of the share's 95 % interval; empty: two lucks, or all spread in one, give none."),
        "sd": (OF_OUTCOME, "Square root of this part of the variance, with the sign of the estimate."),
        "lucks": ("replicates", "Lucks at every point."),
        "left_out": ("points", "Points left out, since they lack the outcome under some luck."),
    },
    "policies": {
        "better": ("", "Which way is good."),
        "worlds": ("worlds", "Worlds - scenario, point, luck - in which every policy has the outcome."),
        "left_out": ("worlds", "Worlds left out, since some policy lacks the outcome there."),
        "mean": (OF_OUTCOME, "Mean over worlds."),
        "worst": (OF_OUTCOME, "The outcome in the policy's worst world."),
        "worst_run": ("", "The run of that world: `hedgelab run --from FOLDER#RUN` opens it."),
        "mean_regret": (OF_OUTCOME, "Mean gap to the best policy of the same world."),
        "max_regret": (OF_OUTCOME, "Largest gap to the best policy of the same world."),
        "max_regret_run": ("", "The policy's run in that world."),
        "best_share": ("1", "Share of worlds in which no policy does better."),
        "threshold": (OF_OUTCOME, "What is good enough."),
        "threshold_from": ("", "given, or whose median over the worlds it is."),
        "satisfied": ("1", "Share of worlds in which the policy meets the threshold."),
        "satisfied_low": ("1", "Lower end of that share's 95 % interval (bootstrap over points)."),
        "satisfied_high": ("1", "Upper end of it."),
        "difference": (OF_OUTCOME, "Mean difference from the reference policy in the same world."),
        "better_share": ("1", "Share of worlds in which the policy does better than the reference."),
    },
    "choices": {
        "criterion": ("", "maximin: best worst case; minimax regret: smallest largest regret; satisficing: good "
                      "enough in most worlds."),
        "policy": ("", "What it picks; several, with commas, when they tie."),
        "value": (f"{OF_OUTCOME}; 1 for satisficing", "Its worst case, largest regret, or share of worlds."),
        "runner_up": ("", "The best of the others."),
        "runner_up_value": ("as value", "The same of the runner-up."),
        "picked_again": ("1", "Share of resamples of the points in which exactly this is picked."),
    },
    "boxes": {
        "fails_when": ("", "What counts as failing, of this outcome."),
        "runs": ("runs", "Runs that were searched."),
        "left_out": ("runs", "Runs left out, since they lack an outcome."),
        "failing": ("runs", "Runs that fail."),
        "base_rate": ("1", "Share of all runs that fail."),
        "coverage_elsewhere": ("1", "Mean coverage, in one half of the points, of boxes found in the other; empty: "
                               "failing runs were never in both."),
        "density_elsewhere": ("1", "Mean density, in one half of the points, of boxes found in the other; empty: "
                              "failing runs were never in both."),
    },
    "limits": {
        "low": ("the column unit", "The box holds values above this; empty: no such limit."),
        "high": ("the column unit", "The box holds values below this; empty: no such limit."),
        "range_low": ("the column unit", "Smallest value that was tried."),
        "range_high": ("the column unit", "Largest value that was tried."),
        "quasi_p": ("1", "Chance of so many failing runs in the box if this limit did nothing, runs of one point "
                    "counted by how alike they are; a guide, no test, since the limit was chosen on the same runs."),
        "found_again": ("1", "Share of ten halves of the points on which this value gets a limit again, of those with "
                        "failing runs on both sides."),
    },
    "peeling": {
        "step": ("", "Slices peeled so far; 0 is everything."),
        "limits": ("values", "How many values have a limit at this step."),
    },
}  # fmt: skip


def codebook(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a table and column. Raises KeyError for a column that is not described."""
    rows = []
    for table, frame in tables.items():
        for column in frame.columns:
            unit, meaning = OWN[table].get(column) or KEYS[column]
            rows.append((table, column, unit, meaning))
    return pd.DataFrame(rows, columns=COLUMNS)
