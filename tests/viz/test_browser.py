"""The page in Chromium, with the engine behind it and every request beyond this machine refused.

Waits are for texts, never for the network to fall still."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sim.scenario.load import load_policy, load_scenario

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 90_000  # milliseconds; a slow machine that also runs other tests
QUARTERS = 24

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect


def title(kind: str, name: str) -> str:
    return load_policy(name).title if kind == "policy" else load_scenario(name).file.title


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("localhost", 0))
        return sock.getsockname()[1]


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def chromium():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, f"none of {', '.join(BROWSERS)} is installed; Debian: apt-get install chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A browser of its own kind: one context, one page, and everything that went wrong in it."""

    def __init__(self, chromium, address, width=1366, height=768):
        self.wrong = []
        self.context = chromium.new_context(viewport={"width": width, "height": height})
        self.context.route("**/*", self._only_here)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on(
            "response", lambda got: self.wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None
        )
        self.page.goto(f"{address}/?tab=play")
        self.clock(0)

    def _only_here(self, route):
        where = urlsplit(route.request.url)
        if where.scheme in ("data", "blob") or where.hostname == "localhost":
            route.continue_()
        else:
            self.wrong.append(f"left the machine: {route.request.url}")
            route.abort()

    def clock(self, quarter):
        expect(self.page.locator(".clock")).to_contain_text(f"quarter {quarter} of {QUARTERS}", timeout=PATIENCE)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def step_to(self, first, last):
        for quarter in range(first, last + 1):
            self.press("One quarter further")
            self.clock(quarter)

    def choose(self, kind, title):
        self.page.locator(f".pick-{kind}").click()
        self.page.get_by_role("option", name=title).click()


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


def test_the_page_steps_and_shows_chart_tiles_moves_and_heat_map(visit):
    at = visit()
    expect(at.page.get_by_text("Whom Japan depends on")).to_be_visible()
    expect(at.page.locator("[data-chart] canvas")).to_be_visible(timeout=PATIENCE)
    at.step_to(1, 2)
    expect(at.page.get_by_role("heading", name=re.compile("Japan depends most on .* since the start"))).to_be_visible()
    expect(at.page.get_by_text("This quarter: 2nd quarter of 2025")).to_be_visible()
    assert at.page.locator(".move").count() >= 2
    expect(at.page.locator(".account")).to_contain_text("Set by date")
    heat = at.page.locator("table.heat")
    assert heat.locator("tbody tr").count() >= 10 and heat.locator("thead th").count() == 12
    expect(at.page.locator("[data-measure=coercibility]")).to_contain_text("%")


def test_back_and_start_show_what_was_played(visit):
    at = visit()
    at.step_to(1, 2)
    at.press("One quarter back")
    at.clock(1)
    expect(at.page.get_by_text("This quarter: 1st quarter of 2025")).to_be_visible()
    at.press("Back to the start")
    at.clock(0)


def test_a_click_on_a_move_opens_its_card_and_a_chosen_one_its_ledger(visit):
    at = visit()
    at.step_to(1, 1)
    at.page.locator(".move.dated").first.click()
    expect(at.page.get_by_role("heading", name="Set by date, not chosen")).to_be_visible()
    at.press("Close the card")
    for quarter in range(2, QUARTERS + 1):
        at.step_to(quarter, quarter)
        if at.page.locator(".move.chosen:not(.answer)").count():
            break
    at.page.locator(".move.chosen:not(.answer)").first.click()
    expect(at.page.get_by_role("heading", name=re.compile("Why did .* do this"))).to_be_visible()
    expect(at.page.locator(".ledger li.picked")).to_have_count(1)
    expect(at.page.locator(".why")).to_contain_text("The chance of this pick was")
    at.page.get_by_text("Pick and runner-up, term by term").click()
    expect(at.page.locator("table.versus")).to_contain_text("Worth")
    at.page.get_by_text(re.compile("What .* believed of")).click()
    expect(at.page.locator("table.believed")).to_contain_text("a year")
    at.press("What would have changed this?")
    expect(at.page.locator(".flip")).to_contain_text("Asking again with other numbers")
    expect(at.page.locator(".flip")).to_contain_text("Same luck, one number changed", timeout=2 * PATIENCE)


def test_a_threat_is_dashed_its_answer_stands_under_it_and_opens_its_own_ledger(visit):
    at = visit()
    field = at.page.get_by_role("spinbutton", name="Luck")
    field.fill("1")
    field.press("Enter")
    at.clock(0)
    for quarter in range(1, QUARTERS + 1):
        at.step_to(quarter, quarter)
        if at.page.locator(".move.threat.chosen").count():
            break
    threat, answer = at.page.locator(".move.threat.chosen").first, at.page.locator(".move.answer.chosen").first
    assert threat.evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
    assert answer.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    assert answer.bounding_box()["x"] > threat.bounding_box()["x"]
    expect(threat).to_contain_text(re.compile("Asks it to .*, else a tariff of"))
    expect(at.page.locator(".account")).to_contain_text(
        re.compile(" asked .* and threatened a tariff of .* rather than")
    )
    answer.click()
    expect(at.page.get_by_role("heading", name=re.compile("Why did .* answer this way"))).to_be_visible()
    expect(at.page.locator(".ledger")).to_contain_text("refuse")
    expect(at.page.locator(".why")).to_contain_text("luck plays no part")
    at.page.get_by_text(re.compile("What .* believed of")).click()
    expect(at.page.locator("table.word")).to_contain_text("dropped")
    at.press("What would have changed this?")
    expect(at.page.locator(".flip")).to_contain_text("Same luck, one number changed", timeout=2 * PATIENCE)
    threat.click()
    expect(at.page.get_by_role("heading", name=re.compile("Why did .* do this"))).to_be_visible()
    expect(at.page.locator(".ledger")).to_contain_text("hold still")


def test_another_policy_keeps_the_run_before_as_a_ghost(visit):
    at = visit()
    at.step_to(1, 2)
    at.choose("policy", title("policy", "decoupling"))
    at.clock(0)
    before = f"{title('scenario', 'tariffs_2025')}, {title('policy', 'eu_hedge')}, luck 7"
    expect(at.page.get_by_text(f"Grey dashes: the run before ({before})")).to_be_visible()
    at.step_to(1, 1)
    expect(at.page.locator(".tile-ghost").first).to_contain_text("before:")


def test_play_runs_until_paused(visit):
    at = visit()
    at.press("Play all quarters")
    expect(at.page.locator(".clock")).to_contain_text(re.compile("quarter [2-9] of"), timeout=PATIENCE)
    at.press("Pause")
    expect(at.page.get_by_role("button", name="Play all quarters")).to_be_visible()


def test_two_browsers_share_nothing(visit):
    one, other = visit(), visit()
    one.step_to(1, 2)
    one.choose("policy", title("policy", "decoupling"))
    one.clock(0)
    one.step_to(1, 1)
    other.clock(0)
    expect(other.page.locator(".pick-policy")).to_contain_text(title("policy", "eu_hedge"))
    assert other.page.locator(".move").count() == 0
    other.step_to(1, 2)
    one.clock(1)


def test_new_luck_starts_a_new_run(visit):
    at = visit()
    at.step_to(1, 1)
    at.press("Draw new luck")
    at.clock(0)
    field = at.page.get_by_role("spinbutton", name="Luck")
    field.fill("123")
    field.press("Enter")
    expect(at.page.get_by_text("luck 7)")).to_be_visible()
    at.step_to(1, 1)
    at.choose("policy", title("policy", "decoupling"))
    expect(at.page.get_by_text("luck 123)")).to_be_visible()


def test_the_keyboard_alone_is_enough(visit):
    at = visit()
    at.page.get_by_role("button", name="One quarter further").focus()
    at.page.keyboard.press("Enter")
    at.clock(1)
    reached = Counter()
    for _ in range(60):
        at.page.keyboard.press("Tab")
        reached[at.page.evaluate("document.activeElement.className.split(' ')[0]")] += 1
        if reached["move"]:
            break
    assert reached["tile"] == 7 and reached["move"]
    at.page.keyboard.press("Enter")
    expect(at.page.locator(".decision")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (800, 900)])
def test_nothing_is_cut_off_at_the_side(visit, width, height):
    at = visit(width=width, height=height)
    at.step_to(1, 1)
    assert at.page.evaluate("document.documentElement.scrollWidth") <= width
    tip = at.page.locator(".tile").last
    tip.focus()
    box = tip.locator(".tip").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
