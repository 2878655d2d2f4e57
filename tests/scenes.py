"""Scenes with one thing taken out or changed, for tests that are about something else."""

from dataclasses import replace

import numpy as np

from sim.engine.step import begin, observe


def bare(design, _scene):
    """The same design and its first scene with nothing in store."""
    empty = replace(design, stock=np.zeros_like(design.stock))
    return empty, observe(empty, begin(empty), None)[0]


def with_domestic(scene, **changes):
    settings = scene.settings
    return replace(scene, settings=replace(settings, domestic=replace(settings.domestic, **changes)))


def without_vetoes(scene):
    return with_domestic(scene, veto=np.full_like(scene.settings.domestic.veto, np.inf))
