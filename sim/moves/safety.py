"""How safe an ally feels under its protector, now and after a move.

The formulas stand in `rules/security.py`; here they meet a scene. Source: model sections 5 and 7."""

from __future__ import annotations

import numpy as np

from sim.moves.catalogue import Candidate
from sim.moves.path import Scene
from sim.rules.belief import hazard
from sim.rules.security import credibility, insecurity
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import World


def hostile(move: Candidate) -> bool:
    """Whether a move is an open act against those it hits."""
    return move.operation in ("raise", "match", "punish", "retaliate", "shield") or (
        move.instrument == "control" and move.operation != "lift"
    )


def protected_share(base: Economy, settings: Settings, region: int, composition: Array) -> Array:
    """Share [...] of the region's foreign purchases of goods that come from its protector.

    composition : [..., exporter, domain], of the region, home included"""
    spent = base.expenditure[region] * base.goods
    foreign = np.delete(composition, region, axis=-2).sum(axis=-2) * spent
    from_it = composition[..., settings.alliance.protector[region], :] * spent
    return from_it.sum(axis=-1) / foreign.sum(axis=-1)


def moved_points(base: Economy, settings: Settings, region: int, composition: Array) -> Array:
    """Points [...] of its foreign purchases that the region has moved away from its protector since the base year."""
    start = protected_share(base, settings, region, base.share[region])
    return 100 * (start - protected_share(base, settings, region, composition))


def crises(settings: Settings, world: World, region: int) -> float:
    """Crises a year that are expected between the region's protector and its rivals."""
    protector, expected = settings.alliance.protector[region], hazard(settings, world.beliefs)
    return float(sum(expected[protector, r] + expected[r, protector] for r in settings.alliance.rivals))


def insecure(scene: Scene, region: int, world: World, moved: Array | None = None, defied: Array | float = 0.0) -> Array:
    """What insecurity costs the region, per cent of income a year [...]; zero without a protector.

    moved : points moved away from the protector; hold's by default
    defied : open acts against it on top of those on record"""
    settings, alliance = scene.settings, scene.settings.alliance
    if alliance.protector[region] < 0:
        return np.zeros(np.shape(defied) if moved is None else np.shape(moved))
    away = moved_points(scene.base, settings, region, scene.adapted_at.composition[region]) if moved is None else moved
    acts = world.beliefs.defied[region] + np.asarray(defied)
    credible = credibility(alliance, world.beliefs, region, away, acts)
    return insecurity(alliance, region, credible, world.outlays[region], crises(settings, world, region))


def one_more_act(scene: Scene, region: int, against: int) -> float:
    """What one more open act costs the region in security: nothing unless it is against its protector."""
    if scene.settings.alliance.protector[region] != against:
        return 0.0
    return float(insecure(scene, region, scene.world, defied=1.0) - insecure(scene, region, scene.world))
