"""Five tasks that a newcomer does without help: each answer is read from the page.

The answers are compared with the engine's own records of the same run, not with texts of this file."""

import re

import pytest

from sim.run import simulate
from tests.viz.watched import PATIENCE, expect
from viz.opening import opening
from viz.words import number
from viz.worlds import theme_named, titles

pytestmark = pytest.mark.browser

TURNS = 10


def to_quarter(visit, quarter, **choice):
    """A page that a link opened at a quarter."""
    parts = "&".join(f"{name}={value}" for name, value in choice.items())
    at = visit(query=f"tab=play&quarter={quarter}&{parts}")
    expect(at.page.locator(".clock strong")).to_have_text(quarter, timeout=2 * PATIENCE)
    return at.page


def test_which_partner_could_hurt_japan_most_and_with_what(visit):
    page = to_quarter(visit, "2025Q2", luck=7)
    said = page.locator("[data-measure=coercibility]").inner_text()
    run, theme = simulate("tariffs_2025", "eu_hedge", 7, quarters=2), theme_named("tariffs_2025")
    rows = run.portfolio[(run.portfolio.measure == "coercibility") & (run.portfolio.quarter == "2025Q2")]
    worst = rows.loc[rows[rows.partner != "all"].value.idxmax()]
    assert f"by {theme.in_text(worst.partner)}, stopping {theme.domain_in_text(worst.domain)}" in said
    assert number(worst.value) in said.replace("\N{NO-BREAK SPACE}", " ")


def test_why_did_washington_raise_tariffs_in_2025q3(visit):
    page = to_quarter(visit, "2025Q3", luck=7)
    page.locator(".move.dated.tariff", has_text="United States").first.click()
    expect(page.get_by_role("heading", name="Set by date, not chosen")).to_be_visible()
    expect(page.locator(".decision")).to_contain_text("the scenario sets it at its date, as it was decreed")
    expect(page.locator("table.given")).to_contain_text("%")


def test_what_does_four_planks_cost_and_buy_against_status_quo(visit):
    page = visit(query="").page
    page.get_by_text("All differences in a table").click(timeout=PATIENCE)
    row = page.locator("table.found tbody tr", has_text=titles("policy")["four_planks"])
    cells = row.locator("td").all_inner_texts()
    for cell, measure in zip(
        cells, ("real_income", "expected_coercion_loss", "tail_loss", "coercibility"), strict=False
    ):
        gap = opening().of("four_planks", measure)
        assert cell == f"{number(gap['mean'], 2, True)} ± {number(gap['error'])}"


def test_what_would_have_kept_beijing_from_its_embargo(visit):
    page = to_quarter(visit, "2025Q4", scenario="china_chokehold", policy="status_quo", luck=1)
    page.locator(".move.chosen.control", has_text="China").first.click()
    expect(page.get_by_role("heading", name="Why did China do this?")).to_be_visible()
    page.get_by_role("button", name="What would have changed this?").click()
    flips = page.locator(".flip")
    expect(flips).to_contain_text("Same luck, one number changed", timeout=4 * PATIENCE)
    expect(flips).to_contain_text(re.compile("Had .*, (China|it) would have"))


def test_play_ten_quarters_as_tokyo_and_find_the_worst_move(visit):
    page = visit(query="tab=chair&scenario=america_first&policy=adaptive&luck=3").page
    for turn in range(TURNS):
        quarter = f"{2025 + turn // 4}Q{turn % 4 + 1}"
        menu = page.locator(f"[data-menu='{quarter}']")
        expect(menu).to_be_visible(timeout=PATIENCE)
        bold = menu.locator("details[open] button.option:not([data-move=hold])")
        (bold.first if turn == 2 and bold.count() else menu.locator("[data-move=hold]")).click()
    expect(page.locator(".chair-clock")).to_contain_text(f"Moves you have made: {TURNS}", timeout=PATIENCE)
    page.get_by_role("button", name="Debrief", exact=True).click()
    found = page.locator(".debrief")
    expect(found).to_contain_text(
        re.compile("Your most costly move, 20..Q.: |None of your moves cost anything"), timeout=5 * PATIENCE
    )
    rows = page.locator("table.judged tbody tr")
    assert rows.count() == TURNS
