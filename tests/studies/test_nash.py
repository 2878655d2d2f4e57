"""`hedgelab nash`: known optima come out, nobody gains by moving, and what does not come to rest says so."""

import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from sim.studies.nash import BRACKET, COLUMNS, By, Game, best_response, closed_form, game_of, iterate, play
from sim.world.params import without_links
from tests.conftest import scenario_of
from tests.worlds import balanced_flows, random_world

given_seed = pytest.mark.parametrize("seed", [1, 2, 3])


def hedgelab(*arguments):
    command = [sys.executable, "-m", "sim.cli", "nash", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])


def mirror(home, theta):
    """Two regions alike that trade one good freely; home : expenditure share."""
    flow = np.where(np.eye(2, dtype=bool), home, 1 - home)[:, :, None]
    return Game(without_links("ab", "x", [True], flow, 0 * flow, np.array([theta])), (0, 1))


def small(seed, players=(0, 1, 2), by=By.uniform, **more):
    """Three regions, two domains, random flows."""
    return Game(random_world(seed, **more), players, by)


def at_rest(game):
    """The Nash equilibrium from base tariffs."""
    nash = iterate(game, game.base.tariff)
    assert nash.converged
    return nash


def rates_of(game, tariff):
    return np.array([game.mean_rates(tariff, actor)[0] for actor in game.actors])


@pytest.fixture(scope="module")
def linked():
    return game_of(scenario_of("baseline"))


# --- known answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("home, theta", [(0.7, 4.0), (0.9, 2.5), (0.55, 7.0)])
def test_two_regions_alike_end_where_gros_says(home, theta):
    """Gros (1987): t = 1/(theta s), s the home share at world prices; here (1 - lam)/(1 - lam t/(1 + t)), lam
    the other's share, which follows lam/(1 - lam) = (1 - home)/home (1 + t)**-theta."""

    def gap(t):
        odds = (1 - home) / home * (1 + t) ** -theta
        lam = odds / (1 + odds)
        return t - (1 - lam * t / (1 + t)) / (theta * (1 - lam))

    game = mirror(home, theta)
    assert rates_of(game, at_rest(game).tariff) == pytest.approx(brentq(gap, 0, 5), abs=1e-5)


@given_seed
def test_against_one_partner_without_tariffs_the_closed_form_is_exact(seed):
    """All income of the partner is its wage then, and its wage is what prices are counted in."""
    base = random_world(seed, regions=2, domains=3, balanced=True, tariffs=False)
    game = Game(base, (0,))
    tariff = at_rest(game).tariff
    best, at = rates_of(game, tariff)[0], game.solved(tariff, "test")[1]
    assert best == pytest.approx(closed_form(base, at)[0], rel=1e-5)
    other_reading = closed_form(replace(base, theta_long=base.theta_long + 1), at)[0]
    assert abs(best - other_reading) > 0.01  # theta is the elasticity of shares, not of trade before tariff


def test_where_its_assumptions_hold_the_closed_form_is_close_on_twelve_regions():
    """Services taxed, Cobb-Douglas over domains, balanced trade; what is left are the wages of third regions."""
    plain = game_of(scenario_of("baseline"), links=False).base
    base = without_links(plain.regions, plain.domains, np.ones_like(plain.goods), balanced_flows(plain.flow),
                         plain.tariff, plain.theta_long)  # fmt: skip
    table = play(Game(base, tuple(range(len(base.regions))))).table
    gap = (table.nash_tariff - table.closed_form_nash).abs()
    assert gap.max() < 0.4 < 5 < table.nash_tariff.min()  # points


# --- an equilibrium -------------------------------------------------------------------------------


def test_nobody_gains_a_point_from_nash_tariffs_with_links(linked):
    tariff = at_rest(linked).tariff
    income = linked.real_income(tariff, "Nash")
    for actor in linked.actors:
        rate = linked.mean_rates(tariff, actor)
        for step in (-0.01, 0.01):
            moved = linked.real_income(linked.with_rates(tariff, actor, rate + step), "moved")
            assert moved[actor] < income[actor] - 1e-8


@given_seed
def test_nobody_gains_by_any_rate_on_any_partner(seed):
    game = small(seed, by=By.partner)
    tariff = at_rest(game).tariff
    income = game.real_income(tariff, "Nash")
    for actor in game.actors:
        for k, rate in enumerate(rates := game.mean_rates(tariff, actor)):
            for other in (rate - 0.01, rate + 0.01, *np.linspace(*BRACKET, 12)):
                trial = np.where(np.arange(len(rates)) == k, other, rates)
                moved = game.real_income(game.with_rates(tariff, actor, trial), "moved")
                assert moved[actor] <= income[actor] + 1e-9


@given_seed
def test_damping_and_another_start_end_at_the_same_tariffs(seed):
    game = small(seed)
    ends = [iterate(game, game.base.tariff), iterate(game, game.base.tariff, damping=0.5)]
    high = game.with_rates(game.base.tariff, 0, np.array([2.0]))
    ends.append(iterate(game, high))
    assert all(end.converged for end in ends)
    for end in ends[1:]:
        assert rates_of(game, end.tariff) == pytest.approx(rates_of(game, ends[0].tariff), abs=2e-4)


@given_seed
def test_a_rate_a_partner_is_worth_at_least_one_rate_for_all(seed):
    gains = {}
    for by in By:
        game = small(seed, by=by)
        answer = best_response(game, game.base.tariff, 0)
        gains[by] = game.real_income(game.with_rates(game.base.tariff, 0, answer.rates), "best")[0]
    assert gains[By.partner] >= gains[By.uniform] - 1e-10


def test_the_easier_a_product_is_replaced_the_lower_are_nash_tariffs_and_all_lose_by_the_war():
    rates = []
    for theta in (2.0, 3.0, 5.0, 8.0):
        game = mirror(0.7, theta)
        table = play(game).table
        rates.append(table.nash_tariff[0])
        assert (table.income_nash < 0).all() and (table.income_unilateral > 0).all()
    assert (np.diff(rates) < 0).all()


def test_only_foreign_goods_of_partners_that_trade_are_taxed():
    base = random_world(4)
    flow = base.flow.copy()
    flow[0, 1] = 0.0
    goods = np.array([True, False])
    base = without_links(base.regions, base.domains, goods, flow, base.tariff, base.theta_long)
    game = Game(base, (0,), By.partner)
    tariff = game.with_rates(base.tariff, 0, np.array([0.3]))  # one rate: only region 2 sells to it
    changed = tariff != base.tariff
    assert changed.sum() == 1 and tariff[0, 2, 0] == 0.3


# --- what is said ---------------------------------------------------------------------------------


def test_the_table_has_players_first_and_says_what_war_does_to_others(linked):
    table = play(linked).table
    assert tuple(table.columns) == COLUMNS and len(table) == len(linked.base.regions)
    players = table[: len(linked.actors)]
    assert list(players.region) == list(scenario_of("baseline").file.actors)
    assert players.drop(columns="partner").notna().all(axis=None)
    others = table[len(linked.actors) :]
    assert others.nash_tariff.isna().all() and (others.income_nash < 0).all()
    assert (players.income_unilateral > players.income_nash).all()  # others' tariffs hurt


def test_a_best_response_at_an_end_of_the_bracket_is_told():
    study = play(mirror(0.7, 0.15))  # an optimum of at least 1/0.15, 667 %
    assert study.nash.converged and (study.table.nash_tariff == 100 * BRACKET[1]).all()
    assert study.ends() == ["no optimum inside the bracket of -50 to 500 %: a on all, b on all"]
    assert not play(mirror(0.7, 4.0)).ends()


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_what_it_prints_and_the_same_bytes_again(tmp_path):
    place = tmp_path / "nash.csv"
    first = hedgelab("--no-links", "--by", "partner", "--format", "csv", "--out", place)
    assert first.returncode == 0 and "best responses ask for up to" in first.stderr
    printed, kept = pd.read_csv(StringIO(first.stdout)), place.read_bytes()
    assert tuple(printed.columns) == COLUMNS
    assert printed.partner.ne("all").sum() == 4 * 11
    pd.testing.assert_frame_equal(printed, pd.read_csv(place), atol=1e-6)
    again = hedgelab("--no-links", "--by", "partner", "--quiet", "--format", "json", "--out", place)
    assert (again.returncode, again.stderr) == (0, "") and place.read_bytes() == kept
    assert [file.name for file in tmp_path.iterdir()] == ["nash.csv"]


def test_answers_that_do_not_come_to_rest_are_exit_status_1_with_a_sentence():
    done = hedgelab("--no-links", "--sweeps", 1)
    assert done.returncode == 1 and "closed_form_nash" in done.stdout
    assert done.stderr.strip().startswith("no Nash equilibrium: round 1: best responses ask for up to")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["no_such_scenario"], "no_such_scenario"),
        (["--by", "product"], "product"),
        (["--set", "model.trade.final_elasticity=none"], "must be a number"),
        (["--damping", "1"], "damping"),
        (["--out", "no/such/folder/nash.csv"], "must be a file in a folder that is there"),
        (["--out", "."], "must be a file in a folder that is there"),
    ],
)
def test_wrong_input_is_exit_status_2(arguments, message):
    done = hedgelab(*arguments)
    assert done.returncode == 2 and not done.stdout and message in done.stderr
    assert "Traceback" not in done.stderr
