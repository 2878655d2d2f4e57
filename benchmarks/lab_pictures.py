"""Pictures of every tab of the lab, at a projector's and at a phone's width: python -m benchmarks.lab_pictures

Writes those of docs/pictures/TAB-WIDTH.png that are not there, or all of the tabs that are named, with Debian's
Chromium, from a server of its own in a folder of its own with a small sweep; nothing leaves the machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from sim.scenario.sweeps import SweepFile
from sim.sweeps.api import sweep

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
SIZES = {"projector": (1366, 768), "phone": (390, 844)}
LONG = 120_000  # milliseconds
SWEPT = "contracts_and_memory"
SWEEP = {
    "kind": "sweep", "name": SWEPT, "description": "How fast contracts are renewed, and how fast beliefs fade.",
    "scenarios": ["tariffs_2025"], "policies": ["eu_hedge", "status_quo"],
    "design": {"type": "grid", "over": {"model.trade.contract_renewal": [0.04, 0.07, 0.12],
                                        "model.beliefs.half_life": [2.0, 5.0, 10.0]}},
    "others": "central", "replicates": 1, "seed": 5, "quarters": 2,
}  # fmt: skip
GAME = "&".join(f"turn=2025Q{quarter}:move=JPN=hold" for quarter in (1, 2, 3))


def start(page: Page) -> None:
    """The finished comparison."""
    page.locator("[data-chart=opening] canvas").wait_for()


def play(page: Page) -> None:
    """A quarter in which actors chose, a card open."""
    page.locator(".clock strong", has_text="2026Q2").wait_for()
    page.wait_for_timeout(3000)  # the list of moves follows the clock
    page.locator(".move.chosen").first.click()
    page.locator(".decision").wait_for()


def compare(page: Page) -> None:
    """A small ensemble."""
    page.get_by_label("Runs of each").select_option("2")
    page.locator("main").get_by_role("button", name="Compare", exact=True).click()
    page.locator("main canvas").first.wait_for()


def branches(page: Page) -> None:
    """A branch from a quarter, both futures."""
    page.locator(".clock strong", has_text="2025Q3").wait_for()
    page.get_by_role("button", name="Branch here").click()
    page.locator(".clock strong", has_text="2025Q3").wait_for()
    page.locator(".sides-said", has_text="In the last quarter").wait_for(timeout=LONG)


def chair(page: Page) -> None:
    """A game of three moves, the fourth to come."""
    page.locator("[data-menu='2025Q4']").wait_for()


def results(page: Page) -> None:
    """The frontier with the path of a run; below it a sweep, its heat map and its rows."""
    page.locator(".clock strong", has_text="2025Q2").wait_for()
    page.get_by_role("button", name="Compare with the efficient frontier").click()
    page.locator("[data-chart=frontier] canvas").wait_for()
    page.locator("select[data-pick=sweep]").select_option(SWEPT)
    page.locator("table.sweep-heat").wait_for()


TABS = {
    "start": (start, ""), "play": (play, "luck=7&quarter=2026Q2"), "compare": (compare, ""),
    "branches": (branches, "quarter=2025Q3"), "chair": (chair, f"quarter=2025Q3&{GAME}"),
    "results": (results, "quarter=2025Q2"),
}  # fmt: skip


def main() -> None:
    """All pictures."""
    with socket.socket() as sock:
        sock.bind(("localhost", 0))
        port = sock.getsockname()[1]
    code = f"from viz.serve import serve; serve('localhost', {port}, open_browser=False)"
    names, work = sys.argv[1:] or list(TABS), Path(tempfile.mkdtemp())
    if "results" in names:
        sweep(SweepFile.model_validate(SWEEP), work / "runs" / SWEPT)
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    server = subprocess.Popen([sys.executable, "-c", code], cwd=work, env=os.environ | {"PYTHONPATH": paths},
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    FOLDER.mkdir(exist_ok=True)
    try:
        server.stdout.readline()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name in names:
                for size, (width, height) in SIZES.items():
                    if (FOLDER / f"{name}-{size}.png").exists() and not sys.argv[1:]:
                        continue  # made already; delete one to have it made anew
                    _picture(browser, f"http://localhost:{port}", name, size, width, height)
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(work)


def _picture(browser, address: str, name: str, size: str, width: int, height: int) -> None:
    ready, query = TABS[name]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto(f"{address}/?tab={name}" + (f"&{query}" if query else ""))
    ready(page)
    page.evaluate("window.scrollTo(0, 0)")  # else what sticks to the top stands in the middle of the whole page
    page.wait_for_timeout(1500)
    path = FOLDER / f"{name}-{size}.png"
    page.screenshot(path=path, full_page=True)
    context.close()
    print(path.relative_to(ROOT), flush=True)


if __name__ == "__main__":
    main()
