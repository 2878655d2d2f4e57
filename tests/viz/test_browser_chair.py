"""The chair in Chromium: a game of a few moves, taken back, judged, printed, in both languages and on a phone."""

import re

import pytest

from tests.viz.watched import PATIENCE, barriers, expect

pytestmark = pytest.mark.browser

FREE = "2026Q1"  # first quarter in which everybody moves
MOVE = "hedge CHN transport_equipment"


def begin(visit, query="tab=chair", **size):
    at = visit(query=query, **size)
    return at.page


def menu_of(page, quarter):
    menu = page.locator(f"[data-menu='{quarter}']")
    expect(menu).to_be_visible(timeout=PATIENCE)
    return menu


def hold(page, quarter):
    menu_of(page, quarter).locator("[data-move=hold]").click()


def test_a_game_is_a_link_and_its_moves_can_be_taken_back(visit):
    page = begin(visit)
    hold(page, "2025Q1")
    menu_of(page, "2025Q2")
    expect(page.locator(".chair-clock")).to_contain_text("Moves you have made: 1")
    expect(page.get_by_role("heading", name="What happened in 2025Q1")).to_be_visible()
    expect(page.locator(".situation")).to_contain_text("Real income, % against the base year")
    expect(page.locator(".situation")).to_contain_text("Mean tariff of the United States on Japan")
    hold(page, "2025Q2")
    menu_of(page, "2025Q3")
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.get_by_role("textbox", name="Opens this run at this quarter").input_value()
    assert "turn=2025Q1%3Amove%3DJPN%3Dhold" in link and "quarter=2025Q2" in link and "tab=chair" in link
    other = begin(visit, query=link.partition("?")[2])
    menu_of(other, "2025Q3")
    expect(other.locator(".chair-clock")).to_contain_text("Moves you have made: 2")
    assert other.locator(".situation").inner_text() == page.locator(".situation").inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Take the last move back").click()
    menu_of(page, "2025Q2")
    expect(page.locator(".chair-clock")).to_contain_text("Moves you have made: 1")


def test_the_adviser_speaks_only_when_asked_and_moves_are_found_by_their_words(visit):
    page = begin(visit, query="tab=chair&scenario=america_first&policy=adaptive")
    menu = menu_of(page, "2025Q1")
    expect(menu).to_contain_text("The adviser's best")
    expect(menu.locator("details[open] .num").first).to_contain_text("%")
    page.get_by_role("checkbox", name="Show the adviser's scores").uncheck()
    expect(menu.get_by_text("The adviser's best")).to_have_count(0)
    assert menu.locator(".num").all_inner_texts() == [""] * menu.locator(".num").count()
    before = menu.locator("[data-move]").count()
    menu.get_by_role("searchbox", name="Find a move").fill("china hedge")
    expect(menu.locator("details")).not_to_have_count(0)
    found = [text.lower() for text in menu.locator("details .what").all_inner_texts()]
    assert 0 < len(found) < before and all("china" in text and "hedge" in text for text in found)
    menu.get_by_role("searchbox", name="Find a move").fill("no such move")
    expect(menu).to_contain_text("No move has these words")
    expect(menu.locator("[data-move=hold]")).to_be_visible()


def test_another_seat_has_other_moves_and_the_keyboard_is_enough(visit):
    page = begin(visit)
    menu_of(page, "2025Q1")
    page.get_by_role("combobox", name="Your chair").select_option("USA")
    expect(page.get_by_role("heading", name="What the United States can do in 2025Q1")).to_be_visible()
    menu = menu_of(page, "2025Q1")
    expect(menu.locator("summary", has_text="Threats: Japan")).to_be_visible(timeout=PATIENCE)
    menu.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.move") == "hold"
    page.keyboard.press("Enter")
    menu_of(page, "2025Q2")
    expect(page.locator(".chair-clock")).to_contain_text("Moves you have made: 1")


def test_a_debrief_names_the_worst_move_and_prints_alone(visit):
    page = begin(visit, query=f"tab=chair&quarter={FREE}&turn={FREE}:move=JPN={MOVE.replace(' ', '%20')}")
    menu_of(page, "2026Q2")
    page.get_by_role("button", name="Debrief", exact=True).click()
    expect(page.locator(".debrief")).to_contain_text("Playing again")
    table = page.locator(".debrief table").first
    expect(table).to_be_visible(timeout=2 * PATIENCE)
    expect(table.locator("tbody tr")).to_have_count(9)
    expect(table.locator("tr.mine")).to_contain_text("Your game")
    expect(page.locator(".judged tbody tr")).to_have_count(1)
    expect(page.locator(".judged")).to_contain_text("Hedge against China in transport equipment")
    expect(page.locator(".debrief")).to_contain_text(re.compile("Your most costly move|None of your moves cost"))
    expect(page.get_by_role("heading", name="Turning points")).to_be_visible()
    assert 1 <= page.locator(".debrief ol li").count() <= 3
    assert barriers(page) == {}
    page.emulate_media(media="print")
    for hidden in (".head", ".setup", ".options", ".debrief .push"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(table).to_be_visible()
    expect(page.get_by_text("Debrief: Japan, The tariffs of 2025")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="日本語").click()
    expect(page.get_by_role("heading", name="転換点")).to_be_visible()
    expect(page.get_by_role("button", name="この振り返りを印刷")).to_be_visible()


def test_a_debrief_can_be_stopped(visit):
    page = begin(visit, query="tab=chair&quarter=2026Q4")
    menu_of(page, "2027Q1")
    page.get_by_role("button", name="Debrief", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Debrief", exact=True)).to_be_visible()
    expect(page.locator(".debrief table")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_the_chair_fits_the_screen(visit, width, height):
    page = begin(visit, query="tab=chair&quarter=2025Q2", width=width, height=height)
    menu_of(page, "2025Q3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Share", exact=True).click()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_a_link_with_a_move_that_there_is_not_says_so(visit):
    page = begin(visit, query="tab=chair&quarter=2025Q2&turn=2025Q1:move=JPN=os:system")
    alert = page.get_by_role("alert")
    expect(alert.first).to_contain_text("os:system", timeout=PATIENCE)
    page.get_by_role("button", name="Start over").click()
    menu_of(page, "2025Q1")
