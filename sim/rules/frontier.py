"""What a composition of suppliers costs and what it still leaves to lose, in closed form, at base-year costs.

For ranking and for the efficient hedging frontier only: the equilibrium says what a hedge does. The search for
the frontier is left to `studies/frontier.py`. Source: model section 3."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.rules.coercion import YEARS_AHEAD, Stop, closed_form, steepness, tail_loss
from sim.rules.prudence import Arrivals, mean_loss
from sim.world.params import Array


@dataclass(frozen=True)
class Yardstick:
    """One region's suppliers, and the stops that it expects: what every composition is measured with.

    Compositions are [exporter, domain], 1, home included; home's share is that of `unhedged` in all of them."""

    weight: Array  # m [domain], Domar weights
    theta_short: Array  # [domain], 1
    theta_long: Array  # [domain], 1, > theta_short
    unhedged: Array  # lam0 [exporter, domain], 1, shares that would stand at h = 0
    base: Array  # lam of the base year [exporter, domain], 1
    region: int
    others: tuple[int, ...]  # senders whose episodes make up the tail
    stops: tuple[Stop, ...]
    arrivals: Arrivals
    solved: Array  # [stop], per cent of income while it lasts, from the equilibrium at `base`
    reach: Array  # [domain], quarters of use in store

    @property
    def alpha(self) -> Array:
        """Order of the Renyi divergence [domain], theta_long over the gap."""
        return self.theta_long / (self.theta_long - self.theta_short)

    @property
    def foreign(self) -> Array:
        """[exporter] bool."""
        return np.arange(len(self.unhedged)) != self.region

    def composed(self, foreign: Array) -> Array:
        """Composition [..., exporter, domain] from shares of foreign supply, which sum to 1 over exporter."""
        out = foreign * self.unhedged[self.foreign].sum(axis=0)
        out[..., self.region, :] = self.unhedged[self.region]
        return out

    @property
    def plain(self) -> Yardstick:
        """The same with losses of the closed form alone, nothing solved; market closures then cost nothing."""
        form = np.array([0.0 if not stop.of_supply else self._form(stop, self.base) for stop in self.stops])
        return replace(self, solved=100 * form)

    def _form(self, stop: Stop, share: Array) -> Array:
        domains = list(stop.domains)
        supplied = share[..., list(stop.senders), :][..., domains].sum(axis=-2)
        return closed_form(self.weight[domains], self.theta_short[domains], supplied, stop.withheld, self.store(stop))

    def store(self, stop: Stop) -> Array:
        """[domain of the stop], quarters of use that may be drawn in each quarter of it."""
        return self.reach[list(stop.domains)] / max(1.0, stop.lasts)

    def scale(self) -> Array:
        """[stop], per cent: the solved loss over the closed form at `base`; zero for a market closure.

        Where stores cover all that is bought at `base`, nothing was lost there, and the closed form speaks alone."""
        form = [1.0 if not stop.of_supply else float(self._form(stop, self.base)) for stop in self.stops]
        return np.array([0.0 if not stop.of_supply else size / f if f > 0 else 100.0
                         for stop, f, size in zip(self.stops, form, self.solved, strict=True)])  # fmt: skip

    def losses(self, share: Array) -> Array:
        """[..., stop], per cent of income while it lasts: solved at `base`, moved along the closed form.

        A market closure does not depend on what the region buys."""
        scale = self.scale()
        columns = [np.broadcast_to(size, share.shape[:-2]) if not stop.of_supply else k * self._form(stop, share)
                   for stop, size, k in zip(self.stops, self.solved, scale, strict=True)]  # fmt: skip
        return np.stack(columns, axis=-1)


def divergence_sum(of: Yardstick, share: Array) -> Array:
    """S = sum_j lam**alpha lam0**(1-alpha) [..., domain]; 1 where nothing is moved, infinite at a new supplier."""
    some = of.unhedged > 0
    with np.errstate(divide="ignore"):
        ratio = np.where(some, share / np.where(some, of.unhedged, 1.0), np.where(share > 0, np.inf, 0.0))
    return (np.where(some, of.unhedged, 1.0) * ratio**of.alpha).sum(axis=-2)


def premium(of: Yardstick, share: Array) -> Array:
    """Hedging premium [...], per cent of income (log points): sum_d m_d D(lam || lam0) / theta_long_d.

    D the Renyi divergence of order alpha, ln S / (alpha - 1): exact for one nest at given costs."""
    return 100 * (of.weight * np.log(divergence_sum(of, share)) / ((of.alpha - 1) * of.theta_long)).sum(axis=-1)


def premium_bound(of: Yardstick, share: Array) -> Array:
    """A bound on the premium from above that is convex in shares [...], per cent: S - 1 in place of ln S."""
    return 100 * (of.weight * (divergence_sum(of, share) - 1) / ((of.alpha - 1) * of.theta_long)).sum(axis=-1)


def bound_slope(of: Yardstick, share: Array) -> Array:
    """d premium_bound / d share [exporter, domain], per cent; NaN where there is no supplier."""
    some = of.unhedged > 0
    ratio = np.where(some, share / np.where(some, of.unhedged, 1.0), np.nan)
    return 100 * of.weight * of.alpha * ratio ** (of.alpha - 1) / ((of.alpha - 1) * of.theta_long)


def expected(of: Yardstick, share: Array) -> Array:
    """Expected coercion loss [...], per cent of annual income a year."""
    return mean_loss(of.arrivals, of.losses(share))


def episode_weight(of: Yardstick) -> tuple[Array, Array, Array]:
    """The other actors that may open an episode, as the tail counts them.

    Returns
    -------
    sender : [live]
    chance : [live], 1, of an episode within ten years
    size : [live, stop], per cent of ten years' loss per per cent of loss while a stop lasts"""
    a = of.arrivals
    live = np.array([j for j in of.others if a.opening[j] > 0], dtype=int)
    chance = 1 - (1 - np.minimum(a.opening[live], 1.0)) ** YEARS_AHEAD
    mine = (a.sender == live[:, None]) & ~a.accident
    return live, chance, YEARS_AHEAD / chance[:, None] * np.where(mine, a.rate * a.years, 0.0)


def tail(of: Yardstick, share: Array) -> float:
    """CVaR 95 % of ten years of coercion losses for one composition, per cent of annual income; see `tail_loss`."""
    return tail_of(of, of.losses(share))


def tail_of(of: Yardstick, loss: Array) -> float:
    """The same from losses [stop], per cent of income while they last; accidents are no part of it."""
    a = of.arrivals
    live = [j for j in of.others if a.opening[j] > 0]
    episode = [(a.rate * a.years * loss)[(a.sender == j) & ~a.accident].sum() / a.opening[j] for j in live]
    return tail_loss(a.opening[live], np.array(episode))


def loss_slope(of: Yardstick, share: Array, per_stop: Array, bought: list[Array | None] | None = None) -> Array:
    """d sum_k per_stop_k loss_k / d share [exporter, domain], per cent.

    bought : [stop], by domain: what a solver says that a point less bought is worth, per cent; it decides which of the
        slopes at a kink is taken"""
    out = np.zeros_like(share)
    for k, (stop, scale, worth) in enumerate(zip(of.stops, of.scale(), per_stop, strict=True)):
        if stop.of_supply:
            prices = None if bought is None else bought[k]
            edge = None
            if prices is not None:
                full = worth * scale * _steep(of, share, stop, np.ones(len(stop.domains)))
                edge = np.clip(np.divide(prices, full, out=np.zeros_like(full), where=full > 0), 0, 1)
            slope = _steep(of, share, stop, edge)
            out[np.ix_(stop.senders, stop.domains)] += worth * scale * slope
    return out


def _steep(of: Yardstick, share: Array, stop: Stop, edge: Array | None) -> Array:
    return steepness(of.weight, of.theta_short, share, stop, of.reach, edge)[1]


def markups(of: Yardstick, share: Array, dropped: float) -> Array:
    """Mark-ups h [exporter, domain] that ask for a composition at base-year costs, smallest foreign one 0.

    dropped : share of lam0 below which a supplier counts as left, and gets the mark-up of that share"""
    some = (of.unhedged > 0) & of.foreign[:, None]
    ratio = np.where(some, np.maximum(share / np.where(some, of.unhedged, 1.0), dropped), 1.0)
    h = -np.log(ratio) / (of.theta_long - of.theta_short)
    return np.where(some, h - np.where(some, h, np.inf).min(axis=0), 0.0)
