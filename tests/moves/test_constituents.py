"""The domestic term: weighted support beside lobbied sales, each counted once; and moves that a group blocks."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import decide
from sim.engine.without import MECHANISMS
from sim.moves.catalogue import Catalogue
from sim.moves.constituents import seen
from sim.moves.path import set_scene
from sim.moves.rest import base_world
from sim.moves.score import score
from sim.record.politics import politics_rows
from sim.rules.contracts import impact_shock, log_wedge
from sim.rules.outcomes import outcomes
from sim.rules.payoff import PAYOFF_TERMS
from sim.studies.direct import Direct
from sim.world.domestic import OUTPUTS
from tests.scenes import with_domestic, without_vetoes

TERMS = list(PAYOFF_TERMS)


@pytest.fixture(scope="module")
def asked(decisions):
    """(design, scene, actor) of the American decision, in which the scenario's lobbied domains count."""
    return next((d, s, a) for d, s, a in decisions if s.settings.producer_weight[a].any())


def term(ledger, name):
    return ledger.terms[:, TERMS.index(name)]


def test_the_term_is_lobbied_sales_plus_influence_times_support(asked):
    design, scene, actor = asked
    free = without_vetoes(scene)
    none, one, two = (
        score(with_domestic(free, influence=x), design.catalogues[actor], all_exact=True) for x in (0.0, 0.1, 0.2)
    )
    mine = none.feasible & np.array([m.instrument != "threat" for m in none.catalogue.candidates])
    first, second, third = (term(x, "domestic")[mine] for x in (none, one, two))
    assert np.allclose(third - second, second - first, atol=1e-10) and np.abs(second - first).max() > 1e-4
    assert np.abs(first).max() > 1e-3  # the scenario's lobby is in it


def test_lobbied_sales_stand_in_their_own_term_for_an_actor_without_groups(asked):
    design, scene, actor = asked
    alone = replace(scene, settings=MECHANISMS["domestic groups"](design).settings)
    groupless = replace(alone, world=replace(scene.world, power=np.zeros(0), support=scene.world.support[:0]))
    silent = with_domestic(without_vetoes(scene), influence=0.0)
    with_groups, without = (score(s, design.catalogues[actor], all_exact=True) for s in (silent, groupless))
    mine = without.feasible & np.array([m.instrument != "threat" for m in without.catalogue.candidates])
    assert not term(without, "domestic")[mine].any() and not term(with_groups, "producer_rents")[mine].any()
    assert np.array_equal(term(without, "producer_rents")[mine], term(with_groups, "domestic")[mine])
    assert np.abs(term(without, "producer_rents")[mine]).max() > 0


def test_the_terms_sum_to_the_direct_evaluation_at_a_large_influence_and_odd_weights(asked):
    design, scene, actor = asked
    mine = scene.settings.domestic.of(actor)
    power = scene.world.power.copy()
    power[mine] = np.arange(1, len(mine) + 1) / np.arange(1, len(mine) + 1).sum()
    strong = with_domestic(without_vetoes(replace(scene, world=replace(scene.world, power=power))), influence=2.0)
    ledger, whole = score(strong, design.catalogues[actor]), Direct(strong, actor)
    for k in np.flatnonzero(ledger.exact):
        move = ledger.catalogue.candidates[k]
        if move.instrument != "threat":
            assert abs(ledger.score[k] - whole.gain(move)) < 1e-9, move.name


def test_support_follows_outputs_and_never_a_label(asked):
    design, scene, actor = asked
    menu = design.catalogues[actor]
    renamed = Catalogue(actor, tuple(replace(m, name=f"{m.name} by another name") for m in menu.candidates))
    one, other = (score(scene, m, all_exact=True) for m in (menu, renamed))
    assert np.array_equal(term(one, "domestic"), term(other, "domestic"), equal_nan=True)


# --- vetoes -----------------------------------------------------------------------------------------------------


def test_a_blocked_move_is_out_of_the_ledger_and_says_who_blocks_it(asked):
    design, scene, actor = asked
    mine = scene.settings.domestic.of(actor)
    free = score(without_vetoes(scene), design.catalogues[actor], all_exact=True)
    veto = np.full_like(scene.settings.domestic.veto, np.inf)
    veto[mine[0]] = 0.05
    stands = np.zeros_like(scene.world.support)
    strict = with_domestic(replace(scene, world=replace(scene.world, support=stands)), veto=veto)
    held = score(strict, design.catalogues[actor], all_exact=True)
    assert held.vetoed and {v.group for v in held.vetoed.values()} == {mine[0]}
    for k, one in held.vetoed.items():
        assert one.support < -0.05 and not held.feasible[k] and np.isnan(held.score[k])
        assert one.score == pytest.approx(free.score[k], abs=1e-12)
    others = free.feasible.copy()
    others[list(held.vetoed)] = False
    assert np.array_equal(held.feasible, others)
    assert np.allclose(held.score[others], free.score[others], atol=1e-12)
    angry = stands.copy()
    angry[mine[0], 0] = -1.0
    worse = score(replace(strict, world=replace(strict.world, support=angry)), design.catalogues[actor], all_exact=True)
    assert set(held.vetoed) < set(worse.vetoed)  # a group that has lost much bears less
    assert 0 not in worse.vetoed


def test_the_best_move_is_blocked_and_another_is_picked(asked):
    design, scene, actor = asked
    free = score(without_vetoes(scene), design.catalogues[actor], all_exact=True)
    tariff = [k for k, m in enumerate(free.catalogue.candidates) if m.instrument == "tariff" and free.feasible[k]]
    best = max(tariff, key=lambda k: free.score[k])
    domestic = scene.settings.domestic
    mine, veto = domestic.of(actor), np.full_like(domestic.veto, np.inf)
    held = with_domestic(scene, veto=np.where(domestic.actor == actor, 1e-5, veto))
    ledger = score(held, design.catalogues[actor], all_exact=True)
    assert best in ledger.vetoed
    strict = replace(design, settings=held.settings)
    picked = decide(strict, held, actor)
    assert picked.ledger is None or picked.pick not in picked.ledger.vetoed
    rows = politics_rows(held, "2026Q1", design.focus, [picked])
    for row in rows:
        assert row[2] == "blocked" and row[3] in [domestic.names[g] for g in mine]


# --- what groups see of a quarter ---------------------------------------------------------------------------------


def test_what_groups_see_of_a_quarter_is_what_the_equilibrium_reports(base_scene):
    design, scene = base_scene(None)
    base, world, actor = design.base, scene.world, design.actors[2]
    tariff = world.tariff.copy()
    tariff[actor] = np.where(base.home[actor] | ~base.goods, tariff[actor], tariff[actor] + 0.1)
    hit = set_scene(base, design.settings, replace(world, tariff=tariff), design.weight, design.anchors, "test")
    zero = np.zeros_like(tariff)
    shock = impact_shock(base, tariff, zero, base.share, zero, log_wedge(base, tariff))
    found = outcomes(base, shock, hit.impact.x, hit.impact_at)
    change = seen(hit, hit.world, hit.impact.x, hit.impact_at, actor) - design.reference[actor]
    assert change[OUTPUTS.index("wage")] == pytest.approx(found["real_wage"][actor], abs=1e-9)
    revenue = 100 * found["tariff_revenue"][actor] / base.income[actor] / found["consumer_price"][actor]
    before = 100 * (base.tariff * base.flow)[actor].sum() / base.income[actor]
    assert change[OUTPUTS.index("budget")] == pytest.approx(revenue - before, abs=1e-9)


def test_the_base_year_leaves_every_group_where_it_stands(base_scene):
    design, scene = base_scene(None)
    start = base_world(design.base, design.settings, design.stock)
    assert not start.support.any() and start.fallen == -1
    for actor in design.settings.domestic.actors:
        now = seen(scene, start, scene.impact.x, scene.impact_at, actor)
        assert np.abs(now - design.reference[actor]).max() < 1e-9
        assert start.power[design.settings.domestic.of(actor)].sum() == pytest.approx(1)
