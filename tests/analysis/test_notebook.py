"""The notebook from a sweep file to a finding runs from its first cell to its last, and finds something."""

from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("policies", "sensitivities", "variance", "boxes", "limits")
NOTEBOOK = ROOT / "docs" / "notebooks" / "from_sweep_to_finding.ipynb"


def test_the_notebook_runs_whole_and_ends_in_what_its_numbers_say(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.outputs for cell in book.cells if cell.cell_type == "code")  # kept without what goes stale
    NotebookClient(book, timeout=3000, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    said = ["".join(out.get("text", "") for out in cell.outputs) for cell in book.cells if cell.cell_type == "code"]
    assert "minimax regret" in "".join(said) and "Largest single threat hangs mostly on model." in "".join(said)

    folder = tmp_path / "stay_close_findings"
    assert (folder / "report.html").stat().st_size > 50_000
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in TABLES}
    assert (tables["sensitivities"]["low"] > tables["sensitivities"]["noise"]).any()
    assert tables["variance"].query("source != 'parameters'")["share"].max() > 0.1
    boxes = tables["boxes"]
    assert (boxes["density_elsewhere"] > boxes["base_rate"] + 0.2).any()  # a box that holds elsewhere
    _follows(said[-1].strip(), tables)


def _follows(finding: str, tables: dict[str, pd.DataFrame]) -> None:
    """The sentence at the end has the numbers of the tables, and its verdict is theirs."""
    rows = tables["policies"].query("policy == 'alliance_first'").set_index("outcome")
    loss, premium = rows.loc["expected_coercion_loss"], rows.loc["hedging_premium"]
    finding = finding.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert finding.startswith("In 180 worlds “Alliance first” makes Japan ") and finding.count(". ") == 0, finding
    assert ("no safer than" in finding) == (loss["better_share"] <= 0.5), finding
    assert f"is smaller in {100 * loss['better_share']:.0f} % of them" in finding, finding
    for row in (loss, premium):
        way = "lower" if row["difference"] < 0 else "higher"
        assert f"{abs(row['difference']):.3f} points {way}" in finding, finding
    boxes = tables["boxes"].query("policy == 'alliance_first' and limits > 0")
    seen, elsewhere = (boxes[column] - boxes["base_rate"] for column in ("density", "density_elsewhere"))
    sure = boxes[elsewhere > np.maximum(0.02, seen / 2)]
    if sure.empty:
        assert finding.endswith("; no limits on the four values tell where it does worse."), finding
    else:
        assert f"in {100 * sure['density'].iloc[0]:.0f} % of the worlds there" in finding, finding
        limits = tables["limits"].query("policy == 'alliance_first' and outcome == @sure.outcome.iloc[0]")
        assert all(name in finding for name in limits["parameter"]), finding
