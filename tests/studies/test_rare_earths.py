"""The one measured case of a hedge: what is played is what the data are about."""

import numpy as np
import pytest

from sim.studies.rare_earths import Setting, data, fitted, odds, path

FAST = Setting(renewal=0.5, gap=1.6, build=1)


def test_without_a_hedge_the_share_stays():
    assert path(FAST, 0.9, 0.0, 0.01, 40) == pytest.approx(0.9)


def test_contracts_follow_a_hedge_to_its_odds_and_back_as_it_fades():
    shares = path(FAST, 0.9, 1.0, 0.0, 80)
    assert odds(0.9) - odds(shares[-1]) == pytest.approx(1.6)
    fading = path(FAST, 0.9, 1.0, 0.02, 400)
    assert fading.min() == pytest.approx(shares[-1], abs=0.04) and fading[-1] > 0.89
    assert (np.diff(fading[1:4]) < 0).all()


def test_no_programme_is_faster_than_contracts_run_out():
    shares = path(Setting(0.07, 1.6, 1), 0.9, 12.0, 0.0, 8)
    assert shares[6] > 0.9 * 0.93**6


def test_the_fitted_shares_are_met_where_they_can_be():
    known = data()
    size, decay, shares = fitted(FAST, known)
    assert 1 < size < 2 and 0.005 < decay < 0.012
    assert shares[5:7].mean() == pytest.approx(0.493, abs=1e-3)
    assert set(known.fitted) == {"start", "yes", "no"}
