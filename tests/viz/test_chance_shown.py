"""What chance does reaches page, figures and report, and is never taken for somebody's move."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.viz.made import MOVE_COLUMNS, QUARTERS, THEME, moves, portfolio, run
from viz import charts, figures
from viz.figures.timeline import ORIGINS
from viz.given import given_text
from viz.moves import quarter_sentence
from viz.phrases import grouped, move_sentence, mover_name, size_phrase, target_name
from viz.read import exposure
from viz.report import move_rows
from viz.shown import Shown
from viz.state import Choice

OVER = ["shock", "ends", "ore", 2.0, 0.0, "quarters", "chance", np.nan, "chance: Strait closed, over"]
CLOSED = ["shock", "begins", "ore", 0.0, 2.0, "quarters", "chance", np.nan, "chance: Strait closed, 2 quarters"]
ELECTED = ["shock", "begins", "", 0.0, 4.0, "quarters", "chance", np.nan, "chance: Elections, 4 quarters"]
STRIKES = [("2025Q2", "", "all", *CLOSED), ("2025Q2", "", "all", *ELECTED), ("2025Q4", "", "all", *OVER)]


def with_chance():
    rows = pd.DataFrame(STRIKES, columns=[*MOVE_COLUMNS, "sentence"]).assign(demand="")
    return pd.concat([moves(), rows], ignore_index=True)


def test_rows_of_chance_are_said_as_chance_one_by_one():
    rows = grouped(with_chance(), THEME)
    mine = rows[rows["origin"] == "chance"]
    assert len(mine) == 3 and (mine["count"] == 1).all()
    said = [move_sentence(row, THEME) for _, row in mine.iterrows()]
    assert said[0] == "Chance: Strait closed, 2 quarters" and said[2] == "Chance: Strait closed, over"
    first = mine.iloc[0]
    assert mover_name(first, THEME) == "Chance" and size_phrase(first) == ""
    assert "everyone" not in target_name(first, THEME)
    assert "Nobody chose this" in given_text(first.to_dict(), THEME)


def test_the_quarter_says_what_happened_beside_what_was_done():
    seen = replace(run(), moves=with_chance())
    text = quarter_sentence(Shown(Choice("made", "spread"), seen, 2), THEME)
    assert text.startswith("Promised by the policy: HOM started to hedge")
    assert text.endswith("By chance: Strait closed, for 2 quarters; Elections, for 4 quarters.")
    alone = replace(seen, moves=seen.moves[seen.moves["origin"] == "chance"])
    assert quarter_sentence(Shown(Choice("made", "spread"), alone, 2), THEME).startswith("By chance: Strait closed")


def test_the_time_line_counts_no_chance_as_a_move_and_draws_it_apart():
    before, after = (figures.time_line(table, QUARTERS, THEME) for table in (moves(), with_chance()))
    assert after.title == before.title and after.alt == before.alt
    assert after.caption == before.caption + " Chance strikes 2 times."
    texts = [item.get_text() for axes in after.figure.axes for item in axes.findobj() if hasattr(item, "get_text")]
    assert "Chance" in texts and not any(text.startswith(" →") for text in texts)
    assert "chance" not in ORIGINS


def test_the_chart_has_a_lane_for_chance():
    option = charts.dependence(exposure(portfolio("spread"), "HOM"), None, with_chance(), QUARTERS, 4, THEME)
    lanes = option["yAxis"][1]["data"]
    (marks,) = [one for one in option["series"] if one["type"] == "scatter"]
    mine = [point for point in marks["data"] if point["name"].startswith("Chance")]
    assert lanes[0] == "Chance" and len(lanes) == charts.lanes(THEME)
    assert [point["value"] for point in mine] == [[1, 0], [3, 0]]


def test_the_report_lists_chance_with_its_origin():
    shown = run()
    shown.moves.loc[len(shown.moves)] = dict(zip([*MOVE_COLUMNS, "sentence"], STRIKES[0], strict=True))
    rows = [row for row in move_rows(shown, THEME)["rows"] if row["origin"] == "chance"]
    assert [(row["who"], row["what"], row["size"]) for row in rows] == [("Chance", "Strait closed, 2 quarters", "")]
