"""What the browser tests share: a server of their own and Debian's Chromium."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.viz.watched import Watched, free_port

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def address():
    """A server of its own, with proxies that lead nowhere, should it try to leave the machine."""
    port = free_port()
    code = f"from viz.serve import serve; serve('localhost', {port}, open_browser=False)"
    nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | nowhere,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = server.stdout.readline()
        assert said.startswith("Hedgelab is at"), said + server.stdout.read()
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, f"none of {', '.join(BROWSERS)} is installed; Debian: apt-get install chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, address):
    """visit() opens a page in a browser context of its own; at the end nothing may have gone wrong in any."""
    opened = []

    def new(**size):
        opened.append(Watched(chromium, address, **size))
        return opened[-1]

    yield new
    wrong = [what for one in opened for what in one.wrong]
    for one in opened:
        one.context.close()
    assert wrong == []
