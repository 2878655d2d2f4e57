"""The dated tariffs of 2025: the shares behind the rates, and what they come to a quarter.

The reading of the calendar here is written apart from the engine's, day by day."""

import datetime as dt

import numpy as np
import pytest

from sim.scenario import quarters
from sim.scenario.load import load_scenario

NAME = "tariffs_2025"
OUTSIDE = ("JPN", "EU27", "GBR", "KOR", "TWN", "ASEAN", "AUS", "GULF", "ROW")


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(NAME)


def rates_on(scenario, day):
    """Rates in force on a day: base rates, then each entry in force, in the order of the file."""
    tables = scenario.cut
    rate = tables.tariff.copy()
    for entry in scenario.file.calendar:
        if not entry.since <= day or (entry.until is not None and day >= entry.until):
            continue
        for rule in entry.rules:
            for i, importer in enumerate(tables.regions):
                for j, exporter in enumerate(tables.regions):
                    if i == j or not (rule.importer == "all" or importer in rule.importer):
                        continue
                    if not (rule.exporter == "all" or exporter in rule.exporter):
                        continue
                    for d, domain in enumerate(tables.domains):
                        if tables.goods[d] and (rule.domain == "all" or domain in rule.domain):
                            rate[i, j, d] = after(tables, rule, rate[i, j, d], (i, j, d))
    return rate


def after(tables, rule, rate, cell):
    if rule.add is not None:
        return rate + rule.add
    if rule.set is not None:
        return rule.set
    if rule.floor is not None:
        return max(rate, rule.floor)
    if rule.like is not None:
        pair = tables.regions.index(rule.like["importer"]), tables.regions.index(rule.like["exporter"])
        return tables.tariff[(*pair, cell[2])]
    schedule = tables.schedules[rule.schedule]
    found = schedule.rate[cell] * rule.scale
    return {
        "": rate,
        "add": rate + found,
        "floor": max(rate, found),
        "set": found,
    }[schedule.basis[cell]]


@pytest.fixture(scope="module")
def days(scenario):
    """Rates on each day on which they change."""
    marks = {entry.since for entry in scenario.file.calendar}
    marks |= {entry.until for entry in scenario.file.calendar if entry.until is not None}
    marks |= {dt.date(2025, month, 1) for month in (1, 4, 7, 10)}
    return {day: rates_on(scenario, day) for day in sorted(marks)}


@pytest.fixture(scope="module")
def mean_us_tariff(scenario, days):
    """Percent by (exporter, quarter): day-weighted, over goods at base flows."""
    tables = scenario.cut
    usa, starts = tables.regions.index("USA"), sorted(days)
    result = {}
    for count in range(quarters.number("2025Q1"), quarters.number("2026Q1")):
        day, total, length = quarters.first_day(count), 0.0, 0
        while day < quarters.first_day(count + 1):
            total = total + days[max(start for start in starts if start <= day)]
            day, length = day + dt.timedelta(1), length + 1
        for j, exporter in enumerate(tables.regions):
            if j != usa:
                weight = tables.flows[usa, j, tables.goods]
                mean = (total / length)[usa, j, tables.goods] @ weight / weight.sum()
                result[exporter, quarters.label(count)] = 100 * mean
    return result


def path(mean_us_tariff, exporter):
    return [mean_us_tariff[exporter, f"2025Q{n}"] for n in (1, 2, 3, 4)]


def test_the_tariff_on_japan_rises_and_settles_near_the_deal(mean_us_tariff):
    first, second, third, fourth = path(mean_us_tariff, "JPN")
    assert first < 3
    assert 15 < second < 18 and 15 < third < 18  # ten per cent and cars at 25 on top, until September
    assert 12 < fourth < 15  # 15 per cent all-in, less what is exempt


def test_the_tariff_on_the_eu_rises_to_its_deal(mean_us_tariff):
    first, second, third, fourth = path(mean_us_tariff, "EU27")
    assert first < 3 < second < third < fourth < 16


def test_the_tariff_on_china_peaks_in_the_second_quarter(mean_us_tariff):
    first, second, third, fourth = path(mean_us_tariff, "CHN")
    assert second == max(first, second, third, fourth) > 60
    assert second > third > fourth > first > 10  # the duties of 2018-19 are in the base year


def test_the_mean_rate_is_that_of_the_sources(scenario, days):
    """25 per cent in April and 15 in autumn, base world notes on the schedules."""
    tables = scenario.cut
    usa = tables.regions.index("USA")
    weight = tables.flows[usa][:, tables.goods].copy()
    weight[usa] = 0
    for day, expected in ((dt.date(2025, 4, 5), 25), (dt.date(2025, 11, 14), 15)):
        mean = (days[day][usa][:, tables.goods] * weight).sum() / weight.sum()
        assert 100 * mean == pytest.approx(expected, abs=1)


def test_china_is_never_cheaper_than_japan(mean_us_tariff):
    assert all(c > j for c, j in zip(path(mean_us_tariff, "CHN"), path(mean_us_tariff, "JPN"), strict=True))


def test_the_schedules_stand_alone_on_their_days(scenario, days):
    """No duty is counted twice: on its own days a cell holds the base rate and the schedule, nothing else."""
    tables = scenario.cut
    usa, china = tables.regions.index("USA"), tables.regions.index("CHN")
    april = tables.schedules["apr2025_effective"].rate[usa]
    on_april_7 = days[dt.date(2025, 4, 5)][usa]
    named = ~np.isnan(april)
    np.testing.assert_allclose(on_april_7[named], (tables.tariff[usa] + april)[named], atol=1e-12)
    autumn = tables.schedules["autumn2025_effective"]
    in_december = days[dt.date(2025, 11, 14)][usa]
    expected = np.where(
        autumn.basis[usa] == "add",
        tables.tariff[usa] + autumn.rate[usa],
        np.maximum(tables.tariff[usa], autumn.rate[usa]),
    )
    named = autumn.basis[usa] != ""
    np.testing.assert_allclose(in_december[named], expected[named], atol=1e-12)
    peak = tables.schedules["peak_apr2025"].rate
    for cell in ((usa, china), (china, usa)):
        goods = ~np.isnan(peak[cell])
        on_may_1 = days[dt.date(2025, 4, 9)][cell]
        np.testing.assert_allclose(on_may_1[goods], (tables.tariff[cell] + peak[cell])[goods], atol=1e-12)
    truce = days[dt.date(2025, 5, 14)][china, usa]
    np.testing.assert_allclose((truce - tables.tariff[china, usa])[tables.goods], 0.1, atol=1e-12)


def shares(scenario, exporter):
    """w, s, c and e of the comment in the file, solved from the schedules."""
    tables = scenario.cut

    def rate(schedule, domain):
        cell = tables.regions.index("USA"), tables.regions.index(exporter), tables.domains.index(domain)
        return tables.schedules[schedule].rate[cell]

    fentanyl = 0.2 if exporter == "CHN" else 0.0
    april = rate("apr2025_statutory", "metals_chemicals") - fentanyl
    autumn = rate("autumn2025_statutory", "metals_chemicals")
    cars = (rate("apr2025_effective", "transport_equipment") - fentanyl - april) / (0.25 - april)
    one = rate("apr2025_effective", "metals_chemicals") - fentanyl
    two = rate("autumn2025_effective", "metals_chemicals")
    metals, covered = np.linalg.solve([[0.25, april], [0.5, autumn]], [one, two])
    electronics = rate("autumn2025_effective", "electronics") / rate("autumn2025_statutory", "electronics")
    return cars, metals, covered, electronics


@pytest.mark.parametrize("exporter", OUTSIDE)
def test_the_baseline_of_ten_per_cent_follows_from_the_schedules(scenario, days, exporter):
    tables = scenario.cut
    usa, j = tables.regions.index("USA"), tables.regions.index(exporter)
    added = dict(zip(tables.domains, (days[dt.date(2025, 4, 9)] - tables.tariff)[usa, j], strict=True))
    cars, metals, covered, electronics = shares(scenario, exporter)
    assert added["machinery"] == added["agriculture_food"] == pytest.approx(0.10)
    assert added["energy"] == added["chokepoint_minerals"] == added["battery_minerals"] == 0
    # Japan's own schedule for cars has w = .913, its April rate w = .910
    assert added["transport_equipment"] == pytest.approx(0.25 * cars + 0.10 * (1 - cars), abs=1e-3)
    assert added["electronics"] == pytest.approx(0.10 * electronics, abs=5e-4)
    if exporter == "EU27":  # its autumn rate holds pharmaceuticals: s is assumed, c follows from April
        metals, covered = 0.065, (0.0724 - 0.25 * 0.065) / 0.2
    assert added["metals_chemicals"] == pytest.approx(0.25 * metals + 0.10 * covered, abs=5e-4)


def test_the_truce_with_china_follows_from_the_schedules(scenario, days):
    tables = scenario.cut
    usa, china = tables.regions.index("USA"), tables.regions.index("CHN")
    added = dict(zip(tables.domains, (days[dt.date(2025, 6, 4)] - tables.tariff)[usa, china], strict=True))
    cars, metals, covered, electronics = shares(scenario, "CHN")
    assert added["machinery"] == pytest.approx(0.30)
    assert added["energy"] == pytest.approx(0.20)
    assert added["transport_equipment"] == pytest.approx(0.20 + 0.25 * cars + 0.10 * (1 - cars), abs=5e-4)
    assert added["electronics"] == pytest.approx(0.20 + 0.10 * electronics, abs=5e-4)
    assert added["metals_chemicals"] == pytest.approx(0.20 + 0.50 * metals + 0.10 * covered, abs=5e-4)


def test_the_roll_back_raises_what_the_agreement_cut():
    scenario = load_scenario("epa_rollback")
    tables = scenario.cut
    change = rates_on(scenario, dt.date(2027, 1, 1)) - tables.tariff
    japan, union = tables.regions.index("JPN"), tables.regions.index("EU27")
    assert (change[japan, union] >= 0).all() and (change[union, japan] >= 0).all()
    assert change[union, japan].max() > 0.05
    change[japan, union] = change[union, japan] = 0
    assert (change == 0).all()
