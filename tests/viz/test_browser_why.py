"""The decision card and the glossary in Chromium: by keyboard, in two languages, for a person's move too."""

import re

import pytest

from tests.viz.watched import PATIENCE, drawn, expect

pytestmark = pytest.mark.browser

AT = "tab=play&scenario=tariffs_2025&policy=eu_hedge&luck=1&quarter=2027Q1"
LATIN = re.compile(r"[A-Za-z]{3,}")
QUARTER = re.compile("1st quarter of 2027|2027年第1四半期")
KNOWN = {"ASEAN", "CPTPP", "LNG", "PNG", "SVG"}


def arrived(at):
    """The clock and the list of moves stand at the quarter of the link."""
    expect(at.page.locator(".clock strong")).to_have_text("2027Q1", timeout=PATIENCE)
    expect(at.page.locator(".side .kicker")).to_have_text(QUARTER, timeout=PATIENCE)
    drawn(at.page)


def opened(at, which=".move.chosen"):
    """The card of a move, opened by keyboard."""
    at.page.locator(which).first.press("Enter")  # focus and key at once: a page that is drawn meanwhile takes no focus
    expect(at.page.locator(".decision")).to_be_visible()


def test_the_card_shows_its_terms_as_a_waterfall_and_flips_in_sentences(visit):
    at = visit(query=AT)
    arrived(at)
    opened(at)
    falls = at.page.locator("table.waterfall")
    expect(falls.locator("caption")).to_contain_text(re.compile("is worth .0.0.* % of income a year; for it: "))
    assert falls.locator("tbody tr").count() >= 4 and falls.locator("thead small").count() == 2
    boxes = [bar.bounding_box() for bar in falls.locator("tbody tr td:nth-child(2) svg rect:first-child").all()]
    assert all(box["width"] > 0 for box in boxes)
    term = falls.locator(".term").first
    term.focus()
    expect(term.locator(".term-tip")).to_be_visible()
    at.press("What would have changed this?")
    told = at.page.locator(".flip-words li").first
    expect(told).to_have_text(
        re.compile("^Had .*, Japan would have (held still|chosen to ).*\\.$"), timeout=2 * PATIENCE
    )
    at.page.locator(".flip summary").click()
    expect(at.page.locator("table.flips").last).to_be_visible()
    at.press("Close the card")
    expect(at.page.locator(".decision")).to_have_count(0)


def test_in_japanese_the_moves_the_account_and_the_card_hold_no_english(visit):
    at = visit(query=f"{AT}&lang=ja")
    arrived(at)
    opened(at)
    expect(at.page.locator("#card")).to_have_text("なぜ日本はこうしたのか")
    for place in (".moves", ".account", ".still", ".decision"):
        text = at.page.locator(place).inner_text()
        assert set(LATIN.findall(text)) <= KNOWN, (place, text)
    at.page.get_by_role("button", name="English").click()
    expect(at.page.locator("#card")).to_have_text("Why did Japan do this?")


@pytest.mark.parametrize(("move", "which"), [("hedge USA other_manufacturing", ".move.forced"), ("hold", ".holder")])
def test_the_card_of_a_persons_move_says_so_and_what_the_rule_would_have_done(visit, move, which):
    at = visit(query=f"{AT}&turn=2027Q1:move=JPN={move}".replace(" ", "%20"))
    arrived(at)
    opened(at, which)
    expect(at.page.locator("#card")).to_have_text("A person moved for Japan")
    said = at.page.locator(".rule-instead")
    expect(said).to_contain_text("the rule of Japan would have chosen to answer China with a tariff", timeout=PATIENCE)
    expect(said).to_contain_text(re.compile("worth \\+0.038.* a year; what the person did is worth .* against that"))
    assert at.page.get_by_role("button", name="What would have changed this?").count() == 0


def test_the_glossary_opens_and_closes_by_keyboard_and_gives_the_focus_back(visit):
    at = visit(query="tab=play")
    button = at.page.get_by_role("button", name="Glossary: what the terms mean")
    button.focus()
    at.page.keyboard.press("Enter")
    dialog = at.page.get_by_role("dialog", name="What the terms mean")
    expect(dialog).to_be_visible()
    assert dialog.locator("dt").count() >= 30
    expect(dialog).to_contain_text("What staying hedged costs")
    at.page.keyboard.press("Tab")
    inside = "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
    assert at.page.evaluate(inside)
    at.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_narrow_window_scrolls_in_no_direction_but_down(visit, language):
    at = visit(width=390, height=844, query=f"{AT}&lang={language}")
    arrived(at)
    opened(at)
    assert at.page.evaluate("document.documentElement.scrollWidth") <= 390
    numbers = at.page.locator("table.waterfall .num").all()
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in (n.bounding_box() for n in numbers))
    at.page.locator(".term").last.focus()
    tip = at.page.locator(".term").last.locator(".term-tip").bounding_box()
    assert tip["x"] >= 0 and tip["x"] + tip["width"] <= 390
    at.page.locator(".glossary-open").click()
    box = at.page.locator("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
