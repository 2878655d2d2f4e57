"""The page's chart as ECharts options: whom the region depends on, with the moves on a time line below.

Pure functions of tables; showing them is left to `portfolio.py`."""

from collections.abc import Sequence

import pandas as pd

from viz.cases import kind_of
from viz.figures.base import spread
from viz.phrases import CHANCE
from viz.theme import GHOST, INK, MUTED, RULE, Theme
from viz.words import number, value_text

CHART_HEIGHT, STRIP, AXIS = 262, 15, 22
"""Heights in pixels: the area chart with its axis, one actor's lane of moves, the quarter labels."""
TOP, LEFT, RIGHT = 8, 46, 120
AREA = CHART_HEIGHT - TOP - 8
SYMBOLS = {"tariff": "rect", "control": "diamond", "hedge": "circle", "shock": "pin", "threat": "triangle",
           "strike": "triangle", "answer": "path://M0 5L9 0L9 10Z"}  # fmt: skip
MARK, THREAT_MARK = 9, 13
"""Sizes of a mark in pixels: dashes need room to be seen."""


def height(theme: Theme) -> int:
    """Height of the whole chart in pixels."""
    return CHART_HEIGHT + STRIP * lanes(theme) + AXIS


def lanes(theme: Theme) -> int:
    """How many lanes of moves: one an actor, and one for chance."""
    return len(theme.actors) + 2


def dependence(
    exposure: pd.DataFrame,
    ghost: pd.DataFrame | None,
    moves: pd.DataFrame,
    quarters: Sequence[str],
    cursor: int,
    theme: Theme,
) -> dict:
    """Stacked area of partner shares up to the cursor, the ghost's boundaries in grey, moves below.

    Parameters
    ----------
    exposure, ghost : quarter x partner, shares of 1; the ghost may be None
    moves : the run's moves
    quarters : every quarter of the scenario, played or not
    cursor : how many quarters are shown"""
    shown = exposure.iloc[:cursor]
    order = stacking(exposure, theme)
    series = [_area(shown[code], code, quarters, theme) for code in order]
    series += _ghost_lines(ghost, order, quarters)
    series += _marks(moves, quarters, cursor, theme)
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "aria": {"enabled": True, "label": {"description": described(shown, theme)}},
        "grid": [
            {"left": LEFT, "right": RIGHT, "top": TOP, "height": AREA},
            {"left": LEFT, "right": RIGHT, "top": CHART_HEIGHT, "height": STRIP * lanes(theme)},
        ],
        "xAxis": [_quarter_axis(quarters, 0), _quarter_axis(quarters, 1)],
        "yAxis": [_percent_axis(), _lane_axis(theme)],
        "tooltip": {"trigger": "axis", "confine": True, "formatter": _tip(order, theme), "order": "seriesDesc"},
        "series": series,
    }


def stacking(exposure: pd.DataFrame, theme: Theme) -> list[str]:
    """Order of the areas from the bottom: the actors first, then the others, each by size at the start."""
    if exposure.empty:
        return []
    size = exposure.iloc[0]
    known = [code for code in theme.partners if code in size.index]
    return sorted(known, key=lambda code: (code not in theme.actors, -size[code]))


def described(shown: pd.DataFrame, theme: Theme) -> str:
    """What the chart shows, for those who hear it."""
    if shown.empty:
        return "No quarter has been played yet."
    last = shown.iloc[-1].sort_values(ascending=False)
    parts = [f"{theme.name(code)} {number(100 * share, 1)} per cent" for code, share in last.items()]
    return f"Shares of foreign supply in {shown.index[-1]}, loss-weighted: {', '.join(parts)}."


def _area(shares: pd.Series, code: str, quarters: Sequence[str], theme: Theme) -> dict:
    values = [round(100 * float(shares[q]), 2) if q in shares.index else None for q in quarters]
    return {
        "name": theme.name(code),
        "type": "line",
        "stack": "partners",
        "data": values,
        "symbol": "circle" if len(shares) < 2 else "none",
        "symbolSize": 6,
        "lineStyle": {"width": 0.8, "color": "#ffffff"},
        "itemStyle": {"color": theme.colour(code)},
        "areaStyle": {"color": theme.colour(code), "opacity": 0.88},
        "emphasis": {"focus": "none"},
    }


def _ghost_lines(ghost: pd.DataFrame | None, order: Sequence[str], quarters: Sequence[str]) -> list[dict]:
    """Upper edges of the areas of the run before, all but the last, which is 100 %."""
    if ghost is None or ghost.empty:
        return []
    edges = 100 * ghost[[code for code in order if code in ghost]].cumsum(axis=1)
    lines = []
    for code in edges.columns[:-1]:
        edge = edges[code]
        lines.append(
            {
                "name": "ghost",
                "type": "line",
                "data": [round(float(edge[q]), 2) if q in edge.index else None for q in quarters],
                "symbol": "none",
                "silent": True,
                "z": 5,
                "lineStyle": {"width": 1.6, "type": [4, 3], "color": GHOST},
                "tooltip": {"show": False},
            }
        )
    return lines


def _marks(moves: pd.DataFrame, quarters: Sequence[str], cursor: int, theme: Theme) -> list[dict]:
    """One symbol per quarter, actor, kind and origin; a click on it goes to the quarter. Threats are dashed.

    What chance did has a lane of its own."""
    places = {label: i for i, label in enumerate(quarters[:cursor])}
    rows = moves[moves["quarter"].isin(places)]
    rows = rows.assign(kind=[kind_of(row) for row in rows.to_dict("records")])
    kinds = rows.groupby(["quarter", "actor", "kind", "origin"], sort=False).size()
    points = []
    beside = kinds.groupby(level=["quarter", "actor"]).cumcount()
    many = kinds.groupby(level=["quarter", "actor"]).transform("size")
    for key, count in kinds.items():
        quarter, actor, kind, origin = key
        colour, who = theme.colour(actor), CHANCE if origin == "chance" else theme.name(actor)
        points.append(
            {
                "name": f"{who}, {quarter}: {count} × {kind}, {origin}",
                "value": [places[quarter], _lane_names(theme).index(who)],
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
            "xAxisIndex": 1,
            "yAxisIndex": 1,
            "clip": False,
            "data": points,
            "z": 6,
            "tooltip": {"trigger": "item", "formatter": "{b}"},
            "markLine": line if cursor else None,
        }
    ]


def _lane_names(theme: Theme) -> list[str]:
    """From the lowest lane up: chance, the actors, the focus on top."""
    return [CHANCE, *(theme.name(code) for code in (*reversed(theme.actors), theme.focus))]


def _quarter_axis(quarters: Sequence[str], grid: int) -> dict:
    return {
        "type": "category",
        "gridIndex": grid,
        "data": list(quarters),
        "boundaryGap": False,
        "axisLine": {"lineStyle": {"color": RULE}},
        "axisTick": {"show": False},
        "axisLabel": {"show": grid == 1, "color": MUTED, "interval": 3, "hideOverlap": True},
        "splitLine": {"show": grid == 1, "interval": 3, "lineStyle": {"color": RULE}},
    }


def _percent_axis() -> dict:
    return {
        "type": "value",
        "gridIndex": 0,
        "min": 0,
        "max": 100,
        "interval": 25,
        "axisLabel": {"formatter": "{value} %", "color": MUTED},
        "splitLine": {"lineStyle": {"color": "#E6EAEE"}},
    }


def _lane_axis(theme: Theme) -> dict:
    return {
        "type": "category",
        "gridIndex": 1,
        "data": _lane_names(theme),
        "position": "right",
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": MUTED, "fontSize": 11},
        "splitLine": {"show": True, "lineStyle": {"color": "#E6EAEE"}},
    }


def _tip(order: Sequence[str], theme: Theme) -> str:
    """Text of the hover box: the quarter, then every partner from the top of the stack down."""
    lines = [
        f'<span style="color:{theme.colour(code)}">■</span> {theme.name(code)}: <b>{{c{place}}} %</b>'
        for place, code in reversed(list(enumerate(order)))
    ]
    return "<br>".join(["<b>{b0}</b>, share of foreign supply, loss-weighted", *lines])


def area_names(exposure: pd.DataFrame, cursor: int, theme: Theme) -> list[dict]:
    """Names and shares that stand at the right, each as near its area as there is room."""
    shown = exposure.iloc[:cursor]
    if shown.empty:
        return []
    order = stacking(exposure, theme)
    last = 100 * shown.iloc[-1][order]
    middle = (last.cumsum() - last / 2).tolist()
    wanted = spread([AREA * (1 - value / 100) for value in middle], 15.5, 4, AREA - 4)
    return [
        {
            "text": f"{theme.brief(code)} {value_text(last[code] / 100, 'exposure_share')}",
            "colour": theme.colour(code),
            "top": round(TOP + place - 9, 1),
            "strong": code in theme.actors,
        }
        for code, place in zip(order, wanted, strict=True)
    ]
