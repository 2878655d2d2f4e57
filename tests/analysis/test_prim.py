"""PRIM recovers a planted box, is silent about noise, and its shares are what they say."""

import numpy as np
import pytest

from sim.analysis.api import analyse
from sim.analysis.prim import Box, design_effect, discover, peel, prune, quality, quasi_p
from sim.analysis.worlds import read_worlds
from tests.analysis.made import swept

PLANTED = {"model.a": (0.6, 1.0), "model.c": (0.2, 0.7)}  # of five values; a fifth of the worlds
NAMES = [f"model.{letter}" for letter in "abcde"]
NOISE = np.random.default_rng(1).random(500)
LHS = {"type": "lhs", "over": {name: [0.0, 1.0] for name in NAMES}, "points": 500}


def inside(row):
    return all(low <= row.values[name] <= high for name, (low, high) in PLANTED.items())


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Coercibility is 2 in the planted box but for a tenth of its worlds, and 1 outside but for a twentieth."""

    def of(row):
        return {"coercibility": 2.0 if NOISE[row.point] >= (0.1 if inside(row) else 0.95) else 1.0}

    return analyse(swept(tmp_path_factory.mktemp("box") / "made", of, LHS), require=["coercibility<=1.5"])


def test_the_planted_box_is_found_with_its_limits_coverage_and_density(planted):
    box, limits = planted.boxes.iloc[0], planted.limits.set_index("parameter")
    assert set(limits.index) == set(PLANTED) and len(planted.boxes) == 1
    for name, (low, high) in PLANTED.items():
        assert limits.low[name] == pytest.approx(low, abs=0.04)
        assert np.isnan(limits.high[name]) if high == 1 else limits.high[name] == pytest.approx(high, abs=0.04)
        assert limits.quasi_p[name] < 1e-6 and limits.found_again[name] == 1.0
    assert box.density == pytest.approx(0.9, abs=0.05) and box.mass == pytest.approx(0.2, abs=0.03)
    assert box.coverage == pytest.approx(0.18 / (0.18 + 0.04), abs=0.06)
    assert box.density_elsewhere == pytest.approx(0.9, abs=0.1) and box.fails_when == "misses coercibility <= 1.5"
    assert box.base_rate == pytest.approx(box.density * box.mass / box.coverage)


def test_peeling_begins_with_everything_and_gets_smaller_and_denser(planted):
    way = planted.peeling
    assert way.loc[0, ["coverage", "mass", "limits"]].tolist() == [1.0, 1.0, 0]
    assert way["mass"].is_monotonic_decreasing and way["density"].iloc[-1] > way["density"].iloc[0] + 0.5
    assert way["mass"].iloc[-1] >= 0.05


def test_noise_has_no_box_that_holds_elsewhere(tmp_path):
    def of(row):
        return {"coercibility": float(NOISE[row.point] < 0.5)}

    box = analyse(swept(tmp_path / "made", of, LHS), require=["coercibility<=0.5"]).boxes.iloc[0]
    assert box.limits and box.density > box.base_rate + 0.08  # on its own runs noise looks like a finding
    assert box.density_elsewhere == pytest.approx(box.base_rate, abs=0.05)


def test_two_boxes_of_equal_worth_shares_and_chances_by_hand():
    x = np.array([[1.0], [2.0], [3.0], [4.0]])
    hit = np.array([False, False, True, True])
    box = Box(np.array([2.5]), np.array([np.inf]))
    assert quality(box, x, hit) == quality(Box(np.array([3.0]), np.array([4.0])), x, hit)
    found = quality(box, x, hit)
    assert (found.coverage, found.density, found.mass, found.gain) == (1.0, 1.0, 0.5, 0.5)
    assert quasi_p(box, x, hit) == {0: 0.25}  # two of two, at an even chance
    assert not len(prune(box, x, hit).limited)  # which may be luck


def test_lucks_of_a_point_count_by_how_alike_they_are():
    """Twenty lucks that are copies change no chance; twenty that have nothing in common are twenty cases."""
    generator = np.random.default_rng(4)
    x, points = np.linspace(0, 1, 60)[:, None], np.arange(60)
    hit = generator.random(60) < np.where(x[:, 0] > 0.7, 0.7, 0.3)
    box, group = Box(np.array([0.7]), np.array([np.inf])), np.repeat(points, 20)
    copies = np.repeat(hit, 20)
    assert quasi_p(box, np.repeat(x, 20, axis=0), copies, group)[0] == pytest.approx(quasi_p(box, x, hit)[0])
    assert design_effect(copies, group) == pytest.approx(20) and design_effect(hit, points) == 1
    assert design_effect(generator.random(1200) < 0.4, group) == pytest.approx(1, abs=0.3)


def test_twenty_lucks_keep_no_limits_on_values_that_do_nothing():
    """A box planted on two values of twelve; whether its runs fail hangs on the point alone."""
    told = []
    for seed in range(6):
        generator = np.random.default_rng(seed)
        x = generator.random((150, 12))
        hit = generator.random(150) < np.where((x[:, 0] > 0.6) & (x[:, 1] < 0.5), 0.9, 0.05)
        box, _ = discover(np.repeat(x, 20, axis=0), np.repeat(hit, 20), np.repeat(np.arange(150), 20))
        told.append(set(box.limited.tolist()))
    assert all(0 < len(one) and one <= {0, 1} for one in told), told


def test_noise_of_points_gives_no_sure_limits_at_many_lucks(tmp_path):
    def of(row):
        return {"coercibility": float(NOISE[row.point] < 0.4)}

    found = analyse(swept(tmp_path / "made", of, LHS | {"points": 100}, replicates=12), require=["coercibility<=0.5"])
    assert len(found.boxes) == 1 and len(found.limits) <= 2 and (found.limits.quasi_p > 0.01).all(), found.limits


def test_a_value_with_few_levels_is_cut_level_by_level():
    x = np.repeat(np.arange(4.0), 30)[:, None]
    hit = x[:, 0] >= 2
    box, way = discover(x, hit)
    assert (box.low[0], box.high[0]) == (1.5, np.inf) and quality(box, x, hit).density == 1.0
    assert [float(one.low[0]) for one in way] == [-np.inf, 0.5, 1.5] and len(peel(x, ~hit)) == 3


@pytest.mark.parametrize(("fails", "said"), [
    (lambda point: point == 17, "only 1 of 50 points have a run that misses coercibility <= 1.5; 10 are needed"),
    (lambda point: point > 8, "only 9 of 50 points have a run that does not fail"),
])  # fmt: skip
def test_lucks_of_few_points_are_no_many_places(tmp_path, fails, said):
    """Twelve lucks of one point that fail are as little to search as one."""
    design = LHS | {"points": 50}
    done = swept(tmp_path / "made", lambda row: {"coercibility": 1.0 + fails(row.point)}, design, replicates=12)
    found = analyse(done, require=["coercibility<=1.5"])
    assert found.boxes.empty and any(said in note for note in found.notes), found.notes


def test_failing_runs_in_one_group_of_points_cannot_be_checked_elsewhere(tmp_path):
    """Points of a trajectory stay in one half, so no half has failing runs on both sides."""
    design = {"type": "morris", "over": {f"model.{k}": [0.0, 1.0] for k in "abcdefghi"}, "trajectories": 5}
    done = swept(tmp_path / "made", lambda row: {"coercibility": 1.0 + (row.point // 10 == 2)}, design)
    box = analyse(done, require=["coercibility<=1.5"]).boxes.iloc[0]
    assert box.failing == 10 and np.isnan(box.density_elsewhere) and np.isnan(box.coverage_elsewhere)


def test_a_policy_fails_where_it_does_worse_than_the_reference_in_the_same_world(tmp_path):
    def of(row):
        bad = 1.0 if row.policy == "hedge" and inside(row) else 0.0
        return {"coercibility": 100 * row.values["model.b"] + bad}  # the world matters more than the policy

    done = swept(tmp_path / "made", of, LHS, policies=("plain", "hedge"))
    found = analyse(done, reference="plain")
    boxes = found.boxes.set_index("policy")
    assert boxes.fails_when["hedge"] == "is worse than plain in the same world" and boxes.density["hedge"] > 0.9
    limits = found.limits.groupby("policy")["parameter"].apply(set)
    assert limits["hedge"] == set(PLANTED) and limits["plain"] == {"model.b"}


@pytest.mark.parametrize(
    ("level", "said"), [(9.0, "no run misses coercibility"), (-9.0, "every run misses coercibility")]
)
def test_without_two_kinds_of_runs_nothing_is_searched(tmp_path, level, said):
    design = LHS | {"points": 50}
    done = swept(tmp_path / "made", lambda row: {"coercibility": row.values["model.a"]}, design)
    found = analyse(done, require=[f"coercibility<={level}"])
    assert found.boxes.empty and any(said in note for note in found.notes)


def test_points_that_change_one_value_at_a_time_keep_the_others_at_their_centre(tmp_path):
    """Two names of which each point gives one: the other stays where its config has it."""
    points = [{"model.a": k / 20} for k in range(21)] + [{"model.b": k / 20} for k in range(21)]

    def of(row):
        return {"coercibility": 2.0 if row.values.get("model.a", 0.5) > 0.7 or row.point % 11 == 0 else 1.0}

    done = swept(tmp_path / "made", of, {"type": "list", "points": points + [{}]})
    values = read_worlds(done, ["coercibility"]).values("calm", "one")
    assert values.loc[[30, 42], "model.a"].tolist() == [0.5, 0.5] and values["model.b"].notna().all()
    found = analyse(done, require=["coercibility<=1.5"])
    box, tried = found.boxes.iloc[0], found.parameters.set_index("parameter")
    assert box["mass"] > 0 and found.peeling["mass"].iloc[0] == 1.0
    assert set(found.limits["parameter"]) <= {"model.a"} and tried.given_high["model.b"] == 1.0


def test_the_centre_belongs_to_the_range_that_was_tried(tmp_path):
    design = {"type": "list", "points": [{}, {"model.a": 0.9}, {"model.a": 0.8}]}
    done = swept(tmp_path / "made", lambda row: {"coercibility": 1.0 * row.point}, design)
    tried = analyse(done).parameters.iloc[0]
    assert (tried.given_low, tried.given_high) == (0.5, 0.9)
