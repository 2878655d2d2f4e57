"""A sweep planned again from its folder, from wherever the command is given.

Files that the sweep names by a path of its own are read there while they are there; else they are taken from
`config.yaml`, which holds every one as it was read. Whether they are the same says the manifest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from sim.errors import ScenarioError, StoreError
from sim.scenario.load import find, load_policy, load_scenario, scenario_of_text
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.sweeps.folder import CONFIG, Folder
from sim.sweeps.plan import Plan, make_plan


def plan_of(folder: Folder) -> Plan:
    """The plan of a sweep that was begun. Raises ScenarioError, every problem at once."""
    spec = folder.spec

    def scenario_of(name: str) -> Scenario:
        if _there("scenario", name):
            return load_scenario(name)
        title, part = list(_config(folder, name).items())[spec.scenarios.index(name)]
        return _scenario(name, part["scenario"], folder.facts["scenarios"][title]["files"])

    def policy_of(name: str) -> PolicyFile:
        if _there("policy", name):
            return load_policy(name)
        part = next(iter(_config(folder, name).values()))
        return PolicyFile.model_validate(part["policies"][spec.policies.index(name)])

    return make_plan(spec, str(folder.path), scenario_of, policy_of)


def read_config(folder: Path) -> dict[str, dict]:
    """Every config of a sweep by scenario, as it was read. Raises StoreError when that can no longer be told."""
    path = Path(folder) / CONFIG
    try:
        text = path.read_text("utf-8")
        found = yaml.safe_load(text)
        if not text.endswith("\n") or not all({"scenario", "policies", "regions"} <= p.keys() for p in found.values()):
            raise ValueError("it was cut short")
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise StoreError(f"{path} cannot be read ({said}): put the old one back; the tables in runs/ and panel/ are as "
                         "they were") from error  # fmt: skip
    return found


def _there(kind: str, name: str) -> bool:
    try:
        return find(kind, name).is_file()
    except ScenarioError:  # a name that is known elsewhere
        return False


def _config(folder: Folder, name: str) -> dict[str, dict]:
    try:
        return read_config(folder.path)
    except StoreError as error:
        raise StoreError(f"the sweep in {folder.path} names {name}, which is not there, and {error}; or give the "
                         "command in the folder where the sweep was begun") from error  # fmt: skip


def _scenario(name: str, plain: dict, files: dict[str, str]) -> Scenario:
    """A scenario from its file as it was read; its hash is that of the file that is gone."""
    file = f"{Path(name).stem}.yaml"
    found = scenario_of_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), file)
    sources = dict(found.sources) | {file: files.get(file, "")}
    return replace(found, sources=tuple(sorted(sources.items())))
