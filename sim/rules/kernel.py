"""The quasi-Newton steps of `solve.py` compiled by numba: the same equations as `trade.py`, a row at a time.

What is raised to a power is taken apart once a row: (c w)**-theta = c**-theta w**-theta, so that a step takes powers of
a price a seller and domain instead of one a pair and domain. Otherwise it is the arithmetic of numpy, fastmath off, and
the same equilibria to 1e-10. Domains are innermost, since sums over partners then need no order of their own; chords
of all rows are one product. `backend.py` says when it is used; what does not converge here goes to `solve.py`'s Newton.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from sim.rules.compiled import along, compiled, exp, exp_of, largest, log, powers
from sim.rules.trade import NEARLY_UNIT, SMALLEST, UNIT_ELASTIC, Shock, _numeraire
from sim.world.params import Array, Economy

Accounts = namedtuple(
    "Accounts", "value_added io using final labour deficit theta gap theta_long s eta numeraire cobb near unit_final"
)  # of an Economy, what the equations need
Cells = namedtuple("Cells", "adapted kept level kappa pull held hedged spread")  # of all rows, powers taken apart
Work = namedtuple(
    "Work", "cost labour per_cost price by_short by_gap by_long nest pull total wanted foreign abroad"
)  # ln unit cost, va (w/c)**(1-s), c**(s-1), P**(1-s), powers of cost, ln nest price; of one importer: the rest
Seen = namedtuple("Seen", "size steps income log_cost output")  # where each row stands last


def accounts(base: Economy) -> Accounts:
    """The arrays of an economy as the kernel takes them."""
    s, eta = base.input_elasticity, base.final_elasticity
    arrays = (base.value_added, base.io, base.io.transpose(0, 2, 1), base.final, base.labour, base.deficit,
              base.theta_short, base.gap, base.theta_long)  # fmt: skip
    return Accounts(*map(_plain, arrays), float(s), float(eta), _numeraire(base), abs(s - 1) < UNIT_ELASTIC,
                    abs(s - 1) < NEARLY_UNIT, abs(eta - 1) < UNIT_ELASTIC)  # fmt: skip


def cells(base: Economy, shock: Shock) -> Cells:
    """A shock [row, ...] with the powers that do not move during the solve.

    held : impact: v C**-theta_s without the seller's cost; adapted: that of the composition
    pull, hedged, spread : adapted alone, the same for what is wanted, hedged and summed in S"""
    with np.errstate(all="ignore"):
        held = np.exp(-base.theta_short * shock.log_wedge)
        if not shock.adapted:
            none, held = np.empty((0, 0, 0, 0)), shock.weight * held
            return Cells(False, *map(_plain, (shock.kept, shock.level, base.theta_short, none, held, none, none)))
        kappa = 1 / base.theta_short - 1 / base.theta_long
        pull = shock.weight * np.exp(-base.gap * shock.log_wedge)
        spread = shock.weight * shock.hedge_long * np.exp(-base.theta_long * shock.log_wedge)
        held, hedged = np.broadcast_to(held, pull.shape), pull * shock.hedge_short
        return Cells(True, *map(_plain, (shock.kept, shock.level, kappa, pull, held, hedged, spread)))


def _plain(value: Array) -> Array:
    return np.require(value, np.float64, "CW")  # one that cannot be written to would be compiled for apart


@compiled
def _costs(of, x, at):
    """Unit cost of every seller, and its powers, into the work arrays."""
    n, d = at.cost.shape
    r = 1 - of.s
    for j in range(n):
        wage = x[j] if of.cobb else exp(r * x[j])
        for e in range(d):
            at.price[j, e] = x[n + j * d + e]
        if not of.cobb:
            exp_of(at.price[j], r, at.price[j])
        for k in range(d):
            at.labour[j, k] = of.value_added[j, k] * wage
            at.cost[j, k] = at.labour[j, k]
        for e in range(d):
            price = at.price[j, e]
            for k in range(d):
                at.cost[j, k] += price * of.io[j, e, k]
        if of.cobb:
            at.labour[j], at.per_cost[j] = of.value_added[j], 1.0
            continue
        for k in range(d):
            total = at.cost[j, k]
            at.labour[j, k] /= total
            at.per_cost[j, k], at.cost[j, k] = 1 / total, log(total) / r
        if of.near:
            _near_unit_cost(of, x, j, at)


@compiled
def _near_unit_cost(of, x, j, at):
    """Unit cost where 1 - s is so small that ln(total) would lose its digits."""
    n, d = at.cost.shape
    r = 1 - of.s
    for k in range(d):
        total = of.value_added[j, k] * np.expm1(r * x[j])
        for e in range(d):
            total += np.expm1(r * x[n + j * d + e]) * of.io[j, e, k]
        at.cost[j, k] = np.log1p(total) / r
        at.per_cost[j, k] = np.exp(-r * at.cost[j, k])


@compiled
def _nests(of, cell, row, i, at):
    """One importer's pull of every seller, its sum and ln nest price: impact, see `trade.impact_share`."""
    n, d = at.cost.shape
    held = cell.held[row, i]
    at.total[:] = 0.0
    for j in range(n):
        for k in range(d):
            pull = held[j, k] * at.by_short[j, k]
            at.pull[j, k] = pull
            at.total[k] += pull
    for k in range(d):
        at.nest[i, k] = cell.level[row, i, k] - log(at.total[k]) / of.theta[k]


@compiled
def _adapted_nests(of, cell, row, i, at):
    """The same once contracts have adapted: v* follows cost and hedges, see `trade.composition`, `adapted_share`."""
    n, d = at.cost.shape
    at.total[:], at.wanted[:], at.foreign[:], at.abroad[:] = 0.0, 0.0, 0.0, 0.0
    for j in range(n):
        abroad = 0.0 if j == i else 1.0
        for k in range(d):
            at.wanted[k] += cell.pull[row, i, j, k] * at.by_gap[j, k]
            at.foreign[k] += cell.hedged[row, i, j, k] * at.by_gap[j, k]
            at.abroad[k] += abroad * cell.spread[row, i, j, k] * at.by_long[j, k]
    for k in range(d):
        mine = cell.pull[row, i, i, k] * at.by_gap[i, k]
        foreign = at.foreign[k] - cell.hedged[row, i, i, k] * at.by_gap[i, k]
        some = foreign > SMALLEST * at.wanted[k]
        home = mine / at.wanted[k] if some else 1.0
        at.foreign[k] = (1 - home) / foreign if some else 0.0  # from here on what v* is over what is wanted
        at.wanted[k] = home / mine if mine > 0 else 0.0
    for j in range(n):
        for k in range(d):
            scale = at.wanted[k] if j == i else at.foreign[k]
            pull = cell.hedged[row, i, j, k] * at.by_gap[j, k] * scale * cell.held[row, i, j, k] * at.by_short[j, k]
            at.pull[j, k] = pull
            at.total[k] += pull
    for k in range(d):
        alpha = of.theta_long[k] / of.gap[k] if of.gap[k] > 0 else 1.0
        spread = (at.abroad[k] * np.exp(alpha * np.log(at.foreign[k]))
                  + cell.spread[row, i, i, k] * at.by_long[i, k] * np.exp(alpha * np.log(at.wanted[k])))  # fmt: skip
        at.nest[i, k] = cell.level[row, i, k] + cell.kappa[k] * np.log(spread) - log(at.total[k]) / of.theta[k]


@compiled
def _sales(of, cell, row, x, at, output, income, residual):
    """Sales and incomes; the first residuals hold labour income. Returns its sum."""
    n, d = output.shape
    powers(at.cost, of.theta, at.by_short)
    if cell.adapted:
        powers(at.cost, of.gap, at.by_gap)
        powers(at.cost, of.theta_long, at.by_long)
    output[:] = 0.0
    earned_by_all = 0.0
    for i in range(n):
        if cell.adapted:
            _adapted_nests(of, cell, row, i, at)
        else:
            _nests(of, cell, row, i, at)
        first = n + n * d + i * d
        exp_of(x[first : first + d], 1.0, at.abroad)
        spent_on_all = at.abroad.sum()
        for k in range(d):
            at.total[k] = at.abroad[k] / at.total[k]
        at.wanted[:] = 0.0
        kept = cell.kept[row, i]
        for j in range(n):
            for k in range(d):
                flow = at.pull[j, k] * kept[j, k] * at.total[k]
                output[j, k] += flow
                at.wanted[k] += flow
        earned = np.exp(x[i]) * of.labour[i]
        earned_by_all += earned
        income[i] = earned + (spent_on_all - at.wanted.sum()) + of.deficit[i]
        residual[i] = earned
    return earned_by_all


@compiled
def _balance(of, cell, row, x, at, residual, income, output):
    """Residuals of one row at x [unknown], in the order of `trade.balance`, and what is read there."""
    n, d = output.shape
    _costs(of, x, at)
    earned_by_all = _sales(of, cell, row, x, at, output, income, residual)
    for i in range(n):
        labour, first = 0.0, n + i * d
        at.foreign[:] = 0.0
        for k in range(d):
            labour += at.labour[i, k] * output[i, k]
            bought = output[i, k] * at.per_cost[i, k]
            for e in range(d):
                at.foreign[e] += of.using[i, k, e] * bought
        residual[i] = np.log(residual[i] / labour)
        exp_of(x[first : first + d], 0.0 if of.unit_final else 1 - of.eta, at.wanted)
        for e in range(d):
            at.wanted[e] *= of.final[i, e]
        share = income[i] if of.unit_final else income[i] / at.wanted.sum()
        for e in range(d):
            needed = at.foreign[e] * (1.0 if of.cobb else at.price[i, e]) + at.wanted[e] * share
            residual[first + e] = x[first + e] - at.nest[i, e]
            residual[first + n * d + e] = x[first + n * d + e] - log(needed)
    residual[of.numeraire] = earned_by_all - 1.0


@compiled
def _work(n, d):
    """Work arrays of one call."""
    table = np.empty((9, n, d))
    line = np.empty((4, d))
    return Work(table[0], table[1], table[2], table[3], table[4], table[5], table[6], table[7], table[8],
                line[0], line[1], line[2], line[3])  # fmt: skip


@compiled
def _corrected(step, taken, square, k, smallest_slope, largest_step):
    """Broyden's correction of a chord step from the k steps already taken, shortened where it is too long."""
    for past in range(k - 1):
        part = along(taken[past], step) / square[past]
        for m in range(len(step)):
            step[m] += part * taken[past + 1, m]
    if k > 0:
        slope = 1 - along(taken[k - 1], step) / square[k - 1]
        if abs(slope) > smallest_slope:
            step /= slope
    longest = largest(step)
    if longest > largest_step:
        step *= largest_step / longest
    taken[k] = step
    square[k] = along(step, step)


@compiled
def quasi_newton(of, cell, transposed, x, tolerance, steps, smallest_slope, largest_step, seen):
    """Chord steps with Broyden corrections of all rows, as `solve._quasi_newton`; notes each where it stands last.

    transposed : inverse Jacobian of the anchor, transposed [unknown, unknown]; x : [row, unknown], moved
    seen : filled"""
    rows, unknown = x.shape
    work = _work(seen.output.shape[1], seen.output.shape[2])
    taken, square = np.empty((rows, steps, unknown)), np.empty((rows, steps))
    alive, residual = np.arange(rows), np.empty((rows, unknown))
    count = rows
    for k in range(steps + 1):
        going = 0
        for place in range(count):
            row, at = alive[place], residual[going]
            _balance(of, cell, row, x[row], work, at, seen.income[row], seen.output[row])
            seen.log_cost[row] = work.cost
            size = largest(at)
            seen.size[row], seen.steps[row] = size, k
            if size > tolerance and np.isfinite(size):
                alive[going] = row
                going += 1
        count = going
        if count == 0 or k == steps:
            return
        chord = np.dot(residual[:count], transposed)
        for place in range(count):
            step = -chord[place]
            _corrected(step, taken[alive[place]], square[alive[place]], k, smallest_slope, largest_step)
            x[alive[place]] += step


def warm_up() -> None:
    """Loads what was compiled before, or compiles it: a call without rows."""
    one, table, cube, rows = (np.ones((1,) * k) for k in (1, 2, 3, 4))
    none, plane = rows[:0], cube[:0]
    of = Accounts(table, cube, cube, table, one, one, one, one, one, 1.0, 1.0, 0, True, True, True)
    seen = Seen(one[:0], np.zeros(0, int), table[:0], plane, plane)
    quasi_newton(of, Cells(False, none, plane, one, none, none, none, none), np.eye(3).T, np.ones((0, 3)), 1.0, 1, 1.0,
                 1.0, seen)  # fmt: skip
