"""Tariffs against commitments: breach, what is excused as an answer, and the points that match a breach.

Points are per cent ad valorem, weighted by base goods imports before tariff."""

from __future__ import annotations

import numpy as np

from sim.world.params import Array, Economy


def breach_points(base: Economy, tariff: Array) -> Array:
    """[..., importer, exporter]: mean points above the commitment on that partner's goods."""
    return 100 * np.einsum("ijd,...ijd->...ij", base.goods_mix, np.maximum(tariff - base.commitment, 0))


def points_of(base: Economy, tariff: Array, importer: int) -> Array:
    """[exporter]: one importer's breach points."""
    excess = np.maximum(tariff[importer] - base.commitment[importer], 0)
    return 100 * (base.goods_mix[importer] * excess).sum(axis=-1)


def points_on(base: Economy, tariff: Array, exporter: int) -> Array:
    """[importer]: breach points that each importer holds against one exporter."""
    excess = np.maximum(tariff[:, exporter] - base.commitment[:, exporter], 0)
    return 100 * (base.goods_mix[:, exporter] * excess).sum(axis=-1)


def excused_points(own: Array, own_before: Array, partner: Array, partner_excused: Array, already: Array,
                   reciprocity: float) -> Array:  # fmt: skip
    """Points of own breach that answer the partner's, which are no breach.

    own, own_before : [...], points of i's tariffs on j above the commitment, after and before i's move
    partner, partner_excused : [...], j's points on i, and those of them that are themselves an answer
    already : [...], points excused before

    Only points added now can become an answer (an offender is not excused by the answer it drew), an answer
    stays one while the partner's tariffs stand, and none is excused beyond reciprocity times the offence."""
    offence = np.maximum(partner - partner_excused, 0)
    added = np.maximum(own - own_before, 0)
    reached = np.minimum(already + added, np.maximum(already, reciprocity * offence))
    return np.minimum(np.minimum(own, partner), reached)


def breach(base: Economy, points: Array, excused: Array) -> Array:
    """B [..., importer]: unexcused points, weighted by base goods imports.

    B = 100 sum(flow max(t - commitment, 0)) / sum(flow), less what answers a breach.   Source: model section 5."""
    return (base.partner_weight * np.maximum(points - excused, 0)).sum(axis=-1)


def mean_tariff(base: Economy, tariff: Array) -> Array:
    """[..., importer, exporter]: mean goods tariff, 1, weighted by base flows before tariff; zero at home."""
    return np.einsum("ijd,...ijd->...ij", base.goods_mix, tariff)
