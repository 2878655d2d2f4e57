"""Sweeps of the real model by the command: any number of workers, rows that reopen, folders that are played again."""

import json
import re
import time
from collections import Counter, deque
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from sim.cli import sweeps
from sim.cli.runs import run_one
from sim.cli.sweeps import progress_words
from sim.errors import RunsFailed, ScenarioError
from sim.run import simulate
from sim.scenario.file_check import check_file
from sim.scenario.load import template
from sim.scenario.sweep_load import load_sweep
from sim.sweeps.again import reopen
from sim.sweeps.estimate import estimate
from sim.sweeps.plan import make_plan
from sim.sweeps.read import open_sweep
from sim.sweeps.runner import Progress
from tests.sweeps.made import bytes_of
from tests.test_commands import hedgelab, is_one_sentence

SMALL = """kind: sweep
name: small
description: Two points, two policies.
scenarios: [baseline]
policies: [status_quo, adaptive]
design:
  type: list
  points: [{}, {model.choice.agenda: 0.9, policy.commitments.0.size: 0.5}]
seed: 3
quarters: 1
strategy: {USA: 'odd_rules:Odd'}
"""
LISTED = "  type: list\n  points: [{}, {model.choice.agenda: 0.9}]"
ODD = '''"""A rule that fails in one run and changes nothing in the others."""
from sim.strategies.base import Strategy


class Odd(Strategy):
    name = "odd"
    always_open = True

    def choose(self, seen, scored):
        if seen.run == 1:
            raise ValueError("lost the file")
        return 99_999 if seen.run == 2 else 0
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a sweep file and a rule of the user's own, played by two workers and then by one."""
    place = tmp_path_factory.mktemp("sweeps")
    (place / "odd_rules.py").write_text(ODD)
    text = SMALL.replace(", policy.commitments.0.size: 0.5", "")
    (place / "small.yaml").write_text(text + "replicates: 3\n")
    two = hedgelab("sweep", "small.yaml", "--workers", 2, "--out", "two", "--quiet", "--format", "csv", folder=place)
    one = hedgelab("sweep", "small.yaml", "--workers", 1, "--out", "one", folder=place)
    return place, two, one


def test_one_and_two_workers_give_the_same_bytes_and_what_failed_is_told(place):
    folder, two, one = place
    first, second = bytes_of(folder / "one"), bytes_of(folder / "two")
    assert first == second and {"runs/000000.parquet", "panel/000000.parquet", "codebook.csv"} <= first.keys()
    table = pd.read_csv(StringIO(two.stdout), keep_default_na=False)
    assert len(table) == 12 and set(table[table.run == 0].state) == {"ok"}
    assert all("lost the file" in text for text in table[table.run == 1].error)
    assert set(table[table.run == 2].state) == {"failed"} and "99999" in table[table.run == 2].error.iloc[0]
    for done in (one, two):
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "4 ok, 8 failed" in done.stderr.splitlines()[-1] and "retry-failed" in done.stderr
    assert "sweep small: 12 of 12 runs (4 ok, 8 failed)" in one.stderr  # plain lines where there is no terminal


def test_the_manifest_pins_everything_and_holds_no_time_and_no_place(place):
    folder = place[0]
    facts = json.loads((folder / "one" / "manifest.json").read_text())
    assert {"spec", "scenarios", "seeds", "versions", "code", "rules", "backend", "checksum"} <= facts.keys()
    assert facts["rows"] == 12 and list(facts["rules"]) == ["odd_rules"] and "SALib" in facts["versions"]
    files = facts["scenarios"]["baseline"]["files"]
    assert "configs/scenarios/baseline.yaml" in files and any(name.endswith(".csv") for name in files)
    text = (folder / "one" / "manifest.json").read_text() + (folder / "one" / "config.yaml").read_text()
    assert str(folder) not in text and str(Path.cwd()) not in text


def test_a_row_reopens_as_a_run_with_its_reasons_bit_for_bit(place, tmp_path, monkeypatch):
    folder = place[0]
    done = hedgelab("run", "--from", "one#1.baseline.adaptive.0", "--out", tmp_path / "row", folder=folder)
    assert done.returncode == 0 and "the same bits as in the sweep" in done.stderr
    assert "changed since" not in done.stderr
    assert {"portfolio.parquet", "moves.parquet", "ledgers.parquet"} <= {f.name for f in (tmp_path / "row").iterdir()}
    facts = json.loads((tmp_path / "row" / "manifest.json").read_text())
    assert facts["values"] == {"model.choice.agenda": 0.9} and facts["from"] == "1.baseline.adaptive.0"
    again = hedgelab("rerun", tmp_path / "row", "--quiet", folder=folder)
    assert again.returncode == 0 and "are the same to the last bit" in again.stdout
    broken = hedgelab("run", "--from", "one#0.baseline.adaptive.1", "--out", tmp_path / "bad", folder=folder)
    assert broken.returncode == 1 and "lost the file" in broken.stderr and "Traceback" not in broken.stderr


def test_a_sweep_played_again_has_the_same_bits_and_a_changed_one_says_what_differs(place, monkeypatch):
    folder = place[0]
    again = hedgelab("rerun", "two", "--rows", 6, "--workers", 1, "--quiet", folder=folder)
    assert again.returncode == 0 and "6 of 6 rows are the same to the last bit" in again.stdout, again.stderr
    (folder / "odd_rules.py").write_text(ODD.replace("99_999 if", "1 if"))
    try:
        refused = hedgelab("sweep", "retry-failed", "two", folder=folder)
        assert refused.returncode == 1 and "changed since: the strategy odd_rules" in refused.stderr
    finally:
        (folder / "odd_rules.py").write_text(ODD)


def test_the_codebook_says_what_every_column_is(place, monkeypatch):
    monkeypatch.chdir(place[0])
    done = open_sweep("one")
    book = done.codebook.set_index("column")
    assert set(book.index) == {*done.runs.columns, *done.panel().columns} and (book.meaning != "").all()
    agenda, shared = book.loc["model.choice.agenda"], book.loc["exposure_share.USA"]
    assert agenda.what == "parameter" and agenda.low < agenda.central < agenda.high and agenda.source
    assert shared.what == "outcome" and shared.unit == "1" and "USA" in shared.meaning
    row = reopen("one#0.baseline.status_quo.0")  # from here on rules are looked for in this folder
    run = simulate("baseline", "status_quo", 3, run=0, quarters=1, strategy={"USA": "odd_rules:Odd"})
    assert row.differs(run) == []


def test_what_stands_in_the_way_of_a_sweep_is_one_sentence(place, tmp_path):
    folder = place[0]
    is_one_sentence(hedgelab("sweep", "small.yaml", "--out", "one", folder=folder), "finished sweep", "--out")
    is_one_sentence(hedgelab("sweep", "resume", "nowhere", folder=folder), "nowhere", "holds no sweep")
    is_one_sentence(hedgelab("sweep", "resume", folder=folder), "FOLDER", "is missing")
    is_one_sentence(hedgelab("run", "--from", "one#9.baseline.adaptive.0", folder=folder), "points 0 to 1")
    is_one_sentence(hedgelab("run", "baseline", "--from", "one#0.baseline.adaptive.0", folder=folder), "SCENARIO")
    said = hedgelab("sweep", "status", "one", folder=folder)
    assert said.returncode == 0 and "12 runs: 4 ok, 8 failed" in said.stdout and "retry-failed one" in said.stdout


@pytest.mark.parametrize("what", ["resume", "retry-failed", "status"])
def test_options_that_a_command_would_pass_over_are_refused(what):
    for given, name in (({"dry_run": True}, "--dry-run"), ({"out": Path("other")}, "--out")):
        with pytest.raises(ScenarioError, match=f"hedgelab sweep {what}: {name} is for a sweep that begins"):
            sweeps.sweep(what, folder=Path("one"), **given)
    for given, name in (({"seed": 0}, "--seed"), ({"run": 3}, "--run")):
        with pytest.raises(ScenarioError, match=f"{name} stands beside --from, which says all of a run"):
            run_one(of_row="one#0.baseline.adaptive.0", **given)


@pytest.mark.parametrize(("spec", "given", "name"), [
    ("small.yaml", {"dry_run": True, "out": Path("other")}, "sweep --dry-run: --out is for a sweep that is played"),
    ("small.yaml", {"dry_run": True, "scheduler": "tcp://x:1"}, "sweep --dry-run: --scheduler is for a sweep"),
    ("status", {"scheduler": "tcp://x:1", "workers": 3}, "sweep status: --workers, --scheduler are for what plays"),
    ("small.yaml", {"scheduler": "tcp://x:1", "workers": 3}, "sweep: --workers is for processes of this machine"),
    ("resume", {"scheduler": "tcp://x:1", "workers": 3}, "sweep: --workers is for processes of this machine"),
])  # fmt: skip
def test_options_that_a_sweep_would_pass_over_are_refused(spec, given, name, place, monkeypatch):
    monkeypatch.chdir(place[0])
    with pytest.raises(ScenarioError, match=name):
        sweeps.sweep(spec, folder=None if spec == "small.yaml" else Path("one"), **given)


@pytest.mark.parametrize(("kind", "given", "name"), [
    ("run", {"rows": 3}, "rerun: --rows is for a sweep, and saved is a run"),
    ("compare", {"rows": 3, "scheduler": "tcp://x:1"}, "rerun: --rows, --scheduler are for a sweep"),
    ("run", {"workers": 2}, "rerun: --workers is for many runs"),
    ("sweep", {"workers": 2, "scheduler": "tcp://x:1"}, "rerun: --workers is for processes of this machine"),
])  # fmt: skip
def test_options_that_rerun_would_pass_over_are_refused(kind, given, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "manifest.json").write_text(json.dumps({"kind": kind}))
    with pytest.raises(ScenarioError, match=name):
        sweeps.rerun(Path("saved"), **{"rows": None, "workers": None, "scheduler": None, "quiet": True} | given)


@pytest.mark.parametrize(("old", "new", "says"), [
    ("model.choice.agenda: 0.9", "model.choice.agend: 0.9", "design.points.1.model.choice.agend is no value"),
    ("model.choice.agenda: 0.9", "model.choice.agenda: 90", "design.points.1.model.choice.agenda is 90"),
    ("type: list", "type: cube", "design"), ("[baseline]", "[baseline, baseline]", "scenarios.1 is 'baseline'"),
    ("[baseline]", "[nowhere]", "nowhere"), ("seed: 3", "seed: -3", "seed is -3"),
    ("{USA: 'odd_rules:Odd'}", "nonsense", "nonsense"), ("{USA: 'odd_rules:Odd'}", "{JPN: human}", "asks a person"),
    ("type: list", "type: lhs", "design"),
    (LISTED, "  {type: sobol, over: all, base: 6}", "power of two"),
    (LISTED, "  {type: lhs, over: {model.choice.agenda: [0.9, 0.5]}, "
     "points: 3}", "low below high"),
    (LISTED, "  {type: lhs, over: [model.choice.x], points: 3}",
     "model.choice.x is no value"),
    (LISTED, "  {type: grid, over: all}", "levels"), (LISTED, "  {type: grid, over: all, levels: 2}", "design has "),
])  # fmt: skip
def test_a_sweep_file_that_is_wrong_names_the_key(old, new, says, place, monkeypatch):
    folder = place[0]
    monkeypatch.chdir(folder)
    text = (folder / "small.yaml").read_text()
    assert old in text
    (folder / "wrong.yaml").write_text(text.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        make_plan(load_sweep("wrong.yaml"))
    assert says in str(caught.value) and "Traceback" not in str(caught.value)


def test_a_new_sweep_checks_and_its_other_designs_do_too(tmp_path):
    path = tmp_path / "mine.yaml"
    text = template("sweep", "mine", path)
    path.write_text(text)
    assert check_file(path) == "sweep mine: 4 points x 1 scenarios x 2 policies x 2 replicates = 16 runs"
    head, rest = text.split("design:\n", 1)
    tail = rest[rest.index("replicates:") :]
    for line in (one[2:] for one in rest.splitlines() if one.startswith("# design: ")):
        path.write_text(head + line + "\n" + tail)
        assert "points x 1 scenarios" in check_file(path), line
    for line in (
        one[2:] for one in text.splitlines() if one.startswith(("# others", "# strategy", "# timeout", "# panel"))
    ):
        path.write_text(text + line + "\n")
        assert check_file(path)


def test_a_dry_run_says_runs_time_and_disk(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(SMALL.replace(", policy.commitments.0.size: 0.5", "").rpartition("strategy")[0])
    sweeps.sweep("mine.yaml", folder=None, workers=2, scheduler=None, out=None, dry_run=True, quiet=True)
    said = capsys.readouterr().out
    assert "2 points x 1 scenarios x 2 policies x 1 replicates = 4 runs in 1 chunks" in said
    assert (
        re.search(r"about \d+ .* with 2 workers, \d.* (kB|bytes) on disk", said) and len(list(tmp_path.iterdir())) == 1
    )
    assert [sweeps.duration(s) for s in (3, 75, 7500)] == ["3 s", "1 min 15 s", "2 h 5 min"]
    assert [sweeps.size(n) for n in (12, 1500, 2.5e9)] == ["12 bytes", "1.5 kB", "2.5 GB"]


TRIED = """from sim.strategies.base import Strategy
import time


class First(Strategy):
    name, always_open = "first", True

    def choose(self, seen, scored):
        if seen.run == 0:
            raise ValueError("lost the file")
        return 0


class Hangs(First):
    def choose(self, seen, scored):
        while seen.run == 0:
            time.sleep(0.05)
        return 0


class Never(First):
    def choose(self, seen, scored):
        raise KeyboardInterrupt
"""


@pytest.mark.parametrize(("rule", "says"), [("First", "tried before it"), ("Hangs", "tried before it"), ("Never", "")])
def test_a_dry_run_of_a_rule_that_fails_hangs_or_never_plays(rule, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tried_rules.py").write_text(TRIED)
    text = SMALL.replace(", policy.commitments.0.size: 0.5", "").replace("odd_rules:Odd", f"tried_rules:{rule}")
    text = text.replace("baseline", "small_rivalry").replace("adaptive", "alliance_first")
    (tmp_path / "mine.yaml").write_text(text + "replicates: 6\ntimeout: 4\n")

    def told():
        sweeps.sweep("mine.yaml", folder=None, workers=1, dry_run=True)

    if says:
        told()
    else:
        with pytest.raises(RunsFailed, match="3 of 24 runs were tried and none.*KeyboardInterrupt"):
            told()
    said = capsys.readouterr().out
    assert "= 24 runs in 1 chunks" in said and says in said


def test_a_dry_run_says_no_less_than_a_sweep_takes_on_the_disk(place):
    spec = load_sweep(place[0] / "small.yaml").model_copy(update={"strategy": None})
    found = estimate(make_plan(spec), 2)
    taken = sum(len(data) for data in bytes_of(place[0] / "two").values())
    assert taken < found.bytes < 3 * taken and found.runs == 12 and found.failed == 0


def test_progress_says_rate_time_to_go_and_states():
    progress = Progress(100, Counter(ok=10), marks=deque([(time.monotonic() - 20, 10)]))
    progress.counts.update(["ok"] * 19 + ["failed"])
    progress.mark()
    assert re.fullmatch(
        r"30 of 100 runs \(29 ok, 1 failed\), (1|0.9\d*) runs/s, 1 min 1\d s to go", progress_words(progress)
    )


def test_a_value_of_one_policy_alone_is_set_under_that_policy(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        SMALL.replace("[status_quo, adaptive]", "[status_quo, eu_hedge]").replace(
            "strategy: {USA: 'odd_rules:Odd'}\n", ""
        )
    )
    plan = make_plan(load_sweep(path))
    assert plan.find("1.baseline.eu_hedge.0").values == {"model.choice.agenda": 0.9, "policy.commitments.0.size": 0.5}
    assert plan.find("1.baseline.status_quo.0").values == {"model.choice.agenda": 0.9}
