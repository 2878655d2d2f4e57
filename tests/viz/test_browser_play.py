"""Play and Results in Chromium: time line, views, the grey run, the network, a sweep and one of its rows."""

import re
import shutil

import pytest

from sim.scenario.sweeps import SweepFile
from sim.sweeps.api import sweep
from tests.viz.conftest import ROOT
from tests.viz.test_sweeps_shown import FACTOR, SPEC
from tests.viz.watched import PATIENCE, QUARTERS, barriers, expect, title

pytestmark = pytest.mark.browser
NARROW = {"width": 390, "height": 844}


def picked(at, kind):
    return at.page.locator(f"select[data-pick={kind}]")


@pytest.fixture(scope="module")
def played():
    """A small sweep under the runs/ of the server's folder, gone afterwards."""
    folder = ROOT / "runs" / "sweep-of-a-browser-test"
    shutil.rmtree(folder, ignore_errors=True)
    sweep(SweepFile.model_validate(SPEC), folder, workers=1)
    yield folder.name
    shutil.rmtree(folder)


def test_to_the_end_then_the_time_line_by_keyboard_and_what_is_played_stays(visit):
    at = visit()
    line = at.page.get_by_role("slider", name="Quarter of the run")
    assert line.input_value() == "0"
    picked(at, "speed").select_option("fast")
    at.press("To the end, as fast as it goes")
    at.clock(QUARTERS)
    assert line.input_value() == str(QUARTERS)
    line.focus()
    at.page.keyboard.press("Home")
    at.clock(0)
    for quarter in (1, 2):
        at.page.keyboard.press("ArrowRight")
        at.clock(quarter)
    expect(line).to_have_attribute("aria-valuetext", f"2025Q2, quarter 2 of {QUARTERS}; {QUARTERS} played")
    expect(at.page.get_by_text("This quarter: 2nd quarter of 2025")).to_be_visible()


def test_the_time_line_does_not_go_beyond_what_is_played(visit):
    at = visit()
    at.step_to(1, 2)
    line = at.page.get_by_role("slider", name="Quarter of the run")
    line.focus()
    at.page.keyboard.press("ArrowLeft")
    at.clock(1)
    at.page.keyboard.press("End")
    at.clock(2)
    expect(line).to_have_js_property("value", "2")


def test_views_show_one_domain_and_measures_with_income_in_yen(visit):
    at = visit()
    at.step_to(1, 2)
    picked(at, "view").select_option("domain")
    picked(at, "domain").select_option("chokepoint_minerals")
    expect(at.page.locator("#depends")).to_have_text(re.compile("^In .*chokepoint.* Japan depends most on "))
    expect(at.page.locator("[data-chart=dependence] [role=img]")).to_have_attribute(
        "aria-label", re.compile("in 2025Q2, .*: China .* per cent")
    )
    picked(at, "view").select_option("measures")
    expect(at.page.locator("#depends")).to_have_text(re.compile("real income in 2025Q2 lies .* yen a person a year"))
    expect(at.page.locator("[data-chart=measures] canvas")).to_be_visible()
    expect(at.page.locator(".money")).to_contain_text(re.compile(r"Real income .* yen a person a year"))
    expect(at.page.locator(".money span").first).to_have_attribute("title", re.compile("Cabinet Office.*Statistics"))


def test_the_reference_on_the_same_luck_comes_in_grey(visit):
    at = visit()
    at.step_to(1, 1)
    expect(at.page.locator(".tile-ghost")).to_have_count(0)
    picked(at, "ghost").select_option("reference")
    reference = f"{title('scenario', 'tariffs_2025')}, {title('policy', 'status_quo')}, luck 7"
    expect(at.page.get_by_text(f"Grey dashes: {reference}")).to_be_visible()
    expect(at.page.locator(".tile-ghost").first).to_contain_text("as it is:", timeout=PATIENCE)
    picked(at, "ghost").select_option("none")
    expect(at.page.locator(".tile-ghost")).to_have_count(0)


def test_the_network_has_a_table_beside_it(visit):
    at = visit()
    expect(at.page.get_by_role("heading", name="The network of trade")).to_be_visible()
    at.step_to(1, 2)
    expect(at.page.locator("#network")).to_have_text(
        re.compile("2025Q2: The largest tariff .* United States on .* points")
    )
    expect(at.page.locator("[data-chart=network] canvas")).to_be_visible()
    at.page.get_by_text("The network as a table").click()
    table = at.page.locator("table.relations")
    expect(table).to_contain_text("mean tariff against the base year: goods")
    assert table.locator("tbody tr").count() > 25
    picked(at, "view").select_option("measures")
    expect(at.page.locator("[data-chart=measures] canvas")).to_be_visible()
    assert barriers(at.page) == {}


def test_a_sweep_is_read_sorted_and_a_row_opens_as_a_run(visit, played):
    at = visit(query="tab=results")
    picked(at, "sweep").select_option(played)
    heat = at.page.locator("table.sweep-heat")
    expect(heat).to_be_visible(timeout=PATIENCE)
    assert heat.locator("td").count() == 4
    expect(at.page.locator(".sweeps b")).to_have_count(0)  # what a sweep file says is text
    picked(at, "outcome").select_option("real_income")
    expect(at.page.get_by_role("heading", name=re.compile("Real income: from .* % to .* %"))).to_be_visible()
    head = at.page.locator(f'th[data-column="{FACTOR}"]')
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    row = at.page.locator("table.rows tbody tr").first
    expect(row).to_contain_text("0.5")
    assert barriers(at.page) == {}
    with at.page.expect_download(timeout=PATIENCE) as got:
        at.page.locator("[data-chart=heat] [data-save=svg]").click()
    assert got.value.suggested_filename.startswith(f"hedgelab-sweep-{played}-heat-real_income-")
    assert "Real income: from" in got.value.path().read_text("utf-8")
    with at.page.expect_download(timeout=PATIENCE) as got:
        at.page.locator(".sweeps").get_by_role("button", name="Table (CSV)").click()
    assert FACTOR in got.value.path().read_text("utf-8").splitlines()[0]
    row.get_by_role("button").focus()
    at.page.keyboard.press("Enter")
    at.clock(SPEC["quarters"])
    expect(at.page.locator("select[data-pick=scenario]")).to_have_value("america_first")
    assert at.page.get_by_role("spinbutton", name="Luck").input_value() == str(SPEC["seed"])


def test_the_frontier_asks_for_a_quarter_first(visit):
    at = visit(query="tab=results")
    expect(at.page.get_by_text("Play a quarter first")).to_be_visible()
    at.step_to(1, 1)
    at.press("Compare with the efficient frontier")
    expect(at.page.locator("[data-chart=frontier] canvas")).to_be_visible(timeout=2 * PATIENCE)
    expect(at.page.locator("#efficient")).to_have_text(
        re.compile("hedges cost .* % of income in 2025Q1 .Play's tile: ")
    )


@pytest.mark.parametrize("tab", ["play", "results"])
def test_a_telephone_shows_everything_without_scrolling_sideways(visit, tab, played):
    at = visit(**NARROW)
    at.step_to(1, 1)
    for view in ("measures", "domain"):
        picked(at, "view").select_option(view)
        assert at.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    if tab == "results":
        at.page.locator("[data-tab=results]").click()
        picked(at, "sweep").select_option(played)
        expect(at.page.locator("table.sweep-heat")).to_be_visible(timeout=PATIENCE)
        assert at.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        return
    for name in ("Back to the start", "Play all quarters", "To the end, as fast as it goes"):
        box = at.page.get_by_role("button", name=name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= NARROW["width"]
    at.page.mouse.wheel(0, 1500)
    at.page.wait_for_function("window.scrollY > 500")
    assert at.page.locator(".transport").bounding_box()["y"] >= 0  # the player stays in sight


def test_in_japanese_the_bar_the_views_and_the_network_are_japanese(visit):
    at = visit()
    at.step_to(1, 1)
    at.page.get_by_role("button", name="日本語").click()
    expect(at.page.get_by_role("slider", name="表示する四半期")).to_be_visible()
    expect(at.page.locator(".clock")).to_contain_text(f"{QUARTERS} 四半期中 1")
    expect(picked(at, "view")).to_contain_text("指標の推移")
    expect(at.page.locator("#network")).to_contain_text("基準年を最も上回る関税")
    expect(at.page.locator(".money")).to_contain_text("1人あたり年")


def test_all_moves_stand_in_a_table_that_the_keyboard_opens(visit):
    at = visit()
    at.step_to(1, 2)
    opener = at.page.get_by_role("button", name="All moves as a table")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.focus()
    at.page.keyboard.press("Shift+Tab")
    at.page.keyboard.press("Tab")
    ring = "one => [getComputedStyle(one).outlineColor, getComputedStyle(one).boxShadow]"
    assert opener.evaluate(ring) == ["rgb(36, 80, 122)", "rgb(255, 255, 255) 0px 0px 0px 6px"]
    at.page.keyboard.press("Enter")
    region = at.page.get_by_role("region", name="All moves as a table")
    quarter = region.locator("tbody[data-quarter='2025Q2']")
    expect(quarter).to_contain_text("United States")
    expect(quarter).to_contain_text(re.compile("threat, set by date"))
    expect(region.locator("tbody")).to_have_count(2)
    at.step_to(3, 3)
    expect(region.locator("tbody")).to_have_count(3)
    at.page.keyboard.press("Tab")
    assert barriers(at.page) == {}
    region.focus()
    assert region.evaluate("one => one === document.activeElement")
