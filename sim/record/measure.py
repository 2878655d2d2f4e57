"""The hedging portfolio of one region in one quarter: exposure, coercibility, expected and tail loss, premium.

Solves the stops it measures; tables are left to `frames.py`. Source: model section 3."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.moves.controls import denial
from sim.moves.path import Scene, stores_of
from sim.moves.risk import expected_stops
from sim.moves.safety import crises, moved_points
from sim.record.option import option_value
from sim.rules.belief import hazard
from sim.rules.coercion import Standing, Stop, stop_losses, tail_loss
from sim.rules.diversification import running_cost
from sim.rules.exposure import (
    concentration,
    foreign_share,
    hedging_premium,
    joint_stops,
    loss_weighted_exposure,
    plain_exposure,
    ranked_stops,
)
from sim.rules.holdings import income_factor
from sim.rules.programmes import owned, spending
from sim.rules.prudence import Arrivals, variance_by_sender
from sim.rules.security import credibility, insecurity
from sim.rules.tariff import mean_tariff
from sim.rules.trade import Balance
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import World

RANKED = 12  # embargoes solved exactly; the closed form ranks all
ALL = "all"


@dataclass(frozen=True)
class Reading:
    """One number of the portfolio."""

    region: str
    partner: str
    domain: str
    measure: str
    value: float
    unit: str


def standing(scene: Scene, settled) -> Standing:
    """Where stops start from: the quarter's equilibrium with contracts as they stood."""
    world, held = settled.world, denial(scene.settings, settled.world)
    return Standing(
        world.tariff,
        settled.short,
        settled.available,
        settled.stranded,
        settled.x,
        settled.income / income_factor(scene.base, held),
        stores_of(scene.settings, world),
        (0.0 if scene.outlook.freight[0] is None else scene.outlook.freight[0]) + scene.opened(world.works.level),
        held,
    )


def portfolio(scene: Scene, settled, focus: int, actors: list[int], options: bool = False) -> list[Reading]:
    """Every measure of the focus region after a settled quarter.

    options : the option value too, which takes longer than all the others together"""
    at = standing(scene, settled)
    out = _incomes(scene.base, settled, actors)
    out += _exposure(scene, settled.at, settled.world.tariff, focus)
    out += _stops(scene, at, settled, focus, actors)
    world, settings = settled.world, scene.settings
    hedge, opened = scene.marked(world.hedge, world.works.level), scene.opened(world.works.level)
    premium = hedging_premium(scene.base, world.tariff, hedge, scene.adapted, focus, opened)
    spent = running_cost(world.hedge, scene.base.hedge_base, settings.running_cost)[focus]
    yearly = spending(settings.programmes, world.works.level, world.works.sunk)
    built = yearly[owned(settings.programmes, focus)].sum()
    premium += float(spent + built) + stock_cost(scene.base, settings, world, focus)
    out.append(Reading(scene.base.regions[focus], ALL, ALL, "hedging_premium", premium, "percent"))
    out += _security(scene, settled, focus)
    out += _barriers(scene.base, settled.world, actors)
    out += _denied(scene, settled.world, focus)
    out += _bounds(scene, settled.world, actors)
    if options:
        worth = option_value(scene, settled.world, focus)
        out.append(Reading(scene.base.regions[focus], ALL, ALL, "option_value", worth, "percent a year"))
    return out


def _incomes(base: Economy, settled, actors: list[int]) -> list[Reading]:
    return [Reading(base.regions[i], ALL, ALL, "real_income", 100 * (settled.income[i] - 1), "percent") for i in actors]


def _exposure(scene: Scene, at: Balance, tariff: Array, focus: int) -> list[Reading]:
    base, name = scene.base, scene.base.regions[focus]
    foreign = foreign_share(at.share, focus)
    spent = (at.flow * (1 + tariff)).sum(axis=1)
    plain = plain_exposure(base, at.share, spent, focus)
    weighted = loss_weighted_exposure(base, scene.weight, at.share, focus)
    out = []
    for j, partner in enumerate(base.regions):
        if j == focus:
            continue
        out.append(Reading(name, partner, ALL, "exposure_share", float(weighted[j]), "1"))
        out.append(Reading(name, partner, ALL, "exposure_share_plain", float(plain[j]), "1"))
        for d, domain in enumerate(base.domains):
            out.append(Reading(name, partner, domain, "exposure_share", float(foreign[j, d]), "1"))
    for suffix, shares in (("", plain), ("_loss_weighted", weighted)):
        hhi, effective = concentration(shares)
        out.append(Reading(name, ALL, ALL, f"hhi{suffix}", hhi, "1"))
        out.append(Reading(name, ALL, ALL, f"effective_partners{suffix}", effective, "partners"))
    for d, domain in enumerate(base.domains):
        hhi, effective = concentration(foreign[:, d])
        out.append(Reading(name, ALL, domain, "hhi", hhi, "1"))
        out.append(Reading(name, ALL, domain, "effective_partners", effective, "partners"))
    return out


def _stops(scene: Scene, at: Standing, settled, focus: int, actors: list[int]) -> list[Reading]:
    """Coercibility, all-goods and joint stops, leverage, expected and tail loss: all stops solved together."""
    base, others = scene.base, [a for a in actors if a != focus]
    single = ranked_stops(base, scene.weight, scene.impact_at.share, focus, RANKED)
    single += denials_of(scene.settings, focus)
    joint = joint_stops(base, others)
    back = [replace(stop, senders=(focus,)) for stop in joint[: len(others)]]
    stops, arrivals = expected_stops(base, scene.settings, settled.world.beliefs, focus)
    everything = [*single, *joint, *stops, *back]
    hit = [focus] * (len(everything) - len(back)) + others
    loss, _ = stop_losses(base, at, scene.impact, hit, everything)
    cuts = np.cumsum([len(single), len(joint), len(stops)])
    first, rest, feared, returned = np.split(loss, cuts)
    out = _coercibility(base, scene.settings.holdings.names, focus, single, first)
    for k, (stop, size) in enumerate(zip(joint, rest, strict=True)):
        label = "+".join(base.regions[j] for j in stop.senders)
        kind = "all_goods_stop" if k < len(others) else "joint_stop"
        out.append(Reading(base.regions[focus], label, ALL, kind, float(size), "percent"))
    for j, size, answer in zip(others, rest, returned, strict=False):
        out.append(Reading(base.regions[focus], base.regions[j], ALL, "leverage", float(size - answer), "percent"))
    return out + _expected(scene, settled, focus, others, arrivals, feared)


def denials_of(settings: Settings, focus: int) -> list[Stop]:
    """What others may deny the focus whole in this scenario: each partner's part of each stock domain."""
    held = settings.holdings
    return [Stop((int(j),), (), held.levels[k][-1], holding=int(k)) for j, k in np.argwhere(held.denies[:, focus])]


def _who_what(base: Economy, held: tuple[str, ...], stop: Stop) -> tuple[str, str]:
    what = held[stop.holding] if stop.holding >= 0 else base.domains[stop.domains[0]]
    return base.regions[stop.senders[0]], what


def _coercibility(base: Economy, held: tuple[str, ...], focus: int, single: list[Stop], loss: Array) -> list[Reading]:
    name = base.regions[focus]
    best = int(np.argmax(np.where(np.isfinite(loss), loss, -np.inf)))
    who, what = _who_what(base, held, single[best])
    worst = float(loss[best]) if np.isfinite(loss).all() else float("nan")  # an unsolved stop might be the worst
    out = [Reading(name, who, what, "coercibility", worst, "percent")]
    for stop, size in zip(single, loss, strict=True):
        partner, domain = _who_what(base, held, stop)
        out.append(Reading(name, partner, domain, "stop_loss", float(size), "percent"))
    return out


def _expected(scene: Scene, settled, focus: int, others: list[int], of: Arrivals, loss: Array) -> list[Reading]:
    """Expected coercion loss by sender, its spread and its tail, at today's contracts; instruments in force left out.

    loss : [stop], per cent of income while it lasts"""
    base, name, settings = scene.base, scene.base.regions[focus], scene.settings
    # a control that relaxes trade for its target would be no threat: counted as it falls, not clipped
    yearly, sender, accident = of.rate * loss * of.years, of.sender, of.accident
    out = [Reading(name, ALL, ALL, "expected_coercion_loss", float(yearly.sum()), "percent a year")]
    for j in sorted(set(sender.tolist())):
        size = float(yearly[sender == j].sum())
        out.append(Reading(name, base.regions[j], ALL, "expected_coercion_loss", size, "percent a year"))
    spread = variance_by_sender(of, loss)
    deviation = float(np.sqrt(sum(spread.values())))
    out.append(Reading(name, ALL, ALL, "coercion_loss_sd", deviation, "percent a year"))
    for j, size in spread.items():
        out.append(Reading(name, base.regions[j], ALL, "coercion_loss_sd", float(np.sqrt(size)), "percent a year"))
    opening = hazard(settings, settled.world.beliefs)[focus]
    coerced = np.array([yearly[(sender == j) & ~accident].sum() for j in others])
    episode = np.where(opening[others] > 0, coerced / np.where(opening[others] > 0, opening[others], 1.0), 0.0)
    tail = tail_loss(opening[others], episode)
    out.append(Reading(name, ALL, ALL, "tail_loss", tail, "percent of a year's income in ten years"))
    return out


def _security(scene: Scene, settled, focus: int) -> list[Reading]:
    """Credibility of the umbrella, own outlays and what insecurity costs; stocks in store and what they cost."""
    settings, base, world = scene.settings, scene.base, settled.world
    name, alliance, out = base.regions[focus], settings.alliance, []
    if alliance.protector[focus] >= 0:
        protector = base.regions[alliance.protector[focus]]
        moved = moved_points(base, settings, focus, settled.available[focus] + settled.stranded[focus])
        trusted = float(credibility(alliance, world.beliefs, focus, moved, world.beliefs.defied[focus]))
        outlays = float(world.outlays[focus])
        cost = float(insecurity(alliance, focus, trusted, outlays, crises(settings, world, focus)))
        out.append(Reading(name, protector, ALL, "umbrella_credibility", trusted, "1"))
        out.append(Reading(name, ALL, ALL, "defence_outlays", 100 * outlays, "percent"))
        out.append(Reading(name, ALL, ALL, "insecurity", cost, "percent a year"))
    for d in np.flatnonzero(world.stock[focus] > 0):
        out.append(Reading(name, ALL, base.domains[d], "stock_cover", float(world.stock[focus, d]), "quarters of use"))
    out.append(Reading(name, ALL, ALL, "stock_cost", float(stock_cost(base, settings, world, focus)), "percent a year"))
    return out


def stock_cost(base: Economy, settings: Settings, world: World, region: int) -> float:
    """Yearly cost of what a region's laws keep in store, per cent of its income."""
    laws = [s for s in settings.shields if region in s.members and s.cover.any()]
    if not laws:
        return 0.0
    quarterly = base.expenditure[region] / 4
    more = np.maximum(world.stock[region] - settings.stock_goal[region], 0)  # today's stocks are in the base accounts
    value = (more * quarterly).sum()
    return float(100 * max(s.carrying_cost for s in laws) * value / base.income[region])


def _barriers(base: Economy, world, actors: list[int]) -> list[Reading]:
    rate = mean_tariff(base, world.tariff)
    out = [Reading(base.regions[i], base.regions[j], ALL, "mean_tariff", float(rate[i, j]), "1")
           for i in actors for j in actors if i != j]  # fmt: skip
    for i, j, d in np.argwhere(world.withheld > 0):
        value = float(world.withheld[i, j, d])
        out.append(Reading(base.regions[i], base.regions[j], base.domains[d], "withheld_share", value, "1"))
    return out


def _denied(scene: Scene, world, focus: int) -> list[Reading]:
    """What is denied of stock domains, as withheld shares; and what that costs the focus, as target and as sender."""
    regions, held, out = scene.base.regions, denial(scene.settings, world), []
    for i, j, k in np.argwhere(world.denied > 0):
        value = float(world.denied[i, j, k])
        out.append(Reading(regions[i], regions[j], held.of.names[k], "withheld_share", value, "1"))
    if out:
        loss = 100 * (1 - np.broadcast_to(income_factor(scene.base, held), len(regions))[focus])
        out.append(Reading(regions[focus], ALL, ALL, "denial_loss", float(loss), "percent"))
    return out


def _bounds(scene: Scene, world, actors: list[int]) -> list[Reading]:
    """1 where an actor stands at an upper bound that the catalogue sets, else 0."""
    base, settings, edge = scene.base, scene.settings, 1e-6
    out = []
    for i in actors:
        tariffs = bool((world.tariff[i] >= settings.tariff_bound - edge).any())
        hedges = bool((world.hedge[i] - base.hedge_base[i] >= settings.hedge_bound - edge).any())
        out.append(Reading(base.regions[i], ALL, ALL, "at_upper_bound", float(tariffs or hedges), "1"))
    return out
