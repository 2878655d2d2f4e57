"""The finished comparison of the opening screen: read from a file that a saved comparison makes anew.

    hedgelab demo --out runs/opening && python -m viz.opening runs/opening

The file holds the paired differences at the last quarter, and the first run of every policy, so that a test can
play one again and see whether the file still is what the model says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from viz.theme import ACCENT, FOCUS_COLOUR, INK, MUTED, RULE
from viz.words import number

FILE = Path(__file__).parent / "opening.json"
MEASURES = ("real_income", "expected_coercion_loss", "tail_loss", "coercibility", "hedging_premium",
            "effective_partners")  # fmt: skip
COST, BOUGHT = "real_income", "expected_coercion_loss"
DIGITS = 9


@dataclass(frozen=True)
class Opening:
    """A comparison of policies at its last quarter.

    differences : policy, measure, mean, error, low, high, against the reference on the same luck
    first : policy, measure, value in the first run"""

    scenario: str
    reference: str
    seed: int
    runs: int
    quarter: str
    differences: pd.DataFrame
    first: pd.DataFrame

    @property
    def policies(self) -> list[str]:
        """Those compared with the reference, the cheapest first."""
        costs = self.differences[self.differences.measure == COST].set_index("policy")["mean"]
        return list(costs.sort_values(ascending=False).index)

    def of(self, policy: str, measure: str) -> pd.Series:
        """Mean, error, low and high of one difference. Raises KeyError when there is none."""
        return self.differences.set_index(["policy", "measure"]).loc[(policy, measure)]


@cache
def opening() -> Opening:
    """The shipped comparison."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    frames = {name: pd.DataFrame(data.pop(name)) for name in ("differences", "first")}
    return Opening(**data, **frames)


def made_of(folder: Path) -> dict:
    """What the file holds, from the folder of a saved comparison."""
    facts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    gaps = pd.read_parquet(folder / "differences.parquet")
    gaps = gaps[(gaps.partner == "all") & gaps.measure.isin(MEASURES)]
    gaps = gaps[["policy", "measure", "mean", "standard_error", "low", "high"]]
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    last = outcomes.quarter.max()
    first = outcomes[(outcomes.quarter == last) & (outcomes.partner == "all") & (outcomes.run == outcomes.run.min())]
    first = first[first.measure.isin(MEASURES)][["policy", "measure", "value"]]
    return {
        "scenario": facts["scenario"], "reference": facts["reference"], "seed": facts["seed"], "runs": facts["runs"],
        "quarter": last,
        "differences": gaps.rename(columns={"standard_error": "error"}).round(DIGITS).to_dict("records"),
        "first": first.round(DIGITS).to_dict("records"),
    }  # fmt: skip


def cost_and_worth(of: Opening, titles: dict[str, str], say: Callable[..., str]) -> dict:
    """ECharts options: what each policy costs to the right, what it saves upward, and the line where the two are equal.

    titles : of the policies, in the page's language"""
    points = {name: (-of.of(name, COST)["mean"], -of.of(name, BOUGHT)["mean"]) for name in of.policies}
    reach = max(0.05, *(abs(x) for x, _ in points.values())) * 1.25
    top = max(0.02, *(y for _, y in points.values())) * 1.35
    series = [_even(top, say("start.even"))]
    for name, (x, y) in points.items():
        series += [_bar(x, y, of.of(name, COST)["error"], 0), _bar(x, y, of.of(name, BOUGHT)["error"], 1)]
    series.append(_dots(points, titles, reach))
    origin = {"name": titles[of.reference], "value": [0, 0], "itemStyle": {"color": FOCUS_COLOUR},
              "label": _label(titles[of.reference], False, -12)}  # fmt: skip
    series.append({"type": "scatter", "symbolSize": 11, "data": [origin], "silent": True})
    grey = {"color": MUTED}
    axis = {"type": "value", "axisLabel": grey, "splitLine": {"lineStyle": {"color": "#E6EAEE"}},
            "nameLocation": "middle", "nameTextStyle": grey, "axisLine": {"lineStyle": {"color": RULE}}}  # fmt: skip
    low = min(0.0, *(y for _, y in points.values())) - 0.15 * top
    return {
        "animation": False, "textStyle": {"fontFamily": "system-ui, DejaVu Sans, sans-serif"},
        "grid": {"left": 62, "right": 24, "top": 14, "bottom": 44},
        "xAxis": axis | {"name": say("start.cost_axis"), "nameGap": 26, "min": round(-0.1 * reach, 2),
                         "max": round(reach, 2)},
        "yAxis": axis | {"name": say("start.worth_axis"), "nameGap": 44, "min": round(low, 2),
                         "max": round(1.08 * top, 2)},
        "tooltip": {"trigger": "item", "formatter": "{b}", "confine": True},
        "series": series,
    }  # fmt: skip


def _dots(points: dict[str, tuple[float, float]], titles: dict[str, str], reach: float) -> dict:
    data = [
        {"name": f"{titles[name]}: {number(x)} / {number(y, 3)}", "value": [round(x, 4), round(y, 4)],
         "label": _label(titles[name], x > 0.55 * reach or x < 0)}
        for name, (x, y) in points.items()
    ]  # fmt: skip
    return {"type": "scatter", "symbolSize": 12, "data": data, "itemStyle": {"color": ACCENT}}


def _label(text: str, to_the_left: bool, lower: int = 10) -> dict:
    """A name beside its dot, off the error bars."""
    return {"show": True, "position": "left" if to_the_left else "right", "distance": 6, "offset": [0, -lower],
            "formatter": text, "fontSize": 13, "color": INK}  # fmt: skip


def _bar(x: float, y: float, error: float, along: int) -> dict:
    """One standard error to either side, along x (0) or y (1)."""
    ends = [[x - error, y], [x + error, y]] if along == 0 else [[x, y - error], [x, y + error]]
    return {"type": "line", "data": ends, "symbol": "none", "silent": True, "tooltip": {"show": False},
            "lineStyle": {"color": ACCENT, "width": 1.2}}  # fmt: skip


def _even(top: float, text: str) -> dict:
    """Where a policy saves as much as it costs."""
    end = {"value": [top, top], "label": {"show": True, "position": "right", "formatter": text, "color": MUTED}}
    return {"type": "line", "data": [[0, 0], end], "symbolSize": 1, "silent": True, "tooltip": {"show": False},
            "lineStyle": {"color": MUTED, "width": 1.2, "type": [5, 4]}}  # fmt: skip


if __name__ == "__main__":
    FILE.write_text(json.dumps(made_of(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
    print(FILE)
