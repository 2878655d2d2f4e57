"""World: what changes from quarter to quarter in one run, and the check that it is sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import WorldError
from sim.world.axes import EXPORTER
from sim.world.params import Array, Economy
from sim.world.past import Remembered

SHARE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Beliefs:
    """Counts beyond the prior; each runs back to zero with the half-life."""

    episodes: Array  # [target, sender], openings seen beyond the prior
    conduct: Array  # [sender, instrument], instruments seen
    answered: Array  # [region], breaches answered
    provoked: Array  # [region], breaches met

    @staticmethod
    def prior(regions: int, instruments: int) -> Beliefs:
        """Beliefs of the base year."""
        return Beliefs(np.zeros((regions, regions)), np.zeros((regions, instruments)), np.zeros(regions),
                       np.zeros(regions))  # fmt: skip


@dataclass(frozen=True)
class World:
    """State of one run before a quarter's moves. Bilateral arrays are [importer, exporter, domain]."""

    step: int
    tariff: Array  # 1, applied ad valorem rate
    withheld: Array  # 1, share of varieties that the exporter withholds
    short: Array  # 1, the part of it that stocks do not cover; contracts follow this one
    available: Array  # v: contracts over varieties that can be had
    stranded: Array  # y: contracts over withheld varieties
    hedge: Array  # 1, mark-up in force
    hedge_goal: Array  # 1, mark-up when programmes are built
    build_left: Array  # quarters until built; 0: built or never started
    stock: Array  # [importer, domain], quarters of use in store
    excused: Array  # [importer, exporter], points of tariff that answer a breach
    cooling: Array  # [importer, exporter, domain], quarters until a control may change again
    politics: Array  # [region, class], percent, persistent political shock
    beliefs: Beliefs
    past: tuple[Remembered, ...] = ()  # decisions so far, oldest first


def base_state(base: Economy, stock: Array, instruments: int, classes: int) -> World:
    """The base year at rest."""
    zero = np.zeros_like(base.share)
    n = len(base.regions)
    return World(
        step=0, tariff=base.tariff.copy(), withheld=zero, short=zero, available=base.share.copy(), stranded=zero,
        hedge=base.hedge_base.copy(), hedge_goal=base.hedge_base.copy(), build_left=zero, stock=stock,
        excused=np.zeros((n, n)), cooling=zero, politics=np.zeros((n, classes)),
        beliefs=Beliefs.prior(n, instruments),
    )  # fmt: skip


def check_world(base: Economy, world: World) -> None:
    """Raises WorldError when contracts do not sum to one or a share lies outside 0 to 1."""
    total = (world.available + world.stranded).sum(axis=EXPORTER)
    worst = np.unravel_index(np.abs(total - 1).argmax(), total.shape)
    if not abs(total[worst] - 1) < SHARE_TOLERANCE:
        raise WorldError(
            f"contracts sum to {total[worst]:.9g} over exporter "
            f"(step {world.step}, {base.regions[worst[0]]}, {base.domains[worst[1]]}); must be 1"
        )
    if world.withheld.min() < 0 or world.withheld.max() > 1:
        raise WorldError(f"withheld share outside 0 to 1 (step {world.step})")
