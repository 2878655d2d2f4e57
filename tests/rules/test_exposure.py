"""Shares of foreign supply, their concentration, the stops that are measured, and the price of staying hedged."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import exposure
from sim.rules.coercion import domar_weight
from tests.worlds import few, random_world, seeds


@few
@given(seeds, st.integers(0, 3))
def test_exposure_shares_sum_to_one_and_leave_home_out(seed, region):
    base = random_world(seed, regions=4, links=True, horizons=True)
    foreign = exposure.foreign_share(base.share, region)
    spent = np.random.default_rng(seed).random(base.expenditure.shape) + 0.1
    plain = exposure.plain_exposure(base, base.share, spent, region)
    weighted = exposure.loss_weighted_exposure(base, domar_weight(base), base.share, region)
    assert np.allclose(foreign.sum(axis=0), 1, rtol=1e-12) and (foreign >= 0).all() and not foreign[region].any()
    for shares in (plain, weighted):
        assert shares.sum() == pytest.approx(1, rel=1e-12) and (shares >= 0).all() and shares[region] == 0


@few
@given(seeds, st.integers(0, 3))
def test_plain_exposure_is_the_share_of_all_foreign_purchases(seed, region):
    base = random_world(seed, regions=4)
    bought = ((1 + base.tariff) * base.flow)[region].sum(axis=1)
    bought[region] = 0
    plain = exposure.plain_exposure(base, base.share, base.expenditure, region)
    assert np.allclose(plain, bought / bought.sum(), rtol=1e-12)


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12).filter(lambda x: sum(x) > 1e-3))
def test_hhi_lies_between_one_over_n_and_one_and_effective_partners_between_one_and_n(sizes):
    shares = np.array(sizes) / sum(sizes)
    hhi, effective = exposure.concentration(shares)
    n = (shares > 0).sum()
    assert 1 / n - 1e-12 <= hhi <= 1 + 1e-12
    assert 1 - 1e-12 <= effective <= n + 1e-9 and effective == pytest.approx(1 / hhi)


@pytest.mark.parametrize(
    ("shares", "partners"), [([1, 0, 0], 1), ([0.5, 0.5], 2), ([0.25] * 4, 4), ([0.8, 0.2], 1.4706)]
)
def test_effective_partners_of_known_shares(shares, partners):
    assert exposure.concentration(np.array(shares, float))[1] == pytest.approx(partners, abs=1e-4)


def test_a_supplier_of_a_domain_that_cannot_be_replaced_weighs_more():
    base = random_world(4, regions=3, domains=2, horizons=True)
    weight = domar_weight(base)
    j, d = 1, 0
    stiff = replace(base, theta_short=base.theta_short * np.array([0.25, 1.0]))
    before = exposure.loss_weighted_exposure(base, weight, base.share, 0)
    after = exposure.loss_weighted_exposure(stiff, weight, base.share, 0)
    foreign = exposure.foreign_share(base.share, 0)
    assert np.sign(after[j] - before[j]) == np.sign(foreign[j, d] - before[j])


def test_stops_are_ranked_by_what_they_cost_and_name_foreign_goods_only(base_scene):
    base = base_scene()[0].base
    weight = domar_weight(base)
    for i in range(4):
        stops = exposure.ranked_stops(base, weight, base.share, i, 12)
        assert len(stops) == 12 and len({(s.senders, s.domains) for s in stops}) == 12
        assert all(s.senders != (i,) and base.goods[list(s.domains)].all() and s.withheld == 1 for s in stops)
        sizes = [1 - (1 - base.share[i, s.senders[0], s.domains[0]]) ** (weight / base.theta_short)[i, s.domains[0]]
                 for s in stops]  # fmt: skip
        assert (np.diff(sizes) <= 0).all()


def test_joint_stops_are_every_set_of_partners_once(base_scene):
    base = base_scene()[0].base
    stops = exposure.joint_stops(base, [1, 2, 3])
    assert len(stops) == 7 and len({s.senders for s in stops}) == 7
    assert {len(s.senders) for s in stops} == {1, 2, 3}
    assert all(base.goods[list(s.domains)].all() and len(s.domains) == base.goods.sum() for s in stops)


def test_being_hedged_costs_income_and_not_being_hedged_costs_nothing(base_scene):
    design, scene = base_scene()
    base = design.base
    premium = [exposure.hedging_premium(base, base.tariff, base.hedge_base, scene.adapted, i)
               for i in range(len(base.regions))]  # fmt: skip
    for i, region in enumerate(base.regions):
        assert abs(premium[i]) < 1e-7 if not base.hedge_base[i].any() else premium[i] > 0, region
    more = base.hedge_base.copy()
    jpn, chn, domain = 0, 3, base.domains.index("electronics")
    more[jpn, chn, domain] += 0.5
    assert exposure.hedging_premium(base, base.tariff, more, scene.adapted, jpn) > premium[jpn]
