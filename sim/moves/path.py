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
from sim.rules.holdings import Denial, held_shares, living_cost, orders_kept
from sim.rules.programmes import delivered, mark_ups, works_ahead
from sim.rules.solve import Anchor, Solution, anchored, solve, solve_one
from sim.rules.stores import Stores, needed, uncovered
from sim.rules.tariff import breach_points
from sim.rules.trade import Balance, Shock, final_share, unpack
from sim.world.params import Array, Economy
from sim.world.programmes import Works
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

    def opened(self, level: Array) -> Array | float:
        """ln of what programmes at some level [..., programme] do to delivered cost."""
        return delivered(self.settings.programmes, self.base, level, self.settings.price_move)

    def marked(self, hedge: Array, level: Array) -> Array:
        """Mark-ups with those of programmes at some level [..., programme]."""
        return hedge + mark_ups(self.settings.programmes, level)

    @cached_property
    def feared(self) -> dict:
        """What each actor fears here, by actor, once `risk.fear` was asked: three in a quarter ask the same."""
        return {}

    @cached_property
    def effects(self) -> int:
        """Tells what a unit of each programme does, for a memory: equal when they do the same."""
        of = self.settings.programmes
        shifts = tuple((p, s.holding, s.source, s.part, s.towards.tobytes())
                       for p, one in enumerate(of) for s in one.shifts)  # fmt: skip
        arrays = ((one.mark_up.tobytes(), one.saving.tobytes(), one.cover.tobytes(), one.decay) for one in of)
        held = self.settings.holdings.bytes, shifts
        return hash((self.settings.price_move, held, tuple(one.supplies for one in of), *arrays))

    @cached_property
    def opened_later(self) -> Array | float:
        """ln of what programmes do to delivered cost once those under way are built."""
        return self.opened(self.world.works.planned)

    @cached_property
    def hedge_later(self) -> Array:
        """Mark-ups once all that is under way is built."""
        return self.marked(self.world.hedge_goal, self.world.works.planned)


@dataclass(frozen=True)
class Rows:
    """Trial worlds [row, ...] and where they came from."""

    tariff: Array
    withheld: Array
    hedge_now: Array
    hedge_goal: Array
    build_left: Array
    pool: Array
    denied: Array
    works: Works

    @staticmethod
    def of(worlds: list[World]) -> Rows:
        """Stacks trial worlds."""
        names = ("tariff", "withheld", "hedge", "hedge_goal", "build_left", "pool", "denied")
        arrays = (np.stack([getattr(w, k) for w in worlds]) for k in names)
        return Rows(*arrays, Works.stack([w.works for w in worlds]))

    def single(self) -> Rows:
        """The same in single precision, for screening only; what programmes do comes from the scene."""
        arrays = (getattr(self, field.name) for field in fields(self) if field.name != "works")
        return Rows(*map(_light, arrays), self.works)

    def take(self, rows: Array) -> Rows:
        """Some of the rows."""
        return Rows(self.tariff[rows], self.withheld[rows], self.hedge_now[rows], self.hedge_goal[rows],
                    self.build_left[rows], self.pool[rows], self.denied[rows], self.works.take(rows))  # fmt: skip

    def denial(self, settings: Settings, level: Array) -> Denial:
        """Stock domains of the rows with programmes at some level [row, programme]."""
        return Denial(settings.holdings, held_shares(settings.holdings, settings.programmes, level), self.denied)


@dataclass(frozen=True)
class Outcome:
    """What a row's future gives [node, row, ...]; adapted outcomes have one node."""

    income: Array  # real income relative to the base year [node, row, region]
    earned: Array  # real value added [node, row, region, domain], relative to base income
    wage: Array  # real wage relative to the base year [node, row, region]
    revenue: Array  # real tariff revenue [node, row, region], relative to base income
    hedge: Array  # mark-ups, programmes' apart [node, row, importer, exporter, domain]
    level: Array  # units of programmes in operation [node, row, programme]
    sunk: Array  # units whose capital was spent [node, row, programme]


def set_scene(base: Economy, settings: Settings, world: World, weight: Array, near: tuple[Anchor, Anchor],
              where: str) -> Scene:  # fmt: skip
    """Solves hold on impact and adapted, and takes Jacobians there.

    near : anchors of an earlier quarter (or of the base year) to start from"""
    zero = np.zeros_like(world.withheld)
    wedge = log_wedge(base, world.tariff)
    coming = outlook(settings.shocks, world.shock_left, settings.nodes[-1])
    short, v, y = effective(base, settings, world, coming.felt(world.withheld))
    opened, planned = (delivered(settings.programmes, base, level, settings.price_move)
                       for level in (world.works.level, world.works.planned))  # fmt: skip
    now = impact_shock(base, world.tariff, short, v, y, coming.delivered(wedge) + opened)
    x, at = solve_one(base, now, near[0], f"{where}, on impact")
    hedge = world.hedge_goal + mark_ups(settings.programmes, world.works.planned)
    later = adapted_shock(base, world.tariff, zero, hedge, wedge + planned)
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


def stores_of(settings: Settings, world: World) -> Stores:
    """What is in store now."""
    return Stores(world.stock, world.pool, settings.programmes)


def effective(base: Economy, settings: Settings, world: World, withheld: Array) -> tuple[Array, Array, Array]:
    """What is short after stocks, and contracts over available and withheld varieties.

    withheld : as felt, accidents included"""
    short, _ = stores_of(settings, world).short(base, withheld)
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
    works = works_at(scene, rows, settings.nodes)
    shorts = _shortages(scene, rows, works, settings.nodes)
    read = []
    for k, node in enumerate(settings.nodes):
        short, level = shorts[k], works[node].level
        v, y = withhold(v, y, before, short)
        before, wedge = short, coming.delivered(tariffs, node) + scene.opened(level)
        shock = impact_shock(base, rows.tariff, short, v, y, wedge)
        found = solve(base, shock, scene.impact, start=start, tolerance=PATH_TOLERANCE)
        read.append(_read(base, found, rows.denial(settings, level)))
        start = np.where(found.converged[:, None], found.x, scene.impact.x)
        if k + 1 < len(settings.nodes):
            price = found.log_cost[:, None, :, :] + wedge
            wanted = wanted_composition(base, short, scene.marked(hedges[k], level), price)
            v, y = renew(v, y, wanted, renewed_share(settings.renewal, settings.nodes[k + 1] - node))
    level, sunk = (np.stack([getattr(works[node], name) for node in settings.nodes]) for name in ("level", "sunk"))
    return Outcome(*(np.stack(values) for values in zip(*read, strict=True)), hedges, level, sunk)


def works_at(scene: Scene, rows: Rows, nodes: tuple[int, ...]) -> list[Works]:
    """Programmes of all rows in each quarter up to the last node; without any, what there is stands for all."""
    if rows.works.idle:
        return [rows.works] * (nodes[-1] + 1)
    return works_ahead(scene.settings.programmes, rows.works, nodes[-1])


def _shortages(scene: Scene, rows: Rows, works: list[Works], nodes: tuple[int, ...]) -> list[Array]:
    """What is short at the nodes [row, importer, exporter, domain]: stores are drawn by what was lost until then.

    Programmes that are being built fill their stocks on the way; nothing else is filled up."""
    base, coming = scene.base, scene.outlook
    stores = Stores(scene.world.stock, rows.pool, scene.settings.programmes)
    if not stores.stock.any() and not stores.pool.any() and rows.works.idle:
        return [coming.felt(rows.withheld, node) for node in nodes]
    cover = np.array([one.cover for one in scene.settings.programmes]).reshape(rows.pool.shape[-2:])
    out, known = [], None
    for quarter in range(nodes[-1] + 1):
        if quarter == 0 or coming.lost[quarter] is not coming.lost[quarter - 1]:
            felt = coming.felt(rows.withheld, quarter)
            known = needed(base, felt) if felt.any() else None
        after, covered = (stores, None) if known is None else stores.drawn(base, known)
        if quarter in nodes:
            out.append(felt if covered is None else uncovered(felt, known, covered))
        if quarter < nodes[-1]:
            more = (works[quarter + 1].level - works[quarter].level)[..., None] * cover
            stores = replace(after, pool=np.maximum(after.pool + more, 0.0))
    return out


@whole
def on_impact(scene: Scene, rows: Rows) -> Outcome:
    """One impact equilibrium a row, few steps: for screening only."""
    base, world, rows = scene.base.single, scene.world, rows.single()
    stores = Stores(_light(world.stock), rows.pool, scene.settings.programmes)
    short, _ = stores.short(base, scene.outlook.felt(rows.withheld))
    v, y = withhold(_light(world.available), _light(world.stranded), _light(world.short), short)
    wedge = scene.outlook.wedge(base, rows.tariff) + _light(scene.opened(world.works.level))
    shock = impact_shock(base, rows.tariff, short, v, y, wedge)
    found = _screened(base, shock, scene.impact.single)
    read = (value[None] for value in _read(base, found, rows.denial(scene.settings, rows.works.level)))
    return Outcome(*read, rows.hedge_goal[None], rows.works.level[None], rows.works.sunk[None])


@whole
def once_adapted(scene: Scene, rows: Rows) -> tuple[Outcome, Array]:
    """One adapted equilibrium a row, few steps, and v* with every control lifted.

    v* without controls takes the row's own delivered cost; what a control does to costs elsewhere is left out."""
    base, rows = scene.base.single, rows.single()
    wedge = log_wedge(base, rows.tariff) + _light(scene.opened_later)
    hedge = rows.hedge_goal + _light(mark_ups(scene.settings.programmes, scene.world.works.planned))
    shock = adapted_shock(base, rows.tariff, rows.withheld, hedge, wedge)
    found = _screened(base, shock, scene.adapted.single)
    free = wanted_composition(base, np.zeros_like(rows.withheld), hedge, found.log_cost[:, None] + wedge)
    read = (value[None] for value in _read(base, found, rows.denial(scene.settings, rows.works.planned)))
    return Outcome(*read, rows.hedge_goal[None], rows.works.planned[None], rows.works.sunk[None]), free


@by_row(node_axis=False)
def long_composition(scene: Scene, rows: Rows) -> Array:
    """v* [row, importer, exporter, domain] with every control lifted, from fully solved adapted equilibria."""
    base = scene.base
    wedge = log_wedge(base, rows.tariff) + scene.opened(rows.works.planned)
    hedge = scene.marked(rows.hedge_goal, rows.works.planned)
    shock = adapted_shock(base, rows.tariff, rows.withheld, hedge, wedge)
    found = solve(base, shock, scene.adapted, tolerance=COMPOSITION_TOLERANCE)
    price = found.log_cost[:, None] + wedge
    free = wanted_composition(base, np.zeros_like(rows.withheld), hedge, price)
    return np.where(found.converged[:, None, None, None], free, np.nan)


def _light(value: Array | float) -> Array:
    """In single precision."""
    return np.asarray(value, dtype=np.float32)


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


def _read(base: Economy, found: Solution, denied: Denial) -> tuple[Array, Array, Array, Array]:
    """Real income [row, region], real value added [row, region, domain], real wage and real tariff revenue.

    Relative to base income, the wage to the base year's; what is neither labour income nor deficit is revenue. What is
    denied of stock domains makes life dearer for all; orders that a sender loses are lost income."""
    log_wage, log_price, _ = unpack(base, found.x)
    deflator = np.exp(-final_share(base, log_price)[1]) * living_cost(denied)
    wage, kept = np.exp(log_wage), orders_kept(base, denied)
    income = np.where(found.converged[:, None], found.income / base.income * deflator * kept, np.nan)
    revenue = (found.income - wage * base.labour - base.deficit) / base.income * deflator
    return income, base.value_added * found.output * (deflator / base.income)[..., None], wage * deflator, revenue
