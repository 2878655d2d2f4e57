"""Candidates in an accident: scored as a direct evaluation has them, with the end of what is in force in sight."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import settle
from sim.moves.path import Rows, set_scene, walk
from sim.moves.risk import expected_loss, expected_stops, fear
from sim.moves.score import score
from sim.rules.chance import outlook
from sim.rules.prudence import mean_loss
from sim.studies.direct import Direct
from sim.studies.direct_episodes import gain
from tests.scenes import bare


def with_shocks(design, scene, **left):
    """The scene in which some shocks are in force for some quarters, solved anew."""
    names = [one.name for one in design.settings.shocks]
    quarters = np.zeros(len(names))
    for name, count in left.items():
        quarters[names.index(name)] = count
    world = replace(scene.world, shock_left=quarters)
    return set_scene(design.base, design.settings, world, design.weight, (scene.impact, scene.adapted), "test")


@pytest.fixture(scope="module")
def struck(decisions):
    """(design, scene, actor): an accident and a price shock in scenes of play, one of them with stocks in store."""
    out = []
    for number in (1, 5, 8, 15):  # both scenarios, four actors' places
        design, scene, actor = decisions[number]
        world = scene.world
        if number == 8:
            world = replace(world, stock=np.full_like(world.stock, 0.2))
        out.append((design, with_shocks(design, replace(scene, world=world), hormuz=5, energy_price=2,
                                        taiwan_strait=9), actor))  # fmt: skip
    return out


def test_terms_sum_to_a_direct_evaluation_in_an_accident_and_a_price_shock(struck):
    for design, scene, actor in struck:
        scene = replace(scene, settings=replace(scene.settings, margin=1.0, shortlist=3))
        ledger = score(scene, design.catalogues[actor])
        whole = Direct(scene, actor)
        walked = np.flatnonzero(ledger.exact)
        assert len(walked) > 3
        for k in walked:
            move = ledger.catalogue.candidates[k]
            assert abs(ledger.terms[k].sum() - gain(whole, move)) < 1e-9, (scene.base.regions[actor], move.name)
        assert (ledger.terms[0] == 0).all()


def test_a_shock_in_force_changes_what_moves_are_worth(struck, decisions):
    design, calm, actor = decisions[1]
    before, after = (score(s, design.catalogues[actor], all_exact=True) for s in (calm, struck[0][1]))
    gaps = np.abs(before.score - after.score)[before.feasible]
    assert gaps.max() > 1e-3


@pytest.mark.parametrize("stocked", [False, True])
@pytest.mark.parametrize(("name", "quarters"), [("hormuz", 2), ("hormuz", 6), ("energy_price", 2)])
def test_the_path_that_actors_foresee_is_the_one_that_comes(base_scene, name, quarters, stocked):
    """Quarter by quarter, nobody moving: nodes after the end are free of the shock, and the mean hits."""
    design, calm = base_scene() if stocked else bare(*base_scene())
    focus, nodes = design.focus, design.settings.nodes
    assert calm.ahead.nodes == nodes  # nothing in force: nothing more to solve
    first = with_shocks(design, calm, **{name: quarters})
    assert set(first.ahead.nodes) == {*nodes, quarters - 1, quarters}
    seen = 100 * (walk(first, Rows.of([first.world]), focus).income[:, 0, focus] - 1)
    came, scene = [], first
    for _ in range(nodes[-1] + 1):
        settled, world = settle(design, scene, scene.world)
        came.append(100 * (settled.income[focus] - 1))
        world = replace(world, shock_left=np.maximum(world.shock_left - 1, 0))
        scene = set_scene(design.base, design.settings, world, design.weight, (scene.impact, scene.adapted), "test")
    came = np.array(came)
    covered = 3 if stocked and name == "hormuz" else 0  # quarters in which stocks cover some
    assert (came[covered:quarters] < -0.7).all() and (came[quarters:] > -0.04).all()
    until, near = np.array(first.ahead.nodes) <= quarters, 0.06 if covered else 0.02  # stocks end between nodes
    assert np.abs(seen - came[list(first.ahead.nodes)])[until].max() < near
    horizon = np.arange(nodes[-1] + 1)
    assert abs(np.interp(horizon, first.ahead.nodes, seen).mean() - came.mean()) < near


def test_the_adapted_equilibrium_has_no_accident_in_it(struck, decisions):
    for (_, scene, _), number in zip(struck, (1, 5, 8, 15), strict=True):
        calm = decisions[number][1]
        assert np.abs(scene.adapted_at.flow - calm.adapted_at.flow).max() < 1e-8
        assert np.abs(scene.impact_at.flow - calm.impact_at.flow).max() > 1e-6


def test_the_hazard_that_is_feared_is_the_one_with_which_accidents_happen(decisions):
    design, scene, _ = decisions[0]
    stops, arrivals = expected_stops(scene.base, design.settings, scene.world.beliefs, design.focus)
    feared = {(stop.senders, stop.domains, stop.withheld, float(rate), float(years))
              for stop, rate, years, sudden in zip(stops, arrivals.rate, arrivals.years, arrivals.accident, strict=True)
              if sudden}  # fmt: skip
    happening = {(cut.exporters, cut.domains, cut.share, one.hazard, one.duration / 4)
                 for one in design.settings.shocks for cut in one.cuts}  # fmt: skip
    assert feared == happening and len(feared) == 4
    assert design.focus not in {j for senders, *_ in feared for j in senders}


def test_what_is_feared_of_an_accident_is_near_what_it_does(decisions, base_scene):
    """Fear has the focus alone cut off; an accident cuts off all: the two losses differ by less than a half."""
    design, calm = bare(*base_scene())
    focus, feared = design.focus, fear(calm, design.focus)
    sudden = np.flatnonzero(feared.arrivals.accident)
    for one in design.settings.shocks:
        for cut in one.cuts:
            mine = [k for k in sudden if feared.stops[k].senders == cut.exporters]
            (loss,) = [feared.loss[k] for k in mine if feared.stops[k].domains == cut.domains]
            scene = with_shocks(design, calm, **{one.name: one.duration})
            income = walk(scene, Rows.of([scene.world]), focus).income[0, 0, focus]
            assert 0.5 < 100 * (1 - income) / loss < 1.6, one.name


def test_without_aversion_risk_is_the_mean(decisions):
    design, scene, actor = decisions[0]
    settings = replace(scene.settings, risk_aversion=0.0)
    bold = replace(scene, settings=settings)
    risk = [score(s, design.catalogues[actor], all_exact=True).term("coercion_risk") for s in (scene, bold)]
    ok = np.isfinite(risk[0])
    assert np.abs(risk[0] - risk[1])[ok].max() > 1e-6
    of = fear(bold, actor)
    assert expected_loss(bold, of, of.composition, of.reach) == mean_loss(of.arrivals, of.loss)
    assert np.corrcoef(risk[0][ok], risk[1][ok])[0, 1] > 0.99
    assert risk[0][ok].max() > risk[1][ok].max()


def test_the_outlook_reaches_the_last_node(decisions):
    design, scene, _ = decisions[0]
    assert len(scene.outlook.lost) == design.settings.nodes[-1] + 1
    assert outlook(design.settings.shocks, scene.world.shock_left, 3).calm == (not scene.world.shock_left.any())
