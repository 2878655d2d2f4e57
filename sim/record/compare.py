"""Policies compared run by run: paired differences from a reference, their error, band and bootstrap interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim import draws

BAND = (0.05, 0.95)
BOOTSTRAPS = 500
SUMMED = ("real_income", "coercibility", "all_goods_stop", "joint_stop", "expected_coercion_loss",
          "coercion_loss_sd", "tail_loss", "hedging_premium", "option_value", "leverage", "exposure_share",
          "exposure_share_plain", "hhi", "effective_partners", "hhi_loss_weighted", "effective_partners_loss_weighted",
          "umbrella_credibility", "defence_outlays", "insecurity", "stock_cost", "support",
          "policy_fallen")  # fmt: skip


def outcome_rows(table: pd.DataFrame, focus: str) -> pd.DataFrame:
    """The measures that policies are compared by; who coerces stands in `note` of coercibility."""
    strongest = table.measure == "coercibility"
    shown = (table.region == focus) & table.measure.isin(SUMMED) & ((table.domain == "all") | strongest)
    mine, strongest = table[shown], strongest[shown]
    mine = mine.assign(note=mine.note.mask(strongest, mine.partner + ": " + mine.domain),
                       partner=mine.partner.mask(strongest, "all"))  # fmt: skip
    return mine[["policy", "run", "draw", "luck", "quarter", "measure", "partner", "value", "unit", "note"]]


def paired_differences(outcomes: pd.DataFrame, reference: str, seed: int) -> pd.DataFrame:
    """Differences from the reference policy at the last quarter, same luck and same parameters.

    outcomes : policy, run, draw, quarter, measure, partner, value, unit
    Returns policy, measure, partner, mean, standard_error, low, high (5-95 % band over runs), low_lo, low_hi,
    high_lo, high_hi (95 % bootstrap interval of each edge), unit, runs. The error is that of the mean.

    Lucks of one draw are no independent runs: the error is taken over draws, and draws are resampled whole."""
    last = outcomes[outcomes.quarter == outcomes.quarter.max()]
    keys = ["measure", "partner", "unit"]
    wide = last.set_index([*keys, "draw", "run", "policy"]).value.unstack("policy")
    rows = []
    for policy in [p for p in wide.columns if p != reference]:
        gap = (wide[policy] - wide[reference]).rename("gap").reset_index()
        for (measure, partner, unit), one in gap.groupby(keys, sort=False):
            found = one.dropna(subset="gap")
            if len(found):
                rows.append((policy, measure, partner, *_spread(found, seed), unit, len(found)))
    return pd.DataFrame(rows, columns=["policy", "measure", "partner", "mean", "standard_error", "low", "high",
                                       "low_lo", "low_hi", "high_lo", "high_hi", "unit", "runs"])  # fmt: skip


def _spread(found: pd.DataFrame, seed: int) -> tuple[float, ...]:
    """Mean, its error, band and the band's intervals of the column gap; draws are the clusters."""
    values, groups = found.gap.to_numpy(), [g.to_numpy() for _, g in found.groupby("draw").gap]
    count, means = len(groups), np.array([g.mean() for g in groups])
    error = float(means.std(ddof=1) / np.sqrt(count)) if count > 1 else float("nan")
    low, high = np.quantile(values, BAND)
    if count == 1:
        return float(values.mean()), error, low, high, *(float("nan"),) * 4
    luck = draws.uniform(seed, "bootstrap", np.arange(BOOTSTRAPS)[:, None], np.arange(count)[None, :], "", "")
    picks = (luck * count).astype(int)
    if all(len(g) == len(groups[0]) for g in groups):
        again = np.stack(groups)[picks].reshape(BOOTSTRAPS, -1)
        edges = np.quantile(again, BAND, axis=1)  # [edge, bootstrap]
    else:
        edges = np.array([np.quantile(np.concatenate([groups[k] for k in row]), BAND) for row in picks]).T
    (low_lo, low_hi), (high_lo, high_hi) = (np.quantile(edge, (0.025, 0.975)) for edge in edges)
    return float(values.mean()), error, float(low), float(high), low_lo, low_hi, high_lo, high_hi


def start_end(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Means over runs in the first and last quarter: policy, measure, partner, start, end, unit."""
    quarters = outcomes.quarter
    keys = ["policy", "measure", "partner", "unit"]
    ends = [outcomes[quarters == q].groupby(keys, sort=False).value.mean() for q in (quarters.min(), quarters.max())]
    frame = pd.concat(ends, axis=1, keys=["start", "end"]).reset_index()
    return frame[["policy", "measure", "partner", "start", "end", "unit"]]


def two_sources(outcomes: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Spread of the paired difference split into parameters and luck (needs several seeds a draw).

    outcomes carries `draw` and `luck`. Variance between draws of the mean over luck, less its own error, and
    mean variance within draws; both as standard deviations, in the measure's unit."""
    last = outcomes[outcomes.quarter == outcomes.quarter.max()]
    keys = ["measure", "partner", "unit"]
    wide = last.pivot_table(index=[*keys, "draw", "luck"], columns="policy", values="value", sort=False)
    rows = []
    for policy in [p for p in wide.columns if p != reference]:
        gap = (wide[policy] - wide[reference]).dropna()
        for label, one in gap.groupby(level=keys, sort=False):
            by_draw = one.groupby(level="draw")
            seeds = int(by_draw.size().max())
            luck = float(by_draw.var(ddof=1).mean()) if seeds > 1 else float("nan")
            between = float(by_draw.mean().var(ddof=1)) - (luck / seeds if seeds > 1 else 0.0)
            # an estimate below zero says that luck alone explains the spread; it is shown as zero with its sign kept
            rows.append((policy, *label, np.sign(between) * np.sqrt(abs(between)), np.sqrt(luck), seeds))
    return pd.DataFrame(rows, columns=["policy", *keys, "parameters_sd", "luck_sd", "seeds"])
