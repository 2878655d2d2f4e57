"""Regret, maximin and satisficing on a table worked out by hand; pairs, failed rows and thresholds."""

import numpy as np
import pytest

from sim.analysis.api import analyse
from sim.analysis.outcomes import BETTER, HEADLINES
from sim.errors import ScenarioError
from tests.analysis.made import swept
from viz.measures import HEADLINES as SHOWN
from viz.measures import MEASURES

# Loss by policy and world. Best of each world: 1, 2, 3, 4.
LOSS = {"safe": [4.0, 4.0, 4.0, 4.0], "bold": [1.0, 2.0, 3.0, 9.0], "mild": [2.0, 3.0, 5.0, 6.0]}
LIST = {"type": "list", "points": [{"model.a": float(k)} for k in range(4)]}


def losses(row):
    return {"coercibility": LOSS[row.policy][row.point]}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return swept(tmp_path_factory.mktemp("regret") / "made", losses, LIST, policies=tuple(LOSS))


def test_levels_regret_and_shares_are_those_worked_out_by_hand(done):
    table = analyse(done, require=["coercibility<=4"], reference="safe").policies.set_index("policy")
    assert table["mean"].to_dict() == {"safe": 4.0, "bold": 3.75, "mild": 4.0}
    assert table["worst"].to_dict() == {"safe": 4.0, "bold": 9.0, "mild": 6.0}
    assert table["max_regret"].to_dict() == {"safe": 3.0, "bold": 5.0, "mild": 2.0}
    assert table["mean_regret"].to_dict() == {"safe": 1.5, "bold": 1.25, "mild": 1.5}
    assert table["best_share"].to_dict() == {"safe": 0.25, "bold": 0.75, "mild": 0.0}
    assert table["satisfied"].to_dict() == {"safe": 1.0, "bold": 0.75, "mild": 0.5}
    assert table["difference"].to_dict() == {"safe": 0.0, "bold": -0.25, "mild": 0.0}
    assert table["better_share"].to_dict() == {"safe": 0.0, "bold": 0.75, "mild": 0.5}
    assert table["worst_run"]["bold"] == "3.calm.bold.0" and table["max_regret_run"]["safe"] == "0.calm.safe.0"
    assert set(table["worlds"]) == {4} and set(table["left_out"]) == {0} and set(table["threshold_from"]) == {"given"}
    assert table["satisfied_low"]["bold"] < 0.75 < table["satisfied_high"]["bold"]


def test_each_criterion_picks_another_policy(done):
    picked = analyse(done, require=["coercibility<=4"]).choices.set_index("criterion")
    assert picked["policy"].to_dict() == {"maximin": "safe", "minimax regret": "mild", "satisficing": "safe"}
    assert picked["value"].to_dict() == {"maximin": 4.0, "minimax regret": 2.0, "satisficing": 1.0}
    assert picked["runner_up"].to_dict() == {"maximin": "mild", "minimax regret": "safe", "satisficing": "bold"}
    assert picked["runner_up_value"].to_dict() == {"maximin": 6.0, "minimax regret": 3.0, "satisficing": 0.75}
    assert ((picked["picked_again"] > 0) & (picked["picked_again"] < 1)).all()


def test_a_gain_turns_every_sign(done, tmp_path):
    other = swept(tmp_path / "made", lambda row: {"real_income": -losses(row)["coercibility"]}, LIST,
                  policies=tuple(LOSS))  # fmt: skip
    one, two = (analyse(each, reference="safe") for each in (done, other))
    assert (two.policies["worst"] == -one.policies["worst"]).all()
    assert (two.policies["max_regret"] == one.policies["max_regret"]).all()
    assert one.choices["policy"].tolist() == two.choices["policy"].tolist()
    assert two.policies["threshold"].iloc[0] == -4.0 and "median of safe" in two.policies["threshold_from"].iloc[0]


def test_a_world_in_which_one_policy_failed_is_left_out_for_all(tmp_path):
    def flaky(row):
        if (row.policy, row.point) == ("mild", 3):
            raise ArithmeticError("lost the way")
        return losses(row)

    table = analyse(swept(tmp_path / "made", flaky, LIST, policies=tuple(LOSS))).policies.set_index("policy")
    assert set(table["worlds"]) == {3} and set(table["left_out"]) == {1} and table["worst"]["bold"] == 3.0


def test_policies_that_tie_are_named_together_and_scenarios_stand_alone_and_together(tmp_path):
    def of(row):
        return {"coercibility": 1.0 if row.scenario == "calm" else LOSS[row.policy][row.point]}

    done = swept(tmp_path / "made", of, LIST, policies=tuple(LOSS), scenarios=("calm", "rough"))
    picked = analyse(done).choices.set_index(["scenario", "criterion"])["policy"]
    assert picked["calm", "maximin"] == "safe, bold, mild" and picked["rough", "maximin"] == "safe"
    assert picked["all", "maximin"] == "safe"
    assert analyse(done, scenarios=["rough"]).choices["scenario"].unique().tolist() == ["rough"]


def test_all_thresholds_at_once_are_met_where_each_is(tmp_path):
    def of(row):
        return losses(row) | {"real_income": float(row.point)}

    done = swept(tmp_path / "made", of, LIST, policies=tuple(LOSS))
    found = analyse(done, require=["coercibility<=4", "real_income>=1"]).policies.set_index(["outcome", "policy"])
    assert found["satisfied"]["all thresholds"].to_dict() == {"safe": 0.75, "bold": 0.5, "mild": 0.25}


def test_an_outcome_without_a_good_way_says_how_to_give_one(tmp_path):
    done = swept(tmp_path / "made", lambda row: {"y": losses(row)["coercibility"]}, LIST, policies=tuple(LOSS))
    found = analyse(done)
    assert found.policies.empty and any("--better y=lower" in note for note in found.notes)
    assert set(analyse(done, better={"y": "higher"}).policies["better"]) == {"higher"}
    assert set(analyse(done, require=["y<=3"]).policies["better"]) == {"lower"}


def test_what_is_asked_wrongly_is_told_at_once(done):
    for more, said in (
        ({"outcomes": ["incme"]}, "incme; must be among coercibility"),
        ({"policies": ["tame"]}, "tame; must be among safe, bold, mild"),
        ({"scenarios": ["wild"]}, "wild; must be among calm"),
        ({"reference": "tame"}, "reference is 'tame'; must be among safe"),
        ({"require": ["coercibility<4"]}, "OUTCOME<=NUMBER"),
        ({"require": ["coercibility<=much", "y<=1"]}, "y is not looked at"),
        ({"require": ["coercibility<=4", "coercibility<=2"]}, "coercibility is given twice, coercibility <= 4 and"),
        ({"require": ["coercibility<=nan"]}, "is nan; must be a finite number"),
        ({"better": {"coercibility": "up", "y": "lower"}}, "'up'; must be higher or lower"),
    ):
        with pytest.raises(ScenarioError, match=said):
            analyse(done, **more)


def test_ways_that_are_good_are_those_that_the_page_tells():
    assert HEADLINES == SHOWN
    assert {code: one.better for code, one in MEASURES.items() if one.better and code in BETTER} == {
        code: way for code, way in BETTER.items() if code in MEASURES
    }
    assert np.isin(HEADLINES, list(BETTER)).all()
