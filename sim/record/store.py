"""runs/<name>/: manifest, resolved config, tables, figures and report; the only place that knows the format.

A folder is written beside its place and moved there whole, so a killed command leaves no half run. The
manifest holds no time and no host: those go to log.jsonl, which comparisons leave out."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pandas as pd
import yaml

from sim.errors import StoreError
from sim.rules.backend import described
from sim.scenario.activity import activity_source, load_act_costs
from sim.scenario.sample import INSTRUMENT_NAMES
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile

PACKAGES = ("mesa", "numpy", "scipy", "pandas", "pydantic", "pyarrow", "cvxpy-base", "clarabel")


def free_folder(parent: Path, name: str) -> Path:
    """The first of name, name-2, name-3 ... that is not there yet."""
    number, folder = 1, parent / name
    while folder.exists():
        number += 1
        folder = parent / f"{name}-{number}"
    return folder


def save(folder: Path, manifest: dict, config: dict, tables: dict[str, pd.DataFrame],
         finish: Callable[[Path], object] | None = None) -> Path:  # fmt: skip
    """Writes one run folder whole or not at all.

    tables : file name without suffix -> frame; finish : writes figures and report into the folder it is given
    Raises StoreError when the place is taken or cannot be written."""
    folder = Path(folder)
    if folder.exists():
        raise StoreError(f"{folder} is there already: choose another with --out, or move it away")
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    try:
        partial.mkdir(parents=True)
        for name, frame in tables.items():
            storable(frame).to_parquet(partial / f"{name}.parquet", index=False)
        (partial / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")
        (partial / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
        unfinished = None
        try:
            if finish is not None:
                finish(partial)
        except OSError:
            raise
        except Exception as error:  # what was computed is kept, whatever becomes of its figures
            unfinished = error
        with (partial / "log.jsonl").open("w", encoding="utf-8") as log:
            log.write(json.dumps({"written": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "command": sys.argv[1:]}) + "\n")
        os.replace(partial, folder)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise StoreError(
            f"{folder} cannot be written ({error.strerror or error}): free some space or choose --out"
        ) from error
    if unfinished is not None:
        what = f"{type(unfinished).__name__}: {unfinished}"
        raise StoreError(f"{folder} holds the tables, but its report could not be made ({what})") from unfinished
    return folder


def storable(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of a table that a file can hold."""
    return frame.drop(columns=[c for c in frame if frame[c].map(lambda v: isinstance(v, dict)).any()])


def load_table(folder: Path, name: str) -> pd.DataFrame:
    """One table of a run folder; raises StoreError when it is not there or broken."""
    path = Path(folder) / f"{name}.parquet"
    try:
        return pd.read_parquet(path)
    except Exception as error:
        raise StoreError(
            f"{path} cannot be read ({error}): run it again, or give the folder of a finished run"
        ) from error


def manifest(scenario: Scenario, policies: list[PolicyFile], **facts: object) -> dict:
    """What pins a run: config, seed, versions, hashes of code and data."""
    return {
        "scenario": scenario.file.name,
        "policies": [p.name for p in policies],
        **facts,
        "left_out": scenario.left_out,
        "files": dict([*scenario.sources, activity_source()]),
        "config": sha256(json.dumps(resolved(scenario, policies), sort_keys=True).encode()).hexdigest(),
        "code": code_hash(),
        "versions": {"python": ".".join(map(str, sys.version_info[:2])), "backend": described()}
        | {p: metadata.version(p) for p in PACKAGES},
    }


def resolved(scenario: Scenario, policies: list[PolicyFile]) -> dict:
    """Every file of the run, as read; the world's tables are pinned by their hashes alone."""

    def each(files: dict) -> dict:
        return {name: file.model_dump(mode="json") for name, file in files.items()}

    return {
        "scenario": scenario.file.model_dump(mode="json"),
        "model": scenario.model.model_dump(mode="json"),
        "instruments": each({name: getattr(scenario, name) for name in INSTRUMENT_NAMES}),
        "regions": each(scenario.regions),
        "domains": each(scenario.domains | scenario.stock_domains),
        "split": None if scenario.split is None else scenario.split.model_dump(mode="json"),
        "programmes": each(scenario.programmes),
        "shocks": each(scenario.shocks),
        "groups": each(scenario.groups),
        "shields": each(scenario.shields),
        "alliance": scenario.alliance.model_dump(mode="json"),
        "bargaining": scenario.bargaining.model_dump(mode="json"),
        "policies": [policy.model_dump(mode="json") for policy in policies],
        "event_map": scenario.event_map.model_dump(mode="json"),
        "act_cost": {code: each(costs) for code, costs in load_act_costs().items()},
    }


def code_hash() -> str:
    """sha256 over the model's source files, names included."""
    root, digest = Path(__file__).resolve().parent.parent, sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
