"""Stocks: what is drawn when supply stops, own stocks first, then those that a programme shares.

How large they are is left to the world and its programmes. Source: model section 2, stocks come first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.rules.programmes import Programmes
from sim.world.params import Array, Economy


@dataclass(frozen=True)
class Stores:
    """What is in store; a covered quarter is paid for as if it was delivered, which pays for filling up again."""

    stock: Array  # [..., importer, domain], quarters of the importer's use
    pool: Array  # [..., programme, domain], quarters of the use of the programme's owner
    programmes: Programmes

    def spread(self, quarters: float) -> Stores:
        """What may be drawn in one quarter when it has to last for several."""
        return Stores(self.stock / max(1.0, quarters), self.pool / max(1.0, quarters), self.programmes)

    def reach(self, base: Economy, region: int) -> Array:
        """[..., domain], quarters of its use that a region may draw when nobody else does."""
        out = self.stock[..., region, :]
        for p, one in enumerate(self.programmes):
            if region in one.members:
                out = out + self.pool[..., p, :] * base.expenditure[one.owner] / base.expenditure[region]
        return out

    def drawn(self, base: Economy, need: Array) -> tuple[Stores, Array]:
        """Stores after a quarter, and what they covered [..., importer, domain], quarters of use.

        need : [..., importer, domain], quarters of use that cannot be had. Members of a shared stock that need more
        than is there get parts in proportion to what they need."""
        own = np.minimum(need, self.stock)
        left, covered, pool = need - own, own, self.pool
        for p, one in enumerate(self.programmes):
            if not pool[..., p, :].any():
                continue
            members = list(one.members)
            asked = left[..., members, :] * (base.expenditure[members] / base.expenditure[one.owner])
            total = asked.sum(axis=-2)
            part = np.minimum(1.0, pool[..., p, :] / np.where(total > 0, total, np.inf))
            part = np.where(total > 0, part, 0.0)
            given = np.zeros_like(left)
            given[..., members, :] = left[..., members, :] * part[..., None, :]
            left, covered = left - given, covered + given
            pool = np.broadcast_to(pool, (*total.shape[:-1], *pool.shape[-2:])).copy()
            pool[..., p, :] -= part * total
        return Stores(self.stock - own, pool, self.programmes), covered

    def short(self, base: Economy, withheld: Array) -> tuple[Array, Stores]:
        """Withheld shares that remain once stores are drawn, max(0, r - stock/use), and the stores after it.

        withheld : [..., importer, exporter, domain]; suppliers that are short are covered in the same proportion"""
        if not withheld.any() or not (self.stock.any() or self.pool.any()):
            return withheld, self
        need = needed(base, withheld)
        after, covered = self.drawn(base, need)
        return uncovered(withheld, need, covered), after


def uncovered(withheld: Array, need: Array, covered: Array) -> Array:
    """Withheld shares [..., importer, exporter, domain] that remain when part of what is needed was covered."""
    part = np.where(need > 0, np.maximum(0.0, 1 - covered / np.where(need > 0, need, 1.0)), 1.0)
    return withheld * part[..., None, :]


def needed(base: Economy, withheld: Array) -> Array:
    """[..., importer, domain], quarters of use that are withheld in a quarter."""
    return (withheld * base.share).sum(axis=-2)
