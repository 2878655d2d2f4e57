"""A small run gives the numbers that were kept; a change that is meant renews them: python -m tests.golden.renew."""

import numpy as np
import pandas as pd
import pytest

from tests.golden.renew import DIGITS, FOLDER, golden_run, golden_tables

REMEDY = "if the change is meant, run python -m tests.golden.renew and say in the commit what moved and why"


@pytest.fixture(scope="module")
def now():
    return golden_tables(golden_run())


@pytest.mark.parametrize("name", ["moves", "portfolio"])
def test_a_small_run_gives_the_numbers_that_were_kept(now, name):
    kept, frame = pd.read_csv(FOLDER / f"{name}.csv", dtype={"unit": str}), now[name]
    kept = kept.fillna(dict.fromkeys(["actor", "domain"], "")) if name == "moves" else kept  # chance is nobody's
    numbers = [c for c in frame if pd.api.types.is_float_dtype(frame[c])]
    words = [c for c in frame if c not in numbers]
    assert list(kept) == list(frame) and len(kept) == len(frame), REMEDY
    assert kept[words].fillna("").values.tolist() == frame[words].values.tolist(), REMEDY
    gap = np.abs(kept[numbers].to_numpy(float) - frame[numbers].to_numpy(float))
    assert np.array_equal(np.isnan(kept[numbers].to_numpy(float)), np.isnan(frame[numbers].to_numpy(float))), REMEDY
    worst = np.unravel_index(np.nanargmax(gap), gap.shape)
    place = kept[words].iloc[worst[0]].tolist()
    assert gap[worst] <= 1.5 * 10**-DIGITS, (
        f"{place} is off by {gap[worst]:.2g}: {REMEDY}"
    )  # the last digit may round over


def test_what_is_kept_holds_a_tariff_its_answer_a_hedge_and_a_threat_with_its_answer():
    moves = pd.read_csv(FOLDER / "moves.csv")
    assert {"raise", "match", "start", "threaten"} <= set(moves.operation)
    assert {"comply", "resist"} & set(moves.operation)
    portfolio = pd.read_csv(FOLDER / "portfolio.csv")
    assert portfolio.quarter.nunique() == 6
    assert {"real_income", "coercibility", "tail_loss", "hedging_premium", "effective_partners"} <= set(
        portfolio.measure
    )
