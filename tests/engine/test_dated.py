"""Moves with a date: controls weighted by days, threats that end as recorded or are answered, what is learned."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from sim.engine.dated import announced
from sim.engine.model import HedgingModel
from sim.errors import ScenarioError
from sim.moves.threats import known_sender
from sim.rules.bargaining import Stakes, carry_belief
from sim.run import Player, start
from sim.scenario.bargaining import ControlRule, Punishment, ThreatRule
from sim.scenario.load import configs_root, load_policy, load_scenario
from sim.scenario.quantity import Share
from sim.scenario.schema import CalendarEntry
from sim.world.calendar import decrees
from sim.world.crisis import IMPOSED, THREATENED
from sim.world.start import tables_of
from tests.conftest import scenario_of

QUARTERS = 6
HOLDS = "scripted"  # no script: nobody moves freely, but both sides of an episode choose


@pytest.fixture(scope="module")
def year(model_of):
    """The dated year and two quarters more, in which only sides of an episode choose."""
    scenario = scenario_of("tariffs_2025")
    player = Player(scenario, model_of("tariffs_2025", "status_quo", strategy=HOLDS, quarters=QUARTERS))
    while not player.done:
        player.advance()
    return player


def at(player, *codes):
    base = player.model.design.base
    return tuple((base.regions if code in base.regions else base.domains).index(code) for code in codes)


def with_entry(scenario, **entry):
    calendar = [CalendarEntry(label="made", **entry)]
    return replace(scenario, file=scenario.file.model_copy(update={"calendar": calendar}))


def control(share, targets="all"):
    withheld = Share(value=share, unit="1", source="made for a test")
    return ControlRule(sender="CHN", targets=targets, domains=["chokepoint_minerals"], withheld=withheld, source="test")


def threat(**more):
    by = Punishment(instrument="tariff", what="goods", points=0.25)
    return ThreatRule(sender="USA", target="JPN", demand="political", by=by, source="made for a test", **more)


# --- controls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "shares"),
    [  # by hand: share times days in force over days of the quarter
        ("JPN", [0.12 * 56 / 90, 0.12 + 0.13 * 88 / 91, 0.25, 0.25 + 0.02 * 29 / 92, 0.25]),
        ("USA", [0.14 + 0.12 * 56 / 90, 0.26 + 0.13 * 88 / 91, 0.39, 0.25 + (0.02 * 29 + 0.14 * 40) / 92, 0.25]),
    ],
)
def test_dated_controls_are_weighted_by_their_days(year, target, shares):
    cell = at(year, target, "CHN", "chokepoint_minerals")
    np.testing.assert_allclose([q.crisis.world.withheld[cell] for q in year.model.quarters[:5]], shares, atol=1e-12)


def test_a_dated_control_ends_at_its_until():
    entry = {"since": dt.date(2025, 2, 15), "until": dt.date(2025, 5, 16), "controls": [control(0.6, ["JPN"])]}
    scenario = with_entry(scenario_of("baseline"), **entry)
    tables = tables_of(scenario)
    cell = tables.regions.index("JPN"), tables.regions.index("CHN"), tables.domains.index("chokepoint_minerals")
    made = decrees(tables, scenario.file, 4)
    np.testing.assert_allclose([d.withheld[cell] for d in made], [0.6 * 45 / 90, 0.6 * 45 / 91, 0, 0])
    assert [(bool(d.tightened[cell]), bool(d.eased[cell])) for d in made[:3]] == [
        (True, False),
        (False, True),
        (False,) * 2,
    ]
    assert all(d.withheld.sum() == d.withheld[cell] for d in made)


def test_decrees_of_one_day_add_up_to_everything_at_most():
    two = [control(0.7), control(0.6)]
    scenario = with_entry(scenario_of("baseline"), since=dt.date(2025, 1, 1), controls=two)
    withheld = decrees(tables_of(scenario), scenario.file, 1)[0].withheld
    assert withheld.max() == 1.0
    assert (np.diagonal(withheld) == 0).all()


def test_dated_controls_are_told_and_cannot_be_changed_at_once(year):
    moves = year.run_so_far().moves
    rows = moves[(moves.instrument == "control") & (moves.target == "JPN")]
    assert (rows.origin == "dated").all()
    assert list(rows.operation) == ["licensing", "licensing", "licensing", "licensing", "ease"]
    assert rows.sentence.str.contains("withheld share").all()
    cell = at(year, "JPN", "CHN", "chokepoint_minerals")
    cooling = year.model.design.settings.cooling_off
    assert [q.scene.world.cooling[cell] for q in year.model.quarters[:3]] == [cooling, cooling, cooling - 1]


def test_contracts_follow_a_dated_control(year):
    cell = at(year, "JPN", "CHN", "chokepoint_minerals")
    design, first = year.model.design, year.model.quarters[0]
    held, share = 0.12 * 56 / 90, design.base.share[cell]
    assert not first.settled.stranded[cell]  # what is in store covers it
    after = year.model.quarters[1].scene.world.stock[cell[0], cell[2]]
    assert design.stock[cell[0], cell[2]] - after == pytest.approx(held * share)
    bare = HedgingModel(replace(design, stock=np.zeros_like(design.stock)))
    bare.step()
    assert bare.quarters[0].settled.stranded[cell] == pytest.approx(held * share)


def test_what_earlier_decrees_still_bring_is_no_news(year):
    design = year.model.design
    japan = at(year, "JPN", "CHN", "chokepoint_minerals")
    union = at(year, "USA", "EU27", "machinery")
    third, fourth = year.model.quarters[2].before, year.model.quarters[3].before
    assert announced(design, third).withheld[japan] == design.dated[2].withheld[japan] > third.withheld[japan]
    assert announced(design, fourth).withheld[japan] == fourth.withheld[japan]  # widened anew
    assert announced(design, fourth).tariff[union] == design.dated[3].tariff[union] > fourth.tariff[union]


# --- threats that ended -------------------------------------------------------------------------------


def test_recorded_episodes_are_told_as_they_went(year):
    run = year.run_so_far()
    said = run.moves[run.moves.instrument.isin(["threat", "answer"])]
    told = list(said[said.origin == "dated"][["quarter", "actor", "target", "operation"]].itertuples(index=False))
    assert [tuple(row) for row in told] == [
        ("2025Q2", "USA", "JPN", "threaten"), ("2025Q2", "USA", "EU27", "threaten"),
        ("2025Q2", "USA", "JPN", "back down"), ("2025Q2", "USA", "EU27", "back down"),
        ("2025Q3", "USA", "JPN", "threaten"), ("2025Q3", "USA", "EU27", "threaten"),
        ("2025Q3", "JPN", "USA", "comply"), ("2025Q3", "EU27", "USA", "comply"),
        ("2025Q4", "CHN", "JPN", "execute"),
    ]  # fmt: skip
    cases = run.episodes[run.episodes.sender == "USA"]
    assert list(cases.outcome) == ["failed", "failed", "settled", "settled"]
    assert cases.price.isna().all() and cases.audience.isna().all()  # what both hid is not known


def test_nobody_answers_freely_before_moves_are_free(year):
    moves = year.run_so_far().moves
    chosen = moves[moves.origin == "chosen"]
    assert len(chosen) and chosen.quarter.min() >= "2026Q1"


def test_a_settled_demand_is_met_and_the_pair_is_quiet(year):
    design, settled = year.model.design, year.model.quarters[2].crisis.world
    japan, usa, union, energy = at(year, "JPN", "USA", "EU27", "energy")
    before = year.model.quarters[2].before
    assert settled.hedge_goal[japan, union, energy] > before.hedge_goal[japan, union, energy]
    assert settled.quiet[japan, usa] == design.settings.bargaining.cooling_off
    assert settled.settled[japan, usa] and settled.settled[union, usa]


def test_what_was_dropped_and_struck_is_learned(year):
    design, worlds = year.model.design, [q.after for q in year.model.quarters]
    (usa,) = at(year, "USA")
    assert worlds[0].beliefs.dropped[usa] == 0
    assert worlds[1].beliefs.dropped[usa] == pytest.approx(2)  # both letters of April
    unsure, settings = Stakes(0.2, 0.01, 0.02, -0.005, -0.001), design.settings
    first, then = (carry_belief(settings.bargaining, unsure, known_sender(settings, w, usa)) for w in worlds[:2])
    assert then < first
    assert worlds[3].beliefs.broken[usa] == 0  # the rates of the bargain itself break none
    assert worlds[3].settled[at(year, "JPN", "USA")]


def test_a_dated_opening_is_counted_once(year):
    target, sender = at(year, "JPN", "CHN")
    counts = [q.after.beliefs.episodes[target, sender] for q in year.model.quarters]
    rises = [b > a for a, b in zip([0.0, *counts], counts, strict=False)]
    assert rises[:4] == [True, True, False, True]  # metals; rare earths; nothing new; wider controls and seafood


# --- threats that are open ----------------------------------------------------------------------------


def test_an_open_measure_stands_until_its_sides_may_choose(year):
    fourth, free = year.model.quarters[3], year.model.quarters[4]
    (episode,) = fourth.crisis.world.episodes
    assert (episode.state, episode.since, episode.imposed) == (IMPOSED, 3, 3)
    assert episode.price > 0 and episode.audience > 0 and not fourth.crisis.answers
    cell = at(year, "CHN", "JPN", "agriculture_food")
    assert fourth.crisis.world.tariff[cell] - fourth.before.tariff[cell] == pytest.approx(0.1)
    assert free.scene.world.episodes == (episode,)
    assert free.crisis.answers or free.crisis.world.episodes == (episode,)  # resisting and keeping is not told


def opened_in_may(fitted, policy, **more):
    scenario = with_entry(scenario_of("baseline"), since=dt.date(2025, 5, 1), threats=[threat()], **more)
    model = start(scenario, policy, rest=fitted(None), strategy=HOLDS, quarters=3)
    return model, [model.advance() for _ in range(2)]


def test_an_open_threat_is_answered_in_its_quarter(fitted):
    model, (first, second) = opened_in_may(fitted, "status_quo")
    assert not first.crisis.opened
    (opened,) = second.crisis.opened
    assert opened.state == THREATENED and opened.demand.value == 0 and opened.price > 0 and opened.audience > 0
    assert opened.deadline == 1 + model.design.settings.bargaining.deadline
    (said,) = second.crisis.answers
    assert said.actor == model.design.base.regions.index("JPN") and said.ledger is not None and said.origin == "chosen"


def test_a_demand_that_is_met_at_once_breaks_no_bargain(fitted):
    yielding = load_policy("status_quo").model_copy(update={"complies_with": ["USA"]})
    model, (_, second) = opened_in_may(fitted, yielding)
    pair = tuple(model.design.base.regions.index(code) for code in ("JPN", "USA"))
    assert second.crisis.answers[0].operation == "comply"
    assert second.after.settled[pair] and second.after.beliefs.broken[pair[1]] == 0


def test_an_open_threat_of_the_calendar_keeps_free_ones_away(fitted):
    _, (_, second) = opened_in_may(fitted, "status_quo")
    demand = second.crisis.opened[0].demand
    assert any(e.demand is demand for e in second.scene.world.episodes)


# --- what may be written ------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [{"outcome": "settled"}, {"until": dt.date(2025, 6, 1)}])
def test_an_outcome_needs_its_date_and_a_date_its_outcome(entry):
    until = {"until": entry["until"]} if "until" in entry else {}
    with pytest.raises(ValidationError, match="outcome"):
        CalendarEntry(label="x", since=dt.date(2025, 5, 1), threats=[threat(outcome=entry.get("outcome"))], **until)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("sender: CHN\n    target: JPN", "sender: GBR\n    target: JPN", ".threats.0.sender"),
        ("demand: political\n    by", "demand: politics\n    by", ".threats.0.demand"),
        ("what: farm, points: 0.1", "what: farms, points: 0.1", ".threats.0.by.what"),
        ("targets: [USA]", "targets: [CHN]", ".controls.0.targets"),
        ("domains: [chokepoint_minerals]\n    withheld", "domains: [energy]\n    withheld",
         ".controls.0.domains.0"),
    ],
)  # fmt: skip
def test_names_of_dated_material_are_checked(tmp_path, old, new, key):
    text = (configs_root() / "scenarios" / "tariffs_2025.yaml").read_text()
    assert old in text
    path = tmp_path / "broken.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert key in str(caught.value)
