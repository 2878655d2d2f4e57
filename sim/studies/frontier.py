"""The efficient hedging frontier: the least premium at each level of expected or tail loss, by convex optimisation.

Foreign suppliers are moved, home's share stays. Expected and tail loss are convex in shares, exactly, and the
premium is minimised by its convex bound; then the exact premium is reported. What is measured is
decided in `rules/frontier.py`. Source: model section 3; Rockafellar and Uryasev (2000) for the tail."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np
import pandas as pd

from sim.engine.design import Design
from sim.engine.step import begin, observe
from sim.errors import SolverError, WorldError
from sim.moves.risk import adapted_standing, expected_stops
from sim.rules.coercion import TAIL, stop_losses
from sim.rules.frontier import (
    Yardstick,
    bound_slope,
    episode_weight,
    expected,
    loss_slope,
    premium,
    premium_bound,
    tail,
)
from sim.world.params import Array

POINTS = 14
DEEPEST = 0.95  # how far down the range of attainable losses the frontier is drawn
MAY_MISS = 1e-5  # of the level, and of shares: more and the point is refused
MAY_GAP, MAY_GAP_PART = 1e-4, 0.01  # per cent of income, and on top of it a part of the bound
TRIES = ({"max_step_fraction": 0.95}, {}, {"max_step_fraction": 0.9}, {"max_step_fraction": 0.8})
"""Settings of the solver, one after the other until the residuals are small: powers near one tax its steps."""
HARDLY = 1e-4  # weight of the cost where the least loss is asked for


class Loss(StrEnum):
    """Which loss a frontier is about."""

    expected = "expected"
    tail = "tail"


@dataclass(frozen=True)
class Point:
    """The composition of least premium at one level of loss, and how well it was found."""

    level: float  # per cent; a year for the expected loss, in ten years for the tail
    share: Array  # [exporter, domain]
    premium: float  # per cent, exact form
    bound: float  # per cent, what was minimised
    price: float  # per cent of premium for a per cent of loss less, at the margin
    residuals: dict[str, float]


def yardstick(design: Design) -> Yardstick:
    """What compositions are measured with: the focus in the base year of a design, under its beliefs at the start."""
    base, focus, settings = design.base, design.focus, design.settings
    if (base.gap <= 0).any():
        d = base.domains[int(base.gap.argmin())]
        raise WorldError(f"the frontier needs theta_long > theta_short in every domain; raise theta_long of {d}")
    start = begin(design)
    calm, _ = observe(design, start, None)
    stops, arrivals = expected_stops(base, settings, start.beliefs, focus)
    at = adapted_standing(calm)
    solved, _ = stop_losses(base, at, calm.impact, focus, stops)
    others = tuple(i for i in design.actors if i != focus)
    return Yardstick(design.weight[focus], base.theta_short, base.theta_long, base.share_unhedged[focus],
                     base.share[focus], focus, others, tuple(stops), arrivals, solved,
                     at.stores.reach(base, focus))  # fmt: skip


class Search:
    """The convex programme for one yardstick and one kind of loss; solved anew for each level."""

    def __init__(self, of: Yardstick, kind: Loss):
        import cvxpy as cp  # late: it takes a second, and only this study needs it

        self.of, self.kind, self._cp = of, kind, cp
        self._check()
        touched = {d for stop in of.stops if stop.of_supply for d in stop.domains}
        live = (of.unhedged > 0) & of.foreign[:, None]
        self.cells = {d: np.flatnonzero(live[:, d]) for d in sorted(touched)}
        self.ratio = {d: cp.Variable(len(rows), nonneg=True) for d, rows in self.cells.items()}  # lam / lam0
        self.level = cp.Parameter()
        self.drawn: dict = {}  # by stop and domain, the rule that stores have to cover what is lacking
        self.rules = [lam0 @ self.ratio[d] == lam0.sum() for d, lam0 in self._unhedged()]
        self.cost = self._cost()
        self.loss = self._loss()
        self.limit = self.loss <= self.level
        self.cheapest = cp.Problem(cp.Minimize(self.cost), [*self.rules, self.limit])

    def _check(self) -> None:
        of = self.of
        for stop, scale in zip(of.stops, of.scale(), strict=True):
            steep = (of.weight / of.theta_short)[list(stop.domains)].sum()
            if stop.of_supply and (steep > 1 or scale < 0):
                raise WorldError("the loss from a stop is not convex in shares, so that no frontier can be "
                                 "found: raise theta_short of its domains, or leave the stop out")  # fmt: skip

    def _unhedged(self):
        return [(d, self.of.unhedged[rows, d]) for d, rows in self.cells.items()]

    def _cost(self):
        """sum_d m_d (S_d - 1) / ((alpha_d - 1) theta_long_d), per cent; powers as power cones."""
        of, cp, total = self.of, self._cp, 0
        for d, lam0 in self._unhedged():
            power = cp.Variable(len(lam0))
            ones = np.ones(len(lam0))
            self.rules.append(cp.PowCone3D(power, ones, self.ratio[d], np.full(len(lam0), 1 / of.alpha[d])))
            total = total + 100 * of.weight[d] / ((of.alpha[d] - 1) * of.theta_long[d]) * (lam0 @ power - lam0.sum())
        return total

    def _stop_losses(self) -> list:
        """Each stop's loss as a convex expression: scale (1 - prod_d (1 - r lam_d)**k_d), a number for a closure."""
        of, out = self.of, []
        for k, (stop, scale, solved) in enumerate(zip(of.stops, of.scale(), of.solved, strict=True)):
            if not stop.of_supply:
                out.append(float(solved))
                continue
            left = [self._left(k, d, store) for d, store in zip(stop.domains, of.store(stop), strict=True)]
            powers = [float(of.weight[d] / of.theta_short[d]) for d in stop.domains]
            out.append(scale * (1 - self._product(left, powers)))
        return out

    def _left(self, k: int, d: int, store: float):
        """What may still be used of a domain, as a part: what is withheld, less what is drawn from stores."""
        stop = self.of.stops[k]
        after = 1 - stop.withheld * self._supplied(stop.senders, d)
        if store == 0:
            return after
        part = self._cp.Variable(nonneg=True)
        self.drawn[k, d] = part <= after + store
        self.rules += [part <= 1, self.drawn[k, d]]
        return part

    def _supplied(self, senders, d: int):
        rows = list(self.cells[d])
        mine = [rows.index(j) for j in senders if j in rows]
        return self.of.unhedged[[rows[k] for k in mine], d] @ self.ratio[d][mine]

    def _product(self, values: list, powers: list[float]):
        """A variable below prod value**power, powers summing to no more than one: a chain of power cones."""
        if not values:
            return self._cp.Constant(1.0)
        rest = self._product(values[1:], [p / (1 - powers[0]) for p in powers[1:]])
        below = self._cp.Variable(nonneg=True)
        self.rules.append(self._cp.PowCone3D(values[0], rest, below, powers[0]))
        return below

    def _loss(self):
        loss, a = self._stop_losses(), self.of.arrivals
        if self.kind is Loss.expected:
            return sum(float(w) * one for w, one in zip(a.rate * a.years, loss, strict=True))
        cp = self._cp
        _, chance, size = episode_weight(self.of)
        sums = [sum(float(w) * one for w, one in zip(row, loss, strict=True) if w) for row in size]
        states = np.array(list(product((False, True), repeat=len(chance))))
        self.chance = np.where(states, chance, 1 - chance).prod(axis=1)
        threshold, over = cp.Variable(), cp.Variable(len(states), nonneg=True)
        self.exceed = [over[s] >= sum(one for one, on in zip(sums, state, strict=True) if on) - threshold
                       for s, state in enumerate(states)]  # fmt: skip
        self.rules += self.exceed
        self.states, self.size = states, size
        return threshold + self.chance @ over / (1 - TAIL)

    def measured(self, share: Array) -> float:
        """The loss of a composition, from the rules and not from the programme."""
        return float(expected(self.of, share)) if self.kind is Loss.expected else tail(self.of, share)

    def least(self) -> float:
        """The lowest loss that any composition has, nearly whatever it costs: a little cost keeps it unique."""
        safest = self._cp.Problem(self._cp.Minimize(self.loss + HARDLY * self.cost), self.rules)
        if not any(self._solved(safest, how) for how in TRIES):
            raise SolverError(f"frontier of the {self.kind} loss: the solver finds no least loss; try a milder theta")
        return self.measured(self._share())

    def at(self, level: float) -> Point:
        """The composition of least premium with a loss of at most the level.

        Raises SolverError when there is none, or when the solver leaves too much."""
        if level >= self.measured(self.of.unhedged):
            return Point(level, self.of.unhedged, 0.0, 0.0, 0.0, {name: 0.0 for name in RESIDUALS})
        self.level.value = level
        left = {}
        for how in TRIES:
            if not self._solved(self.cheapest, how):
                continue
            share, price = self._share(), float(self.limit.dual_value)
            left = self._residuals(share, level, price)
            bound, missed = float(premium_bound(self.of, share)), max(left["shares"], left["over_level"] / abs(level))
            if missed <= MAY_MISS and left["gap"] <= MAY_GAP + MAY_GAP_PART * bound:
                return Point(level, share, float(premium(self.of, share)), bound, price, left)
        raise SolverError(f"frontier of the {self.kind} loss: no point at {level:.4g} % (what the solver left: "
                          f"{left or 'no solution'}); ask for a level between the least and the unhedged loss, or a "
                          "milder theta")  # fmt: skip

    def _solved(self, problem, how: dict) -> bool:
        """Whether the solver came to an end; how good that is, the residuals say."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "may be inaccurate"
            try:
                problem.solve(solver="CLARABEL", **how)
            except self._cp.error.SolverError:
                return False
        return problem.status in ("optimal", "optimal_inaccurate")

    def _share(self) -> Array:
        share = self.of.unhedged.copy()
        for d, rows in self.cells.items():
            share[rows, d] *= self.ratio[d].value
        return share

    def _residuals(self, share: Array, level: float, price: float) -> dict[str, float]:
        """How far the point is from what a minimum has to fulfil, from the rules and not from the programme.

        gap : per cent of income by which the bound could at most be lower: Lagrange's function is convex, so that
        it lies above its tangent, which is least where each domain buys from its cheapest supplier alone"""
        of = self.of
        slope = bound_slope(of, share) + loss_slope(of, share, price * self._worth(), self._bought())
        spare = sum(float(share[rows, d] @ (slope[rows, d] - slope[rows, d].min())) for d, rows in self.cells.items())
        measured = self.measured(share)
        return {
            "shares": float(np.abs(share.sum(axis=0) - 1).max()),
            "over_level": measured - level,
            "gap": spare + price * abs(measured - level),
        }

    def _bought(self) -> list[Array | None]:
        """[stop], by domain: what a point less of a stop's supply is worth, per cent; none without stores."""
        out: list[Array | None] = []
        for k, stop in enumerate(self.of.stops):
            rules = [self.drawn.get((k, d)) for d in stop.domains]
            kinks = [0.0 if rule is None else stop.withheld * float(rule.dual_value) for rule in rules]
            out.append(np.array(kinks) if any(rule is not None for rule in rules) else None)
        return out

    def _worth(self) -> Array:
        """[stop], what a per cent of a stop's loss adds to the loss of the frontier."""
        a = self.of.arrivals
        if self.kind is Loss.expected:
            return a.rate * a.years
        binding = np.array([float(rule.dual_value) for rule in self.exceed])
        return (binding / binding.sum()) @ self.states @ self.size


RESIDUALS = ("shares", "over_level", "gap")


def frontier(of: Yardstick, kind: Loss = Loss.expected, points: int = POINTS) -> list[Point]:
    """Points from the unhedged loss down, closer together where the premium is small."""
    search = Search(of, kind)
    top, least = search.measured(of.unhedged), search.least()
    return [search.at(top - DEEPEST * (top - least) * down**1.5) for down in np.linspace(0, 1, points)]


def frontier_table(of: Yardstick, kinds=tuple(Loss), points: int = POINTS) -> pd.DataFrame:
    """A row a point: kind, level, premium, bound, price, both losses, and the residuals."""
    rows = []
    for kind in kinds:
        for point in frontier(of, kind, points):
            rows.append({
                "kind": kind.value, "level": point.level, "premium": point.premium, "bound": point.bound,
                "price": point.price, "expected_loss": float(expected(of, point.share)),
                "tail_loss": tail(of, point.share), **point.residuals,
            })  # fmt: skip
    return pd.DataFrame(rows)
