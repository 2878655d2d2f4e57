"""What `hedgelab check` says of one config file of any kind, with all that it refers to."""

from __future__ import annotations

from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, crisis_checks, programme_checks
from sim.scenario.bargaining import ThreatInstrument
from sim.scenario.denial import DenialInstrument
from sim.scenario.denial_checks import denial_problems
from sim.scenario.domestic_checks import group_problems
from sim.scenario.load import configs_root, load_policy, load_scenario
from sim.scenario.reading import Reader, shown
from sim.scenario.sweep_load import size_of_sweep
from sim.scenario.tables import read_world, split_problems


def check_file(path: str | Path) -> str:
    """What a config file of any kind holds, in a sentence; raises when it is wrong, with all it refers to."""
    path, reader = Path(path), Reader()
    record = reader.read(path)
    if record is None:
        raise ScenarioError(reader.problems)
    if record.kind == "scenario":
        scenario = load_scenario(path)
        size = f"{len(scenario.regions)} regions, {len(scenario.domains)} domains"
        without = "; ".join(f"without {name}, since {why}" for name, why in scenario.left_out.items())
        text = f"scenario {record.name}: {size}, {record.quarters} quarters from {record.start}"
        return f"{text}; {without}" if without else text
    if record.kind == "policy":
        return f"policy {record.name}: {len(load_policy(path).commitments)} dated commitments"
    if record.kind == "sweep":
        return f"sweep {record.name}: {size_of_sweep(record, shown(path))}"
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
    if record.kind == "activity":
        return reader.problems + checks.activity_problems(record, file, regions)
    if record.kind == "shock":
        return reader.problems + checks.shock_problems(record, file, regions, traded)
    if record.kind == "groups":
        return reader.problems + group_problems(record, file, regions, domains)
    if record.kind == "event_map":
        return reader.problems + checks.event_map_problems(record, file, regions, traded)
    if record.kind == "shield":
        return reader.problems + crisis_checks.shield_problems(record, file, regions, traded)
    if record.kind == "programme":
        stock = [code for code, one in domains.items() if one.type == "stock"]
        return reader.problems + programme_checks.programme_problems(record, file, regions, traded, stock)
    if record.kind == "alliance":
        return reader.problems + crisis_checks.alliance_problems(record, file, regions)
    if isinstance(record, DenialInstrument):
        return reader.problems + denial_problems(record, file, [c for c, one in domains.items() if one.type == "stock"])
    if isinstance(record, ThreatInstrument):
        return reader.problems + crisis_checks.threat_problems(record, file, traded)
    return reader.problems + checks.instrument_problems(record, file, regions, traded)
