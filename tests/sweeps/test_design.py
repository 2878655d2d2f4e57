"""What a design asks for: sizes, ranges, the same points every time, and rows that stay when others join."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.scenario.quantity import Quantity
from sim.scenario.sweep_checks import count, factors, too_large
from sim.sweeps.design import Placed, places, points, value_at
from sim.sweeps.folder import design_table
from sim.sweeps.plan import ORDER_ROWS
from tests.sweeps.made import NAMES, plan_of, spec_of

few = settings(max_examples=20, deadline=None, derandomize=True)
names = st.integers(1, 4).map(lambda n: [f"model.x{k}" for k in range(n)])
designs = st.one_of(
    st.builds(lambda n: {"type": "lhs", "points": n}, st.integers(1, 30)),
    st.builds(lambda n, s: {"type": "sobol", "base": 2**n, "second_order": s}, st.integers(1, 4), st.booleans()),
    st.builds(
        lambda n, p: {"type": "morris", "trajectories": n, "levels": 2 * p}, st.integers(1, 5), st.integers(1, 4)
    ),
    st.builds(lambda n: {"type": "grid", "levels": n}, st.integers(2, 4)),
)


@few
@given(designs, names, st.integers(0, 2**32 - 1))
def test_a_design_has_the_points_it_says_all_in_their_ranges_and_the_same_every_time(design, over, seed):
    ranges = {name: [k - 1.5, k + 0.25] for k, name in enumerate(over)}
    spec = spec_of(design=design | {"over": ranges}, seed=seed)
    assert factors(spec, {}) == over
    made = points(spec, over)
    assert len(made) == count(spec, over) and list(made) == list(points(spec, over))
    for point in made:
        assert all(low <= point.values[name] <= high for name, (low, high) in ranges.items())
    by_place = points(spec_of(design=design | {"over": over}, seed=seed), over)
    assert all(0 <= place <= 1 for point in by_place for place in point.places.values())


@few
@given(names, st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_a_latin_hypercube_has_one_point_in_every_stratum_and_a_name_more_changes_no_other(over, number, seed):
    columns = places(spec_of(design={"type": "lhs", "points": number, "over": over}, seed=seed), over)
    assert all(sorted((column * number).astype(int)) == list(range(number)) for column in columns.T)
    wider = ["model.new", *over]
    more = places(spec_of(design={"type": "lhs", "points": number, "over": wider}, seed=seed), wider)
    assert np.array_equal(more[:, 1:], columns)


def test_a_grid_is_every_combination_last_name_fastest_and_levels_go_through_the_central_value():
    spec = spec_of(design={"type": "grid", "over": {"a": [1.0, 2.0], "b": [3.0, 4.0]}})
    assert [p.values for p in points(spec, ["a", "b"])] == [{"a": x, "b": y} for x in (1.0, 2.0) for y in (3.0, 4.0)]
    one = Quantity(value=2.0, low=1.0, high=9.0, unit="1", source="test")
    levels = points(spec_of(design={"type": "grid", "levels": 3, "over": ["a"]}), ["a"])
    assert [p.of({"a": one})["a"] for p in levels] == [1.0, 2.0, 9.0]
    assert value_at(one, 0.25) == 1.5


@few
@given(st.integers(1, 5), st.integers(1, 4), st.sampled_from(["central", "drawn"]))
def test_another_policy_scenario_or_replicate_leaves_the_rows_as_they_were(number, replicates, others):
    small = plan_of(points_wanted=number, policies=("one",), replicates=replicates, others=others)
    wide = plan_of(points_wanted=number, policies=("new", "one"), scenarios=("calm", "rough"),
                   replicates=replicates + 1, others=others)  # fmt: skip
    rows = {row.id: row for row in wide.every()}
    assert len(rows) == wide.rows == number * 2 * 2 * (replicates + 1)
    assert all(rows[row.id] == row == small.find(row.id) for row in small.every())


@few
@given(st.integers(1, 9), st.integers(1, 70), st.sampled_from(["central", "drawn"]), st.integers(1, 40))
def test_every_row_stands_in_one_chunk_which_its_id_names(number, replicates, others, chunk_rows):
    plan = plan_of(chunk_rows=chunk_rows, points_wanted=number, replicates=replicates, others=others)
    held = [(row.id, k) for k in range(plan.chunks) for order in plan.chunk(k) for row in order.rows]
    assert [row for row, _ in held] == [row.id for row in plan.every()] and len(held) == plan.rows
    assert all(plan.chunk_of(row) == k for row, k in held)
    assert max(len(plan.order(k).rows) for k in range(plan.orders)) <= ORDER_ROWS


@few
@given(designs, names, st.integers(0, 2**32 - 1), st.booleans())
def test_the_table_of_a_design_has_the_values_and_places_of_its_points(design, over, seed, own):
    ranges = {name: [k - 1.5, k + 0.25] for k, name in enumerate(over)}
    some = dict(list(ranges.items())[: max(1, len(over) // 2)])  # a name without a range is placed in its config's
    spec = spec_of(design=design | {"over": ranges if own else over}, seed=seed)
    made = points(spec, over)
    if own and isinstance(made, Placed):
        made = replace(made, given=some)
    table = design_table(replace(plan_of(), points=made)).to_pandas()
    for k, point in enumerate(made):
        row = point.values | {f"place.{name}": place for name, place in point.places.items()}
        assert table.iloc[k].drop("point").to_dict() == row


@pytest.mark.parametrize("others", ["central", "drawn"])
@pytest.mark.parametrize(("points_wanted", "replicates", "wanted"), [(3, 16, 20), (3, 16, 6), (5, 40, 33), (2, 2, 8)])
def test_some_rows_are_spread_over_the_whole_plan(points_wanted, replicates, wanted, others):
    plan = plan_of(points_wanted=points_wanted, replicates=replicates, others=others)
    every = [row.id for row in plan.every()]
    picked = [row for order in plan.spread(wanted).values() for row in order.rows]
    at = [every.index(row.id) for row in picked]
    parts = [(k * plan.rows // wanted, (k + 1) * plan.rows // wanted) for k in range(wanted)]
    assert all(low <= place < high for place, (low, high) in zip(at, parts, strict=True))
    assert {row.point for row in picked} == set(range(points_wanted)) and len({row.policy for row in picked}) == 2
    assert len({row.replicate for row in picked}) >= min(3, replicates)
    assert all(row in plan.order(number).rows for number, order in plan.spread(wanted).items() for row in order.rows)
    assert [row.id for order in plan.spread(10**6).values() for row in order.rows] == every


def test_every_policy_and_point_meets_the_same_luck():
    plan = plan_of(replicates=3)
    assert {row.run for row in plan.every()} == {0, 1, 2} and {row.seed for row in plan.every()} == {3}
    assert len({tuple(r.run for o in plan.chunk(k) for r in o.rows) for k in range(plan.chunks - 1)}) == 1


@pytest.mark.parametrize(
    "row", ["", "x", "99.calm.one.0", "0.calm.three.0", "0.calm.one.9", "0.calm.one", "-1.calm.one.0"]
)
def test_a_row_that_is_none_is_refused(row):
    with pytest.raises(ScenarioError, match="POINT.SCENARIO.POLICY.REPLICATE"):
        plan_of().find(row)


def test_names_of_the_stand_in_are_those_of_its_points():
    assert factors(spec_of(), {}) == NAMES


@pytest.mark.parametrize(("design", "says"), [
    ({"type": "grid", "over": "all", "levels": 2}, "9.35e+49 points of 166 values"),
    ({"type": "sobol", "over": "all", "base": 2**20}, "1.76e+8 points of 166 values"),
    ({"type": "lhs", "over": "all", "points": 2**24}, "1.68e+7 points of 166 values"),
    ({"type": "grid", "over": {"a": [0.0] * 5000, "b": [0.0] * 5000}}, "2.50e+7 points of 2 values"),
])  # fmt: skip
def test_a_design_that_no_machine_holds_is_refused_before_it_is_made(design, says):
    names = list(design["over"]) if isinstance(design["over"], dict) else [f"model.x{k}" for k in range(166)]
    (found,) = too_large(spec_of(design=design), "mine.yaml", names)
    assert str(found).startswith("mine.yaml: design has ") and says in str(found) and "fewer names" in str(found)
    assert not too_large(spec_of(design={"type": "lhs", "over": "all", "points": 10**6}), "mine.yaml", names)
