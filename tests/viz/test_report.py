"""The report is one file that needs no network, says N and the label, and survives odd input."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
import yaml

from sim.record.episodes import AnswerKey
from sim.rules.payoff import PAYOFF_TERMS
from tests.viz.made import THEME, answer_ledger, cases, comparison, crisis_moves, frontier_standing, moves, run
from viz.explained import telling_decision
from viz.report import write_report

CONFIG = {
    "scenario": {"name": "made", "title": "A made <world>", "description": "Two actors & a home.", "focus": "HOM",
                 "actors": ["HOM", "AAA", "BBB"]},
    "regions": {"HOM": {"name": "Home"}, "AAA": {"name": "United Alphas"}, "BBB": {"name": "Beta"}},
    "model": {"trade": {"pace": {"value": 0.07, "low": 0.02, "high": 0.15, "unit": "1/quarter", "source": "assumption",
                                 "meaning": "Share of contracts renewed."}}},
    "policies": [
        {"name": "rest", "title": "As it is", "description": "Nothing opens.", "lacks": []},
        {"name": "spread", "title": "Spread", "description": "Hedges.",
         "lacks": [{"what": "cables", "brought_by": "later"}]},
    ],
}  # fmt: skip


class Page(HTMLParser):
    """Collects tags, attributes and text; raises on a tag that is never closed."""

    VOID = {"meta", "img", "br", "link", "input"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    (place / "config.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False), encoding="utf-8")
    (place / "manifest.json").write_text('{"scenario": "made", "policies": ["rest", "spread"], "quarters": 6}')
    write_report(comparison(), place)
    return place


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_nothing_is_fetched_from_anywhere(page, folder):
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe")
        for name in ("src", "href"):
            assert attrs.get(name, "#").startswith(("#", "data:"))
    assert not re.search(r"url\(|@import", (folder / "report.html").read_text(encoding="utf-8"))


def test_it_is_accessible(page):
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 4 and all(len(image["alt"]) > 40 for image in images)
    assert [attrs["lang"] for tag, attrs in page.tags if tag == "html"] == ["en"]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")


def test_it_says_how_many_runs_and_what_spreads_them(page):
    assert "N = 4 runs a policy" in page.text and "parameters + luck" in page.text


def test_it_has_every_section(page):
    ids = {attrs.get("id") for _, attrs in page.tags}
    assert {"asked", "policies", "figures", "decision", "moves", "left-out", "sources", "again"} <= ids


def test_numbers_of_the_tables_are_those_of_the_comparison(page):
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "by 0.60 points of income" in text
    assert "\N{MINUS SIGN}0.60" in text and "0.050" in text
    assert "Beta stopping ore" in text


def test_it_says_how_to_run_it_again(page):
    assert (
        "hedgelab compare made --policy rest --policy spread --reference rest --seed 7 --runs 4 --quarters 6"
        in page.text
    )


def test_titles_lacks_and_values_come_from_the_folder(page):
    assert "A made <world>" in page.text  # as text, so it was escaped
    assert "cables (later)" in page.text
    assert "model.trade.pace" in page.text and "Share of contracts renewed." in page.text


def test_figures_stand_beside_it_as_files(folder):
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {
        f"{name}.{kind}"
        for name in ("exposure_over_time", "paired_differences", "time_line", "one_decision")
        for kind in ("png", "svg")
    }


def test_the_same_comparison_gives_the_same_bytes(folder, tmp_path):
    for name in ("config.yaml", "manifest.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    write_report(comparison(), tmp_path)
    assert (tmp_path / "report.html").read_bytes() == (folder / "report.html").read_bytes()


@pytest.mark.parametrize("example", [run(), None])
def test_one_policy_without_config_still_reads(tmp_path, example):
    made = comparison()
    rows, ends = (table[table.policy == "rest"] for table in (made.outcomes, made.start_end))
    none = made.differences.iloc[0:0]
    bare = comparison(policies=["rest"], example=example, outcomes=rows, differences=none, start_end=ends)
    page = Page(write_report(bare, tmp_path / "new").read_text(encoding="utf-8"))
    assert "under 1 policy" in page.text
    assert ("One run under “spread”" in page.text) == (example is not None)


def test_an_answer_is_explained_where_one_was_given(tmp_path, page):
    more = pd.concat([moves(), crisis_moves()], ignore_index=True)
    frame = answer_ledger()
    frame = frame.assign(**{term: 0.0 for term in PAYOFF_TERMS if term not in frame})
    answers = {AnswerKey("2025Q2", "HOM", "more_ore", "BBB", "target"): frame}
    example = replace(run(), moves=more, episodes=cases(), answers=answers)
    told = Page(write_report(comparison(example=example), tmp_path / "new").read_text(encoding="utf-8"))
    assert "One answer explained" in told.text and "One answer explained" not in page.text
    assert "BBB asked HOM in 2025Q2 to more ore, threatening a tariff of 25 points on cars." in told.text
    assert (tmp_path / "new" / "figures" / "one_answer.svg").is_file()


def test_the_frontier_has_a_section_with_its_figure_and_where_each_policy_stands(tmp_path):
    made = frontier_standing()
    place = write_report(comparison(), tmp_path, made)
    assert write_report(comparison(), tmp_path / "again", made).read_bytes() == place.read_bytes()
    page = Page(place.read_text(encoding="utf-8"))
    assert ("h2", {"id": "frontier"}) in page.tags and ("a", {"href": "#frontier"}) in page.tags
    assert "At the start HOM pays 0.010 % of income for its hedges" in page.text
    assert "0.010 → 0.260" in page.text
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 5
    assert (tmp_path / "figures" / "efficient_frontier.svg").is_file()


def test_failed_runs_are_named(tmp_path):
    failed = pd.DataFrame([("spread", 2, "the solver did not converge")], columns=["policy", "run", "error"])
    page = Page(write_report(comparison(failures=failed), tmp_path).read_text(encoding="utf-8"))
    assert "1 run failed and is in no number here" in page.text
    assert "run 2: the solver did not converge" in page.text


def test_the_decision_explained_touches_the_focus():
    assert telling_decision(run(), THEME) == ("2025Q3", "HOM")
