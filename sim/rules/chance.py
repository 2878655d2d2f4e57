"""What chance takes from trade: varieties lost to accidents and dearer transport, now and in the quarters ahead.

An accident's loss is kept apart from what an exporter withholds: nobody chose it, nobody lifts it and no belief
about conduct learns from it. In contracts both count alike. Source: model section 9."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.rules.contracts import log_wedge
from sim.world.chance import RandomShock
from sim.world.params import Array, Economy


@dataclass(frozen=True)
class Outlook:
    """What the shocks in force do, by quarters ahead; None where nothing is left of them.

    Nobody knows of a shock before it begins; how long it lasts is known to all from its first quarter."""

    lost: tuple[Array | None, ...]  # 1, share of varieties that cannot be had [importer, exporter, domain]
    freight: tuple[Array | None, ...]  # 1, ln of the factor on delivered cost [importer, exporter, domain]
    ends: tuple[int, ...]  # quarters ahead that are the first without some shock, rising

    @property
    def calm(self) -> bool:
        """True when nothing is in force, in any quarter."""
        return all(one is None for one in (*self.lost, *self.freight))

    def felt(self, withheld: Array, ahead: int = 0) -> Array:
        """Share of varieties that buyers do without: withheld or lost to an accident.

        1 - (1 - r)(1 - lost): an accident strikes licensed and unlicensed varieties alike, so that in contracts
        (`withhold`) it strands the same fraction of what is left whatever was withheld before, and a control still
        bites in an accident."""
        lost = self.lost[ahead]
        return withheld if lost is None else 1 - (1 - withheld) * (1 - lost.astype(withheld.dtype))

    def delivered(self, wedge: Array, ahead: int = 0) -> Array:
        """ln of the change of delivered cost: the tariffs' wedge and what transport adds."""
        freight = self.freight[ahead]
        return wedge if freight is None else wedge + freight.astype(wedge.dtype)

    def nodes(self, usual: tuple[int, ...]) -> tuple[int, ...]:
        """Quarters ahead to solve: the usual ones, and around each end, the last with a shock and the first without."""
        around = {k - back for k in self.ends for back in (0, 1)}
        return tuple(sorted({*usual, *around}))

    def wedge(self, base: Economy, tariff: Array, ahead: int = 0) -> Array:
        """The same from tariffs."""
        return self.delivered(log_wedge(base, tariff), ahead)


def outlook(shocks: Sequence[RandomShock], left: Array, quarters: int) -> Outlook:
    """What is in force now and up to some quarters ahead.

    left : [shock], quarters, this one included"""
    ahead = range(quarters + 1)
    if not left.any():
        calm = (None,) * (quarters + 1)
        return Outlook(calm, calm, ())
    standing = [[shock for shock, rest in zip(shocks, left, strict=True) if rest > k] for k in ahead]
    ends = sorted({int(rest) for rest in left if 0 < rest <= quarters})
    return Outlook(tuple(map(_lost, standing)), tuple(map(_freight, standing)), tuple(ends))


def _lost(standing: list[RandomShock]) -> Array | None:
    found = [shock.lost for shock in standing if shock.lost is not None]
    return 1 - np.prod([1 - lost for lost in found], axis=0) if found else None


def _freight(standing: list[RandomShock]) -> Array | None:
    found = [shock.freight for shock in standing if shock.freight is not None]
    return np.sum(found, axis=0) if found else None


def begun(before: Array, now: Array) -> Array:
    """[shock] bool, shocks that begin in a quarter, from what was left in the quarter before and in this one."""
    return now > np.maximum(before - 1, 0)


def ended(before: Array) -> Array:
    """[shock] bool, shocks whose last quarter was the one before."""
    return before == 1
