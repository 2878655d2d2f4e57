"""Beliefs, worlds and outcomes of an episode, written apart from the engine; what answers are worth by them stands in
`direct_episodes.py`.

Shared with the engine: equilibria, and the answers that a free move may draw (`direct.py`). The target's belief that a
threat is carried out is found here by halving an interval. Source: model section 8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import lognorm

from sim.moves.catalogue import Candidate
from sim.moves.path import PATH_TOLERANCE
from sim.studies import direct_holdings as holdings
from sim.studies.direct import Direct
from sim.studies.direct_security import insecurity, moved_away
from sim.world.crisis import IMPOSED

HALVINGS = 60  # of the interval in which a belief lies


def mean_points(base, tariff, i, j):
    """Points of i's tariffs on j above the commitment, weighted by base flows of goods."""
    goods = base.flow[i, j] * base.goods
    return 100 * (goods * np.maximum(tariff[i, j] - base.commitment[i, j], 0)).sum() / goods.sum()


class DirectBargain:
    """One sender and one target over one demand and its means, with an open episode or without; per cent a year."""

    def __init__(self, scene, demand, punishment, episode=None):
        self.scene, self.demand, self.by, self.episode = scene, demand, punishment, episode
        self.base, self.settings, self.today = scene.base, scene.settings, scene.world
        self.sender, self.target, self.bargain = demand.sender, demand.target, scene.settings.bargaining
        s = self.settings
        self.span = min(max(round(4 * s.episode_years), 1), s.horizon)
        b = s.discount ** np.arange(s.horizon)
        self.part, self.once = b[: self.span].sum() / b.sum(), 4 / b.sum()
        # what stands for a while counts for a while: the same payoffs, over fewer quarters
        self.short = replace(scene, settings=replace(s, horizon=self.span))
        self.incomes, self.beliefs, self.measures = {}, {}, {}

    # --- beliefs and chances

    def belief(self, prior, weight, good, bad):
        seen = [getattr(self.today.beliefs, name)[self.sender] for name in (good, bad)]
        return (prior * weight + seen[0]) / (weight + sum(seen))

    def believed(self, shields=True):
        """q, the belief that the sender carries out: what such senders would do if it were q, beside the record.

        shields : whether those of the target's coalitions answer the measure"""
        if self.episode is not None and self.episode.scheduled:  # who announced a condition is bound by it
            return 1.0
        if shields not in self.beliefs:
            hurt, stuck, won = self.hurt(), self.measure(self.by, shields), self.prize() - self.imposing()
            audience = lognorm(self.bargain.audience_spread, scale=self.bargain.audience_median)

            def seen_of(q):
                """The belief that follows where q is believed, from the share for whom punishing beats backing down."""
                later = self.in_the_end(hurt, self.price_refused(q, hurt))
                # later won + (1 - later) (stuck - left cost) > -cost, as a bound on the cost
                bound = -(later * won + (1 - later) * stuck) / (1 - (1 - later) * self.dropped_late())
                share = audience.sf(bound / self.once)
                return self.belief(share, self.bargain.carry_weight, "carried", "dropped")

            low, high = 0.0, 1.0
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                low, high = (middle, high) if seen_of(middle) >= middle else (low, middle)
            self.beliefs[shields] = high if low == 0.0 else low
        return self.beliefs[shields]

    def price_refused(self, q, hurt):
        """The price up to which a target gives in to the threat that it believes with q."""
        return self.kept * q * hurt - self.burden() + self.act()

    def in_the_end(self, hurt, refused):
        """Chance that one who refused gives in under the measure."""
        return self.price_is_below((self.kept * hurt - self.burden()) / (1 + self.bargain.climb_down), refused)

    def dropped_late(self):
        """Part of the audience cost that is left when a measure is dropped after its time."""
        return 0.5 ** (4 * self.settings.episode_years / self.bargain.audience_half_life)

    @property
    def kept(self):
        """Belief that it leaves a bargain at that."""
        return self.belief(self.bargain.kept_word, self.bargain.kept_weight, "kept", "broken")

    def price_is_below(self, value, refused=0.0):
        """Chance, once a refusal has shown the price to be above `refused`."""
        price = lognorm(self.bargain.price_spread, scale=self.bargain.price_median)
        return max(price.cdf(value) - price.cdf(refused), 0.0) / price.sf(refused)

    # --- worlds

    def hit(self, by=None, world=None):
        """The measure in force."""
        by, world = by or self.by, world or self.today
        if by.instrument == "tariff":
            tariff = world.tariff.copy()
            tariff[self.sender, self.target, list(by.domains)] += by.level
            return replace(world, tariff=tariff)
        if by.holding >= 0:
            denied = world.denied.copy()
            cell = self.target, self.sender, by.holding
            denied[cell] = max(denied[cell], by.level)
            return replace(world, denied=denied)
        withheld = world.withheld.copy()
        for d in by.domains:
            withheld[self.target, self.sender, d] = max(withheld[self.target, self.sender, d], by.level)
        return replace(world, withheld=withheld)

    def freed(self):
        """The measure and all answers to it taken back."""
        base, i, j, today = self.base, self.sender, self.target, self.today
        tariff, withheld, denied = today.tariff.copy(), today.withheld.copy(), today.denied.copy()
        if self.by.instrument == "tariff":
            for d in self.by.domains:
                bound = min(base.commitment[i, j, d], tariff[i, j, d])
                tariff[i, j, d] = max(tariff[i, j, d] - self.by.level, bound)
        elif self.by.holding >= 0:
            denied[j, i, self.by.holding] = 0.0
        else:
            withheld[j, i, list(self.by.domains)] = 0.0
        answers = [a for call in today.calls if (call.sender, call.member) == (i, j) for a in call.points]
        for member, points in answers:
            for d in np.flatnonzero(base.goods):
                bound = min(base.commitment[member, i, d], tariff[member, i, d])
                tariff[member, i, d] = max(tariff[member, i, d] - points / 100, bound)
        excused = today.excused.copy()
        for k in range(len(base.regions)):
            if k != i:  # an answer of the sender stays one only as far as its points still stand, a bargain's rates too
                points = mean_points(base, tariff, i, k)
                answers = min(excused[i, k], points, mean_points(base, today.tariff, k, i))
                owed = today.agreed[i, k] + sum(
                    given for call in today.calls if call.sender == k for member, given in call.points if member == i
                )
                excused[i, k] = max(answers, min(points, owed))
        return replace(today, tariff=tariff, withheld=withheld, denied=denied, excused=excused)

    def answered(self, world, members, value):
        """Each member's tariff on the sender, on all goods, worth `value` of trade a year."""
        tariff, base, i = world.tariff.copy(), self.base, self.sender
        for member in members:
            bought = (base.flow[member, i] * base.goods).sum()
            if member != i and bought > 0:
                for d in np.flatnonzero(base.goods):
                    rate = tariff[member, i, d]
                    tariff[member, i, d] = max(rate, min(rate + value / bought, self.settings.tariff_bound))
        return replace(world, tariff=tariff)

    def met(self):
        """The demand met, the punishment apart."""
        of, base, s, today = self.demand, self.base, self.settings, self.today
        i, j = self.target, self.sender
        if of.kind == "outlays":
            outlays = today.outlays.copy()
            outlays[i] = max(outlays[i], of.size)
            return replace(today, outlays=outlays)
        if of.kind == "tariff_cut":
            tariff = today.tariff.copy()
            for d in of.domains:
                tariff[i, j, d] = min(tariff[i, j, d], of.size * base.tariff[i, j, d])
            return replace(today, tariff=tariff)
        if of.kind == "political":
            return today
        goal, left = today.hedge_goal.copy(), today.build_left.copy()
        for k in set(range(len(base.regions))) - {i, j}:
            for d in of.domains:
                have = today.hedge[i, k, d]
                wanted = min(have + of.size, max(base.hedge_base[i, k, d] + s.hedge_bound, have))
                goal[i, k, d] = max(goal[i, k, d], wanted)
                left[i, k, d] = s.build_quarters if goal[i, k, d] > have else left[i, k, d]
        return replace(today, hedge_goal=goal, build_left=left)

    def injury(self):
        """Value of the target's trade that the measure hits, a year."""
        i, j = self.sender, self.target
        before, after = (self.freed(), self.today) if self.imposed else (self.today, self.hit())
        tariff = (self.base.flow[i, j] * self.base.goods * (after.tariff - before.tariff)[i, j]).sum()
        trade = (self.base.flow[j, i] * (after.withheld - before.withheld)[j, i]).sum()
        units = self.today.works.level
        held = holdings.value(self.scene, j, i, after, units) - holdings.value(self.scene, j, i, before, units)
        return tariff + trade + held

    @property
    def imposed(self):
        return self.episode is not None and self.episode.state == IMPOSED

    # --- payoffs of worlds

    def income(self, world, region, long=False):
        """Mean real income over the time a measure stands, or over the horizon."""
        key = id(world), region, long
        if key not in self.incomes:
            direct = Direct.__new__(Direct)  # its path and mean alone
            direct.scene, direct.actor, direct.base = self.scene if long else self.short, region, self.base
            direct.settings, direct.tolerance = direct.scene.settings, PATH_TOLERANCE
            direct.nodes = direct.quarters_solved()
            weights = direct.settings.discount ** np.arange(direct.settings.horizon)
            direct.discount = weights / weights.sum()
            self.incomes[key] = direct.mean(direct.path(world)["income"]), world  # the world stays alive with its id
        return self.incomes[key][0]

    def change(self, world, before, region):
        """While the measure stands."""
        return 100 * self.part * (self.income(world, region) / self.income(before, region) - 1)

    def hurt(self):
        """What the measure costs the target's income."""
        return -self.change(self.hit(), self.today, self.target)

    def insecure(self, world, acts=0.0):
        moved = moved_away(self.scene, self.target, self.scene.adapted_at.composition[self.target])
        return insecurity(self.scene, self.target, world, moved, acts)

    def act(self):
        """One open act more against the sender, if that is the protector."""
        against = self.settings.alliance.protector[self.target] == self.sender
        return self.insecure(self.today, 1.0) - self.insecure(self.today) if against else 0.0

    def trade(self, region):
        met = self.met()
        before, after = (self.income(w, region, long=True) for w in (self.today, met))
        return 100 * (after / before - 1)

    def burden(self):
        return self.insecure(self.met()) - self.insecure(self.today) - self.trade(self.target)

    def prize(self):
        return self.demand.value * self.left_to_do() + self.trade(self.sender)

    def left_to_do(self):
        """Of what the demand asked for in the base year, the part that the target does not do yet."""
        of, base, i, j = self.demand, self.base, self.target, self.sender
        if of.kind == "political":
            return 1.0
        steps = []  # weight, in the base year, now, as asked
        if of.kind == "outlays":
            steps = [(1.0, self.settings.alliance.outlays[i], self.today.outlays[i], of.size)]
        elif of.kind == "tariff_cut":
            start = base.tariff[i, j]
            steps = [(base.flow[i, j, d], -start[d], -self.today.tariff[i, j, d], -of.size * start[d])
                     for d in of.domains]  # fmt: skip
        else:
            more = min(of.size, self.settings.hedge_bound)
            for k in set(range(len(base.regions))) - {i, j}:
                for d in of.domains:
                    start = base.hedge_base[i, k, d]
                    steps.append((base.flow[i, k, d], start, self.today.hedge_goal[i, k, d], start + more))
        asked = sum(weight * (wanted - start) for weight, start, _, wanted in steps)
        missing = sum(weight * min(max(wanted - now, 0), wanted - start) for weight, start, now, wanted in steps)
        return missing / asked if asked > 0 else 0.0

    def imposing(self, cost="imposing_cost"):
        costs = self.settings.holdings if self.by.holding >= 0 else self.settings
        return getattr(costs, cost) * self.once if self.by.instrument == "control" else 0.0

    def measure(self, by, shields=True):
        """The measure in force for its time, to the sender, with the answers that it may draw."""
        if (by, shields) not in self.measures:
            names = {"tariff": "raise", "control": "punish"}
            move = Candidate("", by.instrument, names[by.instrument], (self.target,), by.domains, by.group, by.level,
                             asks=self.demand.name, holding=by.holding)  # fmt: skip
            short = self.short if shields else replace(self.short, settings=replace(self.short.settings, shields=()))
            self.measures[by, shields] = self.part * Direct(short, self.sender).gain(move)
        return self.measures[by, shields]

    def in_time(self, shield):
        """Chance that it answers, times the part of the measure's time that is left by then."""
        return shield.resolve * self.left(shield.delay)

    def left(self, delay):
        """Part of the time a measure stands that is left after some quarters."""
        b = self.settings.discount ** np.arange(self.span)
        return sum(b[k] * min(max(k + 1 - delay, 0), 1) for k in range(self.span)) / b.sum()

    def shield(self):
        """The coalition that the target would call; None when it has none, or called one already."""
        if any((c.member, c.sender) == (self.target, self.sender) for c in self.today.calls):
            return None
        mine = [s for s in self.settings.shields if self.target in s.members and s.delay < np.inf]
        return max(mine, key=lambda s: (self.in_time(s), [-ord(c) for c in s.name]), default=None)
