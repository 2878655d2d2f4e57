"""What a run folder says of the files that made it."""

from dataclasses import fields

import yaml
from pydantic import BaseModel

from sim.record.store import manifest, resolved
from sim.scenario.load import load_policy
from sim.scenario.sample import quantities, with_values
from tests.conftest import scenario_of

NO_FILE = {"tables", "sources"}  # pinned by their hashes


def test_every_file_of_a_scenario_stands_in_the_resolved_config():
    scenario, policy = scenario_of("both_squeeze"), load_policy("eu_hedge")
    config = resolved(scenario, [policy])
    assert yaml.safe_load(yaml.safe_dump(config)) == config
    for one in fields(scenario):
        value = getattr(scenario, one.name)
        if one.name in NO_FILE or value is None:
            continue
        files = list(value.values()) if isinstance(value, dict) else [value]
        assert all(isinstance(file, BaseModel) for file in files), one.name
        nested = str(config)
        for file in files:
            assert str(file.model_dump(mode="json")) in nested, one.name


def test_a_value_that_was_set_shows_in_the_hash_of_the_config():
    scenario, policy = scenario_of("both_squeeze"), load_policy("eu_hedge")
    before = manifest(scenario, [policy])["config"]
    shown = {}
    for name, q in quantities(scenario, policy).items():
        if q.low is None or q.low == q.high:
            continue
        changed, drawn = with_values(scenario, policy, {name: q.low if q.value != q.low else q.high})
        shown[name] = manifest(changed, [drawn])["config"] != before
    assert len(shown) > 50 and all(shown.values()), [name for name, seen in shown.items() if not seen]
