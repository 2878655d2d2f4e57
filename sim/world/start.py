"""Scenario + policy, values drawn -> Economy, Settings and the base state: where configs become arrays."""

from __future__ import annotations

import numpy as np

from sim.scenario import quarters
from sim.scenario.scenario import Scenario
from sim.scenario.tables import WorldTables, split_world
from sim.world.calendar import commitments
from sim.world.chance import start_shocks
from sim.world.domestic import start_domestic
from sim.world.holdings import start_holdings
from sim.world.params import Array, Economy, economy_from_accounts
from sim.world.priors import conduct_prior, hazard_prior, hostile_events
from sim.world.programmes import start_programmes
from sim.world.settings import Settings, Tastes
from sim.world.start_crises import start_alliance, start_bargaining, start_demands, start_shields


def tables_of(scenario: Scenario) -> WorldTables:
    """The world's accounts, split as the scenario says, with the values of its split."""
    return scenario.tables if scenario.split is None else split_world(scenario.tables, scenario.split)


def elasticity(columns: Array, position: float) -> Array:
    """[domain]: low, central and high column at position 0, 0.5 and 1, linear between."""
    return np.array([np.interp(position, (0.0, 0.5, 1.0), column) for column in columns.T])


def start_economy(scenario: Scenario) -> Economy:
    """The base year with the scenario's elasticities; base mark-ups still zero."""
    tables, trade = tables_of(scenario), scenario.model.trade
    short = elasticity(tables.theta_short, trade.short_run_position.value)
    long = elasticity(tables.theta_long, trade.long_run_position.value)
    return economy_from_accounts(
        regions=tables.regions, domains=tables.domains, goods=tables.goods, flow=tables.flows, tariff=tables.tariff,
        value_added=tables.value_added, io=tables.io, final=tables.final, theta_short=short, theta_long=long,
        final_elasticity=trade.final_elasticity.value, input_elasticity=trade.input_elasticity.value,
        where=f"world {scenario.file.world}", commitment=commitments(tables, scenario.file),
    )  # fmt: skip


def start_settings(scenario: Scenario, base: Economy, act_cost: Array, shields: list[str] | None = None) -> Settings:
    """Every number of a run; tastes are none until they are fitted.

    shields : names of those in force besides the scenario's own"""
    model, beliefs = scenario.model, scenario.model.beliefs
    regions, domains = base.regions, base.domains
    programmes = start_programmes(scenario, base, tables_of(scenario))
    levels = tuple(sorted(level.value for level in scenario.control.levels.values()))
    withholds, holdings = _withholds(scenario, base), start_holdings(scenario, base)
    first = quarters.first_day(quarters.number(scenario.file.start))
    seen = hostile_events(scenario.tables.events, scenario.event_map, regions, first.isoformat())
    actors, years = list(scenario.file.actors), beliefs.prior_years.value
    return Settings(
        renewal=model.trade.contract_renewal.value,
        horizon=int(model.horizon.quarters.value), discount=model.horizon.discount.value,
        nodes=tuple(model.horizon.nodes),
        impact_weight={k: v.value for k, v in model.horizon.impact_weight.items()},
        shortlist=model.horizon.shortlist, margin=model.horizon.margin.value,
        agenda=model.choice.agenda.value, precision=model.choice.precision.value,
        shock_sd=model.choice.shock_sd.value, shock_persistence=model.choice.shock_persistence.value,
        act_cost=act_cost,
        norm_curvature=model.norm.curvature.value, reciprocity=model.norm.reciprocity.value,
        norm_factor=_by_region(scenario.file.changes.norm_factor, regions, 1.0),
        producer_weight=_producers(scenario, base), tariff_value=_tariff_value(scenario, base),
        control_value=_control_value(scenario, base),
        half_life=beliefs.half_life.value, third_party=beliefs.third_party_discount.value, prior_years=years,
        hazard_prior=hazard_prior(seen, regions, actors, years),
        conduct_prior=conduct_prior(
            seen, regions, domains, actors, withholds, len(levels), beliefs.conduct_weight.value, holdings
        ),
        conduct_weight=beliefs.conduct_weight.value,
        retaliation_prior=np.full(len(regions), beliefs.retaliation.value),
        retaliation_weight=beliefs.retaliation_weight.value, counter_answer=beliefs.counter_answer.value,
        rollback=beliefs.rollback_compliance.value, episode_years=beliefs.episode_years.value,
        risk_aversion=beliefs.risk_aversion.value,
        tariff_bound=scenario.tariff.upper_bound.value, market_tariff=float(np.median(scenario.tariff.raise_steps)),
        levels=levels, imposing_cost=scenario.control.imposing_cost.value,
        lifting_cost=scenario.control.lifting_cost.value, cooling_off=int(scenario.control.cooling_off.value),
        withholds=withholds, lever=_levers(scenario, base),
        hedge_bound=scenario.hedge.upper_bound.value, build_quarters=int(scenario.hedge.build_quarters.value),
        fixed_cost=scenario.hedge.fixed_cost.value, running_cost=scenario.hedge.running_cost.value,
        hedge_decay=scenario.hedge.decay.value,
        hedge_cap=model.calibration.hedge_cap.value, min_flow_tariff=model.calibration.min_flow_tariff.value,
        min_flow_small=model.calibration.min_flow_small.value,
        tastes=Tastes.none(len(regions), len(domains), len(programmes)), shocks=start_shocks(scenario, base),
        bargaining=start_bargaining(scenario), demands=start_demands(scenario, base),
        shields=start_shields(scenario, base, [*scenario.file.shields, *(shields or [])]),
        alliance=start_alliance(scenario, base), domestic=start_domestic(scenario, base),
        programmes=programmes, programme_horizon=int(model.programmes.horizon.value),
        programme_nodes=tuple(model.programmes.nodes),
        review=int(model.programmes.review.value), refill=model.programmes.refill.value,
        stock_goal=start_stock(scenario, base), holdings=holdings,
    )  # fmt: skip


def start_stock(scenario: Scenario, base: Economy) -> Array:
    """[importer, domain], quarters of use in store."""
    stock = np.zeros((len(base.regions), len(base.domains)))
    for code, region in scenario.regions.items():
        for domain, cover in region.stock_cover.items():
            stock[base.regions.index(code), base.domains.index(domain)] = cover.value
    return stock


def _by_region(values: dict, regions: tuple[str, ...], default: float) -> Array:
    return np.array([values[code].value if code in values else default for code in regions])


def _withholds(scenario: Scenario, base: Economy) -> Array:
    out = np.zeros((len(base.regions), len(base.domains)), dtype=bool)
    for code in scenario.file.actors:
        for domain in scenario.regions[code].withholds:
            if domain in base.domains:
                out[base.regions.index(code), base.domains.index(domain)] = True
    return out


def _levers(scenario: Scenario, base: Economy) -> Array:
    out = np.full(len(base.regions), -1)
    for code in scenario.file.actors:
        lever = scenario.regions[code].lever
        if lever in base.domains:
            out[base.regions.index(code)] = base.domains.index(lever)
    return out


def _producers(scenario: Scenario, base: Economy) -> Array:
    out = np.zeros((len(base.regions), len(base.domains)))
    for code, region in scenario.regions.items():
        weights = dict(region.producer_weights) | scenario.file.changes.producer_weights.get(code, {})
        for domain, weight in weights.items():
            out[base.regions.index(code), base.domains.index(domain)] = weight.value
    return out


def _tariff_value(scenario: Scenario, base: Economy) -> Array:
    out = np.zeros((len(base.regions), 2))
    for code, value in scenario.file.changes.tariff_value.items():
        out[base.regions.index(code)] = value.linear.value, value.curvature.value
    return out


def _control_value(scenario: Scenario, base: Economy) -> Array:
    out = np.zeros((len(base.regions), len(base.regions), len(base.domains)))
    for sender, values in scenario.file.changes.control_value.items():
        for item in values:
            for target in item.targets:
                for domain in (one for one in item.domains if one in base.domains):  # the others are stock domains
                    cell = base.regions.index(sender), base.regions.index(target), base.domains.index(domain)
                    out[cell] = item.value.value
    return out
