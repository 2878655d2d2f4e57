"""What config files must say about each other: names that exist, dates inside the run, levers that are held.

Each check returns sentences with file and key; nothing is raised or changed here. Names of domains are translated
in `fit.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from sim.errors import Problem
from sim.scenario import quarters
from sim.scenario.bargaining import ControlRule, Punishment, ThreatRule
from sim.scenario.fit import Fit
from sim.scenario.reading import suggestion
from sim.scenario.scenario import Scenario
from sim.scenario.schema import (
    ActivityFile,
    EventMap,
    HedgeCommitment,
    Openings,
    PolicyFile,
    RegionFile,
    TariffInstrument,
    TariffRule,
)
from sim.scenario.shocks import ElectionEffect, GovernmentEffect, ShockFile
from sim.scenario.turns import turn_problems

# --- regions, instruments, model ------------------------------------------------------------------


def region_problems(region: RegionFile, file: str, domains: dict) -> list[Problem]:
    """A region alone: its domains exist and are traded, it can withhold its lever, its strategy exists."""
    traded = [code for code, one in domains.items() if one.type == "traded"]
    stock = [code for code, one in domains.items() if one.type == "stock"]
    problems = _unknown(file, "withholds", region.withholds, traded, "traded domain")
    problems += _unknown(file, "denies", region.denies, stock, "stock domain") + _twice(file, "denies", region.denies)
    problems += _unknown(file, "producer_weights", region.producer_weights, traded, "traded domain", keys=True)
    problems += _unknown(file, "stock_cover", region.stock_cover, traded, "traded domain", keys=True)
    if region.lever is not None and region.lever not in region.withholds:
        valid = ", ".join(region.withholds) or "empty, since withholds is"
        problems.append(Problem.value(file, "lever", region.lever, f"in withholds: {valid}"))
    strategies = strategy_names()
    if strategies and region.strategy not in strategies:
        hint = suggestion(region.strategy, strategies)
        own = "a rule of your own, or one with options, is named on the command line with --strategy"
        valid = f"one of {', '.join(strategies)} ({own});{hint}".rstrip(";")
        problems.append(Problem.value(file, "strategy", region.strategy, valid))
    return problems


def strategy_names() -> list[str]:
    """The strategies that the package ships, by file; none are imported here."""
    folder = Path(__file__).resolve().parent.parent / "strategies"
    return sorted(p.stem for p in folder.glob("*.py") if p.stem not in ("__init__", "base") and p.stem[0] != "_")


def instrument_problems(record, file: str, regions: Collection[str], domains: Collection[str]) -> list[Problem]:
    """Names inside an instrument or the model file."""
    if isinstance(record, TariffInstrument):
        return [
            problem
            for group, members in record.groups.items()
            for problem in _unknown(file, f"groups.{group}", members, domains, "traded domain")
        ]
    if record.kind != "model":
        return []
    return [
        Problem.value(file, f"{key}.nodes", nodes, "rising whole numbers that start at 0")
        for key, nodes in (("horizon", record.horizon.nodes), ("programmes", record.programmes.nodes))
        if nodes != sorted(set(nodes)) or nodes[0] != 0
    ]


def shock_problems(shock: ShockFile, file: str, regions: Collection[str], domains: Collection[str]) -> list[Problem]:
    """The regions and domains that a random shock hits exist, and it hits some pair of two."""
    problems = []
    for number, one in enumerate(shock.effects):
        key = f"effects.{number}"
        if isinstance(one, GovernmentEffect | ElectionEffect):
            problems += _unknown(file, f"{key}.actor", [one.actor], regions, "region", single=True)
            continue
        problems += _selection(file, f"{key}.exporters", one.exporters, regions, "region")
        problems += _selection(file, f"{key}.importers", one.importers, regions, "region")
        problems += _selection(file, f"{key}.domains", one.domains, domains, "traded domain")
        sides = [regions if side == "all" else side for side in (one.exporters, one.importers)]
        if not one.domains or not any(j != i for j in sides[0] for i in sides[1]):
            problems.append(Problem(file, key, "hits nothing; must name domains, and an exporter and another importer"))
    return problems


def event_map_problems(names: EventMap, file: str, regions: Collection[str], domains: Collection[str]) -> list[Problem]:
    """The record's names lead to regions and domains that exist."""
    problems = _unknown(file, "everyone", [names.everyone], regions, "region", single=True)
    for code, region in names.regions.items():
        problems += _unknown(file, f"regions.{code}", [region], regions, "region", single=True)
    valid = [*domains, "tariff"]
    for code, domain in names.domains.items():
        problems += _unknown(file, f"domains.{code}", [domain], valid, "traded domain", single=True)
    return problems


def activity_problems(record: ActivityFile, file: str, regions: Collection[str]) -> list[Problem]:
    """The regions whose costs of acting are given exist."""
    return _unknown(file, "act_cost", record.act_cost, regions, "region", keys=True)


# --- policies -------------------------------------------------------------------------------------


def policy_problems(policy: PolicyFile, file: str, regions: Collection[str], domains: Collection[str]) -> list[Problem]:
    """A policy's regions and domains exist."""
    problems = _openings(policy.open, file, "open", regions)
    problems += _unknown(file, "never_answers", policy.never_answers, regions, "region")
    for number, one in enumerate(policy.commitments):
        if one.type == "programme":
            continue  # see programme_checks.py
        key = f"commitments.{number}"
        side = "supplier" if isinstance(one, HedgeCommitment) else "partner"
        partner = getattr(one, side)
        problems += _unknown(file, f"{key}.{side}", [partner], regions, "region", single=True)
        problems += _selection(file, f"{key}.domains", one.domains, domains, "traded domain")
    return problems


def policy_fit_problems(scenario: Scenario, policy: PolicyFile, file: str) -> list[Problem]:
    """A policy's partners are not the focus, its dates not before the run, its hedges below the bound."""
    problems, focus = [], scenario.file.focus
    for number, one in enumerate(policy.commitments):
        key = f"commitments.{number}"
        hedges = isinstance(one, HedgeCommitment)
        if quarters.number(one.start) < quarters.number(scenario.file.start):
            valid = f"{scenario.file.start}, the first quarter of {scenario.file.name}, or later"
            problems.append(Problem.value(file, f"{key}.start", one.start, valid))
        if one.type == "programme":
            continue
        if (one.supplier if hedges else one.partner) == focus:
            side = "supplier" if hedges else "partner"
            problems.append(Problem.value(file, f"{key}.{side}", focus, f"a partner, not the focus {focus} itself"))
        if hedges and one.size.value > scenario.hedge.upper_bound.value:
            bound = f"at most {scenario.hedge.upper_bound.value:g}, the catalogue's upper_bound"
            problems.append(Problem.value(file, f"{key}.size.value", one.size.value, bound))
    return problems


# --- scenarios ------------------------------------------------------------------------------------


def scenario_problems(scenario: Scenario, file: str, root: str, fit: Fit) -> list[Problem]:
    """Everything that the files of a scenario say about each other."""
    spec, tables = scenario.file, scenario.cut
    problems = [
        Problem(
            file,
            "world",
            f"is {spec.world!r}, which has {code}, but no file in {root}/{folder} has that code",
        )
        for folder, codes, found in (
            ("regions", tables.regions, scenario.regions),
            ("domains", tables.domains, scenario.domains),
        )
        for code in codes
        if code not in found
    ]
    problems += _unknown(file, "focus", [spec.focus], tables.regions, "region", single=True)
    problems += _unknown(file, "actors", spec.actors, tables.regions, "region")
    problems += _twice(file, "actors", spec.actors)
    if spec.focus not in spec.actors:
        problems.append(Problem.value(file, "focus", spec.focus, f"among the actors: {', '.join(spec.actors)}"))
    for number, code in enumerate(spec.actors):
        if code in scenario.regions and not scenario.regions[code].actor:
            valid = f"a region that chooses; {root}/regions/{code.lower()}.yaml says actor: false"
            problems.append(Problem.value(file, f"actors.{number}", code, valid))
    problems += _openings(spec.open, file, "open", tables.regions)
    problems += _free_from(spec, file)
    problems += turn_problems(spec.turns, file, spec.start, spec.quarters, spec.actors)
    problems += _values(spec, file)
    problems += _selection(file, "shocks", spec.shocks, list(scenario.shocks), "random shock")
    for name, shock in scenario.shocks.items():
        problems += shock_problems(shock, f"{root}/shocks/{name}.yaml", tables.regions, tables.domains)
    problems += _departures(scenario, file)
    problems += _calendar(scenario, file)
    goods = {code for code, good in zip(tables.domains, tables.goods, strict=True) if good}
    for code, domain in scenario.domains.items():
        if domain.type != "traded" or domain.goods != (code in goods):
            found = f"type {domain.type}, goods {str(domain.goods).lower()}"
            message = f"is {found}; the world's domains.csv has it traded, goods {str(code in goods).lower()}"
            problems.append(Problem(f"{root}/domains/{code}.yaml", "goods", message))
    problems += instrument_problems(scenario.tariff, f"{root}/instruments/tariff.yaml", fit.regions, fit.known)
    problems += instrument_problems(scenario.model, f"{root}/model.yaml", fit.regions, fit.known)
    events = f"{root}/worlds/{spec.world}/event_map.yaml"
    problems += event_map_problems(scenario.event_map, events, fit.regions, fit.domains)
    return problems


def _free_from(spec, file: str) -> list[Problem]:
    if spec.free_from is None:
        return []
    first = quarters.number(spec.start)
    if first <= quarters.number(spec.free_from) < first + spec.quarters:
        return []
    last = quarters.label(first + spec.quarters - 1)
    return [Problem.value(file, "free_from", spec.free_from, f"inside the run, {spec.start} to {last}")]


def _values(spec, file: str) -> list[Problem]:
    """Values of a policy are no scenario's to set; other names are looked at when they are put in."""
    return [
        Problem(file, f"values.{name}", "belongs to a policy; set it in the policy's own file, or with --set")
        for name in spec.values
        if name.partition(".")[0] == "policy"
    ]


def _departures(scenario: Scenario, file: str) -> list[Problem]:
    spec, tables = scenario.file, scenario.cut
    changes, problems = spec.changes, []
    for name in ("norm_factor", "producer_weights", "tariff_value", "control_value", "opens"):
        problems += _unknown(file, f"changes.{name}", getattr(changes, name), spec.actors, "actor", keys=True)
    for actor, weights in changes.producer_weights.items():
        key = f"changes.producer_weights.{actor}"
        problems += _unknown(file, key, weights, tables.domains, "traded domain", keys=True)
    for actor, values in changes.control_value.items():
        region = scenario.regions.get(actor)
        holds = () if region is None else [*region.withholds, *region.denies]
        for number, value in enumerate(values):
            key = f"changes.control_value.{actor}.{number}"
            problems += _unknown(file, f"{key}.targets", value.targets, tables.regions, "region")
            problems += _unknown(file, f"{key}.domains", value.domains, holds, f"domain that {actor} can withhold")
    for actor, openings in changes.opens.items():
        problems += _openings(openings, file, f"changes.opens.{actor}", tables.regions)
    return problems


def _calendar(scenario: Scenario, file: str) -> list[Problem]:
    spec, problems = scenario.file, []
    first, end = quarters.span(spec.start, spec.quarters)
    for number, entry in enumerate(spec.calendar):
        key = f"calendar.{number}"
        if entry.since >= end:
            problems.append(Problem.value(file, f"{key}.since", str(entry.since), f"before the run ends on {end}"))
        if entry.until is not None and entry.until <= first:
            problems.append(Problem.value(file, f"{key}.until", str(entry.until), f"after the run starts on {first}"))
        for at, rule in enumerate(entry.rules):
            problems += _rule(scenario, rule, file, f"{key}.rules.{at}")
        for at, control in enumerate(entry.controls):
            problems += _dated_control(scenario, control, file, f"{key}.controls.{at}")
        if entry.threats and entry.since < first:
            valid = f"{first} or later, since a threat is made in the run"
            problems.append(Problem.value(file, f"{key}.since", str(entry.since), valid))
        for at, threat in enumerate(entry.threats):
            problems += _dated_threat(scenario, threat, file, f"{key}.threats.{at}")
    return problems


def _dated_control(scenario: Scenario, rule: ControlRule, file: str, key: str) -> list[Problem]:
    problems = _unknown(file, f"{key}.sender", [rule.sender], scenario.cut.regions, "region", single=True)
    problems += _selection(file, f"{key}.targets", rule.targets, scenario.cut.regions, "region")
    if rule.targets != "all" and rule.sender in rule.targets:
        problems.append(Problem.value(file, f"{key}.targets", rule.sender, "another region than the sender"))
    if problems:
        return problems
    return _unknown(file, f"{key}.domains", rule.domains, *_withheld_by(scenario, rule.sender))


def _dated_threat(scenario: Scenario, rule: ThreatRule, file: str, key: str) -> list[Problem]:
    regions, actors, by = scenario.cut.regions, scenario.file.actors, rule.by
    problems = _unknown(file, f"{key}.sender", [rule.sender], actors, "actor", single=True)
    problems += _unknown(file, f"{key}.target", [rule.target], regions, "region", single=True)
    problems += _unknown(file, f"{key}.demand", [rule.demand], scenario.threat.demands, "demand", single=True)
    if rule.sender == rule.target:
        problems.append(Problem.value(file, f"{key}.target", rule.target, "another region than the sender"))
    if problems:
        return problems
    if by.instrument == "control":
        return control_problems(scenario, rule.sender, by, file, f"{key}.by")
    goods = [code for code, good in zip(scenario.cut.domains, scenario.cut.goods, strict=True) if good]
    groups = [*scenario.tariff.groups, "goods", *goods]
    return _unknown(file, f"{key}.by.what", [by.what], groups, "group of goods", single=True)


def control_problems(scenario: Scenario, sender: str, by: Punishment, file: str, key: str) -> list[Problem]:
    """A control that a sender threatens with: a domain that it can withhold or deny, at a level of that instrument."""
    region = scenario.regions.get(sender)
    holds = [] if region is None else [*region.withholds, *region.denies]
    what = f"domain that {sender} can withhold or deny"
    problems = _unknown(file, f"{key}.what", [by.what], holds, what, single=True)
    denied = scenario.denial.domains.get(by.what)
    levels = scenario.control.levels if denied is None else denied.levels
    instrument = "control" if denied is None else "denial"
    return problems + _unknown(file, f"{key}.level", [by.level], levels, f"level of the {instrument} instrument",
                               single=True)  # fmt: skip


def _withheld_by(scenario: Scenario, sender: str) -> tuple[list[str], str]:
    """Domains whose exports a region can control, and what to call one."""
    return scenario.regions[sender].withholds, f"domain that {sender} can withhold"


def _rule(scenario: Scenario, rule: TariffRule, file: str, key: str) -> list[Problem]:
    tables = scenario.cut
    goods = [code for code, good in zip(tables.domains, tables.goods, strict=True) if good]
    problems = _selection(file, f"{key}.importer", rule.importer, tables.regions, "region")
    problems += _selection(file, f"{key}.exporter", rule.exporter, tables.regions, "region")
    problems += _selection(file, f"{key}.domain", rule.domain, goods, "good")
    if rule.like is not None:
        pair = [rule.like.get(side) for side in ("importer", "exporter")]
        if None in pair or pair[0] == pair[1]:
            valid = "two different regions, as {importer: ..., exporter: ...}"
            problems.append(Problem.value(file, f"{key}.like", rule.like, valid))
        problems += _unknown(file, f"{key}.like", [one for one in pair if one], tables.regions, "region", single=True)
    if rule.schedule is not None and not problems:
        problems += _schedule(scenario, rule, file, key)
    return problems


def _schedule(scenario: Scenario, rule: TariffRule, file: str, key: str) -> list[Problem]:
    tables = scenario.cut
    if rule.schedule not in tables.schedules:
        return _unknown(file, f"{key}.schedule", [rule.schedule], list(tables.schedules), "schedule", single=True)
    chosen = [
        range(len(axis)) if picked == "all" else [axis.index(code) for code in picked]
        for picked, axis in (
            (rule.importer, tables.regions),
            (rule.exporter, tables.regions),
            (rule.domain, tables.domains),
        )
    ]
    if (tables.schedules[rule.schedule].basis[np.ix_(*chosen)] != "").any():
        return []
    return [Problem(file, f"{key}.schedule", f"is {rule.schedule!r}, which has no row for these regions and domains")]


# --- names ----------------------------------------------------------------------------------------


def _openings(openings: Openings, file: str, key: str, regions: Collection[str]) -> list[Problem]:
    return [
        problem
        for name in type(openings).model_fields
        if name != "programmes"
        for problem in _selection(file, f"{key}.{name}", getattr(openings, name), regions, "region")
    ]


def _selection(file: str, key: str, picked, valid: Collection[str], what: str) -> list[Problem]:
    return [] if picked == "all" else _unknown(file, key, picked, valid, what) + _twice(file, key, picked)


def _twice(file: str, key: str, picked: list[str]) -> list[Problem]:
    return [
        Problem(file, f"{key}.{number}", f"is {code!r} a second time; name each once")
        for number, code in enumerate(picked)
        if code in picked[:number]
    ]


def _unknown(file, key, picked, valid, what, keys=False, single=False) -> list[Problem]:
    """Names that are not valid; `keys`: they are keys of a block, `single`: the key holds one name."""
    problems = []
    for number, code in enumerate(picked):
        if code not in valid:
            place = key if single else f"{key}.{code}" if keys else f"{key}.{number}"
            hint = suggestion(str(code), list(valid))
            message = f"is {code!r}, no {what};{hint} valid: {', '.join(valid) or 'none'}"
            problems.append(Problem(file, place, message))
    return problems
