"""What is left to ask for, and what an open episode keeps both sides from doing outside it."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.step import begin
from sim.moves.asking import SMALLEST_ASK, can_ask, can_open, pressed_by, unmet
from sim.moves.catalogue import feasible
from sim.moves.demands import demand_met, punished, with_answers
from sim.moves.path import set_scene
from sim.moves.threats import deals
from sim.world.crisis import FAILED, IMPOSED, POLITICAL, THREATENED, Call, Demand, Episode

JPN, EU27, USA, CHN = range(4)


@pytest.fixture(scope="module")
def design(model_of):
    """Both squeeze, political shocks off."""
    return model_of("both_squeeze", shocks=False).design


@pytest.fixture(scope="module")
def asked(design):
    """Every demand of the scenario, and cuts of tariffs to nothing and to a half."""
    domains = tuple(int(d) for d in np.flatnonzero(design.base.goods))
    cuts = (Demand(f"cut to {keep}", "tariff_cut", "a cut", USA, JPN, domains, keep, 0.01, (), False)
            for keep in (0.0, 0.5))  # fmt: skip
    return (*design.settings.demands, *cuts)


def left(design, world, demand):
    return unmet(design.base, design.settings, world, demand)


def test_in_the_base_year_all_of_a_demand_is_left_to_do(design, asked):
    world = begin(design)
    assert {d.kind for d in asked} == {"outlays", "purchases", "tariff_cut", "political"}
    for demand in asked:
        assert left(design, world, demand) == pytest.approx(1, abs=1e-12)
        assert can_ask(design.base, design.settings, world, demand)


def test_once_it_is_met_nothing_is_left_but_of_what_no_account_shows(design, asked):
    for demand in asked:
        world = demand_met(design.base, design.settings, begin(design), demand)
        assert left(design, world, demand) == pytest.approx(float(demand.kind == POLITICAL), abs=1e-12), demand.name
        assert can_ask(design.base, design.settings, world, demand) == (demand.kind == POLITICAL)


def test_half_met_is_half_left(design, asked):
    start = begin(design)
    for demand in asked:
        if demand.kind == POLITICAL:
            continue
        met = demand_met(design.base, design.settings, start, demand)
        parts = {name: (getattr(start, name) + getattr(met, name)) / 2 for name in ("tariff", "outlays", "hedge_goal")}
        assert left(design, replace(start, **parts), demand) == pytest.approx(0.5), demand.name


def test_no_more_is_left_than_was_asked_for_and_no_less_than_nothing(design, asked):
    start = begin(design)
    much = replace(start, tariff=start.tariff + 0.5, outlays=start.outlays - 0.01, hedge_goal=start.hedge_goal - 0.5)
    little = replace(start, tariff=0 * start.tariff, outlays=start.outlays + 1, hedge_goal=start.hedge_goal + 9)
    for demand in asked:
        assert left(design, much, demand) == pytest.approx(1, abs=1e-12)
        assert left(design, little, demand) == (demand.kind == POLITICAL)


def test_a_rest_that_is_hardly_worth_an_episode_opens_none(design):
    of = next(d for d in design.settings.demands if d.kind == "outlays" and d.target == JPN)
    gap = of.size - design.settings.alliance.outlays[JPN]
    for share, asks in ((0.99 * SMALLEST_ASK, False), (1.01 * SMALLEST_ASK, True)):
        outlays = begin(design).outlays.copy()
        outlays[JPN] = of.size - share * gap
        world = replace(begin(design), outlays=outlays)
        assert can_ask(design.base, design.settings, world, of) == asks
        assert can_open(design.base, design.settings, world, of, of.by[0]) == asks


def test_a_demand_that_is_met_in_part_gives_its_sender_that_much_less(design, base_scene):
    world, scene = begin(design), base_scene()[1]
    demand = next(d for d in design.settings.demands if d.kind == "outlays" and d.target == JPN)
    outlays = world.outlays.copy()
    outlays[JPN] = (demand.size + outlays[JPN]) / 2
    prizes = []
    for now in (world, replace(world, outlays=outlays)):
        here = set_scene(design.base, design.settings, now, design.weight, (scene.impact, scene.adapted), "test")
        prizes.append(deals(here, [demand])[JPN, demand.name].prize)  # outlays move no trade
    assert prizes == pytest.approx([demand.value, demand.value / 2])


# --- what an open episode keeps its sides from --------------------------------------------------------------


def episode(design, sender, target, state):
    of = next(d for d in design.settings.demands if (d.sender, d.target) == (sender, target))
    return Episode(of, of.by[0], state, 0, 1, 0 if state == IMPOSED else -1, 0.01, 0.01, 0.0)


def able(design, world, actor, operation, partner):
    """Names of the tariff moves of a kind against one partner that can be made."""
    return {m.name for m in design.catalogues[actor].candidates if m.instrument == "tariff" and m.operation == operation
            and m.partners == (partner,) and feasible(design.base, design.settings, world, actor, m)}  # fmt: skip


@pytest.mark.parametrize("state", [THREATENED, IMPOSED])
def test_a_target_is_pressed_by_its_sender_and_by_nobody_else(design, state):
    world = replace(begin(design), episodes=(episode(design, USA, JPN, state),))
    assert pressed_by(world, JPN, USA)
    assert not any(pressed_by(world, a, b) for a, b in ((USA, JPN), (JPN, CHN), (EU27, USA)))
    assert not pressed_by(begin(design), JPN, USA)


@pytest.mark.parametrize("state", [THREATENED, IMPOSED])
def test_a_target_answers_inside_the_episode_alone(design, state):
    """It could raise and match before; pressed it can do neither against its sender, all else as before."""
    tariff = begin(design).tariff.copy()
    tariff[USA, [JPN, EU27]] += 0.2 * design.base.goods
    calm = replace(begin(design), tariff=tariff)
    pressed = replace(calm, episodes=(episode(design, USA, JPN, state),))
    for operation in ("raise", "match"):
        assert able(design, calm, JPN, operation, USA) and not able(design, pressed, JPN, operation, USA)
        for actor, partner in ((JPN, CHN), (EU27, USA), (USA, JPN)):
            assert able(design, pressed, actor, operation, partner) == able(design, calm, actor, operation, partner)


@pytest.mark.parametrize("state", [THREATENED, IMPOSED])
def test_a_target_stops_nothing_to_its_sender_while_an_episode_is_open(design, state):
    """A control of its own would be an answer too; what it stopped before it may still lift."""

    def controls(world, partner, lifts=False):
        stops = [m for m in design.catalogues[JPN].candidates if m.instrument == "control" and m.partners == (partner,)]
        return [m.name for m in stops if (m.operation == "lift") == lifts
                and feasible(design.base, design.settings, world, JPN, m)]  # fmt: skip

    calm = begin(design)
    pressed = replace(calm, episodes=(episode(design, CHN, JPN, state),))
    assert controls(calm, CHN) and not controls(pressed, CHN)
    assert controls(pressed, USA) == controls(calm, USA)
    held = calm.withheld.copy()
    held[CHN, JPN] = 0.25
    assert controls(replace(pressed, withheld=held), CHN, lifts=True)


def test_an_answer_that_stands_in_an_episode_is_not_removed_outside_it(design):
    """Neither the target's nor a member's; a third party's own tariffs are its own affair."""
    start = begin(design)
    held = punished(design.base, design.settings, start, *_political(design))
    answered = with_answers(design.base, design.settings, held, CHN, (JPN, EU27, USA), 1e-3)
    call = Call("both", JPN, CHN, "political", 0, True, ((JPN, 5.0), (EU27, 5.0)))
    for calls, barred in (((), ()), ((replace(call, points=()),), ()), ((call,), (JPN, EU27))):
        world = replace(answered, calls=calls)
        for actor in (JPN, EU27, USA):
            assert bool(able(design, world, actor, "remove", CHN)) == (actor not in barred), (actor, calls)


def test_nothing_is_asked_while_an_episode_is_on_nor_soon_after(design):
    of, by = _political(design)
    world = begin(design)
    assert can_open(design.base, design.settings, world, of, by)
    open_one = replace(episode(design, CHN, JPN, THREATENED), outcome=FAILED)
    assert not can_open(design.base, design.settings, replace(world, episodes=(open_one,)), of, by)
    quiet = world.quiet.copy()
    quiet[JPN, CHN] = 1
    assert not can_open(design.base, design.settings, replace(world, quiet=quiet), of, by)


def _political(design):
    of = next(d for d in design.settings.demands if (d.sender, d.target, d.kind) == (CHN, JPN, POLITICAL))
    return of, next(by for by in of.by if by.instrument == "control")
