"""What the files of crises must say about each other: demands, threats, shields, the alliance.

Each check returns sentences with file and key, as in `checks.py`."""

from __future__ import annotations

from collections.abc import Collection

from sim.errors import Problem
from sim.scenario.bargaining import AllianceFile, Punishment, ShieldFile, Stake, ThreatInstrument
from sim.scenario.checks import _twice as twice
from sim.scenario.checks import _unknown as unknown
from sim.scenario.checks import control_problems
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile

ALL_GOODS = "goods"  # a group that every catalogue has


# --- files by themselves --------------------------------------------------------------------------


def threat_problems(threat: ThreatInstrument, file: str, domains: Collection[str]) -> list[Problem]:
    """The domains of purchases exist."""
    return [
        problem
        for name, asked in threat.demands.items()
        if asked.type == "purchases"
        for problem in unknown(file, f"demands.{name}.domains", asked.domains, domains, "traded domain")
    ]


def shield_problems(
    shield: ShieldFile, file: str, regions: Collection[str], domains: Collection[str]
) -> list[Problem]:  # fmt: skip
    """A shield answers or keeps stocks; its members and what it keeps exist."""
    problems = unknown(file, "members", shield.members, regions, "region") + twice(file, "members", shield.members)
    if shield.answer is None and shield.reserve is None:
        problems.append(Problem(file, "answer", "is missing and so is reserve; must give one of them or both"))
    if shield.reserve is not None:
        problems += unknown(file, "reserve.cover", shield.reserve.cover, domains, "traded domain", keys=True)
    return problems


def alliance_problems(alliance: AllianceFile, file: str, regions: Collection[str]) -> list[Problem]:
    """Protector, allies and rivals exist and are different regions; danger can be inferred from what allies spend."""
    problems = unknown(file, "protector", [alliance.protector], regions, "region", single=True)
    problems += unknown(file, "allies", alliance.allies, regions, "region", keys=True)
    problems += unknown(file, "rivals", alliance.rivals, regions, "region") + twice(file, "rivals", alliance.rivals)
    for code, ally in alliance.allies.items():
        key = f"allies.{code}"
        if code == alliance.protector:
            problems.append(Problem(file, key, "is the protector itself; must be a region that it protects"))
        outlays, credible = ally.outlays, ally.credibility
        if (outlays.value if outlays.low is None else outlays.low) <= 0:
            problems.append(Problem.value(file, f"{key}.outlays.value", outlays.value, "above 0, its range too"))
        if (credible.value if credible.high is None else credible.high) >= 1:
            problems.append(Problem.value(file, f"{key}.credibility.value", credible.value, "below 1, its range too"))
    for number, code in enumerate(alliance.rivals):
        if code == alliance.protector or code in alliance.allies:
            problems.append(Problem.value(file, f"rivals.{number}", code, "neither the protector nor an ally"))
    return problems


# --- scenarios and policies -----------------------------------------------------------------------


def scenario_problems(scenario: Scenario, file: str) -> list[Problem]:
    """A scenario's shields exist; senders act, and what they ask for and threaten with is theirs to ask and to use."""
    spec = scenario.file
    problems = shields_named(spec.shields, file, scenario.shields)
    problems += unknown(file, "changes.demands", spec.changes.demands, spec.actors, "actor", keys=True)
    for sender, stakes in spec.changes.demands.items():
        seen: set[tuple[str, str]] = set()
        for number, stake in enumerate(stakes):
            key = f"changes.demands.{sender}.{number}"
            problems += _stake(scenario, sender, stake, file, key)
            for at, target in enumerate(stake.targets):
                if (stake.demand, target) in seen:
                    message = f"is {target!r}, of which {sender} asks {stake.demand!r} already; ask once"
                    problems.append(Problem(file, f"{key}.targets.{at}", message))
                seen.add((stake.demand, target))
    return problems


def _stake(scenario: Scenario, sender: str, stake: Stake, file: str, key: str) -> list[Problem]:
    problems = unknown(file, f"{key}.demand", [stake.demand], scenario.threat.demands, "demand", single=True)
    problems += unknown(file, f"{key}.targets", stake.targets, scenario.cut.regions, "region")
    for number, target in enumerate(stake.targets):
        if target == sender:
            problems.append(Problem.value(file, f"{key}.targets.{number}", target, "a region other than the sender"))
    for number, one in enumerate(stake.by):
        problems += _punishment(scenario, sender, one, file, f"{key}.by.{number}")
        if one in stake.by[:number]:
            problems.append(Problem(file, f"{key}.by.{number}", "is given a second time; name each means once"))
    return problems


def _punishment(scenario: Scenario, sender: str, one: Punishment, file: str, key: str) -> list[Problem]:
    tables = scenario.cut
    if one.instrument == "tariff":
        goods = [code for code, good in zip(tables.domains, tables.goods, strict=True) if good]
        valid = list(dict.fromkeys([ALL_GOODS, *scenario.tariff.groups, *goods]))
        return unknown(file, f"{key}.what", [one.what], valid, "group of the tariff instrument or good", single=True)
    return control_problems(scenario, sender, one, file, key)


def shields_named(named: list[str], file: str, shields: Collection[str]) -> list[Problem]:
    """Every shield that a scenario or a policy names is there."""
    return unknown(file, "shields", named, list(shields), "shield") + twice(file, "shields", named)


def policy_problems(
    policy: PolicyFile, file: str, regions: Collection[str], shields: Collection[str]
) -> list[Problem]:  # fmt: skip
    """A policy's shields exist, and those to whom it always gives in."""
    problems = shields_named(policy.shields, file, shields)
    problems += unknown(file, "complies_with", policy.complies_with, regions, "region")
    return problems + twice(file, "complies_with", policy.complies_with)


def policy_fit_problems(scenario: Scenario, policy: PolicyFile, file: str) -> list[Problem]:
    """The focus gives in to others, not to itself."""
    focus = scenario.file.focus
    return [
        Problem.value(file, f"complies_with.{number}", code, f"a sender, not the focus {focus} itself")
        for number, code in enumerate(policy.complies_with)
        if code == focus
    ]
