"""Relations of a quarter: what stands between each two regions, with direction, unit and size."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.record.relations import RELATIONS, relation_rows
from sim.world.crisis import IMPOSED, THREATENED, Demand, Episode, Punishment
from tests.worlds import random_world

BASE = random_world(seed=4, regions=3, domains=2)
HELD = SimpleNamespace(names=("cables",))


def world(**changes):
    n, zero = len(BASE.regions), np.zeros_like(BASE.flow)
    return SimpleNamespace(**{"tariff": BASE.tariff.copy(), "withheld": zero, "denied": np.zeros((n, n, 1)),
                              "episodes": ()} | changes)  # fmt: skip


def rows(state, flow=BASE.flow, musd=1.0):
    return pd.DataFrame(relation_rows(BASE, HELD, "2025Q1", flow, state, musd), columns=RELATIONS)


def test_the_base_year_has_trade_and_nothing_else():
    found = rows(world(), musd=1000.0)
    assert set(found.kind) == {"flow"} and len(found) == 6
    sold = found[(found.actor == "R2") & (found.target == "R0")].value.item()
    assert sold == pytest.approx(1000 * BASE.flow[0, 2].sum())  # importer first


def test_a_tariff_is_its_importers_act_and_stands_in_points_above_the_base_year():
    tariff = BASE.tariff.copy()
    tariff[1, 0] += 0.1
    tariff[2, 0] -= np.minimum(tariff[2, 0], 0.05)
    found = rows(world(tariff=tariff)).query("kind == 'tariff'").set_index(["actor", "target"]).value
    assert found["R1", "R0"] == pytest.approx(10)
    assert -5.001 <= found["R2", "R0"] < 0 and len(found) == 2


def test_a_control_is_its_exporters_act_and_names_the_domain_or_the_holding():
    withheld, denied = np.zeros_like(BASE.flow), np.zeros((3, 3, 1))
    withheld[0, 2, 1], denied[1, 2, 0] = 0.5, 1.0
    found = rows(world(withheld=withheld, denied=denied)).query("kind == 'control'")
    assert found[["actor", "target", "domain", "value"]].values.tolist() == [
        ["R2", "R0", "d1", 0.5], ["R2", "R1", "cables", 1.0]]  # fmt: skip


def test_a_threat_is_shown_until_it_is_carried_out():
    demand = Demand("more", "purchases", "buy more", 1, 0, (0,), 0.1, 0.1, (), False)
    by = Punishment("tariff all 25", "tariff", (0, 1), "goods", 0.25)
    episode = Episode(demand, by, THREATENED, 0, 2, -1, 0.1, 0.1, 0.0)
    found = rows(world(episodes=(episode, replace(episode, state=IMPOSED)))).query("kind == 'threat'")
    assert found[["actor", "target", "domain", "value", "unit"]].values.tolist() == [
        ["R1", "R0", "goods", 25.0, "points"]
    ]
