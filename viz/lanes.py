"""Lanes of moves under a chart over time: one an actor and one for chance, a mark a quarter, kind and origin."""

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from viz.cases import kind_of
from viz.language import FIRST, Texts, texts_of
from viz.phrases import move_line
from viz.theme import INK, MUTED, RULE, Theme

ENGLISH = texts_of(FIRST)
STRIP = 15
"""Height of one lane in pixels."""
SYMBOLS = {"tariff": "rect", "control": "diamond", "hedge": "circle", "shock": "pin", "threat": "triangle",
           "strike": "triangle", "answer": "path://M0 5L9 0L9 10Z"}  # fmt: skip
MARK, THREAT_MARK = 9, 13
"""Sizes of a mark in pixels: dashes need room to be seen."""
MOST_LINES = 6  # of a mark's hover box; the table of moves has all
TIP = "max-width: min(460px, 80vw); white-space: pre-line; line-height: 1.35;"


def lanes(theme: Theme) -> int:
    """How many lanes of moves: one an actor, one for the focus, and one for chance."""
    return len(theme.actors) + 2


def marks(moves: pd.DataFrame, quarters: Sequence[str], cursor: int, theme: Theme, say: Texts = ENGLISH,
          axis: int = 1) -> list[dict]:  # fmt: skip
    """One symbol per quarter, actor, kind and origin; a click on it goes to the quarter. Threats are dashed.

    A hover says what each of them is. What chance did has a lane of its own.
    moves : with `by` and `since` of threats and answers, as `viz.cases.with_cases` adds them
    axis : position of the lanes' axes in the option"""
    names = lane_names(theme, say)
    places = {label: i for i, label in enumerate(quarters[:cursor])}
    rows = moves[moves["quarter"].isin(places)]
    rows = rows.assign(kind=[kind_of(row) for row in rows.to_dict("records")])
    groups = rows.groupby(["quarter", "actor", "kind", "origin"], sort=False)
    kinds, lines = groups.size(), _lines(rows, theme)
    points = []
    beside = kinds.groupby(level=["quarter", "actor"]).cumcount()
    many = kinds.groupby(level=["quarter", "actor"]).transform("size")
    for key, count in kinds.items():
        quarter, actor, kind, origin = key
        colour, who = theme.colour(actor), say("play.chance") if origin == "chance" else theme.name(actor)
        points.append(
            {
                "name": "\n".join(
                    [
                        f"{who}, {quarter}: {count} × {_said(say, 'kinds', kind)}, {_said(say, 'origins', origin)}",
                        *_first(lines[key], say),
                    ]
                ),
                "value": [places[quarter], names.index(who)],
                "symbol": SYMBOLS.get(kind, "roundRect"),
                "symbolSize": THREAT_MARK if kind == "threat" else MARK,
                "symbolOffset": [10 * (int(beside[key]) - (int(many[key]) - 1) / 2), 0],
                "itemStyle": {
                    "color": {"dated": "#ffffff", "commitment": "#C9CED4"}.get(origin, colour),
                    "opacity": 0.75 if kind == "threat" else 1,
                    "borderColor": colour,
                    "borderWidth": 1.6,
                    "borderType": [3, 2] if kind == "threat" else "solid",
                },
            }
        )
    here = {"silent": True, "symbol": "none", "label": {"show": False}, "animation": False}
    line = {**here, "data": [{"xAxis": cursor - 1}], "lineStyle": {"color": INK, "type": "solid", "width": 1}}
    return [
        {
            "name": "moves",
            "type": "scatter",
            "xAxisIndex": axis,
            "yAxisIndex": axis,
            "clip": False,
            "data": points,
            "z": 6,
            "tooltip": {"trigger": "item", "formatter": "{b}", "extraCssText": TIP},
            "markLine": line if cursor else None,
        }
    ]


def _lines(rows: pd.DataFrame, theme: Theme) -> dict[tuple, list[str]]:
    """To whom, what and how much, a line a move; the focus and the actors first."""
    places = {code: place for place, code in enumerate((theme.focus, *theme.actors, "all"))}
    lines: dict[tuple, list[str]] = defaultdict(list)
    for row in sorted(rows.to_dict("records"), key=lambda row: places.get(row["target"], len(places))):
        lines[row["quarter"], row["actor"], row["kind"], row["origin"]].append(move_line(row, theme))
    return lines


def _first(lines: Sequence[str], say: Texts) -> list[str]:
    more = [say("play.mark_more", count=len(lines) - MOST_LINES)] if len(lines) > MOST_LINES else []
    return [*lines[:MOST_LINES], *more]


def _said(say: Texts, group: str, code: str) -> str:
    return say.texts.get(f"play.{group}.{code}", code)


def lane_names(theme: Theme, say: Texts = ENGLISH) -> list[str]:
    """From the lowest lane up: chance, the actors, the focus on top."""
    return [say("play.chance"), *(theme.name(code) for code in (*reversed(theme.actors), theme.focus))]


def quarter_axis(quarters: Sequence[str], grid: int, labels: bool) -> dict:
    """Quarters from left to right; labels : whether they stand there, with a line every four"""
    return {
        "type": "category",
        "gridIndex": grid,
        "data": list(quarters),
        "boundaryGap": False,
        "axisLine": {"lineStyle": {"color": RULE}},
        "axisTick": {"show": False},
        "axisLabel": {"show": labels, "color": MUTED, "interval": 3, "hideOverlap": True},
        "splitLine": {"show": labels, "interval": 3, "lineStyle": {"color": RULE}},
    }


def lane_axis(theme: Theme, say: Texts = ENGLISH, grid: int = 1) -> dict:
    """The lanes, from the lowest up, named at the right."""
    return {
        "type": "category",
        "gridIndex": grid,
        "data": lane_names(theme, say),
        "position": "right",
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": MUTED, "fontSize": 11},
        "splitLine": {"show": True, "lineStyle": {"color": "#E6EAEE"}},
    }
