"""The quantities that are reported of an equilibrium, beside the base year.

Solving is left to `solve.py`. Hats are new over base; levels are in units of world labour income."""

from __future__ import annotations

import numpy as np

from sim.rules.trade import Balance, Shock, final_share, real_income, unpack
from sim.world.axes import DOMAIN, EXPORTER
from sim.world.params import Array, Economy

LEVELS = ("income", "tariff_revenue", "flows")  # in units of world labour income; the others have no unit


def outcomes(base: Economy, shock: Shock, x: Array, at: Balance) -> dict[str, Array]:
    """Every reported quantity, by name, for any number of leading axes.

    Returns
    -------
    welfare, real_wage : [..., region], per cent change of I/Pc and of w/Pc
    wage, consumer_price : [..., region], hats, in the numeraire
    price : [..., region, domain], hat of the nest price
    income, tariff_revenue : [..., region], levels
    final_shares : [..., region, domain], a'
    flows : [..., importer, exporter, domain], levels before tariff
    terms_of_trade, volume_of_trade : [..., region], first-order sums, per cent of base income

    Source: Caliendo and Parro (2015), eqs. 16-17, for the two sums."""
    lw, lp, _ = unpack(base, x)
    shares, log_consumer_price = final_share(base, lp)
    return {
        "welfare": 100 * (real_income(base, x, at.income) - 1),
        "real_wage": 100 * np.expm1(lw - log_consumer_price),
        "wage": np.exp(lw),
        "consumer_price": np.exp(log_consumer_price),
        "price": np.exp(lp),
        "income": at.income,
        "tariff_revenue": ((1 / shock.kept - 1) * at.flow).sum(axis=(EXPORTER, DOMAIN)),
        "final_shares": shares,
        "flows": at.flow,
        "terms_of_trade": terms_of_trade(base, at.log_cost),
        "volume_of_trade": volume_of_trade(base, at),
    }


def terms_of_trade(base: Economy, log_cost: Array) -> Array:
    """What dearer exports earn less what dearer imports cost, at base flows, per cent of base income.

    sum_jd X_jid (c_id - 1) - sum_jd X_ijd (c_jd - 1);  X_ijd is sold by j to i, c the unit cost hat."""
    rise = np.expm1(log_cost)
    sold = (base.output * rise).sum(axis=DOMAIN)
    bought = (base.flow * rise[..., None, :, :]).sum(axis=(EXPORTER, DOMAIN))
    return 100 * (sold - bought) / base.income


def volume_of_trade(base: Economy, at: Balance) -> Array:
    """Base tariff on the growth of import volumes, per cent of base income.

    sum_jd t_ijd X_ijd (X'_ijd / X_ijd - c_jd), written without the quotient."""
    grown = at.flow - base.flow * np.exp(at.log_cost)[..., None, :, :]
    return 100 * (base.tariff * grown).sum(axis=(EXPORTER, DOMAIN)) / base.income
