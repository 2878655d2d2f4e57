"""Small multiples as ECharts options: one measure over time, a line a run or a variant, with a band where there is one.

Pure functions of tables; showing them is left to the tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from viz.measures import measure
from viz.theme import GHOST, INK, MUTED, RULE
from viz.words import in_unit

SHADES = ("#24507A", "#A4452C", "#3F7F4A", "#7A4A8C", "#8A6D1D", "#2E8C8C", "#B0487E", "#4A4F55")
"""Dark enough for text on white, and no partner's; dashes tell lines apart where colours do not."""
DASHES = ("solid", [7, 3], [2, 2], [8, 3, 2, 3])
SHOWN = ("coercibility", "expected_coercion_loss", "tail_loss", "hedging_premium", "real_income",
         "effective_partners_loss_weighted")  # fmt: skip
HEIGHT = 170
FEW = 10
"""Runs of which it makes no sense to leave the outer tenth out."""


@dataclass(frozen=True)
class Course:
    """One line of every chart: its name, colour and dash; a ghost is grey."""

    key: str
    name: str
    place: int
    ghost: bool = False

    @property
    def colour(self) -> str:
        """Colour of the line."""
        return GHOST if self.ghost else SHADES[self.place % len(SHADES)]

    @property
    def dash(self) -> str | list[int]:
        """Kind of the line."""
        return [4, 3] if self.ghost else DASHES[self.place % len(DASHES)]


def course_chart(code: str, table: pd.DataFrame, courses: Sequence[Course], quarters: Sequence[str]) -> dict:
    """ECharts option of one measure.

    table : key, quarter, mean, and low and high of a band where there is one, in the measure's own unit"""
    series: list[dict] = []
    for course in courses:
        rows = table[table["key"] == course.key].set_index("quarter")
        if {"low", "high"} <= set(table.columns) and len(rows):
            series += _band(code, course, rows, quarters)
        series.append(_line(code, course, rows["mean"], quarters))
    unit = "" if measure(code).style == "count" else " %"
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 10, "right": 22, "top": 10, "bottom": 2, "containLabel": True},
        "xAxis": {"type": "category", "data": list(quarters), "boundaryGap": False, "axisTick": {"show": False},
                  "axisLine": {"lineStyle": {"color": RULE}, "onZero": False},
                  "axisLabel": {"color": MUTED, "fontSize": 11, "interval": 7, "hideOverlap": True}},
        "yAxis": {"type": "value", "scale": True, "splitNumber": 3,
                  "axisLabel": {"color": MUTED, "fontSize": 11, "formatter": "{value}" + unit},
                  "splitLine": {"lineStyle": {"color": "#E6EAEE"}}},
        "tooltip": {"trigger": "axis", "confine": True, "textStyle": {"color": INK, "fontSize": 12}},
        "series": series,
    }  # fmt: skip


def figure_of(code: str, table: pd.DataFrame, courses: Sequence[Course], quarters: Sequence[str], text: str) -> dict:
    """What `viz.chart.chart` takes to show one measure; a saved picture has a legend, the page one for all charts.

    text : what the chart shows, in a sentence"""
    return {
        "option": course_chart(code, table, courses, quarters), "title": text, "height": HEIGHT, "kind": "course",
        "part": code,
        "legend": [{"text": one.name, "colour": one.colour, "dash": one.dash} for one in courses],
    }  # fmt: skip


def _line(code: str, course: Course, values: pd.Series, quarters: Sequence[str]) -> dict:
    data = [round(in_unit(float(values[q]), code), 4) if q in values.index else None for q in quarters]
    return {"name": course.name, "type": "line", "data": data, "symbol": "circle" if len(values) < 2 else "none",
            "symbolSize": 6, "itemStyle": {"color": course.colour}, "z": 2 if course.ghost else 4,
            "lineStyle": {"width": 2, "color": course.colour, "type": course.dash}}  # fmt: skip


def _band(code: str, course: Course, rows: pd.DataFrame, quarters: Sequence[str]) -> list[dict]:
    """Two stacked lines that are not drawn, the room between them filled."""

    def edge(values: pd.Series) -> list:
        return [round(in_unit(float(values[q]), code), 4) if q in values.index else None for q in quarters]

    shared = {"type": "line", "stack": f"band {course.key}", "stackStrategy": "all", "symbol": "none", "silent": True,
              "lineStyle": {"width": 0}, "tooltip": {"show": False}, "z": 1}  # fmt: skip
    fill = {"color": course.colour, "opacity": 0.13}
    low = {**shared, "name": f"{course.key} low", "data": edge(rows["low"])}
    return [low, {**shared, "name": f"{course.key} high", "data": edge(rows["high"] - rows["low"]), "areaStyle": fill}]


def edges(runs: int) -> tuple[float, float]:
    """Quantiles between which a band lies: 5 to 95 % of the runs, of a few runs all of them."""
    return (0.05, 0.95) if runs >= FEW else (0.0, 1.0)


def bands(outcomes: pd.DataFrame, code: str) -> pd.DataFrame:
    """Mean and band over runs of one measure: key, quarter, mean, low, high; see `edges`.

    outcomes : as `sim.record.compare.outcome_rows` gives it; where partners have a row each the largest counts"""
    rows, (low, high) = outcomes[outcomes["measure"] == code], edges(outcomes["run"].nunique())
    single = rows.groupby(["policy", "run", "quarter"], sort=False)["value"].max().groupby(["policy", "quarter"])
    table = pd.DataFrame({"mean": single.mean(), "low": single.quantile(low), "high": single.quantile(high)})
    return table.reset_index().rename(columns={"policy": "key"})
