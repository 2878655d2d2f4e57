"""What an actor expects to lose to coercion and supply accidents: the stops it fears, weighted by belief.

Losses come from the equilibrium at v*, the composition contracts are moving to, with every control lifted:
a hedge acts on v*, and an episode that ends can come back. Source: model sections 3 and 5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.moves.controls import denial
from sim.moves.path import Scene, stores_of
from sim.rules.belief import QUARTERS_A_YEAR, conduct, hazard
from sim.rules.coercion import Standing, Stop, rescaled, stop_losses
from sim.rules.contracts import wanted_composition
from sim.rules.holdings import denial_losses
from sim.rules.prudence import Arrivals, certainty_equivalent
from sim.rules.stores import Stores
from sim.rules.trade import real_income
from sim.world.chance import RandomShock
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import Beliefs, World


@dataclass(frozen=True)
class Fear:
    """The stops that one actor expects, what each would cost, and how often it is expected."""

    target: int
    stops: tuple[Stop, ...]
    arrivals: Arrivals
    loss: Array  # [stop], percent of income while it lasts, at v* of hold
    composition: Array  # [exporter, domain], v* of hold, controls lifted
    reach: Array  # [domain], quarters of use in store at hold, programmes built
    held: Array  # [exporter, holding], shares in stock domains at hold, programmes built


def instrument_stop(base: Economy, settings: Settings, sender: int, instrument: int) -> Stop:
    """The stop that an instrument of the conduct belief stands for: controls by domain and level, denials, tariff."""
    levels, denials = len(settings.levels), settings.holdings.instruments
    past = instrument - len(base.domains) * levels
    if past == len(denials):
        return Stop((sender,), tuple(np.flatnonzero(base.goods)), 0.0, settings.market_tariff)
    if past >= 0:
        holding, level = denials[past]
        return Stop((sender,), (), settings.holdings.levels[holding][level], holding=holding)
    return Stop((sender,), (instrument // levels,), settings.levels[instrument % levels])


def expected_stops(
    base: Economy, settings: Settings, beliefs: Beliefs, target: int
) -> tuple[list[Stop], Arrivals]:  # fmt: skip
    """Stops, and how often and how long the target expects them: of others' conduct, and of accidents.

    An accident has the hazard, the share and the duration with which it happens. Transport shocks are not feared."""
    opening, chance = hazard(settings, beliefs)[target], conduct(settings, beliefs)
    stops, rates, years, senders, accident = [], [], [], [], []

    def expect(stop: Stop, rate: float, duration: float, sudden: bool) -> None:
        for column, value in zip((stops, rates, years, senders, accident),
                                 (stop, rate, duration, stop.senders[0], sudden), strict=True):  # fmt: skip
            column.append(value)

    accidents = list(_accidents(settings, target))
    for sender in range(len(base.regions)):
        if sender == target:
            continue
        for instrument in np.flatnonzero(chance[sender] * opening[sender] > 0):
            stop = instrument_stop(base, settings, sender, int(instrument))
            if stop.of_supply and not _traded(base, settings, target, sender, stop.domains[0]):
                continue
            if stop.holding >= 0 and not settings.holdings.denies[sender, target, stop.holding]:
                continue
            stop = replace(stop, lasts=QUARTERS_A_YEAR * settings.episode_years)
            expect(stop, opening[sender] * chance[sender, instrument], settings.episode_years, False)
        for stop, shock in accidents:
            if stop.senders[0] == sender:
                expect(stop, shock.hazard, shock.years, True)
    return stops, Arrivals(
        np.array(rates), np.array(years), np.array(senders, dtype=int), np.array(accident, dtype=bool), opening,
        settings.prior_years,
    )  # fmt: skip


def _accidents(settings: Settings, target: int) -> Iterator[tuple[Stop, RandomShock]]:
    """Each supply accident that would reach the target."""
    for shock in settings.shocks:
        for cut in shock.cuts if shock.hazard > 0 else ():
            senders = tuple(j for j in cut.exporters if j != target)
            if senders and target in cut.importers:
                yield Stop(senders, cut.domains, cut.share, lasts=float(shock.duration)), shock


def _traded(base: Economy, settings: Settings, importer: int, exporter: int, domain: int) -> bool:
    return 100 * base.flow[importer, exporter, domain] / base.income[importer] >= settings.min_flow_small


def adapted_standing(scene: Scene) -> Standing:
    """Hold with contracts adapted and every control lifted: impact at v* has the same equilibrium."""
    base, world = scene.base, scene.world
    zero = np.zeros_like(world.withheld)
    income = real_income(base, scene.adapted.x, scene.adapted_at.income)
    held = replace(denial(scene.settings, world, planned=True), denied=np.zeros_like(world.denied))
    return Standing(world.tariff, zero, scene.adapted_at.composition, zero, scene.adapted.x, income,
                    built_stores(scene, world), scene.opened_later, held)  # fmt: skip


def built_stores(scene: Scene, world: World) -> Stores:
    """What is in store once programmes under way are built: a stop is feared at any time ahead."""
    stores, planned = stores_of(scene.settings, world), world.works.planned
    cover = np.array([one.cover for one in scene.settings.programmes]).reshape(world.pool.shape)
    return replace(stores, pool=planned[:, None] * cover)


def fear(scene: Scene, target: int) -> Fear:
    """What the target expects to lose, losses solved at hold, once a scene."""
    if target not in scene.feared:
        scene.feared[target] = _fear(scene, target)
    return scene.feared[target]


def _fear(scene: Scene, target: int) -> Fear:
    stops, arrivals = expected_stops(scene.base, scene.settings, scene.world.beliefs, target)
    at = adapted_standing(scene)
    loss = _losses(scene, at, target, stops)
    # composition as the candidates see it, so that hold's own risk changes nothing
    free = wanted_composition(scene.base, at.withheld, scene.hedge_later, _price(scene))
    return Fear(target, tuple(stops), arrivals, loss, free[target], at.stores.reach(scene.base, target),
                at.denial.share[target])  # fmt: skip


def _losses(scene: Scene, at: Standing, target: int, stops: list[Stop]) -> Array:
    found = {} if scene.memory is None else scene.memory.found
    key = "losses", target, tuple(stops), scene.effects
    if key not in found:
        found[key] = stop_losses(scene.base, at, scene.impact, target, stops)[0]
    return found[key]


def _price(scene: Scene) -> Array:
    wedge = np.log((1 + scene.world.tariff) / (1 + scene.base.tariff))
    return scene.adapted_at.log_cost[None] + wedge + scene.opened_later


def expected_loss(scene: Scene, of: Fear, composition: Array, reach: Array, held: Array | None = None) -> Array:
    """Certainty equivalent of coercion losses [...], per cent of annual income a year.

    composition : [..., exporter, domain]; reach : [..., domain], quarters of use in store
    held : [..., exporter, holding], shares in stock domains; those of hold by default
    sum_j hazard_ij duration_j sum_m q_jm L_m(i<-j), and what their variance is worth. Source: model sections 3, 7."""
    losses = feared_losses(scene, of, composition, reach, held)
    return certainty_equivalent(of.arrivals, losses, scene.settings.risk_aversion)


def feared_losses(scene: Scene, of: Fear, composition: Array, reach: Array, held: Array | None = None) -> Array:
    """Losses [..., stop] at another composition, with other stores or shares, per cent of income while a stop lasts."""
    weight, theta = scene.weight[of.target], scene.base.theta_short
    out = rescaled(of.loss, list(of.stops), weight, theta, of.composition, composition, (of.reach, reach))
    for k, stop in enumerate(of.stops):
        if stop.holding >= 0:
            shares = of.held if held is None else held
            out[..., k] = denial_losses(scene.settings.holdings, shares, stop.holding, stop.senders[0], stop.withheld)
    return out
