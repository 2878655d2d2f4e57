"""Option value of a portfolio: what contracts and programmes that can still move are worth when a partner stops.

Which stops are feared is left to `moves/risk.py`, how a world goes on to `moves/path.py`. Source: model section 3."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.path import Rows, Scene, walk
from sim.moves.risk import expected_stops
from sim.rules.coercion import Stop
from sim.world.params import Array
from sim.world.state import World

YEARS = 3
QUARTERS = 4 * YEARS
"""How long a stop lasts in this measure."""


def option_value(scene: Scene, world: World, region: int) -> float:
    """Per cent of annual income a year: sum over single-partner stops of rate times what moving on saves.

    Saved is discounted real income of 12 quarters with the region's contracts renewed and its programmes built,
    less the same with both frozen as they stand. Market closures are left out: what the region buys does not bear
    on them. What the others do goes on in both. NaN when an equilibrium does not converge."""
    stops, arrivals = expected_stops(scene.base, scene.settings, world.beliefs, region)
    supply = [k for k, stop in enumerate(stops) if stop.withheld > 0 and len(stop.senders) == 1]
    if not supply:
        return 0.0
    settings, _ = scene.settings.standing(QUARTERS)
    here = replace(scene, world=world, settings=settings, memory=None)
    rows = _stopped(scene, world, region, [stops[k] for k in supply])
    free = _discounted(here, rows, region)
    saved = free - _discounted(_frozen(here, region), rows, region)
    return float((arrivals.rate[supply] * saved).sum())


def _stopped(scene: Scene, world: World, region: int, stops: list[Stop]) -> Rows:
    """A trial world a stop: the sender withholds at least its share from the region, all else as it stands."""
    rows = Rows.of([world] * len(stops))
    for row, stop in enumerate(stops):
        if stop.holding >= 0:
            cell = row, region, stop.senders[0], stop.holding
            rows.denied[cell] = max(rows.denied[cell], stop.withheld)
            continue
        cell = np.ix_([row], [region], stop.senders, stop.domains)
        rows.withheld[cell] = np.maximum(rows.withheld[cell], stop.withheld)
    return rows


def _frozen(scene: Scene, region: int) -> Scene:
    """The same with none of the region's contracts renewed; its mark-ups then move nothing."""
    renewal = np.full((len(scene.base.regions), 1, 1), scene.settings.renewal)
    renewal[region] = 0.0
    return replace(scene, settings=replace(scene.settings, renewal=renewal))


def _discounted(scene: Scene, rows: Rows, region: int) -> Array:
    """[stop], discounted real income of the quarters, per cent of one year's real income before the stop."""
    income = walk(scene, rows, region).income[:, :, region]
    length = (scene.settings.discount ** np.arange(QUARTERS)).sum() / 4
    return 100 * length * scene.ahead.annuity(income)
