"""The command as a person meets it: runs that are saved, bad input in one sentence, failures that lose nothing."""

import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import click
import pandas as pd
import pytest
import typer

from sim.cli import app as cli
from sim.errors import StoreError
from sim.record import store
from sim.scenario.sample import sample
from tests.conftest import scenario_of

ROOT = Path(__file__).resolve().parents[1]

FLAKY = '''"""A rule that loses its way in one of the runs."""
from sim.strategies.base import Strategy


class Flaky(Strategy):
    name = "flaky"
    always_open = True

    def choose(self, seen, scored):
        if seen.run == 1 and seen.actor == "EU27":
            raise ValueError("lost the file")
        return 0
'''


def hedgelab(*arguments, folder=ROOT, path=()):
    """Runs the command in a process of its own."""
    search = os.pathsep.join(map(str, (ROOT, *path)))
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *map(str, arguments)], capture_output=True, text=True, cwd=folder,
        env=os.environ | {"PYTHONPATH": search, "OPENBLAS_NUM_THREADS": "1"}, timeout=300,
    )  # fmt: skip


def tables(folder):
    """Every table of a run folder by name."""
    return {file.stem: pd.read_parquet(file) for file in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """One run and one comparison as the command leaves them: (run, its folder, comparison, its folder)."""
    place = tmp_path_factory.mktemp("saved")
    run = hedgelab("run", "america_first", "--policy", "adaptive", "--quarters", 1, "--seed", 5, "--draw", 1,
                   "--run", 1, "--runs", 2, "--out", place / "run", "--format", "json", "--quiet")  # fmt: skip
    both = hedgelab("compare", "america_first", "--policy", "adaptive", "--runs", 2, "--quarters", 1, "--seed", 5,
                    "--workers", 1, "--out", place / "both", "--format", "csv", "--quiet")  # fmt: skip
    return run, place / "run", both, place / "both"


# --- what works --------------------------------------------------------------------------------------------


def test_a_run_is_saved_whole_and_prints_what_it_was_asked_for(saved):
    done, folder, *_ = saved
    assert (done.returncode, done.stderr) == (0, "")
    moves = json.loads(done.stdout)
    assert {f.name for f in folder.iterdir()} >= {"manifest.json", "config.yaml", "portfolio.parquet", "moves.parquet"}
    assert len(moves) == len(tables(folder)["moves"])
    facts = json.loads((folder / "manifest.json").read_text())
    assert (facts["scenario"], facts["policies"], facts["seed"]) == ("america_first", ["adaptive"], 5)
    assert facts["values"] == sample(scenario_of("america_first"), cli.load.load_policy("adaptive"), 5, 2)[1]
    assert "written" in (folder / "log.jsonl").read_text()


def test_a_comparison_is_saved_with_its_report_and_prints_the_differences(saved):
    *_, done, folder = saved
    assert done.returncode == 0, done.stderr
    printed = pd.read_csv(StringIO(done.stdout))
    kept = tables(folder)
    assert {"outcomes", "differences", "start_end", "portfolio", "moves", "failures"} <= kept.keys()
    assert len(printed) == len(kept["differences"]) > 0 and kept["failures"].empty
    assert set(kept["outcomes"].policy) == {"adaptive", "status_quo"}  # the reference comes along unasked
    page = (folder / "report.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html") and "http://" not in re.sub(
        r"http://www\.w3\.org", "", page
    )


def test_a_run_by_its_draw_is_the_row_of_the_comparison(saved):
    _, alone, _, batch = saved
    one, many = tables(alone)["portfolio"], tables(batch)["portfolio"]
    mine = many[(many.policy == "adaptive") & (many.run == 1)]
    pd.testing.assert_frame_equal(one, mine[list(one)].reset_index(drop=True), check_exact=True)


def test_a_decision_is_explained_in_one_object(tmp_path):
    done = hedgelab("run", "america_first", "--policy", "adaptive", "--quarters", 1, "--seed", 7, "--explain",
                    "USA:2025Q1", "--flips", 1, "--out", tmp_path / "run", "--format", "json", "--quiet")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert {"actor", "quarter", "margin", "nests", "why", "candidates", "believed", "flips", "answers"} == told.keys()
    assert [row["picked"] for row in told["candidates"]].count(True) == 1
    assert sum(row["probability"] for row in told["candidates"]) == pytest.approx(1)
    assert {row["about"] for row in told["believed"]} == {"JPN", "EU27", "CHN"}
    (flip,) = told["flips"]["found"]
    assert flip["pick"] == told["candidates"][0]["candidate"] != flip["instead"]
    assert told["flips"]["none_in_range"] and told["flips"]["without_effect"]


def test_an_answer_is_explained_beside_the_free_decision(tmp_path):
    eager = [f"--set=bargaining.{which}_median=0.05" for which in ("price", "audience")]
    done = hedgelab("run", "both_squeeze", "--policy", "adaptive", "--quarters", 4, "--seed", 2, "--explain",
                    "JPN:2025Q4", "--flips", 1, "--set", "model.choice.agenda=1", *eager, "--out", tmp_path / "run",
                    "--format", "json", "--quiet")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (answer,) = json.loads(done.stdout)["answers"]
    assert (answer["demand"], answer["partner"], answer["side"]) == ("outlays", "USA", "target")
    picked = next(row["candidate"] for row in answer["candidates"] if row["picked"])
    (flip,) = answer["flips"]["found"]
    assert flip["pick"] == picked != flip["instead"] and answer["margin"] > 0


def test_a_run_is_told_in_a_sentence_a_quarter(tmp_path):
    done = hedgelab("run", "america_first", "--policy", "adaptive", "--quarters", 1, "--seed", 7, "--out",
                    tmp_path / "run", "--quiet")  # fmt: skip
    assert re.search(r"^2025Q1: The United States raised its tariff .* did not decide\.$", done.stdout, re.MULTILINE)


def test_nothing_is_left_beside_what_was_saved(saved):
    place = saved[1].parent
    assert {f.name for f in place.iterdir()} == {"run", "both"}


def test_the_manifest_holds_no_time_and_no_place(saved):
    for folder in (saved[1], saved[3]):
        text = (folder / "manifest.json").read_text() + (folder / "config.yaml").read_text()
        assert str(ROOT) not in text and str(folder) not in text
        assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text)


def commands():
    """(path of words, click command) of every command."""
    top = typer.main.get_command(cli.app)
    return [((name,), top.commands[name]) for name in top.commands]


@pytest.mark.parametrize(("words", "command"), commands(), ids=lambda x: x[0] if isinstance(x, tuple) else "")
def test_the_examples_in_the_help_are_commands_that_parse(words, command):
    text = command.get_help(click.Context(command, info_name=" ".join(words)))
    examples = [line.split() for line in text.splitlines() if line.strip().startswith("hedgelab ")]
    assert examples, text
    top = typer.main.get_command(cli.app)
    assert any(example[1:2] == list(words) for example in examples)
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("hedgelab "):
            _, name, *arguments = shlex.split(line)
            top.commands[name].make_context(name, arguments)  # raises for an argument that is not valid


def test_help_is_printed_and_names_every_command():
    done = hedgelab("--help")
    assert done.returncode == 0 and all(words[0] in done.stdout for words, _ in commands())
    assert {"demo", "run", "compare"} <= {words[0] for words, _ in commands()}


# --- what is refused ------------------------------------------------------------------------------------------


def is_one_sentence(done, *says):
    """Status 2, what is wrong on stderr in one sentence (after a usage line of the parser's), no traceback."""
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr and done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith(("Usage:", "Try "))]
    assert len(lines) == 1, done.stderr
    for word in says:
        assert word in lines[0], done.stderr


BAD = {
    "no such scenario": (["run", "nowhere"], ["nowhere", "there are america_first"]),
    "no such policy": (["run", "baseline", "--policy", "nope"], ["nope", "adaptive"]),
    "no such policy to compare": (["compare", "baseline", "--policy", "nope"], ["nope", "adaptive"]),
    "no such reference": (["compare", "baseline", "--policy", "adaptive", "--reference", "nope"], ["nope"]),
    "no such value": (["run", "baseline", "--set", "model.trade.renewal=0.1"],
                      ["model.trade.renewal", "did you mean", "model.trade.contract_renewal"]),
    "a value outside its range": (["run", "baseline", "--set", "model.trade.contract_renewal=9"],
                                  ["model.trade.contract_renewal is 9", "0.02 to 0.15"]),
    "a value that is no number": (["run", "baseline", "--set", "model.trade.contract_renewal=much"], ["much"]),
    "a value without a sign": (["run", "baseline", "--set", "nonsense"], ["nonsense"]),
    "an infinite value": (["run", "baseline", "--set", "model.trade.contract_renewal=inf"], ["inf"]),
    "nothing to explain": (["run", "baseline", "--explain", "nonsense"], ["nonsense", "ACTOR:QUARTER"]),
    "an actor that is none": (["run", "baseline", "--explain", "GBR:2025Q1"], ["GBR:2025Q1", "JPN, EU27, USA, CHN"]),
    "a quarter too late": (["run", "baseline", "--quarters", "2", "--explain", "JPN:2025Q3"], ["2025Q1 to 2025Q2"]),
    "no quarters": (["run", "baseline", "--quarters", "0"], ["--quarters"]),
    "no runs": (["compare", "baseline", "--runs", "0"], ["--runs"]),
    "a negative seed": (["run", "baseline", "--seed", "-1"], ["--seed"]),
    "a draw beyond the runs": (["run", "baseline", "--draw", "4", "--runs", "4"], ["--draw", "4"]),
    "no such option": (["demo", "--polcy", "x"], ["--polcy"]),
    "no scenario": (["run"], ["SCENARIO"]),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence_and_status_two(what, tmp_path):
    arguments, says = BAD[what]
    done = hedgelab(*arguments, folder=tmp_path)
    done.stderr = done.stderr.replace("'scenario'", "'SCENARIO'").replace("{scenario}", "SCENARIO")
    is_one_sentence(done, *says)
    assert not any(tmp_path.iterdir())  # and nothing is left behind


def test_a_broken_scenario_file_is_one_sentence_a_problem(tmp_path):
    (tmp_path / "mine.yaml").write_text("kind: scenario\nname: mine\nquarters: [\n")
    is_one_sentence(hedgelab("run", "mine.yaml", folder=tmp_path), "mine.yaml")


# --- what fails -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """A comparison in which a rule of the user's own raises in one of two runs: (process, folder)."""
    place = tmp_path_factory.mktemp("failing")
    (place / "flaky_rules.py").write_text(FLAKY)
    done = hedgelab("compare", "baseline", "--policy", "adaptive", "--reference", "adaptive", "--runs", 2,
                    "--quarters", 1, "--workers", 1, "--strategy", "flaky_rules:Flaky", "--out", place / "out",
                    "--quiet", "--format", "json", path=[place])  # fmt: skip
    return done, place / "out"


def test_a_run_that_fails_is_a_row_and_the_others_are_saved(failing):
    done, folder = failing
    kept = tables(folder)
    assert list(kept["failures"].columns[:2]) == ["policy", "run"]
    assert kept["failures"][["policy", "run"]].values.tolist() == [["adaptive", 1]]
    error = kept["failures"].error[0]
    assert all(word in error for word in ("flaky", "EU27", "2025Q1", "ValueError", "lost the file"))
    assert set(kept["outcomes"].run) == set(kept["portfolio"].run) == {0}
    assert json.loads((folder / "manifest.json").read_text())["failed"] == 1


def test_a_comparison_with_a_failed_run_ends_with_status_one_and_says_where(failing):
    done, folder = failing
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert "1 of 2 runs failed" in last and "lost the file" in last and "failures" in last


# --- a folder whole or not at all ----------------------------------------------------------------------------------

TABLES = {name: pd.DataFrame({"run": [0, 1], "value": [1.0, 2.0]}) for name in ("outcomes", "moves", "failures")}


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def save(folder, finish=None):
    return store.save(folder, {"seed": 1}, {"scenario": "x"}, TABLES, finish=finish)


def test_a_saved_folder_holds_every_table(tmp_path):
    made = save(tmp_path / "runs" / "one", finish=lambda partial: (partial / "report.html").write_text("<p>"))
    assert made == tmp_path / "runs" / "one"
    assert {f.stem for f in made.glob("*.parquet")} == set(TABLES) and (made / "report.html").exists()
    pd.testing.assert_frame_equal(store.load_table(made, "moves"), TABLES["moves"])
    assert [f.name for f in made.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("where", ["first table", "last table", "config", "report", "move"])
def test_a_full_disk_leaves_nothing_behind_and_says_so(tmp_path, monkeypatch, where):
    finish = full if where == "report" else None
    if where == "move":
        monkeypatch.setattr(os, "replace", full)
    if where == "config":
        monkeypatch.setattr(Path, "write_text", full)
    if where.endswith("table"):
        good = pd.DataFrame.to_parquet

        def write(self, path, **options):
            good(self, path, **options)
            if where == "first table" or "failures" in str(path):
                full()

        monkeypatch.setattr(pd.DataFrame, "to_parquet", write)
    with pytest.raises(StoreError, match="No space left on device") as caught:
        save(tmp_path / "one", finish)
    assert str(tmp_path / "one") in str(caught.value) and "\n" not in str(caught.value)
    assert not any(tmp_path.iterdir())


def test_a_command_killed_while_it_saves_leaves_no_run_and_the_place_free(tmp_path):
    code = (
        "import os, signal, sys, pandas as pd\nfrom pathlib import Path\nfrom sim.record import store\n"
        "store.save(Path(sys.argv[1]), {}, {}, {'moves': pd.DataFrame({'run': [1]})},\n"
        "           finish=lambda partial: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "one")], cwd=ROOT, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "one").exists()
    assert store.free_folder(tmp_path, "one") == tmp_path / "one"
    assert save(tmp_path / "one").is_dir()


def test_a_folder_that_is_there_is_never_written_over(tmp_path):
    save(tmp_path / "one")
    before = {f.name: f.read_bytes() for f in (tmp_path / "one").iterdir()}
    with pytest.raises(StoreError, match="there already"):
        save(tmp_path / "one")
    assert {f.name: f.read_bytes() for f in (tmp_path / "one").iterdir()} == before
    assert store.free_folder(tmp_path, "one") == tmp_path / "one-2"


def test_a_table_that_cannot_be_read_says_which(tmp_path):
    made = save(tmp_path / "one")
    (made / "moves.parquet").write_bytes(b"PAR1 cut short")
    for name in ("moves", "no_such"):
        with pytest.raises(StoreError, match=name):
            store.load_table(made, name)
