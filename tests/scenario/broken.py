"""Good config files as data, and how to break them one place at a time."""

import copy

import yaml
from hypothesis import HealthCheck, settings

from sim.scenario import load
from sim.scenario.reading import parse

ROOT = load.configs_root()
FILES = sorted(
    path
    for path in ROOT.rglob("*.yaml")
    if not {"targets", "calibration"} & set(path.relative_to(ROOT).parts) and path.parent.name != "splits"
)
KEPT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_refused(outcome, key=None, file="broken.yaml"):
    status, lines = outcome
    assert status == 2, lines
    assert lines and all(file in line for line in lines), lines
    assert all(len(line.split(": ", 1)[1]) > 8 for line in lines)
    if key is not None:
        assert any(f": {key} " in line for line in lines), (key, lines)


def content(path):
    return parse(path.read_text(encoding="utf-8"), path.name)[0]


def places(data, at=()):
    """Every place in the data, the whole included."""
    yield at
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        yield from places(child, (*at, key))


def get(data, at):
    for key in at:
        data = data[key]
    return data


def put(data, at, value):
    changed = copy.deepcopy(data)
    get(changed, at[:-1])[at[-1]] = value
    return changed


def dotted(at):
    return ".".join(map(str, at))


def numbers_of_quantities(data):
    return [at for at in places(data) if at and at[-1] == "value" and isinstance(get(data, at[:-1]), dict)
            and "unit" in get(data, at[:-1])]  # fmt: skip


def dump(data):
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def is_record(data, at):
    """A block with fixed keys: the whole, a quantity, or a step of a calendar; not a block keyed by codes."""
    here = get(data, at)
    return isinstance(here, dict) and bool({"kind", "unit", "since", "importer", "why"} & set(here))
