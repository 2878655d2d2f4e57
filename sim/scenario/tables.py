"""Long CSV tables of a world -> arrays [importer, exporter, domain], checked as accounts.

Every problem of every table is reported at once. What the arrays mean for the model is left to `sim.world`;
cutting a domain in two (`split_world`) happens here, since it is bookkeeping on the same accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.scenario.reading import shown

if TYPE_CHECKING:
    from sim.scenario.schema import SplitFile

Array = NDArray[np.float64]
BASES = ("set", "add", "floor")
SHARE_TOLERANCE = 1e-6
BALANCE_TOLERANCE = 1e-6
NONCOMMERCIAL = "noncommercial"
HORIZONS = ("low", "central", "high")


@dataclass(frozen=True, eq=False)
class Schedule:
    """Dated tariff material: `basis` says what `rate` does to the rate in force; empty, NaN where silent."""

    basis: NDArray[np.str_]  # [importer, exporter, domain], "", "set", "add" or "floor"
    rate: Array  # [importer, exporter, domain], ad valorem, 1


@dataclass(frozen=True, eq=False)
class WorldTables:
    """One world's base year as arrays; read-only."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    goods: NDArray[np.bool_]  # [domain], passes a customs house
    flows: Array  # [importer, exporter, domain], million USD a year before tariff, home sales on the diagonal
    tariff: Array  # [importer, exporter, domain], ad valorem, 1; zero at home
    io: Array  # [region, input, using], 1, share of output value of the using domain
    value_added: Array  # [region, domain], 1, share of output value
    final: Array  # [region, domain], 1, share of final expenditure
    theta_long: Array  # [low central high, domain], 1
    theta_short: Array  # [low central high, domain], 1
    schedules: dict[str, Schedule]
    stock_shares: pd.DataFrame  # domain, importer, partner (the importer itself = home supply), share, source
    stock_reason: dict[str, str]  # stock domain -> why it is NaN for those without rows
    events: pd.DataFrame  # dated record of events, columns as in the file, text

    def expenditure(self) -> Array:
        """Spending of each region on each domain, [region, domain], million USD a year, tariff included."""
        return ((1 + self.tariff) * self.flows).sum(axis=1)


def read_world(folder: str | Path) -> WorldTables:
    """The tables of a world folder; raises one ScenarioError that lists every problem found."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ScenarioError([Problem(shown(folder), "", "is not a folder; a world is a folder of tables")])
    book = _Book(folder)
    regions, domains, goods = _axes(book)
    book.stop_if_broken()
    pair = ("importer", regions), ("exporter", regions), ("domain", domains)
    tables = WorldTables(
        regions=regions,
        domains=domains,
        goods=goods,
        flows=book.cube("flows.csv", pair, "value_before_tariff"),
        tariff=book.cube("tariffs.csv", pair, "ad_valorem"),
        io=book.cube(
            "io_shares.csv",
            (("region", regions), ("input_domain", domains), ("using_domain", domains)),
            "share",
        ),
        value_added=book.cube(
            "value_added_shares.csv", (("region", regions), ("domain", domains)), "share", complete=True
        ),
        final=book.cube("final_shares.csv", (("region", regions), ("domain", domains)), "share", complete=True),
        theta_long=_elasticities(book, domains, "long_run"),
        theta_short=_elasticities(book, domains, "short_run"),
        schedules=_schedules(book, regions, domains),
        stock_shares=_stock_shares(book, regions),
        stock_reason={},
        events=book.table("events.csv", ("date", "actor", "target", "event_type", "domain")),
    )
    book.stop_if_broken()
    book.problems += _account_problems(tables, book.name)
    book.stop_if_broken()
    reason = {
        domain: f"there are data for {', '.join(sorted(set(rows.importer), key=regions.index))} only"
        for domain, rows in tables.stock_shares.groupby("domain")
    }
    return _frozen(replace(tables, stock_reason=reason))


def split_world(tables: WorldTables, split: SplitFile) -> WorldTables:
    """The world with one domain cut in two, where it stood; the accounts stay balanced.

    Flows of the first part are the share of each flow, those of the second the rest. Tariffs, elasticities,
    schedules, value-added shares and input needs are inherited; input and final shares of the whole are cut
    in proportion to a region's expenditure, tariffs included, so E = gY + aI holds for each part."""
    problems = split_problems(tables, split)
    if problems:
        raise ScenarioError(problems)
    at = tables.domains.index(split.domain)
    first = _pair_share(tables, split)  # [importer, exporter]
    spent = ((1 + tables.tariff) * tables.flows)[:, :, at]
    with np.errstate(invalid="ignore"):
        weight = (first * spent).sum(axis=1) / spent.sum(axis=1)  # [region]
    weight = np.where(spent.sum(axis=1) > 0, weight, 0.5)  # nobody spends: both parts are empty, any share will do
    parts = np.stack([weight, 1 - weight], axis=-1)  # [region, part]

    def twice(array, axis):
        return np.insert(array, at + 1, np.take(array, at, axis=axis), axis=axis)

    flows = twice(tables.flows, 2)
    flows[:, :, at] *= first
    flows[:, :, at + 1] = tables.flows[:, :, at] - flows[:, :, at]
    final = twice(tables.final, 1)
    final[:, at : at + 2] *= parts
    io = twice(twice(tables.io, 2), 1)
    io[:, at : at + 2, :] *= parts[:, :, None]
    return _frozen(
        replace(
            tables,
            domains=tables.domains[:at] + split.into + tables.domains[at + 1 :],
            goods=twice(tables.goods, 0),
            flows=flows,
            tariff=twice(tables.tariff, 2),
            io=io,
            value_added=twice(tables.value_added, 1),
            final=final,
            theta_long=twice(tables.theta_long, 1),
            theta_short=twice(tables.theta_short, 1),
            schedules={
                name: Schedule(twice(schedule.basis, 2), twice(schedule.rate, 2))
                for name, schedule in tables.schedules.items()
            },
        )
    )


def split_problems(tables: WorldTables, split: SplitFile, file: str = "split") -> list[Problem]:
    """What keeps a split from being applied to a world."""
    problems = []
    if split.domain not in tables.domains:
        problems.append(Problem.value(file, "domain", split.domain, f"one of {', '.join(tables.domains)}"))
    for number, part in enumerate(split.into):
        if part in tables.domains or split.into.count(part) > 1:
            problems.append(Problem.value(file, f"into.{number}", part, "a name that no other domain has"))
    for region in tables.regions:
        if region not in split.exporter_share:
            problems.append(Problem(file, f"exporter_share.{region}", "is missing; every region needs a share"))
    named = [("exporter_share", code) for code in split.exporter_share]
    named += [("pair_share", code) for code in split.pair_share]
    named += [(f"pair_share.{code}", other) for code, pairs in split.pair_share.items() for other in pairs]
    for key, code in named:
        if code not in tables.regions:
            problems.append(Problem(file, f"{key}.{code}", f"is no region; valid: {', '.join(tables.regions)}"))
    return problems


def balance_error(tables: WorldTables) -> Array:
    """E - gY - aI over the largest income, [region, domain], 1: zero in a balanced world."""
    output = tables.flows.sum(axis=0)  # [exporter, domain]
    bought = tables.flows.sum(axis=(1, 2))  # imports and home sales
    labour = (tables.value_added * output).sum(axis=1)
    revenue = (tables.tariff * tables.flows).sum(axis=(1, 2))
    income = labour + revenue + bought - output.sum(axis=1)
    used = np.einsum("rkn,rn->rk", tables.io, output)
    gap = tables.expenditure() - used - tables.final * income[:, None]
    return gap / np.abs(income).max()


@dataclass
class _Book:
    """The CSV files of one folder, with the problems met so far."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, pd.DataFrame] = field(default_factory=dict)

    def name(self, file: str) -> str:
        return shown(self.folder / file)

    def note(self, file: str, key: str, message: str) -> None:
        problem = Problem(self.name(file), key, message)
        if problem not in self.problems:
            self.problems.append(problem)

    def stop_if_broken(self) -> None:
        if self.problems:
            raise ScenarioError(self.problems)

    def table(self, file: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """A table as text with at least these columns; empty, and noted, when it cannot be had."""
        if file not in self.seen:
            self.seen[file] = self._read(file)
        frame = self.seen[file]
        missing = [column for column in columns if column not in frame.columns]
        if missing and not (frame.empty and self.problems):
            self.note(file, ", ".join(missing), f"is missing; the columns needed are {', '.join(columns)}")
        return frame if not missing else pd.DataFrame({column: pd.Series(dtype=str) for column in columns})

    def _read(self, file: str) -> pd.DataFrame:
        try:
            return pd.read_csv(self.folder / file, dtype=str, keep_default_na=False, encoding="utf-8")
        except FileNotFoundError:
            self.note(file, "", "is missing; a world needs it")
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            self.note(file, "", f"cannot be read as a table: {str(error).splitlines()[0]}")
        return pd.DataFrame()

    def numbers(self, file: str, frame: pd.DataFrame, column: str) -> pd.Series:
        """A column as numbers; anything that is no finite number >= 0 is noted with its line."""
        values = pd.to_numeric(frame[column], errors="coerce").astype(float)
        for row in values.index[~(np.isfinite(values) & (values >= 0))][:5]:
            found = frame.loc[row, column]
            self.note(file, f"line {row + 2}, {column}", f"is {found!r}; must be a number of at least 0")
        return values

    def positions(self, file: str, frame: pd.DataFrame, column: str, names: tuple[str, ...]) -> NDArray[np.int64]:
        """The place of each row's name among the valid ones; unknown ones are noted and get -1."""
        place = {name: number for number, name in enumerate(names)}
        unknown = sorted(set(frame[column]) - set(place))
        for name in unknown[:5]:
            row = frame.index[frame[column] == name][0] + 2
            self.note(file, f"line {row}, {column}", f"is {name!r}; must be one of {', '.join(names)}")
        return frame[column].map(place).fillna(-1).to_numpy(dtype=np.int64)

    def cube(self, file, axes, value, complete=False) -> Array:
        """One number a cell; cells without a row are 0, or noted when the table must be complete."""
        frame = self.table(file, (*(column for column, _ in axes), value))
        shape = tuple(len(names) for _, names in axes)
        cells = [self.positions(file, frame, column, names) for column, names in axes]
        values = self.numbers(file, frame, value)
        good = np.all([cell >= 0 for cell in cells], axis=0)
        index = np.ravel_multi_index([cell[good] for cell in cells], shape)
        lines = frame.index.to_numpy()[good] + 2
        for line in lines[pd.Series(index).duplicated().to_numpy()][:5]:
            self.note(file, f"line {line}", "stands twice; each cell may have one row")
        if complete and not self.problems and len(index) < np.prod(shape):
            absent = np.unravel_index(np.setdiff1d(np.arange(np.prod(shape)), index)[0], shape)
            cell = ", ".join(names[at] for at, (_, names) in zip(absent, axes, strict=True))
            self.note(file, "", f"has no row for {cell}; every cell needs one")
        cube = np.zeros(int(np.prod(shape)))
        cube[index] = values.to_numpy()[good]
        return cube.reshape(shape)


def _axes(book: _Book) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.bool_]]:
    codes = book.table("regions.csv", ("code",)).code
    frame = book.table("domains.csv", ("domain", "goods"))
    for file, column, names in (("regions.csv", "code", codes), ("domains.csv", "domain", frame.domain)):
        if names.empty:
            book.note(file, "", "has no rows")
        for name in sorted(set(names[names.duplicated()])):
            book.note(file, column, f"is {name!r} in two rows; each name may stand once")
    for row in frame.index[~frame.goods.isin(["yes", "no"])]:
        book.note("domains.csv", f"line {row + 2}, goods", f"is {frame.goods[row]!r}; must be yes or no")
    return tuple(codes), tuple(frame.domain), (frame.goods == "yes").to_numpy()


def _elasticities(book: _Book, domains: tuple[str, ...], horizon: str) -> Array:
    file, columns = "elasticities.csv", tuple(f"{horizon}_{level}" for level in HORIZONS)
    axes = (("domain", domains),)
    theta = np.stack([book.cube(file, axes, column, complete=True) for column in columns])
    for at, domain in enumerate(domains):
        low, central, high = theta[:, at]
        if not book.problems and not 0 < low <= central <= high:
            book.note(
                file,
                f"{domain}, {horizon}",
                f"is {low:g}, {central:g}, {high:g}; must be positive and rise from low over central to high",
            )
    return theta


def _schedules(book: _Book, regions: tuple[str, ...], domains: tuple[str, ...]) -> dict[str, Schedule]:
    file = "tariff_schedules.csv"
    columns = "schedule", "exporter", "importer", "domain", "ad_valorem", "basis"
    frame = book.table(file, columns)
    for row in frame.index[~frame.basis.isin(BASES)][:5]:
        book.note(file, f"line {row + 2}, basis", f"is {frame.basis[row]!r}; must be one of {', '.join(BASES)}")
    rates = book.numbers(file, frame, "ad_valorem")
    axes = ("importer", regions), ("exporter", regions), ("domain", domains)
    cells = np.stack([book.positions(file, frame, column, names) for column, names in axes])
    for row in frame.index[frame.duplicated(subset=["schedule", "exporter", "importer", "domain"])][:5]:
        book.note(file, f"line {row + 2}", "stands twice; a schedule may name each cell once")
    for row in frame.index[frame.exporter == frame.importer][:5]:
        book.note(file, f"line {row + 2}", "is a home pair; there are no tariffs at home")
    shape = tuple(len(names) for _, names in axes)
    schedules = {}
    for name in dict.fromkeys(frame.schedule):
        rows = (frame.schedule == name).to_numpy() & (cells >= 0).all(axis=0)
        basis, rate = np.full(shape, "", dtype="<U5"), np.full(shape, np.nan)
        basis[tuple(cells[:, rows])] = frame.basis[rows]
        rate[tuple(cells[:, rows])] = rates[rows]
        schedules[name] = Schedule(basis, rate)
    return schedules


def _stock_shares(book: _Book, regions: tuple[str, ...]) -> pd.DataFrame:
    """Shares by partner in the domains that pass no customs house, noncommercial tables included if there."""
    books, apart = [book], book.folder.parent / NONCOMMERCIAL
    # its importers are those of the base world: in a world that sums some of them up its partners would not add up
    if (apart / "stock_domains.csv").is_file() and _has_importers(apart, regions):
        books.append(_Book(apart, book.problems))
    frames = [_stock_rows(one, regions) for one in books]
    whole = pd.concat(frames, ignore_index=True)
    file = "stock_domains.csv"
    for key in whole[whole.duplicated(["domain", "importer", "partner"])][["domain", "importer", "partner"]].values:
        book.note(file, ", ".join(key), "stands twice; each cell may have one row")
    for (domain, importer), total in whole.groupby(["domain", "importer"]).share.sum().items():
        if abs(total - 1) > SHARE_TOLERANCE:
            book.note(file, f"{domain}, {importer}", f"sums to {total:.7g} over partners; must sum to 1")
    return whole


def _has_importers(folder: Path, regions: tuple[str, ...]) -> bool:
    frame = _Book(folder)._read("stock_domains.csv")
    return "importer" not in frame or set(frame.importer) <= set(regions)


def _stock_rows(book: _Book, regions: tuple[str, ...]) -> pd.DataFrame:
    file = "stock_domains.csv"
    frame = book.table(file, ("domain", "importer", "partner", "share", "source")).copy()
    frame["partner"] = frame.partner.where(frame.partner != "HOME", frame.importer)
    for column in ("importer", "partner"):
        book.positions(file, frame, column, regions)
    frame["share"] = book.numbers(file, frame, "share")
    return frame[["domain", "importer", "partner", "share", "source"]]


def _account_problems(tables: WorldTables, name) -> list[Problem]:
    problems = []
    home = np.einsum("iid->id", tables.tariff)
    for region, domain in np.argwhere(home != 0)[:5]:
        key = f"{tables.regions[region]}, {tables.domains[domain]}"
        problems.append(Problem(name("tariffs.csv"), key, f"is {home[region, domain]:g} at home; must be 0"))
    for sums, file, meaning in (
        (tables.value_added + tables.io.sum(axis=1), "io_shares.csv", "value added and inputs sum"),
        (tables.final.sum(axis=1, keepdims=True), "final_shares.csv", "final shares sum"),
    ):
        for region, domain in np.argwhere(np.abs(sums - 1) > SHARE_TOLERANCE)[:5]:
            where = tables.regions[region] + (f", {tables.domains[domain]}" if sums.shape[1] > 1 else "")
            problems.append(Problem(name(file), where, f"{meaning} to {sums[region, domain]:.7g}; must be 1"))
    for array, what in (
        (tables.expenditure(), "spends nothing on"),
        (tables.flows.sum(axis=0), "sells nothing of"),
    ):
        for region, domain in np.argwhere(array <= 0)[:5]:
            message = f"{what} {tables.domains[domain]}; every region needs data in every domain"
            problems.append(Problem(name("flows.csv"), tables.regions[region], message))
    if not problems:
        gap = balance_error(tables)
        for region, domain in np.argwhere(np.abs(gap) > BALANCE_TOLERANCE)[:5]:
            message = f"accounts do not balance: E - gY - aI is {gap[region, domain]:.2g} of the largest income"
            key = f"{tables.regions[region]}, {tables.domains[domain]}"
            problems.append(Problem(name("flows.csv"), key, f"{message}; must be within {BALANCE_TOLERANCE:g}"))
    return problems


def _pair_share(tables: WorldTables, split: SplitFile) -> Array:
    share = np.tile([split.exporter_share[region].value for region in tables.regions], (len(tables.regions), 1))
    for importer, pairs in split.pair_share.items():
        for exporter, quantity in pairs.items():
            share[tables.regions.index(importer), tables.regions.index(exporter)] = quantity.value
    return share


def _frozen(tables: WorldTables) -> WorldTables:
    arrays = [value for value in vars(tables).values() if isinstance(value, np.ndarray)]
    arrays += [array for one in tables.schedules.values() for array in (one.basis, one.rate)]
    for array in arrays:
        array.flags.writeable = False
    return tables
