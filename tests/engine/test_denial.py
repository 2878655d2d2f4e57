"""A denial quarter by quarter: its cost with and without programmes, what others learn, the same bits everywhere."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.batch import compare
from sim.engine.step import begin, observe, settle
from sim.moves.catalogue import applied
from sim.rules.belief import conduct
from sim.run import simulate
from sim.scenario import file_check, load
from sim.scenario.load import load_policy
from sim.scenario.sample import sample
from sim.world.crisis import IMPOSED, SETTLED
from tests.conftest import scenario_of
from tests.engine.played import CHN, EU27, JPN, USA, Play, threat

ARMS = "control deny JPN defence supply"
BUILT = 48  # quarters after which the fighter has flown for two years


@pytest.fixture(scope="module")
def design(model_of):
    """Sixty quarters, so that a fighter can be finished; no luck."""
    return model_of("arms_denial", shocks=False, quarters=60).design


def move(design, actor, name):
    menu = design.catalogues[actor]
    return menu.candidates[menu.names.index(name)]


def losses(design, programmes, wait, lasts):
    """Per cent of income lost to a stop of arms [quarter, region]; programmes are begun in the first quarter."""
    world, scene = begin(design), None
    for name in programmes:
        world = applied(design.base, design.settings, world, JPN, move(design, JPN, f"programme begin {name}"))
    for _ in range(wait):
        scene, _ = observe(design, world, scene)
        _, world = settle(design, scene, scene.world)
    out, calm = [], world
    for quarter in range(lasts + 1):
        if quarter == 0:
            world = applied(design.base, design.settings, world, USA, move(design, USA, ARMS))
        if quarter == lasts:
            world = replace(world, denied=np.zeros_like(world.denied))
        pair = []
        for state in (world, calm):
            scene, _ = observe(design, state, scene)
            pair.append(settle(design, scene, scene.world))
        (hit, world), (free, calm) = pair
        out.append(100 * (1 - hit.income / free.income))
    return np.array(out)


def test_a_stop_of_american_arms_costs_less_with_other_partners_and_nothing_once_it_is_over(design):
    bare = losses(design, [], 2, 4)
    assert np.allclose(bare[:4, JPN], bare[0, JPN]) and bare[0, JPN] == pytest.approx(0.554, abs=0.001)
    assert 0 < bare[0, USA] < 0.01  # lost orders
    assert np.allclose(bare[:, [EU27, CHN]], 0, atol=1e-9)
    assert np.allclose(bare[4], 0, atol=1e-9)  # lifted: all is as if it had not been
    early = losses(design, ["gcap"], 2, 4)
    assert np.allclose(early[:, JPN], bare[:, JPN])  # a fighter on paper defends nobody
    built = losses(design, ["gcap", "access_agreements"], BUILT, 4)
    assert (built[:4, JPN] < 0.7 * bare[:4, JPN]).all() and np.allclose(built[4], 0, atol=1e-9)


def test_a_denial_costs_less_by_the_quarter_while_the_fighter_is_delivered(design):
    loss = losses(design, ["gcap"], BUILT - 8, 6)[:6, JPN]
    assert (np.diff(loss) < 0).all()


def test_a_threat_with_arms_is_carried_out_kept_and_given_in_to(design):
    play = Play(design, JPN=["resist"], USA=["carry out", "keep"])
    arms = design.settings.holdings.names.index("defence")
    play.quarter(threat(design, USA, JPN, "outlays", means=2))
    assert not play.world.denied.any()
    play.quarter()
    (episode,) = play.world.episodes
    assert episode.state == IMPOSED and play.world.denied[JPN, USA, arms] == 1
    assert play.world.beliefs.carried[USA] == 1
    before, after = (conduct(design.settings, b)[USA] for b in (begin(design).beliefs, play.world.beliefs))
    first = len(design.base.domains) * len(design.settings.levels)
    k = first + design.settings.holdings.instruments.index((arms, 1))
    assert after[k] > before[k] and after.sum() == pytest.approx(1)
    play.told("JPN", "comply")
    play.quarter()
    assert play.crisis.ended[0][1] == SETTLED and not play.world.denied.any() and play.world.outlays[JPN] == 0.02
    assert play.world.denial_cooling[JPN, USA, arms] > 0


def test_the_run_measures_what_is_denied_and_who_could_deny_what():
    scenario = scenario_of("arms_denial")
    script = {"USA": "scripted(script={'2025Q2': 'control deny JPN defence supply'})"}
    run = simulate(scenario, "four_planks", 3, quarters=3, strategy=script, shocks=False,
                   values={"model.choice.agenda": 1.0})  # fmt: skip
    table = run.portfolio[run.portfolio.region == "JPN"]
    held = table[(table.measure == "withheld_share") & (table.domain == "defence")]
    assert list(held.quarter) == ["2025Q2", "2025Q3"] and (held.value == 1).all() and (held.partner == "USA").all()
    assert table[table.measure == "denial_loss"].value.tolist() == pytest.approx([0.5539, 0.5539], abs=1e-3)
    stops = table[(table.measure == "stop_loss") & (table.domain == "capital_outward_stock")]
    assert set(stops.partner) == {"USA", "EU27", "CHN"} and (stops.value > 0).all()
    largest = table[table.measure == "coercibility"].value
    assert (largest.to_numpy() >= table[table.measure == "stop_loss"].groupby("quarter").value.max().to_numpy()).all()
    said = run.moves[run.moves.operation == "deny"]
    assert len(said) == 1 and "denies its part of defence to JPN" in said.sentence.iloc[0]
    assert "denies" in run.account("2025Q2") or "denied" in run.account("2025Q2")


def test_exposure_moves_with_the_programmes_and_not_before():
    run = simulate(scenario_of("arms_denial"), "four_planks", 3, quarters=20, shocks=False,
                   strategy="scripted")  # fmt: skip
    arms = run.portfolio[(run.portfolio.domain == "defence") & (run.portfolio.measure == "exposure_share")]
    share = arms.pivot_table(index="quarter", columns="partner", values="value")
    assert share.USA.iloc[0] == pytest.approx(0.97) and share.USA.iloc[-1] < 0.96
    assert share.GBR.iloc[-1] > share.GBR.iloc[0] and np.allclose(share.sum(axis=1), 1)


def test_a_run_alone_is_the_row_of_a_batch_bit_for_bit():
    scenario, policies = scenario_of("arms_denial"), ["status_quo", "four_planks"]
    batch = compare(scenario, policies, seed=4, runs=1, quarters=3, workers=1)
    values = sample(scenario, load_policy("four_planks"), 4, 1)[0]
    alone = simulate(scenario, "four_planks", 4, run=0, values=values, quarters=3)
    for name in ("portfolio", "moves"):
        table = getattr(batch, name)
        mine = table[(table.policy == "four_planks") & (table.run == 0)]
        mine = mine.drop(columns=["policy", "run", "draw", "luck"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, getattr(alone, name), check_exact=True)


def test_without_the_tables_apart_there_is_nothing_to_deny_and_the_scenario_says_why(tmp_path, monkeypatch):
    root = tmp_path / "configs"
    shutil.copytree(load.configs_root(), root, ignore=shutil.ignore_patterns("noncommercial", "targets"))
    whole = simulate("disputes", "four_planks", 2, quarters=2)
    monkeypatch.setattr(load, "configs_root", lambda: root)
    scenario = load.load_scenario("arms_denial")
    assert set(scenario.left_out) == {"gcap", "access_agreements", "cable_spurs"}
    assert "stock_domains.csv has no rows of JPN in defence" in scenario.left_out["gcap"]
    said = file_check.check_file(root / "scenarios" / "arms_denial.yaml")
    assert "without cable_spurs" in said and "connectivity" in said
    run = simulate(scenario, "four_planks", 2, quarters=2, strategy="best_response")
    menu = run.played.designs[run.quarters[0]].catalogues[USA]
    assert not any(name.endswith("defence") or "defence " in name for name in menu.names if name.startswith("control"))
    assert any("capital_outward_stock" in name for name in menu.names)  # free data: this one stays
    rows = run.portfolio[run.portfolio.domain.isin(["defence", "connectivity"])]
    assert rows.value.isna().all() and (rows.note != "").all() and rows.note.str.contains("noncommercial").any()
    less = simulate(load.load_scenario("disputes"), "four_planks", 2, quarters=2)
    same = [t[~t.domain.isin(["defence", "connectivity"]) & ~t.measure.isin(["hedging_premium"])].reset_index(drop=True)
            for t in (whole.portfolio, less.portfolio)]  # fmt: skip
    pd.testing.assert_frame_equal(*same, check_exact=True)
