"""Faults and small truths that were once broken: each test is a defect that was found and mended."""

import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sim.batch import compare
from sim.cli import runs
from sim.errors import MoveError
from sim.moves.catalogue import applied, feasible
from sim.record import store
from sim.record.measure import portfolio
from sim.rules.coercion import tail_loss
from sim.run import simulate, start
from sim.strategies import find_strategy
from sim.strategies.base import Strategy
from tests.conftest import scenario_of
from tests.moves.test_catalogue import base_year, raised  # noqa: F401
from tests.test_commands import hedgelab, is_one_sentence

RULES = """
import os
from sim.strategies.base import Strategy

class Base(Strategy):
    name = "own"
    always_open = True
    def choose(self, seen, scored):
        return 0

class Always(Base):
    def choose(self, seen, scored):
        raise ValueError("no idea")

class Dies(Base):
    def choose(self, seen, scored):
        if seen.run == 2:
            os._exit(9)
        return 0

class HalfALetter(Base):
    def choose(self, seen, scored):
        if seen.run == 1:
            raise ValueError("bad \\udcff name")
        return 0

class Second(Base):
    def choose(self, seen, scored):
        if seen.run == 1:
            raise ValueError("no idea")
        return 0

class Needs(Base):
    def __init__(self, size):
        self.size = size
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_rules.py").write_text(RULES)
    (tmp_path / "broken_rules.py").write_text("def (\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("own_rules", "broken_rules"):
        sys.modules.pop(name, None)


# moves/catalogue.py _tariff_feasible
def test_a_feasible_move_changes_the_world(base_year):  # noqa: F811
    base, settings, world, catalogues = base_year
    one, other = list(catalogues)[:2]
    matches = [m for m in catalogues[one].candidates if m.operation == "match" and m.partners == (other,)]
    half = next(m for m in matches if m.level < 1)
    world = applied(base, settings, raised(base, settings, world, other, one, 10), one, half)
    again = applied(base, settings, world, one, half)
    assert not feasible(base, settings, world, one, half) or not np.array_equal(again.tariff, world.tariff)


# engine/model.py HedgingModel.step
def test_stepping_by_hand_is_simulating_on_any_number_of_threads():
    run = simulate(scenario_of("both_squeeze", 2), "adaptive", 3, run=2, quarters=2)
    with threadpool_limits(2, "blas"):
        model = start(scenario_of("both_squeeze", 2), "adaptive", seed=3, run=2, quarters=2)
        while not model.done:
            model.step()
    income = run.portfolio[(run.portfolio.measure == "real_income") & (run.portfolio.quarter == "2025Q2")].value
    assert income.tolist() == [100 * (model.quarters[-1].settled.income[i] - 1) for i in model.design.actors]


# record/measure.py _exposure
def test_plain_exposure_is_of_what_was_paid_under_the_tariffs_of_the_quarter(played):
    for quarter in played("america_first", 2).quarters:
        design = played("america_first", 2).design
        paid = (quarter.settled.at.flow * (1 + quarter.settled.world.tariff))[design.focus].sum(axis=-1)
        paid[design.focus] = 0
        for reading in portfolio(quarter.scene, quarter.settled, design.focus, design.actors):
            if reading.measure == "exposure_share_plain":
                j = design.base.regions.index(reading.partner)
                assert reading.value == pytest.approx(paid[j] / paid.sum(), rel=1e-9), (quarter.label, reading.partner)


# rules/coercion.py tail_loss
def test_a_tail_over_a_loss_that_was_not_computed_is_not_computed():
    assert np.isnan(tail_loss(np.array([0.1, 0.1]), np.array([np.nan, 1.0])))


# run.py compare / _joined
def test_a_comparison_in_which_every_run_fails_says_so(own):
    done = hedgelab("compare", "baseline", "--policy", "status_quo", "--runs", 1, "--quarters", 1, "--workers", 1,
                    "--strategy", "own_rules:Always", "--out", own / "out", "--quiet", path=[own])  # fmt: skip
    assert done.returncode == 1 and "no idea" in done.stderr and "error of its own" not in done.stderr


# cli: no such rule is wrong input
@pytest.mark.parametrize("command", ["run", "compare"])
def test_no_such_strategy_is_wrong_input(command, tmp_path):
    more = ["--policy", "status_quo", "--runs", "1"] if command == "compare" else []
    done = hedgelab(command, "baseline", *more, "--quarters", 1, "--strategy", "nope", "--quiet", folder=tmp_path)
    is_one_sentence(done, "nope", "best_response")


# cli: the place to write is looked at before anything is played, and is input
@pytest.mark.parametrize("out", ["there", "file/out"])
def test_a_place_that_cannot_be_written_is_refused_before_the_first_quarter(out, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_text("")
    done = hedgelab("run", "baseline", "--quarters", 1, "--out", tmp_path / out, "--quiet")
    is_one_sentence(done, out)

    def played(*_, **__):
        raise AssertionError("played before looking at --out")

    monkeypatch.setattr(runs, "simulate", played)
    with pytest.raises(Exception, match=out.split("/")[0]) as caught:
        runs.run_one("baseline", quarters=1, out=tmp_path / out, quiet=True)
    assert not isinstance(caught.value, AssertionError)


# engine/step.py decide, strategies/__init__.py find_strategy
def test_a_rule_whose_probabilities_raise_is_named_with_actor_and_quarter(model_of):
    class Unsure(Strategy):
        name = "unsure"
        always_open = True

        def choose(self, seen, scored):
            return 0

        def probabilities(self, seen, scored):
            raise ValueError("no chance")

    with pytest.raises(MoveError, match="JPN.*2025Q1"):
        model_of(strategy={"JPN": Unsure()}, quarters=1).step()


def test_a_rule_without_a_name_that_raises_is_named_by_its_class(model_of):
    class Nameless(Strategy):
        always_open = True

        def choose(self, seen, scored):
            raise ValueError("no idea")

    with pytest.raises(MoveError, match="JPN.*2025Q1"):
        model_of(strategy={"JPN": Nameless()}, quarters=1).step()


@pytest.mark.parametrize("name", ["own_rules:Needs", "broken_rules:Rule", "own_rules:"])
def test_a_rule_that_cannot_be_made_says_so(own, name):
    with pytest.raises(MoveError):
        find_strategy(name)


# run.py work: one run's unexpected error loses the whole comparison
def test_an_error_of_the_programs_own_in_one_run_loses_no_other(monkeypatch):
    import sim.run

    advance = sim.run.Player.advance

    def breaks(self):
        if self.model.design.run == 1:
            raise np.linalg.LinAlgError("Singular matrix")
        return advance(self)

    monkeypatch.setattr(sim.run.Player, "advance", breaks)
    result = compare("baseline", ["status_quo"], runs=2, quarters=1, workers=1)
    assert result.failures.run.tolist() == [1] and set(result.portfolio.run) == {0}


# sweeps/tasks.py played: a killed worker loses what the others had done
def test_a_killed_worker_loses_only_its_run(own):
    done = hedgelab("compare", "baseline", "--policy", "status_quo", "--runs", 3, "--quarters", 1, "--workers", 2,
                    "--strategy", "own_rules:Dies", "--out", own / "out", "--quiet", path=[own])  # fmt: skip
    assert done.returncode == 1
    assert {0, 1} <= set(store.load_table(own / "out", "portfolio").run)


# tasks.py work: half a character in a message went into a table that no file can hold, and every run was lost
def test_half_a_character_in_a_message_loses_no_run(own):
    done = hedgelab("compare", "baseline", "--policy", "status_quo", "--runs", 2, "--quarters", 1, "--workers", 2,
                    "--strategy", "own_rules:HalfALetter", "--out", own / "out", "--quiet", path=[own])  # fmt: skip
    assert done.returncode == 1 and "bad \\udcff name" in done.stderr
    (said,) = store.load_table(own / "out", "failures").error
    assert said.endswith(": bad \\udcff name")
    assert set(store.load_table(own / "out", "portfolio").run) == {0}


# cli/runs.py _print_comparison
def test_the_number_of_runs_printed_is_the_number_averaged(own):
    done = hedgelab("compare", "baseline", "--policy", "status_quo", "--runs", 2, "--quarters", 2, "--workers", 1,
                    "--strategy", "own_rules:Second", "--out", own / "out", "--quiet", path=[own])  # fmt: skip
    assert "N = 2" not in done.stdout and "N = 1" in done.stdout


# record/store.py save: a report that fails takes the tables with it
def test_a_report_that_fails_loses_no_table(tmp_path):
    from tests.test_commands import save

    def broken(partial):
        raise ValueError("no figure")

    with pytest.raises(Exception, match="no figure"):
        save(tmp_path / "one", broken)
    assert not list(tmp_path.glob(".*")) and (tmp_path / "one" / "moves.parquet").exists()


# run.py work: a rule object that remembers carries one run into the next
def test_a_rule_that_remembers_starts_afresh_in_every_run():
    from tests.rules_that_remember import Every

    one, two = (compare("baseline", ["status_quo"], runs=2, quarters=2, workers=w, strategy={"USA": Every()})
                for w in (1, 2))  # fmt: skip
    assert one.moves.equals(two.moves)
