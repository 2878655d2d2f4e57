"""What programmes and the policies that name them must say: places and goods that exist, owners that may start them.

Each check returns sentences with file and key, as in `checks.py`."""

from __future__ import annotations

from collections.abc import Collection

from sim.errors import Problem
from sim.scenario.checks import _selection as selection
from sim.scenario.checks import _twice as twice
from sim.scenario.checks import _unknown as unknown
from sim.scenario.programmes import ProgrammeFile
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile


def programme_problems(
    one: ProgrammeFile, file: str, regions: Collection[str], domains: Collection[str], stock: Collection[str]
) -> list[Problem]:  # fmt: skip
    """Owner, partners, sellers and suppliers exist and are others than the owner; so do the domains.

    domains : traded ones; stock : stock domains"""
    problems = unknown(file, "owner", [one.owner], regions, "region", single=True)
    problems += unknown(file, "partners", one.partners, regions, "region") + twice(file, "partners", one.partners)
    for number, effect in enumerate(one.effects):
        key = f"effects.{number}"
        if effect.channel == "supply":
            problems += unknown(file, f"{key}.seller", [effect.seller], regions, "region", single=True)
            problems += unknown(file, f"{key}.domain", [effect.domain], domains, "traded domain", single=True)
        elif effect.channel == "stock":
            problems += unknown(file, f"{key}.cover", effect.cover, domains, "traded domain", keys=True)
        elif effect.channel == "stock_share":
            problems += unknown(file, f"{key}.domain", [effect.domain], stock, "stock domain", single=True)
            problems += unknown(file, f"{key}.away_from", [effect.away_from], regions, "region", single=True)
            problems += unknown(file, f"{key}.towards", effect.towards, regions, "region", keys=True)
        else:
            problems += unknown(file, f"{key}.domains", effect.domains, domains, "traded domain")
        if effect.channel == "mark_up":
            problems += unknown(file, f"{key}.suppliers", effect.suppliers, regions, "region")
    for key, named in (("partners", one.partners), *_named(one)):
        if one.owner in named:
            problems.append(Problem.value(file, key, one.owner, f"a region other than the owner {one.owner}"))
    return problems


def _named(one: ProgrammeFile) -> list[tuple[str, list[str]]]:
    """Other regions that the effects name, with their keys."""
    out = []
    for number, effect in enumerate(one.effects):
        if effect.channel == "supply":
            out.append((f"effects.{number}.seller", [effect.seller]))
        elif effect.channel == "mark_up":
            out.append((f"effects.{number}.suppliers", effect.suppliers))
        elif effect.channel == "stock_share":
            out.append((f"effects.{number}.away_from", [effect.away_from]))
    return out


def policy_problems(policy: PolicyFile, file: str, programmes: Collection[str]) -> list[Problem]:
    """The programmes that a policy opens or pledges exist, each pledged once."""
    valid = list(programmes)
    problems = selection(file, "open.programmes", policy.open.programmes, valid, "programme")
    pledged = [(n, one) for n, one in enumerate(policy.commitments) if one.type == "programme"]
    seen: set[str] = set()
    for number, one in pledged:
        key = f"commitments.{number}.programme"
        problems += unknown(file, key, [one.programme], valid, "programme", single=True)
        if one.programme in seen:
            problems.append(Problem(file, key, f"is {one.programme!r} a second time; pledge it once, with its size"))
        seen.add(one.programme)
    return problems


def policy_fit_problems(scenario: Scenario, policy: PolicyFile, file: str) -> list[Problem]:
    """The focus owns what is pledged, and sizes lie between the smallest and the largest."""
    problems, focus = [], scenario.file.focus
    for number, one in enumerate(policy.commitments):
        if one.type != "programme" or one.programme not in scenario.programmes:
            continue
        programme, key = scenario.programmes[one.programme], f"commitments.{number}"
        if programme.owner != focus:
            valid = f"a programme of the focus {focus}; {programme.owner} owns this one"
            problems.append(Problem.value(file, f"{key}.programme", one.programme, valid))
        least, most = programme.smallest.value, programme.largest.value
        if not least <= one.size.value <= most:
            valid = f"from {least:g} to {most:g} {programme.measure}, its smallest and largest size"
            problems.append(Problem.value(file, f"{key}.size.value", one.size.value, valid))
    return problems
