"""The cases of a target folder: what each counterfactual changes, and what it expects.

Rules are applied here, so that a case carries arrays; running them is left to `sim.studies.validate`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from sim.scenario.reading import suggestion
from sim.scenario.target_tables import EVERYONE, Array, Problems, Table, listed, number

FILE = "cases.yaml"
NEEDED = ("name", "links", "expect", "tolerance", "kind")
CHANGES = ("theta_scale", "theta", "eta", "sigma_in", "tariffs", "withheld", "iceberg")
CASE_KEYS = (*NEEDED, *CHANGES, "note")
KINDS = ("published", "computed")
YES, NO = ("true", "yes", "on"), ("false", "no", "off")  # the words that YAML 1.1 reads as booleans
RATE = {"set": lambda t, rate: rate + 0 * t, "add": lambda t, rate: t + rate, "floor": np.maximum}
QUANTITIES: dict[str, tuple[str, ...]] = {
    "welfare": ("region",),
    "real_wage": ("region",),
    "wage": ("region",),
    "consumer_price": ("region",),
    "price": ("region", "domain"),
    "income": ("region",),
    "tariff_revenue": ("region",),
    "final_shares": ("region", "domain"),
    "flows": ("exporter", "importer", "domain"),
    "terms_of_trade": ("region",),
    "volume_of_trade": ("region",),
}


@dataclass(frozen=True)
class Expected:
    """One number that a case compares."""

    quantity: str
    where: tuple[str, ...]  # names along the quantity's axes in QUANTITIES
    value: float  # in the unit of the quantity
    tolerance: float  # the same unit


@dataclass(frozen=True)
class Case:
    """One counterfactual: what is in force instead of the base, and what should come out."""

    name: str
    links: bool
    theta: Array  # [domain], 1
    eta: float
    sigma_in: float
    tariff: Array  # [importer, exporter, domain], ad valorem, 1
    withheld: Array  # [importer, exporter, domain], share of varieties, 1
    iceberg: Array  # [importer, exporter, domain], factor on delivered cost, 1
    expected: tuple[Expected, ...]
    kind: str
    note: str


@dataclass(frozen=True)
class Names:
    """What the rules of a case may name."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]

    def on(self, axis: str) -> tuple[str, ...]:
        """The names of an axis: domains, or regions on either side."""
        return self.domains if axis == "domain" else self.regions


class CaseReader:
    """Reads the cases of one folder; what is wrong goes to `problems`."""

    def __init__(self, names: Names, tariff: Array, theta: Array, problems: Problems):
        self.names, self.tariff, self.theta, self.problems = names, tariff, theta, problems
        self.foreign = ~np.eye(len(names.regions), dtype=bool)[:, :, None] & np.ones(tariff.shape, bool)
        self.schedules: dict[str, list[tuple[str, tuple[int, ...], str, float]]] = {}

    def wrong(self, key: str, message: str) -> None:
        """A problem in cases.yaml."""
        self.problems.add(FILE, key, message)

    def read(self, cases: object, defaults: dict) -> list[Case]:
        """All cases, the defaults filled in."""
        self.keys(defaults, "defaults", CASE_KEYS)
        if not isinstance(cases, list) or not cases:
            self.wrong("cases", "must be a list of at least one case")
            return []
        read = [self._case(case, defaults, f"cases[{i}]") for i, case in enumerate(cases)]
        names = [case.name for case in read if case is not None]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            self.wrong("cases", f"name {name!r} stands {names.count(name)} times; must be unique in the folder")
        return [case for case in read if case is not None]

    def _case(self, own: object, defaults: dict, at: str) -> Case | None:
        if not isinstance(own, dict):
            self.wrong(at, "must be a case: a mapping with name, links, expect, tolerance, kind")
            return None
        case = merged(own, defaults)
        name = case.get("name") if isinstance(case.get("name"), str) else ""
        at = f"{at} ({name})" if name else at
        self.keys(own, at, CASE_KEYS)
        for key in NEEDED:
            if absent(case.get(key)):
                self.wrong(f"{at}.{key}", "is missing; every case needs it, its own or from defaults")
        place = lambda key: f"{at}.{key}" if key in own else f"defaults.{key}"  # noqa: E731
        return Case(
            name=name,
            links=self._flag(case.get("links"), place("links")),
            theta=self._theta(case, place),
            eta=self.amount(case.get("eta", 1), place("eta"), ">= 0", lambda x: x >= 0),
            sigma_in=self.amount(case.get("sigma_in", 1), place("sigma_in"), ">= 0", lambda x: x >= 0),
            tariff=self._tariffs(case.get("tariffs"), place("tariffs")),
            withheld=self._cells(case.get("withheld"), place("withheld"), "share", 0.0),
            iceberg=self._cells(case.get("iceberg"), place("iceberg"), "factor", 1.0),
            expected=tuple(self._expected(case, place)),
            kind=self._kind(case.get("kind"), place("kind")),
            note=str(case.get("note", "")),
        )

    # --- values ---------------------------------------------------------------------------------

    def keys(self, mapping: dict, at: str, known: tuple[str, ...]) -> None:
        """A problem for every key that is not known."""
        for key in mapping:
            if key not in known:
                close = suggestion(str(key), known)
                self.wrong(f"{at}.{key}", f"is an unknown key;{close} known: {listed(known)}")

    def amount(self, found: object, at: str, valid: str, accepts: Callable[[float], bool]) -> float:
        """A number in its range; NaN and a problem otherwise."""
        value = number(found)
        if math.isnan(value) or not accepts(value):
            self.wrong(at, f"is {found!r}; must be a number {valid}")
            return math.nan
        return value

    def _flag(self, found: object, at: str) -> bool:
        word = str(found).lower()
        if not absent(found) and word not in YES + NO:
            self.wrong(at, f"is {found!r}; must be true or false")
        return word in YES

    def _kind(self, found: object, at: str) -> str:
        if not absent(found) and found not in KINDS:
            self.wrong(at, f"is {found!r}; must be {' or '.join(KINDS)}")
        return str(found)

    def _theta(self, case: dict, place: Callable[[str], str]) -> Array:
        explicit, factor = case.get("theta"), case.get("theta_scale")
        if explicit is None:
            at = place("theta_scale")
            return self.theta * (1.0 if factor is None else self.amount(factor, at, "> 0", lambda x: x > 0))
        at = place("theta")
        if factor is not None:
            self.wrong(at, "stands beside theta_scale; give one of them")
        if not isinstance(explicit, dict):
            self.wrong(at, "must give a value for every domain")
            return self.theta
        self.keys(explicit, at, self.names.domains)
        missing = [domain for domain in self.names.domains if domain not in explicit]
        if missing:
            self.wrong(at, f"leaves out {listed(missing)}; must give a value for every domain")
        given = [domain for domain in self.names.domains if domain in explicit]
        values = {d: self.amount(explicit[d], f"{at}.{d}", "> 0", lambda x: x > 0) for d in given}
        return np.array([values.get(domain, math.nan) for domain in self.names.domains])

    # --- rules ----------------------------------------------------------------------------------

    def _rules(self, found: object, at: str) -> Iterator[tuple[str, dict]]:
        """The rules of a list with their keys, one after the other."""
        if absent(found):
            return
        if not isinstance(found, list):
            self.wrong(at, "must be a list of rules")
            return
        for i, rule in enumerate(found):
            if isinstance(rule, dict):
                yield f"{at}[{i}]", rule
            else:
                self.wrong(f"{at}[{i}]", "must be a mapping such as {exporter: A, importer: B, ...}")

    def _selected(self, rule: dict, at: str) -> Array:
        """[importer, exporter, domain] bool: the cells that a rule names, home pairs left out."""
        parts = [self._picked(rule, axis, at) for axis in ("importer", "exporter", "domain")]
        return parts[0][:, None, None] & parts[1][:, None] & parts[2] & self.foreign

    def _picked(self, rule: dict, axis: str, at: str) -> Array:
        names = self.names.on(axis)
        found = rule.get(axis, EVERYONE if axis == "domain" else None)
        chosen = found if isinstance(found, list) else [found]
        wanted: set[str] = set()
        if found is None or not chosen:
            self.wrong(f"{at}.{axis}", "names nobody; must be a name, a list of names or all")
        for name in chosen if found is not None else []:
            group = self.names.groups.get(name) if axis == "domain" and isinstance(name, str) else None
            if name == EVERYONE:
                wanted.update(names)
            elif group is not None or name in names:
                wanted.update(group or (name,))
            else:
                also = (*names, *self.names.groups, EVERYONE) if axis == "domain" else (*names, EVERYONE)
                close = suggestion(str(name), also)
                self.wrong(f"{at}.{axis}", f"is {name!r}, an unknown name;{close} must be of {listed(also)}")
        return np.array([name in wanted for name in names])

    def _cells(self, rules: object, at: str, key: str, default: float) -> Array:
        """Withheld shares or iceberg factors; where two rules name a cell, the later counts."""
        out = np.full(self.tariff.shape, default)
        for where, rule in self._rules(rules, at):
            self.keys(rule, where, ("exporter", "importer", "domain", key))
            valid, accepts = ("between 0 and 1", lambda x: 0 <= x <= 1) if key == "share" else ("> 0", lambda x: x > 0)
            out[self._selected(rule, where)] = self.amount(rule.get(key), f"{where}.{key}", valid, accepts)
        return out

    def _tariffs(self, rules: object, at: str) -> Array:
        """Tariffs in force: the rules applied in order, starting from the base tariffs."""
        tariff = self.tariff.copy()
        for where, rule in self._rules(rules, at):
            if "file" in rule:
                self.keys(rule, where, ("file", "schedule"))
                for place, basis, rate in self._scheduled(rule, where):
                    tariff[place] = RATE[basis](tariff[place], rate)
            else:
                cells, basis, rate = self._rate_rule(rule, where)
                tariff[cells] = RATE[basis](tariff[cells], rate)
            if (tariff <= -1).any():
                self.wrong(where, "takes a tariff to -1 or below; must stay above -1")
                return self.tariff
        return tariff

    def _rate_rule(self, rule: dict, at: str) -> tuple[Array, str, float]:
        self.keys(rule, at, ("exporter", "importer", "domain", *RATE))
        given = [basis for basis in RATE if basis in rule]
        if len(given) != 1:
            self.wrong(at, f"has {' and '.join(given) or 'no rate'}; must have one of set, add, floor, or file")
        basis = given[0] if given else "set"
        rate = self.amount(rule.get(basis), f"{at}.{basis}", "(a fraction)", math.isfinite) if given else math.nan
        return self._selected(rule, at), basis, rate

    def _scheduled(self, rule: dict, at: str) -> Iterator[tuple[tuple[int, ...], str, float]]:
        """Cells, basis and rate of the rows that a file rule takes, home pairs left out."""
        name, wanted = rule["file"], rule.get("schedule")
        if not isinstance(name, str) or PurePath(name).name != name or not name.endswith(".csv"):
            self.wrong(f"{at}.file", f"is {name!r}; must be the name of a .csv file in the folder")
            return
        if name not in self.schedules:
            self.schedules[name] = list(self._schedule_rows(name))
        rows = self.schedules[name]
        known = tuple(dict.fromkeys(schedule for schedule, *_ in rows))
        if wanted is not None and wanted not in known and rows:
            self.wrong(f"{at}.schedule", f"is {wanted!r}, not a schedule of {name}; must be of {listed(known)}")
        for schedule, place, basis, rate in rows:
            if wanted in (None, schedule) and place[0] != place[1]:
                yield place, basis, rate

    def _schedule_rows(self, name: str) -> Iterator[tuple[str, tuple[int, ...], str, float]]:
        axes = {axis: self.names.on(axis) for axis in ("importer", "exporter", "domain")}
        table = Table(name, ("exporter", "importer", "domain", "ad_valorem"), self.problems, ("basis", "schedule"))
        seen = set()
        for row in table.rows:
            basis, place = row["basis"] or "set", table.places(row, axes)
            rate = table.value(row, "ad_valorem", "a fraction", math.isfinite)
            if basis not in RATE:
                table.fault(row, "basis", f"is {basis!r}; must be set, add, floor or empty (set)")
            elif place is not None:
                if (key := (row["schedule"], place, basis)) in seen:
                    table.stands_twice(row)
                seen.add(key)
                yield row["schedule"], place, basis, rate
        table.close()

    # --- what is expected -----------------------------------------------------------------------

    def _expected(self, case: dict, place: Callable[[str], str]) -> Iterator[Expected]:
        expect, at = case.get("expect"), place("expect")
        tolerance = self._tolerances(case.get("tolerance"), place("tolerance"))
        if absent(expect):
            return
        if not isinstance(expect, dict):
            self.wrong(at, "must map quantities to regions to values")
            return
        self.keys(expect, at, tuple(QUANTITIES))
        for quantity in (q for q in expect if q in QUANTITIES):
            if quantity not in tolerance and not absent(case.get("tolerance")):
                self.wrong(place("tolerance"), f"has no value for {quantity}, which {at} compares")
            for where, value in self._leaves(expect[quantity], QUANTITIES[quantity], f"{at}.{quantity}"):
                yield Expected(quantity, where, value, tolerance.get(quantity, math.nan))

    def _tolerances(self, found: object, at: str) -> dict[str, float]:
        """By quantity, from one number or one for each."""
        if absent(found):
            return {}
        if not isinstance(found, dict):
            return dict.fromkeys(QUANTITIES, self.amount(found, at, ">= 0", lambda x: x >= 0))
        self.keys(found, at, tuple(QUANTITIES))
        known = [quantity for quantity in found if quantity in QUANTITIES]
        return {q: self.amount(found[q], f"{at}.{q}", ">= 0", lambda x: x >= 0) for q in known}

    def _leaves(self, tree: object, axes: tuple[str, ...], at: str) -> Iterator[tuple[tuple[str, ...], float]]:
        """Names along the axes, and the number that stands there."""
        if not axes:
            yield (), self.amount(tree, at, "", math.isfinite)
        elif not isinstance(tree, dict) or not tree:
            self.wrong(at, f"must map names of {axes[0]}s to {'values' if len(axes) == 1 else axes[1] + 's'}")
        else:
            names = self.names.on(axes[0])
            for name in tree:
                if name not in names:
                    self.wrong(
                        f"{at}.{name}",
                        f"is an unknown name;{suggestion(name, names)} must be of {listed(names)}",
                    )
                    continue
                for rest, value in self._leaves(tree[name], axes[1:], f"{at}.{name}"):
                    yield (name, *rest), value


def absent(found: object) -> bool:
    """True for a key that is not there, or there without a value."""
    return found is None or found in ("", "~", "null")


def merged(own: dict, defaults: dict) -> dict:
    """A case with its defaults; its own elasticities take the place of the other way to say them."""
    rival = {"theta": "theta_scale", "theta_scale": "theta"}
    out = {key: value for key, value in defaults.items() if rival.get(key) not in own}
    return {**out, **own}
