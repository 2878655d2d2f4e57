"""Whom a region depends on: shares of foreign supply, concentration, and the cost of staying hedged.

Losses stand in `coercion.py`; which stops are measured is left to the recorder. Source: model section 3."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from sim.rules.coercion import Stop, closed_form
from sim.rules.contracts import adapted_shock, log_wedge
from sim.rules.solve import Anchor, solve
from sim.world.params import Array, Economy


def foreign_share(share: Array, region: int) -> Array:
    """[exporter, domain], share of each partner in the region's foreign supply; zero at home."""
    foreign = share[region].copy()
    foreign[region] = 0.0
    total = foreign.sum(axis=0)
    return foreign / np.where(total > 0, total, 1.0)


def plain_exposure(base: Economy, share: Array, spent: Array, region: int) -> Array:
    """[exporter], share of all the region's foreign purchases of goods and services."""
    bought = share[region] * spent[region]
    bought[region] = 0.0
    return bought.sum(axis=-1) / bought.sum()


def loss_weighted_exposure(base: Economy, weight: Array, share: Array, region: int) -> Array:
    """[exporter], partner shares weighted by what losing a domain's supply costs at first.

    A domain weighs m_d lam_foreign / theta_short_d: income lost per share of foreign supply lost."""
    home = share[region, region]
    cost = weight[region] * (1 - home) / base.theta_short
    return (foreign_share(share, region) * cost).sum(axis=-1) / cost.sum()


def concentration(shares: Array) -> tuple[float, float]:
    """HHI and effective partners, 1/HHI (Hirschman 1945)."""
    hhi = float((shares**2).sum())
    return hhi, 1 / hhi


def ranked_stops(base: Economy, weight: Array, share: Array, region: int, count: int) -> list[Stop]:
    """The embargoes of one partner in one domain that cost most, ranked by the closed form."""
    ranked = []
    for j in range(len(base.regions)):
        for d in np.flatnonzero(base.goods):
            if j != region and share[region, j, d] > 0:
                size = closed_form(weight[region, [d]], base.theta_short[[d]], share[region, j, [d]], 1.0)
                ranked.append((-float(size), j, int(d)))
    return [Stop((j,), (d,), 1.0) for _, j, d in sorted(ranked)[:count]]


def joint_stops(base: Economy, partners: list[int]) -> list[Stop]:
    """All-goods stops: of each partner, of each pair, and of all together."""
    goods = tuple(int(d) for d in np.flatnonzero(base.goods))
    groups = [c for size in range(1, len(partners) + 1) for c in combinations(partners, size)]
    return [Stop(group, goods, 1.0) for group in groups]


def hedging_premium(
    base: Economy, tariff: Array, hedge: Array, near: Anchor, region: int, added: Array | float = 0.0
) -> float:  # fmt: skip
    """Real income with the region's h = 0 less real income with h, contracts adapted, per cent of income.

    added : ln of what programmes do to delivered cost. Same tariffs, no controls.
    NaN when an equilibrium does not converge."""
    bare = hedge.copy()
    bare[region] = 0.0
    rows = np.stack([hedge, bare])
    taxed = np.broadcast_to(tariff, rows.shape)
    shock = adapted_shock(base, taxed, np.zeros_like(rows), rows, log_wedge(base, taxed) + added)
    found = solve(base, shock, near, tolerance=1e-9)
    income = found.real_income(base)[:, region]
    return float(100 * (income[1] - income[0]) / income[0])
