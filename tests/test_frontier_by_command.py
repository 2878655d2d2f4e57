"""`hedgelab frontier` as a person meets it: tables, files, figure, and bad input in one sentence."""

import json
from io import StringIO

import pandas as pd
import pytest

from tests.test_commands import hedgelab


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The command for one policy and one quarter, and the folder that it left."""
    folder = tmp_path_factory.mktemp("frontier") / "out"
    done = hedgelab("frontier", "baseline", "--policy", "adaptive", "--quarters", 1, "--seed", 5, "--workers", 1,
                    "--out", folder, "--format", "json", "--quiet")  # fmt: skip
    return done, folder


def test_it_prints_where_the_policy_stands_and_what_the_solver_left(made):
    done, _ = made
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    (row,) = said["ends"]
    assert row["policy"] == "adaptive" and row["premium_over_expected"] > -1e-3
    assert row["run_option_value"] > 0 and row["run_expected_coercion_loss"] > 0
    table = pd.DataFrame(said["frontier"])
    assert set(table.kind) == {"expected", "tail"} and table.gap.max() < 0.01


def test_it_leaves_tables_and_a_figure(made):
    _, folder = made
    assert {str(f.relative_to(folder)) for f in folder.rglob("*.*")} == {
        "frontier.csv", "path.csv", "figures/efficient_frontier.png", "figures/efficient_frontier.svg",
    }  # fmt: skip
    assert len(pd.read_csv(folder / "path.csv")) == 1


def test_the_check_has_ten_points():
    done = hedgelab("frontier", "baseline", "--check", "--format", "csv", "--quiet")
    rows = pd.read_csv(StringIO(done.stdout))
    assert (done.returncode, len(rows)) == (0, 10)
    gap = (rows.expected / rows.expected_solved - 1).abs()
    assert gap[:6].max() < 0.02 and gap.max() < 0.16  # at the safest end little is left to lose


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere"),
        (("baseline", "--policy", "nobody"), "nobody"),
        (("baseline", "--out", "sim"), "is there already"),
    ],
)
def test_bad_input_is_said_in_one_sentence(arguments, said):
    done = hedgelab("frontier", *arguments, "--quiet")
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
