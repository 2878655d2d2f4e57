"""Private values fitted to base rates: on made populations, whose rates are known; and the rows as published."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from sim.errors import WorldError
from sim.rules.bargaining import Sender, Stakes
from sim.studies.bargaining import (
    FITTED,
    Case,
    base_rates,
    cases,
    fit_medians,
    outcomes,
    published,
    table,
    wanted_rates,
)
from sim.world.crisis import Bargaining

TRUE = Bargaining(0.02, 1.0, 0.01, 1.0, 4.0, 0.25, 1, 4, 4.0, 0.8, 4.0)


def case(hurt, stand, *, burden=0.0, operation="threaten", sender="AAA", later=None, act_cost=0.0):
    stakes = Stakes(hurt, burden, 0.02, stand, 0.0)
    ahead = stakes if later is None else replace(stakes, hurt=later)
    names = ("made", sender, "BBB", "more", "tariff", "tariff", operation)
    return Case(*names, stakes, ahead, Sender(0.0, 0.0, 0.8, 4.0, 0.2), act_cost, 500.0, 0.96)


@pytest.fixture(scope="module")
def population():
    """A threat that mostly works, and one that mostly has to be carried out."""
    return [case(0.1, -0.004), case(0.03, -0.002, burden=0.01)]


# --- what comes of a population -----------------------------------------------------------------------------


def test_chances_of_what_comes_of_a_case_are_chances(population):
    played = outcomes([*population, case(0.1, -0.004, operation="execute")], TRUE)
    numbers = played[["made", "comply", "imposed", "conceded"]].to_numpy()
    assert (numbers >= 0).all() and (numbers <= 1).all()
    assert (played.comply + played.imposed <= 1 + 1e-12).all() and (played.conceded <= played.imposed + 1e-12).all()
    struck = played[played.operation == "execute"].iloc[0]
    assert (struck.comply, struck.imposed) == (0, pytest.approx(1))  # it comes with its demand


def test_a_threat_that_costs_more_effort_is_made_less_often(population):
    easy, hard = (outcomes([replace(population[0], act_cost=c)], TRUE).made[0] for c in (0.0, 0.05))
    assert hard < easy


def test_one_that_is_worth_more_later_is_not_made_now(population):
    waits = replace(population[0], later=replace(population[0].stakes, hurt=1.0))
    hurries = replace(population[0], later=replace(population[0].stakes, hurt=0.01))
    before, one, other = outcomes([population[0], waits, hurries], TRUE).made
    assert one < 0.01 < other == before


def test_rates_are_counted_as_the_sources_count_them():
    """By hand: two threats made once and half as often, and one measure that came unannounced."""
    rows = pd.DataFrame({
        "operation": ["threaten", "threaten", "execute"], "sender": ["AAA", "BBB", "BBB"], "made": [1.0, 0.5, 0.5],
        "comply": [0.4, 0.2, 0.0], "imposed": [0.1, 0.6, 1.0], "conceded": [0.05, 0.1, 0.3],
    })  # fmt: skip
    rates = base_rates(rows)
    assert rates["share_imposed"] == pytest.approx((0.1 + 0.3) / 1.5)
    assert rates["share_not_imposed_ties"] == pytest.approx(1 - 0.4 / 1.5)
    assert rates["threat_significant_concession"] == pytest.approx((0.4 + 0.1) / (1.5 - 0.4))  # of those not imposed
    assert rates["imposed_significant_concession"] == pytest.approx((0.05 + 0.05) / 0.4)
    assert rates["imposed_success_hse"] == pytest.approx((0.05 + 0.05 + 0.15) / (0.4 + 0.5))
    assert rates["share_executed"] == pytest.approx(0.5 / (1.5 + 0.5))


def test_rates_of_nobody_are_no_numbers():
    none = base_rates(outcomes([], TRUE))
    assert all(np.isnan(value) for value in none.values())


# --- the fit ------------------------------------------------------------------------------------------------


def test_medians_are_found_again_from_the_rates_that_they_make(population):
    wanted = base_rates(outcomes(population, TRUE))
    found = fit_medians(population, replace(TRUE, price_median=0.05, audience_median=0.05), wanted)
    assert found.exact
    for name in FITTED:
        assert found.reached[name] == pytest.approx(wanted[name], abs=1e-4)
    # carrying out is a step in each draw's audience cost: other medians of it may make the same rates
    assert found.bargaining.price_median == pytest.approx(TRUE.price_median, rel=0.05)
    assert found.bargaining.audience_median > 0
    assert replace(found.bargaining, price_median=0.02, audience_median=0.01) == TRUE  # nothing else is touched


def test_a_fit_that_falls_short_says_so(population):
    found = fit_medians(population, TRUE, {"threat_significant_concession": 0.0, "share_imposed": 0.5})
    assert not found.exact
    assert found.reached == base_rates(outcomes(population, found.bargaining))


def test_there_is_nothing_to_fit_to_without_cases():
    with pytest.raises(WorldError, match="nothing to fit"):
        fit_medians([], TRUE, wanted_rates())


def test_the_population_is_every_threat_of_a_shipped_scenario():
    known = cases(["china_chokehold"])
    assert known and {one.scenario for one in known} == {"china_chokehold"}
    assert len({(c.sender, c.target, c.demand, c.punishment, c.operation) for c in known}) == len(known)
    assert {c.operation for c in known} == {"threaten", "execute"}
    for one in known:
        assert all(np.isfinite(value) for value in (one.stakes.hurt, one.stakes.burden, one.stakes.prize))
        assert one.stakes.hurt > 0 and one.sender_known.carried == one.sender_known.dropped == 0
    assert cases(["baseline"]) == []  # nobody demands anything there
    played = outcomes(known, TRUE)
    assert len(played) == len(known) and (played.made > 0).any()


# --- what is published --------------------------------------------------------------------------------------


def test_bands_are_exact_binomial_ones_where_the_source_counts_and_its_own_elsewhere():
    rates = published()
    assert {rate.id for rate in rates if rate.fitted} == set(FITTED) == set(wanted_rates())
    assert len({rate.id for rate in rates}) == len(rates)
    for rate in rates:
        assert 0 <= rate.low <= rate.value <= rate.high <= 1 and rate.source
        if rate.n is None:
            continue
        k = round(rate.value * rate.n)
        assert rate.low == pytest.approx(beta.ppf(0.025, k, rate.n - k + 1) if k else 0)
        assert rate.high == pytest.approx(beta.ppf(0.975, k + 1, rate.n - k) if k < rate.n else 1)


def test_the_table_says_whether_a_rate_lies_inside_its_band():
    rates = published()
    middle = {rate.id: (rate.low + rate.high) / 2 for rate in rates if not rate.sender}
    by_sender = {rate.sender: rate.high for rate in rates if rate.sender}
    assert by_sender
    inside = table(middle, by_sender)
    assert inside.inside.all() and list(inside.rate) == [rate.id for rate in rates]
    outside = table({name: 2.0 for name in middle}, {name: 2.0 for name in by_sender})
    assert not outside.inside.any()
    unknown = table({}, {})
    assert unknown.model.isna().all() and not unknown.inside.any()
