"""Medians fitted to rates over runs: the search on a made world, and one real trial written and read back."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit

from sim.errors import StoreError
from sim.run import as_scenario
from sim.studies import fit_runs
from sim.studies.bargaining import FITTED, BargainingFit, Fit, wanted_rates
from sim.studies.fit_runs import fit_on_runs, population, write
from sim.world.crisis import SETTLED
from sim.world.start_crises import start_bargaining

CASES = 400


@pytest.fixture(scope="module")
def start():
    bargaining = replace(start_bargaining(as_scenario("disputes")), price_median=0.02, audience_median=0.01)
    return BargainingFit(Fit(bargaining, {}, wanted_rates(), True), [], pd.DataFrame({"assumption": ["none"]}))


def made_cases(price, audience):
    """As many episodes as there are, with rates that answer to both medians, each to its own mostly."""
    conceded = expit(1.4 - 0.9 * np.log(price / 0.02) + 0.1 * np.log(audience / 0.01))
    imposed = expit(-2.6 + 0.5 * np.log(audience / 0.01) + 0.2 * np.log(price / 0.02))
    hit = round(CASES * imposed)
    bare = CASES - hit
    gave = round(bare * conceded)
    outcome = [SETTLED] * gave + ["failed"] * (bare - gave) + [SETTLED] * (hit // 3) + ["failed"] * (hit - hit // 3)
    return pd.DataFrame({"opening": "threatened", "outcome": outcome, "imposed": [""] * bare + ["2025Q2"] * hit,
                         "ended": "2025Q3", "sender": "AAA"})  # fmt: skip


@pytest.fixture
def made(monkeypatch):
    """Runs whose rates are known; returns what was asked of them."""
    asked = []

    def cases(scenario, *, values, progress, **plan):
        asked.append(values | plan | {"scenario": scenario.file.name})
        progress(plan["runs"], plan["runs"])
        return made_cases(values["bargaining.price_median"], values["bargaining.audience_median"])

    monkeypatch.setattr(fit_runs, "chosen_cases", cases)
    return asked


def test_the_search_meets_both_rates_from_where_the_base_year_left_it(start, made):
    told = []
    found = fit_on_runs(start, workers=1, progress=lambda done, count: told.append((done, count)))
    plan = population()
    assert found.near and len(found.trials) <= plan.trials
    assert made[0]["bargaining.price_median"] == pytest.approx(0.02)
    assert made[0]["bargaining.audience_median"] == pytest.approx(0.01)
    assert {(a["scenario"], a["runs"], a["quarters"], a["seed"]) for a in made} == {
        (plan.scenario, plan.runs, plan.quarters, plan.seed)}  # fmt: skip
    for name in FITTED:
        assert abs(found.reached[name] - wanted_rates()[name]) <= plan.near
    assert found.rates.set_index("rate").model[FITTED[0]] == found.reached[FITTED[0]]
    assert told[-1] == (len(made) * plan.runs, plan.trials * plan.runs)
    assert found.price_median > 0.02 and found.audience_median > 0.01  # fewer give in, more is carried out


def test_the_best_trial_is_kept_when_none_comes_near(start, made):
    found = fit_on_runs(start, replace(population(), near=0.0, trials=4))
    gaps = [max(abs(row[name] - wanted_rates()[name]) for name in FITTED) for _, row in found.trials.iterrows()]
    assert not found.near and len(found.trials) == 4
    best = found.trials.iloc[int(np.argmin(gaps))]
    assert (found.price_median, found.audience_median) == (best.price_median, best.audience_median)


def test_rates_of_nothing_and_of_everything_stop_no_search(start, monkeypatch):
    rows = iter([0.0, 1.0, 0.5, 0.5, 0.5])

    def cases(scenario, *, values, **_):
        share = next(rows)
        frame = made_cases(0.02, 0.01)
        bare = frame.imposed == ""
        frame.loc[bare, "outcome"] = np.where(np.arange(bare.sum()) < share * bare.sum(), SETTLED, "failed")
        return frame

    monkeypatch.setattr(fit_runs, "chosen_cases", cases)
    found = fit_on_runs(start, replace(population(), trials=3, near=0.0))
    assert np.isfinite(found.trials.price_median).all() and len(found.trials) == 3


def test_one_real_trial_is_written_and_read_back(start, tmp_path):
    found = fit_on_runs(start, replace(population(), runs=20, quarters=2, trials=1), workers=1)
    assert len(found.trials) == 1 and found.trials.cases[0] > 0 and not found.near
    paths = write(found, tmp_path / "fit")
    assert {path.name for path in paths} == {"bargaining.yaml", *(f"bargaining_{n}.csv" for n in
                                             ("rates", "trials", "cases", "ranges"))}  # fmt: skip
    file = yaml.safe_load(paths[0].read_text())
    assert file["price_median"]["value"] == pytest.approx(0.02) and "comes nearest" in file["price_median"]["source"]
    with pytest.raises(StoreError, match="--out"):
        write(found, paths[0] / "below")


def test_what_is_shipped_reached_the_published_rates_in_the_runs_it_names():
    from sim.scenario.load import bargaining_path

    file = yaml.safe_load(bargaining_path().read_text())
    trials = pd.read_csv(bargaining_path().parent / "bargaining_trials.csv")
    mine = trials[np.isclose(trials.price_median, file["price_median"]["value"], atol=1e-6)].iloc[0]
    assert mine.audience_median == pytest.approx(file["audience_median"]["value"], abs=1e-6)
    rates = pd.read_csv(bargaining_path().parent / "bargaining_rates.csv").set_index("rate")
    for name in FITTED:
        assert mine[name] == pytest.approx(rates.model[name]) and rates.inside[name]
        assert f"{name} {mine[name]:.3f}" in file["price_median"]["source"]
