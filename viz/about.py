"""What a report says about its run besides numbers: titles, descriptions, values with sources, the command.

Read from the run folder's own config and manifest where they stand, so that a report describes the run it lies
beside; from the shipped configs otherwise."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from sim.batch import Comparison
from sim.errors import HedgelabError
from sim.record.store import resolved
from sim.scenario.load import load_policy, load_scenario
from viz.theme import Theme, theme_of
from viz.words import number


@dataclass(frozen=True)
class PolicyText:
    """A policy in words: title, description, and what it still lacks."""

    name: str
    title: str
    description: str = ""
    lacks: tuple[tuple[str, str], ...] = ()  # what, brought by


@dataclass(frozen=True)
class ValueText:
    """One value that the run used, with its range and where it comes from."""

    key: str
    value: str
    unit: str
    range: str
    meaning: str
    source: str


@dataclass(frozen=True)
class About:
    """Everything in words that a report needs."""

    theme: Theme
    title: str
    description: str
    policies: dict[str, PolicyText]
    values: list[ValueText] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    code: str = ""
    command: str = ""

    def policy_titles(self) -> dict[str, str]:
        """Policy -> title."""
        return {name: policy.title for name, policy in self.policies.items()}


def about(comparison: Comparison, folder: Path) -> About:
    """The words for a comparison whose files lie in a folder, or will."""
    config = _config(comparison, Path(folder))
    manifest = _manifest(Path(folder))
    scenario = config.get("scenario", {})
    return About(
        theme=_theme(comparison, config),
        title=scenario.get("title", comparison.scenario),
        description=scenario.get("description", ""),
        policies=_policies(comparison, config),
        values=list(_values(config)),
        files=manifest.get("files", {}),
        versions=manifest.get("versions", {}),
        code=manifest.get("code", ""),
        command=command(comparison, manifest),
    )


def command(comparison: Comparison, manifest: dict) -> str:
    """The command line that makes the same comparison again."""
    words = ["hedgelab", "compare", str(manifest.get("scenario", comparison.scenario))]
    for policy in manifest.get("policies", comparison.policies):
        words += ["--policy", str(policy)]
    words += ["--reference", comparison.reference, "--seed", str(comparison.seed), "--runs", str(comparison.runs)]
    if comparison.seeds > 1:
        words += ["--seeds", str(comparison.seeds)]
    if manifest.get("quarters") is not None:
        words += ["--quarters", str(manifest["quarters"])]
    for rule in manifest.get("strategy") or []:
        words += ["--strategy", str(rule)]
    return shlex.join(words)


def _config(comparison: Comparison, folder: Path) -> dict:
    """The resolved config of the folder; else that of the shipped scenario of this name; else nothing."""
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        return config if isinstance(config, dict) else {}
    except (OSError, yaml.YAMLError):
        pass
    try:
        return resolved(load_scenario(comparison.scenario), [load_policy(name) for name in comparison.policies])
    except HedgelabError:
        return {}


def _manifest(folder: Path) -> dict:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest if isinstance(manifest, dict) else {}
    except (OSError, ValueError):
        return {}


def _theme(comparison: Comparison, config: dict) -> Theme:
    """Colours and names: those of the loaded scenario, else those that the config or the tables name."""
    try:
        return theme_of(load_scenario(comparison.scenario))
    except HedgelabError:
        pass
    regions = {code: region.get("name", code) for code, region in config.get("regions", {}).items()}
    example = comparison.example
    focus = config.get("scenario", {}).get("focus") or (example.focus if example is not None else "the region")
    actors = config.get("scenario", {}).get("actors", [])
    partners = comparison.outcomes.loc[comparison.outcomes["measure"] == "exposure_share", "partner"]
    codes = dict.fromkeys([*regions, focus, *actors, *partners])
    return Theme(tuple(codes), focus, tuple(code for code in actors if code != focus), regions)


def _policies(comparison: Comparison, config: dict) -> dict[str, PolicyText]:
    """Policies in the order of the comparison, the reference first."""
    told = {policy["name"]: policy for policy in config.get("policies", [])}
    order = sorted(comparison.policies, key=lambda name: name != comparison.reference)
    return {name: _policy(name, told.get(name, {})) for name in order}


def _policy(name: str, told: dict) -> PolicyText:
    lacks = tuple((one["what"], one["brought_by"]) for one in told.get("lacks", []))
    return PolicyText(name, told.get("title", name), told.get("description", ""), lacks)


def _values(node: object, path: tuple[str, ...] = ()) -> Iterator[ValueText]:
    """Every value of a config that carries a source, depth first."""
    if isinstance(node, dict):
        if "value" in node and "source" in node:
            yield _value(node, ".".join(path))
            return
        for key, inner in node.items():
            yield from _values(inner, (*path, str(key)))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            name = str(inner.get("name", place)) if isinstance(inner, dict) else str(place)
            yield from _values(inner, (*path, name))


def _value(node: dict, key: str) -> ValueText:
    low, high = node.get("low"), node.get("high")
    span = "" if low is None else f"{_short(low)} to {_short(high)}"
    if span and node.get("sampled") is False:
        span += ", not drawn"
    return ValueText(
        key, _short(node["value"]), str(node.get("unit", "")), span, node.get("meaning", ""), str(node["source"])
    )


def _short(value: float) -> str:
    return number(value, 0) if value == int(value) else f"{value:g}".replace("-", "\N{MINUS SIGN}")
