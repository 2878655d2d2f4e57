"""Programmes and the policies that name them: what is wrong is said with file, key and remedy."""

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import check_policy, load_policy, load_scenario, names
from sim.scenario.programme_checks import policy_problems, programme_problems
from sim.scenario.sample import with_values

REGIONS, DOMAINS = ["JPN", "EU27", "USA", "CHN", "ASEAN", "AUS", "KOR", "GBR"], ["energy", "electronics"]
STOCK = ["defence"]


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("baseline")


def messages(problems):
    return " ".join(str(problem) for problem in problems)


def test_places_and_goods_must_exist_and_the_owner_is_no_partner(scenario):
    one = scenario.programmes["alaska_lng"]
    assert not programme_problems(one, "f", REGIONS, DOMAINS, STOCK)
    lost = one.model_copy(update={"partners": ["USB"], "owner": "USA"})
    said = messages(programme_problems(lost, "f", REGIONS, DOMAINS, STOCK))
    assert "USB" in said and "did you mean" in said or "valid" in said
    assert "other than the owner USA" in said  # it sells to itself
    assert "energy" in messages(programme_problems(one, "f", REGIONS, ["electronics"], STOCK))


def test_policies_name_programmes_that_exist_once(scenario):
    policy = load_policy("eu_hedge")
    assert not policy_problems(policy, "f", names("programme"))
    assert "joint_stockpile" in messages(policy_problems(policy, "f", ["eu_hydrogen"]))
    pledge = next(one for one in policy.commitments if one.type == "programme")
    twice = policy.model_copy(update={"commitments": [pledge, pledge]})
    assert "second time" in messages(policy_problems(twice, "f", names("programme")))


def test_a_pledge_lies_between_the_smallest_and_the_largest_size(scenario):
    policy = load_policy("alliance_first")
    check_policy(scenario, policy)
    small, _ = with_values(scenario, None, {"programme.alaska_lng.smallest": 8.0})
    with pytest.raises(ScenarioError, match="from 8 to 10"):
        check_policy(small, policy)


def test_every_programme_of_a_policy_is_one_that_the_model_has(scenario):
    opened = set()
    for name in names("policy"):
        policy = load_policy(name)
        opened |= set(policy.open.programmes) if policy.open.programmes != "all" else set()
        assert all("programme" not in one["brought_by"] for one in policy.lacks)
    assert opened == set(scenario.programmes)
