"""The natural peers of the engine: the same rules and choices by the same code, one candidate at a time in plain numpy.

What is replaced is how candidates are fed and what solves a row: walks, screens, stops and compositions take one row
each, and a row is solved by a damped fixed point or by Newton with its own Jacobian. Nothing else is slowed down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from unittest.mock import patch

import numpy as np

from sim.moves import path, risk, score, terms
from sim.record import measure
from sim.rules import coercion, solve
from sim.rules.trade import balance, unpack

MOST_STEPS = 3000  # of a fixed point; a row that needs more takes Newton steps
STEPS_SEEN = {"rows": 0, "steps": 0, "given up": 0}


def fixed_point(damping: tuple[float, float], base, shock, near, state, rows, tolerance) -> None:
    """x moves by part of each equation's own residual: wages by `damping[0]`, prices and expenditure by `damping[1]`.

    Wages follow excess demand for labour; the numeraire is held by scaling them."""
    n = len(base.regions)
    x = state.x[rows[0]].copy()
    single = shock.rows(0)
    with np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            STEPS_SEEN["steps"] += 1
            at = balance(base, single, x)
            size = np.abs(at.residual).max()
            if size <= tolerance or not np.isfinite(size):
                break
            step = at.residual * damping[1]
            lw, _, _ = unpack(base, x)
            step[:n] = damping[0] * np.log(np.exp(lw) * base.labour / at.labour)
            x = x - step
            x[:n] -= np.log((np.exp(x[:n]) * base.labour).sum())
    STEPS_SEEN["rows"] += 1
    STEPS_SEEN["given up"] += not size <= tolerance
    solve._note(state, rows, x[None], _rowed(at), np.array([size]))


def _rowed(at):
    return type(at)(*(None if (value := getattr(at, f.name)) is None else value[None] for f in fields(at)))


def by_fixed_point(damping: tuple[float, float]) -> Callable:
    """In place of `solve._quasi_newton`; screening keeps its two steps, since its choices hang on them."""

    def steps_of(base, shock, near, state, rows, tolerance, steps):
        if near.x.dtype == np.float64:
            fixed_point(damping, base, shock, near, state, rows, tolerance)
        else:
            PLAIN(base, shock, near, state, rows, tolerance, steps)

    return steps_of


def by_newton(base, shock, near, state, rows, tolerance, steps) -> None:
    """In place of `solve._quasi_newton`: nothing is done, so that Newton with the row's own Jacobian does all."""
    if near.x.dtype == np.float64:
        PLAIN(base, shock, near, state, rows, tolerance, 0)
    else:
        PLAIN(base, shock, near, state, rows, tolerance, steps)


PLAIN = solve._quasi_newton


@contextmanager
def one_at_a_time(method: Callable) -> Iterator[None]:
    """The engine with every row by itself, solved by a method."""
    with ExitStack() as stack:
        for module, name, axis in ((terms, "walk", 1), (terms, "long_composition", 0), (score, "on_impact", 1),
                                   (score, "once_adapted", None)):  # fmt: skip
            stack.enter_context(patch.object(module, name, _row_by_row(getattr(module, name), axis)))
        for module in (risk, measure):
            stack.enter_context(patch.object(module, "stop_losses", _stop_by_stop))
        stack.enter_context(patch.object(solve, "_quasi_newton", method))
        stack.enter_context(patch.object(solve, "CHUNK", 1))
        yield


def _row_by_row(question: Callable, axis: int | None) -> Callable:
    def asked(scene, rows, *more):
        parts = [question(scene, rows.take(np.array([k])), *more) for k in range(len(rows.tariff))]
        if axis is None:  # an outcome and a composition
            return _joined([part[0] for part in parts], 1), _joined([part[1] for part in parts], 0)
        return _joined(parts, axis)

    return asked


def _joined(parts: list, axis: int):
    if isinstance(parts[0], path.Outcome):
        return path.Outcome(*(np.concatenate([getattr(p, f.name) for p in parts], axis=1)
                              for f in fields(path.Outcome)))  # fmt: skip
    return np.concatenate(parts, axis=axis)


def _stop_by_stop(base, at, near, target, stops):
    hit = np.broadcast_to(target, len(stops)).tolist()
    parts = [coercion.stop_losses(base, at, near, who, [stop]) for stop, who in zip(stops, hit, strict=True)]
    if not parts:
        return coercion.stop_losses(base, at, near, target, stops)
    return tuple(np.concatenate(values) for values in zip(*parts, strict=True))
