"""A sweep that was played, opened from Python: nothing is read before it is asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from sim.errors import Problem, ScenarioError, StoreError
from sim.scenario.sweeps import SweepFile
from sim.sweeps import tables
from sim.sweeps.codebook import codebook, read_codebook
from sim.sweeps.folder import CODEBOOK, PANEL, RUNS, Folder, attempt_of, design_table
from sim.sweeps.kept import plan_of
from sim.sweeps.orders import PENDING, STATES
from sim.sweeps.plan import Plan


@dataclass(frozen=True)
class Sweep:
    """What a sweep's folder holds. A run that was played again shows its latest attempt."""

    folder: Folder

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder.path

    @property
    def spec(self) -> SweepFile:
        """The sweep file it was made of."""
        return self.folder.spec

    @property
    def manifest(self) -> dict:
        """What pins it."""
        return self.folder.facts

    @cached_property
    def plan(self) -> Plan:
        """Its runs, planned again from its own sweep file."""
        return plan_of(self.folder)

    @property
    def counts(self) -> Counter:
        """State -> runs; `pending` are those without a record."""
        held = self.folder.counts()
        pending = self.manifest["rows"] - sum(held.values())
        every = held | Counter({PENDING: pending})
        return Counter({state: every[state] for state in STATES if every[state]})

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run of the finished chunks: which it is, its state, its values, its last quarter's outcomes."""
        return self._frame(RUNS, None, None)

    def rows(self, columns: list[str] | None = None, filter: ds.Expression | dict | None = None) -> pd.DataFrame:
        """As `runs`, with some columns alone besides what says which run it is, or some of the runs.

        columns, filter : as in `panel`"""
        return self._frame(RUNS, columns, filter)

    def panel(self, columns: list[str] | None = None, filter: ds.Expression | dict | None = None) -> pd.DataFrame:
        """One row a run and quarter.

        columns : outcomes wanted, besides what says which run and quarter it is; all by default
        filter : {column: value or list of values}, or an expression of pyarrow.dataset"""
        return self._frame(PANEL, columns, filter)

    def dataset(self, table: str = RUNS) -> ds.Dataset:
        """`runs` or `panel` as a pyarrow dataset, further attempts beside the first ones."""
        if table == PANEL and not self.spec.panel:
            raise StoreError(f"{self.path} keeps no panel: its sweep says `panel: false`")
        # a chunk is done when its rows are there, which are written last
        paths = [self.path / table / path.name for path in sorted(self.folder.files(RUNS), key=attempt_of)]
        gone = next((path for path in paths if not path.exists()), None)
        if gone is not None:
            raise tables.broken(gone, FileNotFoundError("it is not there"))
        if not paths:
            raise StoreError(f"{self.path} has no finished chunk: hedgelab sweep resume {self.path} goes on with it")
        looked_at = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
        kind = ds.ParquetFileFormat(default_fragment_scan_options=looked_at)
        return ds.dataset([str(path) for path in paths], schema=_joint(paths), format=kind)

    @property
    def design(self) -> pd.DataFrame:
        """A row a point: the values that the sweep gives, and places from 0 to 1 in ranges that configs carry."""
        try:
            return tables.read_table(self.path / "design.parquet").to_pandas()
        except StoreError:  # it follows from the sweep file
            return design_table(self.plan).to_pandas()

    @property
    def codebook(self) -> pd.DataFrame:
        """Every column of both tables: unit, meaning, source, range; as kept, if that is whole and of these tables."""
        found = read_codebook(self.path / CODEBOOK)
        held = {name for one in self._schemas() if one is not None for name in one.names}
        return self.made_codebook() if found is None or set(found["column"]) != held else found

    def made_codebook(self) -> pd.DataFrame:
        """The same, made anew from the configs and the tables."""
        known = {name: one for values in self.plan.known.values() for name, one in values.items()}
        return codebook(*self._schemas(), known)

    def _schemas(self) -> tuple[pa.Schema, pa.Schema | None]:
        return self.dataset(RUNS).schema, self.dataset(PANEL).schema if self.spec.panel else None

    def _frame(self, table: str, columns: list[str] | None, wanted) -> pd.DataFrame:
        data = self.dataset(table)
        keys = list(tables.PANEL_KEYS if table == PANEL else tables.KEYS)
        unknown = [name for name in columns or [] if name not in data.schema.names]
        if unknown:
            raise ScenarioError([Problem(str(self.path), "columns", f"names {', '.join(unknown)}; must be among "
                                         f"{', '.join(n for n in data.schema.names if n not in keys)}")])  # fmt: skip
        kept = None if columns is None else list(dict.fromkeys([*keys, *columns]))
        chosen = _all(_expression(wanted), self._latest(table))
        try:
            found = data.to_table(columns=kept, filter=chosen).to_pandas()
        except (OSError, pa.ArrowException) as error:
            for path in self.folder.files(table):
                tables.read_table(path)  # names the broken one
            raise tables.broken(self.path / table / "a file", error) from error
        return found

    def _latest(self, table: str) -> ds.Expression | None:
        """Leaves out records that a further attempt replaced."""
        further = [path for path in self.folder.files(RUNS) if attempt_of(path)[0] > 1]
        last: dict[str, int] = {}
        for path in sorted(further, key=attempt_of):
            last |= dict.fromkeys(tables.read_table(path, ["row"])["row"].to_pylist(), attempt_of(path)[0])
        parts = []
        for attempt in sorted(set(last.values())):
            rows = [row for row, number in last.items() if number == attempt]
            parts.append(~(ds.field("row").isin(rows) & (ds.field("attempt") < attempt)))
        return _all(*parts)


def open_sweep(folder: str | Path) -> Sweep:
    """The sweep of a folder. Raises StoreError when it is none, or its manifest was changed by hand."""
    return Sweep(Folder.at(Path(folder)))


def _joint(paths: list[Path]) -> pa.Schema:
    found = []
    for path in paths:
        try:
            found.append(pq.read_schema(path).remove_metadata())
        except (OSError, pa.ArrowException) as error:
            raise tables.broken(path, error) from error
    return pa.unify_schemas(found)


def _expression(wanted: ds.Expression | dict | None) -> ds.Expression | None:
    if not isinstance(wanted, dict):
        return wanted
    return _all(*(ds.field(k).isin(v) if isinstance(v, list | tuple | set) else ds.field(k) == v
                  for k, v in wanted.items()))  # fmt: skip


def _all(*parts: ds.Expression | None) -> ds.Expression | None:
    found = None
    for part in (one for one in parts if one is not None):
        found = part if found is None else found & part
    return found
