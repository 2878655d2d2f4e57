"""Costs of acting as fitted: the file that `hedgelab calibrate` writes and every run reads."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sim.errors import ScenarioError
from sim.scenario.load import configs_root
from sim.scenario.quantity import Quantity
from sim.scenario.reading import Reader, shown


def activity_path() -> Path:
    """Where the fitted costs stand."""
    return configs_root() / "calibration" / "activity.yaml"


def activity_source() -> tuple[str, str]:
    """That file and its sha256, as `Scenario.sources` has the other ones."""
    return shown(activity_path()), sha256(activity_path().read_bytes()).hexdigest()


def load_act_costs() -> dict[str, dict[str, Quantity]]:
    """Region -> instrument class -> cost of acting, per cent of income."""
    reader = Reader()
    file = reader.read(activity_path(), "activity")
    if file is None:
        raise ScenarioError(reader.problems)
    return file.act_cost
