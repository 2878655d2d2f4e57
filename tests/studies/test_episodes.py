"""Rates over runs: counted by hand on a made table of episodes; responses and their differences on made runs."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.record.episodes import EPISODES
from sim.studies.episodes import rates_of, responses, summary, won_by_sender

ROWS = [  # sender, target, opening, imposed, ended, outcome
    ("AAA", "CCC", "threatened", "", "2025Q2", "settled"),
    ("AAA", "CCC", "threatened", "", "2025Q2", "settled"),
    ("AAA", "DDD", "threatened", "", "2025Q3", "failed"),
    ("AAA", "DDD", "threatened", "2025Q2", "2025Q4", "settled"),
    ("BBB", "CCC", "threatened", "2025Q2", "2025Q4", "failed"),
    ("BBB", "CCC", "threatened", "2025Q3", "", "imposed"),  # still in force
    ("BBB", "DDD", "threatened", "", "", "threatened"),  # nobody knows yet
    ("BBB", "CCC", "executed", "2025Q1", "2025Q3", "failed"),
]


@pytest.fixture
def made():
    """A table of episodes as runs record it."""
    filled = [(s, t, "more", "tariff", how, "2025Q1", imposed, ended, outcome, 1.0, 0.01, 0.01)
              for s, t, how, imposed, ended, outcome in ROWS]  # fmt: skip
    return pd.DataFrame(filled, columns=EPISODES)


def test_rates_are_counted_by_hand(made):
    rates = rates_of(made)
    assert rates["threat_significant_concession"] == pytest.approx(2 / 3)  # of three that were never carried out
    assert rates["share_imposed"] == pytest.approx(3 / 6)  # the open threat is left out, the open measure is not
    assert rates["share_not_imposed_ties"] == pytest.approx(3 / 6)
    assert rates["imposed_significant_concession"] == pytest.approx(1 / 2)  # threatened before, and over
    assert rates["imposed_success_hse"] == pytest.approx(1 / 3)  # threatened before or not, and over


def test_a_sender_wins_what_it_settled_of_what_is_over(made):
    assert won_by_sender(made) == pytest.approx({"AAA": 3 / 4, "BBB": 0.0})


def test_without_episodes_there_are_no_rates(made):
    assert rates_of(made[:0]) == {} and won_by_sender(made[:0]) == {}


def test_rates_of_measures_alone_are_no_numbers_where_there_was_no_threat(made):
    rates = rates_of(made[made.opening == "executed"])
    assert np.isnan(rates["share_imposed"]) and np.isnan(rates["threat_significant_concession"])
    assert rates["imposed_success_hse"] == 0


# --- responses ----------------------------------------------------------------------------------------------


def result(made):
    """Two runs: the first has the made episodes, the second none."""
    measured = [(run, "2025Q2", "CCC", partner, measure, value)
                for run in (0, 1)
                for partner, measure, value in (("all", "real_income", 1.0 - 0.1 * run), ("AAA", "coercibility", 2.0),
                                                ("BBB", "exposure_share_plain", 0.3),
                                                ("BBB", "withheld_share", 0.5 * run))]  # fmt: skip
    portfolio = pd.DataFrame(measured, columns=["run", "quarter", "region", "partner", "measure", "value"])
    moves = pd.DataFrame([(0, "CCC", "hedge", "BBB", "chosen"), (0, "CCC", "hedge", "BBB", "commitment")],
                         columns=["run", "actor", "instrument", "target", "origin"])  # fmt: skip
    return SimpleNamespace(portfolio=portfolio, episodes=made.assign(run=0), moves=moves)


def test_responses_count_what_happened_to_the_focus_in_each_run(made):
    frame = responses([result(made)], "CCC", ["AAA", "BBB"])
    assert list(frame.index) == [0, 1]
    one, other = frame.loc[0], frame.loc[1]
    assert (one.attempts, one.impositions, one.settled) == (5, 3, 2)
    assert (one["attempts by AAA"], one["attempts by BBB"]) == (2, 3)
    assert one["hedges on BBB"] == 1  # pledged ones were not chosen
    assert (other.attempts, other.impositions, other.settled, other["hedges on BBB"]) == (0, 0, 0, 0)
    assert (one["withheld by BBB"], other["withheld by BBB"]) == (0, 0.5)
    assert frame["share of BBB"].tolist() == [0.3, 0.3] and frame["real_income, mean"].tolist() == [1.0, 0.9]


def test_a_paired_difference_has_the_error_of_the_difference():
    frame = pd.DataFrame({"attempts": [3.0, 5.0, 4.0]})
    gap = summary(frame + 1, frame).set_index("response").loc["attempts"]
    assert gap["mean"] == 1 and gap.standard_error == pytest.approx(0, abs=1e-15)
    alone = summary(frame).set_index("response").loc["attempts"]
    assert alone["mean"] == 4 and alone.standard_error == pytest.approx(1 / np.sqrt(3))
