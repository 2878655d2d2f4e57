"""The report of an analysis opens without a network and says its numbers in words; the command says what is wrong."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from sim.analysis.api import analyse
from tests.analysis.made import swept
from tests.test_commands import hedgelab, is_one_sentence
from tests.viz.test_report import Page
from viz.analysis import write_report
from viz.found import box_text, box_texts, holds, limit_text, names_of, sensitivity_texts, shown, spread_texts

LHS = {"type": "lhs", "over": {"model.a": [0.0, 1.0], "model.b": [0.0, 1.0]}, "points": 120}
POLICIES = [{"name": "one", "title": "As it is"}, {"name": "two", "title": "Spread & hedge"}]
REGIONS = {"HOM": {"name": "Home"}, "BBB": {"name": "Beta (3)"}}
CONFIG = {"calm": {"scenario": {"title": "A <calm> sea"}, "regions": REGIONS, "policies": POLICIES}}


def of(row):
    bad = row.policy == "two" and row.values["model.a"] > 0.7
    threat = 2 + 3 * row.values["model.b"] + (0.5 if bad else -0.5 * (row.policy == "two"))
    return {"coercibility": threat, "real_income": 0.1 * row.replicate, "exposure_share.BBB": row.values["model.a"]}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    done = swept(tmp_path_factory.mktemp("sweep") / "made", of, LHS, policies=("one", "two"), replicates=4)
    (done.path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return done


@pytest.fixture(scope="module")
def found(done):
    return analyse(done, ["coercibility", "real_income", "exposure_share.BBB"], reference="one")


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory):
    return write_report(found, tmp_path_factory.mktemp("out") / "report", "hedgelab analyse made").parent


def test_the_report_is_one_file_that_fetches_nothing_and_has_every_figure(folder, found):
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe")
        for name in ("src", "href"):
            assert attrs.get(name, "#").startswith(("#", "data:"))
    assert not re.search(r"url\(|@import", text)
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 4 and all(len(image["alt"]) > 40 for image in images)
    assert {f.name for f in (folder / "figures").glob("*.png")} == {
        "sensitivity_calm.png", "spread_calm.png", "regret_calm.png", "failing_boxes.png"}  # fmt: skip
    assert set(found.tables) | {"codebook"} == {f.stem for f in folder.glob("*.csv")}
    for word in ("hedgelab analyse made", "“Spread & hedge”", "120 points of a Latin hypercube", "960 runs"):
        assert word in page.text, word
    anchors = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"}
    assert anchors <= {attrs["id"] for _, attrs in page.tags if "id" in attrs}


def test_the_same_findings_give_the_same_report(found, folder, tmp_path):
    again = write_report(found, tmp_path / "again", "hedgelab analyse made").parent
    assert {f.name: f.read_bytes() for f in again.rglob("*") if f.is_file()} == {
        f.name: f.read_bytes() for f in folder.rglob("*") if f.is_file()
    }


def test_a_box_is_told_in_plain_words_with_coverage_and_density(found):
    names = names_of(found)
    box = found.boxes[found.boxes["policy"] == "two"].iloc[0]
    assert holds(box)
    told = next(text for text in box_texts(found, names) if text.startswith("“Spread & hedge”"))
    assert told.startswith("“Spread & hedge” does worse than “As it is” in the largest single threat in ")
    assert re.search(r"of the runs where model\.a is above 0\.[67]\d* per cent, against 30.% of all\.", told), told
    assert "of these cases lie there" in told and "not searched" in told
    world = next(text for text in box_texts(found, names) if text.startswith("“As it is”"))
    assert "has the largest single threat above the median of 3.5" in world and "model.b is above 0.5" in world


def test_a_box_that_could_not_be_checked_is_told_as_a_guess(found):
    box = found.boxes[found.boxes["policy"] == "two"].iloc[0].copy()
    box["density_elsewhere"] = box["coverage_elsewhere"] = float("nan")
    told = box_text(box, found, names_of(found))
    assert "could not be checked" in told and told.endswith("take it for a guess.") and "–" not in told


def test_what_is_parameters_and_what_luck_and_what_matters_is_said(found):
    names = names_of(found)
    spread = spread_texts(found, names)
    assert any(re.match(r"Largest single threat: 100.% parameters, 0.% luck", text) for text in spread)
    assert any(re.match(r"Real income: 0.% parameters, 100.% luck", text) for text in spread)
    hangs = sensitivity_texts(found, names)
    assert any("Exposure: Beta hangs mostly on model.a" in text for text in hangs)
    assert not any("Real income" in text for text in hangs)  # the same at every point, which a note says
    assert shown(0.25, "exposure_share.BBB") == "25.0\N{NO-BREAK SPACE}%" and shown(3.0, "y", "percent").endswith(
        "cent"
    )
    both = pd.Series({"parameter": "a", "low": 1.0, "high": 2.0, "unit": "years"})
    assert limit_text(both) == "a is between 1 and 2 years"


def test_a_report_of_little_opens_too_and_says_what_is_missing(tmp_path):
    def rarely(row):
        if row.point == 1:
            raise ArithmeticError("lost the way")
        return {"y": float(row.point)}

    design = {"type": "list", "points": [{"model.a": float(k)} for k in range(4)]}
    found = analyse(swept(tmp_path / "made", rarely, design))
    page = Page(write_report(found, tmp_path / "report").read_text(encoding="utf-8"))
    assert "1 of 4 runs have no outcome (1 failed)" in page.text and "could not be told apart" in page.text
    assert "gives no sensitivities" in page.text and not [tag for tag, _ in page.tags if tag == "img"]


# --- the command --------------------------------------------------------------------------------------


def test_the_command_writes_all_prints_sentences_and_repeats_itself(done, tmp_path):
    asked = ("analyse", done.path, "--reference", "one", "--require", "coercibility<=4", "--outcome", "coercibility")
    shown_ = hedgelab(*asked, "--out", "found", folder=tmp_path)
    assert shown_.returncode == 0, shown_.stderr
    assert "Largest single threat, maximin: “As it is”" in shown_.stdout and "saved: found" in shown_.stdout
    assert {"report.html", "codebook.csv", "figures", "manifest.json"} <= {
        f.name for f in (tmp_path / "found").iterdir()
    }
    assert "--require &#39;coercibility&lt;=4&#39;" in (tmp_path / "found" / "report.html").read_text()
    assert not list(tmp_path.glob(".*"))
    table = hedgelab(*asked, "--out", "again", "--quiet", "--format", "json", folder=tmp_path)
    told = json.loads(table.stdout)
    assert {"notes", "sensitivities", "choices", "boxes"} <= set(told) and table.stderr == ""
    again = hedgelab(*asked, "--out", "found", folder=tmp_path)
    assert again.returncode == 2 and "is there already; choose another with --out" in again.stderr


def test_what_is_wrong_is_one_sentence_with_exit_status_2(done, tmp_path):
    (tmp_path / "empty").mkdir()
    for arguments, said in (
        ((tmp_path / "empty",), "holds no sweep"),
        ((tmp_path / "nowhere",), "holds no sweep"),
        ((done.path, "--method", "sobol"), "which a lhs design cannot give; it gives pawn"),
        ((done.path, "--outcome", "incme"), "must be among"),
        ((done.path, "--policy", "tame"), "must be among one, two"),
        ((done.path, "--require", "coercibility=4"), "OUTCOME<=NUMBER"),
        ((done.path, "--better", "coercibility"), "OUTCOME=lower"),
    ):
        found = hedgelab("analyse", *arguments, "--out", tmp_path / "out", "--quiet", folder=tmp_path)
        is_one_sentence(found, said)
        assert not (tmp_path / "out").exists()


def test_the_template_has_the_style_of_the_other_report():
    templates = Path(__file__).resolve().parents[2] / "viz" / "templates"
    for name in ("report.html.j2", "analysis.html.j2"):
        assert '{% include "style.css" %}' in (templates / name).read_text()
