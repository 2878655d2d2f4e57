"""Saved pictures in Chromium: each says what it is, in its name, its title and its legend; and a page that zooms."""

import re
import xml.etree.ElementTree as ET

import pytest

from tests.viz.watched import PATIENCE, drawn, expect, title
from viz.courses import SHOWN

pytestmark = pytest.mark.browser
RUN = "scenario=tariffs_2025&policy=eu_hedge&luck=7"
SVG = "{http://www.w3.org/2000/svg}"


class Picture:
    """An SVG that was saved: its name, and its texts with where they stand."""

    def __init__(self, page, button, tmp_path):
        with page.expect_download(timeout=PATIENCE) as got:
            button.click()
        self.name = got.value.suggested_filename
        path = tmp_path / self.name
        got.value.save_as(path)
        self.text = path.read_text("utf-8")
        root = ET.fromstring(self.text)
        self.height = float(root.get("height"))
        found = [(" ".join("".join(one.itertext()).split()), one) for one in root.iter(f"{SVG}text")]
        self.texts = [text for text, _ in found]
        self.all = " ".join(self.texts)
        self.below = {text: _place(one)[1] for text, one in found}
        self.left = {text: _place(one)[0] for text, one in found}
        self.fonts = {one.get("style", "") for _, one in found}

    def stands_apart(self, first_line):
        """The title has its line for itself and lies inside of the picture; so do all texts from the left edge on."""
        assert [text for text in self.texts if abs(self.below[text] - self.below[first_line]) < 12] == [first_line]
        assert max(self.below.values()) < self.height and min(self.left.values()) >= 0
        assert not any("inherit" in font for font in self.fonts)


def inside(page, picture):
    """Whether all texts of an SVG begin inside of it, as a browser draws them."""
    alone = page.context.new_page()
    alone.set_content(picture.text)
    return alone.evaluate(
        "[...document.querySelectorAll('svg text')].every(one => one.getBoundingClientRect().left >= "
        "document.querySelector('svg').getBoundingClientRect().left)"
    )


def _place(one):
    moved = re.search(r"(?:translate\(|matrix\(1,0,0,1,)([-\d.]+)[ ,]([-\d.]+)", one.get("transform") or "")
    x, y = (float(number) for number in moved.groups()) if moved else (0.0, 0.0)
    return x + float(one.get("x") or 0), y + float(one.get("y") or 0)


def told(page, where):
    return " ".join(page.locator(where).inner_text().split())


def svg(page, kind, part=""):
    return page.locator(f"[data-chart={kind}]" + (f"[data-part={part}]" if part else "")).locator("[data-save=svg]")


def test_small_multiples_are_saved_under_names_of_their_own_with_title_and_legend(visit, tmp_path):
    page = visit(query=f"{RUN}&tab=branches&quarter=2025Q2").page
    expect(page.locator(".clock")).to_contain_text("quarter 2 of", timeout=PATIENCE)
    page.get_by_label("Policy", exact=True).select_option("decoupling")
    page.get_by_role("button", name="Branch here").click()
    expect(page.locator("[data-branch]")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("[data-course=coercibility] figcaption")).to_contain_text("in the other", timeout=PATIENCE)
    expect(page.locator(".clock")).to_contain_text("quarter 2 of", timeout=PATIENCE)
    labels = [one.get_attribute("aria-label") for one in page.locator("[data-chart=course] button").all()]
    assert len(set(labels)) == 2 * len(SHOWN)
    saved = [Picture(page, svg(page, "course", code), tmp_path) for code in SHOWN]
    assert len({one.name for one in saved}) == len(SHOWN)
    for code, one in zip(SHOWN, saved, strict=True):
        assert one.name.endswith(f"-2025Q2-course-{code}.svg")
        head = told(page, f"[data-course={code}] figcaption")
        assert head in one.all
        first = next(text for text in one.texts if text and head.startswith(text))
        one.stands_apart(first)
        assert "The run at first" in one.texts and inside(page, one)


def test_what_was_compared_is_in_the_name_and_the_legend(visit, tmp_path):
    page = visit(query=f"{RUN}&tab=compare").page
    page.get_by_label("Runs of each").select_option("2", timeout=PATIENCE)
    page.locator("main").get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("[data-chart=course] canvas")).to_have_count(len(SHOWN), timeout=4 * PATIENCE)
    one = Picture(page, svg(page, "course", SHOWN[0]), tmp_path)
    variants = "eu_hedge-status_quo" if "eu_hedge-status_quo" in one.name else "status_quo-eu_hedge"
    assert one.name == f"hedgelab-compare-tariffs_2025-{variants}-luck7-2runs-course-{SHOWN[0]}.svg"
    assert {title("policy", "eu_hedge"), title("policy", "status_quo")} <= set(one.texts)


def test_the_opening_chart_and_the_network_are_saved_with_title_and_key(visit, tmp_path):
    page = visit(query="tab=start").page
    expect(page.locator("[data-chart=opening] canvas")).to_be_visible(timeout=PATIENCE)
    one = Picture(page, svg(page, "opening"), tmp_path)
    assert one.name == "hedgelab-opening.svg"
    assert told(page, "#finished") in one.all and "lines: one standard error" in one.all
    assert title("policy", "eu_hedge") in one.texts
    page = visit(query=f"{RUN}&tab=play&quarter=2025Q2").page
    expect(page.locator("#network")).to_contain_text("2025Q2", timeout=PATIENCE)
    expect(page.locator("[data-chart=network] canvas")).to_be_visible()
    one = Picture(page, svg(page, "network"), tmp_path)
    assert one.name == "hedgelab-tariffs_2025-eu_hedge-luck7-2025Q2-network.svg"
    assert told(page, "#network") in one.all
    assert "Grey: trade in both directions" in one.all and "China" in one.texts


def test_the_frontier_is_saved_with_title_and_legend(visit, tmp_path):
    page = visit(query=f"{RUN}&tab=results&quarter=2025Q1").page
    expect(page.locator(".clock")).to_contain_text("quarter 1 of", timeout=PATIENCE)
    page.get_by_role("button", name="Compare with the efficient frontier").click()
    expect(page.locator("[data-chart=frontier] canvas")).to_be_visible(timeout=2 * PATIENCE)
    one = Picture(page, svg(page, "frontier"), tmp_path)
    assert one.name.endswith("-frontier.svg")
    head = told(page, "#efficient")
    assert head in one.all and {"efficient frontier", "this run"} <= set(one.texts)
    one.stands_apart(next(text for text in one.texts if text and head.startswith(text)))


def test_a_picture_in_japanese_breaks_its_lines(visit, tmp_path):
    page = visit(query=f"{RUN}&tab=play&quarter=2025Q2&lang=ja").page
    expect(page.locator("#network")).to_contain_text("2025Q2", timeout=PATIENCE)
    expect(page.locator("[data-chart=network] canvas")).to_be_visible()
    one = Picture(page, svg(page, "network"), tmp_path)
    key = told(page, "section:has(#network) .key")
    assert "".join(key.split()) in "".join(one.all.split())
    assert max(map(len, one.texts)) < 120


def test_the_page_can_be_enlarged_with_two_fingers(visit):
    page = visit(query="tab=start", width=390, height=844).page
    expect(page.locator("[data-chart=opening]")).to_be_visible(timeout=PATIENCE)
    view = page.locator("meta[name=viewport]")
    expect(view).to_have_attribute("content", "width=device-width, initial-scale=1")


def test_the_bar_that_shows_that_the_server_is_at_work_has_a_name_in_the_language_of_the_page(visit):
    page = visit(query="tab=start&lang=ja").page
    expect(page.locator("[data-chart=opening]")).to_be_visible(timeout=PATIENCE)
    bars = page.locator(".v-progress-linear[role=progressbar]")
    expect(bars).to_have_count(1)
    expect(bars).to_have_attribute("aria-label", "サーバーが計算しています")


def test_the_heat_map_and_the_waterfall_are_tables_that_are_saved_as_pictures(visit, tmp_path):
    page = visit(query=f"{RUN}&tab=play&quarter=2026Q2").page
    expect(page.locator(".clock")).to_contain_text("quarter 6 of", timeout=PATIENCE)
    drawn(page)
    expect(page.locator("#heat")).to_contain_text("The largest single dependence")
    one = Picture(page, svg(page, "heat"), tmp_path)
    assert one.name == "hedgelab-tariffs_2025-eu_hedge-luck7-2026Q2-heat.svg"
    assert inside(page, one)
    assert told(page, "#heat") in one.all and "Each row adds up to 100" in one.all
    rows = page.locator("table.heat tbody tr")
    assert rows.last.locator("th").inner_text() in one.texts
    assert set(page.locator("table.heat td:not(.empty)").all_inner_texts()) <= set(one.texts)
    with page.expect_download(timeout=PATIENCE) as got:
        page.locator("[data-chart=heat] [data-save=png]").click()
    assert got.value.path().read_bytes().startswith(b"\x89PNG")
    page.locator(".move.chosen").first.click()
    expect(page.locator("table.waterfall")).to_be_visible()
    assert page.locator("[data-chart=waterfall] canvas").count() == 0
    one = Picture(page, svg(page, "waterfall"), tmp_path)
    actor = page.locator("[data-card]").get_attribute("data-card")
    assert one.name == f"hedgelab-tariffs_2025-eu_hedge-luck7-2026Q2-waterfall-{actor}.svg"
    assert told(page, "#card") in one.all and told(page, "table.waterfall caption") in one.all
    numbers = page.locator("table.waterfall .num").all_inner_texts()
    assert numbers and set(numbers) <= set(one.texts)
