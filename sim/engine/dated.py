"""Moves with a date: tariffs, controls and threats of the calendar, and pledges of the policy.

They come at the start of their quarter, before anybody decides. What is in force on which day is left to
`sim.world.calendar`, how a dated threat ends to `crisis.py`. Source: model sections 4 and 9."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.engine import hidden
from sim.engine.design import Design
from sim.moves.catalogue import owed, with_hedge, with_programme, with_tariff
from sim.moves.demands import punished
from sim.rules.tariff import breach_points
from sim.world.calendar import STILL
from sim.world.crisis import IMPOSED, THREATENED, DatedThreat, Episode
from sim.world.params import Array, Economy
from sim.world.state import World

EMBARGO, LICENSING, EASE, LIFT = "embargo", "licensing", "ease", "lift"


@dataclass(frozen=True)
class Dated:
    """A move that was decreed by the calendar or pledged by the policy."""

    actor: int
    target: int
    origin: str  # dated or commitment
    instrument: str
    operation: str
    domains: tuple[int, ...]
    before: float  # mean rate over the domains, weighted by base flows; withheld share; mark-up; units of a programme
    after: float
    programme: str = ""


def decreed(design: Design, world: World) -> tuple[World, list[Dated]]:
    """The world after this quarter's calendar and pledges, and what they were; dated threats become episodes."""
    dated: list[Dated] = []
    if design.dated:
        tariff, withheld = _before(design, world.step)
        now = design.dated[world.step]
        changed = np.abs(now.tariff - tariff) > STILL
        world, tariffs = _tariffs(design, world, np.where(changed, now.tariff, world.tariff))
        changed = np.abs(now.withheld - withheld) > STILL
        fresh = changed & (now.tightened | now.eased)
        world, controls = _controls(design, world, np.where(changed, now.withheld, world.withheld), fresh)
        dated = tariffs + controls
    for threat in design.threats:
        if threat.step == world.step:
            world = _opened(design, world, threat)
    for pledge in design.pledges:
        if pledge.step == world.step and world.fallen < 0:
            world, item = _pledge(design, world, pledge)
            dated.append(item)
    return world, dated


def announced(design: Design, before: World) -> World:
    """The state before a quarter with the rest of earlier decrees in it.

    A decree of August raises the mean of October to December once more, which is no news to anybody."""
    if not design.dated:
        return before
    tariff, withheld = _before(design, before.step)
    now = design.dated[before.step]
    late = ~now.raised & (now.tariff > tariff + STILL)
    more = ~now.tightened & (now.withheld > withheld + STILL)
    return replace(before, tariff=np.where(late, now.tariff, before.tariff),
                   withheld=np.where(more, now.withheld, before.withheld))  # fmt: skip


def _before(design: Design, step: int) -> tuple[Array, Array]:
    """Decreed rates and withheld shares of the quarter before; the base year's before the first."""
    if step == 0:
        return design.base.tariff, np.zeros_like(design.base.tariff)
    return design.dated[step - 1].tariff, design.dated[step - 1].withheld


def _tariffs(design: Design, world: World, tariff: Array) -> tuple[World, list[Dated]]:
    """Dated rates; of two that raise at once, the smaller rise is the answer to the larger."""
    base, reciprocity = design.base, design.settings.reciprocity
    before, after = breach_points(base, world.tariff), breach_points(base, tariff)
    rise = np.maximum(after - before, 0)
    answers = (rise > 0) & (rise < rise.T)
    excused = np.where(answers, np.minimum(world.excused + rise, reciprocity * after.T), world.excused)
    # rates that carry out a bargain are what was agreed
    agreed = np.where((world.agreed > 0) | world.settled.T, after, world.agreed)
    standing = owed(replace(world, agreed=agreed))
    excused = np.maximum(np.minimum(np.minimum(excused, after), after.T), np.minimum(after, standing))
    goods = np.flatnonzero(base.goods)
    out = []
    for i, j in np.argwhere(np.abs(tariff - world.tariff).max(axis=-1) > STILL):
        changed = tuple(int(d) for d in goods if abs(tariff[i, j, d] - world.tariff[i, j, d]) > STILL)
        old, new = (_mean_rate(base, t, int(i), int(j), changed) for t in (world.tariff, tariff))
        step = "raise" if new > old else "cut"
        out.append(Dated(int(i), int(j), "dated", "tariff", step, changed, old, new))
    return (replace(world, tariff=tariff, excused=excused, agreed=agreed), out) if out else (world, out)


def _controls(design: Design, world: World, withheld: Array, fresh: Array) -> tuple[World, list[Dated]]:
    """Dated controls.

    fresh : bool, cells that a decree of this quarter touched, on which free moves wait a cooling-off time"""
    out = []
    for i, j in np.argwhere(np.abs(withheld - world.withheld).max(axis=-1) > STILL):
        changed = np.flatnonzero(np.abs(withheld[i, j] - world.withheld[i, j]) > STILL)
        old, new = (float(w[i, j, changed].mean()) for w in (world.withheld, withheld))
        rising, falling = EMBARGO if new >= 1 else LICENSING, EASE if new > 0 else LIFT
        operation = rising if new > old else falling
        domains = tuple(int(d) for d in changed)
        out.append(Dated(int(j), int(i), "dated", "control", operation, domains, old, new))
    cooling = np.where(fresh, design.settings.cooling_off, world.cooling)
    return replace(world, withheld=withheld, cooling=cooling), out


def _opened(design: Design, world: World, threat: DatedThreat) -> World:
    """A dated threat as an episode; one that is still open is answered once free moves are.

    What both sides hid in one that has ended is not known."""
    of, by, step = threat.demand, threat.punishment, world.step
    if threat.outcome:
        deadline, price, audience = threat.end, np.nan, np.nan
    else:
        deadline = max(step, design.free_from) + design.settings.bargaining.deadline
        price, audience = hidden.price(design, step, of), hidden.audience(design, step, of)
    state, imposed = (IMPOSED, step) if threat.executed else (THREATENED, -1)
    episode = Episode(of, by, state, step, deadline, imposed, price, audience, 0.0, dated=True, outcome=threat.outcome)
    if threat.executed:
        world = punished(design.base, design.settings, world, of, by)
    return replace(world, episodes=(*world.episodes, episode))


def _pledge(design: Design, world: World, pledge) -> tuple[World, Dated]:
    focus, settings = design.focus, design.settings
    if pledge.kind == "hedge":
        # a policy may pledge several suppliers of a domain at once: one at a time binds free moves only
        new = with_hedge(settings, world, focus, (pledge.partner,), pledge.domains, pledge.size)
        cells = (focus, pledge.partner, list(pledge.domains))
        sizes = (float(world.hedge_goal[cells].mean()), float(new.hedge_goal[cells].mean()))
        return new, Dated(focus, pledge.partner, "commitment", "hedge", "start", pledge.domains, *sizes)
    if pledge.kind == "programme":
        new = with_programme(settings, world, pledge.programme, pledge.size)
        sizes = (float(w.works.planned[pledge.programme]) for w in (world, new))
        return new, Dated(focus, pledge.partner, "commitment", "hedge", "begin", pledge.domains, *sizes,
                          settings.programmes[pledge.programme].name)  # fmt: skip
    cells = np.ix_((focus,), (pledge.partner,), pledge.domains)
    tariff = world.tariff.copy()
    tariff[cells] = np.minimum(tariff[cells], design.base.tariff[cells] * pledge.size)
    rates = [_mean_rate(design.base, t, focus, pledge.partner, pledge.domains) for t in (world.tariff, tariff)]
    new = with_tariff(design.base, settings, world, focus, tariff)
    return new, Dated(focus, pledge.partner, "commitment", "tariff", "cut", pledge.domains, *rates)


def _mean_rate(base: Economy, tariff: Array, importer: int, exporter: int, domains: tuple[int, ...]) -> float:
    flow = base.flow[importer, exporter, list(domains)]
    rate = tariff[importer, exporter, list(domains)]
    return float((rate * flow).sum() / flow.sum()) if flow.sum() > 0 else float(rate.mean())
