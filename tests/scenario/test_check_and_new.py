"""The commands that check and start config files, and how errors reach a person."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim import cli
from sim.errors import SolverError
from sim.scenario import file_check, load


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder: (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["hedgelab", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return caught.value.code or 0, said.out, said.err

    return command


@pytest.mark.parametrize("kind", ["scenario", "policy"])
def test_a_new_file_runs_as_it_is(run, kind):
    status, out, _ = run("new", kind, "mine")
    path = Path("configs", load.FOLDERS[kind], "mine.yaml")
    assert status == 0 and str(path) in out
    assert run("check", path)[:2] == (0, run("check", path)[1])
    assert run("check", path)[1].startswith(f"ok: {path}: {kind} mine")
    loaded = load.load_scenario("mine") if kind == "scenario" else load.load_policy("mine")  # found by name too
    assert loaded
    uncommented = path.read_text().count("#")
    assert uncommented > 15  # it explains itself


@pytest.mark.parametrize("kind", ["scenario", "policy"])
def test_what_the_comments_offer_is_valid(run, kind, tmp_path):
    """Taking the comments off a block gives a config that still checks."""
    run("new", kind, "mine")
    path = Path("configs", load.FOLDERS[kind], "mine.yaml")
    lines = []
    for line in path.read_text().splitlines():
        if line.lstrip().startswith("# ") and (":" in line) and not line.startswith(("# A ", "# Change", "#   hedge")):
            indent = line[: len(line) - len(line.lstrip())]
            line = indent + line.lstrip()[2:]
        lines.append(line)
    text = "\n".join(lines).replace("calendar: []  # dated", "# calendar, dated") + "\n"
    path.write_text(text)
    assert run("check", path)[0] == 0, text


def test_new_goes_where_it_is_told_and_never_over_a_file(run, tmp_path):
    out = tmp_path / "elsewhere"
    assert run("new", "policy", "mine", "--out", out)[0] == 0
    before = (out / "mine.yaml").read_text()
    status, _, err = run("new", "policy", "mine", "--out", out)
    assert status == 2 and "is there already" in err and (out / "mine.yaml").read_text() == before


WRONG = """
new policy eu_hedge, new policy Mine, new policy ../mine, new planet mine, new policy, check,
check nowhere.yaml, check ., chek x, check --loud x
"""


@pytest.mark.parametrize("words", [line.split() for line in WRONG.split(",")], ids=" ".join)
def test_wrong_words_end_with_status_two(run, words):
    status, out, err = run(*words)
    assert status == 2 and out == "" and err.strip()


def test_a_folder_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = run("new", "policy", "mine", "--out", tmp_path / "file" / "below")
    assert status == 2 and "choose another folder" in err and len(err.splitlines()) == 1


def test_several_files_are_checked_in_one_go(run):
    good = load.configs_root() / "policies" / "eu_hedge.yaml"
    status, out, err = run("check", good, "nowhere.yaml", good.parent)
    assert status == 2 and out.startswith("ok: ") and len(err.splitlines()) == 2


def test_a_run_that_failed_has_status_one_and_a_bug_is_one_sentence(run, monkeypatch):
    def fail(error):
        def raising(*_):
            raise error

        return raising

    monkeypatch.setattr(file_check, "check_file", fail(SolverError("did not converge", run=3, step=2)))
    assert run("check", "x")[::2] == (1, "did not converge (run 3, step 2)\n")
    monkeypatch.setattr(file_check, "check_file", fail(TypeError("no\nsuch thing")))
    status, _, err = run("check", "x")
    assert status == 1 and len(err.splitlines()) == 1 and "HEDGELAB_DEBUG=1" in err
    monkeypatch.setenv("HEDGELAB_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["hedgelab", "check", "x"])
    with pytest.raises(TypeError):
        cli.main()


@pytest.mark.parametrize("command", ["check", "new"])
def test_help_has_an_example_that_works(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0 and "Example:" in out
    for line in out.split("Example:")[1].split("\n\n")[0].strip().splitlines():
        assert run(*line.split()[1:])[0] == 0, line


def test_from_a_shell(tmp_path):
    command = [sys.executable, "-m", "sim.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=load.configs_root().parent, check=False)
    assert done.returncode == 0 and "check" in done.stdout and done.stderr == ""
