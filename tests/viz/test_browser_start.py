"""The opening screen in Chromium: a finished comparison, what it says, three things to try; and who cannot see it."""

import re

import pytest

from tests.viz.watched import PATIENCE, barriers, expect
from viz.opening import opening

pytestmark = pytest.mark.browser
TABS = ("start", "play", "compare", "branches", "chair", "results")


def test_a_newcomer_sees_a_finished_comparison_and_three_things_to_try(visit):
    at = visit(query="")
    expect(
        at.page.get_by_role("heading", name=re.compile("policies costs? more income|policies that cost"))
    ).to_be_visible(timeout=PATIENCE)
    expect(at.page.locator("[data-chart=opening] canvas")).to_be_visible(timeout=PATIENCE)
    at.page.get_by_text("All differences in a table").click()
    rows = at.page.locator("table.found tbody tr")
    assert rows.count() == len(opening().policies)
    expect(rows.first).to_contain_text("±")
    assert at.page.locator(".try").count() == 3


def test_the_first_try_plays_the_scenario(visit):
    at = visit(query="")
    at.page.locator("[data-try=watch]").click()
    expect(at.page.locator(".clock")).to_contain_text(re.compile("quarter [1-9]"), timeout=PATIENCE)
    expect(at.page.locator("select[data-pick=scenario]")).to_have_value(opening().scenario)


@pytest.mark.parametrize("which", ["chair", "compare"])
def test_the_other_tries_go_where_they_say(visit, which):
    at = visit(query="")
    at.page.locator(f"[data-try={which}]").click()
    expect(at.page.locator(f"main.tab-{which}")).to_be_visible(timeout=PATIENCE)
    expect(at.page.locator(f"[data-tab={which}]")).to_have_attribute("aria-current", "page")


def test_the_other_language_is_one_click_away(visit):
    at = visit(query="")
    at.page.get_by_role("button", name="日本語").click()
    expect(at.page.get_by_role("heading", name=re.compile("誰にも依存しない"))).to_be_visible(timeout=PATIENCE)
    expect(at.page.locator(".lab")).to_have_attribute("lang", "ja")


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_no_serious_barrier_and_nothing_cut_off(visit, tab, width, height):
    at = visit(query=f"tab={tab}", width=width, height=height) if tab != "play" else visit(width=width, height=height)
    if tab == "play":
        at.step_to(1, 2)
        expect(at.page.locator(".side .kicker")).to_contain_text("2nd quarter of 2025")  # drawn after the clock
        at.page.locator(".move").first.click()
        expect(at.page.locator(".decision")).to_be_visible()
    expect(at.page.locator(f"main.tab-{tab}")).to_be_visible(timeout=PATIENCE)
    assert barriers(at.page) == {}
    assert at.page.evaluate("document.documentElement.scrollWidth") <= width
