"""Denials and programmes in stock domains: what is wrong is said with file, key and remedy."""

import pytest
from pydantic import ValidationError

from sim.scenario.bargaining import Punishment
from sim.scenario.checks import region_problems
from sim.scenario.crisis_checks import _punishment
from sim.scenario.denial_checks import denial_problems
from sim.scenario.load import load_scenario
from sim.scenario.programme_checks import programme_problems
from sim.scenario.programmes import StockShareEffect

REGIONS, STOCK = ["JPN", "EU27", "USA", "GBR", "AUS"], ["defence"]


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("arms_denial")


def messages(problems):
    return " ".join(str(problem) for problem in problems)


def test_every_stock_domain_and_no_other_says_what_denying_it_costs(scenario):
    known = list(scenario.stock_domains)
    assert not denial_problems(scenario.denial, "f", known)
    assert "f: domains.orbits is missing" in messages(denial_problems(scenario.denial, "f", [*known, "orbits"]))
    assert "no stock domain" in messages(denial_problems(scenario.denial, "f", known[1:]))


def test_a_region_denies_stock_domains_alone(scenario):
    domains = scenario.domains | scenario.stock_domains
    region = scenario.regions["USA"]
    assert not region_problems(region, "f", domains)
    wrong = region.model_copy(update={"denies": ["energy", "defence", "defence"]})
    said = messages(region_problems(wrong, "f", domains))
    assert "denies.0 is 'energy', no stock domain" in said and "second time" in said


def test_a_threat_with_a_denial_names_a_domain_of_its_sender_and_a_level_of_its_own(scenario):
    def said(sender, what, level):
        by = Punishment(instrument="control", what=what, level=level)
        return messages(_punishment(scenario, sender, by, "f", "by.0"))

    assert not said("USA", "defence", "supply") and not said("USA", "electronics", "embargo")
    assert "no domain that CHN can withhold or deny" in said("CHN", "defence", "supply")
    assert "no level of the denial instrument" in said("USA", "defence", "embargo")
    assert "no level of the control instrument" in said("USA", "electronics", "supply")


def test_a_programme_moves_shares_of_a_stock_domain_between_regions_that_exist(scenario):
    one = scenario.programmes["gcap"]
    assert not programme_problems(one, "f", REGIONS, ["energy"], STOCK)
    (effect,) = one.effects
    for change, text in (({"domain": "energy"}, "no stock domain"), ({"away_from": "USB"}, "no region"),
                         ({"away_from": "JPN"}, "other than the owner JPN")):  # fmt: skip
        wrong = one.model_copy(update={"effects": [effect.model_copy(update=change)]})
        assert text in messages(programme_problems(wrong, "f", REGIONS, ["energy"], STOCK)), change


def test_what_is_moved_goes_somewhere_whole_and_not_back(scenario):
    data = scenario.programmes["gcap"].effects[0].model_dump()
    half = data | {"towards": {"GBR": data["towards"]["GBR"]}}
    with pytest.raises(ValidationError, match="towards sums to 0.3; must sum to 1"):
        StockShareEffect.model_validate(half)
    back = data | {"away_from": "GBR"}
    with pytest.raises(ValidationError, match="towards names GBR, from which the share is taken"):
        StockShareEffect.model_validate(back)
