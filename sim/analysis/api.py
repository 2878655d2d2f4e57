"""analyse: from the folder of a sweep to findings, as tables; nothing is played, and the sweep is not touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pandas as pd

from sim.analysis import outcomes as of
from sim.analysis.codebook import codebook
from sim.analysis.discovery import discovery
from sim.analysis.policies import parse_thresholds, robustness
from sim.analysis.sensitivity import COLUMNS, Sensitivities, method_of, sensitivities
from sim.analysis.variance import sources
from sim.analysis.worlds import Worlds, numeric_outcomes, read_worlds
from sim.errors import Problem, ScenarioError
from sim.scenario.defaults import load_defaults
from sim.sweeps.files import write_whole
from sim.sweeps.orders import PENDING
from sim.sweeps.read import Sweep, open_sweep

Tell = Callable[[int, int], None]
PARTS = 4
DIGITS = 12  # of numbers in the files
PACKAGES = ("SALib", "numpy", "scipy", "pandas")
PARAMETERS = ["parameter", "unit", "low", "central", "high", "given_low", "given_high", "meaning"]


@dataclass(frozen=True)
class Findings:
    """What a sweep shows. Tables have one row a fact; `codebook` says what every column is."""

    worlds: Worlds
    reference: str
    method: str | None
    seed: int
    asked: dict
    counts: pd.DataFrame
    parameters: pd.DataFrame
    sensitivities: pd.DataFrame
    variance: pd.DataFrame
    policies: pd.DataFrame
    choices: pd.DataFrame
    boxes: pd.DataFrame
    limits: pd.DataFrame
    peeling: pd.DataFrame
    missing: list[str]  # which runs are in no number, a sentence each
    notes: list[str]  # that, and what could not be given

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        names = ("counts", "parameters", "sensitivities", "variance", "policies", "choices", "boxes", "limits",
                 "peeling")  # fmt: skip
        return {name: getattr(self, name) for name in names}

    @property
    def codebook(self) -> pd.DataFrame:
        """Every column of every table: unit and meaning."""
        return codebook(self.tables)

    def save(self, folder: str | Path) -> Path:
        """Writes every table as a CSV file, the codebook, the notes, and what pins them; the same bytes every time.

        Raises OSError when the folder cannot be written."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in (self.tables | {"codebook": self.codebook}).items():
            write_whole(folder / f"{name}.csv", table.to_csv(index=False, float_format=f"%.{DIGITS}g").encode())
        facts = {"kind": "analysis", "sweep": self.worlds.sweep.spec.name, "method": self.method, "seed": self.seed,
                 "sweep_checksum": self.worlds.sweep.manifest["checksum"], "asked": self.asked, "notes": self.notes,
                 "versions": {name: metadata.version(name) for name in PACKAGES}}  # fmt: skip
        write_whole(folder / "manifest.json", (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode())
        return folder


def analyse(sweep: Sweep | str | Path, outcomes: Iterable[str] | None = None, *,
            scenarios: Iterable[str] | None = None, policies: Iterable[str] | None = None, method: str | None = None,
            reference: str | None = None, require: Iterable[str] = (), better: Mapping[str, str] | None = None,
            seed: int = 0, progress: Tell | None = None) -> Findings:  # fmt: skip
    """What a sweep shows: sensitivities, sources of the spread, policies on common worlds, where they fail.

    sweep : a sweep or its folder, finished or not; runs without an outcome are counted in `notes` and `counts`
    outcomes : columns of its table of runs; by default the headlines that it has
    scenarios, policies : some of the sweep's
    method : sobol, morris or pawn; by default what the design gives
    reference : the policy compared with; the configured reference where the sweep has it, else the first
    require : what is good enough, as `coercibility<=0.8`; else the reference policy's median
    better : outcome -> `higher` or `lower`, where no way is known to be good
    seed : of resampling; progress : called with (parts done, parts)
    Raises ScenarioError for what is asked wrongly, StoreError when the folder cannot be read or has no outcome."""
    sweep = sweep if isinstance(sweep, Sweep) else open_sweep(sweep)
    require, better = list(require), dict(better or {})
    names = of.chosen(outcomes, numeric_outcomes(sweep), str(sweep.path))
    of.check_directions(better, names)
    given = parse_thresholds(require, names)
    worlds = read_worlds(sweep, names, scenarios, policies)
    reference = _reference(worlds, reference)
    parameters, tell = _parameters(worlds), progress or (lambda done, parts: None)
    tell(0, PARTS)
    chosen, notes = _sensitivities(worlds, method, seed)
    tell(1, PARTS)
    spread, untold = sources(worlds, seed)
    tell(2, PARTS)
    judged = robustness(worlds, reference, given, better, seed)
    tell(3, PARTS)
    units = dict(zip(parameters["parameter"], parameters["unit"], strict=True))
    found = discovery(worlds, reference, judged.thresholds, units, seed)
    tell(PARTS, PARTS)
    missing = _missing(worlds)
    asked = {"outcomes": names, "scenarios": worlds.scenarios, "policies": worlds.policies, "require": require,
             "better": better, "reference": reference}  # fmt: skip
    return Findings(
        worlds, reference, chosen.table["method"].iloc[0] if len(chosen.table) else None, seed, asked, worlds.counts(),
        parameters, chosen.table, spread, judged.summary, judged.choices, found.boxes, found.limits, found.peeling,
        missing, [*missing, *notes, *chosen.notes, *untold, *judged.notes, *found.notes],
    )  # fmt: skip


def _reference(worlds: Worlds, wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in worlds.policies:
            message = f"is {wanted!r}; must be among {', '.join(worlds.policies)}"
            raise ScenarioError([Problem(str(worlds.sweep.path), "reference", message)])
        return wanted
    usual = load_defaults().reference
    return usual if usual in worlds.policies else worlds.policies[0]


def _sensitivities(worlds: Worlds, wanted: str | None, seed: int) -> tuple[Sensitivities, list[str]]:
    method, reason = method_of(worlds, wanted)
    if method is None:
        return Sensitivities(pd.DataFrame(columns=COLUMNS), []), [reason]
    return sensitivities(worlds, method, seed), []


def _missing(worlds: Worlds) -> list[str]:
    """What is not in the numbers, in sentences."""
    counts = worlds.counts().drop_duplicates(["scenario", "policy"]).sum(numeric_only=True)
    path, notes = worlds.sweep.path, []
    if counts[PENDING]:
        notes.append(f"The sweep is not finished: {counts[PENDING]} of {counts['runs']} runs have no record in a "
                     f"finished chunk and are in no number; hedgelab sweep resume {path} goes on with it.")  # fmt: skip
    lost = {state: counts[state] for state in ("failed", "timeout", "killed") if counts[state]}
    if lost:
        told = ", ".join(f"{number} {state}" for state, number in lost.items())
        notes.append(f"{sum(lost.values())} of {counts['runs']} runs have no outcome ({told}) and are in no number; "
                     f"none is filled in: hedgelab sweep retry-failed {path} plays them once more.")  # fmt: skip
    empty = worlds.counts().groupby("outcome", sort=False)["not_computed"].sum()
    notes += [f"{number} runs that are ok have no {name}; they are not in its numbers."
              for name, number in empty.items() if number]  # fmt: skip
    return notes


def _parameters(worlds: Worlds) -> pd.DataFrame:
    """What the design varies: unit, range in the configs and range tried."""
    book = worlds.sweep.codebook
    book = book[book["what"] == "parameter"].drop_duplicates("column").set_index("column")
    every = [worlds.values(scenario, policy) for scenario in worlds.scenarios for policy in worlds.policies]
    rows = []
    for name in worlds.names:
        ends = [(values[name].min(), values[name].max()) for values in every if name in values]
        tried = pd.Series([end for both in ends for end in both], dtype=float)
        told = book.loc[name] if name in book.index else {}
        rows.append({"parameter": name, **{key: told.get(key, "") for key in ("unit", "meaning")},
                     **{key: pd.to_numeric(told.get(key), errors="coerce") for key in ("low", "central", "high")},
                     "given_low": tried.min(), "given_high": tried.max()})  # fmt: skip
    return pd.DataFrame(rows, columns=PARAMETERS)
