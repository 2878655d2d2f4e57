"""`--strategy` and `hedgelab new strategy` as a person meets them."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from sim.cli.runs import parse_rules
from sim.errors import ScenarioError
from sim.scenario import file_check, load
from sim.strategies import strategy_names
from tests.conftest import scenario_of
from tests.test_commands import ROOT, hedgelab, is_one_sentence

ACTORS = scenario_of("baseline").file.actors


def test_a_rule_for_all_and_a_rule_for_one():
    scenario = scenario_of("baseline")
    assert parse_rules(scenario, None) is None and parse_rules(scenario, []) is None
    one, other = ACTORS[:2]
    both = parse_rules(scenario, [f"{one}=level_k(k=1)", "best_response", f"{other}=human(choices={{'a': 'b=c'}})"])
    assert both == dict.fromkeys(ACTORS, "best_response") | {
        one: "level_k(k=1)", other: "human(choices={'a': 'b=c'})"
    }  # fmt: skip
    assert parse_rules(scenario, ["level_k(k=1)"]) == dict.fromkeys(ACTORS, "level_k(k=1)")
    for wrong in (["random", "best_response"], [f"{one}=random", f"{one}=random"]):
        with pytest.raises(ScenarioError, match="--strategy"):
            parse_rules(scenario, wrong)


@pytest.mark.parametrize(("rule", "says"), [
    ("nope", ["nope", "best_response"]), ("XYZ=random", ["XYZ", "actors"]), ("level_k(k=0)", ["k is 0", "from 1"]),
    ("level_k(j=1)", ["'j'", "options are k"]), ("no_module:Rule", ["no_module"]),
])  # fmt: skip
def test_a_rule_that_is_wrong_is_one_sentence(rule, says, tmp_path):
    done = hedgelab("run", "baseline", "--quarters", 1, "--strategy", rule, "--quiet", folder=tmp_path)
    is_one_sentence(done, *says)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a new strategy in it, and what the command said."""
    place = tmp_path_factory.mktemp("own")
    return place, hedgelab("new", "strategy", "my_rule", folder=place)


def test_a_new_strategy_runs_as_it_is_from_the_folder_where_it_stands(written):
    """The command that `new` prints, started as the installed one is: without the folder on the path."""
    place, done = written
    assert done.returncode == 0 and (place / "my_rule.py").is_file()
    advice = done.stdout.split("next: hedgelab ")[1].split()
    assert advice[-1].endswith("=my_rule:MyRule")
    start = f"import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.insert(0, {str(ROOT)!r}); " \
            "from sim.cli import main; main()"  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-P", "-c", start, *advice, "--quarters", "1", "--out", "out", "--quiet", "--format", "json"],
        capture_output=True, text=True, cwd=place, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads((place / "out" / "manifest.json").read_text())["strategy"] == [advice[-1]]


def test_a_new_strategy_plays_in_two_processes_with_options(written):
    place, _ = written
    done = hedgelab("compare", "america_first", "--policy", "adaptive", "--reference", "adaptive", "--runs", 2,
                    "--quarters", 2, "--workers", 2, "--strategy", "my_rule:MyRule(least=1e9)", "--out", "batch",
                    "--quiet", folder=place)  # fmt: skip
    assert done.returncode == 0, done.stderr
    moves = pd.read_parquet(place / "batch" / "moves.parquet")
    assert "chosen" not in set(moves.origin if len(moves) else [])  # nothing gains as much as that
    report = (place / "batch" / "report.html").read_text(encoding="utf-8")
    assert "my_rule:MyRule(least=1e9)" in report.replace("&#39;", "'")


def test_the_template_explains_itself_and_holds_no_placeholder(written):
    place, _ = written
    text = (place / "my_rule.py").read_text(encoding="utf-8")
    assert text.count("#") > 15 and "my_strategy" not in text and "MyStrategy" not in text
    assert "my_strategy" in (load.configs_root() / "templates" / "strategy.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["random", "numpy", "level_k", "My"])
def test_a_name_that_could_not_be_imported_is_refused(name, tmp_path):
    done = hedgelab("new", "strategy", name, folder=tmp_path)
    is_one_sentence(done, name)
    assert not list(tmp_path.iterdir())


def test_a_new_strategy_is_never_written_over(written):
    place, _ = written
    is_one_sentence(hedgelab("new", "strategy", "my_rule", folder=place), "is there already")


def test_a_config_names_shipped_rules_alone(tmp_path, monkeypatch):
    path = load.configs_root() / "regions" / f"{ACTORS[0].lower()}.yaml"
    text = path.read_text(encoding="utf-8")
    assert "strategy: quantal_response" in text
    for own in ("my_rule:MyRule", "level_k(k=3)"):
        (tmp_path / path.name).write_text(text.replace("strategy: quantal_response", f"strategy: {own}"))
        with pytest.raises(ScenarioError, match="--strategy") as caught:
            file_check.check_file(tmp_path / path.name)
        assert own in str(caught.value) and all(name in str(caught.value) for name in strategy_names())


def test_a_person_plays_and_the_run_is_saved_with_what_was_chosen(tmp_path):
    one = ACTORS[0]
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", "run", "baseline", "--policy", "adaptive", "--quarters", "2", "--strategy",
         f"{one}=human", "--out", tmp_path / "out"],
        input="1\n0\n", capture_output=True, text=True, cwd=ROOT, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    choices = json.loads((tmp_path / "out" / "manifest.json").read_text())["choices"][one]
    assert list(choices.values())[1] == "hold" and list(choices.values())[0] in done.stderr
    assert f'--strategy "{one}=human(choices={choices})"' in done.stdout.replace("\n", "")
    alone = subprocess.run(
        [sys.executable, "-m", "sim.cli", "run", "baseline", "--policy", "adaptive", "--strategy", f"{one}=human"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, timeout=120,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert alone.returncode == 1 and "nobody answered" in alone.stderr and "Traceback" not in alone.stderr
