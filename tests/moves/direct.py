"""The whole outcome of a move as one number, written apart from the engine's terms: quarter by quarter, row by row.

It shares with the engine the equilibrium, the beliefs and the answers a move may draw; nothing of how they are
put together."""

from dataclasses import replace

import numpy as np

from sim.moves.answers import answered_world, answers_to
from sim.moves.catalogue import applied
from sim.moves.path import PATH_TOLERANCE, Rows, long_composition
from sim.moves.risk import fear
from sim.rules.contracts import impact_shock, log_wedge, wanted_composition, withhold
from sim.rules.solve import solve
from sim.rules.trade import balance, real_income
from sim.world.settings import CLASSES
from tests.moves.direct_security import insecurity, moved_away


class Direct:
    """Payoff of one actor in one scene, in per cent of its annual real income at hold."""

    def __init__(self, scene, actor, tolerance=PATH_TOLERANCE):
        self.scene, self.actor, self.tolerance = scene, actor, tolerance
        self.base, self.settings = scene.base, scene.settings
        quarters = np.arange(self.settings.horizon)
        self.discount = self.settings.discount**quarters / (self.settings.discount**quarters).sum()
        self.hold = self.mean(self.path(scene.world)["income"])
        self.fear = fear(scene, actor)
        self.stays = self.total(None)

    def mean(self, at_nodes):
        """Discounted mean over the horizon; linear between nodes, flat after the last."""
        quarters = np.arange(self.settings.horizon)
        return (self.discount * np.interp(quarters, self.settings.nodes, at_nodes)).sum()

    def gain(self, move):
        """Payoff of the world with the move less the payoff of the world without."""
        return self.total(move) - self.stays

    def path(self, world):
        """Real income, politically weighted value added and mark-ups of the actor at the nodes of one world."""
        base, s, i, today = self.base, self.settings, self.actor, self.scene.world
        v, y, short, at_x = today.available, today.stranded, today.short, self.scene.impact.x
        hedge, left = world.hedge, world.build_left
        wedge = log_wedge(base, world.tariff)
        out = {"income": [], "rents": [], "hedge": []}
        for k, node in enumerate(s.nodes):
            covered = np.maximum(0, today.stock - node * (world.withheld * base.share).sum(axis=1))
            now = lacking(world.withheld, base.share, covered)
            v, y = withhold(v, y, short, now)
            short = now
            shock = impact_shock(base, world.tariff, short, v, y, wedge)
            found = solve(base, shock.rows(None), self.scene.impact, start=at_x[None], tolerance=self.tolerance)
            assert found.converged[0]
            at_x, at = found.x[0], balance(base, shock, found.x[0])
            real = real_income(base, at_x, at.income)
            prices = at.income / base.income / real
            added = base.value_added * at.output / prices[:, None] / base.income[:, None]
            out["income"].append(real[i])
            out["rents"].append((s.producer_weight[i] * added[i]).sum())
            out["hedge"].append(hedge[i].copy())
            if k + 1 < len(s.nodes):
                wanted = wanted_composition(base, short, hedge, at.log_cost[None] + wedge)
                for _ in range(s.nodes[k + 1] - node):
                    v, y = v + s.renewal * (wanted - v), y * (1 - s.renewal)
                    hedge, left = a_quarter_on(hedge, world.hedge_goal, left, base.hedge_base, s.hedge_decay)
        return {key: np.array(value) for key, value in out.items()}

    def total(self, move, world=None):
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
        total -= (s.tastes.hedge[i] * world.hedge_goal[i]).sum()
        running = [np.maximum(h - base.hedge_base[i], 0).sum() for h in path["hedge"]]
        total -= s.running_cost * self.mean(running)
        total -= self.risk(world, move) + self.insecurity(world, move)
        if move is not None:
            total -= self.paid_once(move) * 4 / (s.discount ** np.arange(s.horizon)).sum()
            mood = today.politics[i, CLASSES.index(move.instrument)]
            total += -mood if move.operation in ("cut", "remove", "lift") else mood
        return total

    def paid_once(self, move):
        if move.operation == "lift":
            return self.settings.lifting_cost
        costs = {"tariff": 0.0, "control": self.settings.imposing_cost, "hedge": self.settings.fixed_cost}
        return costs[move.instrument]

    def points(self, world, a, b):
        """Mean points of a's tariffs on b above the commitment, weighted by base flows."""
        goods = self.base.flow[a, b] * self.base.goods
        above = np.maximum(world.tariff[a, b] - self.base.commitment[a, b], 0)
        return 100 * (goods * above).sum() / goods.sum() if goods.sum() > 0 else 0.0

    def breach(self, world):
        """B: 100 sum(flow max(t - commitment, 0)) / sum(flow) over foreign goods, less what answers a breach."""
        i, base = self.actor, self.base
        bought = (base.flow[i] * base.goods).sum(axis=1)
        bought[i] = 0.0
        own = [max(self.points(world, i, j) - world.excused[i, j], 0) if j != i else 0.0 for j in range(len(bought))]
        return (bought * own).sum() / bought.sum()

    def given_way(self, world, income):
        """Expected gain from partners that undo a breach since it is answered, both then back at commitments."""
        i, today, gain = self.actor, self.scene.world, 0.0
        for j in range(len(self.base.regions)):
            offence = self.points(today, j, i) - today.excused[j, i] if j != i else 0.0
            if offence <= 0:
                continue
            share = [min(w.excused[i, j] / offence, 1.0) for w in (world, today)]
            if share[0] > share[1]:
                undone = today.tariff.copy()
                for a, b in ((i, j), (j, i)):
                    undone[a, b] = np.minimum(undone[a, b], self.base.commitment[a, b])
                met = self.mean(self.path(replace(today, tariff=undone))["income"])
                gain += self.settings.rollback * (share[0] - share[1]) * (met - income)
        return gain

    def risk(self, world, move):
        """Expected coercion loss, per cent of income a year, at the mean of v* over the horizon."""
        today = self.scene.world
        free = long_composition(self.scene, Rows.of([today, world]))[:, self.actor]
        hold, made = (self.expected_loss(v) for v in free)
        return hold + self.stands(move) * (made - hold)

    def insecurity(self, world, move):
        """Per cent of income a year, the points moved away from the protector at their mean over the horizon."""
        free = long_composition(self.scene, Rows.of([self.scene.world, world]))[:, self.actor]
        hold, made = (moved_away(self.scene, self.actor, v) for v in free)
        against = self.settings.alliance.protector[self.actor]
        hostile = move is not None and move.operation in ("raise", "match", "punish", "licensing", "embargo")
        acts = float(hostile and against in move.partners)
        return insecurity(self.scene, self.actor, world, hold + self.stands(move) * (made - hold), acts)

    def stands(self, move):
        """Mean over the horizon of the part of a move that contracts have followed."""
        s, stands, built = self.settings, [], 0.0
        for quarter in range(max(s.nodes) + 1):
            if move is not None and move.instrument == "hedge":
                if quarter:
                    built += s.renewal * (min((quarter - 1) / s.build_quarters, 1.0) - built)
                stands.append(built)
            else:
                stands.append(1 - (1 - s.renewal) ** quarter)
        return self.mean(np.array(stands)[list(s.nodes)])

    def expected_loss(self, composition):
        base, feared, total = self.base, self.fear, 0.0
        m = self.scene.weight[self.actor] / base.theta_short
        for stop, rate, loss in zip(feared.stops, feared.rate, feared.loss, strict=True):
            if stop.tariff == 0:
                (j,), (d,) = stop.senders, stop.domains
                new, old = (1 - (1 - stop.withheld * v[j, d]) ** m[d] for v in (composition, feared.composition))
                loss = loss * new / old if old > 0 else loss
            total += rate * loss * self.settings.episode_years
        return total


def lacking(withheld, share, stock):
    """Withheld shares after a stock of some quarters' use has covered what it can."""
    out = withheld.copy()
    for i in range(out.shape[0]):
        for d in range(out.shape[2]):
            need = (withheld[i, :, d] * share[i, :, d]).sum()
            if need > 0:
                out[i, :, d] *= max(0.0, 1 - stock[i, d] / need)
    return out


def a_quarter_on(hedge, goal, left, base, decay):
    """Mark-ups a quarter later: programmes grow evenly to their goal, what is above the base fades."""
    grown = hedge + (goal - hedge) / np.where(left > 0, left, 1)
    return np.where(left > 0, grown, hedge - decay * (hedge - base)), np.maximum(left - 1, 0)
