"""A target folder -> base accounts as arrays, and counterfactual cases with what each should give.

Every problem of the folder is reported at once. Tables are read in `target_tables.py`, cases in
`target_cases.py`; running them is left to `sim.studies.validate`. Format: `docs/validation-targets.md`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from sim.scenario.reading import parse, shown
from sim.scenario.tables import BALANCE_TOLERANCE, SHARE_TOLERANCE, balance_error
from sim.scenario.target_cases import FILE, Case, CaseReader, Names, absent
from sim.scenario.target_tables import EVERYONE, Array, Problems, Row, Table

TOP_KEYS = ("source", "unit", "groups", "defaults", "cases")
SHARE_FILES = ("value_added_shares.csv", "io_shares.csv", "final_shares.csv")
UNIT = "percent"


class _TextLoader(yaml.SafeLoader):
    """Plain data in which no value is guessed to be a number, a date or a truth."""

    yaml_implicit_resolvers = {}


@dataclass(frozen=True)
class Accounts:
    """The base year of a target folder, in the unit of its flows."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    flows: Array  # [importer, exporter, domain], value before tariff, home sales on the diagonal
    tariff: Array  # [importer, exporter, domain], ad valorem, 1; zero at home
    theta: Array  # [domain], 1
    value_added: Array | None  # [region, domain], 1, share of output value; None without share files
    io: Array | None  # [region, input, using], 1, share of output value; None without share files
    final: Array | None  # [region, domain], 1, share of final expenditure; None without share files

    def expenditure(self) -> Array:
        """[region, domain], tariff included."""
        return ((1 + self.tariff) * self.flows).sum(axis=1)


@dataclass(frozen=True)
class TargetFolder:
    """Known answers: a base year and the cases to run on it."""

    folder: Path
    source: str
    accounts: Accounts
    cases: tuple[Case, ...]


def read_targets(folder: str | Path) -> TargetFolder:
    """A target folder; raises one ScenarioError that lists every problem found."""
    problems = Problems(Path(folder))
    if not problems.folder.is_dir():
        problems.add("", "", "is not a folder; a target folder holds flows.csv, tariffs.csv, theta.csv, cases.yaml")
    problems.stop_if_any()
    text = _case_text(problems)
    accounts = _accounts(problems)
    if accounts is None:
        problems.stop_if_any()
    names = Names(accounts.regions, accounts.domains, _groups(text.get("groups"), accounts.domains, problems))
    reader = CaseReader(names, accounts.tariff, accounts.theta, problems)
    defaults = text.get("defaults")
    if not absent(defaults) and not isinstance(defaults, dict):
        reader.wrong("defaults", "must be a mapping of keys of a case")
    cases = reader.read(text.get("cases"), defaults if isinstance(defaults, dict) else {})
    _check_links(cases, accounts, problems)
    problems.stop_if_any()
    return TargetFolder(problems.folder, str(text.get("source", "")), accounts, tuple(cases))


def _case_text(problems: Problems) -> dict:
    """cases.yaml with every plain value as text, so that a region may be called NO and a domain 08."""
    path = problems.folder / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.add(FILE, "", "is missing; a target folder needs it")
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.add(FILE, "", f"cannot be read as UTF-8 text: {error}")
        return {}
    if not text.strip():
        problems.add(FILE, "", "is empty; must hold cases")
        return {}
    _, found = parse(text, shown(path))  # no aliases, tags, duplicate keys
    problems.found += found
    if found:
        return {}
    tree = yaml.load(text, Loader=_TextLoader)
    for key in tree:
        if key not in TOP_KEYS:
            problems.add(FILE, key, f"is an unknown key; known: {', '.join(TOP_KEYS)}")
    if not absent(tree.get("unit")) and tree["unit"] != UNIT:
        problems.add(FILE, "unit", f"is {tree['unit']!r}; must be {UNIT}")
    return tree


def _groups(found: object, domains: tuple[str, ...], problems: Problems) -> dict[str, tuple[str, ...]]:
    """Names for lists of domains."""
    groups: dict[str, tuple[str, ...]] = {}
    if absent(found):
        return groups
    if not isinstance(found, dict):
        problems.add(FILE, "groups", "must map names to lists of domains")
        return groups
    for name, members in found.items():
        key = f"groups.{name}"
        if name in domains or name == EVERYONE:
            problems.add(FILE, key, "is taken; must differ from all and from every domain")
        if not isinstance(members, list) or not members:
            problems.add(FILE, key, "must be a list of at least one domain")
            continue
        for member in members:
            if member not in domains:
                problems.add(FILE, key, f"has {member!r}, an unknown name; must be of {', '.join(domains)}")
        groups[name] = tuple(member for member in members if isinstance(member, str))
    return groups


# --- accounts -----------------------------------------------------------------------------------


def _accounts(problems: Problems) -> Accounts | None:
    """The tables as arrays; None when they do not even say which regions and domains there are."""
    theta = Table("theta.csv", ("domain", "theta"), problems)
    flows = Table("flows.csv", ("exporter", "importer", "domain", "value_before_tariff"), problems)
    tariffs = Table("tariffs.csv", ("exporter", "importer", "domain", "ad_valorem"), problems)
    domains = _names(theta, ("domain",))
    regions = _names(flows, ("exporter", "importer"))
    if not domains or not regions:
        for table, names in ((theta, domains), (flows, regions)):
            if not names and all(column in table.header for column in table.columns):
                problems.add(table.name, "", "has no rows")
        return None
    pair = {"importer": regions, "exporter": regions, "domain": domains}
    tariff = tariffs.array(pair, "ad_valorem", "above -1", lambda x: x > -1)
    tariff[np.arange(len(regions)), np.arange(len(regions))] = 0.0
    shares = _shares(regions, domains, problems)
    accounts = Accounts(
        regions=regions,
        domains=domains,
        flows=flows.array(pair, "value_before_tariff", ">= 0", lambda x: x >= 0),
        tariff=tariff,
        theta=theta.array({"domain": domains}, "theta", "> 0", lambda x: x > 0),
        **shares,
    )
    if not problems.found:
        _check_accounts(accounts, problems)
    return accounts


def _names(table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Names of an axis in the order in which they first stand."""
    names = dict.fromkeys(row[column] for row in table.rows for column in columns)
    for name in ("", EVERYONE):
        if name in names:
            row: Row = next(row for row in table.rows if name in [row[column] for column in columns])
            message = f"is {name!r}; " + ("must be a name" if not name else "a reserved name, must be another")
            table.fault(row, next(column for column in columns if row[column] == name), message)
    return tuple(names)


def _shares(regions: tuple[str, ...], domains: tuple[str, ...], problems: Problems) -> dict[str, Array | None]:
    """Value-added, input and final shares: all three, or none."""
    out: dict[str, Array | None] = {"value_added": None, "io": None, "final": None}
    there = [name for name in SHARE_FILES if (problems.folder / name).exists()]
    if there and len(there) < len(SHARE_FILES):
        missing = [name for name in SHARE_FILES if name not in there]
        problems.add(
            missing[0],
            "",
            f"is missing beside {', '.join(there)}; the share files come together or not at all",
        )
    axes = (
        {"region": regions, "domain": domains},
        {"region": regions, "input_domain": domains, "using_domain": domains},
        {"region": regions, "domain": domains},
    )
    for key, name, axis in zip(out, SHARE_FILES, axes, strict=True):
        if name in there:
            out[key] = Table(name, (*axis, "share"), problems).array(axis, "share", "0 to 1", lambda x: 0 <= x <= 1)
    return out


def _check_accounts(accounts: Accounts, problems: Problems) -> None:
    spends = "spends nothing on {}; every region must spend something on every domain"
    for region, domain in np.argwhere(accounts.expenditure() <= 0):
        problems.add("flows.csv", accounts.regions[region], spends.format(accounts.domains[domain]))
    output = accounts.flows.sum(axis=0)
    labour = (output * (1.0 if accounts.value_added is None else accounts.value_added)).sum(axis=1)
    for region in np.flatnonzero(labour <= 0):
        message = "has no labour income; every region must sell something"
        problems.add("flows.csv", accounts.regions[region], message)
    if accounts.io is None:
        return
    used = accounts.value_added + accounts.io.sum(axis=1)
    for region, domain in np.argwhere(np.abs(used - 1) > SHARE_TOLERANCE):
        key = f"{accounts.regions[region]}, {accounts.domains[domain]}"
        message = f"sums with the input shares to {used[region, domain]:.9g}; must sum to 1"
        problems.add("value_added_shares.csv", key, message)
    total = accounts.final.sum(axis=1)
    for region in np.flatnonzero(np.abs(total - 1) > SHARE_TOLERANCE):
        message = f"sums to {total[region]:.9g}; must sum to 1"
        problems.add("final_shares.csv", accounts.regions[region], message)


def _check_links(cases: list[Case], accounts: Accounts, problems: Problems) -> None:
    """Cases with links need the share files, and accounts that balance under them."""
    linked = [case.name for case in cases if case.links]
    if linked and accounts.io is None and not any((problems.folder / name).exists() for name in SHARE_FILES):
        message = f"has no {', '.join(SHARE_FILES)}; case {linked[0]} with links: true needs them"
        problems.add("", "", message)
    if not linked or accounts.io is None or problems.found:
        return
    gap = np.abs(balance_error(accounts))
    if gap.max() > BALANCE_TOLERANCE:
        region, domain = np.unravel_index(gap.argmax(), gap.shape)
        key = f"{accounts.regions[region]}, {accounts.domains[domain]}"
        off = f"is off its uses by {gap.max():.3g} of the largest income; must be within {BALANCE_TOLERANCE:g}"
        problems.add("flows.csv", key, f"does not balance: the expenditure {off} (worst cell)")
