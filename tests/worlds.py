"""Random small worlds whose accounts balance by construction, and shocks to them, for tests of the equilibrium."""

from dataclasses import replace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from sim.rules.contracts import log_wedge, single_elasticity_shock
from sim.rules.solve import anchor, solve
from sim.rules.trade import balance, base_point
from sim.world.params import economy_from_accounts, without_links

few = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 10**6)


def random_world(seed=0, regions=3, domains=2, links=False, balanced=False, tariffs=True, horizons=False,
                 hedged=False, final_elasticity=1.0, input_elasticity=1.0):  # fmt: skip
    """An Economy with random flows; trade a little unbalanced unless said, one elasticity unless `horizons`."""
    rng = np.random.default_rng(seed)
    home = np.eye(regions, dtype=bool)[:, :, None]
    flow = rng.gamma(1.5, 0.2, (regions, regions, domains)) + 0.01
    flow = np.where(home, 1 + rng.random(flow.shape), flow) * rng.uniform(0.3, 3, (regions, 1, 1))
    flow = balanced_flows(flow)
    flow = flow if balanced else flow * np.where(home, 1.0, rng.uniform(0.8, 1.25, flow.shape))
    tariff = np.where(home | (not tariffs), 0.0, rng.uniform(0, 0.4, flow.shape))
    theta = rng.uniform(1, 6, domains)
    more = dict(
        regions=tuple(f"R{i}" for i in range(regions)), domains=tuple(f"d{i}" for i in range(domains)),
        goods=np.ones(domains, bool), flow=flow, tariff=tariff, final_elasticity=final_elasticity,
    )  # fmt: skip
    if not links:
        base = without_links(theta=theta, **more)
    else:
        io, final = input_accounts(rng, flow, tariff)
        base = economy_from_accounts(
            value_added=1 - io.sum(axis=1), io=io, final=final, theta_short=theta, theta_long=theta,
            input_elasticity=input_elasticity, **more,
        )  # fmt: skip
    if horizons or hedged:
        base = with_horizons(base, rng, hedged)
    return base


def balanced_flows(flow):
    """The flows scaled by u_i/u_j so that each region exports as much as it imports (Osborne 1960)."""
    for _ in range(2000):
        total = flow.sum(axis=2)
        scale = np.sqrt(total.sum(axis=0) / total.sum(axis=1))
        flow = flow * scale[:, None, None] / scale[None, :, None]
        if np.abs(scale - 1).max() < 1e-15:
            break
    return flow


def input_accounts(rng, flow, tariff):
    """Input shares that leave something of every domain to final demand, and the final shares that follow."""
    spent, output = ((1 + tariff) * flow).sum(axis=1), flow.sum(axis=0)
    regions, domains = spent.shape
    io = rng.dirichlet(np.ones(domains + 1), (regions, domains))[:, :, :domains].transpose(0, 2, 1) * 0.9
    used = np.einsum("red,rd->re", io, output)
    io = io * np.minimum(1, 0.7 * spent / used)[:, :, None]
    left = spent - np.einsum("red,rd->re", io, output)
    return io, left / left.sum(axis=1, keepdims=True)


def with_horizons(base, rng, hedged):
    """The same accounts with a lower elasticity on impact and, if `hedged`, inferred base mark-ups."""
    short = base.theta_long * rng.uniform(0.2, 0.8, base.theta_long.shape)
    hedge = np.where(base.home, 0.0, rng.uniform(0, 0.8, base.flow.shape)) * hedged
    return replace(base, theta_short=short, hedge_base=hedge)


def random_change(base, seed=0, withheld=0.9, rows=()):
    """Tariffs, withheld shares and iceberg factors at random, home pairs untouched."""
    rng = np.random.default_rng(seed + 1)
    shape = (*rows, *base.flow.shape)
    tariff = np.where(base.home, 0.0, base.tariff + rng.uniform(0, 0.5, shape))
    held = np.where(base.home, 0.0, rng.uniform(0, withheld, shape) * (rng.random(shape) < 0.3))
    iceberg = np.where(base.home, 1.0, rng.uniform(0.9, 1.3, shape))
    return tariff, held, iceberg


def shock_of(base, tariff=None, withheld=None, iceberg=1.0):
    """One elasticity for both horizons: the shock of a target folder."""
    tariff = base.tariff if tariff is None else tariff
    withheld = np.zeros_like(base.flow) if withheld is None else withheld
    return single_elasticity_shock(base, tariff, withheld, log_wedge(base, tariff, iceberg))


def random_shock(base, seed=0, **more):
    """The shock of a random change."""
    return shock_of(base, *random_change(base, seed, **more))


def start_of(base):
    """The anchor of the base year."""
    return anchor(base, shock_of(base), base_point(base))


def solved(base, shock):
    """x and Balance of one row's equilibrium, which must converge."""
    found = solve(base, shock.rows(None), start_of(base))
    assert found.converged[0], found.residual
    return found.x[0], balance(base, shock, found.x[0])


def mixed_worlds(**fixed):
    """Strategy: worlds of 2 to 4 regions and 1 to 3 domains, with and without links, any nest above."""
    free = dict(
        seed=seeds, regions=st.integers(2, 4), domains=st.integers(1, 3), links=st.booleans(),
        balanced=st.booleans(), tariffs=st.booleans(), final_elasticity=st.sampled_from([0.3, 1.0, 2.0]),
        input_elasticity=st.sampled_from([0.2, 1.0, 1.5]),
    )  # fmt: skip
    free.update({key: st.just(value) for key, value in fixed.items()})
    return st.builds(random_world, **free)
