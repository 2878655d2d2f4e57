"""Losses from stops: their shape, stocks that come first, the closed form beside the equilibrium, and the tail."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from sim.rules.coercion import (
    Standing,
    Stop,
    closed_form,
    domar_weight,
    lifted,
    rescaled,
    stop_losses,
    tail_loss,
)
from sim.rules.contracts import impact_shock, log_wedge, withhold
from sim.rules.solve import solve_one
from sim.rules.stores import Stores
from sim.rules.trade import real_income
from sim.world.params import Economy
from tests.worlds import few, seeds

NO_STORES = np.zeros(10), np.zeros(10)  # quarters of use by domain, before and after


@dataclass
class Ground:
    """The base world, and what stops cost in it."""

    base: Economy
    near: object

    def standing(self, available=None, stock=None) -> Standing:
        """The base year's tariffs with other contracts, solved."""
        base, zero = self.base, np.zeros_like(self.base.share)
        v = base.share if available is None else available
        x, at = solve_one(
            base, impact_shock(base, base.tariff, zero, v, zero, log_wedge(base, base.tariff)), self.near, ""
        )
        stock = np.zeros_like(base.output) if stock is None else stock
        stores = Stores(stock, np.zeros((0, 0)), ())
        return Standing(base.tariff, zero, v, zero, x, real_income(base, x, at.income), stores)

    def loss(self, target, stops, at=None):
        return stop_losses(self.base, at or self.standing(), self.near, target, stops)[0]

    def reshared(self, target, sender, domain, share):
        """Contracts of the base year with another share of one sender, the rest in proportion."""
        v = self.base.share.copy()
        v[target, :, domain] *= (1 - share) / (1 - v[target, sender, domain])
        v[target, sender, domain] = share
        return v

    def cell(self, target, sender, domain):
        names = self.base.regions
        return names.index(target), names.index(sender), self.base.domains.index(domain)


@pytest.fixture(scope="module")
def ground(base_scene):
    design, scene = base_scene()
    return Ground(design.base, scene.impact)


HELD = [("JPN", "CHN", "chokepoint_minerals"), ("JPN", "CHN", "battery_minerals"), ("EU27", "CHN", "electronics")]
CELLS = [*HELD, ("JPN", "GULF", "energy"), ("JPN", "USA", "energy")]


# --- shape ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", HELD, ids="-".join)
def test_loss_is_convex_in_the_share(ground, cell):
    i, j, d = ground.cell(*cell)
    stop = [Stop((j,), (d,), 1.0)]
    losses = [ground.loss(i, stop, ground.standing(ground.reshared(i, j, d, share)))[0]
              for share in np.linspace(0.1, 0.9, 9)]  # fmt: skip
    steps = np.diff(losses)
    assert (steps > 0).all() and (np.diff(steps) > 0).all()
    assert steps[-1] > 5 * steps[1]  # ten points off 90 % are worth more than five times ten points off 30 %


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_loss_is_convex_in_the_withheld_share_and_nothing_withheld_costs_nothing(ground, cell):
    i, j, d = ground.cell(*cell)
    losses = ground.loss(i, [Stop((j,), (d,), r) for r in np.linspace(0, 1, 11)])
    assert abs(losses[0]) < 1e-5
    assert (np.diff(losses) > 0).all() and (np.diff(losses, 2) > 0).all()


def test_market_loss_is_concave_in_the_tariff(ground):
    goods = tuple(int(d) for d in np.flatnonzero(ground.base.goods))
    for i, j in ((0, 2), (0, 3), (2, 3), (3, 2)):
        losses = ground.loss(i, [Stop((j,), goods, 0.0, t) for t in np.arange(0.05, 1.5, 0.2)])
        assert (losses > 0).all() and (np.diff(losses) > 0).all() and (np.diff(losses, 2) < 0).all()


def test_a_joint_stop_costs_more_than_its_parts_alone(ground):
    i, d = 0, ground.base.domains.index("energy")
    one, other, both = ground.loss(i, [Stop((2,), (d,), 1.0), Stop((9,), (d,), 1.0), Stop((2, 9), (d,), 1.0)])
    assert both > one + other


def test_an_all_goods_stop_hurts_the_small_more_than_the_large(ground):
    goods = tuple(int(d) for d in np.flatnonzero(ground.base.goods))
    jpn = 0
    for sender in (1, 2, 3):
        loss, change = stop_losses(ground.base, ground.standing(), ground.near, jpn, [Stop((sender,), goods, 1.0)])
        assert loss[0] == -change[0, jpn]
        assert loss[0] > -change[0, sender]


def test_no_stops_no_losses(ground):
    loss, change = stop_losses(ground.base, ground.standing(), ground.near, 0, [])
    assert loss.shape == (0,) and change.shape == (0, len(ground.base.regions))


def test_what_is_withheld_already_is_not_counted_again(ground):
    base = ground.base
    i, j, d = ground.cell(*CELLS[0])
    zero, held = np.zeros_like(base.share), np.zeros_like(base.share)
    held[i, j, d] = 0.5
    v, y = withhold(base.share, zero, zero, held)
    x, at = solve_one(base, impact_shock(base, base.tariff, held, v, y, log_wedge(base, base.tariff)), ground.near, "")
    now = Standing(base.tariff, held, v, y, x, real_income(base, x, at.income),
                   Stores(np.zeros_like(base.output), np.zeros((0, 0)), ()))  # fmt: skip
    half, full = (Stop((j,), (d,), r) for r in (0.5, 1.0))
    again, rest = ground.loss(i, [half, full], now)
    before_half, before_full = ground.loss(i, [half, full])
    assert abs(again) < 1e-5
    assert rest == pytest.approx(100 * (1 - (1 - before_full / 100) / (1 - before_half / 100)), abs=1e-5)
    free = lifted(now)  # and lifting gives the contracts back
    assert np.abs(free.available - base.share).max() < 1e-15 and not free.stranded.any() and not free.withheld.any()


# --- stocks --------------------------------------------------------------------------------------------------


def test_full_cover_means_no_loss_and_part_of_it_a_smaller_one(ground):
    i, j, d = ground.cell(*CELLS[0])
    stop, share = [Stop((j,), (d,), 1.0)], ground.base.share[i, j, d]
    losses = []
    for cover in (0, 0.5, 0.9, 1, 3):
        stock = np.zeros_like(ground.base.output)
        stock[i, d] = cover * share
        losses.append(ground.loss(i, stop, ground.standing(stock=stock))[0])
    assert (np.diff(losses[:4]) < 0).all()
    assert abs(losses[3]) < 1e-5 and abs(losses[4]) < 1e-5
    milder = ground.loss(i, [Stop((j,), (d,), 0.5)])[0]
    assert losses[1] == pytest.approx(milder, rel=1e-6)  # r_eff = r - stock/use


# --- the closed form --------------------------------------------------------------------------------------------


def test_the_closed_form_ranks_as_the_equilibrium_does(ground):
    base = ground.base
    for i in range(4):
        weight = domar_weight(base)[i]
        stops = [Stop((j,), (d,), 1.0) for j in range(len(base.regions)) for d in np.flatnonzero(base.goods)
                 if j != i and 100 * base.flow[i, j, d] / base.income[i] > 0.002]  # fmt: skip
        loss = ground.loss(i, stops)
        form = [closed_form(weight[[d]], base.theta_short[[d]], base.share[i, j, [d]], 1.0)
                for (j,), (d,) in ((s.senders, s.domains) for s in stops)]  # fmt: skip
        assert len(stops) > 50 and spearmanr(loss, form)[0] > 0.95
        assert set(np.argsort(loss)[-6:]) <= set(np.argsort(form)[-12:])  # the twelve that are solved hold the worst


def test_the_closed_form_is_the_loss_of_a_nest_at_given_costs():
    # one nest without its sender: P rises by (1 - lam)**(-1/theta), income falls by P**-m
    m, theta, lam = 0.02, 0.8, 0.35
    price = (1 - lam) ** (-1 / theta)
    form = closed_form(np.array([m]), np.array([theta]), np.array([lam]), 1.0)
    assert form == pytest.approx(1 - price**-m, rel=1e-12)
    assert closed_form(np.array([m]), np.array([theta]), np.array([lam]), 0.0) == 0
    assert np.isfinite(closed_form(np.array([m]), np.array([theta]), np.array([1.0]), 1.0))


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
@pytest.mark.parametrize("withheld", [0.5, 1.0])
def test_rescaled_losses_are_the_solved_ones_to_four_per_cent_for_two_points_of_share(ground, cell, withheld):
    i, j, d = ground.cell(*cell)
    base, stop = ground.base, [Stop((j,), (d,), withheld)]
    weight, before = domar_weight(base)[i], ground.loss(i, stop)
    for change in (-0.02, 0.02):
        v = ground.reshared(i, j, d, base.share[i, j, d] + change)
        solved = ground.loss(i, stop, ground.standing(v))[0]
        moved = rescaled(before, stop, weight, base.theta_short, base.share[i], v[i], NO_STORES)[0]
        assert moved == pytest.approx(solved, rel=0.04)
        assert 0.6 < (moved - before[0]) / (solved - before[0]) < 1.02  # if anything too small a change


def test_rescaling_leaves_a_composition_that_did_not_change_and_market_closures_alone(ground):
    base, weight = ground.base, domar_weight(ground.base)[0]
    stops = [Stop((3,), (2,), 0.5), Stop((2,), (0, 1), 0.0, 0.25)]
    loss = np.array([1.0, 2.0])
    same = rescaled(loss, stops, weight, base.theta_short, base.share[0], base.share[0], NO_STORES)
    assert np.array_equal(same, loss)
    batch = np.stack([base.share[0], ground.reshared(0, 3, 2, 0.1)[0]])
    moved = rescaled(loss, stops, weight, base.theta_short, base.share[0], batch, NO_STORES)
    assert moved.shape == (2, 2) and moved[1, 0] < 1 and (moved[:, 1] == 2).all()


# --- the tail -----------------------------------------------------------------------------------------------


def brute_force(hazard, loss):
    """CVaR 95 % as min over t of t + E max(L - t, 0)/0.05, every set of senders enumerated."""
    chance = 1 - (1 - hazard) ** 10
    states = []
    for opened in product((0, 1), repeat=len(hazard)):
        weight = np.prod([p if o else 1 - p for o, p in zip(opened, chance, strict=True)])
        total = sum(10 * h / p * x for o, h, p, x in zip(opened, hazard, chance, loss, strict=True) if o)
        states.append((weight, total))
    weights, totals = np.array(states).T
    return min(t + (weights * np.maximum(totals - t, 0)).sum() / 0.05 for t in {0.0, *totals})


@few
@given(seeds, st.integers(1, 6))
def test_tail_loss_is_the_cvar_over_all_sets_of_senders(seed, senders):
    rng = np.random.default_rng(seed)
    hazard, loss = rng.uniform(0.001, 0.6, senders), rng.uniform(0.01, 5, senders)
    assert tail_loss(hazard, loss) == pytest.approx(brute_force(hazard, loss), rel=1e-9)


@few
@given(seeds)
def test_tail_loss_lies_between_the_mean_and_the_worst(seed):
    rng = np.random.default_rng(seed)
    hazard, loss = rng.uniform(0.001, 0.6, 3), rng.uniform(0.01, 5, 3)
    worst = (10 * hazard / (1 - (1 - hazard) ** 10) * loss).sum()
    assert 10 * (hazard * loss).sum() <= tail_loss(hazard, loss) + 1e-12 <= worst + 2e-12
    assert tail_loss(hazard, 2 * loss) == pytest.approx(2 * tail_loss(hazard, loss))


def test_nobody_to_fear_leaves_no_tail():
    assert tail_loss(np.zeros(3), np.ones(3)) == tail_loss(np.full(3, 0.1), np.zeros(3)) == 0
    assert tail_loss(np.array([0.0, 0.2]), np.array([9.0, 1.0])) == tail_loss(np.array([0.2]), np.array([1.0]))


def test_domar_weights_sum_to_final_shares_and_what_home_loops_add(ground):
    base = ground.base
    weight = domar_weight(base)
    assert (weight >= base.final - 1e-15).all()
    assert np.allclose(domar_weight(replace(base, io=0 * base.io)), base.final, rtol=1e-14)
