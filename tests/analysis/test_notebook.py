"""The notebook from a sweep file to a finding runs from its first cell to its last, and finds something."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "from_sweep_to_finding.ipynb"


def test_the_notebook_runs_whole_and_says_what_the_hedge_does(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.outputs for cell in book.cells if cell.cell_type == "code")  # kept without what goes stale
    NotebookClient(book, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    said = "".join(out.get("text", "") for cell in book.cells if cell.cell_type == "code" for out in cell.outputs)
    assert "Largest single threat" in said and "minimax regret" in said and "“Hedge with Europe”" in said
    assert (tmp_path / "does_the_hedge_pay_findings" / "report.html").stat().st_size > 50_000
