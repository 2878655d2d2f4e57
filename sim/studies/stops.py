"""What a stop of supply costs the focus region quarter by quarter, and what each dollar spent on hedges saved of it.

Nobody moves: contracts, stocks and programmes alone go on. Stops stand in `configs/calibration/stops.yaml`; each is
played with nothing in store, with today's stocks, and with each programme on top of them, built and contracts adapted.
Whether a programme is worth it in peace is asked in `thresholds.py`. Source: model section 11, claims C5 to C7."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import yaml

from sim.engine.design import Design, design, fit
from sim.engine.step import begin, observe, settle
from sim.errors import Problem, ScenarioError
from sim.moves.path import Scene, set_scene
from sim.rules.programmes import owned, spending
from sim.scenario.defaults import load_defaults
from sim.scenario.load import configs_root, load_policy, load_scenario
from sim.scenario.quantity import Quantity
from sim.world.params import Array
from sim.world.programmes import Works, percent_of_income
from sim.world.start import tables_of
from sim.world.state import World

NOTHING, STOCKS, ALL = "nothing in store", "today's stocks", "every programme"
COLUMNS = ("stop", "hedge", "size", "cost", "lost", "saved", "saved_per_dollar")


@dataclass(frozen=True)
class Halt:
    """One stop of supply as the file has it, in positions."""

    name: str
    title: str
    senders: list[int]
    domains: list[int]  # traded
    holdings: list[int]  # stock domains
    share: float
    missing: list[str]  # stock domains without data on the focus


@dataclass(frozen=True)
class Hedge:
    """One state of readiness: what is in store, how many units of each programme stand."""

    name: str
    stocked: bool
    units: Array  # [programme]


def stops(scenario: str = "baseline") -> pd.DataFrame:
    """A row for each stop and each hedge that acts on what it stops.

    Returns stop, hedge, size (units), cost (bn USD a year), lost and saved over all quarters (bn USD), what a dollar a
    year saved, and q1, q2, ...: loss in per cent of the quarter's real income without the stop. Today's stocks are
    compared with nothing in store, programmes with today's stocks. What a dollar a year saved is also the number of
    years between such stops up to which the hedge pays.

    Raises ScenarioError when the file of stops names what the scenario does not have."""
    loaded = load_scenario(scenario)
    calm = design(loaded, load_policy(load_defaults().free), fit(loaded), seed=0, run=0, shocks=False)
    file = yaml.safe_load((configs_root() / "calibration" / "stops.yaml").read_text(encoding="utf-8"))
    dollars = 1 / percent_of_income(tables_of(loaded), calm.base, calm.focus)  # bn USD in a per cent of income
    carrying = Quantity.model_validate(file["carrying_cost"]).value
    names = [*COLUMNS, *(f"q{k + 1}" for k in range(file["quarters"] + file["after"]))]
    rows = []
    for halt in halts(file, calm):
        known: dict[str, float] = {}
        if halt.missing:
            rows.append((halt.name, f"no data on {', '.join(halt.missing)}", *[np.nan] * (len(names) - 2)))
            continue
        for hedge in hedges(calm, halt):
            loss = losses(calm, halt, hedge, file["quarters"], file["after"])
            cost = dollars * yearly_cost(calm, halt, hedge, carrying)
            known[hedge.name] = lost = float(loss.sum() / 4 * dollars)
            saved = known[STOCKS if hedge.units.any() else NOTHING] - lost
            size = float(hedge.units.sum()) if np.count_nonzero(hedge.units) == 1 else np.nan
            ratio = saved / cost if cost > 0 else np.nan
            rows.append((halt.name, hedge.name, size, cost, lost, saved, ratio, *map(float, loss)))
    return pd.DataFrame(rows, columns=names)


def halts(file: dict, calm: Design) -> Iterator[Halt]:
    """Stops of the file in positions of the scenario."""
    base, of = calm.base, calm.settings.holdings
    known, held = np.isfinite(of.share[calm.focus]).all(axis=0), of.names
    for one in file["stops"]:
        unknown = [code for code in one["senders"] if code not in base.regions]
        unknown += [code for code in one["domains"] if code not in base.domains + held]
        if unknown:
            message = f"names {', '.join(unknown)}; there are {', '.join(base.regions + base.domains + held)}"
            raise ScenarioError([Problem("calibration/stops.yaml", f"stops.{one['name']}", message)])
        yield Halt(one["name"], one["title"], [base.regions.index(code) for code in one["senders"]],
                   [base.domains.index(code) for code in one["domains"] if code in base.domains],
                   [held.index(code) for code in one["domains"] if code in held], float(one["share"]),
                   [code for code in one["domains"] if code in held and not known[held.index(code)]])  # fmt: skip


def hedges(calm: Design, halt: Halt) -> Iterator[Hedge]:
    """Nothing, today's stocks, then each programme that acts on what is stopped at its smallest size, and all at once.

    All stand at their largest."""
    of = calm.settings.programmes
    none, mine = np.zeros(len(of)), owned(of, calm.focus)
    mine &= np.array([not set(halt.domains).isdisjoint(one.domains)
                      or not set(halt.holdings).isdisjoint(shift.holding for shift in one.shifts) for one in of],
                     dtype=bool)  # fmt: skip
    yield Hedge(NOTHING, False, none)
    yield Hedge(STOCKS, True, none)
    for p in np.flatnonzero(mine):
        yield Hedge(of[p].name, True, np.where(np.arange(len(of)) == p, of[p].smallest, 0.0))
    if mine.any():
        yield Hedge(ALL, True, np.where(mine, [one.largest for one in of], 0.0))


def losses(calm: Design, halt: Halt, hedge: Hedge, quarters: int, after: int) -> Array:
    """[quarter], per cent of the focus region's real income in the same quarter without the stop."""
    start = ready(calm, hedge)
    with_it, without = (_incomes(calm, start, one, quarters, after) for one in (halt, None))
    return 100 * (1 - with_it / without)


def ready(calm: Design, hedge: Hedge) -> World:
    """The base year with a hedge built and contracts adapted to it."""
    settings, world = calm.settings, begin(calm)
    cover = np.array([one.cover for one in settings.programmes]).reshape(world.pool.shape)
    works = Works.none(len(hedge.units))
    works = replace(works, level=hedge.units, planned=hedge.units, sunk=hedge.units)
    stock = world.stock if hedge.stocked else np.zeros_like(world.stock)
    world = replace(world, works=works, stock=stock, pool=hedge.units[:, None] * cover)
    scene = _scene(calm, world, observe(calm, begin(calm), None)[0])
    return replace(world, available=scene.adapted_at.composition)


def _incomes(calm: Design, world: World, halt: Halt | None, quarters: int, after: int) -> Array:
    out, near = [], observe(calm, begin(calm), None)[0]
    for quarter in range(quarters + after):
        withheld, denied = np.zeros_like(world.withheld), np.zeros_like(world.denied)
        if halt is not None and quarter < quarters:
            withheld[np.ix_([calm.focus], halt.senders, halt.domains)] = halt.share
            denied[np.ix_([calm.focus], halt.senders, halt.holdings)] = halt.share
        world = replace(world, withheld=withheld, denied=denied, step=0)
        near = _scene(calm, world, near)
        settled, world = settle(calm, near, world)
        out.append(settled.income[calm.focus])
    return np.array(out)


def _scene(calm: Design, world: World, near: Scene) -> Scene:
    return set_scene(calm.base, calm.settings, world, calm.weight, (near.impact, near.adapted), "stops")


def yearly_cost(calm: Design, halt: Halt, hedge: Hedge, carrying: float) -> float:
    """Per cent of the focus region's income a year: of programmes, or of today's stocks of what is stopped."""
    of, base, i = calm.settings.programmes, calm.base, calm.focus
    if not hedge.stocked:
        return 0.0
    if hedge.units.any():
        return float(spending(of, hedge.units, hedge.units).sum())
    kept = (calm.stock[i] * base.expenditure[i] / 4)[halt.domains].sum()
    return float(100 * carrying * kept / base.income[i])
