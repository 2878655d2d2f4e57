"""Design: all that stays fixed during one run, made from scenario, policy, drawn values and luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.engine.menu import catalogue
from sim.errors import Problem, ScenarioError
from sim.moves.catalogue import Catalogue
from sim.moves.constituents import base_outputs
from sim.moves.rest import Rest, at_rest, base_anchors, base_world, fit_hedges, fit_rest
from sim.rules.coercion import domar_weight
from sim.rules.solve import Anchor
from sim.scenario import quarters as quarter
from sim.scenario.activity import activity_path, load_act_costs
from sim.scenario.scenario import Scenario
from sim.scenario.schema import Departures, Openings, PolicyFile
from sim.strategies import find_strategy
from sim.strategies.base import Strategy
from sim.strategies.scripted import Scripted
from sim.world.calendar import Decree, commitments, decrees, select
from sim.world.crisis import DatedThreat
from sim.world.params import Array, Economy
from sim.world.settings import CLASSES, Settings, Tastes
from sim.world.start import start_economy, start_settings, start_stock, tables_of
from sim.world.start_crises import dated_threats
from sim.world.state import World

REST = Openings(tariff_raise="all", tariff_match="all", control="all", hedge="all", programmes="all")
"""What the base year is asked to be at rest with: everything but unilateral cuts."""
FREE = REST.model_copy(update={"tariff_cut": "all"})
"""What is open to a region whose policy has fallen: payoffs alone decide."""


@dataclass(frozen=True)
class Pledge:
    """A policy's dated move of the focus region."""

    step: int
    kind: str  # hedge, tariff or programme
    partner: int  # the supplier or partner; of a programme, its first partner
    domains: tuple[int, ...]
    size: float  # mark-up, share of the base rate that stays, or units
    programme: int = -1


@dataclass(frozen=True)
class Design:
    """One run's fixed parts."""

    scenario: str
    policy: str
    seed: int
    run: int
    quarters: tuple[str, ...]
    focus: int
    free_from: int  # step
    base: Economy
    settings: Settings
    stock: Array
    weight: Array  # Domar weights [region, domain]
    anchors: tuple[Anchor, Anchor]
    catalogues: dict[int, Catalogue]
    strategies: dict[int, Strategy]
    dated: tuple[Decree, ...]  # by quarter; empty: no calendar
    threats: tuple[DatedThreat, ...]  # of the calendar
    pledges: tuple[Pledge, ...]
    shocks: bool  # political shocks on
    complies_with: tuple[int, ...]  # senders to whose demands the focus always gives in
    free: Catalogue  # of the focus once its policy has fallen
    reference: Array  # [region, output and domain], per cent, what groups at home saw in the base year
    forced: dict[tuple[int, int], str]  # (step, actor) -> name of the move that a person makes for it
    config: Scenario  # what all this was made of, drawn values put in
    plan: PolicyFile

    @property
    def actors(self) -> list[int]:
        """Positions of the actors, in the scenario's order."""
        return list(self.catalogues)

    @property
    def decided_from(self) -> int:
        """First step in which anybody may decide, or a person moves for an actor."""
        return min([self.free_from, *(step for step, _ in self.forced)])

    def with_tastes(self, tastes: Tastes) -> Design:
        """The same with fitted tastes."""
        return replace(self, settings=self.settings.with_tastes(tastes))

    def menus(self, world: World) -> dict[int, Catalogue]:
        """What each actor may do: the focus whose policy has fallen does what it likes."""
        return self.catalogues if world.fallen < 0 else self.catalogues | {self.focus: self.free}


def fit(scenario: Scenario, hedges: Rest | None = None, between: Callable[[], None] = lambda: None) -> Rest:
    """Base mark-ups and tastes of one draw: the same for every policy and for every departure of a scenario.

    hedges : from `fit_base_hedges` on the same scenario, where they are at hand
    between : called between the fits of two actors; what it raises ends the fit"""
    calm, base, settings, stock = _base_year(scenario)
    free = PolicyFile(kind="policy", name="rest", title="rest", description="everything but cuts", open=REST)
    menus = [catalogue(calm, free, base, settings, actor) for actor in calm.file.actors]
    scale = {name: unit.value for name, unit in calm.model.calibration.taste_scale.items()}
    return fit_rest(base, settings, stock, menus, scale=scale, hedges=hedges, between=between)


def fit_base_hedges(scenario: Scenario) -> Rest:
    """Base mark-ups alone, in a tenth of the time of `fit`: enough to play until somebody decides."""
    calm, base, settings, stock = _base_year(scenario)
    return fit_hedges(base, settings, stock, [base.regions.index(actor) for actor in calm.file.actors])


def _base_year(scenario: Scenario) -> tuple[Scenario, Economy, Settings, Array]:
    """The scenario at rest with its accounts, settings and stocks."""
    calm = _at_rest(scenario)
    base = start_economy(calm)
    settings = at_rest(start_settings(calm, base, np.zeros((len(base.regions), len(CLASSES)))))
    return calm, base, settings, start_stock(calm, base)


def _at_rest(scenario: Scenario) -> Scenario:
    file = scenario.file.model_copy(update={"changes": Departures(), "open": REST, "calendar": []})
    # a base year at rest is asked about the base year's own commitments
    return replace(scenario, file=file)


def act_costs(scenario: Scenario, base: Economy) -> Array:
    """[region, class], per cent: fitted to activity, from `configs/calibration/activity.yaml`.

    Raises ScenarioError for an actor that was not fitted."""
    fitted = load_act_costs()
    out = np.zeros((len(base.regions), len(CLASSES)))
    for code in scenario.file.actors:
        if code not in fitted:
            message = "has no cost of acting yet; run hedgelab calibrate with a scenario in which it acts"
            raise ScenarioError([Problem(activity_path().name, code, message)])
        for c, name in enumerate(CLASSES):
            # no threat is on record and none is possible at rest, so its cost is not identified: it takes the control's
            known = name if name in fitted[code] else "control"
            out[base.regions.index(code), c] = fitted[code][known].value
    return out


def design(
    scenario: Scenario, policy: PolicyFile, rest: Rest, *, seed: int, run: int, quarters: int | None = None,
    strategies: dict[str, Strategy] | None = None, shocks: bool = True, act_cost: Array | None = None,
) -> Design:  # fmt: skip
    """Joins what a run needs.

    rest : from `fit` on the same values
    strategies : by region code, in place of the configured rules and scripts
    act_cost : [region, class], in place of the fitted costs of acting (to fit them)"""
    file = scenario.file
    base = replace(rest.base, commitment=commitments(tables_of(scenario), file))
    cost = act_costs(scenario, base) if act_cost is None else act_cost
    settings = start_settings(scenario, base, cost, policy.shields).with_tastes(rest.tastes)
    count = quarters or file.quarters
    begin = quarter.number(file.start)
    catalogues = {base.regions.index(a): catalogue(scenario, policy, base, settings, a) for a in file.actors}
    stock, weight, anchors = start_stock(scenario, base), domar_weight(base), base_anchors(base)
    return Design(
        scenario=file.name, policy=policy.name, seed=seed, run=run,
        quarters=tuple(quarter.label(begin + k) for k in range(count)), focus=base.regions.index(file.focus),
        free_from=0 if file.free_from is None else quarter.number(file.free_from) - begin,
        base=base, settings=settings, stock=stock, weight=weight,
        anchors=anchors, catalogues=catalogues,
        strategies=_rules(scenario, base, strategies),
        dated=tuple(decrees(tables_of(scenario), file, count)) if file.calendar else (),
        threats=dated_threats(scenario, base),
        pledges=tuple(_pledges(scenario, policy, base, settings, begin)), shocks=shocks,
        complies_with=tuple(base.regions.index(code) for code in policy.complies_with),
        free=unbound(scenario, base, settings),
        reference=base_outputs(base, settings, base_world(base, settings, stock), weight, anchors),
        forced={(quarter.number(turn.quarter) - begin, base.regions.index(turn.actor)): turn.move
                for turn in file.turns if turn.type == "move"},
        config=scenario, plan=policy,
    )  # fmt: skip


def another_luck(of: Design, seed: int, run: int, strategies: dict[str, Strategy] | None = None) -> Design:
    """The same run under another luck, with rules that remember nothing yet; strategies : as in `design`."""
    return replace(of, seed=seed, run=run, strategies=_rules(of.config, of.base, strategies))


def _rules(scenario: Scenario, base: Economy, given: dict[str, Strategy] | None) -> dict[int, Strategy]:
    file = scenario.file
    rules = {a: Scripted(script=dict(script)) for a, script in file.scripts.items()} | (given or {})
    return {base.regions.index(a): rules.get(a) or find_strategy(scenario.regions[a].strategy) for a in file.actors}


def unbound(scenario: Scenario, base: Economy, settings: Settings) -> Catalogue:
    """What is open to the focus once its policy has fallen."""
    free = PolicyFile(kind="policy", name="free", title="free", description="what is left of a policy that fell",
                      open=FREE)  # fmt: skip
    return catalogue(scenario, free, base, settings, scenario.file.focus)


def _pledges(scenario: Scenario, policy: PolicyFile, base: Economy, settings: Settings, begin: int) -> list[Pledge]:
    out, names = [], [one.name for one in settings.programmes]
    for item in policy.commitments:
        if item.type == "programme":
            if item.programme in names:  # a world without its partners has no such programme
                k = names.index(item.programme)
                one, step = settings.programmes[k], quarter.number(item.start) - begin
                out.append(Pledge(step, item.type, one.partners[0], one.domains, item.size.value, k))
            continue
        domains = select(base.domains, item.domains, policy.name, "commitments.domains")
        domains = tuple(d for d in domains if base.goods[d])
        step = quarter.number(item.start) - begin
        partner = item.supplier if item.type == "hedge" else item.partner
        size = item.size.value if item.type == "hedge" else item.keep.value
        out.append(Pledge(step, item.type, base.regions.index(partner), domains, size))
    return out
