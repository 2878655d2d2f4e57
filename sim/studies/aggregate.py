"""A smaller world made of a larger one: regions and domains summed, rates averaged by trade, accounts balanced.

    python -m sim.studies.aggregate configs/worlds/small --of base --split chokepoint_minerals

The folder's `regions.csv` and `domains.csv` say what is summed, in their columns `members`; the other tables are
written.

Trade between members of a region becomes home sales, and the duties on it, which no home sale bears, leave both income
and spending: each use of a domain falls in proportion, and what inputs no longer cost is value added. Everything else
is a sum, or a mean weighted by what the base year traded."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from sim.scenario.load import configs_root
from sim.scenario.reading import Reader
from sim.scenario.tables import HORIZONS, Schedule, WorldTables, read_world, split_world
from sim.world.params import Array

DIGITS = 12
NOTHING = 1e-9  # share of spending below which final use is none


@dataclass(frozen=True)
class Groups:
    """What is summed: codes of the small world, and membership as matrices of zeros and ones."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    of_region: Array  # [region, region of the large world]
    of_domain: Array  # [domain, domain of the large world]

    def pairs(self, cells: Array) -> Array:
        """Sum of [importer, exporter, domain]."""
        return np.einsum("Ii,Jj,Kk,ijk->IJK", self.of_region, self.of_region, self.of_domain, cells)

    def outputs(self, cells: Array) -> Array:
        """Sum of [region, domain]."""
        return np.einsum("Ii,Kk,ik->IK", self.of_region, self.of_domain, cells)

    def inputs(self, cells: Array) -> Array:
        """Sum of [region, input, using]."""
        return np.einsum("Ii,Kk,Uu,iku->IKU", self.of_region, self.of_domain, self.of_domain, cells)


def groups_of(folder: Path, large: WorldTables) -> Groups:
    """Groups as the folder's two tables say; raises ValueError unless each region and domain is in exactly one."""
    found = {}
    for axis, file, column in (("regions", "regions.csv", "code"), ("domains", "domains.csv", "domain")):
        table, names = pd.read_csv(folder / file, dtype=str), getattr(large, axis)
        members = [text.split() for text in table.members]
        every = sorted(name for group in members for name in group)
        if every != sorted(names):
            wrong = sorted(set(every) ^ set(names)) or [name for name in names if every.count(name) > 1]
            raise ValueError(f"{folder / file}, members: each of {', '.join(names)} once; look at {', '.join(wrong)}")
        found[axis] = tuple(table[column]), np.array([[float(name in group) for name in names] for group in members])
    (regions, of_region), (domains, of_domain) = found["regions"], found["domains"]
    return Groups(regions, domains, of_region, of_domain)


def aggregated(large: WorldTables, groups: Groups) -> WorldTables:
    """The accounts of the small world; stock domains and events as they are."""
    home = np.eye(len(groups.regions), dtype=bool)[:, :, None]
    output, spent = large.flows.sum(axis=0), large.expenditure()  # [region, domain]
    used = large.io * output[:, None, :]  # [region, input, using]
    flows, duties = groups.pairs(large.flows), groups.pairs(large.tariff * large.flows)
    inner = np.where(home, duties, 0.0).sum(axis=1)  # [region, domain], duties between members
    kept = 1 - inner / groups.outputs(spent)
    inputs = groups.inputs(used) * kept[:, :, None]
    consumed = groups.outputs(spent - used.sum(axis=2)) * kept
    consumed = np.where(consumed > NOTHING * groups.outputs(spent), consumed, 0.0)  # what rounding left of a difference
    made = groups.outputs(output)
    abroad = np.einsum("ijk,ij->k", large.flows, 1 - np.eye(len(large.regions)))
    return replace(
        large, regions=groups.regions, domains=groups.domains, goods=(groups.of_domain @ large.goods) > 0, flows=flows,
        tariff=np.where(home, 0.0, traded_mean(groups, large.tariff, large.flows)),
        io=inputs / made[:, None, :], value_added=1 - inputs.sum(axis=1) / made,
        final=consumed / consumed.sum(axis=1, keepdims=True),
        theta_long=(large.theta_long * abroad) @ groups.of_domain.T / (groups.of_domain @ abroad),
        theta_short=(large.theta_short * abroad) @ groups.of_domain.T / (groups.of_domain @ abroad),
        schedules={name: schedule(one, large, groups) for name, one in large.schedules.items()},
    )  # fmt: skip


def traded_mean(groups: Groups, rate: Array, flows: Array) -> Array:
    """[importer, exporter, domain]: mean of rates weighted by flows; a plain mean where nothing is traded."""
    total, plain = groups.pairs(flows), groups.pairs(rate) / groups.pairs(np.ones_like(rate))
    return np.where(total > 0, groups.pairs(rate * flows) / np.where(total > 0, total, 1.0), plain)


def schedule(one: Schedule, large: WorldTables, groups: Groups) -> Schedule:
    """A dated schedule: a mean of what is added, silent cells adding nothing.

    Where any cell is set or has a floor, the mean rate that it leaves on the base rates is set."""
    said = one.basis != ""
    replaces = said & (one.basis != "add")
    rate = np.where(said, one.rate, 0.0)
    left = np.select([one.basis == "set", one.basis == "floor"], [rate, np.maximum(rate, large.tariff)],
                     large.tariff + rate)  # fmt: skip
    home = np.eye(len(groups.regions), dtype=bool)[:, :, None]
    named, fixed = ((groups.pairs(cells.astype(float)) > 0) & ~home for cells in (said, replaces))
    mean = np.where(fixed, traded_mean(groups, left, large.flows), traded_mean(groups, rate, large.flows))
    return Schedule(np.select([fixed, named], ["set", "add"], ""), np.where(named, mean, np.nan))


def stock_shares(base: pd.DataFrame, members: dict[str, list[str]]) -> pd.DataFrame:
    """Shares in stock domains of the regions that stand alone, their partners summed."""
    region = {one: code for code, group in members.items() for one in group}
    alone = base[[len(members[region[code]]) == 1 for code in base.importer]].copy()
    alone["partner"] = [code if code == "HOME" else region[code] for code in alone.partner]
    alone["importer"] = alone.importer.map(region)
    alone["share"] = alone.share.astype(float)
    keys = ["domain", "importer", "partner"]
    told = {"method": lambda column: "sum of partners", "source": _joined, "quality": _joined}
    return alone.groupby(keys, sort=False).agg({"share": "sum"} | told).reset_index()[list(base.columns)]


def _joined(column: pd.Series) -> str:
    return "; ".join(dict.fromkeys(column))


def events(base: pd.DataFrame, members: dict[str, list[str]]) -> pd.DataFrame:
    """Events in which a region that stands alone acted; the wording stays."""
    alone = {group[0]: code for code, group in members.items() if len(group) == 1}
    return base[[any(code in alone for code in text.split(";")) for text in base.actor]]


def write(folder: Path, small: WorldTables, large: Path, base: str) -> None:
    """All tables but the two that say what is summed.

    large : folder of the world that was summed; base : how the rows call it"""
    table = pd.read_csv(folder / "regions.csv", dtype=str)
    members = {code: text.split() for code, text in zip(table.code, table.members, strict=True)}
    source = f"{base}, summed over members (sim/studies/aggregate.py)"
    regions, domains = small.regions, small.domains
    pair = [("importer", regions), ("exporter", regions), ("domain", domains)]
    own = [("region", regions), ("domain", domains)]
    both = [("region", regions), ("input_domain", domains), ("using_domain", domains)]
    frames = {
        "flows.csv": rows(small.flows, pair, "value_before_tariff").assign(method=source),
        "tariffs.csv": abroad_only(rows(small.tariff, pair, "ad_valorem")).assign(
            method=f"{base}, weighted by flows (sim/studies/aggregate.py)"
        ),
        "io_shares.csv": rows(small.io, both, "share"),
        "value_added_shares.csv": rows(small.value_added, own, "share"),
        "final_shares.csv": rows(small.final, own, "share"),
        "elasticities.csv": elasticities(small, base),
        "tariff_schedules.csv": schedules(small, base),
        "stock_domains.csv": stock_shares(_text(large / "stock_domains.csv"), members),
        "events.csv": events(_text(large / "events.csv"), members),
    }
    for name, frame in frames.items():
        frame.to_csv(folder / name, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")


def rows(cells: Array, axes: list[tuple[str, tuple[str, ...]]], value: str) -> pd.DataFrame:
    """A row a cell."""
    index = pd.MultiIndex.from_product([codes for _, codes in axes], names=[name for name, _ in axes])
    return pd.Series(cells.ravel(), index=index, name=value).reset_index()


def abroad_only(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of pairs of two regions."""
    return frame[frame.importer != frame.exporter]


def elasticities(small: WorldTables, base: str) -> pd.DataFrame:
    """Both horizons at all three levels."""
    columns = {f"{horizon}_{level}": theta[k] for horizon, theta in (("long_run", small.theta_long),
               ("short_run", small.theta_short)) for k, level in enumerate(HORIZONS)}  # fmt: skip
    source = f"{base}, weighted by trade between its regions (sim/studies/aggregate.py)"
    return pd.DataFrame({"domain": small.domains} | columns | {"source": source})


def schedules(small: WorldTables, base: str) -> pd.DataFrame:
    """A row a cell that a schedule names."""
    axes = [("importer", small.regions), ("exporter", small.regions), ("domain", small.domains)]
    frames = [rows(one.rate, axes, "ad_valorem").assign(basis=one.basis.ravel(), schedule=name)
              for name, one in small.schedules.items()]  # fmt: skip
    whole = pd.concat(frames, ignore_index=True)
    columns = ["schedule", "exporter", "importer", "domain", "ad_valorem", "basis", "source"]
    return whole[whole.basis != ""].assign(source=f"{base}, weighted by flows (sim/studies/aggregate.py)")[columns]


def _text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def main() -> None:
    """Writes the tables of a folder anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the small world: regions.csv and domains.csv, with members")
    parser.add_argument("--of", default="base", help="the world that is summed")
    parser.add_argument("--split", help="a split of that world to apply first, at its central values")
    options = parser.parse_args()
    large = configs_root() / "worlds" / options.of
    tables, base = read_world(large), f"world {options.of}"
    if options.split is not None:
        tables = split_world(tables, Reader().read(large / "splits" / f"{options.split}.yaml", "split"))
        base = f"{base}, split {options.split}"
    write(options.folder, aggregated(tables, groups_of(options.folder, tables)), large, base)


if __name__ == "__main__":
    main()
