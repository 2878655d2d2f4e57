"""When chance strikes: as often as its hazard says, the same under every policy, and no belief learns from it."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.chance import new_governments, shocks_left
from sim.engine.model import HedgingModel
from sim.engine.step import begin, politics
from sim.player import Player, Record
from sim.world.settings import CLASSES
from tests.conftest import SEED, scenario_of

RUNS = 4000
SURE = 1e3  # a year: strikes in the first quarter


@pytest.fixture(scope="module")
def plan(model_of):
    """A design in which every shock may happen."""
    return model_of("america_first", seed=SEED, quarters=8).design


def only(design, *names, hazard=SURE, **changes):
    """The same design in which some shocks strike at once and no others happen."""
    shocks = tuple(replace(one, hazard=hazard, happens=True, **changes) if one.name in names
                   else replace(one, happens=False) for one in design.settings.shocks)  # fmt: skip
    assert set(names) <= {one.name for one in shocks}
    return replace(design, settings=replace(design.settings, shocks=shocks))


def played(design):
    model = HedgingModel(design)
    while not model.done:
        model.step()
    return model


def position(design, name):
    return [one.name for one in design.settings.shocks].index(name)


def portion(model, name, quarter):
    """What is left of a shock in the scene of a quarter."""
    return model.quarters[quarter].scene.world.shock_left[position(model.design, name)]


# --- luck ---------------------------------------------------------------------------------------------------


def test_shocks_strike_as_often_as_their_hazard_says(plan):
    world = begin(plan)
    strikes = sum(shocks_left(replace(plan, run=run), world) > 0 for run in range(RUNS))
    for one, count in zip(plan.settings.shocks, strikes, strict=True):
        chance = 1 - np.exp(-one.hazard / 4)
        band = 4 * np.sqrt(RUNS * chance * (1 - chance))
        assert abs(count - RUNS * chance) < max(band, 4), one.name
    assert strikes.sum() > 500


def test_a_shock_in_force_is_not_drawn_again_until_it_is_over(plan):
    sure = only(plan, "hormuz", duration=3)
    world, k, seen = begin(plan), position(plan, "hormuz"), []
    for step in range(7):
        left = shocks_left(sure, replace(world, step=step))
        world = replace(world, shock_left=left)
        seen.append(left[k])
    assert seen == [3, 2, 1, 3, 2, 1, 3]


def test_nothing_strikes_before_the_first_free_quarter_or_with_luck_switched_off(plan):
    sure = only(plan, *(one.name for one in plan.settings.shocks))
    world = begin(plan)
    assert (shocks_left(sure, world) > 0).all()
    assert not shocks_left(replace(sure, free_from=1), world).any()
    assert not shocks_left(replace(sure, shocks=False), world).any()


def test_a_scenario_without_shocks_has_none_and_fears_them_all_the_same(model_of, plan):
    calm = model_of("baseline").design
    assert not any(one.happens for one in calm.settings.shocks)
    assert not any(shocks_left(replace(calm, run=run), begin(calm)).any() for run in range(200))
    assert [one.hazard for one in calm.settings.shocks] == [one.hazard for one in plan.settings.shocks]


def test_two_policies_meet_the_same_shocks(model_of):
    ends, lefts = [], []
    for policy in ("status_quo", "adaptive"):
        design = model_of("america_first", policy, seed=SEED, run=3, quarters=6).design
        likely = tuple(replace(one, hazard=1.0) for one in design.settings.shocks)
        model = played(replace(design, settings=replace(design.settings, shocks=likely)))
        lefts.append(np.array([q.scene.world.shock_left for q in model.quarters]))
        ends.append(model.world.tariff)
    assert np.array_equal(*lefts) and 3 < (lefts[0] > 0).sum() < lefts[0].size
    assert not np.array_equal(*ends)


# --- what happens ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def accident(model_of):
    """Two quarters of an accident in the base year's rest, then six quarters free of it; nobody moves."""
    design = model_of("baseline", strategy="best_response", seed=SEED, quarters=8).design
    quiet = replace(design, settings=replace(design.settings, shock_sd=0.0, agenda=0.0))
    quiet = replace(quiet, stock=np.zeros_like(quiet.stock))  # what is in store would be drawn first
    model = HedgingModel(only(quiet, "hormuz", "energy_price", duration=2))
    while not model.done:
        if model.world.step == 1:  # it struck once: enough
            rare = tuple(replace(one, happens=False) for one in model.design.settings.shocks)
            model.design = replace(model.design, settings=replace(model.design.settings, shocks=rare))
        model.step()
    return model


def test_an_accident_costs_income_while_it_lasts_and_contracts_recover_after_it(accident):
    focus, base = accident.design.focus, accident.design.base
    income = 100 * np.array([q.settled.income[focus] - 1 for q in accident.quarters])
    assert [portion(accident, "hormuz", k) for k in range(4)] == [2, 1, 0, 0]
    assert (income[:2] < -1).all() and (income[2:] > income[:2].max() / 4).all()
    assert (np.diff(np.abs(income[2:])) < 0).all()
    hit = accident.design.settings.shocks[position(accident.design, "hormuz")].lost > 0
    struck, free = accident.quarters[1].settled, accident.quarters[2].settled
    assert struck.short[hit] == pytest.approx(0.5) and (struck.stranded[hit & (base.share > 0)] > 0).all()
    assert not free.short.any() and free.stranded.max() < 1e-15
    gap = [np.abs(q.settled.available - base.share).max() for q in accident.quarters[2:]]
    assert gap[0] > 1e-3 and (np.diff(gap) < 0).all()  # home and others keep some of what they won
    renewal = accident.design.settings.renewal  # costs come back as well, so a little faster than contracts renew
    assert np.array(gap[1:]) / np.array(gap[:-1]) == pytest.approx(1 - renewal, abs=0.05)


def test_an_accident_is_nobodys_control_and_moves_no_belief_about_conduct(accident):
    assert all(not q.settled.world.withheld.any() for q in accident.quarters)
    end = accident.world.beliefs
    assert all(not getattr(end, name).any() for name in ("episodes", "conduct", "answered", "provoked"))


def test_an_accident_draws_on_stocks_first(model_of):
    design = model_of("baseline", strategy="best_response", seed=SEED, quarters=2).design
    focus, base = design.focus, design.base
    energy = base.domains.index("energy")
    stock = design.stock.copy()
    stock[focus, energy] = 0.1
    model = played(replace(only(design, "hormuz", duration=2), stock=stock))
    lost = design.settings.shocks[position(design, "hormuz")].lost[focus, :, energy]
    need = (lost * base.share[focus, :, energy]).sum()
    first, second = (q.settled.short[focus, :, energy].max() for q in model.quarters)
    assert first == pytest.approx(0.5 * max(0, 1 - 0.1 / need))
    assert first < second
    assert model.quarters[0].after.stock[focus, energy] == pytest.approx(max(0, 0.1 - need))


def test_with_nothing_in_force_the_bits_are_those_of_a_scenario_without_shocks(model_of):
    scenario = scenario_of("america_first")
    without = replace(scenario, file=scenario.file.model_copy(update={"shocks": []}))
    design = model_of("america_first", seed=SEED, run=1, quarters=3).design
    rare = tuple(replace(one, hazard=one.hazard, happens=one.name == "malacca") for one in design.settings.shocks)
    one = HedgingModel(replace(design, settings=replace(design.settings, shocks=rare)))
    other = model_of("america_first", seed=SEED, run=1, quarters=3)
    other.design = replace(other.design, settings=replace(
        other.design.settings, shocks=tuple(replace(s, happens=without.happens(s.name)) for s in rare)))  # fmt: skip
    tables = []
    for model in (one, other):
        player = Player(scenario, model)
        while not player.done:
            player.advance()
        assert all(not q.scene.world.shock_left.any() for q in model.quarters)
        tables.append(player.run_so_far())
    assert tables[0].portfolio.equals(tables[1].portfolio) and tables[0].moves.equals(tables[1].moves)


def test_a_change_of_government_draws_that_actors_mood_anew_and_wider(plan):
    name = next(one.name for one in plan.settings.shocks if one.governments)
    sure, calm = (replace(only(plan, *names), quarters=plan.quarters[:1]) for names in ((name,), ()))
    (region, deviation), = sure.settings.shocks[position(plan, name)].governments  # fmt: skip
    new, old = [], []
    for run in range(40):
        moods = []
        for design in (sure, calm):
            model = HedgingModel(replace(design, run=run))
            model.design = replace(model.design, free_from=0)
            moods.append(_moods(model))
        others = [i for i in sure.actors if i != region]
        assert np.array_equal(moods[0][others], moods[1][others])
        new.append(moods[0][region])
        old.append(moods[1][region])
    spread = np.std(new) / sure.settings.shock_sd
    assert spread == pytest.approx(deviation, rel=4 / np.sqrt(2 * 40 * len(CLASSES)))
    assert abs(np.corrcoef(np.ravel(new), np.ravel(old))[0, 1]) < 0.4


def _moods(model):
    """Political shocks of the first quarter, nothing solved."""
    design, world = model.design, model.world
    return new_governments(design, world, shocks_left(design, world), politics(design, world))


# --- records --------------------------------------------------------------------------------------------------


def test_beginning_and_end_are_rows_of_the_moves_table_and_nobodys(accident, model_of):
    player = Player(scenario_of("baseline"), accident, keep_ledgers=False)
    record = Record([], {}, [])
    for quarter in accident.quarters:
        player._record_moves(record, quarter)
    rows = [dict(zip(("quarter", "actor", "target", "instrument", "operation", "domain"), row, strict=False))
            | {"origin": row[9], "sentence": row[11]} for row in record.moves]  # fmt: skip
    assert [(r["quarter"], r["operation"]) for r in rows] == [
        ("2025Q1", "begins"), ("2025Q1", "begins"), ("2025Q3", "ends"), ("2025Q3", "ends")]  # fmt: skip
    assert {r["origin"] for r in rows} == {"chance"} and {r["actor"] for r in rows} == {""}
    assert {r["domain"] for r in rows} == {"energy"}
    title = accident.design.settings.shocks[position(accident.design, "hormuz")].title
    assert f"chance: {title}, 2 quarters" in [r["sentence"] for r in rows]
    assert f"chance: {title}, over" in [r["sentence"] for r in rows]
