"""One tab's laboratory: steps, ghosts, errors; with the engine, for a few quarters, and the worker run by hand."""

import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

from sim.errors import SolverError
from sim.run import simulate
from tests.viz.waited import until
from viz import kept as building
from viz import lab as module
from viz import worlds
from viz.lab import Lab
from viz.state import Choice, Place
from viz.waiting import Line

FEW = 3
RENEWAL = "model.trade.contract_renewal"


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(building, "start", partial(building.start, quarters=FEW))
    monkeypatch.setattr(module, "PACE", 0)
    monkeypatch.setattr(module, "REST", 0)
    made = Lab(Place(Choice("tariffs_2025", "eu_hedge", 7)))
    made.start_worker = made.work
    return made


def test_a_new_lab_shows_nothing_and_prepares_the_world(lab):
    lab.prepare()
    assert lab.shown.value.quarter is None and not lab.status.value.busy


def test_steps_go_forward_and_back_without_computing_twice(lab):
    lab.step()
    lab.step()
    assert lab.shown.value.quarter == "2025Q2"
    run = lab.shown.value.run
    lab.back()
    assert lab.shown.value.quarter == "2025Q1"
    lab.step()
    assert lab.shown.value.run is run and lab.shown.value.quarter == "2025Q2"
    lab.show_count(0)
    assert lab.shown.value.quarter is None and lab.shown.value.played == 2


def test_play_goes_to_the_end_and_stops(lab):
    lab.play()
    assert lab.shown.value.quarter == "2025Q3" and not lab.status.value.playing
    lab.step()
    assert lab.shown.value.played == FEW


def test_another_choice_makes_the_run_a_ghost(lab):
    lab.play()
    before = lab.shown.value.run
    lab.choose(Choice("tariffs_2025", "status_quo", 7))
    assert lab.shown.value.ghost is before and lab.shown.value.run is None
    lab.step()
    assert lab.shown.value.run.policy == "status_quo"
    assert lab.shown.value.ghost_choice.policy == "eu_hedge"


def test_the_same_choice_changes_nothing(lab):
    lab.step()
    shown = lab.shown.value
    lab.choose(shown.choice)
    assert lab.shown.value is shown


def test_an_error_becomes_a_sentence_and_a_second_try_works(lab, monkeypatch):
    broken = partial(building.start)

    def fail(*args, **kwargs):
        raise SolverError("did not converge", run=0, step=2)

    monkeypatch.setattr(building, "start", fail)
    lab.step()
    assert lab.status.value.error == "did not converge (run 0, step 2)" and not lab.status.value.busy
    lab.play()
    assert not lab.status.value.playing
    monkeypatch.setattr(building, "start", broken)
    lab.again()
    assert not lab.status.value.error and not lab.past
    lab.step()
    assert lab.shown.value.quarter == "2025Q1"


def test_an_unexpected_error_is_a_sentence_too(lab, monkeypatch):
    monkeypatch.setattr(building, "start", lambda *args, **kwargs: 1 / 0)
    lab.step()
    assert lab.status.value.error.startswith("Something went wrong that nobody foresaw (")


def test_a_choice_made_while_a_quarter_is_computed_drops_it(lab):
    lab.prepare()
    model = lab._model
    advance = model.advance

    def advance_and_choose():
        advance()
        lab.choose(Choice("tariffs_2025", "status_quo", 7))

    model.advance = advance_and_choose
    lab.step()
    assert lab.shown.value.choice.policy == "status_quo" and lab.shown.value.run is None


def test_a_closed_tab_stops_the_worker(lab):
    lab.close()
    lab.play()
    assert lab.shown.value.run is None


def test_two_labs_share_nothing(lab):
    other = Lab(Place(Choice("tariffs_2025", "eu_hedge", 7)))
    lab.step()
    assert other.shown.value.run is None


def test_the_run_of_the_page_is_the_run_of_the_command(lab):
    lab.play()
    run = simulate("tariffs_2025", "eu_hedge", 7, quarters=FEW)
    assert run.portfolio.equals(lab.shown.value.run.portfolio)
    assert run.moves.equals(lab.shown.value.run.moves)


def changed_in_its_second_quarter(lab):
    """The choice before and after a lever was moved there."""
    first = lab.choice
    lab.step()
    lab.step()
    second = first.with_values({RENEWAL: 0.1})
    lab.choose(second, aim="2025Q2")
    return first, second


def test_undo_redo_and_reset_go_to_the_quarter_shown(lab):
    first, second = changed_in_its_second_quarter(lab)
    assert lab.shown.value.quarter == "2025Q2" and lab.shown.value.ghost_choice == first
    lab.undo()
    assert lab.choice == first and lab.shown.value.quarter == "2025Q2" and lab.future == [second]
    lab.redo()
    assert lab.choice == second and lab.past == [first] and not lab.future
    lab.reset()
    assert lab.choice == first and lab.shown.value.quarter == "2025Q2" and lab.past == [first, second]


@pytest.fixture
def slow(lab):
    """A lab whose worker works when it is told to: what a person does meanwhile comes first."""
    lab.step()
    lab.step()
    lab.start_worker = lambda: None
    return lab


def levered(lab, *values):
    """Levers let go of one after the other, as the page does it."""
    for value in values:
        lab.choose(lab.choice.with_values({RENEWAL: value}), aim=lab.heading)


def test_levers_moved_in_quick_succession_end_at_the_quarter_that_was_shown(slow):
    levered(slow, 0.1, 0.11, 0.12)
    assert slow.shown.value.quarter == "2025Q2"  # the run before stays until there is a quarter of the next one
    slow.work()
    assert slow.shown.value.quarter == "2025Q2" and dict(slow.choice.values) == {RENEWAL: 0.12}


@pytest.mark.parametrize("then", ["undo", "reset", "undo twice and redo"])
def test_a_change_taken_back_before_it_is_played_keeps_the_quarter(slow, then):
    levered(slow, 0.1, 0.11)
    {"undo": slow.undo, "reset": slow.reset}.get(then, lambda: (slow.undo(), slow.undo(), slow.redo()))()
    slow.work()
    assert slow.shown.value.quarter == "2025Q2"


def test_who_goes_elsewhere_meanwhile_is_not_brought_back(slow):
    levered(slow, 0.1)
    slow.show_count(0)
    assert slow.heading is None
    slow.work()
    assert slow.shown.value.cursor == 0 and not slow.waits


def test_who_goes_back_while_a_quarter_is_computed_stays_there(lab, monkeypatch):
    lab.step()
    advance = module.Player.advance

    def meanwhile(player):
        lab.back()
        return advance(player)

    monkeypatch.setattr(module.Player, "advance", meanwhile)
    lab.step()
    assert (lab.shown.value.cursor, lab.shown.value.played) == (0, 2)
    lab.step()
    assert lab.shown.value.quarter == "2025Q1"  # of what is played already


def test_no_more_tabs_compute_at_once_than_there_are_processors(lab, monkeypatch):
    entered = []

    class Noted(Line):
        @contextmanager
        def turn(self, go_on):
            entered.append(lab.shown.value.played)
            with super().turn(go_on):
                yield
            assert lab.shown.value.played == entered[-1]  # drawing waits for nobody's turn

    monkeypatch.setattr(module, "COMPUTING", Noted(1))
    lab.step()
    lab.step()
    lab.back()
    lab.step()  # shown again: nothing is computed
    assert entered == [0, 1] and lab.shown.value.played == 2


def test_who_asks_first_computes_first_and_who_asks_again_comes_last():
    line, served, asked = Line(1), [], threading.Event()

    def tab(name):
        for _ in range(3):
            with line.turn(lambda: None):
                served.append(name)
                asked.wait(10)
                time.sleep(0.02)

    threads = [threading.Thread(target=tab, args=(name,)) for name in "abcd"]
    for count, thread in enumerate(threads):
        thread.start()
        until(lambda count=count: len(line._there) == count + 1)
    asked.set()
    for thread in threads:
        thread.join()
    assert served == list("abcd") * 3


def test_who_is_overtaken_leaves_the_line():
    line = Line(1)

    def go_on():
        raise module.Overtaken

    with line.turn(lambda: None), pytest.raises(module.Overtaken), line.turn(go_on):
        raise AssertionError
    assert len(line._there) == 0


def test_tabs_that_step_at_once_hold_the_bits_of_their_own_runs(monkeypatch):
    """Threads as the server has them, on the small world: eight tabs, three quarters, three policies."""
    monkeypatch.setattr(module, "REST", 0)
    policies = ("status_quo", "alliance_first", "adaptive")
    labs = [Lab(Place(Choice("small_rivalry", policies[k % 3], 1 + k))) for k in range(8)]
    together, last = threading.Barrier(len(labs)), {}

    def tab(k, lab):
        lab.start_worker = lab.work
        lab.prepare()
        together.wait()
        for _ in range(3):
            lab.step()
        last[k] = lab.shown.value.run

    threads = [threading.Thread(target=tab, args=pair) for pair in enumerate(labs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, lab in enumerate(labs):
        run = simulate("small_rivalry", lab.choice.policy, 1 + k, quarters=4)
        for name in ("portfolio", "moves"):
            whole = getattr(run, name)
            theirs = whole[whole.quarter.isin(last[k].quarters)].reset_index(drop=True)
            assert getattr(last[k], name).reset_index(drop=True).equals(theirs), (k, name)
        assert len(last[k].quarters) == 3


def test_what_is_under_way_ends_with_its_tab(lab):
    turns = lab.comparing._turn, lab.playing_out._turn
    lab.close()
    assert (lab.comparing._turn, lab.playing_out._turn) == (turns[0] + 1, turns[1] + 1)


def test_the_last_change_is_played_again_before_and_after(lab):
    first, second = changed_in_its_second_quarter(lab)
    seen = []
    lab.shown.subscribe(lambda shown: seen.append((dict(shown.choice.values).get(RENEWAL), shown.quarter)))
    lab.replay()
    assert [one for one in seen if one[1]] == [(None, "2025Q1"), (None, "2025Q2"), (0.1, "2025Q1"), (0.1, "2025Q2")]
    assert lab.choice == second and lab.past == [first] and not lab.status.value.playing


def test_the_run_before_stays_on_the_page_until_there_is_a_quarter_of_the_next(lab):
    lab.step()
    empty = []
    lab.shown.subscribe(lambda shown: empty.append(shown.run is None))
    lab.choose(lab.choice.with_values({RENEWAL: 0.12}), aim="2025Q1")
    assert lab.shown.value.quarter == "2025Q1" and not any(empty)


def test_a_newer_choice_ends_what_an_older_one_computes(lab, monkeypatch):
    """The older one stands before its fit, which asks between two actors whether to go on."""
    asked = []
    fit = worlds.fit

    def chosen_meanwhile(scenario, hedges, between):
        def between_and_choose():
            asked.append(scenario)
            if len(asked) == 1:
                lab.choose(lab.choice.with_values({RENEWAL: 0.14}), aim="2025Q1")
            between()

        return fit(scenario, hedges, between_and_choose)

    monkeypatch.setattr(worlds, "fit", chosen_meanwhile)
    lab.choose(Choice("china_chokehold", "eu_hedge", 7).with_values({RENEWAL: 0.13}), aim="2025Q1")
    assert dict(lab.choice.values) == {RENEWAL: 0.14} and lab.shown.value.quarter == "2025Q1"
    assert len([one for one in asked if one is asked[0]]) == 1  # nobody asked the older fit again


def test_a_scenario_that_is_free_from_the_start_says_what_it_knows_before_the_fit(lab, monkeypatch):
    stills = []
    lab.shown.subscribe(lambda shown: stills.append(shown.still is not None))
    lab.choose(Choice("china_chokehold", "eu_hedge", 7).with_values({RENEWAL: 0.11}), aim="2025Q1")
    assert any(stills) and lab.shown.value.still is None and lab.shown.value.quarter == "2025Q1"


def test_a_step_asked_for_while_the_run_is_set_up_is_taken_after_its_quarter(lab):
    lab.start_worker = lambda: None
    lab.choose(Choice("tariffs_2025", "status_quo", 7), aim="2025Q2")
    lab.step()
    lab.work()
    assert lab.shown.value.quarter == "2025Q3"
