"""What every decision rule must do, and what happens to one that does not."""

import pickle
import sys
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from sim import draws
from sim.batch import compare
from sim.engine.step import seen_by
from sim.errors import MoveError
from sim.moves.catalogue import Catalogue
from sim.moves.score import score, unscored
from sim.moves.supposed import Others
from sim.run import simulate, start
from sim.scenario.load import load_policy
from sim.scenario.sample import sample
from sim.strategies import find_strategy, strategy_names
from sim.strategies.base import Strategy, candidate_costs
from sim.strategies.human import Human
from sim.strategies.quantal_response import QuantalResponse, nests
from tests.conftest import SEED, scenario_of
from tests.scenes import without_vetoes

OWN_RULE = '''"""A rule of a user's own."""
from sim.strategies.base import Strategy


class Cautious(Strategy):
    name = "cautious"

    def choose(self, seen, scored):
        return 0


class Unfinished:
    pass
'''


@pytest.fixture(scope="module")
def offers(decisions, ledgers):
    """(what the actor sees, its ledger) of several decisions."""
    return [(seen_by(design, scene.world, actor, scene), ledger)
            for (design, scene, actor), (ledger, _) in zip(decisions, ledgers, strict=True)]  # fmt: skip


def made(name):
    """A rule of the folder with what it needs: a person is one that always takes the best move offered."""
    return Human(ask=take_the_best) if name == "human" else find_strategy(name)


def take_the_best(seen, scored):
    """What a person might answer: the name of the candidate with the highest score, hold among them."""
    return scored.catalogue.names[int(np.nanargmax(np.where(scored.feasible, scored.score, np.nan)))]


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """A module of a user's own on the path."""
    (tmp_path / "own_rules.py").write_text(OWN_RULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_rules"
    sys.modules.pop("own_rules", None)


def odds(chance):
    return chance / (1 - chance)


def with_copies(ledger, which, times=1):
    """The ledger with copies of some candidates, under names of their own."""
    moves = ledger.catalogue.candidates
    more = [replace(moves[k], name=f"{moves[k].name}, again {t}") for t in range(times) for k in which]
    index = np.concatenate([np.arange(len(moves)), np.tile(which, times)]).astype(int)
    catalogue = Catalogue(ledger.catalogue.actor, (*moves, *more))
    return replace(ledger, catalogue=catalogue, feasible=ledger.feasible[index], terms=ledger.terms[index],
                   exact=ledger.exact[index])  # fmt: skip


def without_threats(ledger):
    """The ledger with no threat open: whether to wait with one, only a score says."""
    free = ledger.feasible & np.array([move.instrument != "threat" for move in ledger.catalogue.candidates])
    return replace(ledger, feasible=free, terms=np.where(free[:, None], ledger.terms, np.nan))


# --- every rule -------------------------------------------------------------------------------------------


def test_the_rules_of_the_folder_are_found():
    written = {"quantal_response", "best_response", "tit_for_tat", "scripted", "random", "human", "level_k",
               "fictitious_play", "experience_weighted"}  # fmt: skip
    assert written <= set(strategy_names())
    assert "base" not in strategy_names()


@pytest.mark.parametrize("name", strategy_names())
def test_a_rule_is_found_by_the_name_it_carries(name):
    rule = find_strategy(name)
    assert isinstance(rule, Strategy) and rule.name == name and type(rule).__doc__


@pytest.mark.parametrize("name", strategy_names())
def test_a_rule_returns_a_feasible_candidate(name, offers):
    rule = made(name)
    for seen, ledger in offers:
        pick = rule.choose(seen, ledger)
        assert isinstance(pick, int | np.integer) and ledger.feasible[pick]
        assert rule.choose(seen, ledger) == pick  # the same luck, the same pick


@pytest.mark.parametrize("name", strategy_names())
def test_probabilities_sum_to_one_and_are_zero_where_nothing_can_be_done(name, offers):
    rule = made(name)
    for seen, ledger in offers:
        chance = rule.probabilities(seen, ledger)
        assert chance.shape == ledger.feasible.shape
        assert (chance >= 0).all() and chance.sum() == pytest.approx(1, abs=1e-12)
        assert not chance[~ledger.feasible].any()
        assert chance[rule.choose(seen, ledger)] > 0


@pytest.mark.parametrize("name", strategy_names())
def test_a_rule_leaves_the_ledger_as_it_was(name, offers):
    rule, (seen, ledger) = made(name), offers[0]
    terms, can = ledger.terms.copy(), ledger.feasible.copy()
    rule.choose(seen, ledger)
    rule.probabilities(seen, ledger)
    assert np.array_equal(ledger.terms, terms, equal_nan=True) and np.array_equal(ledger.feasible, can)


@pytest.mark.parametrize("name", [n for n in strategy_names() if not find_strategy(n).looks_at_scores])
def test_a_rule_that_looks_at_no_score_picks_the_same_without_them(name, decisions, offers):
    rule = made(name)
    for (_, scene, _), (seen, ledger) in zip(decisions, offers, strict=True):
        free = (
            score(without_vetoes(scene), ledger.catalogue) if ledger.vetoed else ledger
        )  # nobody weighs: nobody blocks
        bare, ledger = unscored(scene, ledger.catalogue), without_threats(free)
        assert np.array_equal(bare.feasible, ledger.feasible) and np.array_equal(bare.offended, ledger.offended)
        assert rule.choose(seen, bare) == rule.choose(seen, ledger)
        assert np.array_equal(rule.probabilities(seen, bare), rule.probabilities(seen, ledger))


@pytest.mark.parametrize("name", strategy_names())
def test_a_rule_holds_when_there_is_nothing_else(name, offers):
    seen, ledger = offers[0]
    alone = replace(ledger, feasible=np.arange(len(ledger.feasible)) == 0,
                    terms=np.where(np.arange(len(ledger.feasible))[:, None] == 0, 0.0, np.nan))  # fmt: skip
    rule = made(name)
    assert rule.choose(seen, alone) == 0
    assert rule.probabilities(seen, alone)[0] == 1


@pytest.mark.parametrize("name", strategy_names())
def test_a_copy_of_a_rule_and_one_that_travelled_between_processes_pick_the_same(name, offers):
    rule = made(name)
    for one in (deepcopy(rule), pickle.loads(pickle.dumps(rule))):
        for seen, ledger in offers[::3]:
            assert one.choose(seen, ledger) == rule.choose(seen, ledger)
            assert np.array_equal(one.probabilities(seen, ledger), rule.probabilities(seen, ledger))


@pytest.mark.parametrize("name", strategy_names())
def test_a_rule_asks_for_no_luck_but_its_own(name, offers, monkeypatch):
    asked, uniform = set(), draws.uniform

    def noted(seed, channel, run, step, actor, names):
        asked.add(str(actor))
        return uniform(seed, channel, run, step, actor, names)

    monkeypatch.setattr(draws, "uniform", noted)
    for seen, ledger in offers[::3]:
        asked.clear()
        made(name).choose(seen, ledger)
        assert asked <= {seen.actor}


@pytest.mark.parametrize("name", strategy_names())
def test_what_mood_the_others_are_in_changes_no_pick(name, decisions, offers):
    for (design, scene, actor), (seen, ledger) in list(zip(decisions, offers, strict=True))[::3]:
        politics = np.where(np.arange(len(scene.world.politics))[:, None] == actor, scene.world.politics, 3.0)
        moody = replace(scene, world=replace(scene.world, politics=politics))
        other = replace(seen, others=Others(moody, design.catalogues, actor))
        assert made(name).choose(other, ledger) == made(name).choose(seen, ledger)


def crowd(first):
    """Rules by actor: this one for the first, the next of the folder for the others."""
    names, actors = strategy_names(), scenario_of("both_squeeze").file.actors
    begin = names.index(first)
    return {code: made(names[(begin + k) % len(names)]) for k, code in enumerate(actors)}


@pytest.mark.parametrize("name", strategy_names())
def test_a_run_with_it_copied_halfway_goes_on_alike_and_remembers_what_was_picked(name, fitted):
    scenario = scenario_of("both_squeeze")
    model = start(scenario, "adaptive", seed=SEED, quarters=3, strategy=crowd(name), rest=fitted())
    model.step()
    twin = deepcopy(model)
    for one in (model, twin):
        while not one.done:
            one.step()
    picks, again = ([[d.pick for d in q.decisions] for q in one.quarters] for one in (model, twin))
    assert picks == again and np.array_equal(model.world.tariff, twin.world.tariff)
    assert [one.move for one in model.world.past] == [one.move for one in twin.world.past]
    design = model.design
    decided = [(q.label, design.base.regions[d.actor], design.catalogues[d.actor].names[d.pick])
               for q in model.quarters for d in q.decisions if d.ledger is not None]  # fmt: skip
    assert [(m.move.quarter, m.move.actor, m.move.name) for m in model.world.past] == decided


@pytest.mark.parametrize("first", strategy_names()[::4])
def test_a_run_alone_is_the_row_of_a_batch_with_every_rule(first):
    """Four rules at once, by four actors, on two processes: with each fourth as the first, all are played."""
    scenario, rules = scenario_of("both_squeeze"), crowd(first)
    batch = compare(scenario, ["adaptive"], reference="adaptive", runs=2, seed=SEED, quarters=2, workers=2,
                    strategy=rules)  # fmt: skip
    assert not len(batch.failures)
    values = sample(scenario, load_policy("adaptive"), SEED, 2)[1]
    alone = simulate(scenario, "adaptive", SEED, run=1, quarters=2, values=values, strategy=rules)
    for table, whole in ((alone.moves, batch.moves), (alone.portfolio, batch.portfolio)):
        row = whole[whole.run == 1].drop(columns=["policy", "run", "draw", "luck"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(row, table, check_exact=True)


# --- each rule by itself -----------------------------------------------------------------------------------


def test_a_script_without_lines_holds_and_one_with_a_line_follows_it(offers):
    for seen, ledger in offers[::4]:
        assert find_strategy("scripted").choose(seen, ledger) == 0
        pick = int(np.flatnonzero(ledger.feasible)[-1])
        rule = find_strategy("scripted", script={seen.quarter: ledger.catalogue.names[pick]})
        assert rule.choose(seen, ledger) == pick
        assert rule.choose(replace(seen, quarter="1999Q1"), ledger) == 0


def test_a_script_of_what_cannot_be_done_says_so(offers):
    seen, ledger = offers[0]
    closed = ledger.catalogue.names[int(np.flatnonzero(~ledger.feasible)[0])]
    for wanted, says in (("no such move", "no move is named 'no such move'"), (closed, "cannot be made")):
        with pytest.raises(MoveError, match=says) as caught:
            find_strategy("scripted", script={seen.quarter: wanted}).choose(seen, ledger)
        assert seen.actor in str(caught.value) and seen.quarter in str(caught.value)


def test_a_best_response_is_the_largest_gain_net_of_the_cost_of_acting(offers):
    acted = 0
    for seen, ledger in offers:
        net = ledger.score - candidate_costs(seen, ledger)
        pick = find_strategy("best_response").choose(seen, ledger)
        assert net[pick] == max(np.nanmax(net), 0)
        acted += pick != 0
    assert 0 < acted < len(offers) or acted == len(offers)


def test_tit_for_tat_answers_a_breach_in_full_and_never_raises_first(offers):
    operations = []
    for seen, ledger in offers:
        pick = find_strategy("tit_for_tat").choose(seen, ledger)
        move = ledger.catalogue.candidates[pick]
        can = [m for m, ok in zip(ledger.catalogue.candidates, ledger.feasible, strict=True) if ok]
        matches = [m.level for m in can if m.operation == "match"]
        assert (move.operation == "match" and move.level == max(matches)) if matches else move.operation != "raise"
        operations.append(move.operation)
    assert "match" in operations


def test_quantal_response_picks_as_often_as_its_probabilities_say(offers):
    draws = 3000
    # the offer with the most candidates that are drawn often enough to be counted
    seen, ledger = max(offers, key=lambda o: (draws * QuantalResponse().probabilities(*o) >= 8).sum())
    chance = QuantalResponse().probabilities(seen, ledger)
    picks = [QuantalResponse().choose(replace(seen, run=run, seed=11), ledger) for run in range(draws)]
    counts = np.bincount(picks, minlength=len(chance))
    assert not counts[chance == 0].any()
    likely = draws * chance >= 8
    assert likely.sum() >= 5
    observed = [*counts[likely], counts[~likely].sum()]
    expected = [*(draws * chance[likely]), draws * chance[~likely].sum()]
    assert chisquare(observed, expected).pvalue > 0.01


def test_random_picks_every_feasible_candidate_about_as_often(offers):
    seen, ledger = offers[0]
    picks = [find_strategy("random").choose(replace(seen, run=run), ledger) for run in range(3000)]
    counts = np.bincount(picks, minlength=len(ledger.feasible))[ledger.feasible]
    assert chisquare(counts).pvalue > 0.01


def test_a_better_candidate_is_likelier_within_its_class(offers):
    for seen, ledger in offers:
        chance = QuantalResponse().probabilities(seen, ledger)
        for kind in ("tariff", "control", "hedge"):
            mine = [k for k, m in enumerate(ledger.catalogue.candidates) if m.instrument == kind and ledger.feasible[k]]
            order = sorted(mine, key=lambda k: ledger.score[k])
            assert (np.diff(chance[order]) >= 0).all()


def test_copies_of_every_candidate_alike_leave_the_chance_of_acting_as_it_was(offers):
    for seen, ledger in offers:
        every = [k for k in np.flatnonzero(ledger.feasible) if k]
        act = nests(seen, ledger)[0]
        assert nests(seen, with_copies(ledger, every, 4))[0] == pytest.approx(act, abs=1e-12)


def test_a_copy_of_one_candidate_never_adds_as_much_as_a_sum_would(offers):
    for seen, ledger in offers:
        act = nests(seen, ledger)[0]
        if not 1e-9 < act < 1 - 1e-9:
            continue
        kinds = [m.instrument for m in ledger.catalogue.candidates]
        changes = []
        for k in [k for k in np.flatnonzero(ledger.feasible) if k]:
            n = sum(kind == kinds[k] and ok for kind, ok in zip(kinds, ledger.feasible, strict=True))
            change = odds(nests(seen, with_copies(ledger, [k]))[0]) / odds(act)
            assert n / (n + 1) - 1e-9 <= change <= 2 * n / (n + 1) + 1e-9
            changes.append(change)
        assert abs(np.median(changes) - 1) < 0.05


# --- rules that fail --------------------------------------------------------------------------------------------


class Broken(Strategy):
    """Returns what it was told to, or raises it."""

    name = "broken"
    always_open = True

    def __init__(self, what):
        self.what = what

    def choose(self, seen, scored):
        if isinstance(self.what, Exception):
            raise self.what
        return int(np.flatnonzero(~scored.feasible)[0]) if self.what == "infeasible" else self.what


@pytest.mark.parametrize("error", [ValueError("no idea"), ZeroDivisionError("division"), KeyError("x")])
def test_a_rule_that_raises_is_an_error_that_names_actor_and_quarter(model_of, error):
    model = model_of(strategy={"EU27": Broken(error)}, quarters=2)
    with pytest.raises(MoveError) as caught:
        model.step()
    said = str(caught.value)
    assert "EU27" in said and "2025Q1" in said and type(error).__name__ in said and "broken" in said


@pytest.mark.parametrize("nonsense", [None, "hold", 1.5, -1, 10**6, [0], float("nan"), "infeasible", True, False])
def test_a_rule_that_returns_nonsense_is_an_error_that_names_actor_and_quarter(model_of, nonsense):
    model = model_of(strategy={"USA": Broken(nonsense)}, quarters=2)
    with pytest.raises(MoveError) as caught:
        model.step()
    assert "USA" in str(caught.value) and "2025Q1" in str(caught.value)


def test_no_such_rule_is_refused_with_the_names_there_are():
    with pytest.raises(MoveError, match="no strategy is named 'no_such'") as caught:
        find_strategy("no_such")
    assert all(name in str(caught.value) for name in strategy_names())


def test_a_rule_of_ones_own_is_named_by_module_and_class(own_module, offers):
    rule = find_strategy("own_rules:Cautious")
    assert rule.name == "cautious" and rule.choose(*offers[0]) == 0
    assert rule.probabilities(*offers[0])[0] == 1


@pytest.mark.parametrize(("name", "says"), [
    ("no_such_module:Rule", "no_such_module"), ("own_rules:Missing", "no subclass"),
    ("own_rules:Unfinished", "no subclass"),
])  # fmt: skip
def test_a_path_to_no_rule_says_what_is_wrong(own_module, name, says):
    with pytest.raises(MoveError, match=says):
        find_strategy(name)
