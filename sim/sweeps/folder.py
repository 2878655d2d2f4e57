"""The folder of a sweep: who may write into it, what it was made of, which runs it holds.

    manifest.json, config.yaml, design.parquet    what pins it, every config as read, the points
    runs/000000.parquet, panel/000000.parquet     finished chunks; 000000.a2.parquet holds what was played again
    open/000000.jsonl                             runs of a chunk that is not finished
    retry-2.json                                  which rows a second attempt plays
    log.jsonl                                     when what happened; no two are alike, comparisons leave it out

A chunk is written once and never changed. A run is done when a chunk or an open journal holds its record."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import yaml
from filelock import FileLock, Timeout

from sim.errors import HedgelabError, Problem, ScenarioError, StoreError
from sim.scenario.reading import shown
from sim.scenario.sweeps import SweepFile
from sim.sweeps import provenance, tables
from sim.sweeps.design import Placed
from sim.sweeps.files import Journal, read_journal, sync_folder, write_whole, written
from sim.sweeps.orders import OK, Order, Played, Row
from sim.sweeps.plan import Plan

MANIFEST, CONFIG, CODEBOOK, LOG, LOCK = "manifest.json", "config.yaml", "codebook.csv", "log.jsonl", ".lock"
RUNS, PANEL, OPEN = "runs", "panel", "open"

GLANCE = (
    0.5  # seconds that are waited for a lock: `busy`, and a second sweep that finds the place taken, have it briefly
)


@dataclass
class Chunk:
    """Rows that share a file, and what is known of them. Its orders are made when it is opened."""

    number: int
    attempt: int = 1
    only: frozenset[str] | None = None  # ids that a further attempt plays
    orders: list[Order] = field(default_factory=list)
    played: dict[str, Played] = field(default_factory=dict)
    journal: Journal | None = None
    finished: bool = False  # its files hold what was played, and it no longer does

    @property
    def stem(self) -> str:
        """Name of its files."""
        return f"{self.number:06d}" + (f".a{self.attempt}" if self.attempt > 1 else "")

    @property
    def rows(self) -> list[Row]:
        """All its rows, in the order of the plan."""
        return [row for order in self.orders for row in order.rows]

    @property
    def whole(self) -> bool:
        """Whether every row has its record."""
        return all(row.id in self.played for row in self.rows)


class Folder:
    """A sweep on disk."""

    def __init__(self, path: Path, facts: dict):
        self.path, self.facts = Path(path), facts

    @property
    def spec(self) -> SweepFile:
        """The sweep file it was made of."""
        return SweepFile.model_validate(self.facts["spec"])

    @classmethod
    def make(cls, path: Path, plan: Plan, facts: dict | None = None, config: dict | None = None) -> Folder:
        """A new folder. Raises ScenarioError when something is there already.

        facts, config : the manifest and every config as read, unless they are those of the plan"""
        path = Path(path)
        _look_at(path)
        facts = provenance.manifest(plan) if facts is None else facts
        config = provenance.resolved(plan) if config is None else config
        with written(path, begun=False):
            path.mkdir(parents=True, exist_ok=True)
        with _locked(path, begun=False), written(path, begun=False):
            _look_at(path)  # once more: of two at once, one makes it
            for name in (RUNS, OPEN, *([PANEL] if plan.spec.panel else [])):
                (path / name).mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
            write_whole(path / CONFIG, text.encode())
            write_whole(path / "design.parquet", tables.parquet_bytes(design_table(plan)))
            # last: a folder without it is no sweep
            write_whole(path / MANIFEST, (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode())
        return cls(path, facts)

    @classmethod
    def at(cls, path: Path) -> Folder:
        """The folder of a sweep that was started. Raises StoreError when it is none, or was changed by hand."""
        where = Path(path) / MANIFEST
        if not where.is_file():
            raise _no_sweep(Path(path), f"no {MANIFEST} in it")
        try:
            facts = json.loads(where.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{where} cannot be read ({error}): put the old one back; the tables in runs/ and panel/ "
                             "can be read with pandas") from error  # fmt: skip
        if not isinstance(facts, dict) or facts.get("kind") != "sweep":
            raise _no_sweep(Path(path), "its manifest is of another kind")
        return cls(Path(path), provenance.unsealed(facts, str(where)))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps others from writing; a killed process lets go. Raises StoreError when another sweep holds it."""
        with _locked(self.path):
            yield

    @property
    def busy(self) -> bool:
        """Whether a sweep is writing into it now."""
        if not (self.path / LOCK).exists():
            return False
        try:
            with FileLock(self.path / LOCK).acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def log(self, what: str, **facts: object) -> None:
        """A line on what happened when; not forced to the disk."""
        line = {"time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "what": what} | facts
        with written(self.path), (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def check(self, plan: Plan) -> None:
        """Raises StoreError when a run played now would not be the run that was planned."""
        changed = provenance.differences(self.facts, json.loads(json.dumps(provenance.manifest(plan))))
        if changed:
            computes = any(one.startswith(tuple(provenance.COMPUTES.values())) for one in changed)
            remedy = f"{provenance.LIKE_THE_FIRST[0].upper()}{provenance.LIKE_THE_FIRST[1:]}" if computes else ""
            raise StoreError(
                f"{self.path} was begun with other inputs, so the bits would not fit; changed since: "
                f"{', '.join(changed)}. {remedy or 'Put them back as they were'}, or sweep anew into another folder"
            )

    # --- chunks -----------------------------------------------------------------------------------

    def done(self, stem: str) -> bool:
        """Whether a chunk is finished. The rows are written last, so they say so."""
        return self._file(RUNS, stem).exists()

    def put_aside_broken(self) -> list[str]:
        """Moves chunks that cannot be read out of the way, so that their runs are played again; their stems."""
        found = []
        for path in self.files(RUNS):
            stem = path.name.removesuffix(".parquet")
            try:
                tables.read_table(path)
                if self.spec.panel:
                    tables.read_table(self._file(PANEL, stem))
            except StoreError:
                found.append(stem)
                for folder in (RUNS, PANEL):
                    one = self._file(folder, stem)
                    if one.exists():
                        with written(self.path):
                            os.replace(one, one.with_suffix(".broken"))
        return found

    def files(self, folder: str) -> list[Path]:
        """Finished chunks, first attempts and further ones, in order."""
        return sorted((self.path / folder).glob("[0-9]*.parquet"))

    def open_chunk(self, chunk: Chunk, plan: Plan) -> None:
        """Takes up its journal, with what it holds."""
        orders = plan.chunk(chunk.number)
        if chunk.only is not None:
            orders = [Order(o.scenario, tuple(row for row in o.rows if row.id in chunk.only)) for o in orders]
        chunk.orders = [order for order in orders if order.rows]
        with written(self.path):
            chunk.journal = Journal(self._journal(chunk.stem))
        chunk.played = {one.id: one for line in chunk.journal.held for one in tables.of_line(line)}

    def add(self, chunk: Chunk, played: list[Played]) -> None:
        """Keeps runs; they count when the call returns."""
        with written(self.path):
            chunk.journal.add(tables.line_of(played))
        chunk.played |= {one.id: one for one in played}

    def finish(self, chunk: Chunk, values: list[str]) -> None:
        """Writes a whole chunk and drops its journal."""
        rows = chunk.rows
        with written(self.path):
            if self.spec.panel:
                panel = tables.panel_table(rows, chunk.played, chunk.attempt)
                write_whole(self._file(PANEL, chunk.stem), tables.parquet_bytes(panel))
            table = tables.runs_table(rows, chunk.played, chunk.attempt, values)
            write_whole(self._file(RUNS, chunk.stem), tables.parquet_bytes(table))
            chunk.journal.remove()
            sync_folder(self.path / OPEN)
        chunk.played, chunk.orders, chunk.journal, chunk.finished = {}, [], None, True

    def forget_journal(self, stem: str) -> None:
        """Drops the journal of a chunk that was finished just before a kill."""
        with written(self.path):
            self._journal(stem).unlink(missing_ok=True)

    def _file(self, folder: str, stem: str) -> Path:
        return self.path / folder / f"{stem}.parquet"

    def _journal(self, stem: str) -> Path:
        return self.path / OPEN / f"{stem}.jsonl"

    # --- what it holds ----------------------------------------------------------------------------

    def states(self, attempt: int | None = None) -> dict[str, str]:
        """Row id -> state, of the latest attempt, of all runs with a record.

        attempt : records of that one alone"""
        parts: list[tuple[int, dict[str, str]]] = []
        # journals first: one that is finished meanwhile stands in a chunk then
        for path in (self.path / OPEN).glob("*.jsonl"):
            lines = read_journal(path)[0]
            parts.append((attempt_of(path)[0], {one["id"]: one["state"] for line in lines for one in line}))
        for path in self.files(RUNS):
            table = tables.read_table(path, ["row", "state"])
            states = dict(zip(table["row"].to_pylist(), table["state"].to_pylist(), strict=True))
            parts.append((attempt_of(path)[0], states))
        found: dict[str, str] = {}
        for number, states in sorted(parts, key=lambda part: part[0]):
            found |= states if attempt in (None, number) else {}
        return found

    def counts(self, attempt: int | None = None) -> Counter:
        """State -> number of runs, of those with a record; of one attempt alone when it is given."""
        return Counter(self.states(attempt).values())

    def retries(self) -> list[tuple[int, list[str]]]:
        """(attempt, rows) of every further attempt that was ordered."""
        found = []
        for path in self.path.glob("retry-*.json"):
            try:
                plain = json.loads(path.read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise StoreError(f"{path} cannot be read ({error}): put the old one back") from error
            plain = provenance.unsealed(plain, str(path))
            found.append((plain["attempt"], plain["rows"]))
        return sorted(found)

    def order_retry(self) -> tuple[int, list[str]] | None:
        """Writes down which rows are played again: all that are not ok. None when all are."""
        rows = [row for row, state in self.states().items() if state != OK]
        if not rows:
            return None
        attempt = 1 + max((number for number, _ in self.retries()), default=1)
        facts = provenance.sealed({"attempt": attempt, "rows": rows})
        with written(self.path):
            write_whole(self.path / f"retry-{attempt}.json", (json.dumps(facts, indent=1) + "\n").encode())
        return attempt, rows


def attempt_of(path: Path) -> tuple[int, str]:
    """Sorts files of chunks by attempt, then by place: 000003.a2.parquet after every first attempt."""
    stem, middle = path.name.split(".")[0], path.name.split(".")[1]
    return (int(middle[1:]) if re.fullmatch(r"a\d+", middle) else 1, stem)


def design_table(plan: Plan) -> pa.Table:
    """A row a point: values as the sweep gives them, and places from 0 to 1 in ranges that configs carry."""
    points = plan.points
    rows = points.columns() if isinstance(points, Placed) else [point.values for point in points]
    frame = pd.DataFrame(rows, index=pd.RangeIndex(len(points))).astype("float64")
    frame.insert(0, "point", range(len(points)))
    return pa.Table.from_pandas(frame, preserve_index=False)


def _no_sweep(path: Path, why: str) -> ScenarioError:
    message = f"holds no sweep ({why}); give the folder that hedgelab sweep wrote"
    return ScenarioError([Problem(shown(path), "", message)])


@contextmanager
def _locked(path: Path, begun: bool = True) -> Iterator[None]:
    """begun : as in `written`"""
    lock = FileLock(path / LOCK)
    try:
        lock.acquire(timeout=GLANCE)
    except Timeout:  # it is an OSError too
        raise StoreError(f"{path} is being written by another sweep: wait for it, or choose another folder with --out"
                         ) from None  # fmt: skip
    except OSError as error:
        with written(path, begun):
            raise error
    try:
        yield
    finally:
        lock.release()


def _look_at(path: Path) -> None:
    """Raises ScenarioError when no sweep may begin in a place."""
    if path.exists() and not _free(path):
        raise ScenarioError([Problem(shown(path), "", _taken(path))])


def _free(path: Path) -> bool:
    """Whether a sweep may begin in a place: an empty folder, or what one left that was stopped before its manifest."""
    if not path.is_dir():
        return False
    files = CONFIG, "design.parquet"
    made = {LOCK, *(f".{name}.partial" for name in (*files, MANIFEST))}
    if (path / RUNS).is_dir() and (path / OPEN).is_dir():  # a sweep makes them first; else the files are somebody's
        made |= set(files)
    return all(one.name in made or (one.name in (RUNS, PANEL, OPEN) and one.is_dir() and not any(one.iterdir()))
               for one in path.iterdir())  # fmt: skip


def _taken(path: Path) -> str:
    if not (path / MANIFEST).is_file():
        return "is there already; choose another with --out, or move it away"
    try:
        folder = Folder.at(path)
        held, total = sum(folder.counts().values()), folder.facts["rows"]
    except HedgelabError:
        return "holds a sweep already; choose another with --out, or move it away"
    if held < total:
        return (f"holds a sweep with {held} of {total} runs done; hedgelab sweep resume {shown(path)} goes on with it, "
                "or choose another folder with --out")  # fmt: skip
    return "holds a finished sweep; choose another with --out, or move it away"


def said_by() -> list[str]:
    """The command as it was given, for the log."""
    return sys.argv[1:]
