"""What the command takes when nothing is named: `configs/defaults.yaml`."""

from __future__ import annotations

from functools import cache

from sim.errors import ScenarioError
from sim.scenario.load import configs_root
from sim.scenario.reading import Reader
from sim.scenario.schema import DefaultsFile


@cache
def load_defaults() -> DefaultsFile:
    """Names of the main scenario, the reference policy and the policy of payoffs alone."""
    reader = Reader()
    file = reader.read(configs_root() / "defaults.yaml", "defaults")
    if file is None:
        raise ScenarioError(reader.problems)
    return file
