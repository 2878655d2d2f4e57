"""One run, the same bits: alone, in a batch, in any order, beside any policies, on any number of workers."""

import gc
import weakref

import numpy as np
import pandas as pd
import pytest

from sim.batch import compare, run_tasks
from sim.engine.design import fit
from sim.engine.step import agenda_open, seen_by
from sim.run import simulate
from sim.scenario.load import load_policy
from sim.scenario.sample import sample, with_values
from tests.conftest import scenario_of

SEED, RUNS, QUARTERS = 5, 2, 3
PARTED = 4  # luck in which two policies end differently within five quarters
POLICIES = ["status_quo", "adaptive"]


@pytest.fixture(scope="module")
def scenario():
    """A scenario in which much happens: every actor decides in every quarter."""
    return with_values(scenario_of("both_squeeze"), None, {"model.choice.agenda": 1.0})[0]


@pytest.fixture(scope="module")
def batch(scenario):
    """Both policies on two draws, one process."""
    return compare(scenario, POLICIES, seed=SEED, runs=RUNS, quarters=QUARTERS, workers=1)


@pytest.fixture(scope="module")
def alone(scenario):
    """The same runs one by one: (policy, k) -> Run."""
    out = {}
    for policy, k in (("adaptive", 0), ("status_quo", 1), ("adaptive", 1)):
        values = sample(scenario, load_policy(policy), SEED, RUNS)[k]
        out[policy, k] = simulate(scenario, policy, SEED, run=k, values=values, quarters=QUARTERS)
    return out


def rows(table, policy, run):
    """The rows of one run of a batch, as a run alone has them."""
    mine = table[(table.policy == policy) & (table.run == run)]
    return mine.drop(columns=["policy", "run", "draw", "luck"]).reset_index(drop=True)


def same(one, other):
    """Every number and every word equal, NaN equal to NaN."""
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def same_rows(one, other):
    """Equal but for the order in which runs were joined."""
    key = [c for c in ("policy", "run", "quarter", "region", "partner", "domain", "measure", "actor", "target",
                       "instrument", "operation", "origin") if c in one]  # fmt: skip
    same(*(t.sort_values(key, kind="stable", ignore_index=True)[sorted(t)] for t in (one, other)))


def test_a_run_alone_is_the_row_of_the_batch_bit_for_bit(batch, alone):
    for (policy, k), run in alone.items():
        same(rows(batch.portfolio, policy, k), run.portfolio)
        same(rows(batch.moves, policy, k), run.moves)
    assert len(batch.failures) == 0
    chosen = batch.moves[batch.moves.origin == "chosen"]
    assert len(chosen.groupby(["policy", "run"])) == RUNS * len(POLICIES)  # in every one of them something happened
    assert {"threat", "answer"} <= set(chosen.instrument)


def test_the_run_that_a_batch_keeps_is_that_run(batch, alone):
    kept, run = batch.example, alone["adaptive", 0]
    assert (kept.policy, kept.run) == ("adaptive", 0)
    same(kept.portfolio, run.portfolio)
    same(kept.episodes, run.episodes)
    assert len(run.episodes) and run.answers
    for name in ("ledgers", "answers"):
        frames = getattr(run, name)
        assert getattr(kept, name).keys() == frames.keys()
        for key, ledger in getattr(kept, name).items():
            same(ledger, frames[key])


def test_the_number_of_workers_changes_no_bit(scenario, batch):
    two = compare(scenario, POLICIES, seed=SEED, runs=RUNS, quarters=QUARTERS, workers=2)
    for name in ("portfolio", "moves", "outcomes", "differences", "start_end"):
        same(getattr(two, name), getattr(batch, name))


def test_the_order_and_the_number_of_policies_change_no_bit(scenario, batch):
    other = compare(
        scenario, ["adaptive", "eu_hedge", "status_quo"], seed=SEED, runs=RUNS, quarters=QUARTERS, workers=1
    )
    for name in ("portfolio", "moves", "outcomes"):
        table = getattr(other, name)
        same_rows(table[table.policy != "eu_hedge"], getattr(batch, name))
    gaps = other.differences[other.differences.policy == "adaptive"].reset_index(drop=True)
    same(gaps, batch.differences)


def test_the_order_of_the_runs_changes_no_bit(monkeypatch, scenario, batch):
    def backwards(tasks, workers, progress):
        return run_tasks(tasks[::-1], workers, progress)[::-1]

    monkeypatch.setattr("sim.batch.run_tasks", backwards)
    monkeypatch.setattr("sim.tasks.fit", remembered(scenario))
    again = compare(scenario, ["adaptive", "status_quo"], seed=SEED, runs=RUNS, quarters=2, workers=1)
    early = batch.portfolio[batch.portfolio.quarter <= "2025Q2"]
    ends = (again.portfolio.measure == "option_value") & (
        again.portfolio.quarter == "2025Q2"
    )  # of a last quarter alone
    same_rows(again.portfolio[~ends], early)


def remembered(scenario):
    """A fit that is done once per draw."""
    known = {}

    def once(drawn):
        key = drawn.model.trade.contract_renewal.value
        if key not in known:
            known[key] = fit(drawn)
        return known[key]

    return once


def test_fewer_quarters_are_the_beginning_of_more(alone, scenario):
    run = alone["adaptive", 1]
    short = simulate(scenario, "adaptive", SEED, run=1, values=run.values, quarters=1)
    same(short.portfolio, run.portfolio[run.portfolio.quarter == "2025Q1"].reset_index(drop=True))
    same(short.moves, run.moves[run.moves.quarter == "2025Q1"].reset_index(drop=True))


def test_running_again_gives_the_same_bits(alone, scenario):
    run = alone["status_quo", 1]
    again = simulate(scenario, "status_quo", SEED, run=1, values=run.values, quarters=QUARTERS)
    same(again.portfolio, run.portfolio)
    same(again.moves, run.moves)
    assert again.ledgers.keys() == run.ledgers.keys()
    for key, ledger in again.ledgers.items():
        same(ledger, run.ledgers[key])


def test_stepping_the_model_is_simulating_it(model_of):
    stepped = model_of("america_first", draw=2, seed=SEED, run=2, quarters=4)
    while not stepped.done:
        stepped.step()
    run = simulate(scenario_of("america_first", 2), "adaptive", SEED, run=2, quarters=4)
    assert [q.label for q in stepped.quarters] == run.quarters
    income = run.portfolio[run.portfolio.measure == "real_income"]
    base, names = stepped.design.base, []
    for quarter in stepped.quarters:
        for i in stepped.design.actors:
            here = income[(income.quarter == quarter.label) & (income.region == base.regions[i])]
            assert here.value.tolist() == [100 * (quarter.settled.income[i] - 1)]
        names += [(quarter.label, base.regions[d.actor], float(d.ledger.score[d.pick]))
                  for d in quarter.decisions if d.pick]  # fmt: skip
        decided = {base.regions[d.actor] for d in quarter.decisions if d.ledger is not None}
        assert decided == {actor for label, actor in run.ledgers if label == quarter.label}
    free = (run.moves.origin == "chosen") & (run.moves.instrument != "answer")
    chosen = run.moves[free].drop_duplicates(["quarter", "actor"])
    assert names and names == list(chosen[["quarter", "actor", "score"]].itertuples(index=False, name=None))
    stepped.step()  # nothing after the last quarter
    assert len(stepped.quarters) == 4


def test_policies_meet_the_same_luck(model_of):
    models = [model_of("america_first", policy, draw=2, seed=PARTED, run=2, quarters=5)
              for policy in ("status_quo", "adaptive", "eu_hedge")]  # fmt: skip
    openings, shocks, tastes, audiences = [], [], [], []
    for model in models:
        while not model.done:
            model.step()
        scenes = [q.scene for q in model.quarters]
        openings.append([[agenda_open(model.design, s.world, i) for i in model.design.actors] for s in scenes])
        assert openings[-1] == [[d.ledger is not None for d in q.decisions] for q in model.quarters]
        shocks.append(np.array([s.world.politics for s in scenes]))
        audiences.append(np.array([s.world.audience for s in scenes]))
        seen = [seen_by(model.design, s.world, model.design.focus) for s in scenes]
        tastes.append([o.uniform("candidate", ("tariff match USA goods 1", "hedge CHN energy")).tolist() for o in seen])
    assert openings[0] == openings[1] == openings[2]
    assert np.array_equal(shocks[0], shocks[1]) and np.array_equal(shocks[0], shocks[2])
    assert tastes[0] == tastes[1] == tastes[2]
    assert np.array_equal(audiences[0], audiences[1]) and np.array_equal(audiences[0], audiences[2])
    assert (audiences[0] > 0).all()
    flat = [x for quarter in openings[0] for x in quarter]
    assert any(flat) and not all(flat) and np.abs(shocks[0]).max() > 0
    ends = [m.world.tariff for m in models]
    assert not np.array_equal(ends[0], ends[1])  # though what they do of it differs


def test_another_seed_is_another_luck(model_of):
    one, other = (model_of("america_first", draw=2, seed=s, run=2, quarters=1) for s in (SEED, SEED + 1))
    for model in (one, other):
        model.step()
    assert (one.scene.world.politics[:4] != other.scene.world.politics[:4]).all()


def test_a_run_that_is_over_leaves_no_model_behind(model_of):
    """A thousand runs in a process must not keep a thousand worlds."""
    model = model_of("baseline", quarters=1)
    model.step()
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None
