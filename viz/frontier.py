"""The page's panel of the efficient hedging frontier: found when asked for, with the run's path beside it."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.run import Run
from sim.studies.frontier import Loss, frontier_table, yardstick
from sim.studies.standing import Standing, least_premium, points_of, standing
from viz.chart import chart
from viz.inputs import Press
from viz.lab import Lab
from viz.language import ENGLISH, Texts
from viz.shown import Shown
from viz.state import Choice
from viz.theme import ACCENT, GHOST, INK, MUTED
from viz.trouble import sentence
from viz.words import number
from viz.worlds import theme_named, values_of

THIS, BEFORE = "this", "before"
TILE = "run_hedging_premium"  # in the run's own equilibrium, as the tile has it
POINTS = 10  # of the frontier: a curve through them is near enough for a screen


@solara.component
def Frontier(lab: Lab):
    """A button, and once it is pressed the frontier with the path of the run."""
    shown, say = lab.shown.value, lab.say
    key, theme = world_of(shown.choice, shown.quarter), theme_named(shown.choice.scenario, lab.language.value)

    def search() -> None:
        design = shown.run.played.designs[shown.quarter]
        of = yardstick(design)
        lab.frontiers[key] = design, of, frontier_table(of, (Loss.expected, Loss.tail), POINTS)

    task = solara.lab.use_task(search, dependencies=None, raise_error=False)
    attributes = {"aria-labelledby": "efficient", "aria-live": "polite"}
    with rv.Html(tag="section", class_="panel below", attributes=attributes):
        rv.Html(tag="p", class_="kicker", children=[say("results.well_spent", name=theme.name(theme.focus))])
        if key in lab.frontiers and shown.quarter:
            found = stand(lab, shown)
            text = told(found, shown.quarter, say)
            rv.Html(tag="h2", attributes={"id": "efficient"}, children=[text])
            grey = say("results.frontier_grey") if BEFORE in courses(found) else ""
            key_text = f"{say('results.frontier_key')} {grey}".strip()
            chart(option=options(found, shown.quarter, say), title=text, height=300, kind="frontier", note=key_text,
                  legend=legend(found, say))  # fmt: skip
            rv.Html(tag="p", class_="key", children=[key_text])
            return
        rv.Html(tag="h2", attributes={"id": "efficient"}, children=[say("results.frontier_title")])
        if task.pending:
            rv.Html(tag="p", attributes={"role": "status"}, children=[say("results.searching")])
        elif shown.quarter:
            if task.error:
                said = say("results.search_stopped", error=sentence(task.exception, say))
                rv.Html(tag="p", attributes={"role": "alert"}, children=[said])
            Press(say("results.search"), task, kind="ask")
        else:
            rv.Html(tag="p", class_="key", children=[say("results.play_first")])


def world_of(choice: Choice, quarter: str | None) -> tuple:
    """What a frontier follows from: the scenario with the numbers in force in a quarter; no policy enters it."""
    turned = tuple(turn for turn in choice.turns if turn.type == "values" and turn.quarter <= (quarter or ""))
    return choice.scenario, tuple(sorted(values_of(choice, policy=False).items())), turned


def stand(lab: Lab, shown: Shown) -> Standing:
    """The run, and the run before where it is of the same world, beside the frontier."""
    key = world_of(shown.choice, shown.quarter)
    design, of, table = lab.frontiers[key]
    runs: dict[str, Run] = {THIS: shown.run}
    if shown.ghost and world_of(shown.ghost_choice, shown.quarter) == key:
        runs[BEFORE] = shown.ghost
    rows = pd.concat([run.portfolio.assign(policy=name, run=0) for name, run in runs.items()])
    return standing(design, rows, of, table)


def courses(found: Standing) -> Mapping[str, pd.DataFrame]:
    """Paths by name."""
    return {str(name): rows.sort_values("quarter") for name, rows in found.path.groupby("policy", sort=False)}


def told(found: Standing, quarter: str, say: Texts = ENGLISH) -> str:
    """Where the run stands in a quarter, in a sentence, beside what the tile of the same name says."""
    rows = courses(found)[THIS].set_index("quarter")
    now = rows.loc[quarter]
    text = say("results.cost", quarter=quarter, premium=number(now["premium"], 3))
    tile = now.get(TILE, math.nan)
    text = text if np.isnan(tile) else say("results.cost_tile", cost=text, tile=number(tile, 3))
    over = now["premium_over_expected"]
    return text if np.isnan(over) else say("results.cost_over", cost=text, over=number(over, 3))


def options(found: Standing, quarter: str, say: Texts = ENGLISH) -> dict:
    """ECharts options: the curve, the path up to the quarter, the path of the run before."""
    curve = points_of(found.frontier, Loss.expected)
    path = found.path
    wide = curve["level"].max() - path["expected_loss"].min()
    low, tall = curve["level"].max() - 1.5 * wide, 1.3 * path["premium"].max()
    levels = np.linspace(max(low, curve["level"].min()), curve["level"].max(), 120)
    least = least_premium(found.frontier, Loss.expected, levels)
    inside = least <= tall
    series = [_line(say("results.frontier"), levels[inside], least[inside], INK, 2.4, area=True)]
    for name, rows in courses(found).items():
        rows = rows[rows["quarter"] <= quarter]
        named = say(f"results.paths.{name}")
        series.append(_line(named, rows["expected_loss"], rows["premium"], _drawn(name)[0], 1.8, end=True))
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 62, "right": 24, "top": 14, "bottom": 44},
        "xAxis": _axis(say("results.axis_loss"), round(low, 3), round(curve["level"].max(), 3), 28),
        "yAxis": _axis(say("results.axis_premium"), 0, round(tall, 3), 46),
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{a}: {c}"},
        "series": series,
    }


def legend(found: Standing, say: Texts = ENGLISH) -> list[dict]:
    """The lines by their names, for a saved picture."""
    paths = [(say(f"results.paths.{name}"), *_drawn(name)) for name in courses(found)]
    rows = [(say("results.frontier"), INK, "solid"), *paths]
    return [{"text": text, "colour": colour, "dash": dash} for text, colour, dash in rows]


def _drawn(name: str) -> tuple[str, str | list[int]]:
    """Colour and dash of a path."""
    return (ACCENT, "solid") if name == THIS else (GHOST, [4, 3])


def _line(name: str, x, y, colour: str, width: float, area: bool = False, end: bool = False) -> dict:
    data: list = [[round(float(a), 5), round(float(b), 5)] for a, b in zip(x, y, strict=True)]
    if end and data:
        label = {"show": True, "formatter": name, "position": "right", "color": colour, "fontWeight": "bold"}
        data[-1] = {"value": data[-1], "symbol": "circle", "symbolSize": 9, "label": label}
    return {
        "name": name,
        "type": "line",
        "data": data,
        "symbol": "none" if area else "circle",
        "symbolSize": 4,
        "lineStyle": {"width": width, "color": colour, "type": [4, 3] if colour == GHOST else "solid"},
        "itemStyle": {"color": colour},
        **({"areaStyle": {"color": INK, "opacity": 0.07}} if area else {}),
    }


def _axis(name: str, low: float, high: float, gap: int) -> dict:
    return {
        "type": "value",
        "name": name,
        "nameLocation": "middle",
        "nameGap": gap,
        "min": low,
        "max": high,
        "axisLabel": {"color": MUTED},
        "nameTextStyle": {"color": MUTED},
        "splitLine": {"lineStyle": {"color": "#E6EAEE"}},
    }
