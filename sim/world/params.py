"""Economy: the base-year accounts and elasticities, fixed during a run.

Where the numbers come from (tables, draws) is left to `start.py`; what follows from them to `sim.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from sim.errors import WorldError
from sim.world.axes import EXPORTER

Array = np.ndarray
BALANCE_TOLERANCE = 1e-6  # of the largest income; targets/README: "a base that does not balance is wrong input"


@dataclass(frozen=True)
class Economy:
    """Base-year accounts in units of world labour income, and the elasticities.

    Arrays are float64; [importer, exporter, domain] with home on the diagonal."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    goods: Array  # [domain], bool: customs duties and the all-goods stop apply
    flow: Array  # [importer, exporter, domain], world labour income, value before tariff
    tariff: Array  # [importer, exporter, domain], 1, base ad valorem rates; zero at home
    value_added: Array  # [region, domain], 1, share of output value
    io: Array  # [region, input domain, using domain], 1, share of output value
    final: Array  # [region, domain], 1, share of final expenditure
    theta_short: Array  # [domain], 1, elasticity among varieties on impact
    theta_long: Array  # [domain], 1, elasticity once contracts have adapted, >= theta_short
    final_elasticity: float  # eta
    input_elasticity: float  # sigma_in
    hedge_base: Array  # [importer, exporter, domain], 1, base mark-ups h0; zero at home
    commitment: Array  # [importer, exporter, domain], 1, rates above which a tariff breaks a commitment

    @cached_property
    def expenditure(self) -> Array:
        """[importer, domain], tariff included."""
        return ((1 + self.tariff) * self.flow).sum(axis=EXPORTER)

    @cached_property
    def share(self) -> Array:
        """lam_base [importer, exporter, domain], sums to 1 over exporter."""
        return (1 + self.tariff) * self.flow / self.expenditure[:, None, :]

    @cached_property
    def output(self) -> Array:
        """[region, domain], sales before tariff."""
        return self.flow.sum(axis=0)

    @cached_property
    def labour(self) -> Array:
        """[region], labour income; sums to 1."""
        return (self.value_added * self.output).sum(axis=-1)

    @cached_property
    def deficit(self) -> Array:
        """[region], imports less exports before tariff, fixed in the numeraire."""
        total = self.flow.sum(axis=-1)
        return total.sum(axis=1) - total.sum(axis=0)

    @cached_property
    def income(self) -> Array:
        """[region], labour income, tariff revenue and deficit."""
        return self.labour + (self.tariff * self.flow).sum(axis=(1, 2)) + self.deficit

    @cached_property
    def gap(self) -> Array:
        """g = theta_long - theta_short [domain]."""
        return self.theta_long - self.theta_short

    @cached_property
    def alpha(self) -> Array:
        """theta_long / gap [domain]; 1 where there is one elasticity and so no gap."""
        return np.where(self.gap > 0, self.theta_long / np.where(self.gap > 0, self.gap, 1.0), 1.0)

    @cached_property
    def unhedged_power(self) -> Array:
        """lam0**(1-alpha) [importer, exporter, domain]; zero where nothing is bought."""
        some = self.share_unhedged > 0
        return np.where(some, np.where(some, self.share_unhedged, 1.0) ** (1 - self.alpha), 0.0)

    @cached_property
    def home(self) -> Array:
        """[importer, exporter, 1] bool, true on the diagonal."""
        return np.eye(len(self.regions), dtype=bool)[:, :, None]

    @cached_property
    def goods_bought(self) -> Array:
        """[importer, exporter, domain], foreign goods before tariff; zero at home and for services."""
        return np.where(self.home, 0.0, self.flow) * self.goods

    @cached_property
    def goods_mix(self) -> Array:
        """[importer, exporter, domain], share of each good in what i buys of j; zero where i buys nothing."""
        total = self.goods_bought.sum(axis=-1, keepdims=True)
        return self.goods_bought / np.where(total > 0, total, 1.0)

    @cached_property
    def partner_weight(self) -> Array:
        """[importer, exporter], share of each partner in foreign goods imports; sums to 1 over exporter."""
        total = self.goods_bought.sum(axis=-1)
        return total / total.sum(axis=-1, keepdims=True)

    @cached_property
    def share_unhedged(self) -> Array:
        """lam0: shares that would stand at h = 0, home's as in the base year [importer, exporter, domain]."""
        foreign = np.where(self.home, 0.0, self.share * np.exp(self.gap * self.hedge_base))
        home = np.where(self.home, self.share, 0.0).sum(axis=EXPORTER, keepdims=True)
        total = foreign.sum(axis=EXPORTER, keepdims=True)
        scaled = (1 - home) * foreign / np.where(total > 0, total, 1.0)
        return np.where(self.home, self.share, scaled)

    @cached_property
    def single(self) -> Economy:
        """The same in single precision: half the memory traffic, for screening only.

        Where two elasticities lie so close that their powers overflow there, the same in double precision."""
        half = replace(self, **{f.name: getattr(self, f.name).astype(np.float32) for f in fields(self)
                                if isinstance(getattr(self, f.name), np.ndarray) and f.name != "goods"})  # fmt: skip
        with np.errstate(over="ignore"):
            return half if np.isfinite(half.unhedged_power).all() else self

    def with_hedges(self, hedge_base: Array) -> Economy:
        """The same accounts with other inferred base mark-ups."""
        return replace(self, hedge_base=hedge_base)


def economy_from_accounts(
    *, regions, domains, goods, flow, tariff, value_added, io, final, theta_short, theta_long,
    final_elasticity=1.0, input_elasticity=1.0, hedge_base=None, commitment=None, where="the base world",
) -> Economy:  # fmt: skip
    """Economy from accounts in any money unit, scaled to world labour income and checked.

    Raises WorldError when value added and inputs do not sum to one or the accounts do not balance."""
    home = np.eye(len(regions), dtype=bool)[:, :, None]
    tariff = np.where(home, 0.0, tariff)
    output = flow.sum(axis=0)
    scale = (value_added * output).sum()
    zero = np.zeros_like(flow) if hedge_base is None else hedge_base
    base = Economy(
        tuple(regions), tuple(domains), np.asarray(goods, bool), flow / scale, tariff, value_added, io, final,
        np.asarray(theta_short, float), np.asarray(theta_long, float),
        float(final_elasticity), float(input_elasticity), zero,
        tariff if commitment is None else commitment,
    )  # fmt: skip
    _check_accounts(base, where)
    return base


def without_links(regions, domains, goods, flow, tariff, theta, **more) -> Economy:
    """Economy in which output is value added alone and final shares follow from the flows."""
    home = np.eye(len(regions), dtype=bool)[:, :, None]
    expenditure = (flow * (1 + np.where(home, 0.0, tariff))).sum(axis=EXPORTER)
    n_region, n_domain = expenditure.shape
    return economy_from_accounts(
        regions=regions, domains=domains, goods=goods, flow=flow, tariff=tariff,
        value_added=np.ones((n_region, n_domain)), io=np.zeros((n_region, n_domain, n_domain)),
        final=expenditure / expenditure.sum(axis=-1, keepdims=True), theta_short=theta, theta_long=theta,
        input_elasticity=1.0, **more,
    )  # fmt: skip


def _check_accounts(base: Economy, where: str) -> None:
    shares = base.value_added + base.io.sum(axis=1)
    worst = np.unravel_index(np.abs(shares - 1).argmax(), shares.shape)
    if abs(shares[worst] - 1) > BALANCE_TOLERANCE:
        raise WorldError(
            f"{where}: value-added and input shares of {base.regions[worst[0]]}, {base.domains[worst[1]]} "
            f"sum to {shares[worst]:.9g}; must sum to 1"
        )
    if (base.expenditure <= 0).any():
        i, d = np.argwhere(base.expenditure <= 0)[0]
        raise WorldError(f"{where}: {base.regions[i]} spends nothing on {base.domains[d]}; must be > 0")
    needed = np.einsum("ied,id->ie", base.io, base.output) + base.final * base.income[:, None]
    gap = np.abs(needed - base.expenditure)
    worst = np.unravel_index(gap.argmax(), gap.shape)
    if gap[worst] > BALANCE_TOLERANCE * base.income.max():
        raise WorldError(
            f"{where}: expenditure of {base.regions[worst[0]]} on {base.domains[worst[1]]} is off its uses by "
            f"{gap[worst] / base.income.max():.3g} of the largest income; must be within {BALANCE_TOLERANCE:g}"
        )
