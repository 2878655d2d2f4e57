"""World: what changes from quarter to quarter in one run, and the check that it is sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import WorldError
from sim.world.axes import EXPORTER
from sim.world.crisis import Call, Episode
from sim.world.params import Array, Economy
from sim.world.past import Remembered
from sim.world.programmes import Works

SHARE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Beliefs:
    """Counts beyond the prior; each runs back to zero with the half-life."""

    episodes: Array  # [target, sender], openings seen beyond the prior
    conduct: Array  # [sender, instrument], instruments seen
    answered: Array  # [region], breaches answered
    provoked: Array  # [region], breaches met
    carried: Array  # [region], own threats carried out after a refusal
    dropped: Array  # [region], own threats dropped after a refusal
    kept: Array  # [region], bargains kept
    broken: Array  # [region], bargains followed by a new demand
    stood: Array  # [region], acts of its protector that speak for the umbrella
    wavered: Array  # [region], acts of its protector that speak against it
    defied: Array  # [region], own open acts against the protector

    @staticmethod
    def prior(regions: int, instruments: int) -> Beliefs:
        """Beliefs of the base year."""
        zero = np.zeros(regions)
        return Beliefs(np.zeros((regions, regions)), np.zeros((regions, instruments)), *(zero for _ in range(9)))


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
    works: Works  # how far programmes are
    pool: Array  # [programme, domain], quarters of its owner's use in store
    excused: Array  # [importer, exporter], points of tariff that answer a breach
    cooling: Array  # [importer, exporter, domain], quarters until a control may change again
    denied: Array  # [importer, exporter, holding], 1, part of the exporter's share in a stock domain that it denies
    denial_cooling: Array  # [importer, exporter, holding], quarters until a denial may change again
    politics: Array  # [region, class], percent, persistent political shock
    beliefs: Beliefs
    audience: Array  # [demand], percent of the sender's income, once: what backing down would cost it, if it asked now
    outlays: Array  # [region], defence outlays as a share of income
    episodes: tuple[Episode, ...]  # in the order in which they were opened; none that is over
    calls: tuple[Call, ...]  # shields called and not yet let go
    agreed: Array  # [importer, exporter], points of tariff that a bargain left in force: no breach and no offence
    quiet: Array  # [target, sender], quarters until the sender may make a new demand
    settled: Array  # [target, sender] bool: the quiet follows a bargain
    shock_left: Array  # [shock], quarters left of each random shock, the last observed quarter included; 0: none
    support: Array  # [group, cause], percent, standing support of domestic groups by what moved it
    power: Array  # [group], 1, political weight, sums to 1 over an actor's groups
    fallen: int  # step at which the policy of the tracked region fell; -1: it stands
    past: tuple[Remembered, ...] = ()  # decisions so far, oldest first


def base_state(base: Economy, stock: Array, instruments: int, classes: int, outlays: Array, shocks: int,
               power: Array, causes: int, programmes: int = 0, holdings: int = 0) -> World:  # fmt: skip
    """The base year at rest; no programme was started, nothing is denied."""
    zero = np.zeros_like(base.share)
    n = len(base.regions)
    held = np.zeros((n, n, holdings))
    return World(
        step=0, tariff=base.tariff.copy(), withheld=zero, short=zero, available=base.share.copy(), stranded=zero,
        hedge=base.hedge_base.copy(), hedge_goal=base.hedge_base.copy(), build_left=zero, stock=stock,
        works=Works.none(programmes), pool=np.zeros((programmes, len(base.domains))),
        excused=np.zeros((n, n)), cooling=zero, denied=held, denial_cooling=held, politics=np.zeros((n, classes)),
        beliefs=Beliefs.prior(n, instruments), audience=np.zeros(0), outlays=outlays, episodes=(), calls=(),
        agreed=np.zeros((n, n)), quiet=np.zeros((n, n)), settled=np.zeros((n, n), dtype=bool),
        shock_left=np.zeros(shocks), support=np.zeros((len(power), causes)), power=power, fallen=-1,
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
    if world.denied.size and (world.denied.min() < 0 or world.denied.max() > 1):
        raise WorldError(f"denied share outside 0 to 1 (step {world.step})")
