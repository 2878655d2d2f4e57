"""Lanes of moves under a chart over time: one an actor and one for chance, a mark a quarter, kind and origin."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pandas as pd

from viz.cases import kind_of
from viz.language import ENGLISH, Texts
from viz.phrases import move_line
from viz.theme import INK, MUTED, RULE, Theme

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
    found = _grouped(moves[moves["quarter"].isin(places)], theme)
    beside = Counter((quarter, actor) for quarter, actor, *_ in found)
    points, before = [], Counter()
    for (quarter, actor, kind, origin), rows in found.items():
        colour, who = theme.colour(actor), say("play.chance") if origin == "chance" else theme.name(actor)
        place, count = before[quarter, actor], beside[quarter, actor]
        before[quarter, actor] += 1
        points.append(
            {
                "name": "\n".join(
                    [
                        f"{who}, {quarter}: {len(rows)} × {_said(say, 'kinds', kind)}, {_said(say, 'origins', origin)}",
                        *_lines(rows, theme, say),
                    ]
                ),
                "value": [places[quarter], names.index(who)],
                "symbol": SYMBOLS.get(kind, "roundRect"),
                "symbolSize": THREAT_MARK if kind == "threat" else MARK,
                "symbolOffset": [10 * (place - (count - 1) / 2), 0],
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


def _grouped(moves: pd.DataFrame, theme: Theme) -> dict[tuple[str, str, str, str], list[dict]]:
    """Rows by quarter, actor, kind and origin: in each those towards the focus and the actors first."""
    places = {code: place for place, code in enumerate((theme.focus, *theme.actors, "all"))}
    groups: dict[tuple[str, str, str, str], list[dict]] = defaultdict(list)
    for row in moves.to_dict("records"):
        groups[row["quarter"], row["actor"], kind_of(row), row["origin"]].append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: places.get(row["target"], len(places)))
    return groups


def _lines(rows: Sequence[dict], theme: Theme, say: Texts) -> list[str]:
    """To whom, what and how much: a line a move, the first few."""
    more = [say("play.mark_more", count=len(rows) - MOST_LINES)] if len(rows) > MOST_LINES else []
    return [*(move_line(row, theme) for row in rows[:MOST_LINES]), *more]


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
