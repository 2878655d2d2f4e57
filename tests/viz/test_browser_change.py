"""Levers, comparisons and branches in Chromium: what a student moves, and what the page does with it."""

import re

import pytest

from sim.batch import compare
from sim.run import simulate
from sim.scenario.turns import MoveTurn, PolicyTurn
from tests.viz.watched import PATIENCE, barriers, expect, title
from viz.courses import SHOWN
from viz.language import texts_of
from viz.phrases import move_phrase
from viz.read import headline
from viz.state import Choice
from viz.words import MISSING, capital, difference_text, value_text
from viz.worlds import scenario_of, theme_named

pytestmark = pytest.mark.browser

BASE = Choice("tariffs_2025", "eu_hedge", 7)
RENEWAL = '[data-lever="model.trade.contract_renewal"]'
SEEN_PLAYING = """() => {
    const look = () => { window.seenPlaying ||= Boolean(document.querySelector("[aria-label=Pause]")); };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


def slide(at, lever, place):
    """Lets a slider go at a place from 0 to 200, as a mouse does."""
    at.page.locator(f"{lever} input[type=range]").evaluate(
        "(one, at) => { one.value = at; for (const what of ['input', 'change']) one.dispatchEvent(new Event(what)); }",
        place,
    )


def press(at, name):
    at.page.locator(f'[data-press="{name}"]').click()


def test_a_lever_starts_another_run_up_to_the_quarter_shown_and_is_marked(visit):
    at = visit()
    at.step_to(1, 2)
    row = at.page.locator(RENEWAL)
    expect(row).to_contain_text("default 0.07")
    slide(at, RENEWAL, 200)
    expect(row).to_have_class(re.compile("changed"))
    expect(row).to_contain_text("changed from 0.07")
    expect(at.page.locator(".levers > summary")).to_contain_text("1 changed of", timeout=PATIENCE)
    at.clock(2)
    expect(at.page.locator(".tile-ghost").first).to_contain_text("before:")
    press(at, "undo")
    expect(at.page.locator(".levers > summary")).to_contain_text("0 changed of", timeout=PATIENCE)
    at.clock(2)
    press(at, "redo")
    expect(row).to_contain_text("changed from 0.07", timeout=PATIENCE)
    at.clock(2)
    at.page.evaluate(SEEN_PLAYING)
    press(at, "replay")
    at.page.wait_for_function("() => window.seenPlaying", timeout=PATIENCE)  # it may be over before one looks
    expect(at.page.get_by_role("button", name="Play all quarters")).to_be_visible(timeout=PATIENCE)
    at.clock(2)
    expect(row).to_contain_text("changed from 0.07")
    press(at, "reset")
    expect(at.page.locator(".levers > summary")).to_contain_text("0 changed of", timeout=PATIENCE)


def test_levers_are_searched_and_moved_by_keyboard(visit):
    at = visit()
    at.step_to(1, 1)
    at.page.get_by_label("Search", exact=True).fill("hormuz cannot be had")
    rows = at.page.locator(".lever")
    expect(rows).to_have_count(1, timeout=PATIENCE)
    expect(rows).to_contain_text("Gulf energy")
    at.page.get_by_label("Search", exact=True).fill("no such thing")
    expect(at.page.locator(".levers-none")).to_be_visible()
    at.page.get_by_label("Search", exact=True).fill("")
    slider = at.page.locator(f"{RENEWAL} input[type=range]")
    slider.focus()
    at.page.keyboard.press("ArrowRight")
    expect(at.page.locator(RENEWAL)).to_contain_text("changed from 0.07")
    at.page.locator(RENEWAL).get_by_role("button", name=re.compile("Back to default")).click()
    expect(at.page.locator(RENEWAL)).to_contain_text("default 0.07")
    field = at.page.locator(f"{RENEWAL} input[type=number]")
    field.fill("0.123")
    field.press("Enter")
    expect(at.page.locator(".levers > summary")).to_contain_text("1 changed of", timeout=PATIENCE)


@pytest.mark.parametrize("tab", ["play", "compare", "branches"])
def test_nothing_is_cut_off_on_a_telephone(visit, tab):
    at = visit(width=390, height=844, query=f"tab={tab}")
    expect(at.page.locator("main")).to_be_visible()
    inside = {"play": ".levers", "compare": ".compare-form", "branches": ".branch-form"}[tab]
    expect(at.page.locator(inside)).to_be_visible()
    assert at.page.evaluate("document.documentElement.scrollWidth") <= 390
    if tab == "play":
        assert at.page.locator(".levers-body").is_hidden()  # a fold, closed at first
        at.page.locator(".levers > summary").click()
        expect(at.page.locator(RENEWAL)).to_be_visible()
        assert at.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_telephone_a_branch_is_a_card_with_its_buttons_under_its_name(visit):
    at = visit(width=390, height=844, query="tab=branches&scenario=small_rivalry&policy=status_quo&quarter=2025Q1")
    at.clock(1)
    at.page.get_by_label("Policy", exact=True).select_option("alliance_first")
    at.press("Branch here")
    rows = at.page.locator("[data-branch]")
    expect(rows.nth(1)).to_contain_text("On the page", timeout=PATIENCE)
    expect(at.page.locator(".sides-said")).to_contain_text("In the last quarter", timeout=PATIENCE)
    for language, show in (("en", "Show"), ("ja", "表示")):
        at.page.locator(f"button.language[lang={language}]").click()
        button = rows.nth(0).get_by_role("button", name=re.compile(f"{show}"))
        expect(button).to_have_text(show, timeout=PATIENCE)
        box, name = button.bounding_box(), rows.nth(0).locator(".tree-name").bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= 390
        assert name["y"] < box["y"] < name["y"] + 120 and box["height"] < 40 and box["width"] > box["height"]
        assert at.page.evaluate("document.documentElement.scrollWidth") <= 390
        numbers = rows.nth(0).locator("td.num").first
        assert numbers.bounding_box()["height"] < 60  # no column of single signs
    label = texts_of("ja").named("measure", "coercibility", "")
    expect(rows.nth(0).locator("td.num").first).to_have_attribute("data-label", label)


def test_a_branch_parts_stands_in_the_tree_is_renamed_shown_and_cut(visit):
    at = visit(query="tab=branches&quarter=2025Q2")
    at.clock(2)
    expect(at.page.get_by_text("No branches yet")).to_be_visible()
    at.page.get_by_label("Policy", exact=True).select_option("decoupling")
    at.press("Branch here")
    rows = at.page.locator("[data-branch]")
    expect(rows).to_have_count(2, timeout=PATIENCE)
    expect(rows.nth(1)).to_contain_text("From 2025Q2: policy")
    expect(rows.nth(1)).to_contain_text("On the page", timeout=PATIENCE)
    at.clock(2)
    both_futures_stand_beside_each_other(at, rows)
    assert barriers(at.page) == {}
    in_japanese_the_same_rows_have_japanese_names(at, rows)
    rows.nth(1).get_by_role("button", name="Rename").click()
    field = rows.nth(1).locator("input")
    expect(field).to_be_focused(timeout=PATIENCE)
    field.fill("Without <China>")
    field.press("Enter")
    expect(rows.nth(1).locator(".tree-name")).to_contain_text("Without <China>", timeout=PATIENCE)
    at.press("Show The run at first")
    expect(rows.nth(0)).to_contain_text("On the page", timeout=PATIENCE)
    at.clock(2)
    at.press("Delete Without <China>")
    expect(rows).to_have_count(1, timeout=PATIENCE)


def both_futures_stand_beside_each_other(at, rows):
    """Played to the end without being asked; table, charts and sentence have the numbers of the Python API."""
    expect(at.page.get_by_text("of 48 quarters")).to_be_visible(timeout=PATIENCE)
    expect(at.page.locator(".sides-said")).to_contain_text("In the last quarter, 2030Q4", timeout=5 * PATIENCE)
    turned = BASE.with_turn(PolicyTurn(type="policy", quarter="2025Q2", policy="decoupling"))
    ends = [simulate(scenario_of(one), one.policy, one.seed) for one in (turned, BASE)]
    apart = 0
    for code in ("hedging_premium", "coercibility", "tail_loss", "real_income"):
        here, other = (headline(run.portfolio, run.focus, code, "2030Q4").value for run in ends)
        gap = difference_text(here - other, code)
        said = f"in 2030Q4: {value_text(here, code)} here, {value_text(other, code)} in the other ({gap})"
        expect(at.page.locator(f"[data-course={code}] figcaption")).to_contain_text(said)
        expect(rows.nth(0)).to_contain_text(value_text(other, code))
        expect(rows.nth(1)).to_contain_text(f"{value_text(here, code)} ({gap})")
        if value_text(here, code) != value_text(other, code):
            expect(at.page.locator(".sides-said")).to_contain_text(gap)
            apart += 1
    assert apart > 1
    expect(at.page.locator(".course canvas")).to_have_count(6, timeout=PATIENCE)
    expect(at.page.locator(".courses-legend li")).to_have_count(2)
    at.clock(2)  # the page itself stays where it was


def in_japanese_the_same_rows_have_japanese_names(at, rows):
    at.page.locator("button.language[lang=ja]").click()
    expect(rows.nth(0).locator(".tree-name")).to_have_text("元の実行", timeout=PATIENCE)
    expect(rows.nth(1).locator(".tree-name")).to_contain_text("2025Q2 から：政策", timeout=PATIENCE)
    at.page.locator("button.language[lang=en]").click()
    expect(rows.nth(0).locator(".tree-name")).to_have_text("The run at first", timeout=PATIENCE)


def test_a_move_is_forced_from_those_that_an_actor_has(visit):
    at = visit(query="tab=branches&quarter=2025Q1")
    at.clock(1)
    at.page.get_by_label("What changes", exact=True).select_option("move")
    at.press("Look up what it could do")
    move = at.page.get_by_label("What it does", exact=True)
    expect(move).to_be_visible(timeout=PATIENCE)
    texts = move.locator("option").all_inner_texts()
    assert len(texts) > 1 and all("% of income a year" in text for text in texts)
    names = move.locator("option").evaluate_all("options => options.map((one) => one.value)")
    name = next(one for one in names if one != "hold")
    move.select_option(name)
    at.page.get_by_label("Name", exact=True).fill("Another start")
    at.press("Branch here")
    row = at.page.locator("[data-branch]").nth(1)
    expect(row).to_contain_text("from 2025Q1: Japan:", timeout=PATIENCE)
    expect(row.locator(".tree-name")).to_contain_text("Another start")
    expect(row).to_contain_text("On the page", timeout=PATIENCE)
    at.clock(1)
    at.page.locator("button[data-tab=play]").click()
    the_forced_move_stands_among_those_of_its_quarter(at, name)


def the_forced_move_stands_among_those_of_its_quarter(at, name):
    turned = BASE.with_turn(MoveTurn(type="move", quarter="2025Q1", actor="JPN", move=name))
    moves = simulate(scenario_of(turned), turned.policy, turned.seed, quarters=1).moves
    made = moves[moves["origin"] == "forced"]
    assert len(made) and set(made["actor"]) == {"JPN"}
    shown = at.page.locator(".moves .move.forced")
    expect(shown.first).to_be_visible(timeout=PATIENCE)
    expect(shown.first.locator(".who")).to_contain_text("Japan →")
    expect(shown.first.locator(".what")).to_contain_text(capital(move_phrase(made.iloc[0], theme_named(BASE.scenario))))


def test_variants_are_compared_on_common_luck_and_a_comparison_can_be_stopped(visit):
    at = visit(query="tab=compare&scenario=small_rivalry&policy=status_quo&set=model.trade.contract_renewal=0.15")
    expect(at.page.locator(".compare-one.own")).to_contain_text("Contracts renewed a quarter 0.15", timeout=PATIENCE)
    the_scenario_is_picked_in_the_form(at)
    at.page.get_by_label("Runs of each", exact=True).select_option("16")
    start = at.page.locator(".compare-form button[type=submit]")
    at.page.get_by_label("First luck", exact=True).fill("9")
    expect(start).to_be_disabled()
    at.page.locator(".compare-one", has_text=title("policy", "alliance_first")).locator("input[type=checkbox]").check()
    at.page.locator(".compare-one.own input[type=checkbox]").check()
    expect(at.page.locator(".compare-time")).to_contain_text("minutes")
    start.click()
    expect(at.page.locator(".compare-progress")).to_contain_text("of 48 runs played", timeout=PATIENCE)
    at.press("Stop")
    expect(at.page.locator(".compare-progress")).to_contain_text("Stopped", timeout=PATIENCE)
    at.page.get_by_label("Runs of each", exact=True).select_option("2")
    start.click()
    expect(at.page.locator(".compare-table")).to_be_visible(timeout=5 * PATIENCE)
    expect(at.page.locator(".course canvas")).to_have_count(6, timeout=PATIENCE)
    expect(at.page.locator(".compare-table tbody tr")).to_have_count(18)
    heading = at.page.locator("main h2", has_text="What 2 runs of each show")
    expect(heading).to_contain_text(f"({title('scenario', 'small_rivalry')}, from luck 9 on)")
    expect(at.page.locator(".compare-table thead")).to_contain_text("Lowest to highest of all runs")
    expect(at.page.locator("main")).not_to_contain_text("90 %")
    the_rows_of_a_measure_have_the_numbers_of_the_python_api(at)
    assert barriers(at.page) == {}
    assert at.page.evaluate("document.documentElement.scrollWidth") <= 1366


def the_scenario_is_picked_in_the_form(at):
    scenario, rows = at.page.get_by_label("Scenario", exact=True), at.page.locator(".compare-one")
    expect(scenario).to_have_value("small_rivalry")
    expect(rows).to_have_count(4)  # three policies fit this world
    scenario.select_option("tariffs_2025")
    expect(rows).to_have_count(8, timeout=PATIENCE)
    expect(at.page.locator(".compare-one.own")).to_have_count(0)
    scenario.select_option("small_rivalry")
    expect(rows).to_have_count(4, timeout=PATIENCE)


def the_rows_of_a_measure_have_the_numbers_of_the_python_api(at):
    code, given = "coercibility", dict(seed=9, runs=2, workers=1, reference="status_quo")
    plain = compare("small_rivalry", ["status_quo", "alliance_first"], **given)
    own = compare("small_rivalry", ["status_quo"], values={"model.trade.contract_renewal": 0.15}, **given)
    ends = [last_values(found, policy, code)
            for found, policy in ((plain, "status_quo"), (plain, "alliance_first"), (own, "status_quo"))]  # fmt: skip
    assert value_text(ends[0].mean(), code) != value_text(ends[1].mean(), code) != value_text(ends[2].mean(), code)
    rows = at.page.locator(".compare-table tbody tr")
    place = 3 * SHOWN.index(code)
    for row, values in zip((rows.nth(place + k) for k in range(3)), shown_order(rows, place, ends), strict=True):
        expect(row.locator("td").nth(0)).to_have_text(value_text(values.mean(), code))
        apart = values - ends[0]
        if values is ends[0]:
            expect(row.locator("td").nth(1)).to_have_text(MISSING)
            continue
        error = difference_text(apart.std(ddof=1) / len(apart) ** 0.5, code).lstrip("+")
        expect(row.locator("td").nth(1)).to_have_text(f"{difference_text(apart.mean(), code)} ± {error}")
        span = f"{difference_text(apart.min(), code)} … {difference_text(apart.max(), code)}"
        expect(row.locator("td").nth(2)).to_have_text(span)


def last_values(found, policy, code):
    """Values of a measure at the end, run by run."""
    rows = found.outcomes[(found.outcomes.policy == policy) & (found.outcomes.measure == code)]
    return rows[rows.quarter == rows.quarter.max()].set_index("run").value.sort_index()


def shown_order(rows, place, ends):
    """The variants in the order of the table: the own one is called by its change."""
    names = [rows.nth(place + k).locator("th[scope=row]").inner_text() for k in range(3)]
    by_name = {title("policy", "status_quo"): ends[0], title("policy", "alliance_first"): ends[1]}
    return [by_name.get(name, ends[2]) for name in names]
