"""What an uncertain yearly loss is worth avoiding: its mean, its variance, and the certainty equivalent of both.

Stops arrive as a compound Poisson process; that the rate itself is only known from so many years of watching
adds to it. Losses come from `coercion.py`. Source: model section 7, "Variance of a partner's conduct counts"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.world.params import Array


@dataclass(frozen=True)
class Arrivals:
    """How often each stop is expected, for how long, and who would open it."""

    rate: Array  # [stop], a year
    years: Array  # [stop], duration
    sender: Array  # [stop] int; the supplier of an accident too
    accident: Array  # [stop] bool: nobody opens it
    opening: Array  # [region], episodes a year that a sender is believed to open
    experience: float  # years of watching behind that belief

    @property
    def senders(self) -> list[int]:
        """Who may open an episode, in order."""
        return sorted(set(self.sender[~self.accident].tolist()))


def mean_loss(of: Arrivals, loss: Array) -> Array:
    """Expected loss [...], per cent of annual income a year, from losses [..., stop] while a stop lasts."""
    return (loss * of.rate * of.years).sum(axis=-1)


def variance_by_sender(of: Arrivals, loss: Array) -> dict[int, Array]:
    """Variance of a year's losses by sender, per cent of annual income squared; senders are independent.

    sum_m rate_m (D_m L_m)**2, compound Poisson, and of the rate h a sender's episodes arrive with, h/T (a Gamma
    posterior after h T episodes in T years), times the squared mean loss of one episode. An accident has a
    hazard of its own that nobody's conduct changes: it counts in the first part only."""
    once = loss * of.years
    out = {}
    for j in sorted(set(of.sender.tolist())):
        mine = of.sender == j
        out[j] = (np.where(mine, of.rate * once**2, 0.0)).sum(axis=-1)
        if of.opening[j] > 0:
            episodes = np.where(mine & ~of.accident, of.rate * once, 0.0).sum(axis=-1)
            out[j] = out[j] + episodes**2 / (of.opening[j] * of.experience)
    return out


def certainty_equivalent(of: Arrivals, loss: Array, aversion: float) -> Array:
    """Sure yearly loss [...] that is as bad, per cent of annual income: mean + aversion/2 variance.

    aversion : relative risk aversion; the variance is per cent squared, hence the 100. Source: Pratt (1964)."""
    mean = mean_loss(of, loss)
    if aversion == 0:
        return mean
    return mean + aversion / 2 / 100 * sum(variance_by_sender(of, loss).values())


def marginal_worth(of: Arrivals, loss: Array, aversion: float) -> Array:
    """d certainty equivalent / d loss [stop], years a year."""
    once = loss * of.years
    steep = of.rate * of.years
    if aversion == 0:
        return steep
    episodes = np.zeros(len(loss))
    for j in of.senders:
        mine = (of.sender == j) & ~of.accident
        episodes[mine] = (of.rate * once)[mine].sum() / (of.opening[j] * of.experience)
    return steep * (1 + aversion / 100 * (once + episodes))
