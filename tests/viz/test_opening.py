"""The finished comparison of the opening screen: complete, readable, and what the model says today."""

import json

import pandas as pd
import pytest

from sim.run import as_policy, as_scenario, simulate
from sim.scenario.load import names
from sim.scenario.sample import sample
from viz.language import languages, texts_of
from viz.opening import MEASURES, cost_and_worth, opening
from viz.read import headline
from viz.tabs.start import found, heard, table
from viz.worlds import titles

PLAYED = "eu_hedge"


@pytest.fixture(scope="module")
def of():
    return opening()


def test_every_policy_is_in_it_with_every_measure(of):
    assert {of.reference, *of.policies} == set(names("policy"))
    counts = of.differences.groupby("policy").measure.agg(set)
    assert all(found == set(MEASURES) for found in counts)
    assert (of.differences.error > 0).all() and (of.differences.low <= of.differences.high).all()


def test_its_first_run_is_what_the_model_says_today(of):
    """Made again with `hedgelab demo --out FOLDER && python -m viz.opening FOLDER` when this fails."""
    scenario = as_scenario(of.scenario)
    values = sample(scenario, as_policy(scenario, PLAYED), of.seed, of.runs)[0]
    run = simulate(scenario, PLAYED, of.seed, values=values)
    said = of.first[of.first.policy == PLAYED].set_index("measure").value
    for measure in MEASURES:
        now = headline(run.portfolio, run.focus, measure, of.quarter).value
        assert now == pytest.approx(said[measure], abs=1e-6), measure


@pytest.mark.parametrize("language", languages())
def test_it_is_told_in_every_language(of, language):
    say, named = texts_of(language), titles("policy", language)
    assert found(of, named, say) and heard(of, named, say)
    assert table(of, named, say).count("<tr>") == len(of.policies) + 1
    options = cost_and_worth(of, named, say)
    dots = [dot for one in options["series"] if one["type"] == "scatter" for dot in one["data"]]
    assert len(dots) == len(of.policies) + 1
    json.dumps(options)


def test_a_saving_policy_is_called_one(of):
    better = of.differences.assign(mean=of.differences["mean"].where(of.differences.measure == "real_income", -9.0))
    changed = type(of)(**{**vars(of), "differences": pd.DataFrame(better)})
    assert "some save more" in found(changed, titles("policy"), texts_of("en"))
