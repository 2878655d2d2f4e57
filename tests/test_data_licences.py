"""Data that may not be used commercially stand apart, and no wheel carries them."""

import csv
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs"
BASE = CONFIGS / "worlds" / "base"
APART = CONFIGS / "worlds" / "noncommercial"
RESTRICTED = re.compile(r"telegeography|submarine ?cable ?map|\bSIPRI\b", re.IGNORECASE)


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def elsewhere(*endings: str) -> list[Path]:
    files = (path for path in CONFIGS.rglob("*") if path.suffix in endings and APART not in path.parents)
    return sorted(files)


@pytest.mark.parametrize("path", elsewhere(".csv", ".json"), ids=lambda path: str(path.relative_to(CONFIGS)))
def test_no_table_outside_the_folder_rests_on_restricted_data(path):
    text = path.read_text(encoding="utf-8")
    assert not RESTRICTED.search(text)
    if path.suffix == ".csv":
        header = text.partition("\n")[0].split(",")
        assert not [column for column in header if "defence" in column]
        assert not [line for line in text.splitlines() if "connectivity" in line.split(",")]


def quantities(value):
    """Every mapping of a config that holds a value with its source."""
    if isinstance(value, dict):
        if "source" in value and "value" in value:
            yield value
        for part in value.values():
            yield from quantities(part)
    elif isinstance(value, list):
        for part in value:
            yield from quantities(part)


@pytest.mark.parametrize("path", elsewhere(".yaml", ".yml"), ids=lambda path: str(path.relative_to(CONFIGS)))
def test_no_value_in_a_config_rests_on_restricted_data(path):
    found = [q for q in quantities(yaml.safe_load(path.read_text("utf-8"))) if RESTRICTED.search(str(q["source"]))]
    assert found == []


def test_the_counted_cable_shares_stand_in_no_other_file():
    shares = {row["share"] for row in rows(APART / "stock_domains.csv") if row["domain"] == "connectivity"}
    long = {share for share in shares if len(share) > 8}
    assert len(long) > 20
    places = [CONFIGS, ROOT / "sim", ROOT / "viz", ROOT / "docs", ROOT / "tests"]
    texts = [p for place in places for p in place.rglob("*") if p.suffix in {".csv", ".json", ".yaml", ".py", ".md"}]
    copied = [
        path
        for path in texts
        if APART not in path.parents and long & set(re.findall(r"[\d.]+", path.read_text("utf-8")))
    ]
    assert copied == []


def test_the_stock_domains_of_both_folders_have_one_layout_and_whole_shares():
    base, apart = rows(BASE / "stock_domains.csv"), rows(APART / "stock_domains.csv")
    assert base[0].keys() == apart[0].keys()
    keys = [(row["domain"], row["importer"], row["partner"]) for row in base + apart]
    assert len(set(keys)) == len(keys)
    total: dict[tuple[str, str], float] = defaultdict(float)
    for row in base + apart:
        total[row["domain"], row["importer"]] += float(row["share"])
    assert all(abs(value - 1) < 1e-6 for value in total.values())
    folders = defaultdict(set)
    for folder, table in (("base", base), ("apart", apart)):
        for row in table:
            folders[row["domain"], row["importer"]].add(folder)
    assert all(len(found) == 1 for found in folders.values()), "shares of one importer are split over two folders"


def test_only_restricted_rows_stand_apart():
    apart = rows(APART / "stock_domains.csv")
    free = [row for row in apart if not RESTRICTED.search(row["source"] + row["method"])]
    assert free == []
    assert {row["code"] for row in rows(APART / "defence_shares.csv")} == {
        row["code"] for row in rows(BASE / "regions.csv")
    }


@pytest.mark.parametrize(
    "words", ["TeleGeography", "CC BY-NC-SA 3.0", "creativecommons.org/licenses/by-nc-sa/3.0", "SIPRI"]
)
def test_the_notice_gives_the_attribution(words):
    assert words in (APART / "NOTICE.md").read_text(encoding="utf-8")


def test_nothing_of_the_course_hand_out_is_carried():
    """Its tables have 44 numbered sectors and seven economies; only mean rates by domain may be carried."""
    numbered = re.compile(r"(?:^|,)s(?:0[1-9]|[1-4]\d)(?:,|$)", re.MULTILINE)
    assert [path for path in elsewhere(".csv") if numbered.search(path.read_text(encoding="utf-8"))] == []
    assert not list(CONFIGS.rglob("added_tariffs*"))


def test_the_closed_forms_are_there():
    assert set(json.loads((CONFIGS / "targets" / "small_cases.json").read_text())["closed_forms"]) == {
        "acr",
        "ces_input_cut",
        "supplier_cut",
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> list[str]:
    """The names in a wheel that is built from a copy of what git would carry."""
    if not importlib.util.find_spec("hatchling"):
        pytest.fail("hatchling is not installed; it comes with the dev extra")
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    caches = shutil.ignore_patterns("__pycache__", "_configs")
    for name in ("sim", "viz", "configs"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, source / name, ignore=caches)
    for name in ("pyproject.toml", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source / name)
    (source / "README.md").write_text("# Hedgelab\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run([*command, "-w", target, source], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (file,) = target.glob("hedgelab-*.whl")
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def test_a_wheel_carries_the_configs_and_nothing_for_noncommercial_use(wheel):
    assert "sim/_configs/worlds/base/flows.csv" in wheel
    assert "sim/_configs/targets/three_regions/cases.yaml" in wheel
    assert "sim/draws.py" in wheel
    assert [name for name in wheel if "noncommercial" in name] == []
    assert [name for name in wheel if name.split("/")[0] not in {"sim", "viz"} and ".dist-info/" not in name] == []


def test_a_wheel_carries_every_config_that_may_be_carried(wheel):
    carried = {name.removeprefix("sim/_configs/") for name in wheel if name.startswith("sim/_configs/")}
    files = {str(p.relative_to(CONFIGS)) for p in CONFIGS.rglob("*") if p.is_file() and APART not in p.parents}
    assert carried == files
