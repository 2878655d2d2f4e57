"""Trade equilibrium in exact hats: residuals of wages, prices and expenditure for a batch of rows.

Nested CES with input-output links (Dekle, Eaton and Kortum 2008; Caliendo and Parro 2015), a putty-clay
composition of contracts inside each nest, and complements above it. Solving is left to `solve.py`,
derivatives to `jacobian.py`, how contracts move to `contracts.py`.

Symbols: lw, lp, le are logs of wage, nest price and expenditure, each relative to the base year (le in
units of world labour income). Every function takes arrays with any number of leading axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.axes import DOMAIN, EXPORTER, IMPORTER
from sim.world.params import Array, Economy


@dataclass(frozen=True)
class Shock:
    """What a row changes: tariffs, delivery cost, contracts in hand. [..., importer, exporter, domain]."""

    tariff: Array  # 1, applied ad valorem rate
    log_wedge: Array  # 1, ln of (1+t)/(1+t0) times iceberg change
    weight: Array  # impact: v, contracts over available varieties; adapted: (1-r) lam0
    level: Array  # [..., importer, domain]; impact: (1/theta_s - 1/theta_l) ln(S/S_base); adapted: minus its base
    hedge_short: Array | None = None  # adapted only: exp(-g h); None on impact

    def rows(self, index) -> Shock:
        """The same for some of the rows."""
        take = (lambda a: None if a is None else a[index])  # fmt: skip
        return Shock(*map(take, (self.tariff, self.log_wedge, self.weight, self.level, self.hedge_short)))

    @property
    def adapted(self) -> bool:
        """True when contracts adapt inside the equilibrium."""
        return self.hedge_short is not None


@dataclass(frozen=True)
class Balance:
    """The sides of every equation at a trial point. [..., region(, domain)] unless said."""

    residual: Array  # [..., unknown]
    log_cost: Array  # ln c
    value_share: Array  # va (w/c)**(1-sigma)
    input_share: Array  # [..., region, input, using], g (P/c)**(1-sigma)
    share: Array  # lam [..., importer, exporter, domain]
    flow: Array  # X before tariff [..., importer, exporter, domain]
    output: Array  # Y
    income: Array  # I [..., region]
    final: Array  # a'
    labour: Array  # sum va' Y [..., region]
    needed: Array  # right side of the expenditure equation
    composition: Array | None  # adapted only: v* [..., importer, exporter, domain]


def unpack(base: Economy, x: Array) -> tuple[Array, Array, Array]:
    """lw [..., region], lp and le [..., region, domain] from the stack x."""
    n, d = len(base.regions), len(base.domains)
    shape = (*x.shape[:-1], n, d)
    return x[..., :n], x[..., n : n + n * d].reshape(shape), x[..., n + n * d :].reshape(shape)


def base_point(base: Economy) -> Array:
    """The stack of the base year: wages and prices one, expenditure as it was."""
    n = len(base.regions) * (1 + len(base.domains))
    return np.concatenate([np.zeros(n), np.log(base.expenditure).ravel()])


def unit_cost(base: Economy, lw: Array, lp: Array) -> tuple[Array, Array, Array]:
    """ln unit cost and the cost shares of labour and inputs.

    c**(1-s) = va w**(1-s) + sum_e g P_e**(1-s);  s -> 1 is Cobb-Douglas.

    Returns log_cost and value_share [..., region, domain], input_share [..., region, input, using]."""
    s = base.input_elasticity
    if abs(s - 1) < 1e-9:
        log_cost = base.value_added * lw[..., None] + _per_region(lp, base.io)
        lead = log_cost.shape[:-2]
        value_share = np.broadcast_to(base.value_added, log_cost.shape)
        return log_cost, value_share, np.broadcast_to(base.io, (*lead, *base.io.shape))
    labour = base.value_added * np.exp((1 - s) * lw)[..., None]
    price = np.exp((1 - s) * lp)
    total = labour + _per_region(price, base.io)
    return np.log(total) / (1 - s), labour / total, base.io * (price[..., :, None] / total[..., None, :])


def _per_region(value: Array, table: Array) -> Array:
    """sum_e value[..., region, e] table[region, e, d] -> [..., region, d]: one small product a region."""
    return np.matmul(value[..., None, :], table)[..., 0, :]


def impact_share(base: Economy, shock: Shock, log_price: Array) -> tuple[Array, Array]:
    """Shares and ln nest price with contracts as they stand, elasticity theta_short.

    lam_j = v_j C_j**-theta_s / sum;  ln P = level - ln(sum) / theta_s.   Source: model section 2."""
    pull = shock.weight * np.exp(-base.theta_short * log_price)
    total = pull.sum(axis=EXPORTER)
    return pull / total[..., None, :], shock.level - np.log(total) / base.theta_short


def composition(base: Economy, weight: Array, hedge_short: Array, log_price: Array) -> tuple[Array, Array]:
    """v* at given delivered costs, and v* / ((1-r) lam0), both [..., importer, exporter, domain].

    v* follows s = (1-r) lam0 C**-g; hedges exp(-g h) move it among foreign suppliers alone and leave home's
    share; without a foreign supplier home takes all.   Source: model section 2."""
    pull = np.exp(-base.gap * log_price)
    wanted = weight * pull
    hedged = np.where(base.home, 0.0, wanted * hedge_short)
    home_wanted = np.where(base.home, wanted, 0.0).sum(axis=EXPORTER)
    foreign = hedged.sum(axis=EXPORTER)
    home = np.where(foreign > 0, home_wanted / wanted.sum(axis=EXPORTER), 1.0)
    per_foreign = np.where(foreign > 0, (1 - home) / np.where(foreign > 0, foreign, 1.0), 0.0)
    per_home = np.where(home_wanted > 0, home / np.where(home_wanted > 0, home_wanted, 1.0), 0.0)
    scale = np.where(base.home, per_home[..., None, :], per_foreign[..., None, :])
    ratio = pull * hedge_short * scale
    return weight * ratio, ratio


def adapted_share(base: Economy, shock: Shock, log_price: Array) -> tuple[Array, Array, Array]:
    """Shares, ln nest price and composition v* once contracts have adapted to the delivered cost.

    S = sum ((1-r) lam0)**(1-alpha) v***alpha, written as (1-r) lam0 (v*/((1-r) lam0))**alpha, finite at r = 1."""
    held, ratio = composition(base, shock.weight, shock.hedge_short, log_price)
    pull = held * np.exp(-base.theta_short * log_price)
    total = pull.sum(axis=EXPORTER)
    spread = (shock.weight * ratio ** (base.theta_long / base.gap)).sum(axis=EXPORTER)
    kappa = 1 / base.theta_short - 1 / base.theta_long
    log_nest = shock.level + kappa * np.log(spread) - np.log(total) / base.theta_short
    return pull / total[..., None, :], log_nest, held


def final_share(base: Economy, lp: Array) -> tuple[Array, Array]:
    """Shares of final demand over domains [..., region, domain] and ln consumer price [..., region]."""
    eta = base.final_elasticity
    if abs(eta - 1) < 1e-9:
        return np.broadcast_to(base.final, lp.shape), (base.final * lp).sum(axis=DOMAIN)
    pull = base.final * np.exp((1 - eta) * lp)
    total = pull.sum(axis=DOMAIN)
    return pull / total[..., None], np.log(total) / (1 - eta)


def balance(base: Economy, shock: Shock, x: Array) -> Balance:
    """Both sides of every equation at x [..., unknown]; residuals are in logs.

    Order of residuals as of unknowns: labour market (one replaced by the numeraire, world labour income),
    nest prices, expenditure.   Source: Caliendo and Parro (2015), eqs. 8-13."""
    lw, lp, le = unpack(base, x)
    log_cost, value_share, input_share = unit_cost(base, lw, lp)
    log_price = log_cost[..., None, :, :] + shock.log_wedge
    composition = None
    if shock.adapted:
        share, log_nest, composition = adapted_share(base, shock, log_price)
    else:
        share, log_nest = impact_share(base, shock, log_price)
    paid = share * np.exp(le)[..., :, None, :]
    flow = paid / (1 + shock.tariff)
    output = flow.sum(axis=IMPORTER)
    revenue = (paid - flow).sum(axis=DOMAIN).sum(axis=-1)
    earned = np.exp(lw) * base.labour
    income = earned + revenue + base.deficit
    labour = (value_share * output).sum(axis=DOMAIN)
    final, _ = final_share(base, lp)
    inputs = np.matmul(input_share, output[..., None])[..., 0]
    needed = inputs + final * income[..., None]
    market = np.log(earned / labour)
    market[..., _numeraire(base)] = earned.sum(axis=-1) - 1.0
    lead = x.shape[:-1]
    residual = np.concatenate(
        [market, (lp - log_nest).reshape(*lead, -1), (le - np.log(needed)).reshape(*lead, -1)], axis=-1
    )
    return Balance(residual, log_cost, value_share, input_share, share, flow, output, income, final, labour,
                   needed, composition)  # fmt: skip


def _numeraire(base: Economy) -> int:
    """The region whose labour market follows from Walras' law: the largest, for conditioning."""
    return int(base.labour.argmax())


def real_income(base: Economy, x: Array, income: Array) -> Array:
    """I/Pc relative to the base year [..., region]."""
    _, lp, _ = unpack(base, x)
    _, log_consumer_price = final_share(base, lp)
    return income / base.income * np.exp(-log_consumer_price)
