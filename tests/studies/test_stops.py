"""Stops of supply with and without stocks and programmes: what is saved is what is not lost."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.studies.stops import ALL, NOTHING, STOCKS, halts, hedges, losses, ready, stops


@pytest.fixture(scope="module")
def table():
    return stops()


def test_every_stop_is_played_with_each_hedge_that_acts_on_it(table):
    assert set(table.stop) >= {"gulf_energy", "chokepoint_minerals"}
    for _, rows in table.groupby("stop"):
        assert list(rows.hedge[:2]) == [NOTHING, STOCKS] and rows.hedge.iloc[-1] == ALL and len(rows) > 3


def test_stocks_are_drawn_first_and_what_they_save_is_what_is_not_lost(table):
    rows = table.set_index(["stop", "hedge"])
    for stop in ("gulf_energy", "chokepoint_minerals"):
        bare, kept, every = (rows.loc[(stop, name)] for name in (NOTHING, STOCKS, ALL))
        assert bare.q1 > 10 * max(kept.q1, 0) and kept.q3 > 0
        assert kept.saved == pytest.approx(bare.lost - kept.lost) and kept.saved > 0
        assert every.saved == pytest.approx(kept.lost - every.lost) and every.saved > 0
        assert kept.saved_per_dollar == pytest.approx(kept.saved / kept.cost)
        assert abs(bare.q12) < 0.1 * bare.q1  # it ends


def test_arms_are_in_no_store_and_programmes_move_whose_they_are(table):
    rows = table[table.stop == "us_arms"].set_index("hedge")
    assert rows.loc[STOCKS, "lost"] == pytest.approx(rows.loc[NOTHING, "lost"]) and rows.loc[STOCKS, "cost"] == 0
    assert {"gcap", "access_agreements"} < set(rows.index)
    assert rows.loc["gcap", "q1"] < rows.loc[STOCKS, "q1"] and rows.loc[ALL, "saved"] > rows.loc["gcap", "saved"]


def test_a_stop_without_data_says_so(base_scene):
    calm, _ = base_scene()
    of = calm.settings.holdings
    share = of.share.copy()
    share[calm.focus, :, of.names.index("defence")] = np.nan
    unknown = replace(calm, settings=replace(calm.settings, holdings=replace(of, share=share)))
    one = {"name": "a", "title": "a", "senders": ["USA"], "domains": ["defence"], "share": 1.0}
    (halt,) = halts({"stops": [one]}, unknown)
    assert halt.missing == ["defence"]


def test_a_hedge_is_ready_with_contracts_that_stay_as_they_are(base_scene):
    calm, _ = base_scene()
    one = {"name": "a", "title": "a", "senders": ["GULF"], "domains": ["energy"], "share": 0.0}
    (halt,) = halts({"stops": [one]}, calm)
    every = [hedge for hedge in hedges(calm, halt) if hedge.name == ALL][0]
    world = ready(calm, every)
    assert np.array_equal(world.works.level, every.units) and world.available.sum(axis=1) == pytest.approx(1.0)
    assert np.abs(losses(calm, halt, every, 4, 0)).max() < 1e-9  # nothing is withheld


def test_a_stop_of_what_is_not_there_is_refused(base_scene):
    wrong = {"stops": [{"name": "a", "title": "a", "senders": ["MARS"], "domains": ["energy"], "share": 1.0}]}
    with pytest.raises(ScenarioError, match=r"stops\.a names MARS; there are .*JPN"):
        list(halts(wrong, base_scene()[0]))
