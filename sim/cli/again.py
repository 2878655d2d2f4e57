"""A saved run or comparison played again from its manifest, its tables compared to the bit."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from sim.batch import compare
from sim.cli.runs import parse_rules, run_tables
from sim.errors import Problem, ScenarioError, StoreError
from sim.record import store
from sim.run import as_policy, as_scenario, simulate
from sim.scenario.reading import shown
from sim.sweeps.again import Rerun

KINDS = ("run", "compare", "sweep")
PINNED = ("code", "config", "files", "versions")


def manifest_of(folder: Path) -> dict:
    """The manifest of a saved folder. Raises ScenarioError when there is none that can be read."""
    path = Path(folder) / "manifest.json"
    try:
        facts = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        message = "holds no manifest.json; give a folder that hedgelab run, compare or sweep wrote"
        raise ScenarioError([Problem(shown(Path(folder)), "", message)]) from None
    except (OSError, ValueError) as error:
        message = f"cannot be read ({error}); put the old one back"
        raise ScenarioError([Problem(shown(path), "", message)]) from error
    if not isinstance(facts, dict) or facts.get("kind") not in KINDS:
        raise ScenarioError([Problem(shown(path), "kind", f"must be one of {', '.join(KINDS)}")])
    return facts


def kind_of(folder: Path) -> str:
    """run, compare or sweep."""
    return manifest_of(folder)["kind"]


def rerun_saved(folder: Path, workers: int | None, progress: Callable[[int, int], None] | None) -> Rerun:
    """Plays a run or a comparison again. Raises StoreError when its manifest does not say how."""
    facts = manifest_of(folder)
    given = facts.get("given", {})
    try:
        scenario = as_scenario(given.get("scenario", facts["scenario"]))
        policies = [as_policy(scenario, name) for name in given.get("policies", facts["policies"])]
        rules = parse_rules(scenario, _rules(facts))
        if facts["kind"] == "run":
            tables = run_tables(simulate(
                scenario, policies[0], facts["seed"], run=facts["run"], quarters=facts["quarters"], strategy=rules,
                values=facts["values"], exact=facts.get("exact", False), progress=progress,
            ))  # fmt: skip
        else:
            result = compare(scenario, policies, seed=facts["seed"], runs=facts["runs"], seeds=facts["seeds"],
                             quarters=facts["quarters"], workers=workers, reference=facts["reference"], strategy=rules,
                             progress=progress)  # fmt: skip
            tables = {name: getattr(result, name) for name in ("outcomes", "differences", "start_end", "portfolio",
                                                               "moves", "episodes", "failures", "sources")
                      if (Path(folder) / f"{name}.parquet").exists()}  # fmt: skip
    except KeyError as error:
        raise StoreError(f"{folder}/manifest.json does not say {error}: it was written by an older hedgelab, or "
                         "changed by hand") from error  # fmt: skip
    fresh = store.manifest(scenario, policies)
    changed = [_phrase(key) for key in PINNED if facts.get(key) != json.loads(json.dumps(fresh))[key]]
    differs = {name: found for name, frame in tables.items() if (found := _differences(Path(folder), name, frame))}
    return Rerun("tables", len(tables), differs, 0, changed)


def _rules(facts: dict) -> list[str]:
    """The rules of a run; whoever was asked at the terminal plays the same choices."""
    choices = facts.get("choices") or {}
    rules = [rule for rule in facts["strategy"] or [] if rule.partition("=")[0] not in choices]
    return [*rules, *(f"{code}=human(choices={made!r})" for code, made in choices.items())]


def _phrase(key: str) -> str:
    return {"code": "the code of hedgelab", "config": "configs", "files": "files that the scenario reads",
            "versions": "versions of packages"}[key]  # fmt: skip


def _differences(folder: Path, name: str, frame: pd.DataFrame) -> list[str]:
    """Columns of a table that are not the same to the bit."""
    out = io.BytesIO()
    store.storable(frame).to_parquet(out, index=False)
    path = folder / f"{name}.parquet"
    if not path.exists():
        return ["the table is not there"]
    if path.read_bytes() == out.getvalue():
        return []
    store.load_table(folder, name)  # says what is wrong with a broken one
    old, new = pq.read_table(path), pq.read_table(out)
    if old.num_rows != new.num_rows:
        return [f"{old.num_rows} rows then, {new.num_rows} now"]
    names = dict.fromkeys([*old.column_names, *new.column_names])
    return [n for n in names if n not in old.column_names or n not in new.column_names or old[n] != new[n]]
