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

from sim.world.axes import DOMAIN, IMPORTER
from sim.world.params import Array, Economy


@dataclass(frozen=True)
class Shock:
    """What a row changes: tariffs, delivery cost, contracts in hand. [..., importer, exporter, domain]."""

    kept: Array  # 1/(1+t), share of what is paid that reaches the seller
    log_wedge: Array  # 1, ln of (1+t)/(1+t0) times iceberg change
    weight: Array  # impact: v, contracts over available varieties; adapted: (1-r) lam0
    level: Array  # [..., importer, domain]; impact: (1/theta_s - 1/theta_l) ln(S/S_base); adapted: minus its base
    hedge_short: Array | None = None  # adapted only: exp(-g h); None on impact
    hedge_long: Array | None = None  # adapted only: exp(-theta_l h)

    def rows(self, index) -> Shock:
        """The same for some of the rows."""
        fields = (self.kept, self.log_wedge, self.weight, self.level, self.hedge_short, self.hedge_long)
        return Shock(*(None if field is None else field[index] for field in fields))

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
    share: Array  # lam [..., importer, exporter, domain]
    flow: Array  # X before tariff [..., importer, exporter, domain]
    output: Array  # Y
    income: Array  # I [..., region]
    final: Array  # a'
    labour: Array  # sum va' Y [..., region]
    needed: Array  # right side of the expenditure equation
    composition: Array | None  # adapted only: v* [..., importer, exporter, domain]


SMALLEST = 1e-14  # a foreign part below rounding of the whole is none
UNIT_ELASTIC = 1e-9  # closer to one than this is Cobb-Douglas
NEARLY_UNIT = 1e-3  # closer than this, ln(total) / (1 - elasticity) would lose its digits


def over_exporters(value: Array) -> Array:
    """Sum over exporter [..., importer, domain]; an einsum, since a plain sum over so short an axis is slow."""
    return np.einsum("...jd->...d", value)


def unpack(base: Economy, x: Array) -> tuple[Array, Array, Array]:
    """lw [..., region], lp and le [..., region, domain] from the stack x."""
    n, d = len(base.regions), len(base.domains)
    shape = (*x.shape[:-1], n, d)
    return x[..., :n], x[..., n : n + n * d].reshape(shape), x[..., n + n * d :].reshape(shape)


def base_point(base: Economy) -> Array:
    """The stack of the base year: wages and prices one, expenditure as it was."""
    n = len(base.regions) * (1 + len(base.domains))
    return np.concatenate([np.zeros(n), np.log(base.expenditure).ravel()])


def unit_cost(base: Economy, lw: Array, lp: Array) -> tuple[Array, Array]:
    """ln unit cost and the cost share of labour, both [..., region, domain].

    c**(1-s) = va w**(1-s) + sum_e g P_e**(1-s);  s -> 1 is Cobb-Douglas."""
    s = base.input_elasticity
    if abs(s - 1) < UNIT_ELASTIC:
        log_cost = base.value_added * lw[..., None] + _per_region(lp, base.io)
        return log_cost, np.broadcast_to(base.value_added, log_cost.shape)
    labour = base.value_added * np.exp((1 - s) * lw)[..., None]
    total = labour + _per_region(np.exp((1 - s) * lp), base.io)
    log_total = np.log(total)
    if abs(s - 1) < NEARLY_UNIT:
        log_total = np.log1p(base.value_added * np.expm1((1 - s) * lw)[..., None]
                             + _per_region(np.expm1((1 - s) * lp), base.io))  # fmt: skip
    return log_total / (1 - s), labour / total


def input_share(base: Economy, lp: Array, log_cost: Array) -> Array:
    """g (P_e/c_d)**(1-s) [..., region, input e, using d]: cost shares of inputs."""
    s = base.input_elasticity
    return base.io * np.exp((1 - s) * (lp[..., :, None] - log_cost[..., None, :]))


def inputs_bought(base: Economy, lp: Array, log_cost: Array, output: Array) -> Array:
    """sum_d g (P_e/c_d)**(1-s) Y_d [..., region, input]."""
    s, table = base.input_elasticity, base.io.transpose(0, 2, 1)
    if abs(s - 1) < UNIT_ELASTIC:
        return _per_region(output, table)
    return np.exp((1 - s) * lp) * _per_region(output * np.exp((s - 1) * log_cost), table)


def _per_region(value: Array, table: Array) -> Array:
    """sum_e value[..., region, e] table[region, e, d] -> [..., region, d]: one product a region over all rows."""
    if value.ndim == 2:
        return np.matmul(value[:, None, :], table)[:, 0, :]
    return np.matmul(value.transpose(1, 0, 2), table).transpose(1, 0, 2)


def impact_share(base: Economy, shock: Shock, log_price: Array) -> tuple[Array, Array]:
    """Shares and ln nest price with contracts as they stand, elasticity theta_short.

    lam_j = v_j C_j**-theta_s / sum;  ln P = level - ln(sum) / theta_s.   Source: model section 2."""
    pull = shock.weight * np.exp(-base.theta_short * log_price)
    total = over_exporters(pull)
    return pull / total[..., None, :], shock.level - np.log(total) / base.theta_short


def composition(base: Economy, weight: Array, hedge_short: Array, log_price: Array) -> tuple[Array, Array]:
    """v* at given delivered costs, and v* / (s exp(-g h)), both [..., importer, exporter, domain].

    v* follows s = (1-r) lam0 C**-g; hedges exp(-g h) move it among foreign suppliers alone and leave home's
    share; without a foreign supplier home takes all.   Source: model section 2."""
    pull = np.exp(-base.gap * log_price)
    wanted = weight * pull
    home_wanted = _home(base, wanted)
    all_wanted = over_exporters(wanted)
    hedged = wanted * hedge_short
    foreign = over_exporters(hedged) - _home(base, hedged)
    some = foreign > SMALLEST * all_wanted
    home = np.where(some, home_wanted / all_wanted, 1.0)
    per_foreign = np.where(some, (1 - home) / np.where(some, foreign, 1.0), 0.0)
    per_home = np.where(home_wanted > 0, home / np.where(home_wanted > 0, home_wanted, 1.0), 0.0)
    scale = np.repeat(per_foreign[..., None, :], len(base.regions), axis=-2)
    index = np.arange(len(base.regions))
    scale[..., index, index, :] = per_home
    return hedged * scale, scale


def _home(base: Economy, value: Array) -> Array:
    """The diagonal [..., importer, domain] of a bilateral array."""
    index = np.arange(len(base.regions))
    return value[..., index, index, :]


def adapted_share(base: Economy, shock: Shock, log_price: Array) -> tuple[Array, Array, Array]:
    """Shares, ln nest price and composition v* once contracts have adapted to the delivered cost.

    S = sum ((1-r) lam0)**(1-alpha) v***alpha, written as (1-r) lam0 (v*/((1-r) lam0))**alpha, finite at r = 1."""
    held, scale = composition(base, shock.weight, shock.hedge_short, log_price)
    pull = held * np.exp(-base.theta_short * log_price)
    total = over_exporters(pull)
    # (v*/((1-r) lam0))**alpha is C**-theta_l exp(-theta_l h) scale**alpha, since g alpha = theta_l
    wanted = shock.weight * shock.hedge_long * np.exp(-base.theta_long * log_price)
    with np.errstate(divide="ignore"):  # a nest without this supplier: exp(-inf) is its 0
        spread = over_exporters(wanted * np.exp(base.alpha * np.log(scale)))
    kappa = 1 / base.theta_short - 1 / base.theta_long
    log_nest = shock.level + kappa * np.log(spread) - np.log(total) / base.theta_short
    return pull / total[..., None, :], log_nest, held


def final_share(base: Economy, lp: Array) -> tuple[Array, Array]:
    """Shares of final demand over domains [..., region, domain] and ln consumer price [..., region]."""
    eta = base.final_elasticity
    if abs(eta - 1) < UNIT_ELASTIC:
        return np.broadcast_to(base.final, lp.shape), (base.final * lp).sum(axis=DOMAIN)
    pull = base.final * np.exp((1 - eta) * lp)
    total = pull.sum(axis=DOMAIN)
    return pull / total[..., None], np.log(total) / (1 - eta)


def balance(base: Economy, shock: Shock, x: Array) -> Balance:
    """Both sides of every equation at x [..., unknown]; residuals are in logs.

    Order of residuals as of unknowns: labour market (one replaced by the numeraire, world labour income),
    nest prices, expenditure.   Source: Caliendo and Parro (2015), eqs. 8-13."""
    lw, lp, le = unpack(base, x)
    log_cost, value_share = unit_cost(base, lw, lp)
    log_price = log_cost[..., None, :, :] + shock.log_wedge
    held = None
    if shock.adapted:
        share, log_nest, held = adapted_share(base, shock, log_price)
    else:
        share, log_nest = impact_share(base, shock, log_price)
    spent = np.exp(le)
    flow = share * shock.kept * spent[..., :, None, :]
    output = flow.sum(axis=IMPORTER)
    revenue = spent.sum(axis=DOMAIN) - np.einsum("...ijd->...i", flow)
    earned = np.exp(lw) * base.labour
    income = earned + revenue + base.deficit
    labour = (value_share * output).sum(axis=DOMAIN)
    final, _ = final_share(base, lp)
    needed = inputs_bought(base, lp, log_cost, output) + final * income[..., None]
    market = np.log(earned / labour)
    market[..., _numeraire(base)] = earned.sum(axis=-1) - 1.0
    lead = x.shape[:-1]
    residual = np.concatenate(
        [market, (lp - log_nest).reshape(*lead, -1), (le - np.log(needed)).reshape(*lead, -1)], axis=-1
    )
    return Balance(residual, log_cost, value_share, share, flow, output, income, final, labour,
                   needed, held)  # fmt: skip


def _numeraire(base: Economy) -> int:
    """The region whose labour market follows from Walras' law: the largest, for conditioning."""
    return int(base.labour.argmax())


def real_income(base: Economy, x: Array, income: Array) -> Array:
    """I/Pc relative to the base year [..., region]."""
    _, lp, _ = unpack(base, x)
    _, log_consumer_price = final_share(base, lp)
    return income / base.income * np.exp(-log_consumer_price)
