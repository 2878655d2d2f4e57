"""The chair and its debrief: situation and menu in words, regret by replay, in both languages."""

import pytest

from sim.errors import MoveError
from sim.player import Player
from sim.run import simulate, start
from sim.scenario.turns import MoveTurn
from viz.chair import cases, in_force, lines, menu, situation_html
from viz.debrief import MEASURES, Judged, Stopped, Swing, course, debrief, judged, outcome
from viz.debrief_words import debrief_html
from viz.language import texts_of
from viz.state import Choice
from viz.theme import theme_of
from viz.worlds import FITTED, scenario_of

CHOICE = Choice("tariffs_2025", "eu_hedge", 7)
MINE = "hedge CHN transport_equipment"
QUARTERS, FREE = 7, "2026Q1"
SAY = texts_of("en")
PLAYED = ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]


def moved(choice, quarter, move, actor="JPN"):
    return choice.with_move(MoveTurn(type="move", quarter=quarter, actor=actor, move=move))


def make(choice, most):
    """A player that takes nothing up, so that what debriefs say does not hang on it."""
    scenario = scenario_of(choice)
    player = Player(scenario, start(scenario, choice.policy, seed=choice.seed, rest=FITTED.rest(choice)))
    assert most >= 0
    return player


def played(choice, quarters=QUARTERS):
    player = make(choice, 0)
    for _ in range(quarters):
        player.advance()
    return player.run_so_far()


@pytest.fixture(scope="module")
def game():
    return moved(CHOICE, FREE, MINE)


@pytest.fixture(scope="module")
def run(game):
    return played(game)


@pytest.fixture(scope="module")
def theme():
    return theme_of(scenario_of(CHOICE), SAY)


def test_a_move_drops_the_later_moves_of_its_actor_and_no_others():
    one = moved(moved(moved(CHOICE, "2026Q1", MINE), "2026Q3", "hold"), "2026Q2", "hold", "USA")
    again = moved(one, "2026Q1", "hold")
    assert [(turn.quarter, turn.actor, turn.move) for turn in again.turns] == [
        ("2026Q1", "JPN", "hold"), ("2026Q2", "USA", "hold")]  # fmt: skip
    assert [turn.quarter for turn in one.moves_of("JPN")] == ["2026Q1", "2026Q3"]


def test_the_options_of_a_player_are_the_ledger_that_the_quarter_then_has(game, run):
    player = make(CHOICE, 0)
    while len(player.records) < PLAYED.index(FREE):
        player.advance()
    options, ledger = player.options("JPN"), run.ledgers[FREE, "JPN"]
    assert list(options.candidate) == list(ledger.candidate) and not options.picked.any()
    both = options.exact & ledger.exact
    assert both.sum() > 1 and (options.score[both] == ledger.score[both]).all()
    assert player.quarter == "2025Q4"


def test_the_menu_without_the_adviser_holds_no_score(run, theme):
    ledger = run.ledgers["2026Q2", "USA"] if ("2026Q2", "USA") in run.ledgers else run.ledgers[FREE, "JPN"]
    silent, advised = (menu(ledger, on, theme, SAY) for on in (False, True))
    moves = [one for group in silent["groups"] for one in group["moves"]]
    assert len(moves) == len(ledger) - 1
    assert {one["worth"] + one["terms"] for one in moves} == {""} and silent["hold"]["worth"] == ""
    best = advised["groups"][0]
    worth = (ledger.score - ledger.act_cost)[ledger.operation != "hold"]
    assert best["first"] and best["moves"][0]["name"] == ledger.candidate[worth.idxmax()]
    assert "%" in best["moves"][0]["worth"]


def test_the_situation_tells_tariffs_demands_and_numbers(run, theme):
    told = in_force(run, "2025Q4", "JPN", theme, SAY)
    assert told[0].startswith("Mean tariff of the United States on Japan: ")
    assert any("Withheld by China" in one for one in told)
    (open_then,) = [one for one in cases(run, "2025Q4", "JPN", theme, SAY) if one.startswith("China")]
    assert "in force" in open_then and "since 2025Q4" in open_then
    assert cases(run, "2025Q1", "JPN", theme, SAY) == []
    names = [one.name for one in lines(run, FREE, "JPN", theme, SAY)]
    assert len(names) == len(MEASURES) and names[0] == "Real income, % against the base year"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_comes_from_a_run_is_escaped(run, language):
    say = texts_of(language)
    theme = theme_of(scenario_of(CHOICE), say)
    evil = theme.__class__(**(theme.__dict__ | {"region_names": {"USA": "<script>x</script>"}, "texts": {}}))
    html = situation_html(run, "2025Q4", "JPN", evil, say)
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_regret_is_the_difference_of_two_runs_that_differ_in_that_move_alone(game, run):
    found = debrief(game, run, "JPN", PLAYED[-1], ["status_quo"], make)
    (one,) = found.moves
    assert not one.same and one.made.candidate == MINE
    other = played(moved(CHOICE, FREE, one.advised.candidate))
    gain = (course(other, "JPN") - course(run, "JPN")).loc[FREE:]
    assert one.regret == pytest.approx(float(gain.mean()), abs=1e-12)
    worth = [row.score - row.act_cost for row in (one.advised, one.made)]
    assert one.gap == pytest.approx(worth[0] - worth[1]) and one.gap > 0
    assert found.outcome == outcome(run, "JPN", PLAYED[-1])
    by_rule = simulate("tariffs_2025", "status_quo", 7, quarters=QUARTERS)
    for code in ("real_income", "hedging_premium"):
        assert found.policies[0].outcome[code] == outcome(by_rule, "JPN", PLAYED[-1])[code]


def test_the_adviser_s_own_move_costs_nothing():
    best = judged(*_advised(), "JPN")
    assert [one.same for one in best] == [True]


def _advised():
    player = make(CHOICE, 0)
    while len(player.records) < PLAYED.index(FREE):
        player.advance()
    options = player.options("JPN")
    pick = options.candidate[(options.score - options.act_cost).idxmax()]
    choice = moved(CHOICE, FREE, pick)
    return choice, played(choice, 5)


def test_a_later_move_that_can_no_longer_be_made_gives_way_to_holding(run):
    later = moved(moved(CHOICE, FREE, MINE), "2026Q2", f"{MINE} no more")
    with pytest.raises(MoveError):
        played(later)
    found = debrief(later, run, "JPN", PLAYED[-1], [], make)
    assert found.moves[0].missed == ("2026Q2",)


def test_what_a_person_made_others_do_stays_under_every_policy(game, run):
    forced = moved(game, "2026Q2", "hold", actor="USA")
    seen = []

    def watched(choice, most):
        seen.append(choice)
        return make(choice, most)

    debrief(forced, run, "JPN", "2026Q2", ["status_quo"], watched)
    assert [[one.actor for one in choice.turns] for choice in seen if choice.policy == "status_quo"] == [["USA"]]


def test_a_move_of_another_that_a_policy_does_not_permit_gives_way_to_holding(game, run):
    forced = moved(game, "2026Q2", "no such move", actor="USA")
    found = debrief(forced, run, "JPN", "2026Q2", ["status_quo"], make)
    assert found.policies[0].outcome and not found.policies[0].problem


def test_a_policy_that_cannot_be_played_says_why(game, run):
    found = debrief(game, run, "JPN", "2026Q1", ["no_such_policy"], make)
    assert "no_such_policy" in found.policies[0].problem and found.policies[0].outcome == {}


def test_a_debrief_stops_when_nobody_waits(game, run):
    asked = []

    def tell(done, of):
        asked.append((done, of))
        if len(asked) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        debrief(game, run, "JPN", PLAYED[-1], ["status_quo"], make, tell)
    assert len(asked) == 3 and asked[0][1] == 2


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_debrief_reads_in_each_language(game, run, language):
    say = texts_of(language)
    theme = theme_of(scenario_of(CHOICE), say)
    found = debrief(game, run, "JPN", PLAYED[-1], ["status_quo", "no_such_policy"], make)
    html = debrief_html(found, run, {"status_quo": "<As it is>"}, theme, say)
    assert "&lt;As it is&gt;" in html and "<As" not in html
    assert html.count("<tr") == 6 and say("chair.turning") in html
    assert 1 <= len(found.turning_points) <= 3
    assert all(isinstance(one, (Judged, Swing)) for one in found.turning_points)
    assert found.worst is None or found.worst.regret > 0
