"""What an actor could do: which moves are feasible, what they change, and what of a tariff answers a breach."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.step import observe, settle
from sim.moves.catalogue import Candidate, applied, feasible, merged, with_tariff
from sim.moves.score import make_trials
from sim.rules.tariff import breach, breach_points, excused_points
from tests.worlds import few

FIELDS = ("tariff", "excused", "withheld", "cooling", "hedge_goal", "build_left")


@pytest.fixture(scope="module")
def base_year(base_scene):
    """(economy, settings, world, catalogues) of the base year."""
    design, scene = base_scene()
    return design.base, design.settings, scene.world, design.catalogues


def candidates(catalogues, *, instrument="", operation=""):
    """(actor, move) of every candidate of a kind."""
    return [(i, m) for i, c in catalogues.items() for m in c.candidates
            if instrument in ("", m.instrument) and operation in ("", m.operation)]  # fmt: skip


def at_points(base, world, pairs):
    """The world with flat points of tariff above the commitment by (importer, exporter)."""
    tariff = world.tariff.copy()
    for (i, j), points in pairs.items():
        tariff[i, j] = base.commitment[i, j] + points / 100 * base.goods
    return replace(world, tariff=tariff)


def raised(base, settings, world, actor, partner, points):
    """The world after the actor set its tariffs on a partner to some points above the commitment."""
    return with_tariff(base, settings, world, actor, at_points(base, world, {(actor, partner): points}).tariff)


# --- what is offered ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("instrument", "smallest", "seller"), [
    ("tariff", "min_flow_tariff", False), ("hedge", "min_flow_small", False), ("control", "min_flow_small", True),
])  # fmt: skip
def test_moves_on_flows_below_the_smallest_are_not_offered(base_year, instrument, smallest, seller):
    base, settings, world, catalogues = base_year
    offered = []
    for i, move in candidates(catalogues, instrument=instrument):
        if move.operation not in ("raise", "start", "licensing", "embargo"):
            continue
        cells = np.ix_(move.partners, (i,), move.domains) if seller else np.ix_((i,), move.partners, move.domains)
        size = 100 * base.flow[cells].sum() / base.income[i]
        for least in (0.99 * size, 1.01 * size):
            can = feasible(base, replace(settings, **{smallest: least}), world, i, move)
            assert can == (size >= least), move.name
        offered.append(feasible(base, settings, world, i, move) == (size >= getattr(settings, smallest)))
    assert all(offered)


def test_nothing_stands_to_be_removed_matched_or_lifted_in_the_base_year(base_year):
    base, settings, world, catalogues = base_year
    for operation in ("remove", "match", "lift"):
        asked = candidates(catalogues, operation=operation)
        assert asked and not any(feasible(base, settings, world, i, move) for i, move in asked)


def test_a_control_stays_for_the_cooling_off_time_and_can_change_the_quarter_after(base_scene):
    design, scene = base_scene()
    base, settings = design.base, design.settings
    i, mild = next((i, m) for i, m in candidates(design.catalogues, operation="licensing")
                   if feasible(base, settings, scene.world, i, m))  # fmt: skip
    same = [m for m in design.catalogues[i].candidates
            if m.instrument == "control" and (m.partners, m.domains) == (mild.partners, mild.domains)]  # fmt: skip
    other = [m for m in design.catalogues[i].candidates
             if m.operation == "licensing" and (m.partners, m.domains) != (mild.partners, mild.domains)]  # fmt: skip
    _, world = settle(design, scene, applied(base, settings, scene.world, i, mild))
    for later in range(1, settings.cooling_off + 1):
        can = {m.operation for m in same if feasible(base, settings, world, i, m)}
        assert can == (set() if later < settings.cooling_off else {"embargo", "lift"}), later
        assert any(feasible(base, settings, world, i, m) for m in other)
        if later < settings.cooling_off:
            _, world = settle(design, scene, world)
    lifted = applied(base, settings, world, i, next(m for m in same if m.operation == "lift"))
    _, world = settle(design, scene, lifted)
    assert world.withheld.max() == 0
    assert not any(feasible(base, settings, world, i, m) for m in same)  # nor does it flicker back


def test_one_programme_at_a_time_per_domain(base_scene):
    design, scene = base_scene()
    base, settings = design.base, design.settings
    start = [(i, m) for i, m in candidates(design.catalogues, instrument="hedge")
             if feasible(base, settings, scene.world, i, m)]  # fmt: skip
    i, first = start[0]
    world = applied(base, settings, scene.world, i, first)
    for quarter in range(settings.build_quarters):
        for k, move in start:
            blocked = k == i and move.domains == first.domains
            assert feasible(base, settings, world, k, move) == (not blocked), (quarter, move.name)
        _, world = settle(design, scene, world)
    assert all(feasible(base, settings, world, k, move) for k, move in start)
    cell = i, first.partners[0], first.domains[0]
    assert world.hedge[cell] == pytest.approx(base.hedge_base[cell] + first.level, abs=1e-12)


def test_hedges_stop_at_the_bound(base_year):
    base, settings, world, catalogues = base_year
    for i, move in candidates(catalogues, instrument="hedge", operation="start"):
        if not feasible(base, settings, world, i, move):
            continue
        cell = i, move.partners[0], move.domains[0]
        for room in (move.level, move.level - 1e-6):
            hedge = world.hedge.copy()
            hedge[cell] = base.hedge_base[cell] + settings.hedge_bound - room
            can = feasible(base, settings, replace(world, hedge=hedge), i, move)
            assert can == (room == move.level)


def test_only_an_unexcused_breach_can_be_matched(base_year):
    base, settings, world, catalogues = base_year
    one, other = list(catalogues)[:2]
    match = [m for m in catalogues[one].candidates if m.operation == "match" and m.partners == (other,)]
    assert match
    offended = at_points(base, world, {(other, one): 10})
    excused = replace(offended, excused=world.excused.copy())
    excused.excused[other, one] = 10
    for move in match:
        assert feasible(base, settings, offended, one, move)
        assert not feasible(base, settings, excused, one, move)
        answered = applied(base, settings, offended, one, move)
        assert all(feasible(base, settings, answered, one, m) == (move.level < 1) for m in match if m.level == 1)
        assert breach_points(base, answered.tariff)[one, other] == pytest.approx(10 * move.level, rel=1e-9)


def test_a_match_leaves_rates_that_are_higher_already(base_year):
    base, settings, world, catalogues = base_year
    one, other = list(catalogues)[:2]
    full = next(m for m in catalogues[one].candidates if m.operation == "match" and m.partners == (other,))
    offended = at_points(base, world, {(other, one): 10})
    tariff = offended.tariff.copy()
    domain = int(np.flatnonzero(base.goods)[0])
    tariff[one, other, domain] = base.commitment[one, other, domain] + 0.4
    before = replace(offended, tariff=tariff)
    if feasible(base, settings, before, one, full):
        after = applied(base, settings, before, one, full)
        assert after.tariff[one, other, domain] == tariff[one, other, domain]
        assert (after.tariff >= before.tariff).all()


def test_a_script_may_only_do_what_is_feasible(base_year):
    base, settings, world, catalogues = base_year
    strange = Candidate("control lift", "control", "lift", (0,), (0,), "", 0.0)
    assert not feasible(base, settings, world, list(catalogues)[0], strange)


# --- what is made ---------------------------------------------------------------------------------------


def test_a_move_changes_only_the_cells_of_its_actor(decisions):
    for design, scene, actor in decisions[::5]:
        trial = make_trials(scene, design.catalogues[actor])
        for move, made in zip(trial.moves, trial.worlds, strict=True):
            for name in FIELDS:
                old, new = getattr(scene.world, name).copy(), getattr(made, name).copy()
                own = (slice(None), actor) if name in ("withheld", "cooling") else (actor,)
                old[own] = new[own] = 0
                assert np.array_equal(old, new), (move.name, name)


def test_moves_made_at_once_do_not_depend_on_who_is_listed_first(decisions):
    rng = np.random.default_rng(3)
    design, scene, _ = decisions[4]
    trials = {i: make_trials(scene, design.catalogues[i]) for i in design.actors}
    for _ in range(6):
        made = {i: trials[i].worlds[rng.integers(len(trials[i].worlds))] for i in design.actors}
        orders = [{i: made[i] for i in order} for order in permutations(design.actors)]
        results = [merged(design.settings, scene.world, one) for one in orders]
        for result in results[1:]:
            assert all(np.array_equal(getattr(result, f), getattr(results[0], f)) for f in FIELDS)
        for i in design.actors:
            for name in FIELDS:
                own = (slice(None), i) if name in ("withheld", "cooling") else (i,)
                assert np.array_equal(getattr(results[0], name)[own], getattr(made[i], name)[own])


def test_a_single_move_merged_is_the_move_itself(decisions):
    design, scene, actor = decisions[9]
    trial = make_trials(scene, design.catalogues[actor])
    for made in trial.worlds:
        alone = merged(design.settings, scene.world, {actor: made})
        assert all(np.array_equal(getattr(alone, f), getattr(made, f)) for f in FIELDS)
    none = merged(design.settings, scene.world, {})
    assert all(np.array_equal(getattr(none, f), getattr(scene.world, f)) for f in FIELDS)


# --- what answers a breach --------------------------------------------------------------------------------

points = st.floats(0, 60)


@few
@given(points, points, points, points, points, st.floats(0, 1))
def test_no_more_is_excused_than_stands_and_than_reciprocity_allows(own, before, partner, answer, already, factor):
    answer, already = min(answer, partner), min(already, before, partner)
    excused = excused_points(own, before, partner, answer, already, factor)
    assert 0 <= excused <= min(own, partner)
    assert excused <= max(already, factor * (partner - answer)) + 1e-12
    assert excused <= already + max(own - before, 0) + 1e-12  # what stood before does not turn into an answer


@few
@given(st.floats(1, 60), st.floats(0, 1), st.floats(0.5, 1))
def test_an_answer_up_to_the_offence_is_no_breach(base_year, offence, part, factor):
    base, settings, world, catalogues = base_year
    one, other = list(catalogues)[:2]
    settings = replace(settings, reciprocity=factor)
    world = raised(base, settings, world, other, one, offence)
    assert breach(base, breach_points(base, world.tariff), world.excused)[other] > 0
    world = raised(base, settings, world, one, other, part * factor * offence)
    assert breach(base, breach_points(base, world.tariff), world.excused)[one] == pytest.approx(0, abs=1e-9)
    more = raised(base, settings, world, one, other, factor * offence + 5)
    over = breach_points(base, more.tariff)[one, other] - more.excused[one, other]
    assert over == pytest.approx(5, abs=1e-9)


@few
@given(st.floats(1, 40), st.floats(1, 20))
def test_an_offender_is_not_excused_by_the_answer_it_drew(base_year, offence, more):
    base, settings, world, catalogues = base_year
    one, other = list(catalogues)[:2]
    world = raised(base, settings, world, other, one, offence)
    world = raised(base, settings, world, one, other, offence)
    assert world.excused[other, one] < 1e-12
    again = raised(base, settings, world, other, one, offence + more)
    assert again.excused[other, one] < 1e-12
    assert breach_points(base, again.tariff)[other, one] == pytest.approx(offence + more)


def test_two_that_raise_at_once_answer_nobody(base_year):
    base, settings, world, catalogues = base_year
    one, other = list(catalogues)[:2]
    made = {i: raised(base, settings, world, i, j, 10) for i, j in ((one, other), (other, one))}
    both = merged(settings, world, made)
    assert both.excused.max() == 0
    assert (breach(base, breach_points(base, both.tariff), both.excused)[[one, other]] > 0).all()


def test_lifting_the_offence_lifts_the_excuse(base_scene):
    design, scene = base_scene()
    base, settings = design.base, design.settings
    one, other = design.actors[:2]
    world = raised(base, settings, scene.world, other, one, 10)
    world = raised(base, settings, world, one, other, 10)
    _, world = settle(design, scene, world)
    assert world.excused[one, other] == pytest.approx(10)
    world = raised(base, settings, world, other, one, 4)  # the offender gives way in part, then in full
    _, world = settle(design, scene, world)
    assert world.excused[one, other] == pytest.approx(4)
    world = raised(base, settings, world, other, one, 0)
    _, world = settle(design, scene, world)
    assert world.excused[one, other] == 0
    assert breach(base, breach_points(base, world.tariff), world.excused)[one] > 0
    moved, _ = observe(design, replace(world, step=0), scene)  # and the next quarter's scene knows it
    assert moved.world.excused[one, other] == 0
