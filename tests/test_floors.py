"""The shape of the code: who may import whom, no cycles, and no region or policy named in the model."""

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SIM = ROOT / "sim"
CONFIGS = ROOT / "configs"

# Floor by folder or file of `sim`; an import goes to a lower floor or stays in its own folder.
FLOOR = {
    "errors": 0,
    "draws": 0,
    "threads": 0,
    "scenario": 1,
    "world": 2,
    "rules": 3,
    "moves": 4,
    "strategies": 4.5,
    "engine": 5,
    "record": 6,
    "played": 6.7,
    "player": 6.8,
    "run": 7,
    "tasks": 7.05,
    "sweeps": 7.1,
    "batch": 7.2,
    "studies": 7.3,
    "analysis": 7.4,
    "viz": 8,
    "cli": 9,
}
GROUND = {"errors", "draws", "threads"}  # open to every floor above
# Where the floors alone would allow more than is wanted.
MAY_IMPORT = {
    "rules": {"world"},
    "moves": {"world", "rules"},
    "strategies": {"world", "rules", "moves"},
    "record": {"world", "rules", "moves", "scenario"},  # scenario: the store writes the resolved config
    # scenario: what a slider sets is one
    "viz": {
        *("played", "player", "run", "batch", "sweeps", "studies", "analysis", "record", "engine.model"),
        *("engine.design", "moves.rest", "scenario"),
    },
}
FILES = ("pathlib", "os", "io", "shutil", "tempfile", "json", "csv", "pickle", "yaml", "pyarrow")
NEVER = {
    "scenario": ("mesa", "solara"),
    "world": ("yaml",),
    "rules": ("mesa", "pandas"),
    "engine": ("pandas", *FILES),
    "engine.step": ("mesa",),
    "record": ("mesa",),
    "played": ("solara",),
    "player": ("solara",),
    "run": ("solara",),
    "tasks": ("solara",),
    "batch": ("solara",),
    "sweeps": ("solara",),
    "studies": ("solara",),
    "analysis": ("solara",),
    "cli": ("solara",),
}
ENGLISH = {"row"}  # a region's code that, as an identifier, is an ordinary word: the row of a matrix


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


MODULES = {module_name(path): path for path in python_files("sim", "viz")}
SIM_MODULES = [name for name in MODULES if name.split(".")[0] == "sim"]


def imports(name: str) -> Iterator[tuple[str, int]]:
    """Every module that a module imports, at any depth of its text, with the line.

    `from sim.world import axes` imports sim.world.axes; `from sim.world.axes import DOMAIN` the same."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join(above + ([node.module] if node.module else []))
            for alias in node.names:
                member = f"{source}.{alias.name}"
                yield (member if member in MODULES else source), node.lineno


def place(module: str) -> str:
    """Folder or file of `sim` that a module belongs to; `viz` for the view and `sim` for the package root."""
    parts = module.split(".")
    return parts[1] if parts[0] == "sim" and len(parts) > 1 else parts[0]


def where(name: str, line: int) -> str:
    return f"{MODULES[name].relative_to(ROOT)}:{line}"


def complaints(name: str) -> list[str]:
    own = place(name)
    found = []
    for imported, line in imports(name):
        inside = imported.removeprefix("sim.")
        target = place(imported)
        if imported.split(".")[0] not in {"sim", "viz"}:
            banned = {key for key in (own, name.removeprefix("sim.")) for key in NEVER.get(key, ())}
            if imported.split(".")[0] in banned:
                found.append(f"{where(name, line)}: {name} never imports {imported}")
        elif name == "sim" or target == own:
            if name == "sim" and target == "viz":
                found.append(f"{where(name, line)}: the package root stands below viz")
        elif target == "sim":
            if own != "viz":
                found.append(f"{where(name, line)}: import the module you mean, not the package root")
        elif target not in FLOOR:
            found.append(f"{where(name, line)}: {target} has no floor; give it one in {Path(__file__).name}")
        elif FLOOR[target] >= FLOOR[own]:
            found.append(f"{where(name, line)}: {own} (floor {FLOOR[own]}) climbs to {imported}")
        elif own in MAY_IMPORT and target not in GROUND and not {target, inside} & MAY_IMPORT[own]:
            found.append(f"{where(name, line)}: {own} imports {imported}; allowed: {sorted(MAY_IMPORT[own])}")
    return found


def test_every_folder_has_a_floor():
    assert {place(name) for name in MODULES} - {"sim"} <= set(FLOOR)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_import_climbs(name):
    assert complaints(name) == []


def test_the_engine_opens_no_file():
    engine = [name for name in SIM_MODULES if place(name) == "engine"]
    opened = [
        where(name, node.lineno)
        for name in engine
        for node in ast.walk(tree(MODULES[name]))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "open"
    ]
    assert opened == []


def test_there_is_no_import_cycle():
    graph = {name: {to for to, _ in imports(name) if to in MODULES} - {name} for name in SIM_MODULES}
    state: dict[str, str] = {}

    def visit(name: str, path: tuple[str, ...]) -> list[str] | None:
        if state.get(name) == "done":
            return None
        if name in path:
            return [*path[path.index(name) :], name]
        for imported in sorted(graph.get(name, ())):
            cycle = visit(imported, (*path, name))
            if cycle:
                return cycle
        state[name] = "done"
        return None

    cycles = [cycle for name in graph if (cycle := visit(name, ()))]
    assert cycles[:1] == []


# --- no region and no policy is named in the code --------------------------------------------------------


def regions() -> list[dict[str, str]]:
    with open(CONFIGS / "worlds" / "base" / "regions.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def policies() -> set[str]:
    return {path.stem for path in (CONFIGS / "policies").glob("*.yaml")}


CODES = {row["code"] for row in regions()}
NAMES = {re.sub(r"\s*\(.*\)", "", row["name"]).lower() for row in regions()}
POLICIES = policies()


def region_in_identifier(identifier: str) -> bool:
    words = [word.lower() for word in re.split(r"_+|(?<=[a-z])(?=[A-Z])", identifier)]
    phrase = f"_{'_'.join(words)}_"
    return bool(
        ({code.lower() for code in CODES} - ENGLISH) & set(words)
        or any(f"_{name.replace(' ', '_')}_" in phrase for name in NAMES)
    )


def region_in_text(text: str) -> bool:
    names = "|".join(map(re.escape, sorted(NAMES)))
    return bool(CODES & set(re.findall(r"\w+", text)) or re.search(rf"\b(?:{names})\b", text.lower()))


def identifiers(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value


def named(path: Path) -> list[str]:
    """Regions and policies in identifiers and texts; docstrings and the command's help are free."""
    free: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            free.add(id(node.value))
        elif isinstance(node, ast.keyword) and node.arg in {"help", "epilog"}:
            free |= {id(part) for part in ast.walk(node.value)}
    found = []
    for node in ast.walk(tree(path)):
        line = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in free:
            if region_in_text(node.value) or node.value in POLICIES:
                found.append(f"{line}: text {node.value!r}")
        found += [f"{line}: name {i}" for i in identifiers(node) if region_in_identifier(i) or i in POLICIES]
    return found


@pytest.mark.parametrize("path", python_files("sim"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_region_or_policy_is_named_in_the_model(path):
    assert named(path) == []


@pytest.mark.parametrize("name", ["JPN", "jpn_share", "tariffOnUSA", "japan", "tariff_United_States"])
def test_a_region_in_an_identifier_is_seen(name):
    assert region_in_identifier(name)


@pytest.mark.parametrize("name", ["row", "ROW", "row_count", "browser", "share", "narrow"])
def test_an_ordinary_identifier_is_not_taken_for_a_region(name):
    assert not region_in_identifier(name)


def test_a_region_in_a_text_is_seen():
    assert region_in_text("exports of CHN") and region_in_text("Japan's share")
    assert not region_in_text("a row of the table, by Japanese custom")
