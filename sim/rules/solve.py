"""Solves the trade equilibrium for a batch of rows that share one economy: chord, Broyden and Newton steps.

Rows start from one point and share the inverse Jacobian taken there (a chord step); each row then builds
its own secant correction (Broyden's good method, Kelley 1995, ch. 7), and what still does not converge
takes Newton steps with its own Jacobian. A row stops at its own convergence. Rows of one call belong to
one run and one question, so no sum depends on how runs were cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import SolverError
from sim.rules.jacobian import jacobian
from sim.rules.trade import Balance, Shock, balance, real_income
from sim.world.params import Array, Economy

TOLERANCE = 1e-11  # largest residual, logs
SCORING_TOLERANCE = 1e-8
LARGEST_STEP = 1.0  # a longer step in logs is shortened, so that an embargo does not overshoot
SMALLEST_SLOPE = 0.05  # a flatter secant would throw the row far away: it takes the plain step
SECANTS = 24
NEWTON_STEPS = 30
CHUNK = 24  # rows evaluated together: their arrays stay in the processor's cache


@dataclass(frozen=True)
class Anchor:
    """A solved point and the inverse Jacobian there: where rows start from."""

    x: Array  # [unknown]
    inverse: Array  # [unknown, unknown]


@dataclass(frozen=True)
class Solution:
    """Solved rows. Unconverged rows carry NaN real income and are named in `converged`."""

    x: Array  # [row, unknown]
    converged: Array  # [row], bool
    residual: Array  # [row], largest residual
    steps: Array  # [row], int

    def real_income(self, base: Economy, at: Balance) -> Array:
        """I/Pc relative to the base year [row, region]; NaN where the row did not converge."""
        return np.where(self.converged[:, None], real_income(base, self.x, at.income), np.nan)


def anchor(base: Economy, shock: Shock, x: Array) -> Anchor:
    """Anchor at x for one row's shock (no leading axis)."""
    return Anchor(x, np.linalg.inv(jacobian(base, shock, x, balance(base, shock, x))))


def solve(base: Economy, shock: Shock, near: Anchor, *, start: Array | None = None,
          tolerance: float = TOLERANCE, steps: int = SECANTS, newton: bool = True) -> Solution:  # fmt: skip
    """Equilibria of all rows of a shock [row, ...].

    start : [row, unknown], optional; the anchor's point otherwise
    steps : most quasi-Newton steps; with newton=False rows stop there, converged or not."""
    rows = shock.kept.shape[0]
    x = np.repeat(near.x[None], rows, axis=0) if start is None else start.copy()
    worst = np.full(rows, np.inf)
    count = np.zeros(rows, dtype=int)
    for first in range(0, rows, CHUNK):
        part = slice(first, min(first + CHUNK, rows))
        x[part], worst[part], count[part] = _quasi_newton(base, shock.rows(part), near, x[part], tolerance, steps)
    if newton:
        for row in np.flatnonzero(~(worst <= tolerance)):
            begin = near.x if start is None or not np.isfinite(start[row]).all() else start[row]
            x[row], worst[row], more = _newton(base, shock.rows(row), begin, tolerance)
            count[row] += more
    return Solution(x, worst <= tolerance, worst, count)


def solve_one(
    base: Economy, shock: Shock, near: Anchor, where: str, start: Array | None = None
) -> tuple[Array, Balance]:
    """The equilibrium of a single row (no leading axis); raises SolverError when it does not converge."""
    batch = shock.rows(None)
    found = solve(base, batch, near, start=None if start is None else start[None])
    if not found.converged[0]:
        raise SolverError(
            f"{where}: the trade equilibrium did not converge (largest residual {found.residual[0]:.2g} after "
            f"{found.steps[0]} steps); try milder tariffs or a higher short-run elasticity"
        )
    return found.x[0], balance(base, shock, found.x[0])


def _limited(step: Array) -> Array:
    longest = np.abs(step).max(axis=-1, keepdims=True)
    return step * np.where(longest > LARGEST_STEP, LARGEST_STEP / np.where(longest > 0, longest, 1.0), 1.0)


def _quasi_newton(base, shock, near, x, tolerance, steps):
    """Chord steps with Broyden corrections; returns x, largest residual and steps of each row."""
    rows = x.shape[0]
    out, worst, count = x.copy(), np.full(rows, np.inf), np.zeros(rows, dtype=int)
    alive, now = np.arange(rows), shock
    taken: list[tuple[Array, Array]] = []  # steps of the rows still alive, and their squared lengths
    for k in range(steps + 1):
        with np.errstate(all="ignore"):
            residual = balance(base, now, x).residual
        size = np.abs(residual).max(axis=-1)
        worst[alive], out[alive], count[alive] = size, x, k
        going = (size > tolerance) & np.isfinite(size)
        if k == steps or not going.any():
            break
        if not going.all():
            alive, residual, x, now = alive[going], residual[going], x[going], now.rows(going)
            taken = [(step[going], square[going]) for step, square in taken]
        with np.errstate(all="ignore"):
            step = _limited(_secant(-(residual @ near.inverse.T), taken))
        taken.append((step, (step * step).sum(axis=-1)))
        x = x + step
    return out, worst, count


def _secant(step: Array, taken: list[tuple[Array, Array]]) -> Array:
    """Broyden's correction of a chord step from the steps already taken (Kelley 1995, ch. 7)."""
    if not taken:
        return step
    for (last, square), (following, _) in zip(taken[:-1], taken[1:], strict=True):
        along = (last * step).sum(axis=-1) / square
        step = step + along[:, None] * following
    last, square = taken[-1]
    slope = 1 - (last * step).sum(axis=-1) / square
    return step / np.where(np.abs(slope) > SMALLEST_SLOPE, slope, 1.0)[:, None]


def _newton(base, shock, x, tolerance):
    """Newton steps with the row's own Jacobian, halved while the residual grows.

    A row whose residual is no number, or whose Jacobian has no inverse, is given up where it stands."""
    with np.errstate(all="ignore"):
        x, now, count = x.copy(), balance(base, shock, x), 0
        worst = np.abs(now.residual).max()
        while worst > tolerance and np.isfinite(worst) and count < NEWTON_STEPS:
            try:
                step = _limited(np.linalg.solve(jacobian(base, shock, x, now), -now.residual))
            except np.linalg.LinAlgError:
                break
            for _ in range(8):
                trial = balance(base, shock, x + step)
                if np.abs(trial.residual).max() < max(worst * 1.5, 1e-9):  # false for NaN too
                    break
                step = step / 2
            else:
                trial = balance(base, shock, x + step)
            x, now, count = x + step, trial, count + 1
            worst = np.abs(now.residual).max()
    return x, worst, count
