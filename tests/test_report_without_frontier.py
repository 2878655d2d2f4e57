"""A comparison whose frontier cannot be found: the report is there without it, and the command says why."""

from typer.testing import CliRunner

from sim.cli import runs
from sim.cli.app import app
from sim.errors import WorldError


def test_a_comparison_keeps_its_report_when_there_is_no_frontier(tmp_path, monkeypatch):
    def none(*_):
        raise WorldError("the loss from a stop is not convex in shares")

    monkeypatch.setattr(runs, "standing", none)
    folder = tmp_path / "made"
    command = ["compare", "tariffs_2025", "--policy", "status_quo", "--policy", "adaptive", "--runs", "1", "--quarters",
               "1", "--workers", "1", "--out", str(folder), "--quiet"]  # fmt: skip
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    assert "goes without the frontier: the loss from a stop is not convex" in said.output + said.stderr
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Adapt" in page and not (folder / "frontier.csv").exists()
