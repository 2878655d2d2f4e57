"""Scenario -> what crises need: demands, private values, shields in force, the alliance."""

from __future__ import annotations

import numpy as np

from sim.scenario import bargaining as spec
from sim.scenario import quarters
from sim.scenario.scenario import Scenario
from sim.world.crisis import Alliance, Bargaining, DatedThreat, Demand, Punishment, Shield, no_alliance
from sim.world.params import Economy

DAYS_A_QUARTER = 365.25 / 4


def start_bargaining(scenario: Scenario) -> Bargaining:
    """Numbers of an episode."""
    threat, beliefs, fitted = scenario.threat, scenario.model.beliefs, scenario.bargaining
    return Bargaining(
        price_median=fitted.price_median.value, price_spread=threat.price_spread.value,
        audience_median=fitted.audience_median.value, audience_spread=threat.audience_spread.value,
        audience_half_life=threat.audience_half_life.value, climb_down=threat.climb_down.value,
        deadline=int(threat.deadline.value), cooling_off=int(threat.cooling_off.value),
        carry_weight=beliefs.carry_weight.value,
        kept_word=beliefs.kept_word.value, kept_weight=beliefs.kept_weight.value,
    )  # fmt: skip


def start_demands(scenario: Scenario, base: Economy) -> tuple[Demand, ...]:
    """Every demand that a scenario lets some sender make, one a target."""
    return tuple(
        demand(scenario, base, sender, target, stake.demand, stake.value.value, stake.by, stake.schedule)
        for sender, stakes in scenario.file.changes.demands.items()
        for stake in stakes
        for target in stake.targets
    )


def dated_threats(scenario: Scenario, base: Economy) -> tuple[DatedThreat, ...]:
    """Threats of the calendar, in file order.

    What a demand is worth to its sender is the scenario's stake in it; without one, nothing."""
    begin, out = quarters.number(scenario.file.start), []
    for entry in scenario.file.calendar:
        for rule in entry.threats:
            stakes = scenario.file.changes.demands.get(rule.sender, [])
            value = next((s.value.value for s in stakes if s.demand == rule.demand and rule.target in s.targets), 0.0)
            of = demand(scenario, base, rule.sender, rule.target, rule.demand, value, [rule.by])
            end = -1 if entry.until is None else quarters.of_day(entry.until) - begin
            step = quarters.of_day(entry.since) - begin
            out.append(DatedThreat(step, of, of.by[0], rule.opening == "executed", rule.outcome or "", end))
    return tuple(out)


def demand(scenario: Scenario, base: Economy, sender: str, target: str, name: str, value: float,
           by: list[spec.Punishment], schedule: bool = False) -> Demand:  # fmt: skip
    """One demand of one sender on one target."""
    asked = scenario.threat.demands[name]
    domains: tuple[int, ...] = ()
    size = 0.0
    if isinstance(asked, spec.PurchaseDemand):
        domains, size = tuple(base.domains.index(d) for d in asked.domains), asked.size.value
    elif isinstance(asked, spec.OutlaysDemand):
        size = asked.reach.value
    elif isinstance(asked, spec.CutDemand):
        domains, size = tuple(int(d) for d in np.flatnonzero(base.goods)), asked.keep.value
    return Demand(name, asked.type, asked.title, base.regions.index(sender), base.regions.index(target), domains, size,
                  value, tuple(punishment(scenario, base, one) for one in by), schedule)  # fmt: skip


def punishment(scenario: Scenario, base: Economy, of: spec.Punishment) -> Punishment:
    """A tariff on a group of goods, or a control of one domain, traded or stock."""
    if of.instrument == "tariff":
        named = scenario.tariff.groups.get(of.what, [of.what])
        goods = [d for d in base.domains if base.goods[base.domains.index(d)]]
        domains = tuple(base.domains.index(d) for d in (goods if of.what == "goods" else named))
        return Punishment(f"tariff {of.what} {100 * of.points:g}", "tariff", domains, of.what, of.points)
    if of.what in scenario.denial.domains:
        share, at = scenario.denial.domains[of.what].levels[of.level].value, list(scenario.denial.domains)
        return Punishment(f"{of.level} {of.what}", "control", (), of.what, share, at.index(of.what))
    level = scenario.control.levels[of.level].value
    return Punishment(f"{of.level} {of.what}", "control", (base.domains.index(of.what),), of.what, level)


def start_shields(scenario: Scenario, base: Economy, named: list[str]) -> tuple[Shield, ...]:
    """The shields in force, in the order named."""
    return tuple(_shield(scenario.shields[name], base) for name in dict.fromkeys(named))


def _shield(file: spec.ShieldFile, base: Economy) -> Shield:
    cover = np.zeros(len(base.domains))
    for domain, kept in file.reserve.cover.items() if file.reserve else ():
        cover[base.domains.index(domain)] = kept.value
    members = tuple(base.regions.index(code) for code in file.members)
    answer, reserve = file.answer, file.reserve
    return Shield(
        file.name, file.title, members, answer.delay.value / DAYS_A_QUARTER if answer else np.inf,
        answer.resolve.value if answer else 0.0, answer.size.value if answer else 0.0, cover,
        reserve.build_quarters.value if reserve else 1.0, reserve.carrying_cost.value if reserve else 0.0,
    )  # fmt: skip


def start_alliance(scenario: Scenario, base: Economy) -> Alliance:
    """Who protects whom; none when the protector is no region of the world."""
    file = scenario.alliance
    if file.protector not in base.regions:
        return no_alliance(len(base.regions))
    empty = no_alliance(len(base.regions))
    protector, outlays, trusted = empty.protector.copy(), empty.outlays.copy(), empty.credibility.copy()
    for code, ally in file.allies.items():
        if code in base.regions:
            k = base.regions.index(code)
            protector[k] = base.regions.index(file.protector)
            outlays[k], trusted[k] = ally.outlays.value, ally.credibility.value
    return Alliance(
        protector, outlays, trusted, tuple(base.regions.index(c) for c in file.rivals if c in base.regions),
        file.weight.value, file.outlay_gain.value, file.provocation.value, file.defiance.value, file.entrapment.value,
    )  # fmt: skip
