"""The option value: what can still move is worth something, and nothing where nothing can."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import settle
from sim.record.measure import portfolio
from sim.record.option import option_value


def test_what_can_move_is_worth_something_and_nothing_if_contracts_never_renew(base_scene):
    design, scene = base_scene(None)
    worth = option_value(scene, scene.world, design.focus)
    assert 0 < worth < 2
    still = replace(scene, settings=replace(scene.settings, renewal=0.0))
    assert option_value(still, scene.world, design.focus) == pytest.approx(0, abs=1e-9)


def test_only_the_regions_own_contracts_are_frozen(base_scene):
    design, scene = base_scene(None)
    slow = replace(scene, settings=replace(scene.settings, renewal=0.02))
    values = [option_value(s, scene.world, design.focus) for s in (slow, scene)]
    assert values[0] < values[1]  # the faster contracts move, the more that is worth


def test_nobody_feared_nothing_gained(base_scene):
    design, scene = base_scene(None)
    calm = replace(scene.settings, hazard_prior=np.zeros_like(scene.settings.hazard_prior), shocks=())
    assert option_value(replace(scene, settings=calm), scene.world, design.focus) == 0


def test_the_portfolio_holds_it_when_asked(base_scene):
    design, scene = base_scene(None)
    settled, _ = settle(design, scene, scene.world)
    for options in (True, False):
        readings = portfolio(scene, settled, design.focus, design.actors, options=options)
        assert ("option_value" in {r.measure for r in readings}) is options
