"""What is parameters and what is luck, on tables whose split is known."""

import numpy as np
import pytest

from sim.analysis.api import analyse
from sim.analysis.variance import LUCK, PARAMETERS, TOGETHER, components, split
from tests.analysis.made import swept

SHARES = {PARAMETERS: 0.5, LUCK: 0.2, TOGETHER: 0.3}


def table(seed, points=60, lucks=8):
    """Crossed random effects with variances 0.5, 0.2 and 0.3."""
    generator = np.random.default_rng(seed)
    part = {name: np.sqrt(share) for name, share in SHARES.items()}
    return (part[PARAMETERS] * generator.standard_normal((points, 1))
            + part[LUCK] * generator.standard_normal((1, lucks))
            + part[TOGETHER] * generator.standard_normal((points, lucks)))  # fmt: skip


def sloped(seed, points=60, lucks=8):
    """The same variances; what is together is a slope of the value that each luck has of its own."""
    generator = np.random.default_rng(seed)
    part = {name: np.sqrt(share) for name, share in SHARES.items()}
    value = np.sqrt(12) * ((generator.permutation(points)[:, None] + generator.random((points, 1))) / points - 0.5)
    return (part[PARAMETERS] * value + part[LUCK] * generator.standard_normal((1, lucks))
            + part[TOGETHER] * value * generator.standard_normal((1, lucks)))  # fmt: skip


def test_components_are_unbiased():
    found = np.mean([components(table(seed)) for seed in range(300)], axis=0)
    assert found == pytest.approx(list(SHARES.values()), abs=0.03)


@pytest.mark.parametrize("lucks", [3, 4, 8])
@pytest.mark.parametrize("kind", ["scattered", "sloped"])
def test_intervals_hold_the_true_share_nearly_as_often_as_they_say(lucks, kind):
    """What is luck and value together: scattered over the cells, or a slope that each luck has of its own."""
    held = np.zeros(3)
    for seed in range(80):
        cells = table(seed, lucks=lucks) if kind == "scattered" else sloped(seed, lucks=lucks)
        found = split(cells, np.arange(len(cells)), 0)
        held += [found[name][2] <= share <= found[name][3] for name, share in SHARES.items()]
    assert (held / 80 >= 0.88).all(), held / 80


def test_a_share_of_nothing_is_in_its_interval_and_two_lucks_have_none():
    generator = np.random.default_rng(2)
    held = 0
    for _ in range(40):
        cells = np.sqrt(0.7) * generator.standard_normal((60, 1)) + np.sqrt(0.3) * generator.standard_normal((60, 4))
        _, share, low, high = split(cells, np.arange(60), 0)[LUCK]
        held += low <= 0 <= high
        assert low <= share <= high <= 1
    assert held >= 34
    two = split(table(1, lucks=2), np.arange(60), 0)
    assert all(np.isfinite(two[name][1]) and np.isnan(two[name][2:]).all() for name in SHARES)


def test_pure_parameters_and_pure_luck_are_told_as_such():
    rise = np.linspace(0, 1, 20)
    groups = np.arange(20)
    alone = split(np.tile(rise[:, None], (1, 4)), groups, 0)
    assert alone[PARAMETERS][1] == pytest.approx(1) and alone[LUCK][1] == pytest.approx(0, abs=1e-12)
    luck = split(np.tile(rise[None, :5], (20, 1)), groups, 0)
    assert luck[LUCK][1] == pytest.approx(1) and luck[PARAMETERS][1] == pytest.approx(0, abs=1e-12)
    assert split(np.ones((20, 3)), groups, 0) is None
    odd = split(np.eye(1, 4).repeat(20, axis=0), groups, 0)  # nothing varies without the first luck
    assert odd[LUCK][1] == pytest.approx(1) and np.isnan(odd[LUCK][2:]).all()


def test_shares_come_through_the_whole_path_and_a_point_that_failed_is_left_out(tmp_path):
    cells = table(1, points=40, lucks=6)

    def of(row):
        if (row.point, row.replicate) == (7, 2):
            raise ArithmeticError("lost the way")
        return {"y": cells[row.point, row.replicate]}

    design = {"type": "lhs", "over": {"model.a": [0.0, 1.0]}, "points": 40}
    found = analyse(swept(tmp_path / "made", of, design, replicates=6)).variance.set_index("source")
    whole = np.delete(cells, 7, axis=0)
    expected = components(whole) / components(whole).sum()
    assert found["share"][list(SHARES)].to_numpy() == pytest.approx(expected)
    assert set(found["points"]) == {39} and set(found["left_out"]) == {1} and set(found["lucks"]) == {6}
    assert found["share"].sum() == pytest.approx(1) and (found.low < found.share).all()


def test_one_luck_is_refused_with_the_remedy_and_two_are_told_to_be_rough(tmp_path):
    design = {"type": "list", "points": [{"model.a": float(k)} for k in range(8)]}
    one = analyse(swept(tmp_path / "one", lambda row: {"y": float(row.point)}, design))
    assert one.variance.empty and any("replicates: 4" in note for note in one.notes)
    two = analyse(swept(tmp_path / "two", lambda row: {"y": float(row.point + row.replicate)}, design, replicates=2))
    assert len(two.variance) == 3 and two.variance[["low", "high"]].isna().all(axis=None)
    assert any("2 lucks: other lucks may spread more" in note and "no interval" in note for note in two.notes)


def test_a_design_that_is_no_sample_of_the_ranges_says_what_its_share_of_parameters_is(tmp_path):
    """A straight effect: 1/12 of the range squared is its variance, and luck here has three fifths of that."""
    over = {name: [0.0, 1.0] for name in ("model.a", "model.b", "model.c")}
    luck = np.sqrt(0.6 / 12) * np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(5 / 3)
    designs = {"lhs": {"points": 64}, "sobol": {"base": 16}, "morris": {"trajectories": 16},
               "grid": {"over": {"model.a": np.linspace(0, 1, 8).tolist()}}}  # fmt: skip
    shares, notes = {}, {}
    for kind, more in designs.items():
        done = swept(tmp_path / kind, lambda row: {"y": row.values["model.a"] + luck[row.replicate]},
                     {"type": kind, "over": over} | more, replicates=4)  # fmt: skip
        found = analyse(done)
        shares[kind] = found.variance.set_index("source")["share"][PARAMETERS]
        notes[kind] = [note for note in found.notes if "share of parameters" in note]
    even = 1 / 1.6
    assert shares["lhs"] == pytest.approx(even, abs=0.02) and shares["sobol"] == pytest.approx(even, abs=0.05)
    assert shares["morris"] == pytest.approx(5 / 3 / (5 / 3 + 0.6), abs=0.05)
    assert notes["lhs"] == notes["sobol"] == []
    assert "tries 4 levels" in notes["morris"][0] and "1.67 times" in notes["morris"][0]
    assert "grid's points" in notes["grid"][0]
