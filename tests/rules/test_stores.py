"""Stocks: drawn first, shared in proportion, spread over what they have to last for."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given

from sim.rules.stores import Stores, needed
from tests.worlds import few, random_world, seeds


@dataclass(frozen=True)
class Pool:
    """What stores ask of a programme."""

    owner: int
    members: tuple[int, ...]


def random_stores(seed, pools=()):
    """A world, what is withheld in it, and what is in store."""
    rng = np.random.default_rng(seed)
    base = random_world(seed, regions=4, domains=2)
    withheld = np.where(base.home, 0.0, rng.random(base.share.shape) * (rng.random(base.share.shape) < 0.5))
    stock = rng.random((4, 2)) * rng.choice([0, 0.1, 1], (4, 2))
    return base, withheld, Stores(stock, rng.random((len(pools), 2)) * 0.2, pools)


@few
@given(seeds)
def test_stocks_come_first_and_fall_by_what_they_covered(seed):
    base, withheld, stores = random_stores(seed)
    left, after = stores.short(base, withheld)
    need, short = needed(base, withheld), needed(base, left)
    assert (left >= 0).all() and (left <= withheld).all()
    assert np.allclose(short, np.maximum(need - stores.stock, 0), atol=1e-14)
    assert np.allclose(stores.stock - after.stock, need - short, atol=1e-14)
    none = Stores(0 * stores.stock, stores.pool, ())
    assert np.array_equal(none.short(base, withheld)[0], withheld)


@few
@given(seeds)
def test_a_shared_stock_is_drawn_after_own_ones_and_never_covers_more_than_it_holds(seed):
    base, withheld, stores = random_stores(seed, (Pool(0, (0, 2)),))
    need = needed(base, withheld)
    after, covered = stores.drawn(base, need)
    extra = (covered - np.minimum(need, stores.stock)) * base.expenditure / base.expenditure[0]
    assert (extra[[1, 3]] == 0).all() and (extra >= -1e-15).all() and (covered <= need + 1e-15).all()
    assert np.allclose(extra.sum(axis=0), stores.pool[0] - after.pool[0], atol=1e-14)
    hungry = (need[[0, 2]] > covered[[0, 2]] + 1e-12).any(axis=0)
    assert np.allclose(after.pool[0][hungry], 0, atol=1e-12)  # somebody lacks only when nothing is left


def test_members_that_are_short_together_share_in_proportion():
    base, _, stores = random_stores(3, (Pool(0, (0, 2)),))
    need = np.zeros((4, 2))
    need[[0, 2]] = 5.0
    bare = Stores(np.zeros_like(stores.stock), stores.pool, stores.programmes)
    _, covered = bare.drawn(base, need)
    assert np.allclose(covered[0], covered[2])
    alone = np.where(np.arange(4)[:, None] == 2, need, 0.0)
    _, mine = bare.drawn(base, alone)
    assert np.allclose(mine[2], np.minimum(5.0, bare.reach(base, 2)))


def test_for_one_supplier_the_shortage_is_what_is_withheld_less_stock_over_use():
    base, withheld, stores = random_stores(5)
    withheld = np.zeros_like(withheld)
    withheld[0, 1, 0] = 0.8
    stock = np.zeros_like(stores.stock)
    stock[0, 0] = 0.3 * base.share[0, 1, 0]
    left, _ = Stores(stock, stores.pool, ()).short(base, withheld)
    assert left[0, 1, 0] == pytest.approx(0.8 - 0.3)
    lasting, _ = Stores(stock, stores.pool, ()).spread(3).short(base, withheld)
    assert lasting[0, 1, 0] == pytest.approx(0.8 - 0.1)
