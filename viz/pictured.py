"""What the page shows as a table, as ECharts options: heat maps and the waterfall of a decision, to save as pictures.

Pure functions of the same numbers and texts that the tables are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pandas as pd

from viz.measures import term_name
from viz.phrases import candidate_phrase
from viz.read import Decision
from viz.theme import ACCENT, INK, MUTED, OTHER_TERM, PAPER, RULE, TERM_COLOURS, Theme, ink_on
from viz.waterfall import Step, sentence, steps, terms_shown
from viz.words import MISSING, capital, payoff

CELL, HEAD, AXIS = 24, 34, 26
"""Heights in pixels: one row, what stands above the first, the axis below the last."""
NAMES = 210  # pixels for the names of terms


def heat_height(table: pd.DataFrame) -> int:
    """Height of a heat map in pixels."""
    return HEAD + CELL * len(table) + 6


def heat_option(table: pd.DataFrame, shade: Callable[[float], float], text: Callable[[float], str]) -> dict:
    """A heat map of a table, its first row on top; a value that is none has no shade.

    shade : from 0, white, to 1; text : what stands in a cell"""
    data = [_cell(x, y, float(table.iat[y, x]), shade, text) for y in range(len(table)) for x in range(table.shape[1])]
    axis = {"type": "category", "axisTick": {"show": False}, "axisLine": {"show": False},
            "axisLabel": {"color": INK, "interval": 0}}  # fmt: skip
    return {
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 8, "right": 8, "top": HEAD, "bottom": 6, "containLabel": True},
        "xAxis": axis | {"data": [str(one) for one in table.columns], "position": "top"},
        "yAxis": axis | {"data": [str(one) for one in table.index], "inverse": True},
        "visualMap": {"show": False, "min": 0, "max": 1, "dimension": 2, "inRange": {"color": [PAPER, ACCENT]}},
        "series": [{"type": "heatmap", "data": data, "itemStyle": {"borderColor": PAPER, "borderWidth": 1}}],
    }  # fmt: skip


def _cell(x: int, y: int, value: float, shade: Callable[[float], float], text: Callable[[float], str]) -> dict:
    dark = 0.0 if math.isnan(value) else min(1.0, shade(value))
    label = {"show": True, "formatter": MISSING if math.isnan(value) else text(value),
             "color": ink_on(dark)}  # fmt: skip
    return {"value": [x, y, round(dark, 3)], "label": label}


def waterfall_height(read: Decision) -> int:
    """Height of the waterfall in pixels."""
    return HEAD + (CELL + 4) * (len(terms_shown(read)) + 1) + AXIS


def waterfall_option(read: Decision, theme: Theme) -> dict:
    """The terms of the pick and, at its right, of the runner-up on one scale, each from the sum before it."""
    say, terms = theme.say, terms_shown(read)
    rows = [row for row in (read.picked, read.runner_up) if row is not None]
    falls = [[*steps(row, terms), Step("", float(row["worth"]), 0.0, float(row["worth"]))] for row in rows]
    ends = [0.0, *(end for fall in falls for step in fall for end in (step.begin, step.end))]
    room = 0.3 * ((max(ends) - min(ends)) or 1.0)  # for the numbers beside the bars
    low, high = min(ends) - room, max(ends) + room
    names = [*(term_name(name, say) for name in terms), say("why.waterfall.worth")]
    sides = [_side(place, len(rows)) for place in range(len(rows))]
    titles = [say(f"why.waterfall.{kind}") for kind in ("pick", "runner_up")]
    return {
        "textStyle": {"fontFamily": "inherit"},
        "title": [_title(text, side) for text, side in zip(titles, sides, strict=False)],
        "grid": [{"left": left, "right": right, "top": HEAD, "bottom": AXIS} for left, right in sides],
        "xAxis": [_scale(place, low, high) for place in range(len(rows))],
        "yAxis": [_terms(place, names) for place in range(len(rows))],
        "series": [one for place, fall in enumerate(falls) for one in _bars(place, fall)],
    }


def _side(place: int, count: int) -> tuple[int | str, int | str]:
    """Left and right edge of a grid; names stand at the left of the first."""
    if count == 1:
        return NAMES, 16
    return (NAMES, "36%") if place == 0 else ("67%", 16)


def _title(text: str, side: tuple[int | str, int | str]) -> dict:
    return {"text": text, "left": side[0], "top": 6, "padding": 0, "textStyle": {"fontSize": 12, "color": INK}}


def waterfall_note(read: Decision, theme: Theme) -> str:
    """What the two sides are, and what they show."""
    say = theme.say
    sides = [f"{capital(say(f'why.waterfall.{kind}'))}: {candidate_phrase(row, theme)}."
             for kind, row in (("pick", read.picked), ("runner_up", read.runner_up)) if row is not None]  # fmt: skip
    return " ".join([*sides, sentence(read, terms_shown(read), theme), capital(say("why.waterfall.unit"))])


def _scale(place: int, low: float, high: float) -> dict:
    return {"type": "value", "gridIndex": place, "min": round(low, 4), "max": round(high, 4), "splitNumber": 3,
            "axisLabel": {"color": MUTED, "fontSize": 10, "showMinLabel": False, "showMaxLabel": False},
            "splitLine": {"lineStyle": {"color": RULE}}}  # fmt: skip


def _terms(place: int, names: Sequence[str]) -> dict:
    return {"type": "category", "gridIndex": place, "data": list(names), "inverse": True, "axisTick": {"show": False},
            "axisLine": {"onZero": True, "lineStyle": {"color": INK}}, "position": "left",
            "axisLabel": {"show": place == 0, "color": INK, "width": NAMES - 20, "overflow": "truncate",
                          "margin": 8}}  # fmt: skip


def _bars(place: int, fall: Sequence[Step]) -> list[dict]:
    """What a bar stands on, and its parts above and below zero, stacked apart by their sign."""
    base, above, below = [], [], []
    for step in fall:
        low, high = sorted((step.begin, step.end))
        base.append(low if low > 0 else high if high < 0 else 0.0)
        right = step.value >= 0 if low < 0 < high else high > 0  # where the number stands
        colour = TERM_COLOURS.get(step.term, OTHER_TERM) if step.term else INK
        text = MISSING if math.isnan(step.value) else payoff(step.value)
        above.append(_part(max(high, 0) - max(low, 0), colour, text if right else "", "right"))
        below.append(_part(min(low, 0) - min(high, 0), colour, "" if right else text, "left"))
    shared = {"type": "bar", "stack": f"fall {place}", "xAxisIndex": place, "yAxisIndex": place, "barWidth": 13,
              "silent": True}  # fmt: skip
    ground = {**shared, "data": base, "itemStyle": {"color": "transparent"}}
    return [ground, {**shared, "data": above}, {**shared, "data": below}]


def _part(value: float, colour: str, text: str, side: str) -> dict:
    label = {"show": bool(text), "formatter": text, "position": side, "color": INK, "fontSize": 11}
    return {"value": value, "itemStyle": {"color": colour}, "label": label}
