"""Equilibria solved before at one scene: the same question with other beliefs or payoffs costs no solve again.

A scene without a memory, which is what every run has, solves everything. What is asked again is recognised by
the bytes of its trial worlds, so nothing has to be known about what a parameter touches. Rows that a batch
lacked are solved by themselves: their last bits may differ from those of the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps

import numpy as np


@dataclass(frozen=True)
class Memory:
    """Results by question; one for all scenes that share an economy and a solved hold."""

    found: dict = field(default_factory=dict)


def _digests(rows) -> list[tuple[int, ...]]:
    """[row], what tells one trial world from another."""
    columns = list(_columns(rows))
    return [tuple(hash(column[k].tobytes()) for column in columns) for k in range(len(columns[0]))]


def _columns(rows) -> Iterator[np.ndarray]:
    for f in fields(rows):
        value = getattr(rows, f.name)
        if is_dataclass(value):
            yield from _columns(value)
        else:
            yield np.ascontiguousarray(value)


def whole(solve: Callable) -> Callable:
    """A question that is remembered as one: all its rows, or none."""

    @wraps(solve)
    def recalled(scene, rows):
        if scene.memory is None:
            return solve(scene, rows)
        key = (solve.__name__, scene.effects, *_digests(rows))
        if key not in scene.memory.found:
            scene.memory.found[key] = solve(scene, rows)
        return scene.memory.found[key]

    return recalled


def by_row(node_axis: bool) -> Callable:
    """A question whose rows are remembered one by one; node_axis: results have the nodes in front."""

    def wrapped(solve: Callable) -> Callable:
        @wraps(solve)
        def recalled(scene, rows, *more):
            if scene.memory is None:
                return solve(scene, rows, *more)
            s, found = scene.settings, scene.memory.found
            asked = solve.__name__, more, s.renewal, s.nodes, scene.effects, hash(scene.hedges.tobytes())
            keys = [(asked, digest) for digest in _digests(rows)]
            new = [k for k, key in enumerate(keys) if key not in found]
            if new:
                parts = _taken_apart(solve(scene, rows.take(np.array(new)), *more), len(new), node_axis)
                found.update(zip([keys[k] for k in new], parts, strict=True))
            return _joined([found[key] for key in keys], node_axis)

        return recalled

    return wrapped


def _taken_apart(result, count: int, node_axis: bool) -> list:
    if isinstance(result, np.ndarray):
        return [result[:, k] if node_axis else result[k] for k in range(count)]
    columns = [_taken_apart(getattr(result, f.name), count, node_axis) for f in fields(result)]
    return [type(result)(*parts) for parts in zip(*columns, strict=True)]


def _joined(parts: list, node_axis: bool):
    if isinstance(parts[0], np.ndarray):
        return np.stack(parts, axis=1 if node_axis else 0)
    kind = type(parts[0])
    return kind(*(_joined([getattr(p, f.name) for p in parts], node_axis) for f in fields(kind)))
