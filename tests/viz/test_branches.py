"""Branches: both futures are played to their end, nothing known is played again, names follow the language."""

import threading
import time

import pytest

from sim.player import Player
from sim.run import simulate
from sim.scenario.turns import MoveTurn, ValuesTurn
from tests.viz.waited import until
from viz import branching, kept
from viz import lab as module
from viz.changes import branch_name
from viz.kept import Kept
from viz.lab import Lab
from viz.language import texts_of
from viz.read import headline
from viz.state import Choice, Place
from viz.tabs.branches import grow
from viz.tabs.sides import course_rows, difference_said, name_of, other_of, side, side_text
from viz.tree import Tree
from viz.waiting import Line
from viz.words import difference_text, value_text
from viz.worlds import scenario_of

BASE = Choice("small_rivalry", "status_quo", 7)
RENEWAL = "model.trade.contract_renewal"


@pytest.fixture
def lab(monkeypatch):
    """A tab that shows the second quarter; its worker is a thread, as on the page."""
    monkeypatch.setattr(module, "PACE", 0)
    made = Lab(Place(BASE, quarter=quarters()[1]))
    made.start_worker = lambda: threading.Thread(target=made.work, daemon=True).start()
    made.prepare()
    until(lambda: made.shown.value.quarter == quarters()[1] and not made._worker)
    yield made
    made.close()


def quarters():
    return [f"{2025 + k // 4}Q{k % 4 + 1}" for k in range(scenario_of(BASE).file.quarters)]


def renewed(quarter, value=0.15):
    return ValuesTurn(type="values", quarter=quarter, values={RENEWAL: value})


def ended(lab):
    until(lambda: not lab.playing_out.state.value.running)
    assert not lab.playing_out.state.value.error


def both(lab):
    shown = lab.shown.value
    return {"here": side(lab, shown, shown.choice), "other": side(lab, shown, other_of(lab, shown))}


def test_after_branching_both_futures_are_there_to_the_end_with_the_numbers_of_the_command(lab):
    turn = renewed(quarters()[1])
    grow(lab, turn, "")
    ended(lab)
    until(lambda: not lab._worker)
    assert lab.playing_out.quarters.value == (48, 48)
    runs, say = both(lab), texts_of("en")
    assert lab.shown.value.quarter == quarters()[1]  # the page itself stays where it was
    assert all(known == quarters() for _, known in runs.values())
    plain = simulate("small_rivalry", "status_quo", 7)
    turned = simulate(scenario_of(BASE.with_turn(turn)), "status_quo", 7)
    for key, run in (("other", plain), ("here", turned)):
        want = [headline(run.portfolio, run.focus, "coercibility", quarter).value for quarter in quarters()]
        assert course_rows(key, runs[key])[1]["coercibility"]["mean"].tolist() == want
    last = [headline(run.portfolio, run.focus, "coercibility", quarters()[-1]).value for run in (turned, plain)]
    said = side_text(runs, "coercibility", say)
    assert f"{value_text(last[0], 'coercibility')} here, {value_text(last[1], 'coercibility')} in the other" in said
    assert difference_text(last[0] - last[1], "coercibility", say) in said and last[0] != last[1]
    sentence = difference_said(runs, {"here": "A", "other": "B"}, quarters()[-1], say)
    assert sentence.startswith(f"In the last quarter, {quarters()[-1]}, A has, against B: ")


def test_what_was_played_out_is_shown_without_playing_it_again(lab, monkeypatch):
    grow(lab, renewed(quarters()[1]), "")
    ended(lab)
    until(lambda: not lab._worker)
    played = []
    monkeypatch.setattr(Player, "advance", lambda self: played.append(self) or pytest.fail("played again"))
    branch = lab.choice
    lab.to_end()  # the branch that is on the page
    until(lambda: lab.shown.value.quarter == quarters()[-1])
    lab.choose(BASE, aim=quarters()[3])  # as Show does
    until(lambda: lab.shown.value.choice == BASE and lab.shown.value.quarter == quarters()[3])
    assert lab.shown.value.played == len(quarters())
    lab.choose(branch, aim=quarters()[2])
    until(lambda: lab.shown.value.choice == branch and lab.shown.value.quarter == quarters()[2])
    assert not played and not lab.status.value.error


def test_another_branch_ends_what_was_being_played_and_a_tab_that_goes_too(lab, monkeypatch):
    gate = Line(1)
    monkeypatch.setattr(branching, "COMPUTING", gate)
    with gate.turn(lambda: None):  # the server is busy: nobody plays
        grow(lab, renewed(quarters()[1]), "")
        time.sleep(0.5)
        assert lab.playing_out.state.value.running and lab.playing_out.quarters.value[0] == 0
        grow(lab, renewed(quarters()[1], 0.02), "")
    ended(lab)
    first, second = (one.choice for one in lab.tree.value.branches[1:])
    assert BASE not in lab.played_out and {first, second} <= set(lab.played_out)
    lab.playing_out.start(lab, [BASE])
    lab.close()
    until(lambda: not any(one.name == "hedgelab branches" for one in threading.enumerate()))
    assert BASE not in lab.played_out


def test_a_trunk_is_held_against_its_newest_branch_and_a_stranger_against_the_run_before(lab):
    grow(lab, renewed(quarters()[1]), "")
    branch = lab.choice
    until(lambda: lab.shown.value.choice == branch)
    assert other_of(lab, lab.shown.value) == BASE
    lab.choose(BASE)
    assert other_of(lab, lab.shown.value) == branch
    until(lambda: not lab._worker)
    lab.step()
    until(lambda: lab.shown.value.quarter == quarters()[0])
    lab.choose(BASE.with_values({RENEWAL: 0.1}))
    assert other_of(lab, lab.shown.value) == BASE


def test_a_branch_is_called_in_the_language_of_the_tab_unless_a_person_named_it(lab):
    grow(lab, renewed(quarters()[1]), "")
    trunk, branch = lab.tree.value.branches
    assert name_of(lab, trunk.choice) == "The run at first"
    assert name_of(lab, branch.choice).startswith(f"From {quarters()[1]}: Contracts renewed a quarter 0.15")
    lab.language.value = "ja"
    assert name_of(lab, trunk.choice) == "元の実行"
    assert name_of(lab, branch.choice).startswith(f"{quarters()[1]} から：")
    lab.tree.value = lab.tree.value.renamed(branch.key, "faster")
    assert name_of(lab, branch.choice) == "faster"
    lab.tree.value = lab.tree.value.renamed(branch.key, "").without(trunk.key)
    assert name_of(lab, branch.choice) == "faster"


def test_a_forced_move_is_called_in_both_languages(lab):
    lab.phrases = {"en": {"x": "Hold still"}, "ja": {"x": "静観する"}}
    turn = MoveTurn(type="move", quarter=quarters()[1], actor="AAA", move="x")
    tree = Tree().grown(BASE.with_turn(turn), "", BASE, turn.quarter)
    for code, said in (("en", "Hold still"), ("ja", "静観する")):
        lab.language.value = code
        assert said in branch_name(tree.branches[1], tree, texts_of(code), lab.move_names)


def test_the_player_that_is_further_is_taken():
    class Made:
        def __init__(self, count):
            self.records = dict.fromkeys(range(count))

    one, two, held = Made(2), Made(3), Kept()
    assert held.furthest(BASE, one) is one and held.furthest(BASE, None) is None
    held.put(BASE, two)
    assert held.furthest(BASE, one) is two and held.furthest(BASE, two) is two
    with held.in_hand(two):
        assert held.furthest(BASE, one) is one
    assert kept.KEPT > 2
