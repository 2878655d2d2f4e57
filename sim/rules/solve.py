"""Solves the trade equilibrium for a batch of rows that share one economy: chord, Broyden and Newton steps.

Rows start from one point and share the inverse Jacobian taken there (a chord step); each row then builds
its own secant correction (Broyden's good method, Kelley 1995, ch. 7), and what still does not converge
takes Newton steps with its own Jacobian. A row stops at its own convergence. Rows of one call belong to
one run and one question, so no sum depends on how runs were cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np

from sim.errors import SolverError
from sim.rules.backend import kernel
from sim.rules.jacobian import jacobian
from sim.rules.trade import Balance, Shock, balance, real_income
from sim.world.params import Array, Economy

TOLERANCE = 1e-11  # largest residual, logs
SCORING_TOLERANCE = 1e-7  # of losses: moves them by about 1e-6 of a per cent
NEARBY = 0.01  # largest change of an expenditure share for which an inverse Jacobian is kept
LARGEST_STEP = 1.0  # a longer step in logs is shortened, so that an embargo does not overshoot
SMALLEST_SLOPE = 0.05  # a flatter secant would throw the row far away: it takes the plain step
SECANTS = 24
NEWTON_STEPS = 30
CHUNK = 48  # rows evaluated together: their arrays stay in the processor's cache


@dataclass(frozen=True)
class Anchor:
    """A solved point and the inverse Jacobian there: where rows start from."""

    x: Array  # [unknown]
    inverse: Array  # [unknown, unknown]
    share: Array  # lam where the Jacobian was taken [importer, exporter, domain]

    @cached_property
    def single(self) -> Anchor:
        """The same in single precision, for screening only."""
        return Anchor(self.x.astype(np.float32), self.inverse.astype(np.float32), self.share)


@dataclass(frozen=True)
class Solution:
    """Solved rows and what was read there. Unconverged rows are named in `converged`: check it before use."""

    x: Array  # [row, unknown]
    converged: Array  # [row], bool
    residual: Array  # [row], largest residual
    steps: Array  # [row], int
    income: Array  # [row, region], world labour income
    log_cost: Array  # [row, region, domain], ln unit cost
    output: Array  # [row, region, domain], world labour income

    def real_income(self, base: Economy) -> Array:
        """I/Pc relative to the base year [row, region]; NaN where the row did not converge."""
        return np.where(self.converged[:, None], real_income(base, self.x, self.income), np.nan)


def anchor(base: Economy, shock: Shock, x: Array) -> Anchor:
    """Anchor at x for one row's shock (no leading axis)."""
    at = balance(base, shock, x)
    return Anchor(x, np.linalg.inv(jacobian(base, shock, x, at)), at.share)


def anchored(base: Economy, shock: Shock, x: Array, at: Balance, near: Anchor) -> Anchor:
    """Anchor at the solved point x; the inverse of an earlier one serves on while shares have hardly moved."""
    if np.abs(at.share - near.share).max() < NEARBY:
        return Anchor(x, near.inverse, near.share)
    return anchor(base, shock, x)


def solve(base: Economy, shock: Shock, near: Anchor, *, start: Array | None = None,
          tolerance: float = TOLERANCE, steps: int = SECANTS, newton: bool = True) -> Solution:  # fmt: skip
    """Equilibria of all rows of a shock [row, ...].

    start : [row, unknown], optional; the anchor's point otherwise
    steps : most quasi-Newton steps; with newton=False rows stop there, converged or not."""
    rows, (n, d) = shock.kept.shape[0], base.output.shape
    x = np.repeat(near.x[None], rows, axis=0) if start is None else start.copy()
    state = Solution(x, np.zeros(rows, bool), np.full(rows, np.inf), np.zeros(rows, int), np.empty((rows, n)),
                     np.empty((rows, n, d)), np.empty((rows, n, d)))  # fmt: skip
    compiled = kernel() if near.x.dtype == np.float64 else None  # screening in single precision is numpy's
    for first in range(0, rows, CHUNK):
        part, some = np.arange(first, min(first + CHUNK, rows)), shock.rows(slice(first, first + CHUNK))
        if compiled is None:
            _quasi_newton(base, some, near, state, part, tolerance, steps)
        else:
            _compiled_steps(compiled, base, some, near, state, part, tolerance, steps)
    if newton:
        for row in np.flatnonzero(~(state.residual <= tolerance)):
            begin = near.x if start is None or not np.isfinite(start[row]).all() else start[row]
            _newton(base, shock.rows(row), begin, state, row, tolerance)
    state.converged[:] = state.residual <= tolerance
    return state


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


def _note(state: Solution, rows, x: Array, at: Balance, size: Array) -> None:
    state.x[rows], state.residual[rows] = x, size
    state.income[rows], state.log_cost[rows], state.output[rows] = at.income, at.log_cost, at.output


def _quasi_newton(base, shock, near, state: Solution, rows, tolerance, steps) -> None:
    """Chord steps with Broyden corrections; notes each row where it stands last."""
    alive, now, x = rows, shock, state.x[rows]
    taken: list[tuple[Array, Array]] = []  # steps of the rows still alive, and their squared lengths
    for k in range(steps + 1):
        with np.errstate(all="ignore"):
            at = balance(base, now, x)
        size = np.abs(at.residual).max(axis=-1)
        _note(state, alive, x, at, size)
        state.steps[alive] = k
        going = (size > tolerance) & np.isfinite(size)
        if k == steps or not going.any():
            return
        residual = at.residual
        if not going.all():
            alive, residual, x, now = alive[going], residual[going], x[going], now.rows(going)
            taken = [(step[going], square[going]) for step, square in taken]
        with np.errstate(all="ignore"):
            step = _limited(_secant(-(residual @ near.inverse.T), taken))
        taken.append((step, (step * step).sum(axis=-1)))
        x = x + step


def _compiled_steps(compiled: ModuleType, base, shock, near, state: Solution, rows, tolerance, steps) -> None:
    """The same by the kernel."""
    some = slice(rows[0], rows[-1] + 1)
    names = ("residual", "steps", "income", "log_cost", "output")
    seen = compiled.Seen(*(getattr(state, name)[some] for name in names))
    compiled.quasi_newton(compiled.accounts(base), compiled.cells(base, shock), near.inverse.T, state.x[some],
                          tolerance, steps, SMALLEST_SLOPE, LARGEST_STEP, seen)  # fmt: skip


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


def _newton(base, shock, x, state: Solution, row: int, tolerance) -> None:
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
    _note(state, row, x, now, worst)
    state.steps[row] += count
