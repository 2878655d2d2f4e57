"""Runs without one mechanism: each can be played, what is off counts for nothing, None changes nothing to the bit."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import begin, observe
from sim.engine.without import MECHANISMS, WITHOUT
from sim.moves.catalogue import HOLD
from sim.moves.demands import punished
from sim.moves.episodes import sender_options, target_options
from sim.moves.path import set_scene
from sim.moves.score import score
from sim.rules.payoff import PAYOFF_TERMS
from sim.world.crisis import IMPOSED, THREATENED, Episode, Shield
from tests.conftest import ALWAYS


@pytest.fixture(scope="module")
def play(model_of):
    """play(without) -> both squeeze, two quarters in which everybody decides."""

    def run(without=None, quarters=2, **more):
        model = model_of("both_squeeze", values=ALWAYS, seed=3, quarters=quarters, without=without, **more)
        while not model.done:
            model.step()
        return model

    return run


@pytest.fixture(scope="module")
def whole(play):
    return play()


def same(one, other):
    """Whether two runs scored and moved alike, to the bit."""
    pairs = [(a.decisions, b.decisions) for a, b in zip(one.quarters, other.quarters, strict=True)]
    return all(
        x.pick == y.pick and np.array_equal(x.ledger.terms, y.ledger.terms, equal_nan=True)
        for mine, theirs in pairs
        for x, y in zip(mine, theirs, strict=True)
    )


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_a_run_without_one_mechanism_can_be_played(play, name):
    model = play(name)
    assert len(model.quarters) == 2 and np.isfinite(model.quarters[-1].settled.income).all()


def test_every_term_and_every_mechanism_is_among_them():
    assert set(WITHOUT) == {f"term {name}" for name in PAYOFF_TERMS} | set(MECHANISMS)


def test_the_whole_model_is_what_it_is_when_nothing_is_off(whole, play):
    assert same(whole, play())
    assert whole.design.settings.silent == ()


@pytest.mark.parametrize("name", [f"term {name}" for name in PAYOFF_TERMS])
def test_a_silent_term_counts_for_nothing_and_the_others_as_before(whole, name):
    """The base year is the same in both, so every other term is too, threats' mixtures apart."""
    design, scene = whole.design, whole.quarters[0].scene
    term = name.removeprefix("term ")
    actor = design.actors[2]
    mute = replace(scene, settings=WITHOUT[name](design).settings)
    before, after = (score(s, design.catalogues[actor], all_exact=True) for s in (scene, mute))
    assert not np.nan_to_num(after.term(term)).any()
    free = before.feasible & np.array([m.instrument != "threat" for m in before.catalogue.candidates])
    others = [k for k, other in enumerate(PAYOFF_TERMS) if other != term]
    assert np.array_equal(before.terms[free][:, others], after.terms[free][:, others])


def test_what_is_switched_off_is_off(whole):
    design = whole.design
    off = {name: alter(design).settings for name, alter in MECHANISMS.items()}
    assert not off["threats"].demands and not off["shields"].shields
    assert (off["alliance"].alliance.protector == -1).all()
    assert not any(shock.happens for shock in off["random shocks"].shocks)
    assert not off["scenario's political values"].tariff_value.any()
    assert off["cooling-off"].cooling_off == off["cooling-off"].bargaining.cooling_off == 0
    menus = MECHANISMS["threats"](design).catalogues
    assert not any(m.instrument == "threat" for menu in menus.values() for m in menu.candidates)
    assert all(menu.candidates[0] == HOLD for menu in menus.values())
    assert design.settings.demands and design.catalogues is not menus  # the design it came from is as it was


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_an_episode_can_be_answered_without_any_one_mechanism(whole, name):
    """Both sides, before and after the measure, with a coalition to call: numbers in every ledger."""
    design = whole.design
    pair = tuple(design.actors[:2])
    joint = Shield("joint", "both", pair, 0.33, 0.8, 1.0, np.zeros(len(design.base.domains)), 1.0, 0.0)
    altered = WITHOUT[name](replace(design, settings=replace(design.settings, shields=(joint,))))
    settings, start = altered.settings, begin(altered)
    world = replace(observe(altered, start, None)[0].world, episodes=())
    for of in [d for d in design.settings.demands if d.target == pair[0]][::3]:
        by = of.by[0]
        for state in (THREATENED, IMPOSED):
            now = punished(design.base, settings, world, of, by) if state == IMPOSED else world
            now = replace(now, cooling=np.zeros_like(now.cooling))
            scene = set_scene(design.base, settings, now, design.weight, design.anchors, "test")
            episode = Episode(of, by, state, 0, 0, 0 if state == IMPOSED else -1, 0.01, 0.03, 0.005)
            for options in (target_options(scene, episode), sender_options(scene, episode)):
                assert options.ledger.feasible.all() and np.isfinite(options.ledger.score).all()
