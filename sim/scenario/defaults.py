"""What the command takes when nothing is named: `configs/defaults.yaml`."""

from __future__ import annotations

from functools import cache

from sim.errors import ScenarioError
from sim.scenario.load import configs_root, find, names
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


@cache
def main_scenarios() -> tuple[str, ...]:
    """Scenarios of the main scenario's world: what is fitted and validated is played there, not in a sketch of it."""
    files = {name: Reader().read(find("scenario", name), "scenario") for name in names("scenario")}
    main = files[load_defaults().scenario]
    return tuple(name for name, file in files.items() if file is None or file.world == main.world)
