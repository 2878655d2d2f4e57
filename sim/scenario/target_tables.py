"""The tables of a target folder: long CSV -> arrays, and every problem found on the way.

What the tables mean together, and the cases, are left to `targets.py`. The format is written down in
`docs/validation-targets.md`."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario.reading import shown, suggestion

Array = np.ndarray
EVERYONE = "all"  # stands for every region or domain, so that none may be called so
SHOWN_ROWS = 3  # of the rows of a file that have the same fault


@dataclass
class Problems:
    """What is wrong with a folder, collected so that a person sees all of it at once."""

    folder: Path
    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, key: str, message: str) -> None:
        """One more problem; the same one is kept once."""
        problem = Problem(shown(self.folder / file), key, message)
        if problem not in self.found:
            self.found.append(problem)

    def stop_if_any(self) -> None:
        """Raises ScenarioError with everything collected so far."""
        if self.found:
            raise ScenarioError(self.found)


def number(text: object) -> float:
    """A finite number from a cell or a YAML value, NaN if it is none."""
    try:
        value = math.nan if isinstance(text, bool) else float(text)
    except (TypeError, ValueError):
        return math.nan
    return value if math.isfinite(value) else math.nan


@dataclass(frozen=True)
class Row:
    """One line of a table: its number in the file, and its cells by column."""

    line: int
    cell: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cell.get(column, "")


class Table:
    """A CSV file of the folder: its needed columns, in any order; other columns are ignored."""

    def __init__(self, name: str, columns: tuple[str, ...], problems: Problems, optional: tuple[str, ...] = ()):
        self.name, self.columns, self.problems = name, columns, problems
        self.header: list[str] = []
        self._faults: dict[str, list[int]] = {}
        self.rows = list(self._read(optional))

    def _read(self, optional: tuple[str, ...]) -> Iterator[Row]:
        path = self.problems.folder / self.name
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                lines = csv.reader(file, strict=True)
                self.header = [name.strip() for name in next(lines, [])]
                if not self._header_is_whole(optional):
                    return
                for cells in lines:
                    row = self._row(lines.line_num, [cell.strip() for cell in cells])
                    if row is not None:
                        yield row
        except FileNotFoundError:
            self.problems.add(self.name, "", "is missing; a target folder needs it")
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            self.problems.add(self.name, "", f"cannot be read as UTF-8 CSV: {error}")

    def _header_is_whole(self, optional: tuple[str, ...]) -> bool:
        for column in (*self.columns, *optional):
            times = self.header.count(column)
            if times > 1 or (times == 0 and column in self.columns):
                what = "stands twice in the header" if times else "is not in the header"
                self.problems.add(self.name, column, f"{what}; columns needed: {', '.join(self.columns)}")
        return all(self.header.count(column) == 1 for column in self.columns)

    def _row(self, line: int, cells: list[str]) -> Row | None:
        """None for an empty line, and, with a problem, for one that is cut short or too long."""
        row = Row(line, dict(zip(self.header, cells, strict=False)))
        if len(cells) < len(self.header) or any(cells[len(self.header) :]):
            if any(cells):
                self.fault(row, "cells", f"are {len(cells)}; must be {len(self.header)} as in the header")
            return None
        return row if any(cells) else None

    def fault(self, row: Row, key: str, message: str) -> None:
        """A problem with one row; of many alike only the first few are told."""
        lines = self._faults.setdefault(f"{key} {message}", [])
        lines.append(row.line)
        if len(lines) <= SHOWN_ROWS:
            self.problems.add(self.name, f"line {row.line}: {key}", message)

    def close(self) -> None:
        """Says how many more rows have a fault that was told only for the first few."""
        for fault, lines in self._faults.items():
            if len(lines) > SHOWN_ROWS:
                self.problems.add(self.name, "", f"has {len(lines) - SHOWN_ROWS} more lines of this kind: {fault}")
        self._faults = {}

    def value(self, row: Row, column: str, valid: str, accepts: Callable[[float], bool]) -> float:
        """The number in a cell; NaN, and a problem, when it is none or not accepted."""
        value = number(row[column])
        if math.isnan(value):
            self.fault(row, column, f"is {row[column]!r}; must be a number")
        elif not accepts(value):
            self.fault(row, column, f"is {value:g}; must be {valid}")
            value = math.nan
        return value

    def stands_twice(self, row: Row) -> None:
        """A problem with a row whose names another row has."""
        names = [row[column] for column in self.columns[:-1]]
        self.fault(row, ", ".join(names), "stands twice; must stand once")

    def places(self, row: Row, axes: dict[str, tuple[str, ...]]) -> tuple[int, ...] | None:
        """Positions of a row's names on its axes; None, and a problem, when a name is unknown."""
        unknown = [column for column, names in axes.items() if row[column] not in names]
        for column in unknown:
            close = suggestion(row[column], axes[column])
            message = f"is {row[column]!r}, an unknown name;{close} must be of {listed(axes[column])}"
            self.fault(row, column, message)
        return None if unknown else tuple(names.index(row[column]) for column, names in axes.items())

    def array(self, axes: dict[str, tuple[str, ...]], column: str, valid: str, accepts) -> Array:
        """[one axis a name column]: the table as an array, rows left out zero."""
        out = np.zeros([len(names) for names in axes.values()])
        seen: set[tuple[int, ...]] = set()
        for row in self.rows:
            place, value = self.places(row, axes), self.value(row, column, valid, accepts)
            if place is None:
                continue
            if place in seen:
                self.stands_twice(row)
            seen.add(place)
            out[place] = 0.0 if math.isnan(value) else value
        self.close()
        return out


def listed(names, most: int = 12) -> str:
    """Names for a sentence, the first few of many."""
    return ", ".join(names[:most]) + (f" ... ({len(names)} names)" if len(names) > most else "")
