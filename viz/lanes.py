"""Lanes of moves under a chart over time: one an actor and one for chance, a mark a quarter, kind and origin."""

from collections.abc import Sequence

import pandas as pd

from viz.cases import kind_of
from viz.language import FIRST, Texts, texts_of
from viz.theme import INK, MUTED, RULE, Theme

ENGLISH = texts_of(FIRST)
STRIP = 15
"""Height of one lane in pixels."""
SYMBOLS = {"tariff": "rect", "control": "diamond", "hedge": "circle", "shock": "pin", "threat": "triangle",
           "strike": "triangle", "answer": "path://M0 5L9 0L9 10Z"}  # fmt: skip
MARK, THREAT_MARK = 9, 13
"""Sizes of a mark in pixels: dashes need room to be seen."""


def lanes(theme: Theme) -> int:
    """How many lanes of moves: one an actor, one for the focus, and one for chance."""
    return len(theme.actors) + 2


def marks(moves: pd.DataFrame, quarters: Sequence[str], cursor: int, theme: Theme, say: Texts = ENGLISH,
          axis: int = 1) -> list[dict]:  # fmt: skip
    """One symbol per quarter, actor, kind and origin; a click on it goes to the quarter. Threats are dashed.

    What chance did has a lane of its own. axis : position of the lanes' axes in the option"""
    names = lane_names(theme, say)
    places = {label: i for i, label in enumerate(quarters[:cursor])}
    rows = moves[moves["quarter"].isin(places)]
    rows = rows.assign(kind=[kind_of(row) for row in rows.to_dict("records")])
    kinds = rows.groupby(["quarter", "actor", "kind", "origin"], sort=False).size()
    points = []
    beside = kinds.groupby(level=["quarter", "actor"]).cumcount()
    many = kinds.groupby(level=["quarter", "actor"]).transform("size")
    for key, count in kinds.items():
        quarter, actor, kind, origin = key
        colour, who = theme.colour(actor), say("play.chance") if origin == "chance" else theme.name(actor)
        points.append(
            {
                "name": f"{who}, {quarter}: {count} × {_said(say, 'kinds', kind)}, {_said(say, 'origins', origin)}",
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
            "tooltip": {"trigger": "item", "formatter": "{b}"},
            "markLine": line if cursor else None,
        }
    ]


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
