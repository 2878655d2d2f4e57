"""Costs of acting as fitted: the file that `hedgelab calibrate` writes and every run reads."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ScenarioError
from sim.scenario.load import configs_root
from sim.scenario.quantity import Quantity
from sim.scenario.reading import Reader


def activity_path() -> Path:
    """Where the fitted costs stand."""
    return configs_root() / "calibration" / "activity.yaml"


def load_act_costs() -> dict[str, dict[str, Quantity]]:
    """Region -> instrument class -> cost of acting, per cent of income."""
    reader = Reader()
    file = reader.read(activity_path(), "activity")
    if file is None:
        raise ScenarioError(reader.problems)
    return file.act_cost
