"""A reader's remarks on ten runs: the file parses, and the page that is shipped holds each beside its move."""

import re
from pathlib import Path

import pytest
import yaml

DOCS = Path(__file__).resolve().parents[1] / "docs"
REMARKS = yaml.safe_load((DOCS / "stories.yaml").read_text(encoding="utf-8"))["remarks"]


def words(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


PAGE = words((DOCS / "stories.md").read_text(encoding="utf-8"))
STORIES = {int(seed): text for seed, text in re.findall(r"## Seed (\d+) (.*?)(?=## Seed|$)", PAGE)}


def test_every_story_has_a_remark():
    assert sorted(REMARKS) == sorted(STORIES) == list(range(10))


@pytest.mark.parametrize("seed", sorted(REMARKS))
def test_a_remark_stands_under_a_move_that_is_told(seed):
    for quarter, remark in REMARKS[seed].items():
        assert set(remark) == {"about", "implausible", "mend"}
        line = re.search(rf"- \*\*{quarter}\*\* (.*?)(?= - \*\*|Episodes:)", STORIES[seed])
        assert line and remark["about"] in line.group(1)
        assert words(remark["implausible"]) in STORIES[seed] and words(remark["mend"]) in STORIES[seed]


def test_no_remark_is_out_of_date():
    assert "written on an earlier version of the model" not in PAGE
