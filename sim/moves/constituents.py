"""What groups at home make of an actor's candidates and of a quarter: how well off each is, which moves it blocks.

What they look at stands in `rules/domestic.py`; here it meets a scene. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.moves.controls import denial
from sim.moves.path import Outcome, Scene, set_scene, stores_of
from sim.moves.risk import expected_loss, fear
from sim.moves.safety import insecure, moved_points
from sim.rules.diversification import running_cost
from sim.rules.domestic import blocking, outputs, support
from sim.rules.holdings import living_cost
from sim.rules.programmes import owned, spending
from sim.rules.solve import Anchor
from sim.rules.trade import Balance, final_share, unpack
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import World


@dataclass(frozen=True)
class Means:
    """An actor's outcomes, means over the horizon, a row a candidate."""

    income: Array  # [row], real income relative to the base year
    earned: Array  # [row, domain], real value added, relative to base income
    wage: Array  # [row], real wage relative to the base year
    revenue: Array  # [row], real tariff revenue, relative to base income

    @staticmethod
    def of(outcome: Outcome, actor: int, mean) -> Means:
        """mean : what becomes of values [node, row, ...] of the actor"""
        return Means(*(mean(getattr(outcome, name)[:, :, actor]) for name in Means.__dataclass_fields__))


@dataclass(frozen=True)
class Veto:
    """A move that a group blocks: who, how much worse off it is, and what the move would have been worth."""

    group: int
    support: float  # percent
    score: float  # percent of income


def gained(scene: Scene, actor: int, means: Means, spent: Array, risk: Array, insecurity: Array) -> Array:
    """[row, group of the actor], per cent: support above that of hold, row 0.

    spent : [row], percent of income a year, on programmes; risk, insecurity : [row], percent a year"""
    domestic = scene.settings.domestic
    seen = outputs(means.wage, means.revenue, spent, risk, insecurity, scene.world.outlays[actor], means.earned)
    return support(domestic.interest[domestic.of(actor)], seen - seen[0])


def vetoes(scene: Scene, actor: int, gains: Array, scores: Array) -> list[Veto | None]:
    """For each candidate the veto of the group that blocks it most; None: nobody does.

    gains : [row, group of the actor], percent of support above hold; scores : [row], percent of income"""
    domestic = scene.settings.domestic
    mine = domestic.of(actor)
    worst = blocking(domestic, mine, scene.world.support[mine].sum(axis=-1), gains)
    return [None if g < 0 else Veto(int(mine[g]), float(gains[row, g]), float(scores[row]))
            for row, g in enumerate(worst)]  # fmt: skip


def seen(scene: Scene, world: World, x: Array, at: Balance, actor: int) -> Array:
    """[output and domain], per cent: what the actor's groups see of one quarter's equilibrium.

    Losses are feared and purchases counted at the contracts in hand, as the portfolio measures them."""
    base, settings = scene.base, scene.settings
    log_wage, log_price, _ = unpack(base, x)
    stands = denial(settings, world)
    deflator = np.exp(-final_share(base, log_price)[1]) * living_cost(stands)
    wage = np.exp(log_wage)
    revenue = (at.income - wage * base.labour - base.deficit) / base.income * deflator
    sales = base.value_added[actor] * at.output[actor] * deflator[actor] / base.income[actor]
    held = (world.available + world.stranded)[actor]
    protected = settings.alliance.protector[actor] >= 0
    moved = moved_points(base, settings, actor, held) if protected else None
    return outputs(
        np.asarray(wage[actor] * deflator[actor]), np.asarray(revenue[actor]),
        np.asarray(_spent(base, settings, world, actor)),
        np.asarray(expected_loss(scene, fear(scene, actor), held, stores_of(settings, world).reach(base, actor),
                                 stands.share[actor])),
        np.asarray(insecure(scene, actor, world, moved)), float(world.outlays[actor]), sales,
    )  # fmt: skip


def _spent(base: Economy, settings: Settings, world: World, actor: int) -> float:
    """Percent of income a year that an actor spends on mark-ups and programmes as they stand."""
    of, works = settings.programmes, world.works
    own = spending(of, works.level, works.sunk)[owned(of, actor)].sum()
    return float(running_cost(world.hedge, base.hedge_base, settings.running_cost)[actor] + own)


def base_outputs(
    base: Economy, settings: Settings, world: World, weight: Array, anchors: tuple[Anchor, Anchor]
) -> Array:
    """[region, output and domain], per cent: what groups saw in the base year; zero for regions without groups."""
    scene = set_scene(base, settings, world, weight, anchors, "base year")
    out = np.zeros((len(base.regions), settings.domestic.interest.shape[1]))
    for actor in settings.domestic.actors:
        out[actor] = seen(scene, world, scene.impact.x, scene.impact_at, actor)
    return out
