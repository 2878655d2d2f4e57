"""Pictures of every tab of the lab, at a projector's and at a phone's width: python -m benchmarks.lab_pictures

Writes those of docs/pictures/TAB-WIDTH.png that are not there, or all of the tabs that are named, with Debian's
Chromium, from a server of its own; nothing leaves the machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
SIZES = {"projector": (1366, 768), "phone": (390, 844)}
LONG = 120_000  # milliseconds
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
    page.get_by_role("button", name="One quarter further").click()
    page.locator(".clock strong", has_text="2025Q4").wait_for()


def chair(page: Page) -> None:
    """A game of three moves, the fourth to come."""
    page.locator("[data-menu='2025Q4']").wait_for()


def results(page: Page) -> None:
    """The frontier with the path of a run."""
    page.locator(".clock strong", has_text="2025Q2").wait_for()
    page.get_by_role("button", name="Compare with the efficient frontier").click()
    page.locator("[data-chart=frontier] canvas").wait_for()


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
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    FOLDER.mkdir(exist_ok=True)
    try:
        server.stdout.readline()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name in sys.argv[1:] or TABS:
                for size, (width, height) in SIZES.items():
                    if (FOLDER / f"{name}-{size}.png").exists() and not sys.argv[1:]:
                        continue  # made already; delete one to have it made anew
                    _picture(browser, f"http://localhost:{port}", name, size, width, height)
    finally:
        server.terminate()


def _picture(browser, address: str, name: str, size: str, width: int, height: int) -> None:
    ready, query = TABS[name]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto(f"{address}/?tab={name}" + (f"&{query}" if query else ""))
    ready(page)
    page.wait_for_timeout(1500)
    path = FOLDER / f"{name}-{size}.png"
    page.screenshot(path=path, full_page=True)
    context.close()
    print(path.relative_to(ROOT), flush=True)


if __name__ == "__main__":
    main()
