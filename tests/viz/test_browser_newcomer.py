"""Five tasks that a newcomer does without help: each answer is read from the page.

The answers are compared with the engine's own records of the same run, not with texts of this file."""

import re

import pytest

from sim.run import as_scenario, simulate
from sim.scenario.decreed import behind
from sim.scenario.turns import MoveTurn
from sim.studies.flip import flip_points
from tests.viz.watched import PATIENCE, drawn, expect
from viz.debrief import judged, replayed
from viz.flips import flip_sentences
from viz.lab import Lab
from viz.opening import opening
from viz.phrases import size_phrase
from viz.read import decision
from viz.state import Choice, Place
from viz.words import number, payoff
from viz.worlds import theme_named, titles

pytestmark = pytest.mark.browser

TURNS = 10
BAD = "control embargo USA machinery"
"""What the adviser thinks worst of among Tokyo's moves in the third quarter."""


def to_quarter(visit, quarter, **choice):
    """A page that a link opened at a quarter."""
    parts = "&".join(f"{name}={value}" for name, value in choice.items())
    at = visit(query=f"tab=play&quarter={quarter}&{parts}")
    expect(at.page.locator(".clock strong")).to_have_text(quarter, timeout=2 * PATIENCE)
    drawn(at.page)
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
    raised = page.locator(".move.dated.tariff", has_text=re.compile("United States.*Raises its tariff", re.DOTALL))
    raised.first.click()
    expect(page.get_by_role("heading", name="Set by date, not chosen")).to_be_visible()
    card = page.locator(".decision")
    expect(card).to_contain_text("the scenario sets it at its date, as it was decreed")
    run, theme = simulate("tariffs_2025", "eu_hedge", 7, quarters=3), theme_named("tariffs_2025")
    rows = run.moves[(run.moves.quarter == "2025Q3") & (run.moves.actor == "USA") & (run.moves.operation == "raise")]
    whom = page.locator("table.given tbody th").first.inner_text()
    row = rows[rows.target.map(theme.name) == whom].iloc[0]
    expect(page.locator("table.given tbody tr").first).to_contain_text(size_phrase(row, theme.say))
    decrees = behind(as_scenario("tariffs_2025").file, "2025Q3", "tariff", "USA", {row.target})
    assert decrees[-1].since.isoformat() == "2025-08-07"
    for one in decrees:
        item = card.locator(".decrees li", has_text=one.label)
        expect(item).to_contain_text(one.since.isoformat())
        expect(item).to_contain_text(one.sources[0])


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
    run, theme = simulate("china_chokehold", "status_quo", 1, quarters=4), theme_named("china_chokehold")
    found = flip_points(run, "2025Q4", "CHN")
    assert found.coerced == "control" and len(found.kept)  # else the question has no answer to be read
    told = flip_sentences(found.kept, decision(run.explain("2025Q4", "CHN")), "CHN", theme)
    kept = page.locator(".kept-from + .flip-words li")
    assert kept.all_inner_texts() == told
    assert all("control of exports" not in one.partition(", ")[2] for one in told)


def test_play_ten_quarters_as_tokyo_and_find_the_worst_move(visit):
    page = visit(query="tab=chair&scenario=america_first&policy=adaptive&luck=3").page
    game = Choice("america_first", "adaptive", 3)
    for turn in range(TURNS):
        quarter = f"{2025 + turn // 4}Q{turn % 4 + 1}"
        menu = page.locator(f"[data-menu='{quarter}']")
        expect(menu).to_be_visible(timeout=PATIENCE)
        move = BAD if turn == 2 else "hold"
        menu.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        menu.locator(f"button.option[data-move='{move}'], [data-move='{move}']").first.click()
        game = game.with_move(MoveTurn(type="move", quarter=quarter, actor="JPN", move=move))
    expect(page.locator(".chair-clock")).to_contain_text(f"Moves you have made: {TURNS}", timeout=PATIENCE)
    page.get_by_role("button", name="Debrief", exact=True).click()
    found = page.locator(".debrief")
    expect(found).to_contain_text("Your most costly move, 2025Q3: ", timeout=5 * PATIENCE)
    assert page.locator("table.judged tbody tr").count() == TURNS
    worst = page.locator("table.judged tr.worst")
    expect(worst.locator("th")).to_have_text("2025Q3")
    expect(worst).to_contain_text(payoff(regret_of(game, "2025Q3")))


def regret_of(game, quarter):
    """What a move cost: income less the expected loss, the adviser's pick in its place less as it was played."""
    lab = Lab(Place(game))
    player = lab.player_of(game)
    for _ in range(TURNS):
        player.advance()
    run = player.run_so_far()
    (one,) = [move for move in judged(game, run, "JPN") if move.quarter == quarter]
    return replayed(game, run, "JPN", one, list(run.quarters), lab.player_of, lambda: None).regret
