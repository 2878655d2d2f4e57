"""What denying arms, capital or cables costs: shares as programmes move them, real income lost, orders lost.

Who may deny what is left to the world, who does to `sim.moves`. Source: model section 3, stock domains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.rules.programmes import Programmes
from sim.world.holdings import Holdings
from sim.world.params import Array, Economy

LEAST_LEFT = 1e-12  # of a composite denied whole: it has no price, as in `coercion.closed_form`


@dataclass(frozen=True)
class Denial:
    """Stock domains at one moment: shares, and what of them is denied. [..., importer, exporter, holding]."""

    of: Holdings
    share: Array  # 1
    denied: Array  # 1, part of the partner's share that it denies


def held_shares(of: Holdings, programmes: Programmes, level: Array) -> Array:
    """Shares [..., importer, exporter, holding] with programmes at some level [..., programme]; as in the base year
    and without leading axes where nothing was moved.

    A unit moves a part of what one partner still has, s_from (1-part)**units, to others or home in fixed proportions:
    shares stay within 0 and 1 and sum to one, however many programmes draw on the same partner."""
    shifts = [(p, one.owner, shift) for p, one in enumerate(programmes) for shift in one.shifts]
    if not any(level[..., p].any() for p, _, _ in shifts):
        return of.share
    out = np.broadcast_to(of.share, (*level.shape[:-1], *of.share.shape)).copy()
    for p, owner, shift in shifts:
        moved = out[..., owner, shift.source, shift.holding] * -np.expm1(level[..., p] * np.log1p(-shift.part))
        out[..., owner, shift.source, shift.holding] -= moved
        out[..., owner, :, shift.holding] += moved[..., None] * shift.towards
    return out


def _lost(at: Denial) -> Array:
    """[..., importer, exporter, holding], part of each domain that cannot be had; nothing where there are no data."""
    return at.denied * np.where(at.denied > 0, at.share, 0.0)


def living_cost(at: Denial) -> Array | float:
    """Factor on real income [..., region] from what is denied; 1.0 when nothing is.

    The contracts' own form on impact: with a share l of varieties withheld a composite costs (1-l)**(-1/theta), and
    income falls by (1-l)**(weight/theta). Several partners add up inside one CES, domains multiply. No contracts
    adapt: another supplier of arms or another cable is a programme.   Source: model section 2, at theta_short."""
    if not at.denied.any():
        return 1.0
    left = np.maximum(1 - _lost(at).sum(axis=-2), LEAST_LEFT)
    return np.exp((at.of.weight / at.of.elasticity * np.log(left)).sum(axis=-1))


def value_denied(base: Economy, at: Denial) -> Array:
    """[..., importer, exporter], yearly value of what is denied, in units of world labour income."""
    return (_lost(at) * at.of.weight).sum(axis=-1) * base.income[:, None]


def orders_kept(base: Economy, at: Denial) -> Array | float:
    """Factor on a sender's real income [..., region]: part of the value denied is its own lost business."""
    if not at.denied.any():
        return 1.0
    value = (_lost(at) * at.of.weight * at.of.orders).sum(axis=-1) * base.income[:, None]
    return 1 - value.sum(axis=-2) / base.income


def income_factor(base: Economy, at: Denial) -> Array | float:
    """Factor on real income [..., region], as target and as sender; 1.0 when nothing is denied."""
    return living_cost(at) * orders_kept(base, at)


def denial_losses(of: Holdings, share: Array, holding: int, sender: int, level: float) -> Array:
    """Per cent of income lost while a sender denies a domain [...], nothing else denied.

    share : [..., exporter, holding], the target's"""
    left = np.maximum(1 - level * share[..., sender, holding], LEAST_LEFT)
    return 100 * (1 - left ** (of.weight[holding] / of.elasticity[holding]))


def with_denial(base: Economy, at: Denial, target: int, sender: int, holding: int, level: float) -> Array:
    """Per cent change of each region's real income [region] when a sender denies at least this level."""
    more = at.denied.copy()
    more[target, sender, holding] = max(more[target, sender, holding], level)
    after = income_factor(base, Denial(at.of, at.share, more))
    return 100 * (np.broadcast_to(after, len(base.regions)) / income_factor(base, at) - 1)
