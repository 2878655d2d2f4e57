"""Where the world goes from here: impact equilibria along a path of contracts, hedges and stocks.

Rows are candidates of one actor, possibly with an answer; all share the run's anchor. What the numbers are
worth is left to `score.py`. Source: model section 5, nodes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from sim.moves.memory import Memory, by_row, whole
from sim.rules.belief import conduct, retaliation
from sim.rules.chance import Outlook, outlook
from sim.rules.coercion import after_stock
from sim.rules.contracts import (
    adapted_shock,
    impact_shock,
    log_wedge,
    renew,
    renewed_share,
    wanted_composition,
    withhold,
)
from sim.rules.diversification import hedge_path
from sim.rules.solve import Anchor, Solution, anchored, solve, solve_one
from sim.rules.tariff import breach_points
from sim.rules.trade import Balance, Shock, final_share, unpack
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import World

PATH_TOLERANCE = 5e-6  # largest residual: moves real income by about 1e-5 per cent (benchmarks/)
COMPOSITION_TOLERANCE = 1e-10  # what losses hang on: tight, since risks are differences
SCREEN_STEPS = 2  # quasi-Newton steps of a screening row
SCREEN_TOLERANCE = 1e-5  # screening runs in single precision
SCREEN_ENOUGH = 1e-3  # a row still further off after its steps (a control) goes on until it stands


@dataclass(frozen=True)
class Scene:
    """What all actors look at in one quarter of one run: the world at hold, solved."""

    base: Economy
    settings: Settings
    world: World
    impact: Anchor
    adapted: Anchor
    impact_at: Balance
    adapted_at: Balance
    weight: Array  # Domar weights [region, domain]
    hedges: Array  # mark-ups at the nodes when nothing new is started [node, importer, exporter, domain]
    points: Array  # breach points at hold [importer, exporter]
    will: Array  # belief that a region answers a breach [region]
    chance: Array  # belief over a region's instruments [region, instrument]
    outlook: Outlook  # accidents and transport in force, now and ahead
    memory: Memory | None = None  # what was solved here before, for questions that are asked again

    @cached_property
    def ahead(self) -> Settings:
        """The settings with more nodes on the path while something is in force that will end on it."""
        if not self.outlook.ends:
            return self.settings
        return replace(self.settings, nodes=self.outlook.nodes(self.settings.nodes))


@dataclass(frozen=True)
class Rows:
    """Trial worlds [row, ...] and where they came from."""

    tariff: Array
    withheld: Array
    hedge_now: Array
    hedge_goal: Array
    build_left: Array

    @staticmethod
    def of(worlds: list[World]) -> Rows:
        """Stacks trial worlds."""
        return Rows(*(np.stack([getattr(w, k) for w in worlds]) for k in
                      ("tariff", "withheld", "hedge", "hedge_goal", "build_left")))  # fmt: skip

    def single(self) -> Rows:
        """The same in single precision, for screening only."""
        return Rows(*(_light(getattr(self, field.name)) for field in fields(self)))

    def take(self, rows: Array) -> Rows:
        """Some of the rows."""
        return Rows(self.tariff[rows], self.withheld[rows], self.hedge_now[rows], self.hedge_goal[rows],
                    self.build_left[rows])  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a row's future gives [node, row, ...]; adapted outcomes have one node."""

    income: Array  # real income relative to the base year [node, row, region]
    earned: Array  # real value added [node, row, region, domain], relative to base income
    wage: Array  # real wage relative to the base year [node, row, region]
    revenue: Array  # real tariff revenue [node, row, region], relative to base income
    hedge: Array  # mark-ups [node, row, importer, exporter, domain]


def set_scene(base: Economy, settings: Settings, world: World, weight: Array, near: tuple[Anchor, Anchor],
              where: str) -> Scene:  # fmt: skip
    """Solves hold on impact and adapted, and takes Jacobians there.

    near : anchors of an earlier quarter (or of the base year) to start from"""
    zero = np.zeros_like(world.withheld)
    wedge = log_wedge(base, world.tariff)
    coming = outlook(settings.shocks, world.shock_left, settings.nodes[-1])
    short, v, y = effective(base, world, coming.felt(world.withheld))
    now = impact_shock(base, world.tariff, short, v, y, coming.delivered(wedge))
    x, at = solve_one(base, now, near[0], f"{where}, on impact")
    later = adapted_shock(base, world.tariff, zero, world.hedge_goal, wedge)
    x_later, at_later = solve_one(base, later, near[1], f"{where}, adapted")
    impact, adapted = anchored(base, now, x, at, near[0]), anchored(base, later, x_later, at_later, near[1])
    hedges = hedge_path(
        world.hedge,
        world.hedge_goal,
        world.build_left,
        base.hedge_base,
        settings.hedge_decay,
        coming.nodes(settings.nodes),
    )
    return Scene(
        base, settings, world, impact, adapted, at, at_later, weight, hedges,
        breach_points(base, world.tariff), retaliation(settings, world.beliefs), conduct(settings, world.beliefs),
        coming,
    )  # fmt: skip


def effective(base: Economy, world: World, withheld: Array) -> tuple[Array, Array, Array]:
    """What is short after stocks, and contracts over available and withheld varieties.

    withheld : as felt, accidents included"""
    short = after_stock(withheld, base.share, world.stock)
    v, y = withhold(world.available, world.stranded, world.short, short)
    return short, v, y


@by_row(node_axis=True)
def walk(scene: Scene, rows: Rows, actor: int) -> Outcome:
    """Impact equilibria of all rows at the nodes, contracts renewed in between; only the actor's hedges differ.

    An unconverged row gives NaN, which no strategy may pick."""
    base, settings, world, coming = scene.base, scene.ahead, scene.world, scene.outlook
    tariffs = log_wedge(base, rows.tariff)
    hedges = np.repeat(scene.hedges[:, None], len(rows.tariff), axis=1)
    hedges[:, :, actor] = hedge_path(
        rows.hedge_now[:, actor], rows.hedge_goal[:, actor], rows.build_left[:, actor], base.hedge_base[actor],
        settings.hedge_decay, settings.nodes,
    )  # fmt: skip
    v = np.broadcast_to(world.available, rows.tariff.shape)
    y = np.broadcast_to(world.stranded, rows.tariff.shape)
    before, start = np.broadcast_to(world.short, rows.tariff.shape), None
    read = []
    for k, node in enumerate(settings.nodes):
        short = after_stock(coming.felt(rows.withheld, node), base.share, _stock_left(scene, rows, node))
        v, y = withhold(v, y, before, short)
        before, wedge = short, coming.delivered(tariffs, node)
        shock = impact_shock(base, rows.tariff, short, v, y, wedge)
        found = solve(base, shock, scene.impact, start=start, tolerance=PATH_TOLERANCE)
        read.append(_read(base, found))
        start = np.where(found.converged[:, None], found.x, scene.impact.x)
        if k + 1 < len(settings.nodes):
            price = found.log_cost[:, None, :, :] + wedge
            wanted = wanted_composition(base, short, hedges[k], price)
            v, y = renew(v, y, wanted, renewed_share(settings.renewal, settings.nodes[k + 1] - node))
    return Outcome(*(np.stack(values) for values in zip(*read, strict=True)), hedges)


def _stock_left(scene: Scene, rows: Rows, node: int) -> Array:
    """Stocks at a node, drawn down by what was withheld or lost until then [row or none, importer, domain]."""
    base, stock = scene.base, scene.world.stock
    if not stock.any():
        return stock
    if scene.outlook.calm:
        return np.maximum(0, stock - node * (rows.withheld * base.share).sum(axis=-2))
    used = sum((scene.outlook.felt(rows.withheld, k) * base.share).sum(axis=-2) for k in range(node))
    return np.maximum(0, stock - used)


@whole
def on_impact(scene: Scene, rows: Rows) -> Outcome:
    """One impact equilibrium a row, few steps: for screening only."""
    base, world, rows = scene.base.single, scene.world, rows.single()
    short = after_stock(scene.outlook.felt(rows.withheld), base.share, _light(world.stock))
    v, y = withhold(_light(world.available), _light(world.stranded), _light(world.short), short)
    shock = impact_shock(base, rows.tariff, short, v, y, scene.outlook.wedge(base, rows.tariff))
    found = _screened(base, shock, scene.impact.single)
    return Outcome(*(value[None] for value in _read(base, found)), rows.hedge_goal[None])


@whole
def once_adapted(scene: Scene, rows: Rows) -> tuple[Outcome, Array]:
    """One adapted equilibrium a row, few steps, and v* with every control lifted.

    v* without controls takes the row's own delivered cost; what a control does to costs elsewhere is left out."""
    base, rows = scene.base.single, rows.single()
    wedge = log_wedge(base, rows.tariff)
    shock = adapted_shock(base, rows.tariff, rows.withheld, rows.hedge_goal, wedge)
    found = _screened(base, shock, scene.adapted.single)
    free = wanted_composition(base, np.zeros_like(rows.withheld), rows.hedge_goal, found.log_cost[:, None] + wedge)
    return Outcome(*(value[None] for value in _read(base, found)), rows.hedge_goal[None]), free


@by_row(node_axis=False)
def long_composition(scene: Scene, rows: Rows) -> Array:
    """v* [row, importer, exporter, domain] with every control lifted, from fully solved adapted equilibria."""
    base = scene.base
    wedge = log_wedge(base, rows.tariff)
    shock = adapted_shock(base, rows.tariff, rows.withheld, rows.hedge_goal, wedge)
    found = solve(base, shock, scene.adapted, tolerance=COMPOSITION_TOLERANCE)
    price = found.log_cost[:, None] + wedge
    free = wanted_composition(base, np.zeros_like(rows.withheld), rows.hedge_goal, price)
    return np.where(found.converged[:, None, None, None], free, np.nan)


def _light(value: Array) -> Array:
    """In single precision."""
    return value.astype(np.float32)


def _screened(base: Economy, shock: Shock, near: Anchor) -> Solution:
    """Few steps for all rows; those still far off (controls) go on until they stand."""
    found = solve(base, shock, near, tolerance=SCREEN_TOLERANCE, steps=SCREEN_STEPS, newton=False)
    good = found.residual <= SCREEN_ENOUGH
    late = np.flatnonzero(~good)
    if late.size:
        again = solve(base, shock.rows(late), near, tolerance=SCREEN_TOLERANCE)
        for name in ("x", "income", "log_cost", "output"):
            getattr(found, name)[late] = getattr(again, name)
        good[late] = again.converged
    found.converged[:] = good
    return found


def _read(base: Economy, found: Solution) -> tuple[Array, Array, Array, Array]:
    """Real income [row, region], real value added [row, region, domain], real wage and real tariff revenue.

    Relative to base income, the wage to the base year's; what is neither labour income nor deficit is revenue."""
    log_wage, log_price, _ = unpack(base, found.x)
    deflator = np.exp(-final_share(base, log_price)[1])
    wage = np.exp(log_wage)
    income = np.where(found.converged[:, None], found.income / base.income * deflator, np.nan)
    revenue = (found.income - wage * base.labour - base.deficit) / base.income * deflator
    return income, base.value_added * found.output * (deflator / base.income)[..., None], wage * deflator, revenue
