"""The choice of what solves the equilibrium: by option and variable, recorded, and numpy where nobody asks."""

import json
import os
import subprocess
import sys

import pytest

from sim.errors import ScenarioError
from sim.rules import backend

ALONE = [sys.executable, "-c"]
LOADS = "from sim.rules import backend; backend.use('numba'); backend.kernel()"


def said(code: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run([*ALONE, code], capture_output=True, text=True, env=os.environ | variables, check=False)


def test_numpy_computes_where_nobody_asks(monkeypatch):
    monkeypatch.delenv(backend.VARIABLE, raising=False)
    assert backend.chosen() == "numpy" and backend.kernel() is None
    out = said("import sys, sim.run; from sim.rules.backend import kernel; kernel(); print('numba' in sys.modules)")
    assert out.stdout.strip() == "False", out.stderr


def test_numba_that_is_not_installed_is_one_sentence_and_changes_nothing(monkeypatch):
    monkeypatch.delenv(backend.VARIABLE, raising=False)
    monkeypatch.setattr(backend, "_installed", lambda: False)
    with pytest.raises(ScenarioError, match=r"is not installed: pip install 'hedgelab\[fast\]', or take numpy"):
        backend.use("numba")
    assert backend.chosen() == "numpy"


def test_the_kernel_is_compiled_once_and_says_so_once(tmp_path):
    first, second = (said(LOADS, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    assert first.stderr.count("\n") == 1 and "compiling the equilibrium kernel" in first.stderr
    assert second.returncode == 0 and second.stderr == ""


def test_the_option_is_recorded_in_the_manifest(tmp_path):
    found = {}
    for name in backend.BACKENDS:
        out = tmp_path / name
        command = [sys.executable, "-m", "sim.cli", "--backend", name, "run", "baseline", "--quarters", "1", "--quiet",
                   "--out", str(out)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found[name] = json.loads((out / "manifest.json").read_text())["versions"]["backend"]
    assert found["numpy"] == "numpy" and found["numba"].startswith("numba ")


def test_an_unknown_backend_is_a_sentence_and_status_2(tmp_path):
    done = subprocess.run([sys.executable, "-m", "sim.cli", "--backend", "cobol", "run", "baseline"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 2 and "must be one of numpy, numba" in done.stderr
