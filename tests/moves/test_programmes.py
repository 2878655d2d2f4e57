"""Programmes: built over time, valued with the right to wait, and equal to a direct evaluation of the whole."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.design import REST
from sim.engine.menu import catalogue
from sim.engine.step import settle
from sim.moves.catalogue import applied, feasible
from sim.moves.path import set_scene
from sim.moves.programmes import Venture
from sim.moves.score import score
from sim.rules.programmes import delivered, works_ahead
from sim.scenario.schema import PolicyFile
from sim.studies.direct import Direct
from sim.world.programmes import Works
from tests.conftest import scenario_of

FREE = PolicyFile(kind="policy", name="open", title="open", description="everything", open=REST)


@pytest.fixture(scope="module")
def free(base_scene):
    """(design, scene, menu of the focus with every programme) of the base year."""
    design, scene = base_scene()
    return design, scene, catalogue(scenario_of("baseline"), FREE, design.base, design.settings, "JPN")


def named(menu, name):
    return menu.candidates[menu.names.index(name)]


def at(design, scene, world):
    """The scene of another world."""
    return set_scene(design.base, design.settings, world, design.weight, (scene.impact, scene.adapted), "test")


def begun(design, scene, menu, names):
    """The world with some programmes begun, and with the stocks of those that keep some half full."""
    world = scene.world
    for name in names:
        world = applied(design.base, design.settings, world, menu.actor, named(menu, f"programme begin {name}"))
    return world


def finished(design, world):
    """The same with everything built."""
    works = works_ahead(design.settings.programmes, world.works, 60)[-1]
    cover = np.array([one.cover for one in design.settings.programmes])
    return replace(world, works=works, pool=works.level[:, None] * cover)


def checked(scene, menu, k_max=12):
    """Ledger of a scene; every exact candidate and every move on a programme against the direct evaluation."""
    ledger, whole = score(scene, menu), Direct(scene, menu.actor)
    moves = [k for k, m in enumerate(menu.candidates) if ledger.feasible[k] and m.programme >= 0]
    others = [k for k in np.flatnonzero(ledger.exact) if menu.candidates[k].programme < 0][:4]
    assert moves
    for k in [*moves, *others]:
        move = menu.candidates[k]
        assert abs(ledger.terms[k].sum() - whole.gain(move)) < 1e-9, move.name
    return ledger


def everything(design, menu):
    """Programmes that the menu offers: those that only move shares nobody may deny are no moves."""
    return [one.name for one in design.settings.programmes if f"programme begin {one.name}" in menu.names]


def test_terms_of_programmes_sum_to_a_direct_evaluation_at_rest(free):
    design, scene, menu = free
    ledger = checked(scene, menu)
    assert ledger.score[ledger.exact].max() <= 1e-9  # and nothing pays in the base year


def test_they_do_while_programmes_are_being_built_in_an_embargo_and_an_accident(free):
    design, scene, menu = free
    world = begun(design, scene, menu, everything(design, menu)[::2])
    base = design.base
    d, chn = base.domains.index("chokepoint_minerals"), base.regions.index("CHN")
    withheld = world.withheld.copy()
    withheld[menu.actor, chn, d] = 1.0
    names = [one.name for one in design.settings.shocks]
    left = np.array([5.0 if name == "hormuz" else 0.0 for name in names])
    politics = world.politics.copy()
    politics[menu.actor] = 0.003
    checked(at(design, scene, replace(world, withheld=withheld, shock_left=left, politics=politics)), menu)


def test_they_do_when_programmes_are_built_and_their_stocks_are_drawn(free):
    design, scene, menu = free
    world = finished(design, begun(design, scene, menu, everything(design, menu)))
    base = design.base
    d, chn = base.domains.index("chokepoint_minerals"), base.regions.index("CHN")
    withheld = world.withheld.copy()
    withheld[[menu.actor, base.regions.index("EU27")], chn, d] = 1.0
    scene = at(design, scene, replace(world, withheld=withheld, pool=world.pool / 2))
    ledger = checked(scene, menu)
    kinds = {m.operation for k, m in enumerate(menu.candidates) if ledger.feasible[k] and m.programme >= 0}
    assert {"abandon", "expand"} <= kinds


def test_what_is_begun_is_paid_for_and_built_on_time(free):
    design, scene, menu = free
    for name in everything(design, menu):
        k = [one.name for one in design.settings.programmes].index(name)
        one, move = design.settings.programmes[k], named(menu, f"programme begin {name}")
        world = applied(design.base, design.settings, scene.world, menu.actor, move)
        path = works_ahead(design.settings.programmes, world.works, 80)
        wait = max(one.build, one.first, 0)
        assert all(works.level[k] == 0 for works in path[: wait + 1])
        assert path[wait + one.ramp].level[k] == pytest.approx(one.smallest)
        assert path[wait + one.ramp].sunk[k] == pytest.approx(one.smallest)
        assert np.diff([works.sunk[k] for works in path]).min() >= -1e-12
        assert path[80].level[k] == pytest.approx(one.smallest * (1 - one.decay) ** (80 - wait - one.ramp))


def test_one_part_at_a_time_and_never_above_the_largest(free):
    design, scene, menu = free
    for name in everything(design, menu):
        k = [one.name for one in design.settings.programmes].index(name)
        begin, expand, abandon = (named(menu, f"programme {what} {name}") for what in ("begin", "expand", "abandon"))
        can = [feasible(design.base, design.settings, scene.world, menu.actor, m) for m in (begin, expand, abandon)]
        assert can == [True, False, False]
        world = applied(design.base, design.settings, scene.world, menu.actor, begin)
        can = [feasible(design.base, design.settings, world, menu.actor, m) for m in (begin, expand, abandon)]
        assert can == [False, False, True]
        world = finished(design, world)
        for _ in range(40):  # one that fades may be expanded for ever
            if feasible(design.base, design.settings, world, menu.actor, expand):
                world = finished(design, applied(design.base, design.settings, world, menu.actor, expand))
        assert world.works.level[k] <= design.settings.programmes[k].largest + 1e-9
        gone = applied(design.base, design.settings, world, menu.actor, abandon)
        assert gone.works.level[k] == gone.works.planned[k] == 0 and not gone.pool[k].any()
        assert gone.works.sunk[k] == world.works.sunk[k]  # what is spent is spent


def test_new_supply_at_the_price_of_the_incumbents_moves_nobodys_price_and_a_dearer_one_is_left_alone(free):
    design, _, menu = free
    base = design.base
    for one in design.settings.programmes:
        for supply in one.supplies:
            i, d, theta = one.owner, supply.domain, base.theta_long[supply.domain]
            foreign = np.arange(len(base.regions)) != i
            for cost, moves in ((1.0, 0.0), (0.8, -0.2 * supply.share), (30.0, 0.0)):
                trial = replace(one, supplies=(replace(supply, cost=cost),), saving=0 * one.saving)
                wedge = delivered((trial,), base, np.ones(1))[i, :, d]
                assert wedge[i] == 0
                share = base.share[i, :, d]
                weight = share * np.exp(-theta * wedge)
                price = -np.log(weight[foreign].sum() / share[foreign].sum()) / theta * share[foreign].sum()
                assert price == pytest.approx(moves, abs=0.02 * supply.share)
                gained = weight[supply.seller] / weight.sum() - share[supply.seller]
                most = supply.share * (1 - share[supply.seller])
                assert gained == pytest.approx(0, abs=5e-3 * most) if cost > 10 else gained > 0.5 * most


def test_a_stock_is_filled_while_it_is_built_and_again_after_it_was_drawn(free):
    design, scene, menu = free
    base = design.base
    stocks = [one for one in design.settings.programmes if one.cover.any() and one.owner == menu.actor]
    assert stocks
    world, k = begun(design, scene, menu, [stocks[0].name]), design.settings.programmes.index(stocks[0])
    d = int(np.flatnonzero(stocks[0].cover)[0])
    goal = stocks[0].smallest * stocks[0].cover[d]
    fill = []
    for _ in range(max(stocks[0].build, stocks[0].first, 0) + stocks[0].ramp):
        _, world = settle(design, scene, world)
        fill.append(world.pool[k, d])
    assert fill[-1] == pytest.approx(goal) and np.diff(fill).min() >= -1e-12
    withheld = world.withheld.copy()
    withheld[menu.actor, base.regions.index("CHN"), d] = 1.0
    cut = replace(world, withheld=withheld, stock=0 * world.stock)  # own stocks are gone
    _, drawn = settle(design, at(design, scene, cut), cut)
    assert drawn.pool[k, d] < goal and drawn.stock[menu.actor, d] == 0
    calm = replace(drawn, withheld=world.withheld)
    for _ in range(3 * int(design.settings.refill)):
        _, calm = settle(design, at(design, scene, calm), calm)
    assert calm.pool[k, d] == pytest.approx(goal)
    assert calm.stock[menu.actor, d] == pytest.approx(design.settings.stock_goal[menu.actor, d])


# --- the right to wait -----------------------------------------------------------------------------------------


def venture(states, leave=-0.01, patience=0.96, terms=None):
    states = np.array(states, float)
    return Venture(np.array([states.mean() if terms is None else terms]), 0.0, states, leave, patience)


def test_without_news_a_start_is_worth_what_it_is():
    assert venture([0.02, 0.02]).worth() == pytest.approx(0.02)
    assert venture([0.02, 0.02]).option == pytest.approx(0)
    assert venture([-0.005, -0.005]).worth() == pytest.approx(-0.005)


def test_a_sunk_start_needs_more_than_a_positive_mean_and_one_that_can_be_left_less():
    lumpy, modular = (venture([-0.09, 0.1], leave=leave) for leave in (-0.08, -0.0001))
    assert lumpy.states.mean() > 0 > lumpy.worth()  # better wait
    assert modular.worth() > modular.states.mean()  # what goes wrong is given up
    assert venture([-0.11, 0.1], leave=0.0).worth() > 0 > np.mean([-0.11, 0.1])


def test_the_wider_the_news_the_more_a_sunk_start_waits():
    worths = [venture([0.01 - x, 0.01 + x], leave=-0.05).worth() for x in (0, 0.011, 0.02, 0.04)]
    assert (np.diff(worths) < 0).all()


@pytest.mark.parametrize("states", [[0.02, 0.03], [-0.001, 0.02], [-0.05, 0.06]])
@pytest.mark.parametrize("leave", [-0.04, -0.001])
def test_the_taste_at_rest_leaves_nothing_to_gain(states, leave):
    one = venture(states, leave)
    taste = one.taste_at_rest()
    assert one.worth(taste) <= 0
    assert taste == 0 or one.worth(taste * 0.99) > 0


def test_works_of_nothing_are_idle():
    assert Works.none(3).idle
