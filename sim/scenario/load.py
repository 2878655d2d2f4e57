"""Config files -> one Scenario whose parts fit together, or every problem of all its files at once.

How a file is read is left to `reading.py`, what files must say about each other to `checks.py`, tables to
`tables.py`, drawing values from ranges to `sample.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario import checks
from sim.scenario.reading import Reader, shown, suggestion
from sim.scenario.schema import (
    ControlInstrument,
    DomainFile,
    HedgeInstrument,
    ModelFile,
    PolicyFile,
    RegionFile,
    ScenarioFile,
    SplitFile,
    SweepFile,
    TariffInstrument,
)
from sim.scenario.tables import NONCOMMERCIAL, WorldTables, read_world, split_problems, split_world

FOLDERS = {
    "scenario": "scenarios",
    "policy": "policies",
    "sweep": "sweeps",
    "region": "regions",
    "domain": "domains",
    "instrument": "instruments",
    "world": "worlds",
}


@dataclass(frozen=True, eq=False)
class Scenario:
    """All that a run needs but the policy and the luck; made by `load_scenario`, changed by `sample.with_values`."""

    file: ScenarioFile
    model: ModelFile
    tariff: TariffInstrument
    control: ControlInstrument
    hedge: HedgeInstrument
    regions: dict[str, RegionFile]  # in the order of the tables; domains they name are those of this scenario
    split: SplitFile | None
    domains: dict[str, DomainFile]  # traded, in the order of the tables, after the split
    stock_domains: dict[str, DomainFile]  # those that pass no customs house
    tables: WorldTables  # after the split
    whole: WorldTables  # before it
    sources: tuple[tuple[str, str], ...]  # (file, sha256) of everything read


def configs_root() -> Path:
    """The shipped configs: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "configs"
    return beside if (beside / "model.yaml").is_file() else package / "_configs"


def names(kind: str) -> list[str]:
    """What there is of a kind (scenario, policy, sweep, region, domain, instrument, world), sorted."""
    if kind not in FOLDERS:
        raise ValueError(f"kind is {kind!r}; must be one of {', '.join(FOLDERS)}")
    if kind == "world":
        return sorted(p.parent.name for p in (configs_root() / "worlds").glob("*/regions.csv"))
    return sorted({path.stem for folder in _folders(kind) for path in folder.glob("*.yaml")})


def find(kind: str, name_or_path: str | Path) -> Path:
    """The file of a name such as `eu_hedge`, or the path itself when it looks like one."""
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text:
        return Path(name_or_path)
    for folder in _folders(kind):
        if (folder / f"{text}.yaml").is_file():
            return folder / f"{text}.yaml"
    valid = names(kind)
    message = f"is no {kind};{suggestion(text, valid)} there are {', '.join(valid) or 'none'}; or give a path"
    raise ScenarioError([Problem(f"configs/{FOLDERS[kind]}", text or "''", message)])


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario with all that it names, checked file by file and against each other."""
    path, root, reader = find("scenario", name_or_path), configs_root(), Reader()
    file = reader.read(path, "scenario")
    model = reader.read(root / "model.yaml", "model")
    folder = root / "instruments"
    tariff, control, hedge = (
        reader.read(folder / f"{name}.yaml", "instrument", name) for name in ("tariff", "control", "hedge")
    )
    region_files = reader.folder(root / "regions", "region")
    domain_files = reader.folder(root / "domains", "domain")
    whole = split = None
    if file is not None:
        whole, split = _world(reader, path, file)
    if whole is None or None in (file, model, tariff, control, hedge):
        raise ScenarioError(reader.problems)
    tables = split_world(whole, split) if split is not None else whole
    fit = checks.Fit(tables.regions, tables.domains, _splits(root, file.world), split)
    stock = {code: one for code, one in domain_files.items() if one.type == "stock"}
    scenario = Scenario(
        file=file,
        model=model,
        tariff=tariff.model_copy(update={"groups": {k: fit.here(v) for k, v in tariff.groups.items()}}),
        control=control,
        hedge=hedge,
        regions={code: fit.region(region_files[code]) for code in tables.regions if code in region_files},
        split=split,
        domains={code: domain_files[code] for code in tables.domains if code in domain_files},
        stock_domains=stock,
        tables=replace(tables, stock_reason=_stock_reasons(tables, stock)),
        whole=whole,
        sources=tuple(sorted(reader.sources.items())),
    )
    problems = reader.problems + checks.scenario_problems(scenario, shown(path), shown(root), fit)
    problems += [
        problem
        for code, region in region_files.items()
        for problem in checks.region_problems(
            region, f"{shown(root)}/regions/{code.lower()}.yaml", domain_files
        )
    ]
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return scenario


def load_policy(name_or_path: str | Path) -> PolicyFile:
    """A policy whose regions and domains exist; `check_policy` says whether it fits a scenario."""
    path, root, reader = find("policy", name_or_path), configs_root(), Reader()
    policy = reader.read(path, "policy")
    if policy is None:
        raise ScenarioError(reader.problems)
    regions = [record.code for record in reader.folder(root / "regions", "region").values()]
    files = reader.folder(root / "domains", "domain").values()
    domains = [record.code for record in files if record.type == "traded"]
    problems = reader.problems + checks.policy_problems(policy, shown(path), regions, domains)
    if problems:
        raise ScenarioError(problems)
    return policy


def check_policy(scenario: Scenario, policy: PolicyFile) -> None:
    """Raises when a policy does not fit a scenario: its regions, its domains, its dates, the size of its hedges."""
    file = f"policy {policy.name}"
    problems = checks.policy_problems(policy, file, scenario.tables.regions, scenario.tables.domains)
    problems += checks.policy_fit_problems(scenario, policy, file)
    if problems:
        raise ScenarioError(problems)


def load_sweep(name_or_path: str | Path) -> SweepFile:
    """A sweep whose scenario and policies exist and whose grid names values that can be set."""
    from sim.scenario import sample  # sample builds on this module

    path, reader = find("sweep", name_or_path), Reader()
    sweep = reader.read(path, "sweep")
    if sweep is None:
        raise ScenarioError(reader.problems)
    problems: list[Problem] = []
    try:
        scenario = load_scenario(sweep.scenario)
    except ScenarioError as error:
        raise ScenarioError([Problem(shown(path), "scenario", f"does not load: {error}")]) from error
    policies = []
    for number, name in enumerate(sweep.policies):
        try:
            policies.append(load_policy(name))
            check_policy(scenario, policies[-1])
        except ScenarioError as error:
            problems.append(Problem(shown(path), f"policies.{number}", f"does not load: {error}"))
    for key, values in sweep.grid.items():
        if not values:
            problems.append(Problem(shown(path), f"grid.{key}", "is empty; must list at least one value"))
        owners = [p for p in policies if key in sample.quantities(scenario, p)] or policies[:1] or [None]
        for owner, value in ((owner, value) for owner in owners for value in values):
            try:
                sample.with_values(scenario, owner, {key: value})
            except ScenarioError as error:
                problems += [Problem(shown(path), "grid." + one.key, one.message) for one in error.problems]
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return sweep


def check_file(path: str | Path) -> str:
    """What a config file of any kind holds, in a sentence; raises when it is wrong, with all it refers to."""
    path, reader = Path(path), Reader()
    record = reader.read(path)
    if record is None:
        raise ScenarioError(reader.problems)
    if record.kind == "scenario":
        scenario = load_scenario(path)
        return f"scenario {record.name}: {len(scenario.regions)} regions, {len(scenario.domains)} domains, {record.quarters} quarters from {record.start}"
    if record.kind == "policy":
        return f"policy {record.name}: {len(load_policy(path).commitments)} dated commitments"
    if record.kind == "sweep":
        load_sweep(path)
        points = 1
        for values in record.grid.values():
            points *= len(values)
        return f"sweep {record.name}: {points} grid points x {len(record.policies)} policies x {record.runs} runs"
    problems = _record_problems(reader, record, path)
    if problems:
        raise ScenarioError(problems)
    return f"{record.kind} {getattr(record, 'name', '') or getattr(record, 'code', '')}".strip()


def _record_problems(reader: Reader, record, path: Path) -> list[Problem]:
    root, file = configs_root(), shown(path)
    if record.kind == "split":
        world = path.resolve().parent.parent
        if not (world / "regions.csv").is_file():
            world = root / "worlds" / "base"
        return split_problems(read_world(world), record, file)
    domains = reader.folder(root / "domains", "domain")
    if record.kind == "region":
        return reader.problems + checks.region_problems(record, file, domains)
    traded = [code for code, one in domains.items() if one.type == "traded"]
    regions = list(reader.folder(root / "regions", "region"))
    return reader.problems + checks.instrument_problems(record, file, regions, traded)


def _world(reader: Reader, path: Path, file: ScenarioFile) -> tuple[WorldTables | None, SplitFile | None]:
    root = configs_root()
    folder = root / "worlds" / file.world
    if file.world not in names("world"):
        message = f"is {file.world!r};{suggestion(file.world, names('world'))} must be one of {', '.join(names('world'))}"
        reader.problems.append(Problem(shown(path), "world", message))
        return None, None
    try:
        whole = read_world(folder)
    except ScenarioError as error:
        reader.problems += error.problems
        return None, None
    tables = [*folder.glob("*.csv"), *(folder.parent / NONCOMMERCIAL).glob("*.csv")]
    for table in tables:
        reader.hash(table)
    if file.split is None:
        return whole, None
    valid = sorted(one.stem for one in (folder / "splits").glob("*.yaml"))
    if file.split not in valid:
        message = (
            f"is {file.split!r};{suggestion(file.split, valid)} must be null or one of {', '.join(valid)}"
        )
        reader.problems.append(Problem(shown(path), "split", message))
        return None, None
    at = folder / "splits" / f"{file.split}.yaml"
    split = reader.read(at, "split")
    problems = split_problems(whole, split, shown(at)) if split is not None else []
    reader.problems += problems
    return (None if problems or split is None else whole), split


def _splits(root: Path, world: str) -> list[SplitFile]:
    found = [
        Reader().read(path, "split") for path in sorted((root / "worlds" / world / "splits").glob("*.yaml"))
    ]
    return [split for split in found if split is not None]


def _stock_reasons(tables: WorldTables, stock: dict[str, DomainFile]) -> dict[str, str]:
    absent = f"its table is not here: it stands in the repository under configs/worlds/{NONCOMMERCIAL}"
    return {code: tables.stock_reason.get(code, absent) for code in stock}


def _folders(kind: str) -> list[Path]:
    """Where names are looked up: the shipped configs, then the current folder's."""
    found = [configs_root() / FOLDERS[kind], Path("configs") / FOLDERS[kind]]
    return [
        folder for at, folder in enumerate(found) if folder.resolve() not in [f.resolve() for f in found[:at]]
    ]
