"""Where a control bites: withheld varieties of traded domains, or what is denied of a stock domain.

One place for both, so that moves, threats and answers need not know which they are. Source: model section 4."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from sim.rules.holdings import Denial, held_shares, value_denied
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import World


class Control(Protocol):
    """What moves and punishments say of a control."""

    domains: tuple[int, ...]
    holding: int  # position of a stock domain; -1: traded domains
    level: float


def denial(settings: Settings, world: World, planned: bool = False) -> Denial:
    """Stock domains as a world has them; planned: with all programmes under way built."""
    level = world.works.planned if planned else world.works.level
    return Denial(settings.holdings, held_shares(settings.holdings, settings.programmes, level), world.denied)


def in_force(world: World, of: Control, targets: tuple[int, ...], sender: int) -> Array:
    """Shares [target, 1, domain] that a sender withholds or denies."""
    return _of(world.withheld, world.denied, of, targets, sender)


def cooling(world: World, of: Control, targets: tuple[int, ...], sender: int) -> Array:
    """Quarters [target, 1, domain] until the control may change again."""
    return _of(world.cooling, world.denial_cooling, of, targets, sender)


def _of(traded: Array, held: Array, of: Control, targets: tuple[int, ...], sender: int) -> Array:
    if of.holding >= 0:
        return held[np.ix_(targets, (sender,), (of.holding,))]
    return traded[np.ix_(targets, (sender,), of.domains)]


def worthwhile(base: Economy, settings: Settings, of: Control, targets: tuple[int, ...], sender: int) -> bool:
    """Whether enough is sold to be worth withholding; of a stock domain: whether it is the sender's to deny."""
    if of.holding >= 0:
        return bool(settings.holdings.denies[sender, list(targets), of.holding].all())
    flow = base.flow[np.ix_(targets, (sender,), of.domains)].sum()
    return bool(100 * flow / base.income[sender] >= settings.min_flow_small)


def with_control(settings: Settings, world: World, of: Control, targets: tuple[int, ...], sender: int,
                 lift: bool) -> World:  # fmt: skip
    """The world with at least the control's level in force, or with none; it cools off before it may change again."""
    held, wait = ("denied", "denial_cooling") if of.holding >= 0 else ("withheld", "cooling")
    cells = np.ix_(targets, (sender,), (of.holding,) if of.holding >= 0 else of.domains)
    share, quarters = getattr(world, held).copy(), getattr(world, wait).copy()
    share[cells] = 0.0 if lift else np.maximum(share[cells], of.level)
    quarters[cells] = settings.holdings.cooling_off if of.holding >= 0 else settings.cooling_off
    return replace(world, **{held: share, wait: quarters})


def levels(settings: Settings, of: Control) -> tuple[float, ...]:
    """Levels of the instrument, rising."""
    return settings.holdings.levels[of.holding] if of.holding >= 0 else settings.levels


def one_off(settings: Settings, of: Control, lift: bool) -> float:
    """Imposing or lifting cost, per cent of the sender's income."""
    costs = settings.holdings if of.holding >= 0 else settings
    return costs.lifting_cost if lift else costs.imposing_cost


def value_hit(base: Economy, settings: Settings, before: World, after: World, target: int, sender: int) -> float:
    """Value of the target's trade and holdings that the sender withholds more of, a year, world labour income."""
    value = (base.flow[target, sender] * (after.withheld - before.withheld)[target, sender]).sum()
    if after.denied is not before.denied:
        more = [value_denied(base, denial(settings, w))[target, sender] for w in (after, before)]
        value = value + more[0] - more[1]
    return float(value)


def tightened(before: World, after: World) -> Array:
    """[target, sender] bool: the sender withholds or denies more of something."""
    return (after.withheld > before.withheld).any(axis=-1) | (after.denied > before.denied).any(axis=-1)


def held_back(world: World) -> Array:
    """[target, sender] bool: the sender withholds or denies something."""
    return (world.withheld > 0).any(axis=-1) | (world.denied > 0).any(axis=-1)
