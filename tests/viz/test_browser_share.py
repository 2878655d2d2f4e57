"""Share and export in Chromium: links, files, replay, charts, uploads, and hostile input of each kind."""

import re
from io import StringIO
from urllib.parse import quote

import pandas as pd
import pytest
import yaml

from sim.run import simulate
from sim.scenario.load import load_scenario
from tests.viz.watched import PATIENCE, barriers, expect, title
from viz.export import scenario_file
from viz.state import Choice

pytestmark = pytest.mark.browser

RUN = "scenario=tariffs_2025&policy=eu_hedge&luck=7"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


def opened(visit, query=f"{RUN}&tab=play&quarter=2025Q2"):
    page = visit(query=query).page
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog", name="Share and export")).to_be_visible()
    return page


def saved(page, name, tmp_path):
    with page.expect_download() as got:
        page.get_by_role("button", name=name).click()
    path = tmp_path / got.value.suggested_filename
    got.value.save_as(path)
    return path


def same_bits(path, table, last="2025Q3"):
    """A saved file holds the rows of a run up to a quarter, every number bit for bit."""
    theirs = pd.read_csv(path, keep_default_na=False, na_values={"value": [""]})
    ours = StringIO(table[table.quarter <= last].to_csv(index=False))
    ours = pd.read_csv(ours, keep_default_na=False, na_values={"value": [""]})
    assert len(theirs) > 5
    pd.testing.assert_frame_equal(theirs[ours.columns], ours, check_exact=True)


def give(page, text, name="mine.yaml"):
    raw = text if isinstance(text, bytes) else text.encode()
    page.get_by_label(re.compile("Scenario file")).set_input_files(
        {"name": name, "mimeType": "application/yaml", "buffer": raw}
    )


def shipped(**changes):
    data = yaml.safe_load(scenario_file(Choice("baseline", "status_quo", 1))) | changes
    return yaml.safe_dump(data, sort_keys=False)


# --- links ------------------------------------------------------------------------------------------


def test_a_link_restores_run_quarter_tab_and_language(visit, tmp_path):
    query = f"{RUN}&set=model.choice.agenda%3D0.6&turn=2025Q3%3Apolicy%3Ddecoupling&quarter=2025Q4&tab=play&lang=en"
    page = opened(visit, query)
    expect(page.locator(".clock")).to_contain_text("quarter 4 of", timeout=PATIENCE)
    link = page.get_by_role("textbox", name="Opens this run at this quarter").input_value()
    assert link.partition("?")[2] == query
    assert barriers(page) == {}
    other = visit(query=link.partition("?")[2]).page
    expect(other.locator(".clock")).to_contain_text("quarter 4 of", timeout=PATIENCE)
    assert other.locator(".tiles").inner_text() == page.locator(".tiles").inner_text()
    other.get_by_role("button", name="Share", exact=True).click()
    first, second = (saved(one, "Portfolio (CSV)", tmp_path).read_bytes() for one in (page, other))
    assert first == second and len(first) > 10_000


def test_a_tab_that_is_loaded_again_comes_back_where_it_stood(visit):
    at = visit(query=f"{RUN}&tab=play&quarter=2025Q1")
    at.clock(1)
    at.step_to(2, 3)
    at.press("One quarter back")
    at.clock(2)
    before = at.page.locator(".tile").all_inner_texts()
    expect(at.page).to_have_url(re.compile("quarter=2025Q2"))
    at.page.reload()
    at.clock(2)
    assert at.page.locator(".tile").all_inner_texts() == before
    at.press("The chair")
    expect(at.page).to_have_url(re.compile("tab=chair"))


def test_what_is_no_luck_is_refused_on_the_spot(visit):
    page = visit(query=f"{RUN}&tab=play").page
    field = page.get_by_role("spinbutton", name="Luck")
    for text in ("-5", "", "2.5", "99999999999"):
        field.fill(text)
        field.press("Enter")
        expect(page.get_by_role("alert").filter(has_text="a whole number from 0")).to_be_visible()
        expect(field).to_have_value("7")
    field.fill("8")
    field.press("Enter")
    expect(page).to_have_url(re.compile("luck=8"))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_link_is_copied_with_and_without_the_permission(visit):
    page = opened(visit)
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.locator(".copied [role=status]").first).to_have_text("Copied")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.evaluate("() => { document.execCommand = () => false; }")
    page.get_by_role("button", name="Copy", exact=True).nth(1).click()
    expect(page.locator(".copied [role=status]").nth(1)).to_contain_text("Ctrl-C")
    assert page.evaluate("() => document.getSelection().toString().startsWith('hedgelab run')")


@pytest.mark.parametrize(
    "query",
    [
        f"scenario={quote(HOSTILE)}&turn=2026Q1:move=JPN={quote(HOSTILE)}",
        "policy=os:system&scenario=../../../etc/passwd&luck=" + "9" * 100,
        "set=model.choice.agenda=1e308",
        "tab=" + "x" * 7000,
    ],
    ids=["script", "names", "number", "long"],
)
def test_a_hostile_link_does_nothing_and_says_so(visit, query):
    page = visit(query=query).page
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This link cannot be followed", timeout=PATIENCE)
    assert page.title() == "Hedgelab" and page.locator("img").count() == 0
    assert "root:" not in page.content()
    page.locator("[data-tab=play]").click()
    expect(page.locator(".clock")).to_contain_text("quarter 0 of", timeout=PATIENCE)


# --- files ------------------------------------------------------------------------------------------


def test_the_files_of_a_run_play_and_hold_the_same_bits(visit, tmp_path):
    page = opened(visit, f"{RUN}&turn=2025Q2:policy=decoupling&tab=play&quarter=2025Q3")
    expect(page.locator(".clock")).to_contain_text("quarter 3 of", timeout=PATIENCE)
    path = saved(page, "Scenario file (YAML)", tmp_path)
    run = simulate(load_scenario(path), "eu_hedge", 7, quarters=4)  # one more: in a run's last more is measured
    same_bits(saved(page, "Portfolio (CSV)", tmp_path), run.portfolio)
    same_bits(saved(page, "Moves (CSV)", tmp_path), run.moves)
    said = page.get_by_role("textbox", name="Play it from the scenario file").input_value()
    assert said == f"hedgelab run {path.name} --policy eu_hedge --seed 7"


def test_a_replay_opens_without_a_server_and_asks_no_network(visit, chromium, tmp_path):
    page = opened(visit)
    expect(page.locator(".clock")).to_contain_text("quarter 2 of", timeout=PATIENCE)
    page.get_by_role("button", name="Make the replay").click()
    path = saved(page, re.compile(r"Save the replay \(1\.\d MB\)"), tmp_path)
    assert path.name == "hedgelab-tariffs_2025-eu_hedge-luck7-replay.html"
    alone = chromium.new_context(offline=True)
    requests, wrong, there = [], [], alone.new_page()
    there.on("request", lambda one: requests.append(one.url))
    there.on("console", lambda said: wrong.append(said.text))
    there.on("pageerror", lambda error: wrong.append(str(error)))
    there.goto(path.as_uri())
    expect(there.locator("#chart canvas")).to_be_visible()
    expect(there.locator("#quarter")).to_have_text("2025Q1 (1 / 2)")
    there.get_by_role("button", name="Next").click()
    expect(there.locator("#quarter")).to_have_text("2025Q2 (2 / 2)")
    there.get_by_role("slider").press("ArrowLeft")
    expect(there.locator("#quarter")).to_have_text("2025Q1 (1 / 2)")
    there.get_by_role("button", name="Play").click()
    expect(there.locator("#quarter")).to_have_text("2025Q2 (2 / 2)")
    assert there.locator("#moves li").count() and there.locator(".tile").count() == 7
    there.set_viewport_size({"width": 390, "height": 844})
    there.wait_for_timeout(300)
    assert there.evaluate("document.documentElement.scrollWidth") <= 390
    assert requests == [path.as_uri()] and wrong == []
    alone.close()


@pytest.mark.parametrize(("kind", "head"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_chart_is_saved_as_a_picture_that_says_what_it_is(visit, tmp_path, kind, head):
    page = visit(query=f"{RUN}&tab=play&quarter=2025Q2").page
    expect(page.locator(".clock")).to_contain_text("quarter 2 of", timeout=PATIENCE)
    expect(page.locator("[data-chart] canvas").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".lab")).to_have_attribute("data-file", re.compile("2025Q2"))
    path = saved(page, re.compile(f"^{kind.upper()}: Japan depends most on"), tmp_path)
    assert path.name == f"hedgelab-tariffs_2025-eu_hedge-luck7-2025Q2-dependence.{kind}"
    raw = path.read_bytes()
    assert raw.startswith(head) and len(raw) > 5_000
    if kind == "svg":
        assert "Japan depends most on" in raw.decode() and "ASEAN" in raw.decode()


# --- uploads ----------------------------------------------------------------------------------------


def test_an_upload_is_played_in_its_tab_alone(visit):
    page, other = opened(visit, "tab=play"), opened(visit, "tab=play")
    give(page, shipped(title="A world of my own"))
    expect(page.get_by_role("dialog")).to_contain_text("A world of my own is in the list of scenarios")
    page.get_by_role("button", name="Play it", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("which no link holds")
    page.keyboard.press("Escape")
    expect(page.locator("select[data-pick=scenario] option:checked")).to_have_text("A world of my own")
    page.get_by_role("button", name="One quarter further").click()
    expect(page.locator(".clock")).to_contain_text("quarter 1 of", timeout=PATIENCE)
    other.keyboard.press("Escape")
    listed = other.locator("select[data-pick=scenario] option")
    expect(listed.filter(has_text=title("scenario", "baseline"))).to_have_count(1)
    expect(listed.filter(has_text="A world of my own")).to_have_count(0)
    third = visit(query="tab=play&scenario=upload-" + "0" * 16).page
    expect(third.get_by_role("alert")).to_contain_text("ask for the file")


def test_what_is_wrong_with_an_upload_stands_beside_it_with_key_and_remedy(visit):
    page = opened(visit, "tab=play")
    give(page, shipped(quarters=-3, focus="NOWHERE"))
    problems = page.locator(".problems")
    expect(problems).to_contain_text("upload.yaml: quarters is -3; must be")
    give(page, shipped(focus="NOWHERE"))
    expect(problems).to_contain_text("focus is 'NOWHERE'")
    expect(problems).not_to_contain_text("quarters")
    give(page, shipped(title="Mended"))
    expect(page.get_by_role("dialog")).to_contain_text("Mended is in the list of scenarios")
    expect(problems).to_have_count(0)


HOSTILE_FILES = {
    "aliases": ("kind: scenario\na: &a [x]\nb: [*a, *a]\n", "anchor or alias"),
    "deep": ("kind: scenario\nname: " + "[" * 9000 + "]" * 9000 + "\n", "nested more than"),
    "tag": ("kind: scenario\nx: !!python/object/apply:os.system ['touch owned']\n", "without tags"),
    "strategy": ("kind: strategy\nname: os:system\n", "must be scenario"),
    "path": (shipped(world="../../../../etc"), "world is"),
    "binary": (b"\x7fELF" + bytes(range(256)) * 40, "is no text"),
    "10 MB": (b"x" * 10_000_000, "is 10000000 bytes long"),
    "giant": (shipped(quarters=10**30), "quarters is"),
    "script": (f"kind: scenario\n{HOSTILE}: 1\n", "onerror"),
}


def test_hostile_uploads_do_nothing_and_say_so(visit):
    page = opened(visit, "tab=play")
    for text, said in HOSTILE_FILES.values():
        give(page, text)
        expect(page.locator(".problems")).to_contain_text(said)
        assert page.title() == "Hedgelab" and page.locator("img").count() == 0
        expect(page.get_by_role("button", name="Play it", exact=True)).to_have_count(0)


def test_a_script_in_a_title_is_text_wherever_it_is_shown(visit):
    page = opened(visit, "tab=chair")
    give(page, shipped(title=HOSTILE, description=HOSTILE))
    expect(page.get_by_role("dialog")).to_contain_text("is in the list of scenarios")
    page.get_by_role("button", name="Play it", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value(re.compile("upload-"))
    menu = page.locator("[data-menu='2025Q1']")
    expect(menu).to_be_visible(timeout=PATIENCE)
    menu.locator("[data-move=hold]").click()
    expect(page.locator("[data-menu='2025Q2']")).to_be_visible(timeout=PATIENCE)
    page.locator("[data-tab=play]").click()
    expect(page.locator("[data-chart] canvas").first).to_be_visible(timeout=PATIENCE)
    page.locator("select[data-pick=scenario]").focus()
    assert page.title() == "Hedgelab" and page.locator("img").count() == 0
