"""Tastes that are fitted while the first quarters are played: the run is the one that waits for them."""

import pytest

from sim.engine.design import fit, fit_base_hedges
from sim.errors import WorldError
from sim.player import Player
from sim.run import simulate, start
from sim.scenario.load import load_scenario
from sim.scenario.turns import MoveTurn
from sim.scenario.varied import varied

LENGTH = 6  # quarters; the scenario is free from the fifth on


@pytest.fixture(scope="module")
def scenario():
    return varied(load_scenario("tariffs_2025"), {"model.trade.contract_renewal": 0.1})


def early(scenario) -> tuple[Player, object]:
    hedges = fit_base_hedges(scenario)
    model = start(scenario, "eu_hedge", seed=7, quarters=LENGTH, rest=hedges)
    return Player(scenario, model, fitted=False), hedges


def test_a_run_given_its_tastes_late_has_the_bits_of_one_that_had_them(scenario):
    player, hedges = early(scenario)
    while not player.waits:
        player.advance()
    assert player.quarter == "2025Q4"
    player.take_tastes(fit(scenario, hedges).tastes)
    while not player.done:
        player.advance()
    run, other = player.run_so_far(), simulate(scenario, "eu_hedge", 7, quarters=LENGTH)
    assert run.portfolio.equals(other.portfolio) and run.moves.equals(other.moves)
    assert run.ledgers.keys() == other.ledgers.keys() and len(run.ledgers) > 0
    assert all(run.ledgers[key].equals(other.ledgers[key]) for key in other.ledgers)
    assert run.episodes.equals(other.episodes) and run.politics.equals(other.politics)
    tastes = [d.settings.tastes.norm.tobytes() for d in run.played.designs.values()]
    assert len(set(tastes)) == 1  # those of the first quarters were put right


def test_nobody_decides_without_tastes(scenario):
    player, _ = early(scenario)
    while not player.waits:
        player.advance()
    with pytest.raises(WorldError, match="no tastes are fitted"):
        player.advance()
    with pytest.raises(WorldError, match="no|cannot"):
        player.options("JPN")


def test_a_forced_move_takes_tastes_earlier(scenario):
    turn = MoveTurn(type="move", quarter="2025Q2", actor="JPN", move="hold")
    player, _ = early(varied(scenario, {}, [turn]))
    while not player.waits:
        player.advance()
    assert player.quarter == "2025Q1"


def test_what_the_fit_is_told_between_actors_ends_it(scenario):
    class Enough(Exception):
        pass

    asked = []

    def between():
        asked.append(1)
        if len(asked) == 2:
            raise Enough

    with pytest.raises(Enough):
        fit(scenario, None, between)
    assert len(asked) == 2


def test_an_interrupted_quarter_can_be_played_again(scenario):
    player, hedges = early(scenario)
    while not player.waits:
        player.advance()
    player.take_tastes(fit(scenario, hedges).tastes)
    count = []

    def stop():
        count.append(1)
        if len(count) == 3:
            raise KeyError("another choice")

    player.model.between = stop
    with pytest.raises(KeyError):
        player.advance()
    assert player.quarter == "2025Q4"
    player.model.between = lambda: None
    player.advance()
    whole = simulate(scenario, "eu_hedge", 7, quarters=LENGTH)
    table = whole.portfolio[whole.portfolio.quarter == "2026Q1"].reset_index(drop=True)
    mine = player.run_so_far().portfolio
    assert mine[mine.quarter == "2026Q1"].reset_index(drop=True).equals(table)


def test_the_portfolio_if_nobody_moved_leaves_the_run_where_it_is(scenario):
    player, _ = early(scenario)
    table = player.still()
    assert set(table.quarter) == {"2025Q1"} and player.quarter is None
    assert (table.measure == "coercibility").any()
