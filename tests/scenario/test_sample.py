"""Values by dotted name: set within their bounds, drawn from their ranges, the same for every policy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario import load, sample

RENEWAL = "model.trade.contract_renewal"


@pytest.fixture(scope="module")
def scenario():
    return load.load_scenario("both_squeeze")


@pytest.fixture(scope="module")
def policy():
    return load.load_policy("eu_hedge")


def test_names_are_places(scenario, policy):
    names = set(sample.quantities(scenario, policy))
    assert {
        RENEWAL,
        "shock.hormuz.hazard",
        "scenario.changes.norm_factor.USA",
        "scenario.changes.control_value.CHN.0.value",
        "policy.commitments.0.size",
        "policy.commitments.2.keep",
        "instrument.hedge.running_cost",
        "instrument.control.levels.licensing",
        "split.exporter_share.CHN",
        "split.pair_share.JPN.CHN",
    } <= names
    assert not any(name.startswith("policy.") for name in sample.quantities(scenario))


def test_a_value_that_is_set_is_there_and_the_rest_stays(scenario, policy):
    values = {RENEWAL: 0.1, "policy.commitments.0.size": 0.75, "scenario.changes.norm_factor.USA": 0.0}
    changed, other = sample.with_values(scenario, policy, values)
    before, after = sample.quantities(scenario, policy), sample.quantities(changed, other)
    assert {name for name in before if before[name] != after[name]} == set(values)
    assert all(after[name].value == value for name, value in values.items())
    assert before[RENEWAL].value == 0.07  # the original is left alone


def test_a_changed_share_cuts_the_flows_anew(scenario):
    changed, _ = sample.with_values(scenario, None, {"split.exporter_share.CHN": 0.5})
    at, china = scenario.cut.domains.index("chokepoint_minerals"), scenario.cut.regions.index("CHN")
    home = changed.cut.flows[china, china, at] / scenario.cut.flows[china, china, at]
    assert home == pytest.approx(0.5 / scenario.split.exporter_share["CHN"].value)
    assert changed.tables is scenario.tables


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_lies_outside_is_refused_with_name_and_range(scenario, policy, data):
    known = sample.quantities(scenario, policy)
    name = data.draw(st.sampled_from(sorted(known)))
    quantity = known[name]
    low = quantity.low if quantity.low is not None else 0
    high = quantity.high if quantity.high is not None else 1e12
    wrong = data.draw(
        st.floats(max_value=low, exclude_max=True)
        | st.floats(min_value=high, exclude_min=True)
        | st.sampled_from([float("nan"), "0.1", None, True, [0.1], 10**400])
    )
    with pytest.raises(ScenarioError) as caught:
        sample.with_values(scenario, policy, {name: wrong})
    (problem,) = caught.value.problems
    assert problem.key == name and "must be a number from" in problem.message


def test_unknown_names_suggest_close_ones_and_come_together(scenario):
    with pytest.raises(ScenarioError) as caught:
        sample.with_values(scenario, None, {"model.trade.contract_renewl": 0.1, "nonsense": 1, RENEWAL: 7})
    first, second, third = map(str, caught.value.problems)
    assert f"did you mean {RENEWAL}" in first
    assert "nonsense is no value that can be set" in second
    assert "0.02 to 0.15 1/quarter" in third


def test_numpy_numbers_are_numbers(scenario):
    changed, _ = sample.with_values(scenario, None, {RENEWAL: np.float64(0.1)})
    assert changed.model.trade.contract_renewal.value == 0.1


def test_draws_keep_to_their_ranges_and_their_median_is_the_value(scenario, policy):
    runs = 101
    drawn = sample.sample(scenario, policy, seed=3, runs=runs)
    known = sample.quantities(scenario, policy)
    assert set(drawn[0]) == {name for name, q in known.items() if q.sampled and q.low is not None and q.low < q.high}
    for name in drawn[0]:
        column, q = np.array([row[name] for row in drawn]), known[name]
        assert q.low <= column.min() and column.max() <= q.high
        width = 2 * max(q.value - q.low, q.high - q.value) / runs
        assert abs(np.median(column) - q.value) <= width


def test_draws_can_be_set(scenario, policy):
    for row in sample.sample(scenario, policy, seed=5, runs=3):
        changed, other = sample.with_values(scenario, policy, row)
        assert {name: sample.quantities(changed, other)[name].value for name in row} == row


def test_policies_share_the_columns_that_are_not_their_own(scenario, policy):
    alone = sample.sample(scenario, None, seed=5, runs=16)
    with_one = sample.sample(scenario, policy, seed=5, runs=16)
    for row, longer in zip(alone, with_one, strict=True):
        assert row == {name: value for name, value in longer.items() if not name.startswith("policy.")}


def test_values_kept_out_of_ensembles_are_not_drawn(scenario):
    row = sample.sample(scenario, None, seed=1, runs=1)[0]
    assert "model.horizon.quarters" not in row and "instrument.hedge.step" not in row
