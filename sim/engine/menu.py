"""The moves that scenario and policy open to each actor: catalogues built from config once a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.catalogue import HOLD, Candidate, Catalogue
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Openings, PolicyFile, Selection
from sim.world.crisis import Demand, Punishment
from sim.world.params import Economy
from sim.world.programmes import Programme
from sim.world.settings import Settings

EVERYONE = "all"


def openings(scenario: Scenario, policy: PolicyFile, actor: str) -> Openings:
    """What is open to an actor: the policy's for the focus, else the scenario's; and what the scenario adds."""
    basic = policy.open if actor == scenario.file.focus else scenario.file.open
    more = scenario.file.changes.opens.get(actor)
    if more is None:
        return basic
    return Openings(**{k: _union(getattr(basic, k), getattr(more, k)) for k in Openings.model_fields})


def _union(one: Selection, other: Selection) -> Selection:
    return EVERYONE if EVERYONE in (one, other) else [*one, *(x for x in other if x not in one)]


def catalogue(scenario: Scenario, policy: PolicyFile, base: Economy, settings: Settings, actor: str) -> Catalogue:
    """All candidates of one actor under a policy, hold first. Feasibility is asked anew each quarter."""
    open_to = openings(scenario, policy, actor)
    spared = policy.never_answers if actor == scenario.file.focus else []
    me = base.regions.index(actor)
    moves = [HOLD]
    moves += _tariffs(scenario, base, open_to, me, spared)
    moves += _controls(scenario, base, settings, open_to, me, spared)
    moves += _denials(scenario, base, settings, open_to, me, spared)
    moves += _hedges(scenario, base, open_to, me)
    pledged = [one.programme for one in policy.commitments if one.type == "programme"]
    moves += _programmes(settings, open_to, me, pledged if actor == scenario.file.focus else [])
    moves += _threats(settings, base, me)
    return Catalogue(me, tuple(moves))


def _partners(scenario: Scenario, base: Economy, wanted: Selection, me: int, spared: list[str] = ()) -> list[int]:
    """Partners named; `all` means the other actors."""
    names = scenario.file.actors if wanted == EVERYONE else wanted
    return [base.regions.index(n) for n in names if n not in spared and base.regions.index(n) != me]


def _tariffs(scenario, base, open_to, me, spared) -> list[Candidate]:
    instrument = scenario.tariff
    groups = {name: tuple(base.domains.index(d) for d in domains if d in base.domains)
              for name, domains in instrument.groups.items()}  # fmt: skip
    goods = tuple(int(k) for k in np.flatnonzero(base.goods))
    groups = {"goods": goods} | {k: v for k, v in groups.items() if k != "goods" and v}
    moves = []
    hit = _partners(scenario, base, open_to.tariff_raise, me, spared)
    everyone = tuple(k for k in range(len(base.regions)) if k != me and base.regions[k] not in spared)
    targets = [((k,), base.regions[k]) for k in hit]
    if open_to.tariff_raise == EVERYONE and not spared:
        targets.append((everyone, EVERYONE))
    for partners, label in targets:
        for group, domains in groups.items():
            for step in instrument.raise_steps:
                name = f"tariff raise {label} {group} {100 * step:g}"
                moves.append(Candidate(name, "tariff", "raise", partners, domains, group, step))
    for k in _partners(scenario, base, open_to.tariff_cut, me):
        for keep in instrument.cut_to:
            name = f"tariff cut {base.regions[k]} goods {keep:g}"
            moves.append(Candidate(name, "tariff", "cut", (k,), goods, "goods", keep))
    for k in _partners(scenario, base, EVERYONE, me):
        name = f"tariff remove {base.regions[k]} goods"
        moves.append(Candidate(name, "tariff", "remove", (k,), goods, "goods", 0.0))
    for k in _partners(scenario, base, open_to.tariff_match, me, spared):
        for part in instrument.match_parts:
            name = f"tariff match {base.regions[k]} goods {part:g}"
            moves.append(Candidate(name, "tariff", "match", (k,), goods, "goods", part))
    return moves


def _controls(scenario, base, settings, open_to, me, spared) -> list[Candidate]:
    moves = []
    levels = sorted(scenario.control.levels.items(), key=lambda item: item[1].value)
    targets = _partners(scenario, base, open_to.control, me, spared)
    for d in np.flatnonzero(settings.withholds[me]):
        domain = base.domains[d]
        for k in targets:
            for operation, level in levels:
                name = f"control {operation} {base.regions[k]} {domain}"
                moves.append(Candidate(name, "control", operation, (k,), (int(d),), domain, level.value))
        for k in _partners(scenario, base, EVERYONE, me):
            name = f"control lift {base.regions[k]} {domain}"
            moves.append(Candidate(name, "control", "lift", (k,), (int(d),), domain, 0.0))
    return moves


def _denials(scenario, base, settings, open_to, me, spared) -> list[Candidate]:
    """Denials that are the actor's to make in this scenario, and lifting them."""
    moves, denies = [], settings.holdings.denies[me]
    targets = _partners(scenario, base, open_to.denial, me, spared)
    for h, domain in enumerate(settings.holdings.names):
        levels = sorted(scenario.denial.domains[domain].levels.items(), key=lambda item: item[1].value)
        for k in np.flatnonzero(denies[:, h]):
            code = base.regions[k]
            for what, level in levels if k in targets else ():
                name = f"control deny {code} {domain} {what}"
                moves.append(Candidate(name, "control", "deny", (int(k),), (), domain, level.value, holding=h))
            name = f"control lift {code} {domain}"
            moves.append(Candidate(name, "control", "lift", (int(k),), (), domain, 0.0, holding=h))
    return moves


def _hedges(scenario, base, open_to, me) -> list[Candidate]:
    moves = []
    for k in _partners(scenario, base, open_to.hedge, me):
        for d in np.flatnonzero(base.goods):
            domain = base.domains[d]
            name = f"hedge {base.regions[k]} {domain}"
            moves.append(Candidate(name, "hedge", "start", (k,), (int(d),), domain, scenario.hedge.step.value))
    return moves


def _programmes(settings: Settings, open_to: Openings, me: int, pledged: list[str]) -> list[Candidate]:
    """Begin, expand and abandon, for each of the actor's programmes that is open; a pledge is not given up."""
    moves = []
    for k, one in enumerate(settings.programmes):
        if one.owner != me or not (open_to.programmes == EVERYONE or one.name in open_to.programmes):
            continue
        if not _matters(settings, one):
            continue
        for operation, units in (("begin", one.smallest), ("expand", one.increment), ("abandon", 0.0)):
            if operation == "abandon" and one.name in pledged:
                continue
            name = f"programme {operation} {one.name}"
            moves.append(Candidate(name, "hedge", operation, one.partners, one.domains, one.name, units, programme=k))
    return moves


def _matters(settings: Settings, one: Programme) -> bool:
    """Whether a programme can change anything that counts: shares that nobody may deny in the scenario do not."""
    if one.supplies or one.mark_up.any() or one.saving.any() or one.cover.any():
        return True
    return any(settings.holdings.denies[:, one.owner, shift.holding].any() for shift in one.shifts)


def _threats(settings: Settings, base: Economy, me: int) -> list[Candidate]:
    """Threats and unannounced punishments, one for each demand and means; schedules, one for all its targets."""
    mine = [of for of in settings.demands if of.sender == me]
    moves = [
        _threat(operation, base.regions[of.target], of, by, (of.target,))
        for of in mine for by in of.by for operation in ("threaten", "execute")
    ]  # fmt: skip
    for name in dict.fromkeys(of.name for of in mine if of.schedule):
        first, *others = [of for of in mine if of.schedule and of.name == name]
        if others:
            targets = tuple(of.target for of in (first, *others))
            moves += [replace(_threat("schedule", EVERYONE, first, by, targets), also=tuple(others)) for by in first.by]
    return moves


def _threat(operation: str, label: str, of: Demand, by: Punishment, targets: tuple[int, ...]) -> Candidate:
    name = f"threat {operation} {label} {of.name} {by.name}"
    return Candidate(name, "threat", operation, targets, by.domains, by.group, by.level, of.name, of, by)
