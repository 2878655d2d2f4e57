"""The headline measures over time as small charts over the lanes of moves. Pure functions of tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from viz.lanes import STRIP, lane_axis, lanes, marks, quarter_axis
from viz.language import ENGLISH, Texts
from viz.measures import HEADLINES, measure
from viz.theme import ACCENT, GHOST, INK, MUTED, Theme
from viz.words import MISSING, in_unit, value_text

ROW, TITLE, TOP = 66, 22, 4
"""Heights in pixels: one small chart, the line of text above it, the space above the first."""
ROWS = (len(HEADLINES) + 1) // 2
PLACES = (("46px", "53%"), ("56%", "12px"))
"""Left and right edges of the two columns."""
LANES_TOP = TOP + ROWS * (ROW + TITLE) + 12


def height(theme: Theme) -> int:
    """Height of the whole chart in pixels."""
    return LANES_TOP + STRIP * lanes(theme) + 22


def over_time(
    now: Mapping[str, pd.Series],
    ghost: Mapping[str, pd.Series],
    moves: pd.DataFrame,
    quarters: Sequence[str],
    cursor: int,
    theme: Theme,
    say: Texts = ENGLISH,
) -> dict:
    """One small chart a measure, its ghost dashed in grey, and the moves below.

    now, ghost : measure -> value by quarter, as in the portfolio table; a ghost may be left out
    cursor : how many quarters are shown"""
    grids, titles, series, x_axes, y_axes = [], [], [], [], []
    for place, code in enumerate(HEADLINES):
        row, column = divmod(place, 2)
        left, right = PLACES[column]
        top = TOP + row * (ROW + TITLE) + TITLE
        grids.append({"left": left, "right": right, "top": top, "height": ROW - 12})
        values = now.get(code, pd.Series(dtype=float))
        titles.append(_title(code, values, quarters, cursor, say, left, top - TITLE))
        x_axes.append(quarter_axis(quarters, place, False))
        y_axes.append(_value_axis(place))
        series.append(_line(code, values, quarters[:cursor], place, say) | {"markLine": _here(cursor)})
        if code in ghost:
            series.append(_ghost(ghost[code], code, quarters, place))
    last = len(HEADLINES)
    grids.append({"left": "46px", "right": 120, "top": LANES_TOP, "height": STRIP * lanes(theme)})
    x_axes.append(quarter_axis(quarters, last, True))
    y_axes.append(lane_axis(theme, say, last))
    series += marks(moves, quarters, cursor, theme, say, last)
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "aria": {"enabled": True, "label": {"description": described(now, quarters, cursor, say)}},
        "title": titles,
        "grid": grids,
        "xAxis": x_axes,
        "yAxis": y_axes,
        "tooltip": {"trigger": "item", "confine": True},
        "series": series,
    }


def described(now: Mapping[str, pd.Series], quarters: Sequence[str], cursor: int, say: Texts = ENGLISH) -> str:
    """What the charts show, for those who hear it."""
    if not cursor:
        return say("play.none_played")
    here = quarters[cursor - 1]
    parts = [f"{name_of(code, say)} {value_text(now[code].get(here, float('nan')), code)}"
             for code in HEADLINES if code in now]  # fmt: skip
    return f"{here}: {', '.join(parts)}."


def name_of(code: str, say: Texts) -> str:
    """Name of a measure in a language."""
    return say.named("measure", code, measure(code).name)


def _title(code: str, values: pd.Series, quarters, cursor: int, say: Texts, left: str, top: int) -> dict:
    text = value_text(values.get(quarters[cursor - 1], float("nan")), code) if cursor else MISSING
    style = {
        "fontSize": 12,
        "fontWeight": "normal",
        "color": INK,
        "rich": {"b": {"fontWeight": "bold", "fontSize": 12}},
    }
    place = {"left": 8 if left.endswith("px") else "51%", "top": top}
    return {"text": f"{name_of(code, say)}  {{b|{text}}}", "textStyle": style, "padding": [4, 0], **place}


def _line(code: str, values: pd.Series, shown: Sequence[str], place: int, say: Texts) -> dict:
    return {
        "name": name_of(code, say),
        "type": "line",
        "xAxisIndex": place,
        "yAxisIndex": place,
        "data": [_number(values, quarter, code) for quarter in shown],
        "symbol": "circle",
        "symbolSize": 6 if len(shown) < 2 else 3,
        "lineStyle": {"width": 2, "color": ACCENT},
        "itemStyle": {"color": ACCENT},
        "tooltip": {"formatter": "{a}, {b}: {c}"},
    }


def _ghost(values: pd.Series, code: str, quarters: Sequence[str], place: int) -> dict:
    return {
        "name": "ghost",
        "type": "line",
        "xAxisIndex": place,
        "yAxisIndex": place,
        "data": [_number(values, quarter, code) for quarter in quarters],
        "symbol": "none",
        "silent": True,
        "lineStyle": {"width": 1.6, "type": [4, 3], "color": GHOST},
        "itemStyle": {"color": GHOST},
    }


def _number(values: pd.Series, quarter: str, code: str) -> float | None:
    value = values.get(quarter)
    return None if value is None or value != value else round(float(in_unit(value, code)), 4)


def _here(cursor: int) -> dict | None:
    line = {"silent": True, "symbol": "none", "label": {"show": False}, "animation": False}
    style = {"color": MUTED, "type": "solid", "width": 1}
    return {**line, "data": [{"xAxis": cursor - 1}], "lineStyle": style} if cursor else None


def _value_axis(grid: int) -> dict:
    return {
        "type": "value",
        "gridIndex": grid,
        "scale": True,
        "splitNumber": 2,
        "axisLabel": {"color": MUTED, "fontSize": 10},
        "splitLine": {"lineStyle": {"color": "#E6EAEE"}},
    }
