"""A browser that notes everything that goes wrong in it, and lets no request beyond this machine."""

import socket
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from sim.scenario.load import load_policy, load_scenario

expect.set_options(timeout=30_000)  # a busy machine takes seconds where a quiet one takes tenths
PATIENCE = 90_000  # milliseconds; a slow machine that also runs other tests
QUARTERS = 24


def title(kind: str, name: str) -> str:
    return load_policy(name).title if kind == "policy" else load_scenario(name).file.title


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("localhost", 0))
        return sock.getsockname()[1]


def drawn(page):
    """Waits until all parts of a page show one quarter: they are drawn one after the other."""
    page.wait_for_function(
        "() => new Set([...document.querySelectorAll('[data-shows]')].map((one) => one.dataset.shows)).size === 1",
        timeout=PATIENCE,
    )


def barriers(page) -> dict[str, list[str]]:
    """What axe finds that keeps somebody out, with the first elements of each kind."""
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    return {one["id"]: [node["html"][:160] for node in one["nodes"]][:3] for one in found}


class Watched:
    """A browser of its own kind: one context, one page, and everything that went wrong in it."""

    def __init__(self, chromium, address, width=1366, height=768, query="tab=play"):
        self.wrong, self.server = [], urlsplit(address).netloc
        self.context = chromium.new_context(viewport={"width": width, "height": height})
        self.context.route("**/*", self._only_here)
        self.context.on("page", self._watch)  # also one that another page opens
        self.context.on("requestfailed", self._failed)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(f"{address}/?{query}" if query else address)
        if query == "tab=play":
            self.clock(0)

    def _watch(self, page):
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("response", lambda got: self.wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("websocket", lambda socket: self._is_ours(socket.url))

    def _failed(self, request):
        """A request that came to nothing; the word that a page is closed has nobody left to hear its answer."""
        if "/_solara/api/close/" not in request.url:
            self.wrong.append(f"failed: {request.url} ({request.failure})")

    def _is_ours(self, url):
        where = urlsplit(url)
        if where.scheme not in ("data", "blob") and where.netloc != self.server:
            self.wrong.append(f"left the server: {url}")
            return False
        return True

    def _only_here(self, route):
        if self._is_ours(route.request.url):
            route.continue_()
        else:
            route.abort()

    def clock(self, quarter):
        expect(self.page.locator(".clock")).to_contain_text(f"quarter {quarter} of {QUARTERS}", timeout=PATIENCE)
        drawn(self.page)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def step_to(self, first, last):
        for quarter in range(first, last + 1):
            self.press("One quarter further")
            self.clock(quarter)

    def choose(self, kind, title):
        self.page.locator(f"select[data-pick={kind}]").select_option(label=title)
