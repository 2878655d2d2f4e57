"""Contracts and equipment: how the composition v (available) and y (withheld) of each nest stands and renews.

Putty-clay inside the nest: on impact weights are what contracts are, in the long run what costs and hedges
ask for. The equilibrium itself is left to `trade.py`. Source: model section 2."""

from __future__ import annotations

import numpy as np

from sim.rules.trade import Shock, composition, over_exporters
from sim.world.params import Array, Economy


def log_wedge(base: Economy, tariff: Array, iceberg: Array | float = 1.0) -> Array:
    """ln of the change of delivered cost at given unit cost [..., importer, exporter, domain]."""
    return np.log((1 + tariff) / (1 + base.tariff) * iceberg)


def spread(base: Economy, withheld: Array, v: Array, y: Array) -> Array:
    """S [..., importer, domain]: how far contracts stand from what is wanted; 1 at v = (1-r) lam0.

    S = sum_j ((1-r) lam0)**(1-alpha) v**alpha + (r lam0)**(1-alpha) y**alpha, empty pools left out.
    Domains with one elasticity have no S: 1."""
    alpha = base.alpha
    with np.errstate(divide="ignore"):  # an empty pool: ln 0, and exp(-inf) is the 0 it should be
        pools = base.unhedged_power * np.exp(alpha * np.log(v))  # a power, at a tenth of the time of **
    if np.any(withheld):
        shape = np.broadcast_shapes(pools.shape, np.shape(withheld))
        pools, withheld = np.broadcast_to(pools, shape).copy(), np.broadcast_to(withheld, shape)
        held = np.nonzero(withheld)
        power = 1 - alpha[held[-1]]
        left, kept = 1 - withheld[held], withheld[held]
        stranded = np.broadcast_to(y, pools.shape)[held]
        scale = np.broadcast_to(base.unhedged_power, pools.shape)[held]
        freed = np.where(left > 0, np.where(left > 0, left, 1.0) ** power, 0.0)
        pools[held] = pools[held] * freed + scale * kept**power * stranded ** alpha[held[-1]]
    return np.where(base.gap > 0, over_exporters(pools), 1.0)


def _kappa(base: Economy) -> Array:
    return 1 / base.theta_short - 1 / base.theta_long


def base_spread(base: Economy) -> Array:
    """S of the base year [importer, domain]: 1 when nothing is hedged."""
    zero = np.zeros_like(base.share)
    return spread(base, zero, base.share, zero)


def impact_shock(base: Economy, tariff: Array, withheld: Array, v: Array, y: Array, wedge: Array) -> Shock:
    """Impact equilibrium with contracts as they stand.

    wedge : `log_wedge` of the same tariffs"""
    level = _kappa(base) * (np.log(spread(base, withheld, v, y)) - np.log(base_spread(base)))
    # one elasticity: v drops out with S
    weight = v if (base.gap > 0).all() else np.where(base.gap > 0, v, (1 - withheld) * base.share_unhedged)
    shape = np.broadcast_shapes(tariff.shape, weight.shape)  # rows may differ in tariffs alone
    level = np.broadcast_to(level, (*shape[:-2], shape[-1]))
    return Shock(1 / (1 + tariff), wedge, np.broadcast_to(weight, shape), level)


def adapted_shock(base: Economy, tariff: Array, withheld: Array, hedge: Array, wedge: Array) -> Shock:
    """Adapted equilibrium, v = v* and y = 0; needs theta_long > theta_short in every domain."""
    weight = (1 - withheld) * base.share_unhedged
    level = -_kappa(base) * np.log(base_spread(base))
    return Shock(1 / (1 + tariff), wedge, weight, np.broadcast_to(level, (*weight.shape[:-2], weight.shape[-1])),
                 np.exp(-base.gap * hedge), np.exp(-base.theta_long * hedge))  # fmt: skip


def single_elasticity_shock(base: Economy, tariff: Array, withheld: Array, wedge: Array) -> Shock:
    """One elasticity for both horizons: v = (1-r) lam0, S drops out (target folders)."""
    weight = (1 - withheld) * base.share
    return Shock(1 / (1 + tariff), wedge, weight, np.zeros((*weight.shape[:-2], weight.shape[-1])))


def wanted_composition(base: Economy, withheld: Array, hedge: Array, log_price: Array) -> Array:
    """v* at given delivered costs [..., importer, exporter, domain]: what contracts are renewed toward."""
    return composition(base, (1 - withheld) * base.share_unhedged, np.exp(-base.gap * hedge), log_price)[0]


def withhold(v: Array, y: Array, before: Array, after: Array) -> tuple[Array, Array]:
    """Contracts when the withheld share goes from before to after.

    Rising: the fraction (r'-r)/(1-r) of v becomes y. Falling: (r-r')/r of y becomes v."""
    if not (before != after).any():
        return v, y
    rise, fall = np.maximum(after - before, 0), np.maximum(before - after, 0)
    lost = np.where(rise > 0, rise / np.where(before < 1, 1 - before, 1.0), 0.0)
    freed = np.where(fall > 0, fall / np.where(before > 0, before, 1.0), 0.0)
    return v * (1 - lost) + y * freed, y * (1 - freed) + v * lost


def renewed_share(renewal: float, quarters: Array | float) -> Array | float:
    """Share of contracts renewed within some quarters: 1 - (1-delta)**n."""
    return 1 - (1 - renewal) ** quarters


def renew(v: Array, y: Array, wanted: Array, renewed: Array | float) -> tuple[Array, Array]:
    """v moves toward v* and y runs out, by the renewed share of contracts."""
    return v + renewed * (wanted - v), y * (1 - renewed)
