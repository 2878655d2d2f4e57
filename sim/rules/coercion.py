"""What losing a partner costs: supply and market losses from the equilibrium, and what is expected of them.

Losses are real income lost on impact at theta_short, per cent of a year's income while it lasts. Which
instruments there are is left to the caller; the closed form serves ranking and small changes only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sim.rules.contracts import impact_shock, log_wedge, withhold
from sim.rules.holdings import Denial, with_denial
from sim.rules.solve import SCORING_TOLERANCE, Anchor, solve
from sim.rules.stores import Stores
from sim.world.params import Array, Economy

YEARS_AHEAD = 10  # the tail's window, model section 3
TAIL = 0.95
KINK = 1e-5  # of a share: stores that cover what is lacking to within this are at the edge of covering it


@dataclass(frozen=True)
class Stop:
    """One stop against a target: varieties withheld by some senders, a market closed by tariff, a domain denied."""

    senders: tuple[int, ...]
    domains: tuple[int, ...]
    withheld: float  # 0: a market closure
    tariff: float = 0.0  # points added on the target's goods
    lasts: float = 1.0  # quarters for which what is in store has to last
    holding: int = -1  # position of the stock domain that its one sender denies; -1: none

    @property
    def of_supply(self) -> bool:
        """True when varieties of traded domains are withheld."""
        return self.tariff == 0 and self.holding < 0


@dataclass(frozen=True)
class Standing:
    """The state that stops start from: a solved point with its contracts."""

    tariff: Array
    withheld: Array
    available: Array
    stranded: Array
    x: Array
    income: Array  # real income [region], relative to the base year, what is denied of stock domains left out
    stores: Stores
    added: Array | float = 0.0  # ln of what transport and programmes do to delivered cost
    denial: Denial | None = None  # stock domains; needed when one of the stops denies one


def domar_weight(base: Economy) -> Array:
    """m [region, domain]: real income lost per log point of a nest price, own home loops included.

    m_i = a_i (I - diag(lam_ii) G_i')**-1 with G_i[input, using]; with a_i alone it misses half.   Source: model 3."""
    home = np.where(base.home, base.share, 0.0).sum(axis=1)
    eye = np.eye(len(base.domains))
    return np.stack(
        [a @ np.linalg.inv(eye - lam[:, None] * g.T) for a, lam, g in zip(base.final, home, base.io, strict=True)]
    )


def stop_losses(
    base: Economy, at: Standing, near: Anchor, target: int | list[int], stops: list[Stop]
) -> tuple[Array, Array]:  # fmt: skip
    """Losses of the target (one for all, or one a stop) from each stop, and of all regions.

    Returns
    -------
    loss : [stop], per cent of the target's real income while it lasts; NaN where a row did not converge
    change : [stop, region], per cent change of real income"""
    rows = len(stops)
    if rows == 0:
        return np.zeros(0), np.zeros((0, len(base.regions)))
    if any(stop.holding >= 0 for stop in stops):
        return _with_denials(base, at, near, np.broadcast_to(target, rows), stops)
    tariff = np.repeat(at.tariff[None], rows, axis=0)
    withheld = np.repeat(at.withheld[None], rows, axis=0)
    hit = np.broadcast_to(target, rows)
    asked = np.zeros_like(withheld)
    for row, (stop, who) in enumerate(zip(stops, hit, strict=True)):
        if stop.tariff > 0:
            tariff[row][np.ix_(stop.senders, (who,), stop.domains)] += stop.tariff
        else:
            cell = np.ix_(stop.senders, stop.domains)
            asked[row, who][cell] = np.maximum(stop.withheld - at.withheld[who][cell], 0)
    lasting = np.array([stop.lasts for stop in stops])
    for quarters in np.unique(lasting):
        some = lasting == quarters
        withheld[some] += at.stores.spread(quarters).short(base, asked[some])[0]
    v, y = withhold(at.available, at.stranded, at.withheld, withheld)
    shock = impact_shock(base, tariff, withheld, v, y, log_wedge(base, tariff) + at.added)
    found = solve(base, shock, near, start=np.repeat(at.x[None], rows, axis=0), tolerance=SCORING_TOLERANCE)
    income = found.real_income(base)
    change = 100 * (income / at.income - 1)
    return -change[np.arange(rows), hit], change


def _with_denials(
    base: Economy, at: Standing, near: Anchor, target: Array, stops: list[Stop]
) -> tuple[Array, Array]:  # fmt: skip
    """The same where some of the stops deny a stock domain: these need no equilibrium."""
    change = np.empty((len(stops), len(base.regions)))
    traded = [k for k, stop in enumerate(stops) if stop.holding < 0]
    change[traded] = stop_losses(base, at, near, target[traded], [stops[k] for k in traded])[1]
    for k, stop in enumerate(stops):
        if stop.holding >= 0:
            change[k] = with_denial(base, at.denial, target[k], stop.senders[0], stop.holding, stop.withheld)
    return -change[np.arange(len(stops)), target], change


def closed_form(
    weight: Array, theta_short: Array, share: Array, withheld: Array | float, store: Array | float = 0.0
) -> Array:  # fmt: skip
    """1 - prod_d (1 - max(0, r lam_d - store))**(m_d / theta_d) [...]: for ranking, and for small changes of a share.

    share : [..., domain], the sender's shares in the stopped domains, zero elsewhere
    store : [..., domain], quarters of use that may be drawn a quarter"""
    # a supplier of everything leaves no price at all; the equilibrium, not this form, says what that costs
    rest = np.maximum(1 - np.maximum(withheld * share - store, 0.0), 1e-12)
    return 1 - np.exp((weight / theta_short * np.log(rest)).sum(axis=-1))


def steepness(
    weight: Array, theta_short: Array, share: Array, stop: Stop, reach: Array, edge: Array | None = None
) -> tuple[float, Array]:  # fmt: skip
    """The closed form of a stop at the target's composition, and its slope in one sender's share [domain].

    share : [exporter, domain]; a point more of any of the stop's senders counts alike
    reach : [domain], quarters of use in store; a share that they cover has no slope
    edge : [domain of the stop], 1, part of the slope that counts where stores cover exactly what is lacking, and where
        the form has a kink; none: it has no slope there"""
    domains = list(stop.domains)
    store = reach[domains] / max(1.0, stop.lasts)
    supplied = share[list(stop.senders)][:, domains].sum(axis=0)
    exponent = weight[domains] / theta_short[domains]
    form = closed_form(weight[domains], theta_short[domains], supplied, stop.withheld, store)
    slope = []
    for k, power in enumerate(exponent):
        lacking = stop.withheld * supplied[k] - store[k]
        rest = max(1 - max(lacking, 0.0), 1e-12)
        others = 1 - closed_form(*(np.delete(a, k) for a in (weight[domains], theta_short[domains], supplied)),
                                 stop.withheld, np.delete(store, k))  # fmt: skip
        bites = float(lacking > 0 or store[k] == 0) if edge is None or abs(lacking) > KINK else edge[k]
        slope.append(power * stop.withheld * rest ** (power - 1) * others * bites)
    return float(form), np.array(slope)


def rescaled(
    loss: Array, stops: list[Stop], weight: Array, theta_short: Array, before: Array, after: Array,
    reach: tuple[Array, Array],
) -> Array:  # fmt: skip
    """Losses after a change of the target's composition or stores [..., stop], moved along the closed form.

    loss : [stop], from the equilibrium at `before`
    before, after : [exporter, domain] and [..., exporter, domain], the target's composition
    reach : [domain] before and [..., domain] after, quarters of use in store
    Market closures do not depend on what the target buys; denials are left to `holdings.denial_losses`. Where nothing
    was lost before since stores covered it all, the closed form itself says what is lost after."""
    out = np.broadcast_to(loss, (*after.shape[:-2], len(stops))).copy()
    for some in _alike(stops):
        senders, domains = (np.array([getattr(stops[k], name) for k in some]) for name in ("senders", "domains"))
        cells = senders[:, :, None], domains[:, None, :]
        old, new = before[cells].sum(axis=-2), after[..., *cells].sum(axis=-2)
        withheld, quarters = (np.array([[one] for one in column]) for column in zip(
            *((stops[k].withheld, max(1.0, stops[k].lasts)) for k in some), strict=True))  # fmt: skip
        stored = [one[..., domains] / quarters for one in reach]
        base_form = closed_form(weight[domains], theta_short[domains], old, withheld, stored[0])
        form = closed_form(weight[domains], theta_short[domains], new, withheld, stored[1])
        moved = out[..., some] * form / np.where(base_form > 0, base_form, 1.0)
        out[..., some] = np.where(base_form > 0, moved, 100 * form)
    return out


def _alike(stops: list[Stop]) -> list[list[int]]:
    """Positions of the stops of supply, those with as many senders and domains together."""
    groups: dict[tuple[int, int], list[int]] = {}
    for k, stop in enumerate(stops):
        if stop.of_supply:
            groups.setdefault((len(stop.senders), len(stop.domains)), []).append(k)
    return list(groups.values())


def tail_loss(hazard: Array, episode_loss: Array) -> float:
    """CVaR 95 % of the ten-year sum of coercion losses, per cent of annual income.

    hazard : [sender], episodes a year, > 0 for those that can open one
    episode_loss : [sender], expected loss of one episode, per cent of annual income
    A sender opens in ten years with p = 1 - (1 - hazard)**10, independently; then its loss is
    (10 hazard / p) times that of one episode.   Source: model section 3."""
    if np.isnan(episode_loss).any():
        return float("nan")
    live = np.flatnonzero((hazard > 0) & (episode_loss > 0))
    chance = 1 - (1 - np.minimum(hazard[live], 1.0)) ** YEARS_AHEAD
    size = YEARS_AHEAD * hazard[live] / chance * episode_loss[live]
    states = [s for k in range(len(live) + 1) for s in combinations(range(len(live)), k)]
    inside = np.array([[k in s for k in range(len(live))] for s in states], dtype=bool).reshape(len(states), len(live))
    weight = np.where(inside, chance, 1 - chance).prod(axis=1)
    loss = (inside * size).sum(axis=1)
    order = np.argsort(-loss, kind="stable")
    share = np.minimum(weight[order], np.maximum(0, 1 - TAIL - np.concatenate([[0], np.cumsum(weight[order])[:-1]])))
    return float((share * loss[order]).sum() / (1 - TAIL))


def lifted(at: Standing) -> Standing:
    """The same state with every control lifted: an episode ends, its instrument can come back."""
    zero = np.zeros_like(at.withheld)
    v, y = withhold(at.available, at.stranded, at.withheld, zero)
    return replace(at, withheld=zero, available=v, stranded=y)
