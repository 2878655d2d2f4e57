"""The shipped small world: sums and balances of the base world, what it leaves out, runs that are the same anyhow."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.batch import compare
from sim.errors import ScenarioError
from sim.run import simulate
from sim.scenario.load import check_policy, configs_root, load_policy, load_scenario, names, policies_that_fit
from sim.scenario.sample import quantities, sample
from sim.scenario.tables import Schedule, balance_error
from sim.studies.aggregate import aggregated, groups_of, main, schedule

SMALL = configs_root() / "worlds" / "small"
POLICIES = ["status_quo", "alliance_first"]


@pytest.fixture(scope="module")
def small():
    return load_scenario("small_rivalry")


@pytest.fixture(scope="module")
def large():
    return load_scenario("baseline").cut


@pytest.fixture(scope="module")
def groups(large):
    return groups_of(SMALL, large)


def members(groups, axis, name):
    """Positions in the base world of what a name sums up."""
    codes, matrix = (groups.regions, groups.of_region) if axis == "region" else (groups.domains, groups.of_domain)
    return np.flatnonzero(matrix[codes.index(name)])


def test_the_tables_are_those_that_the_script_makes(tmp_path, monkeypatch):
    for name in ("regions.csv", "domains.csv"):
        (tmp_path / name).write_bytes((SMALL / name).read_bytes())
    monkeypatch.setattr("sys.argv", ["aggregate", str(tmp_path), "--split", "chokepoint_minerals"])
    main()
    for kept in SMALL.glob("*.csv"):
        assert (tmp_path / kept.name).read_bytes() == kept.read_bytes(), f"{kept.name}: run sim.studies.aggregate again"


def test_the_accounts_balance(small):
    assert np.abs(balance_error(small.cut)).max() < 1e-9
    np.testing.assert_allclose(small.cut.value_added + small.cut.io.sum(axis=1), 1, atol=1e-9)


def test_flows_and_duties_are_sums_of_the_base_worlds(small, large, groups):
    tables = small.cut
    assert tables.flows.sum() == pytest.approx(large.flows.sum(), rel=1e-10)
    for i, importer in enumerate(tables.regions):
        for j, exporter in enumerate(tables.regions):
            for k, domain in enumerate(tables.domains):
                cells = np.ix_(members(groups, "region", importer), members(groups, "region", exporter),
                               members(groups, "domain", domain))  # fmt: skip
                assert tables.flows[i, j, k] == pytest.approx(large.flows[cells].sum(), rel=1e-9)
                duties = (large.tariff * large.flows)[cells].sum()
                if i != j:
                    assert tables.tariff[i, j, k] * tables.flows[i, j, k] == pytest.approx(duties, rel=1e-9, abs=1e-9)


def test_incomes_are_sums_but_for_duties_among_the_members_of_the_rest(small, large, groups):
    """Those bear no home sale any more: a part of them is value added, the rest leaves income and spending."""

    def income(tables):
        output = tables.flows.sum(axis=0)
        return (tables.value_added * output).sum(axis=1), (tables.tariff * tables.flows).sum(axis=(1, 2))

    added, _ = income(small.cut)
    before, _ = income(large)
    for r, region in enumerate(small.cut.regions):
        inside = members(groups, "region", region)
        inner = (large.tariff * large.flows)[np.ix_(inside, inside)].sum()
        gained = added[r] - before[inside].sum()
        assert (gained == pytest.approx(0, abs=1e-3)) if len(inside) == 1 else (0 < gained < inner)
        assert gained < 0.004 * added[r]


def test_a_schedule_keeps_what_it_adds_and_turns_floors_into_the_rate_they_leave(large, groups):
    i, j = (large.regions.index(code) for code in ("USA", "JPN"))
    at = members(groups, "domain", "other_goods")[:2]
    weight = large.flows[i, j][members(groups, "domain", "other_goods")]
    basis, rate = np.full(large.flows.shape, "", "<U5"), np.full(large.flows.shape, np.nan)
    basis[i, j, at], rate[i, j, at] = "add", 0.1
    cell = groups.regions.index("USA"), groups.regions.index("JPN"), groups.domains.index("other_goods")
    made = schedule(Schedule(basis, rate), large, groups)
    assert made.basis[cell] == "add" and (made.basis != "").sum() == 1
    assert made.rate[cell] == pytest.approx(0.1 * weight[:2].sum() / weight.sum())
    basis[i, j, at[0]], rate[i, j, at[0]] = "floor", 0.0  # below the base rate: it leaves that
    made = schedule(Schedule(basis, rate), large, groups)
    left = large.tariff[i, j][members(groups, "domain", "other_goods")] + [0, 0.1, 0, 0, 0]
    assert made.basis[cell] == "set" and made.rate[cell] == pytest.approx((left * weight).sum() / weight.sum())


def test_a_region_in_two_groups_or_in_none_is_named(tmp_path, large):
    text = (SMALL / "regions.csv").read_text()
    (tmp_path / "domains.csv").write_bytes((SMALL / "domains.csv").read_bytes())
    for changed in (text.replace("GBR ", ""), text.replace("USA,United States,USA", "USA,United States,USA GBR")):
        (tmp_path / "regions.csv").write_text(changed)
        with pytest.raises(ValueError, match="regions.csv, members.*GBR"):
            groups_of(tmp_path, large)


def test_one_group_a_region_and_domain_gives_the_world_itself(large, groups):
    every = replace(groups, regions=large.regions, domains=large.domains, of_region=np.eye(len(large.regions)),
                    of_domain=np.eye(len(large.domains)))  # fmt: skip
    again = aggregated(large, every)
    for name in ("flows", "tariff", "io", "value_added", "theta_long", "theta_short"):
        np.testing.assert_allclose(getattr(again, name), getattr(large, name), rtol=1e-9, atol=1e-12, err_msg=name)


def test_what_the_world_does_not_have_is_left_out_and_names_stay_checked(small, tmp_path):
    assert not {"hormuz", "malacca", "taiwan_strait", "election_europe"} & set(small.shocks)
    assert {"energy_price", "election_japan"} <= set(small.shocks) and "EU27" not in small.alliance.allies
    assert set(small.shields) == {"economic_security_act"} and set(small.programmes) == {"alaska_lng", "us_gulf_lng"}
    assert set(small.tariff.groups) == {"goods", "technology"} and small.regions["CHN"].lever == "chokepoint_minerals"
    assert "machinery" not in small.regions["USA"].withholds and "farmers" not in small.groups["JPN"].groups
    assert not [name for name in quantities(small) if any(code in name for code in ("EU27", "GULF", "RUS"))]
    text = (configs_root() / "scenarios" / "small_rivalry.yaml").read_text("utf-8")
    (tmp_path / "small_rivalry.yaml").write_text(text.replace("targets: [JPN, CHN]", "targets: [JPN, EU27]"))
    with pytest.raises(ScenarioError, match="is 'EU27', no region"):
        load_scenario(tmp_path / "small_rivalry.yaml")


def test_policies_of_absent_places_are_refused_by_name_and_the_others_fit(small):
    assert policies_that_fit(small) == ["adaptive", "alliance_first", "status_quo"]
    assert policies_that_fit(load_scenario("baseline")) == names("policy")
    with pytest.raises(ScenarioError, match="policy eu_hedge: open.tariff_cut.0 is 'EU27', no region"):
        check_policy(small, load_policy("eu_hedge"))


def test_a_row_of_a_batch_has_the_bits_of_a_run_alone(small):
    batch = compare(small, POLICIES, seed=5, runs=2, quarters=2, workers=1)
    for policy, k in (("alliance_first", 1), ("status_quo", 0)):
        values = sample(small, load_policy(policy), 5, 2)[k]
        alone = simulate(small, policy, 5, run=k, values=values, quarters=2).portfolio
        mine = batch.portfolio[(batch.portfolio.policy == policy) & (batch.portfolio.run == k)]
        mine = mine.drop(columns=["policy", "run", "draw", "luck"])
        key = ["quarter", "region", "partner", "domain", "measure"]
        one, two = (t.sort_values(key, kind="stable", ignore_index=True)[sorted(t)] for t in (mine, alone))
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_there_are_tariffs_hedges_threats_and_their_answers_in_it(small):
    made = simulate(small, "alliance_first", 7, quarters=6).moves
    assert {"tariff", "hedge", "threat", "answer"} <= set(made.instrument)
    assert {"JPN", "USA", "CHN"} <= set(made.actor)
