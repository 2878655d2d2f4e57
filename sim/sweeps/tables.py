"""Played runs -> the two tables of a chunk: one row a run, one row a run and quarter; the bytes follow from them.

Columns: what says which run it is, `state` and `error`; then values by their dotted names; then outcomes. A column's
unit stands in the file, with it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import StoreError
from sim.sweeps.orders import Played, Row

KEYS = {"row": pa.string(), "attempt": pa.int32(), "scenario": pa.string(), "policy": pa.string(),
        "point": pa.int32(), "replicate": pa.int32(), "seed": pa.int64(), "run": pa.int64(),
        "state": pa.string(), "error": pa.string()}  # fmt: skip
PANEL_KEYS = {"row": pa.string(), "attempt": pa.int32(), "scenario": pa.string(), "policy": pa.string(),
              "point": pa.int32(), "replicate": pa.int32(), "quarter": pa.string()}  # fmt: skip


def runs_table(rows: list[Row], played: dict[str, Played], attempt: int, values: list[str]) -> pa.Table:
    """One row a run, in the order of the plan: outcomes are those of its last quarter.

    values : names that any run of the sweep is told"""
    done = [played[row.id] for row in rows]
    columns = {
        "row": [row.id for row in rows],
        "attempt": [attempt] * len(rows),
        "state": [one.state for one in done],
        "error": [one.error for one in done],
    } | {name: [getattr(row, name) for row in rows]
         for name in ("scenario", "policy", "point", "replicate", "seed", "run")}  # fmt: skip
    arrays = [pa.array(columns[name], kind) for name, kind in KEYS.items()]
    fields = [pa.field(name, kind) for name, kind in KEYS.items()]
    for name in values:
        arrays.append(pa.array([row.values.get(name) for row in rows], pa.float64()))
        fields.append(pa.field(name, pa.float64()))
    for field in outcome_fields(done):
        arrays.append(pa.array([one.outcomes[field.name][-1] if field.name in one.outcomes else None for one in done],
                               field.type))  # fmt: skip
        fields.append(field)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def panel_table(rows: list[Row], played: dict[str, Played], attempt: int) -> pa.Table:
    """One row a run and quarter, of the runs that are ok."""
    done = [(row, played[row.id]) for row in rows]
    every = [(row, one, k) for row, one in done for k in range(len(one.quarters))]
    columns = {"attempt": [attempt] * len(every), "row": [row.id for row, *_ in every],
               "quarter": [one.quarters[k] for _, one, k in every]}  # fmt: skip
    columns |= {name: [getattr(row, name) for row, *_ in every]
                for name in ("scenario", "policy", "point", "replicate")}  # fmt: skip
    arrays = [pa.array(columns[name], kind) for name, kind in PANEL_KEYS.items()]
    fields = [pa.field(name, kind) for name, kind in PANEL_KEYS.items()]
    for field in outcome_fields([one for _, one in done]):
        values = [one.outcomes[field.name][k] if field.name in one.outcomes else None for _, one, k in every]
        arrays.append(pa.array(values, field.type))
        fields.append(field)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def outcome_fields(played: list[Played]) -> list[pa.Field]:
    """The outcomes that any of some runs has, in order of appearance, with their units."""
    units: dict[str, str] = {}
    for one in played:
        units |= {name: unit for name, unit in one.units.items() if name not in units}
    return [
        pa.field(name, pa.float64() if unit else pa.string(), metadata={"unit": unit}) for name, unit in units.items()
    ]


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as a Parquet file, each page with a checksum."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", write_page_checksum=True)
    return out.getvalue()


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A table of a chunk, its checksums looked at. Raises StoreError when it is broken."""
    try:
        return pq.ParquetFile(path, page_checksum_verification=True).read(columns)
    except (OSError, pa.ArrowException) as error:
        raise broken(path, error) from error


def broken(path: Path, error: Exception) -> StoreError:
    """What to say of a file that cannot be read."""
    folder, said = path.parent.parent, str(error).splitlines()[0]
    return StoreError(f"{path} is broken ({said}): hedgelab sweep resume {folder} plays its runs again; the other "
                      "files are as they were")  # fmt: skip


def line_of(played: list[Played]) -> list[dict]:
    """Runs as one line of a journal."""
    return [vars(one) for one in played]


def of_line(line: list[dict]) -> list[Played]:
    """Runs of a line of a journal."""
    return [Played(**one) for one in line]


def same_bits(one: object, other: object) -> bool:
    """Whether two plain values are the same to the last bit, NaN being NaN."""
    return json.dumps(one) == json.dumps(other)
