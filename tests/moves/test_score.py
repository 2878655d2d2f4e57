"""The ledger: named terms that sum to the whole outcome, and a screening that says how far it is off."""

from dataclasses import fields, replace

import numpy as np
import pytest

from sim.engine.step import begin, observe
from sim.errors import WorldError
from sim.moves.answers import answered_world, answers_to
from sim.moves.catalogue import applied, feasible
from sim.moves.rest import base_anchors
from sim.moves.rollback import undone_worlds
from sim.moves.score import make_trials, score, walk_one
from sim.rules.payoff import PAYOFF_TERMS
from sim.studies.direct import Direct
from sim.world.settings import CLASSES
from sim.world.state import World

NEAR = 0.05  # per cent of income below the best: what a choice could fall on


def arrays(world):
    """Every array of a state, beliefs included."""
    plain = [getattr(world, f.name) for f in fields(World) if isinstance(getattr(world, f.name), np.ndarray)]
    return plain + [getattr(world.beliefs, f.name) for f in fields(world.beliefs)]


def test_terms_sum_to_a_direct_evaluation_of_the_whole_outcome(decisions, ledgers):
    for (_, scene, actor), (ledger, _) in zip(decisions, ledgers, strict=True):
        whole = Direct(scene, actor)
        for k in np.flatnonzero(ledger.exact):
            move = ledger.catalogue.candidates[k]
            if move.instrument == "threat":
                continue  # see test_episodes.py
            assert abs(ledger.terms[k].sum() - whole.gain(move)) < 1e-9, (scene.base.regions[actor], move.name)


def test_every_term_is_reached_by_some_decision(ledgers):
    """But producers' rents, which actors with groups have inside `domestic` (see test_constituents.py)."""
    seen = sum(np.abs(np.nan_to_num(exact.terms)).sum(axis=0) for _, exact in ledgers)
    assert [name for name, size in zip(PAYOFF_TERMS, seen, strict=True) if size == 0] == ["producer_rents"]


def test_the_solver_tolerance_of_the_path_moves_no_score_by_a_twentieth_of_a_logit(decisions, ledgers):
    for (design, scene, actor), (ledger, _) in list(zip(decisions, ledgers, strict=True))[::4]:
        tight = Direct(scene, actor, tolerance=1e-11)
        moves = ledger.catalogue.candidates
        best = [k for k in np.flatnonzero(ledger.exact) if k and moves[k].instrument != "threat"][:6]
        gaps = [abs(ledger.score[k] - tight.gain(ledger.catalogue.candidates[k])) for k in best]
        assert max(gaps) * design.settings.precision < 0.05


def test_hold_is_worth_nothing_in_every_term(ledgers):
    for pair in ledgers:
        for ledger in pair:
            assert ledger.catalogue.names[0] == "hold" and ledger.feasible[0] and ledger.exact[0]
            assert (ledger.terms[0] == 0).all()


def test_what_cannot_be_done_has_no_score_and_what_can_has_one(decisions, ledgers):
    for (design, scene, actor), pair in zip(decisions, ledgers, strict=True):
        moves = design.catalogues[actor].candidates
        can = np.array([feasible(scene.base, design.settings, scene.world, actor, move) for move in moves])
        threat = np.array([move.instrument == "threat" for move in moves])
        assert not can.all()
        for ledger in pair:
            open_to = can & ~np.isin(np.arange(len(can)), list(ledger.vetoed))
            assert (ledger.feasible == open_to)[~threat].all()
            assert not (ledger.feasible & ~can).any()  # a threat that had better wait is left out as well
            assert np.isnan(ledger.terms[~ledger.feasible]).all()
            assert np.isfinite(ledger.terms[ledger.feasible]).all()


def test_the_shortlist_is_scored_as_if_all_were(ledgers):
    for some, every in ledgers:
        assert every.exact[every.feasible].all()
        assert np.abs((some.terms - every.terms)[some.exact]).max() < 1e-9


def test_the_shortlist_is_the_best_screened_of_each_class(decisions, ledgers):
    for (design, scene, _), (ledger, _) in zip(decisions, ledgers, strict=True):
        none = replace(scene, settings=replace(scene.settings, shortlist=0))
        screened = score(none, ledger.catalogue)
        kinds = np.array([move.instrument for move in ledger.catalogue.candidates])
        threats = (kinds == "threat") & ledger.feasible
        built = np.array([move.programme >= 0 for move in ledger.catalogue.candidates]) & ledger.feasible
        assert screened.exact.sum() == 1 + threats.sum() + built.sum()  # hold; threats and programmes are not screened
        assert ledger.exact[np.nanargmax(screened.score)]
        for name in CLASSES:
            mine = (kinds == name) & ledger.feasible & ~built
            if name == "threat":
                assert ledger.exact[mine].all()  # threats are not screened
                continue
            listed, left = mine & ledger.exact, mine & ~ledger.exact
            assert listed.sum() <= design.settings.shortlist
            if listed.any() and left.any():
                assert screened.score[listed].min() >= screened.score[left].max()


def test_a_pick_outside_the_shortlist_is_walked_before_it_is_made(decisions, ledgers):
    (_, scene, _), (some, every) = decisions[0], ledgers[0]
    outside = np.flatnonzero(some.feasible & ~some.exact)[::12]
    assert len(outside)
    for pick in outside:
        walked = walk_one(scene, some, int(pick))
        assert walked.exact[pick]
        assert np.abs(walked.terms[pick] - every.terms[pick]).max() < 1e-9
        others = np.arange(len(some.exact)) != pick
        assert np.array_equal(walked.terms[others], some.terms[others], equal_nan=True)


def test_screening_of_moves_near_the_best_is_off_by_less_than_a_twentieth_of_a_per_cent(ledgers):
    gaps = []
    for some, every in ledgers:
        near = every.feasible & ~some.exact & (every.score > np.nanmax(every.score) - NEAR)
        gaps += np.abs(some.score - every.score)[near].tolist()
    assert len(gaps) > 100
    assert max(gaps) < 0.05 and np.median(gaps) < 0.005


def test_the_shortlist_holds_the_best_move_in_seven_of_eight_decisions_and_never_misses_it_by_much(ledgers):
    short = []
    for some, every in ledgers:
        listed = np.where(some.exact, every.score, -np.inf)
        short.append(np.nanmax(every.score) - listed.max())
    assert np.mean([gap == 0 for gap in short]) >= 7 / 8
    assert max(short) < 0.01


def test_no_move_and_no_answer_sets_a_tariff_above_the_bound(decisions):
    design, scene, actor = decisions[4]
    base, bound, i = scene.base, design.settings.tariff_bound, actor
    rng = np.random.default_rng(1)
    for _ in range(3):
        tariff = np.where(base.home, 0.0, rng.uniform(0.5 * bound, bound, base.tariff.shape)) * base.goods
        high = replace(scene, world=replace(scene.world, tariff=tariff))
        trial = make_trials(high, design.catalogues[i])
        assert any(move.operation == "raise" for move in trial.moves)
        for move, made in zip(trial.moves, trial.worlds, strict=True):
            assert made.tariff.max() <= bound + 1e-12
            for answer in answers_to(high, i, move, made):
                assert answered_world(high, i, made, answer).tariff.max() <= bound + 1e-12


def test_a_raise_that_would_pass_the_bound_is_not_offered(decisions):
    design, scene, actor = decisions[0]
    raises = [m for m in design.catalogues[actor].candidates if m.operation == "raise"]
    assert raises
    for move in raises:
        full = scene.world.tariff.copy()
        full[np.ix_((actor,), move.partners, move.domains)] = design.settings.tariff_bound - move.level / 2
        world = replace(scene.world, tariff=full)
        assert not feasible(scene.base, design.settings, world, actor, move)


@pytest.mark.parametrize("which", [1, 11])
def test_trial_worlds_leave_the_world_of_the_scene_as_it_was(decisions, which):
    design, scene, actor = decisions[which]
    before = [a.copy() for a in arrays(scene.world)]
    frozen = arrays(scene.world)
    state = [a.flags.writeable for a in frozen]
    for array in frozen:
        array.flags.writeable = False  # a write in place would raise
    try:
        score(scene, design.catalogues[actor])
        for move in make_trials(scene, design.catalogues[actor]).moves:
            made = applied(scene.base, design.settings, scene.world, actor, move)
            assert (made is scene.world) == (move.instrument in ("", "threat")), move.name
    finally:
        for array, writeable in zip(frozen, state, strict=True):
            array.flags.writeable = writeable
    assert all(np.array_equal(a, b) for a, b in zip(arrays(scene.world), before, strict=True))


def test_what_rounding_leaves_of_an_answered_breach_is_no_offence(decisions):
    design, scene, actor = decisions[1]
    points = scene.points.copy()
    points[:, actor] = scene.world.excused[:, actor] + np.where(np.arange(len(points)) == actor, 0.0, 1e-13)
    assert not undone_worlds(replace(scene, points=points), actor)


def test_elasticities_that_lie_close_are_screened_in_double_precision(model_of):
    """In single precision their powers overflow: every move but hold would have looked infeasible."""
    design = model_of("both_squeeze", quarters=2).design
    base, short = design.base, design.base.theta_short.copy()
    cars = base.domains.index("transport_equipment")
    short[cars] = 0.88 * base.theta_long[cars]
    close = replace(base, theta_short=short)
    assert base.single is not base and close.single is close
    design = replace(design, base=close, anchors=base_anchors(close))
    scene, _ = observe(design, begin(design), None)
    actor = design.actors[0]
    ledger = score(scene, design.catalogues[actor])
    assert ledger.exact.sum() > 1 and np.isfinite(ledger.score[ledger.feasible]).all()


def test_a_screening_without_numbers_says_so(decisions, monkeypatch):
    design, scene, actor = decisions[0]
    nothing = np.full((len(make_trials(scene, design.catalogues[actor]).index), len(PAYOFF_TERMS)), np.nan)
    monkeypatch.setattr("sim.moves.score.judged", lambda *_: (nothing, [None] * len(nothing)))
    with pytest.raises(WorldError, match="too close"):
        score(scene, design.catalogues[actor])
