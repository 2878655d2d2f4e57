"""The server takes its port first, and says in a sentence when it cannot."""

import socket

import pytest

from sim.errors import ScenarioError
from viz.serve import serve


def test_a_taken_port_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            ScenarioError, match=rf"hedgelab app: --port 127.0.0.1:{port} cannot be served .*choose another"
        ):
            serve("127.0.0.1", port, open_browser=False)


def test_a_host_that_does_not_exist_is_a_sentence():
    with pytest.raises(ScenarioError, match="hedgelab app: --host no.such.host.invalid"):
        serve("no.such.host.invalid", 8765, open_browser=False)
