"""Settings: every number of a run that is not an account: plain floats and arrays, after draws were made.

Config classes stop here, so that rules depend on numbers alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.world.chance import RandomShock
from sim.world.crisis import Alliance, Bargaining, Demand, Shield
from sim.world.domestic import Domestic
from sim.world.holdings import Holdings
from sim.world.params import Array
from sim.world.programmes import Programme

CLASSES = ("tariff", "control", "hedge", "threat")
"""Instrument classes: acting is a nest, a class is a nest within it."""
AT_REST = ("tariff", "control", "hedge")
"""Classes that exist in the base year, where nobody has a demand: what recorded activity can say something about."""


@dataclass(frozen=True)
class Tastes:
    """What keeps the base year at rest: least-norm, fitted for each draw of parameters."""

    norm: Array  # [region], percent of income a year per point of breach (n1)
    control: Array  # [region], percent of income a year at r = 1 on one target and domain
    hedge: Array  # [importer, exporter, domain], percent of income a year per unit of h
    programme: Array  # [programme], percent of the owner's income a year for each unit begun

    @staticmethod
    def none(regions: int, domains: int, programmes: int) -> Tastes:
        """Tastes of a world that was not fitted."""
        cells = np.zeros((regions, regions, domains))
        return Tastes(*(np.zeros(regions) for _ in range(2)), cells, np.zeros(programmes))


@dataclass(frozen=True)
class Settings:
    """Numbers of one run. Unit in the comment; per cent means per cent of the actor's annual real income."""

    # trade
    renewal: float  # 1/quarter, share of contracts renewed
    # horizon of a candidate
    horizon: int  # quarters
    discount: float  # 1/quarter
    nodes: tuple[int, ...]  # quarters solved
    impact_weight: dict[str, float]  # class -> weight of the impact equilibrium in screening
    shortlist: int  # candidates of each class scored on the whole path
    margin: float  # percent, screened further below the best than this: not walked
    # choice
    agenda: float  # probability of an opening a quarter
    precision: float  # 1/percent
    shock_sd: float  # percent, stationary deviation of the political shock
    shock_persistence: float  # 1
    act_cost: Array  # [region, class], percent
    # norms
    norm_curvature: float  # percent per point squared (n2)
    norm_factor: Array  # [region], 1
    reciprocity: float  # 1
    # politics of the scenario
    producer_weight: Array  # [region, domain], 1
    tariff_value: Array  # [region, 2], V1 percent a point, V2 percent a point squared
    control_value: Array  # [sender, target, domain], percent of the sender's income a year at r = 1
    # beliefs
    half_life: float  # years
    third_party: float  # 1, weight of what happens to others
    prior_years: float  # years of experience behind the prior
    hazard_prior: Array  # [target, sender], episodes a year
    conduct_prior: Array  # [sender, instrument], sums to 1 for actors
    conduct_weight: float  # pseudo-counts
    retaliation_prior: Array  # [region], 1
    retaliation_weight: float  # pseudo-counts
    counter_answer: float  # 1, factor on retaliation against an answer
    rollback: float  # 1, prior that a breach is undone when answered in full
    episode_years: float  # years
    risk_aversion: float  # 1, relative, towards yearly losses from coercion and accidents
    # instruments
    tariff_bound: float  # 1
    market_tariff: float  # 1, points by which a sender closes its market
    levels: tuple[float, ...]  # withheld shares of the control instruments, rising
    imposing_cost: float  # percent, once
    lifting_cost: float  # percent, once
    cooling_off: int  # quarters
    withholds: Array  # [sender, domain] bool
    lever: Array  # [sender] int, domain of its answering control; -1 none
    hedge_bound: float  # 1, largest h - h0
    build_quarters: int
    fixed_cost: float  # percent, once
    running_cost: float  # percent a year per unit of h
    hedge_decay: float  # 1/quarter
    # programmes
    programmes: tuple[Programme, ...]  # by name; who may start one is the menu's business
    programme_horizon: int  # quarters
    programme_nodes: tuple[int, ...]  # quarters solved when a programme is valued
    review: int  # quarters that a start would wait for news
    refill: float  # quarters in which an empty stock is filled up
    stock_goal: Array  # [importer, domain], quarters of use that are kept in store, shields apart
    # calibration
    hedge_cap: float  # 1, largest h0
    min_flow_tariff: float  # percent of income
    min_flow_small: float  # percent of income
    tastes: Tastes
    # crises
    bargaining: Bargaining
    demands: tuple[Demand, ...]  # none at rest
    shields: tuple[Shield, ...]
    alliance: Alliance
    shocks: tuple[RandomShock, ...]  # by name; what may happen and what is feared
    domestic: Domestic  # groups at home; none in a world without them
    holdings: Holdings  # stock domains: whom regions depend on, and who may deny what
    price_move: float = 0.0  # deviations by which the price of what programmes replace stands above today's
    silent: tuple[str, ...] = ()  # payoff terms that count for nothing: ablation alone sets it

    def with_tastes(self, tastes: Tastes) -> Settings:
        """The same settings with fitted tastes."""
        return replace(self, tastes=tastes)

    @cached_property
    def node_weight(self) -> Array:
        """[node], weight of each node in the discounted mean over the horizon; linear between, flat after."""
        quarters = np.arange(self.horizon)
        discount = self.discount**quarters
        hats = np.eye(len(self.nodes))
        weight = np.array([(discount * np.interp(quarters, self.nodes, hat)).sum() for hat in hats])
        return weight / discount.sum()

    @cached_property
    def once(self) -> float:
        """Yearly flow over the horizon worth one payment now, 1/year: 4 / sum of discounts."""
        return 4.0 / (self.discount ** np.arange(self.horizon)).sum()

    def standing(self, quarters: float) -> tuple[Settings, float]:
        """Settings that count only the first quarters, and the share of the horizon's weight that these have.

        What stands for some quarters and is then gone is worth this share of its mean over them."""
        span = max(1, min(int(round(quarters)), self.horizon))
        discount = self.discount ** np.arange(self.horizon)
        near = [node for node in self.nodes if node < span - 1]
        after = [node for node in self.nodes if node >= span - 1][:1]
        return replace(self, horizon=span, nodes=(*near, *after)), float(discount[:span].sum() / discount.sum())

    def annuity(self, by_node: Array) -> Array:
        """Discounted mean over the horizon of values [node, ...] at the nodes."""
        return np.tensordot(self.node_weight, by_node, axes=(0, 0))
