"""What the tests of broken input share."""

import sys

import pytest

from sim import cli


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Checks a text or bytes as a file called broken.yaml: (exit status, lines on stderr)."""
    path = tmp_path / "broken.yaml"

    def run(content=None, at=path):
        if content is not None:
            at.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setattr(sys, "argv", ["hedgelab", "check", str(at)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return caught.value.code or 0, said.err.splitlines()

    return run
