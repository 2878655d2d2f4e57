"""The page's chart as ECharts options: whom the region depends on, with the moves on a time line below.

Pure functions of tables; showing them is left to `portfolio.py`."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from viz.figures.base import spread
from viz.lanes import STRIP, lane_axis, lanes, marks, quarter_axis
from viz.language import ENGLISH, Texts
from viz.theme import GHOST, MUTED, Theme
from viz.words import number, value_text

CHART_HEIGHT, AXIS = 262, 22
"""Heights in pixels: the area chart with its axis, the quarter labels."""
TOP, LEFT, RIGHT = 8, 46, 120
AREA = CHART_HEIGHT - TOP - 8


def height(theme: Theme) -> int:
    """Height of the whole chart in pixels."""
    return CHART_HEIGHT + STRIP * lanes(theme) + AXIS


def dependence(
    exposure: pd.DataFrame,
    ghost: pd.DataFrame | None,
    moves: pd.DataFrame,
    quarters: Sequence[str],
    cursor: int,
    theme: Theme,
    say: Texts = ENGLISH,
    domain: str = "all",
) -> dict:
    """Stacked area of partner shares up to the cursor, the ghost's boundaries in grey, moves below.

    Parameters
    ----------
    exposure, ghost : quarter x partner, shares of 1; the ghost may be None
    moves : the run's moves
    quarters : every quarter of the scenario, played or not
    cursor : how many quarters are shown
    domain : of which the shares are; `all`: of all, loss-weighted"""
    shown = exposure.iloc[:cursor]
    order = stacking(exposure, theme)
    series = [_area(shown[code], code, quarters, theme) for code in order]
    series += _ghost_lines(ghost, order, quarters)
    series += marks(moves, quarters, cursor, theme, say)
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "aria": {"enabled": True, "label": {"description": described(shown, theme, say, domain)}},
        "grid": [
            {"left": LEFT, "right": RIGHT, "top": TOP, "height": AREA},
            {"left": LEFT, "right": RIGHT, "top": CHART_HEIGHT, "height": STRIP * lanes(theme)},
        ],
        "xAxis": [quarter_axis(quarters, 0, False), quarter_axis(quarters, 1, True)],
        "yAxis": [_percent_axis(), lane_axis(theme, say)],
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "formatter": _tip(order, theme, say, domain),
            "order": "seriesDesc",
        },
        "series": series,
    }


def stacking(exposure: pd.DataFrame, theme: Theme) -> list[str]:
    """Order of the areas from the bottom: the actors first, then the others, each by size at the start."""
    if exposure.empty:
        return []
    size = exposure.iloc[0]
    known = [code for code in theme.partners if code in size.index]
    return sorted(known, key=lambda code: (code not in theme.actors, -size[code]))


def described(shown: pd.DataFrame, theme: Theme, say: Texts = ENGLISH, domain: str = "all") -> str:
    """What the chart shows, for those who hear it."""
    if shown.empty:
        return say("play.none_played")
    last = shown.iloc[-1].sort_values(ascending=False)
    parts = [
        say("play.heard_share", name=theme.name(code), share=number(100 * share, 1)) for code, share in last.items()
    ]
    return say("play.heard", quarter=shown.index[-1], what=_what(theme, say, domain), shares=", ".join(parts))


def _what(theme: Theme, say: Texts, domain: str) -> str:
    return say("play.weighted") if domain == "all" else theme.domain_in_text(domain)


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


def _tip(order: Sequence[str], theme: Theme, say: Texts, domain: str) -> str:
    """Text of the hover box: the quarter, then every partner from the top of the stack down."""
    lines = [
        f'<span style="color:{theme.colour(code)}">■</span> {escape(theme.name(code))}: <b>{{c{place}}} %</b>'
        for place, code in reversed(list(enumerate(order)))
    ]
    return "<br>".join([f"<b>{{b0}}</b>, {escape(say('play.tip', what=_what(theme, say, domain)))}", *lines])


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
