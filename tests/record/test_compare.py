"""Paired differences: the error is that of the mean over draws, however many lucks each draw has."""

import numpy as np
import pandas as pd
import pytest

from sim.record.compare import paired_differences, two_sources


def outcomes(gaps: np.ndarray) -> pd.DataFrame:
    """Rows of two policies whose difference is gaps [draw, luck]."""
    rows = []
    for draw, lucks in enumerate(gaps):
        for luck, gap in enumerate(lucks):
            for policy, value in (("rest", 1.0), ("hedge", 1.0 + gap)):
                rows.append((policy, draw * len(lucks) + luck, draw, luck, "2025Q2", "loss", "all", value, "percent"))
    columns = ["policy", "run", "draw", "luck", "quarter", "measure", "partner", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)


def test_the_error_is_that_of_the_mean_over_draws():
    gaps = np.random.default_rng(1).normal(size=(12, 1))
    found = paired_differences(outcomes(gaps), "rest", 0).iloc[0]
    assert found["mean"] == pytest.approx(gaps.mean())
    assert found.standard_error == pytest.approx(gaps.std(ddof=1) / np.sqrt(12))


def test_repeating_the_same_luck_adds_no_certainty():
    gaps = np.random.default_rng(2).normal(size=(10, 1))
    one, four = (paired_differences(outcomes(np.repeat(gaps, k, axis=1)), "rest", 0).iloc[0] for k in (1, 4))
    assert four.standard_error == pytest.approx(one.standard_error)
    assert (four.low_hi - four.low_lo) == pytest.approx(one.low_hi - one.low_lo, rel=0.35, abs=0.05)


def test_parameters_and_luck_are_told_apart():
    rng = np.random.default_rng(3)
    gaps = rng.normal(scale=2.0, size=(400, 1)) + rng.normal(scale=0.5, size=(400, 4))
    found = two_sources(outcomes(gaps), "rest").iloc[0]
    assert found.parameters_sd == pytest.approx(2.0, rel=0.15) and found.luck_sd == pytest.approx(0.5, rel=0.15)
