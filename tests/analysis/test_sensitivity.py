"""Sensitivities of known functions through the whole path: sweep file, design, rows on disk, analysis."""

import numpy as np
import pytest

from sim.analysis.api import analyse
from sim.analysis.pawn import pawn, pawn_fast
from sim.errors import ScenarioError
from tests.analysis.made import index_of, swept

NAMES = ["model.a", "model.b", "model.c"]
RANGES = {name: [-np.pi, np.pi] for name in NAMES}
# Ishigami & Homma (1990) with a = 7, b = 0.1; the indices have closed forms, as in Saltelli et al. (2008)
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def ishigami(row):
    a, b, c = (row.values[name] for name in NAMES)
    return {"y": np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)}


@pytest.fixture(scope="module")
def sobol(tmp_path_factory):
    design = {"type": "sobol", "over": RANGES, "base": 1024, "second_order": True}
    return swept(tmp_path_factory.mktemp("sobol") / "made", ishigami, design)


def test_sobol_indices_of_the_ishigami_function_are_the_published_ones(sobol):
    table = analyse(sobol, ["y"]).sensitivities
    assert set(table["method"]) == {"sobol"} and set(table["left_out"]) == {0} and set(table["points"]) == {1024 * 8}
    for index, published, near in (("S1", FIRST, 0.03), ("ST", TOTAL, 0.03)):
        found = table[table["index"] == index].set_index("parameter")
        for name, value in zip(NAMES, published, strict=True):
            assert found.value[name] == pytest.approx(value, abs=near), (index, name)
            assert found.low[name] - 0.01 <= value <= found.high[name] + 0.01, (index, name)
            assert found.high[name] - found.low[name] < 0.3
    pairs = table[table["index"] == "S2"].set_index(["parameter", "with_parameter"])["value"]
    assert pairs["model.a", "model.c"] == pytest.approx(0.2437, abs=0.06) and len(pairs) == 3
    assert abs(pairs["model.a", "model.b"]) < 0.06


def test_the_same_folder_and_seed_give_the_same_numbers_and_another_seed_other_intervals(sobol):
    one, two, other = (analyse(sobol, ["y"], seed=seed).sensitivities for seed in (0, 0, 1))
    assert one.equals(two) and one.value.equals(other.value) and not one.low.equals(other.low)


def test_a_failed_run_takes_its_whole_group_out_and_is_counted_and_nothing_is_filled(tmp_path, sobol):
    bad = {4, 5, 90}  # points of two groups of five

    def flaky(row):
        if row.point in bad:
            raise ArithmeticError("lost the way")
        return ishigami(row)

    design = {"type": "sobol", "over": RANGES, "base": 256}
    found = analyse(swept(tmp_path / "made", flaky, design), ["y"])
    table, groups = found.sensitivities, {point // 5 for point in bad}
    assert len(groups) == 3
    assert set(table["points"]) == {256 * 5 - 15} and set(table["left_out"]) == {15}
    assert index_of(table, "ST")["model.b"] == pytest.approx(TOTAL[1], abs=0.08)
    assert any("3 of 1280 runs have no outcome (3 failed)" in note and "retry-failed" in note for note in found.notes)
    assert found.counts.loc[0, "failed"] == 3


def test_morris_effects_of_a_straight_line_are_its_slopes(tmp_path):
    design = {"type": "morris", "over": {name: [0.0, 2.0] for name in NAMES}, "trajectories": 6, "levels": 4}

    def line(row):
        return {"y": 3 * row.values["model.a"] - 0.5 * row.values["model.b"] + row.replicate}

    table = analyse(swept(tmp_path / "made", line, design, replicates=2), ["y"]).sensitivities
    assert set(table["method"]) == {"morris"} and set(table["unit"]) == {"percent"}
    whole = (6.0, -1.0, 0.0)  # through the whole range, which is two wide
    assert [index_of(table, "mu")[name] for name in NAMES] == pytest.approx(whole)
    assert [index_of(table, "mu_star")[name] for name in NAMES] == pytest.approx(np.abs(whole))
    assert [index_of(table, "sigma")[name] for name in NAMES] == pytest.approx([0, 0, 0], abs=1e-9)


def test_morris_intervals_of_mu_and_sigma_hold_their_true_values(tmp_path):
    """The effect of a in a b is b, which takes four levels alike: mean 1/2, standard deviation the root of 5/36."""
    design = {"type": "morris", "over": {"model.a": [0.0, 1.0], "model.b": [0.0, 1.0]}, "trajectories": 40}
    held = {"mu": 0, "sigma": 0}
    for seed in range(10):
        done = swept(tmp_path / str(seed), lambda row: {"y": row.values["model.a"] * row.values["model.b"]}, design,
                     seed=seed)  # fmt: skip
        table = analyse(done, ["y"]).sensitivities.set_index(["parameter", "index"])
        for index, true in (("mu", 0.5), ("sigma", np.sqrt(5 / 36))):
            one = table.loc["model.a", index]
            assert one.low < one.value < one.high and one.high - one.low < 0.5
            held[index] += one.low <= true <= one.high
    assert min(held.values()) >= 8, held
    mu, star = (table.loc["model.a", index] for index in ("mu", "mu_star"))  # equal here, since no effect is negative
    assert mu.value == star.value and mu.high - mu.low == pytest.approx(star.high - star.low, rel=0.3)


def test_pawn_ranks_what_matters_above_the_noise_and_what_does_not_below(tmp_path):
    design = {"type": "lhs", "over": RANGES | {"model.d": [0.0, 1.0]}, "points": 400}
    table = analyse(swept(tmp_path / "made", ishigami, design), ["y"]).sensitivities.set_index("parameter")
    assert set(table["method"]) == {"pawn"} and table["noise"].nunique() == 1
    assert table.low["model.b"] > table.noise["model.b"] and table.value["model.d"] < table.noise["model.d"]
    assert (table.low < table.value).all() and (table.value < table.high).all()


@pytest.mark.parametrize("slices", [4, 8, 10])
def test_the_index_of_resamples_is_salibs(slices):
    generator = np.random.default_rng(slices)
    places = generator.random((150, 3))
    places[:, 1] = np.round(places[:, 1], 1)  # ties
    of = np.round(places[:, 0] * 8 + generator.random(150), 1)
    assert pawn_fast(places, of, slices) == pytest.approx(pawn(NAMES, places, of, slices), abs=1e-12)


def test_what_a_design_cannot_give_is_said_or_refused(tmp_path):
    grid = {"type": "grid", "over": {"model.a": [0.0, 1.0, 2.0], "model.b": [0.0, 1.0]}}
    done = swept(tmp_path / "grid", lambda row: {"y": row.values["model.a"]}, grid)
    found = analyse(done, ["y"])
    assert found.sensitivities.empty and found.method is None
    assert any("a grid design is no sample of the ranges; sobol needs a sobol design" in note for note in found.notes)
    with pytest.raises(ScenarioError, match="method is 'sobol', which a grid design cannot give"):
        analyse(done, ["y"], method="sobol")
    few = swept(tmp_path / "few", lambda row: {"y": row.values["model.a"]},
                {"type": "lhs", "over": {"model.a": [0.0, 1.0]}, "points": 12})  # fmt: skip
    assert any("12 points have outcomes; 40 are needed" in note for note in analyse(few, ["y"]).notes)


def test_an_outcome_that_never_changes_and_a_value_that_a_policy_lacks_have_no_index(tmp_path):
    design = {"type": "sobol", "over": {"model.a": [0.0, 1.0], "policy.size": [0.0, 1.0]}, "base": 16}

    def of(row):
        return {"y": row.values["model.a"], "coercibility": 7.0}

    done = swept(tmp_path / "made", of, design, policies=("one", "two"), unknown={("one", "policy.size")})
    found = analyse(done, ["y", "coercibility"])
    table = found.sensitivities
    assert set(table[table.policy == "one"].parameter) == {"model.a"}
    assert set(table[table.policy == "two"].parameter) == {"model.a", "policy.size"}
    assert set(table.outcome) == {"y"}
    assert any("coercibility under two in calm: it is the same at every point" in note for note in found.notes)
