"""What beginning, expanding or abandoning a programme would be worth, with the right to wait and to give up.

A programme outlives the horizon of a government, so it is valued over one of its own, on nodes of its own. A start
that is sunk competes with the same start after a review: what is learned by then, and what it costs to leave, are
computed from the spread of prices and of beliefs. Source: Dixit and Pindyck (1994), ch. 2, in two periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from sim.moves.catalogue import HOLD, Candidate, Catalogue, applied, feasible
from sim.moves.constituents import Veto
from sim.moves.path import Scene
from sim.rules.belief import QUARTERS_A_YEAR
from sim.rules.chance import outlook
from sim.rules.contracts import renewed_share
from sim.rules.diversification import hedge_path
from sim.rules.programmes import spending, works_ahead
from sim.world.params import Array
from sim.world.programmes import Programme
from sim.world.settings import Settings
from sim.world.state import World

HALVINGS = 60  # of the interval in which a taste lies
MARGIN = 1e-6  # percent a year: keeps a fitted start clear of the point at which it ripens


@dataclass(frozen=True)
class Venture:
    """One move on a programme, seen from today; per cent of income a year over the programmes' horizon."""

    terms: Array  # [term], the option apart
    mood: float  # part of the terms that no news changes
    states: Array  # [state], sum of the terms without mood after a review, states equally likely
    leave: float  # what it leaves behind when it is given up at the review
    patience: float  # 1, worth of a payoff after a review
    veto: Veto | None = None  # of a group at home

    def worth(self, taste: float = 0.0) -> float:
        """Worth of the move without mood; negative when the same move had better wait for the review.

        now  = mean over states of max(worth, what is left when it is given up)
        wait = patience * mean over states of max(worth, 0),   ahead = now - wait
        Where nothing is to be learned ahead is (1 - patience) now, so min(now, ahead/(1 - patience)) is what it is
        worth to be ahead for good. A start that had better wait scores ahead, or its mean where that is lower: that it
        could be left again for little is no reason to begin."""
        states = self.states - taste
        now = np.maximum(states, self.leave).mean()
        wait = self.patience * np.maximum(states, 0.0).mean()
        ahead = now - wait
        if ahead < 0:
            return float(min(ahead, states.mean()))
        return float(now if self.patience >= 1 else min(now, ahead / (1 - self.patience)))

    @property
    def option(self) -> float:
        """What the right to give up adds to the terms, or what waiting would be worth more takes from them."""
        return self.worth() - (float(self.terms.sum()) - self.mood)

    def taste_at_rest(self) -> float:
        """The smallest cost, per cent of income a year, at which the move is worth nothing."""
        if self.worth() <= 0:
            return 0.0
        low, high = 0.0, float(self.states.max()) + 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.worth(middle) > 0 else (low, middle)
        return high + MARGIN


def far(scene: Scene) -> Scene:
    """The scene with the horizon and the nodes of programmes."""
    s, world = scene.settings, scene.world
    settings = replace(s, horizon=s.programme_horizon, nodes=s.programme_nodes)
    coming = outlook(settings.shocks, world.shock_left, settings.nodes[-1])
    hedges = hedge_path(world.hedge, world.hedge_goal, world.build_left, scene.base.hedge_base, settings.hedge_decay,
                        coming.nodes(settings.nodes))  # fmt: skip
    return replace(scene, settings=settings, outlook=coming, hedges=hedges)


def price_states(scene: Scene) -> tuple[Scene, Scene]:
    """A far scene with the incumbents' price a deviation lower and higher than today, as far as a review is away."""
    move = np.sqrt(scene.settings.review / QUARTERS_A_YEAR)
    low, high = (replace(scene, settings=replace(scene.settings, price_move=sign * move)) for sign in (-1.0, 1.0))
    return low, high


def states_of(by_price: Array, pressure: float) -> Array:
    """[state], worth at each price with pressure a deviation lower and higher."""
    return np.array([worth + sign * pressure for worth, sign in product(by_price, (-1.0, 1.0))])


def pressure_spread(settings: Settings, hazard: Array, relief: Array) -> float:
    """Deviation of what a move is worth against coercion, from the events that a review may bring, percent a year.

    relief : [sender], percent of income a year that it spares now; an event adds 1/years of watching to a hazard h,
    events come as Poisson(h t): the relative deviation of the belief is sqrt(t/h)/years."""
    t = settings.review / QUARTERS_A_YEAR
    seen = hazard > 0
    relative = np.where(seen, np.sqrt(t / np.where(seen, hazard, 1.0)) / settings.prior_years, 0.0)
    return float(np.sqrt(((relief * relative) ** 2).sum()))


def left_behind(ahead: Scene, made: World, which: int) -> float:
    """What a start leaves when it is given up at the review, percent of the owner's income a year: sunk capital.

    Capital spent by then is paid back whatever happens, but for what is salvaged."""
    s, of = ahead.settings, ahead.settings.programmes
    works = works_ahead(of, made.works, s.nodes[-1])
    at_review = min(s.review, s.nodes[-1])
    sunk = np.array([np.minimum(works[node].sunk, works[at_review].sunk) for node in s.nodes])
    before = ahead.world.works.sunk
    paid = spending(of, np.zeros_like(sunk), sunk - before)[:, which]
    spent = works[at_review].sunk[which] - before[which]
    back = of[which].salvage * of[which].capital * spent * s.once * s.discount**at_review
    return float(back - s.annuity(paid))


def stands(settings: Settings, programme: Programme, wait: float, ramp: float, stopping: bool) -> float:
    """Mean over the horizon of the part of a move on a programme that contracts, or stocks, have followed."""
    contracts = bool(programme.supplies) or bool(programme.mark_up.any())
    if stopping:
        by_node = [renewed_share(settings.renewal, node) if contracts else 1.0 for node in settings.nodes]
        return float(settings.annuity(np.array(by_node)))
    out, stand, at = [], 0.0, 0
    for node in settings.nodes:
        while at < node:
            stand += settings.renewal * (_grown(at, wait, ramp) - stand)
            at += 1
        out.append(stand if contracts else _grown(node, wait, ramp))
    return float(settings.annuity(np.array(out)))


def _grown(quarter: float, wait: float, ramp: float) -> float:
    return float(np.clip((quarter - wait) / max(ramp, 1.0), 0.0, 1.0))


def paid_back(settings: Settings, world: World, move: Candidate) -> float:
    """What abandoning returns once: the salvage of what is in operation, percent of the owner's income."""
    one = settings.programmes[move.programme]
    return float(one.salvage * one.capital * world.works.level[move.programme])


def programme_trials(scene: Scene, catalogue: Catalogue) -> tuple[list[int], list[Candidate], list[World]]:
    """Positions of the feasible moves on programmes; moves and worlds with hold first."""
    base, settings, world, actor = scene.base, scene.settings, scene.world, catalogue.actor
    found = [k for k, move in enumerate(catalogue.candidates)
             if move.programme >= 0 and feasible(base, settings, world, actor, move)]  # fmt: skip
    moves = [catalogue.candidates[k] for k in found]
    worlds = [applied(base, settings, world, actor, move) for move in moves]
    return found, [HOLD, *moves], [world, *worlds]
