"""The whole outcome of a move as one number, written apart from the engine's terms: quarter by quarter, row by row.

It shares with the engine the equilibrium, the beliefs and the answers a move may draw; nothing of how they are
put together. The terms of a ledger are checked against it. Source: model section 5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.errors import SolverError
from sim.moves.answers import answered_world, answers_to
from sim.moves.catalogue import Candidate, applied
from sim.moves.path import PATH_TOLERANCE, Rows, Scene, long_composition
from sim.moves.risk import Fear, fear
from sim.rules.contracts import impact_shock, log_wedge, wanted_composition, withhold
from sim.rules.solve import solve
from sim.rules.trade import balance, real_income
from sim.studies import direct_holdings as holdings
from sim.studies import direct_programmes as programmes
from sim.studies.direct_domestic import balance as public_balance
from sim.studies.direct_domestic import heard
from sim.studies.direct_security import insecurity, moved_away
from sim.world.params import Array
from sim.world.settings import CLASSES
from sim.world.state import World


class Direct:
    """Payoff of one actor in one scene, in per cent of its annual real income at hold."""

    def __init__(self, scene: Scene, actor: int, tolerance: float = PATH_TOLERANCE, feared: Fear | None = None):
        self.scene, self.actor, self.tolerance = scene, actor, tolerance
        self.base, self.settings = scene.base, scene.settings
        quarters = np.arange(self.settings.horizon)
        self.discount = self.settings.discount**quarters / (self.settings.discount**quarters).sum()
        self.nodes = self.quarters_solved()
        self.hold = self.mean(self.path(scene.world)["income"])
        self.fear = feared or fear(scene, actor)
        self.stays = self.total(None)

    def quarters_solved(self) -> list[int]:
        """The nodes, and the last quarter of each shock in force with the first one after it."""
        ends = {int(left) for left in self.scene.world.shock_left if 0 < left <= max(self.settings.nodes)}
        return sorted({*self.settings.nodes, *ends, *(end - 1 for end in ends)})

    def mean(self, at_nodes: Array, nodes: tuple[int, ...] | None = None) -> float:
        """Discounted mean over the horizon; linear between nodes, flat after the last."""
        quarters = np.arange(self.settings.horizon)
        return (self.discount * np.interp(quarters, nodes or self.nodes, at_nodes)).sum()

    def gain(self, move: Candidate) -> float:
        """Payoff of the world with the move less the payoff of the world without; holding gains nothing."""
        if move.programme >= 0:
            return self.venture(move)
        return self.total(move) - self.stays if move.instrument else 0.0

    def venture(self, move: Candidate) -> float:
        """Payoff of a move on a programme: what news of prices and pressure may make of it, mood added at the end."""
        s, scene, today, p = self.settings, self.scene, self.scene.world, move.programme
        own = s.programmes[p]
        mood = today.politics[self.actor, CLASSES.index(move.instrument)] * (-1 if move.operation == "abandon" else 1)
        years = s.review / 4
        moves = (-(years**0.5), years**0.5) if own.supplies else (0.0,)
        far = [replace(scene, settings=replace(s, horizon=s.programme_horizon, nodes=s.programme_nodes, price_move=z))
               for z in moves]  # fmt: skip
        views = [Direct(one, self.actor, self.tolerance, self.fear) for one in far]
        worth = [view.total(move) - view.stays - mood for view in views]
        if move.operation == "abandon":
            return sum(worth) / len(worth) + mood
        made = applied(self.base, s, today, self.actor, move)
        pressure = views[0].pressure(made, move)
        states = [one + sign * pressure for one in worth for sign in (-1, 1)]
        return programmes.decided(states, views[0].left(made, p), s.discount**s.review) + mood

    def pressure(self, made: World, move: Candidate) -> float:
        """Deviation, per cent a year, of the relief from coercion that a review may bring."""
        s, come, relief = self.settings, self.fear.arrivals, {}
        free = long_composition(replace(self.scene, settings=replace(s, price_move=0.0)),
                                Rows.of([self.scene.world, made]))[:, self.actor]  # fmt: skip
        for k, stop in enumerate(self.fear.stops):
            if not come.accident[k]:
                hold, with_it = (self.loss(k, v, w)
                                 for v, w in zip(free, (self.scene.world, made), strict=True))  # fmt: skip
                j = stop.senders[0]
                relief[j] = relief.get(j, 0.0) + come.rate[k] * come.years[k] * (hold - with_it)
        part, years = self.stands(move, made), s.review / 4
        return sum((part * spared) ** 2 * years / come.opening[j] / s.prior_years**2
                   for j, spared in relief.items()) ** 0.5  # fmt: skip

    def left(self, made: World, p: int) -> float:
        """What a start given up at the review leaves, per cent of income a year: what is sunk, less the salvage."""
        s, one, works = self.settings, self.settings.programmes[p], made.works
        spent = [programmes.sunk_at(works, p, min(node, s.review)) - works.sunk[p] for node in s.nodes]
        at_review = programmes.sunk_at(works, p, s.review) - works.sunk[p]
        back = one.salvage * one.capital * at_review * s.discount**s.review * 4
        paid = self.mean(one.annuity * one.capital * np.array(spent), s.nodes)
        return back / (s.discount ** np.arange(s.horizon)).sum() - paid

    def path(self, world: World) -> dict[str, Array]:
        """The actor at the nodes of a world: real income, value added by domain, real wage, customs revenue, mark-ups.

        Raises SolverError where an equilibrium does not converge."""
        base, s, i, today = self.base, self.settings, self.actor, self.scene.world
        v, y, short, at_x = today.available, today.stranded, today.short, self.scene.impact.x
        hedge, left = world.hedge, world.build_left
        out = {"income": [], "rents": [], "hedge": [], "spent": [], "sales": [], "wage": [], "revenue": []}
        for k, node in enumerate(self.nodes):
            now, wedge = self.conditions(world, node)
            units = [programmes.units_at(world.works, p, one.decay, node) for p, one in enumerate(s.programmes)]
            wedge = wedge + programmes.added_cost(self.scene, units)
            out["spent"].append(programmes.spent_a_year(self.scene, i, world.works, node))
            v, y = withhold(v, y, short, now)
            short = now
            shock = impact_shock(base, world.tariff, short, v, y, wedge)
            found = solve(base, shock.rows(None), self.scene.impact, start=at_x[None], tolerance=self.tolerance)
            if not found.converged[0]:
                raise SolverError(f"direct evaluation, {node} quarters ahead: the equilibrium did not converge")
            at_x, at = found.x[0], balance(base, shock, found.x[0])
            real = real_income(base, at_x, at.income)
            lives, keeps = holdings.factors(self.scene, world, units)
            prices = at.income / base.income / real / lives
            real = real * lives * keeps
            added = base.value_added * at.output / prices[:, None] / base.income[:, None]
            out["income"].append(real[i])
            out["rents"].append((s.producer_weight[i] * added[i]).sum())
            out["sales"].append(added[i])
            out["wage"].append(np.exp(at_x[i]) / prices[i])
            out["revenue"].append((world.tariff[i] * at.flow[i]).sum() / prices[i] / base.income[i])
            out["hedge"].append(hedge[i].copy())
            if k + 1 < len(self.nodes):
                full = hedge + programmes.added_mark_up(self.scene, units)
                wanted = wanted_composition(base, short, full, at.log_cost[None] + wedge)
                for _ in range(self.nodes[k + 1] - node):
                    v, y = v + s.renewal * (wanted - v), y * (1 - s.renewal)
                    hedge, left = a_quarter_on(hedge, world.hedge_goal, left, base.hedge_base, s.hedge_decay)
        return {key: np.array(value) for key, value in out.items()}

    def conditions(self, world: World, quarter: int) -> tuple[Array, Array]:
        """What is short and what tariffs and transport add to delivered costs, some quarters ahead."""
        stock, pool, of = self.scene.world.stock, world.pool, self.settings.programmes
        for past in range(quarter):
            held, _ = self.by_chance(world.withheld, past)
            _, stock, pool = programmes.covered(self.scene, held, stock, pool)
            for p, one in enumerate(of):
                now, then = (programmes.units_at(world.works, p, one.decay, q) for q in (past, past + 1))
                pool[p] = np.maximum(pool[p] + (then - now) * one.cover, 0)
        held, iceberg = self.by_chance(world.withheld, quarter)
        short, _, _ = programmes.covered(self.scene, held, stock, pool)
        return short, log_wedge(self.base, world.tariff, iceberg)

    def by_chance(self, withheld: Array, ahead: int) -> tuple[Array, Array]:
        """What buyers do without and the iceberg factor, some quarters ahead: shocks in force end one by one."""
        had, iceberg = 1 - withheld, np.ones_like(withheld)
        for shock, left in zip(self.settings.shocks, self.scene.world.shock_left, strict=True):
            if left > ahead:
                had = had if shock.lost is None else had * (1 - shock.lost)
                iceberg = iceberg if shock.freight is None else iceberg * np.exp(shock.freight)
        return 1 - had, iceberg

    def total(self, move: Candidate | None, world: World | None = None) -> float:
        """One scalar: everything that a world with this move is worth to the actor; None is hold.

        world : the world with the move, where the catalogue does not say"""
        base, s, i, today = self.base, self.settings, self.actor, self.scene.world
        if world is None:
            world = today if move is None else applied(base, s, today, i, move)
        path = self.path(world)
        income = self.mean(path["income"])
        total = income + self.mean(path["rents"])
        if move is not None:
            for answer in answers_to(self.scene, i, move, world):
                total += answer.probability * (
                    self.mean(self.path(answered_world(self.scene, i, world, answer))["income"]) - income
                )
        total = 100 * (total + self.given_way(world, income)) / self.hold
        breach = self.breach(world)
        cost = s.tastes.norm[i] * breach + s.norm_curvature * breach**2 / 2
        total -= s.norm_factor[i] * cost
        total += s.tariff_value[i, 0] * breach - s.tariff_value[i, 1] * breach**2 / 2
        held = world.withheld[:, i]
        total += (s.control_value[i] * held).sum() - s.tastes.control[i] * held.sum()
        total += sum(holdings.wanted(self.scene, i, world, s.tastes.control[i]))
        total -= (s.tastes.hedge[i] * world.hedge_goal[i]).sum()
        running = s.running_cost * self.mean([np.maximum(h - base.hedge_base[i], 0).sum() for h in path["hedge"]])
        running += self.mean(path["spent"])
        mine = [one.owner == i for one in s.programmes]
        begun = [max(new - old, 0) for new, old in zip(world.works.planned, today.works.planned, strict=True)]
        total -= (s.tastes.programme * mine * begun).sum()
        risk, danger, once = self.risk(world, move), self.insecurity(world, move), 0.0
        total -= running + risk + danger
        if move is not None:
            once = self.paid_once(move) * 4 / (s.discount ** np.arange(s.horizon)).sum()
            total -= once
            mood = today.politics[i, CLASSES.index(move.instrument)]
            total += -mood if move.operation in ("cut", "remove", "lift", "abandon") else mood
        programme = running + (0.0 if move is None or move.instrument == "control" else once)
        return total + self.heard_at_home(world, path, programme, risk, danger)

    def heard_at_home(
        self, world: World, path: dict[str, Array], programme: float, risk: float, danger: float
    ) -> float:
        """What groups add to the payoff of a world, per cent of income; zero for an actor without any."""
        outlays = world.outlays[self.actor]
        seen = {"wage": 100 * self.mean(path["wage"]), "risk": risk, "insecurity": danger - 100 * outlays,
                "budget": public_balance(self.mean(path["revenue"]), programme, outlays),
                "outlays": 100 * outlays}  # fmt: skip
        sales = [self.mean(path["sales"][:, d]) for d in range(len(self.base.domains))]
        return heard(self.scene, self.actor, seen, sales)

    def paid_once(self, move: Candidate) -> float:
        """Per cent of income: imposing, lifting or starting."""
        if move.instrument == "control":
            costs = self.settings.holdings if move.holding >= 0 else self.settings
            return costs.lifting_cost if move.operation == "lift" else costs.imposing_cost
        if move.programme >= 0:
            one, built = self.settings.programmes[move.programme], self.scene.world.works.level[move.programme]
            return -one.salvage * one.capital * built if move.operation == "abandon" else 0.0
        return self.settings.fixed_cost if move.instrument == "hedge" else 0.0

    def points(self, world: World, a: int, b: int) -> float:
        """Mean points of a's tariffs on b above the commitment, weighted by base flows."""
        goods = self.base.flow[a, b] * self.base.goods
        above = np.maximum(world.tariff[a, b] - self.base.commitment[a, b], 0)
        return 100 * (goods * above).sum() / goods.sum() if goods.sum() > 0 else 0.0

    def breach(self, world: World) -> float:
        """B: 100 sum(flow max(t - commitment, 0)) / sum(flow) over foreign goods, less what answers a breach."""
        i, base = self.actor, self.base
        bought = (base.flow[i] * base.goods).sum(axis=1)
        bought[i] = 0.0
        own = [max(self.points(world, i, j) - world.excused[i, j], 0) if j != i else 0.0 for j in range(len(bought))]
        return (bought * own).sum() / bought.sum()

    def given_way(self, world: World, income: float) -> float:
        """Expected gain from partners that undo a breach since it is answered, both then back at commitments."""
        i, today, gain = self.actor, self.scene.world, 0.0
        for j in range(len(self.base.regions)):
            offence = self.points(today, j, i) - today.excused[j, i] if j != i else 0.0
            if offence < 1e-6:  # points; an answer in full leaves the rounding of a breach
                continue
            share = [min(w.excused[i, j] / offence, 1.0) for w in (world, today)]
            if share[0] > share[1]:
                undone = today.tariff.copy()
                for a, b in ((i, j), (j, i)):
                    undone[a, b] = np.minimum(undone[a, b], self.base.commitment[a, b])
                met = self.mean(self.path(replace(today, tariff=undone))["income"])
                gain += self.settings.rollback * (share[0] - share[1]) * (met - income)
        return gain

    def risk(self, world: World, move: Candidate | None) -> float:
        """What coercion and accidents are as bad as, per cent of income a year, at the mean of v* over the horizon."""
        today = self.scene.world
        free = long_composition(self.scene, Rows.of([today, world]))[:, self.actor]
        hold, made = (self.expected_loss(v, w) for v, w in zip(free, (today, world), strict=True))
        return hold + self.stands(move, world) * (made - hold)

    def reach(self, world: World) -> Array:
        """[domain], quarters of use that the actor may draw once programmes are built."""
        return programmes.in_reach(self.scene, self.actor, world, self.scene.world.stock)

    def insecurity(self, world: World, move: Candidate | None) -> float:
        """Per cent of income a year, the points moved away from the protector at their mean over the horizon."""
        free = long_composition(self.scene, Rows.of([self.scene.world, world]))[:, self.actor]
        hold, made = (moved_away(self.scene, self.actor, v) for v in free)
        against = self.settings.alliance.protector[self.actor]
        hostile = move is not None and move.operation in ("raise", "match", "punish", "licensing", "embargo", "deny")
        acts = float(hostile and against in move.partners)
        return insecurity(self.scene, self.actor, world, hold + self.stands(move, world) * (made - hold), acts)

    def stands(self, move: Candidate | None, made: World) -> float:
        """Mean over the horizon of the part of a move that contracts have followed."""
        if move is not None and move.programme >= 0:
            one = self.settings.programmes[move.programme]
            parts = programmes.part_standing(self.settings, one, made.works, move.programme,
                                             move.operation == "abandon")  # fmt: skip
            return self.mean(np.array(parts), self.settings.nodes)
        s, stands, built = self.settings, [], 0.0
        for quarter in range(max(s.nodes) + 1):
            if move is not None and move.instrument == "hedge":
                if quarter:
                    built += s.renewal * (min((quarter - 1) / s.build_quarters, 1.0) - built)
                stands.append(built)
            else:
                stands.append(1 - (1 - s.renewal) ** quarter)
        return self.mean(np.array(stands)[list(s.nodes)], s.nodes)

    def loss(self, k: int, composition: Array, world: World) -> float:
        """One feared stop at another composition, with a world's stores and shares, per cent while it lasts."""
        stop, known = self.fear.stops[k], self.fear.loss[k]
        if stop.tariff > 0:
            return known
        if stop.holding >= 0:
            return holdings.loss(self.scene, self.actor, stop, world.works.planned)
        new = self.closed(stop, composition, self.reach(world))
        old = self.closed(stop, self.fear.composition, self.fear.reach)
        return known * new / old if old > 0 else 100 * new

    def expected_loss(self, composition: Array, world: World) -> float:
        """Mean, half the aversion times the variance of arrivals, and of the rates at which senders open."""
        feared, come, total = self.fear, self.fear.arrivals, 0.0
        aversion, by_sender = self.settings.risk_aversion, {}
        for k, stop in enumerate(feared.stops):
            size = self.loss(k, composition, world) * come.years[k]
            total += come.rate[k] * size + aversion / 200 * come.rate[k] * size**2
            if not come.accident[k]:
                (j,) = stop.senders
                by_sender[j] = by_sender.get(j, 0.0) + come.rate[k] / come.opening[j] * size
        for j, episode in by_sender.items():
            total += aversion / 200 * come.opening[j] / self.settings.prior_years * episode**2
        return total

    def closed(self, stop, composition, reach):
        """1 - prod_d (1 - max(0, r lam_d - store))**(m_d / theta_d), lam_d the senders' joint share."""
        left = 1.0
        for d in stop.domains:
            share = sum(composition[j, d] for j in stop.senders)
            lacks = max(stop.withheld * share - reach[d] / max(stop.lasts, 1), 0.0)
            left *= (1 - lacks) ** (self.scene.weight[self.actor, d] / self.base.theta_short[d])
        return 1 - left


def a_quarter_on(hedge: Array, goal: Array, left: Array, base: Array, decay: float) -> tuple[Array, Array]:
    """Mark-ups a quarter later: programmes grow evenly to their goal, what is above the base fades."""
    grown = hedge + (goal - hedge) / np.where(left > 0, left, 1)
    return np.where(left > 0, grown, hedge - decay * (hedge - base)), np.maximum(left - 1, 0)
