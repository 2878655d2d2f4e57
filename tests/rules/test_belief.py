"""Beliefs: counts beyond a prior that forget, and what a quarter's events add to them."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import belief
from sim.world.state import Beliefs
from tests.worlds import few, seeds

BY_REGION = [f.name for f in fields(Beliefs) if f.name not in ("episodes", "conduct")]


@pytest.fixture(scope="module")
def settings(base_scene):
    return base_scene()[0].settings


def random_beliefs(settings, seed):
    rng = np.random.default_rng(seed)
    n = len(settings.hazard_prior)
    provoked = rng.integers(0, 9, n).astype(float)
    counts = {name: rng.integers(0, 9, n).astype(float) for name in BY_REGION}
    return Beliefs(**counts | {"episodes": rng.random((n, n)) * 5, "provoked": provoked,
                               "conduct": rng.random(settings.conduct_prior.shape) * 3,
                               "answered": provoked * rng.random(n)})  # fmt: skip


def nothing(settings):
    n = len(settings.hazard_prior)
    return np.zeros((n, n)), np.zeros_like(settings.conduct_prior)


def of_one(settings, region, size):
    counts = np.zeros(len(settings.hazard_prior))
    counts[region] = size
    return counts


def test_before_anything_is_seen_beliefs_are_the_prior(settings):
    prior = Beliefs.prior(len(settings.hazard_prior), settings.conduct_prior.shape[1])
    assert np.array_equal(belief.hazard(settings, prior), settings.hazard_prior)
    assert np.array_equal(belief.retaliation(settings, prior), settings.retaliation_prior)
    assert (belief.keeps_word(settings, prior) == settings.bargaining.kept_word).all()
    assert np.abs(belief.conduct(settings, prior) - settings.conduct_prior).max() < 1e-15


@few
@given(seeds)
def test_counts_halve_with_the_half_life_and_run_back_to_the_prior(settings, seed):
    now = start = random_beliefs(settings, seed)
    for _ in range(round(4 * settings.half_life)):
        now = belief.observe(settings, now, *nothing(settings))
    for f in fields(Beliefs):
        assert np.allclose(getattr(now, f.name), getattr(start, f.name) / 2, rtol=1e-12, atol=0)
    for _ in range(40 * round(4 * settings.half_life)):
        now = belief.forget(settings, now)
    assert np.abs(belief.hazard(settings, now) - settings.hazard_prior).max() < 1e-9
    assert np.abs(belief.conduct(settings, now) - settings.conduct_prior).max() < 1e-9
    assert np.abs(belief.retaliation(settings, now) - settings.retaliation_prior).max() < 1e-9
    assert np.abs(belief.keeps_word(settings, now) - settings.bargaining.kept_word).max() < 1e-9


@few
@given(seeds)
def test_conduct_stays_a_distribution_and_chances_stay_chances(settings, seed):
    seen = random_beliefs(settings, seed)
    actors = settings.conduct_prior.sum(axis=1) > 0
    # only actors are ever seen to act
    seen = replace(seen, conduct=seen.conduct * actors[:, None])
    conduct = belief.conduct(settings, seen)
    assert (conduct >= 0).all() and np.abs(conduct.sum(axis=1) - actors).max() < 1e-12
    assert (belief.hazard(settings, seen) >= settings.hazard_prior).all()
    for chance in (belief.retaliation, belief.keeps_word):
        will = chance(settings, seen)
        assert ((will >= 0) & (will <= 1)).all()


def test_an_opening_counts_in_full_for_its_target_and_less_for_those_who_watch(settings):
    opened, instruments = nothing(settings)
    target, sender, watcher = 0, 3, 1
    opened[target, sender] = 1
    prior = Beliefs.prior(*settings.conduct_prior.shape)
    seen = belief.observe(settings, prior, opened, instruments)
    assert seen.episodes[target, sender] == 1
    assert seen.episodes[watcher, sender] == settings.third_party < 1
    assert seen.episodes[sender, sender] == 0  # nobody fears itself
    assert not np.delete(seen.episodes, sender, axis=1).any()
    rise = belief.hazard(settings, seen) - settings.hazard_prior
    assert rise[target, sender] == pytest.approx(1 / settings.prior_years)


@few
@given(st.integers(1, 6), st.integers(0, 6))
def test_answers_raise_the_belief_in_answers_and_silence_lowers_it(settings, met, silent):
    counts = {"answered": of_one(settings, 2, met), "provoked": of_one(settings, 2, met + silent)}
    seen = belief.observe(settings, Beliefs.prior(*settings.conduct_prior.shape), *nothing(settings), **counts)
    weight, prior = settings.retaliation_weight, settings.retaliation_prior[2]
    assert belief.retaliation(settings, seen)[2] == pytest.approx((weight * prior + met) / (weight + met + silent))
    assert np.array_equal(np.delete(belief.retaliation(settings, seen), 2), np.delete(settings.retaliation_prior, 2))


@few
@given(st.integers(0, 6), st.integers(0, 6))
def test_deeds_move_the_belief_in_bargains(settings, did, failed):
    counts = {"kept": of_one(settings, 3, did), "broken": of_one(settings, 3, failed)}
    before = Beliefs.prior(*settings.conduct_prior.shape)
    seen = belief.observe(settings, before, *nothing(settings), **counts)
    weight, prior = settings.bargaining.kept_weight, settings.bargaining.kept_word
    word = belief.keeps_word(settings, seen)
    assert word[3] == pytest.approx((weight * prior + did) / (weight + did + failed))
    assert np.array_equal(np.delete(word, 3), np.delete(belief.keeps_word(settings, before), 3))


def test_play_leaves_sound_beliefs(played):
    for scenario, draw in (("america_first", 2), ("china_chokehold", 1)):
        model = played(scenario, draw)
        settings, actors = model.design.settings, model.design.actors
        assert any(q.after.beliefs.episodes.any() for q in model.quarters)
        for quarter in model.quarters:
            seen = quarter.after.beliefs
            assert (seen.answered <= seen.provoked).all()
            assert (np.abs(belief.conduct(settings, seen).sum(axis=1)[actors] - 1) < 1e-12).all()
            others = np.setdiff1d(np.arange(len(seen.answered)), actors)
            assert not seen.episodes[:, others].any() and not seen.conduct[others].any()
