"""Config files -> one Scenario whose parts fit together, or every problem of all its files at once.

How a file is read is left to `reading.py`, what files must say about each other to `checks.py` and
`crisis_checks.py`, tables to `tables.py`, drawing values from ranges to `sample.py`, sweeps to `sweep_load.py`, what
`hedgelab check` says of a file to `file_check.py`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, crisis_checks, programme_checks, sample
from sim.scenario.denial_checks import denial_problems
from sim.scenario.domestic_checks import fit_groups, group_problems
from sim.scenario.fit import Fit
from sim.scenario.reading import Reader, shown, suggestion
from sim.scenario.scenario import Scenario
from sim.scenario.schema import DomainFile, PolicyFile, ScenarioFile, SplitFile
from sim.scenario.tables import NONCOMMERCIAL, WorldTables, read_world, split_problems, split_world

FOLDERS = {
    "scenario": "scenarios",
    "policy": "policies",
    "sweep": "sweeps",
    "region": "regions",
    "domain": "domains",
    "instrument": "instruments",
    "shock": "shocks",
    "world": "worlds",
    "shield": "shields",
    "programme": "programmes",
    "groups": "groups",
}


def configs_root() -> Path:
    """The shipped configs: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "configs"
    return beside if (beside / "model.yaml").is_file() else package / "_configs"


def names(kind: str) -> list[str]:
    """What there is of a kind (see FOLDERS), sorted by name."""
    if kind not in FOLDERS:
        raise ValueError(f"kind is {kind!r}; must be one of {', '.join(FOLDERS)}")
    if kind == "world":
        return sorted(p.parent.name for p in (configs_root() / "worlds").glob("*/regions.csv"))
    return sorted({path.stem for folder in _folders(kind) for path in folder.glob("*.yaml")})


def template(kind: str, name: str, path: Path) -> str:
    """A commented scenario, policy, strategy or sweep to start from, under a name; `path` is where it will stand."""
    if kind == "strategy":
        text = (configs_root() / "templates" / "strategy.py").read_text(encoding="utf-8")
        return text.replace("my_strategy", name).replace("MyStrategy", class_name(name))
    text = (configs_root() / "templates" / f"{kind}.yaml").read_text(encoding="utf-8")
    schema, rest = text.split("\n", 1)
    here = (path.parent / schema.rpartition("=")[2]).is_file()  # for editors, where the schemas are beside it
    return (text if here else rest).replace(f"my_{kind}", name).replace("FILE", str(path))


def class_name(name: str) -> str:
    """The class of a new strategy: `my_rule` holds `MyRule`."""
    return "".join(part.capitalize() for part in name.split("_"))


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
    path, reader = find("scenario", name_or_path), Reader()
    return _with_all(reader.read(path, "scenario"), path, reader)


def scenario_of_text(text: str, file: str) -> Scenario:
    """The same of a scenario's text; `file` is what problems call it, and is not opened."""
    reader = Reader()
    return _with_all(reader.take(text, file, "scenario"), Path(file), reader)


def _with_all(file: ScenarioFile | None, path: Path, reader: Reader) -> Scenario:
    root = configs_root()
    model = reader.read(root / "model.yaml", "model")
    folder = root / "instruments"
    tariff, control, hedge, threat, denial = (
        reader.read(folder / f"{name}.yaml", "instrument", name) for name in sample.INSTRUMENT_NAMES
    )
    alliance, fitted = reader.read(root / "alliance.yaml", "alliance"), reader.read(bargaining_path(), "bargaining")
    shields = {name: reader.read(find("shield", name), "shield") for name in names("shield")}
    programmes = {name: reader.read(find("programme", name), "programme") for name in names("programme")}
    region_files = reader.folder(root / "regions", "region")
    domain_files = reader.folder(root / "domains", "domain")
    for code, region in region_files.items():
        reader.problems += checks.region_problems(region, f"{shown(root)}/regions/{code.lower()}.yaml", domain_files)
    shock_files = {name: reader.read(find("shock", name), "shock") for name in names("shock")}
    group_files = reader.folder(root / "groups", "groups")
    for code, groups in group_files.items():
        where = f"{shown(root)}/groups/{code.lower()}.yaml"
        reader.problems += group_problems(groups, where, list(region_files), domain_files)
    tables, split, events = _world(reader, path, file) if file is not None else (None, None, None)
    parts = (file, model, tariff, control, hedge, threat, denial, alliance, fitted, events, tables)
    if any(part is None for part in (*parts, *shields.values(), *shock_files.values(), *programmes.values())):
        raise ScenarioError(reader.problems)
    domains = tables.domains if split is None else split_world(tables, split).domains
    held = frozenset(zip(tables.stock_shares.domain, tables.stock_shares.importer, strict=True))
    traded = frozenset(code for code, one in domain_files.items() if one.type == "traded")
    fit = Fit(tables.regions, domains, _splits(root, file.world), split, held, frozenset(region_files), traded)
    lacks = {name: fit.lacks(one) for name, one in programmes.items()}
    stock = {code: one for code, one in domain_files.items() if one.type == "stock"}
    scenario = Scenario(
        file=file,
        model=model,
        tariff=fit.tariff(tariff),
        control=control,
        hedge=hedge,
        threat=fit.threat(threat),
        denial=denial,
        bargaining=fitted,
        alliance=fit.alliance(alliance),
        shields={name: fit.shield(one) for name, one in shields.items() if not fit.absent(one.members)},
        programmes={name: fit.programme(one) for name, one in programmes.items() if not lacks[name]},
        left_out={name: why for name, why in lacks.items() if why},
        regions={code: fit.region(region_files[code]) for code in tables.regions if code in region_files},
        split=split,
        domains={code: domain_files[code] for code in domains if code in domain_files},
        stock_domains=stock,
        tables=replace(tables, stock_reason=_stock_reasons(tables, stock)),
        shocks={name: shock for name, one in shock_files.items() if (shock := fit.shock(one)).effects},
        groups={code: fit_groups(fit, one) for code, one in group_files.items() if not fit.absent([code])},
        turned=turned_policies(reader, file),
        event_map=fit.event_map(events),
        sources=tuple(sorted(reader.sources.items())),
    )
    problems = reader.problems + checks.scenario_problems(scenario, shown(path), shown(root), fit)
    problems += _crisis_problems(scenario, path, threat, shields, fit)
    for name, one in programmes.items():
        problems += programme_checks.programme_problems(
            one, shown(find("programme", name)), list(region_files), fit.known, list(stock)
        )
    problems += denial_problems(denial, f"{shown(root)}/instruments/denial.yaml", list(stock))
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return in_force(scenario)


def in_force(scenario: Scenario) -> Scenario:
    """The scenario with its own values put in. Raises ScenarioError for those that are wrong, those of turns too."""
    spec, place = scenario.file, f"scenario {scenario.file.name}"
    for turn in spec.turns:
        if turn.type == "values":
            sample.with_values(scenario, None, turn.values, f"{place}, turns: {turn.quarter}")
    return sample.with_values(scenario, None, spec.values, f"{place}: values")[0] if spec.values else scenario


def turned_policies(reader: Reader, file: ScenarioFile) -> dict[str, PolicyFile]:
    """The policies that turns name; the reader notes what is wrong."""
    found = {}
    for number, turn in enumerate(file.turns):
        if turn.type != "policy":
            continue
        if turn.policy in names("policy"):
            found[turn.policy] = reader.read(find("policy", turn.policy), "policy")
        else:
            valid = f"one of {', '.join(names('policy'))}"
            reader.problems.append(Problem.value(file.name, f"turns.{number}.policy", turn.policy, valid))
    return found


def _crisis_problems(scenario: Scenario, path: Path, threat, shields: dict, fit: Fit) -> list[Problem]:
    """What the files of crises say about each other; threat and shields as read, before domains are translated."""
    root, known = shown(configs_root()), fit.known
    problems = crisis_checks.threat_problems(threat, f"{root}/instruments/threat.yaml", known)
    problems += crisis_checks.alliance_problems(scenario.alliance, f"{root}/alliance.yaml", fit.regions)
    for name, shield in shields.items():
        problems += crisis_checks.shield_problems(shield, shown(find("shield", name)), fit.known_regions, known)
    return problems + crisis_checks.scenario_problems(scenario, shown(path))


def bargaining_path() -> Path:
    """Where the fitted private values of episodes stand."""
    return configs_root() / "calibration" / "bargaining.yaml"


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
    problems += crisis_checks.policy_problems(policy, shown(path), regions, names("shield"))
    problems += programme_checks.policy_problems(policy, shown(path), names("programme"))
    if problems:
        raise ScenarioError(problems)
    return policy


def check_policy(scenario: Scenario, policy: PolicyFile) -> None:
    """Raises when a policy does not fit a scenario: its regions, domains, dates, sizes of hedges."""
    file = f"policy {policy.name}"
    problems = checks.policy_problems(policy, file, list(scenario.regions), list(scenario.domains))
    problems += checks.policy_fit_problems(scenario, policy, file)
    problems += crisis_checks.policy_problems(policy, file, list(scenario.regions), list(scenario.shields))
    problems += crisis_checks.policy_fit_problems(scenario, policy, file)
    problems += programme_checks.policy_fit_problems(scenario, policy, file)
    if problems:
        raise ScenarioError(problems)


def policies_that_fit(scenario: Scenario) -> list[str]:
    """Names of all policies but those that name places, goods or shields which the scenario's world does not have."""
    found = []
    for name in names("policy"):
        policy = load_policy(name)
        try:
            check_policy(scenario, policy)
        except ScenarioError:
            continue
        found.append(name)
    return found


def _world(reader: Reader, path: Path, file: ScenarioFile):
    """Tables, split and event map that a scenario names; None for what is wrong, which the reader notes."""
    worlds, valid = configs_root() / "worlds", names("world")
    if file.world not in valid:
        hint = suggestion(file.world, valid)
        message = f"is {file.world!r};{hint} must be one of {', '.join(valid)}"
        reader.problems.append(Problem(shown(path), "world", message))
        return None, None, None
    folder, tables = worlds / file.world, None
    events = reader.read(folder / "event_map.yaml", "event_map")
    split = _split(reader, path, file, folder) if file.split is not None else None
    try:
        tables = read_world(folder)
    except ScenarioError as error:
        reader.problems += error.problems
    else:
        for table in [*folder.glob("*.csv"), *(worlds / NONCOMMERCIAL).glob("*.csv")]:
            reader.hash(table)
    if tables is not None and split is not None:
        problems = split_problems(tables, split, shown(folder / "splits" / f"{file.split}.yaml"))
        reader.problems += problems
        tables = None if problems else tables
    return (None if file.split is not None and split is None else tables), split, events


def _split(reader: Reader, path: Path, file: ScenarioFile, folder: Path) -> SplitFile | None:
    valid = sorted(one.stem for one in (folder / "splits").glob("*.yaml"))
    if file.split in valid:
        return reader.read(folder / "splits" / f"{file.split}.yaml", "split")
    hint = suggestion(file.split, valid)
    message = f"is {file.split!r};{hint} must be null or one of {', '.join(valid)}"
    reader.problems.append(Problem(shown(path), "split", message))
    return None


def _splits(root: Path, world: str) -> list[SplitFile]:
    found = [Reader().read(path, "split") for path in sorted((root / "worlds" / world / "splits").glob("*.yaml"))]
    return [split for split in found if split is not None]


def _stock_reasons(tables: WorldTables, stock: dict[str, DomainFile]) -> dict[str, str]:
    absent = f"its table is not here: it stands in the repository under configs/worlds/{NONCOMMERCIAL}"
    return {code: tables.stock_reason.get(code, absent) for code in stock}


def _folders(kind: str) -> list[Path]:
    """Where names are looked up: the shipped configs, then the current folder's."""
    found = [configs_root() / FOLDERS[kind], Path("configs") / FOLDERS[kind]]
    return [folder for at, folder in enumerate(found) if folder.resolve() not in [f.resolve() for f in found[:at]]]
