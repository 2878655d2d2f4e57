"""The page in Chromium, with the engine behind it and every request beyond this machine refused.

Waits are for texts, never for the network to fall still."""

import re
from collections import Counter

import pytest

from tests.viz.watched import PATIENCE, QUARTERS, expect, title

pytestmark = pytest.mark.browser


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
        year, part = 2025 + (quarter - 1) // 4, (quarter - 1) % 4 + 1
        expect(at.page.locator(".side .kicker")).to_contain_text(re.compile(rf"{part}\w\w quarter of {year}"))
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
    expect(other.page.locator("select[data-pick=policy]")).to_have_value("eu_hedge")
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
    for _ in range(400):
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
