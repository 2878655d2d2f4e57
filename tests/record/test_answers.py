"""Answers on record: each has a key of its own, also where one side answers several times on one demand."""

from dataclasses import replace

import pytest

from sim.errors import ScenarioError
from sim.record.episodes import SENDER, TARGET, answer_key
from sim.run import Player, start
from sim.scenario.load import load_scenario
from sim.world.crisis import THREATENED, Episode

QUARTER = "2025Q1"


def at_deadline(of):
    """An episode of a demand whose threat was refused and is due now."""
    return Episode(of, of.by[0], THREATENED, 0, 0, -1, 0.02, 0.01, 0.0)


@pytest.fixture(scope="module")
def run():
    """One quarter in which a sender has two deadlines on one demand, and two regions ask the same of each other."""
    scenario = load_scenario("both_squeeze")
    model = start(scenario, "adaptive", seed=2, quarters=1, shocks=False)
    wanted = {(d.sender, d.target, d.name): d for d in model.design.settings.demands}
    jpn, eu, usa, chn = (model.design.base.regions.index(code) for code in ("JPN", "EU27", "USA", "CHN"))
    mine = wanted[chn, jpn, "political"]
    asked = [wanted[usa, jpn, "outlays"], wanted[usa, eu, "outlays"], mine, replace(mine, sender=jpn, target=chn)]
    later = replace(at_deadline(asked[3]), deadline=1)  # still to be heard
    model.world = replace(model.world, episodes=(*map(at_deadline, asked[:3]), later))
    player = Player(scenario, model)
    player.advance()
    return player.run_so_far()


def test_two_deadlines_on_one_demand_in_one_quarter_are_two_answers(run):
    assert len(run.answers) == len(run.moves[run.moves.instrument == "answer"]) == 4
    for partner in ("JPN", "EU27"):
        frame = run.explain(QUARTER, "USA", "outlays", partner)
        assert set(frame.target) == {partner}
        assert frame is run.explain(QUARTER, "USA", "outlays", partner, SENDER)
    with pytest.raises(ScenarioError, match="has 2 answers on outlays: to JPN as sender, to EU27 as sender; name the"):
        run.explain(QUARTER, "USA", "outlays")


def test_two_regions_that_ask_the_same_of_each_other_are_told_apart_by_side(run):
    sides = {side: set(run.explain(QUARTER, "CHN", "political", "JPN", side).operation) for side in (SENDER, TARGET)}
    assert "carry out" in sides[SENDER] and "comply" in sides[TARGET]
    with pytest.raises(ScenarioError, match="to JPN as sender, to JPN as target; name the partner, or the side"):
        run.explain(QUARTER, "CHN", "political", "JPN")


def test_an_answer_that_was_not_given_names_those_that_were(run):
    with pytest.raises(ScenarioError, match="has no answer on outlays to CHN; there are USA:2025Q1 on outlays to JPN"):
        run.explain(QUARTER, "USA", "outlays", "CHN")


def test_a_row_of_the_moves_table_leads_to_its_ledger_and_the_account_tells_each(run):
    rows = run.moves[run.moves.instrument == "answer"]
    for _, row in rows.iterrows():
        frame = run.answers[answer_key(row)]
        assert frame.operation[frame.picked].iloc[0] == row.operation
        assert set(frame.target) == {row.target}
    assert run.account(QUARTER).count(" rather than ") + run.account(QUARTER).count(", although ") >= len(rows)
