"""Elections and governments that fall: keyed luck, the same under every policy, and a policy that is dropped."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.chance import shocks_left
from sim.engine.domestic import falls, political, powers
from sim.engine.model import HedgingModel
from sim.engine.step import begin
from sim.engine.without import MECHANISMS
from sim.run import Player
from tests.conftest import SEED, scenario_of

SURE = 1e3  # challenges a year: one in every quarter


@pytest.fixture(scope="module")
def plan(model_of):
    """plan(policy) -> design of a world in which elections are held."""
    return lambda policy="eu_hedge", **more: model_of("america_first", policy, seed=SEED, quarters=8, **more).design


def challenged(design, tolerance=0.3, swing=0.0, challenge=SURE):
    """The same design with a government that has to answer in every quarter."""
    domestic = design.settings.domestic
    focus = replace(domestic.governments[design.focus], tolerance=tolerance, swing=swing, challenge=challenge)
    governments = domestic.governments | {design.focus: focus}
    return replace(design, settings=replace(design.settings, domestic=replace(domestic, governments=governments)))


def with_support(design, world, value):
    """A world in which every group of the focus stands at a value, over its first cause."""
    support = world.support.copy()
    support[design.settings.domestic.of(design.focus), 0] = value
    return replace(world, support=support)


def election(design):
    """(position, shock) of an election of another region than the focus."""
    return next((k, one) for k, one in enumerate(design.settings.shocks) if one.elections and one.dates
                and one.elections[0][0] != design.focus and 0 <= min(d for d in one.dates if d >= 0) < 40)  # fmt: skip


# --- elections --------------------------------------------------------------------------------------------------


def test_an_election_comes_on_its_date_and_moves_its_regions_weights_alone(plan):
    design = plan()
    k, one = election(design)
    day = min(d for d in one.dates if d >= 0)
    world = replace(begin(design), step=day)
    left = shocks_left(design, world)
    assert left[k] == 1
    assert not shocks_left(design, replace(world, step=day - 1))[k]
    only = np.where(np.arange(len(left)) == k, left, 0)
    power = powers(design, world, only)
    mine = design.settings.domestic.of(one.elections[0][0])
    others = np.setdiff1d(np.arange(len(power)), mine)
    assert power[mine].sum() == pytest.approx(1) and np.abs(power - world.power)[mine].max() > 0.01
    assert np.array_equal(power[others], world.power[others])
    assert not shocks_left(replace(design, shocks=False), world).any()
    calm = MECHANISMS["elections"](design)
    assert np.array_equal(powers(calm, world, only), world.power)


def test_the_same_election_and_the_same_reckoning_come_under_every_policy(plan):
    one, other = (challenged(plan(policy), swing=0.7, challenge=2.0) for policy in ("status_quo", "four_planks"))
    k, shock = election(one)
    day = min(d for d in shock.dates if d >= 0)
    outcomes, powered = [], []
    for run in range(120):
        pair = [replace(design, run=run) for design in (one, other)]
        worlds = [with_support(d, replace(begin(d), step=day), -0.3) for d in pair]
        lefts = [shocks_left(d, w) for d, w in zip(pair, worlds, strict=True)]
        fell = [falls(d, w, x) for d, w, x in zip(pair, worlds, lefts, strict=True)]
        power = [powers(d, w, x) for d, w, x in zip(pair, worlds, lefts, strict=True)]
        assert fell[0] == fell[1] and np.array_equal(*power)
        outcomes.append(fell[0])
        powered.append(power[0])
    assert 5 < sum(outcomes) < 60  # about four in ten are challenged, half of these fall
    assert np.std(powered, axis=0).max() > 0.01


# --- a policy that falls ------------------------------------------------------------------------------------------


def test_a_government_falls_when_more_support_is_lost_than_it_bears(plan):
    design = challenged(plan())
    world = begin(design)
    quiet = np.zeros_like(world.shock_left)
    assert falls(design, with_support(design, world, -0.31), quiet)
    assert not falls(design, with_support(design, world, -0.29), quiet)
    assert not falls(challenged(plan(), tolerance=1e-9), with_support(design, world, 0.1), quiet)
    angry = with_support(design, world, -9.0)
    assert not falls(challenged(design, challenge=0.0), angry, quiet)  # nobody asks
    assert not falls(design, replace(angry, fallen=0), quiet)  # once
    assert not falls(replace(design, shocks=False), angry, quiet)
    assert not falls(replace(design, free_from=1), angry, quiet)
    assert not falls(MECHANISMS["falling governments"](design), angry, quiet)


def test_a_policy_that_falls_is_dropped_and_told(plan):
    """Constructed: groups start far below what the government bears, so its policy falls before its first pledge."""
    design = challenged(replace(plan(), quarters=plan().quarters[:6]))
    kept, dropped = (HedgingModel(d) for d in (replace(design, shocks=False), design))
    pledged = min(pledge.step for pledge in design.pledges)
    assert pledged > 0
    dropped.world = with_support(design, dropped.world, -9.0)
    player = Player(scenario_of("america_first"), dropped)
    while not player.done:
        player.advance()
    kept.world = with_support(design, kept.world, -9.0)
    while not kept.done:
        kept.step()
    assert dropped.world.fallen == 0 and kept.world.fallen == -1
    assert any(one.origin == "commitment" for q in kept.quarters for one in q.dated)
    assert not any(one.origin == "commitment" for q in dropped.quarters for one in q.dated)
    names = design.menus(dropped.world)[design.focus].names
    assert names == design.free.names != design.catalogues[design.focus].names
    run = player.run_so_far()
    told = run.politics[run.politics.event == "falls"]
    assert len(told) == 1 and told.quarter.iloc[0] == run.quarters[0] and told.actor.iloc[0] == run.focus
    domestic = design.settings.domestic
    mine = [domestic.names[g] for g in domestic.of(design.focus)]
    assert told.group.iloc[0] in mine and told.what.iloc[0] == "wage"
    assert "falls and its policy with it" in run.account(run.quarters[0])
    fallen = run.portfolio[run.portfolio.measure == "policy_fallen"]
    assert (fallen.value == 1).all()
    support = run.portfolio[(run.portfolio.measure == "support") & (run.portfolio.region == run.focus)]
    assert set(support.partner) == {"all", *mine}
    parts = run.portfolio[(run.portfolio.measure == "support_by_cause") & (run.portfolio.region == run.focus)]
    totals = parts.groupby(["quarter", "partner"]).value.sum()
    whole = support[support.partner != "all"].set_index(["quarter", "partner"]).value
    assert np.allclose(totals.sort_index(), whole.sort_index(), atol=1e-12)


def test_what_is_half_built_stops_when_its_policy_falls(plan):
    design = challenged(plan())
    world = with_support(design, begin(design), -9.0)
    goal, left = world.hedge_goal.copy(), world.build_left.copy()
    me, you = design.focus, design.actors[1]
    goal[[me, you], 2, 1], left[[me, you], 2, 1] = 0.6, 5
    after = political(design, replace(world, hedge_goal=goal, build_left=left), np.zeros_like(world.shock_left))
    assert after.fallen == 0
    assert after.build_left[me, 2, 1] == 0 and after.hedge_goal[me, 2, 1] == world.hedge[me, 2, 1]
    assert after.build_left[you, 2, 1] == 5 and after.hedge_goal[you, 2, 1] == 0.6


def test_what_groups_lived_through_fades_when_nothing_happens(model_of):
    model = model_of("baseline", "status_quo", shocks=False, quarters=5)
    model.world = with_support(model.design, model.world, -1.0)
    while not model.done:
        model.step()
    mine = model.design.settings.domestic.of(model.design.focus)
    half_life = model.design.settings.domestic.half_life
    assert model.world.support[mine].sum(axis=-1) == pytest.approx(np.full(len(mine), -(0.5 ** (5 / half_life))))
    others = np.setdiff1d(np.arange(len(model.world.support)), mine)
    assert np.abs(model.world.support[others]).max() < 1e-6  # the base year is where they stand
