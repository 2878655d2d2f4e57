"""The network of a quarter: trade, tariffs above the base year, controls in force and threats between regions.

Pure functions of the run's relations; one region is drawn at one place, whatever the quarter."""

import math
from collections.abc import Iterable
from html import escape

import pandas as pd

from sim.record.relations import CONTROL, FLOW, TARIFF, THREAT
from viz.language import ENGLISH, Texts
from viz.theme import INK, Theme
from viz.words import number

HEIGHT = 400
LEAST_POINTS = 0.5
"""Points of a mean tariff below which an edge is left out of the picture, not of the table."""
BOXES = {0: (90, 105), 560: (140, 92), 860: (200, 92)}
"""Width and height of the box that the regions lie in, by the least width of the chart in pixels."""
WIDEST, THINNEST = 11.0, 0.8
TRADE = "#C5CCD3"
BENDS = {TARIFF: 0.16, CONTROL: 0.28, THREAT: 0.4}
SHAPES = {TARIFF: "arrow", CONTROL: "diamond", THREAT: "triangle"}


def in_quarter(relations: pd.DataFrame, quarter: str | None) -> pd.DataFrame:
    """The relations of one quarter."""
    return relations[relations["quarter"] == quarter] if quarter else relations.iloc[0:0]


def places(theme: Theme, width: float, height: float) -> dict[str, tuple[float, float]]:
    """Region -> place in a box: the focus in the middle, the others on an oval, the actors spread among them."""
    found, count = {theme.focus: (width / 2, height / 2)}, len(theme.partners)
    for k, code in enumerate(_around(theme)):
        turn = 2 * math.pi * k / count - math.pi / 2
        found[code] = (width / 2 * (1 + math.cos(turn)), height / 2 * (1 + math.sin(turn)))
    return found


def _around(theme: Theme) -> list[str]:
    """Partners in the order of the oval: actors evenly apart, the others between them in the order of the config."""
    actors = [code for code in theme.partners if code in theme.actors]
    others = [code for code in theme.partners if code not in theme.actors]
    if not actors:
        return others
    at = [round(k * len(others) / len(actors)) for k in range(len(actors) + 1)]
    return [code for k, actor in enumerate(actors) for code in (actor, *others[at[k] : at[k + 1]])]


def option(now: pd.DataFrame, theme: Theme, say: Texts = ENGLISH) -> dict:
    """ECharts options of one quarter's relations."""
    trade = _trade(now, theme)
    edges = [_flow_edge(pair, value, max(trade.values()), theme, say) for pair, value in trade.items()]
    edges += [_edge(row, theme, say) for row in drawn(now).to_dict("records")]
    graph = {"type": "graph", "layout": "none", "left": "center", "top": 22, "height": HEIGHT - 60, "roam": False}
    base = {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "aria": {"enabled": True, "label": {"description": told(now, theme, say)}},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{b}"},
        "series": [{**graph, "data": _nodes(theme, *BOXES[0]), "links": edges}],
    }
    media = [
        {"query": {"minWidth": least}, "option": {"series": [{"data": _nodes(theme, *box)}]}}
        for least, box in BOXES.items()
    ]  # of several that fit the last one holds
    return {"baseOption": base, "media": media}


def _nodes(theme: Theme, width: float, height: float) -> list[dict]:
    spots = places(theme, width, height)
    return [_node(code, spots[code], theme) for code in theme.regions if code in spots]


def drawn(now: pd.DataFrame) -> pd.DataFrame:
    """Rows that become an edge of their own: tariffs worth an edge, the strongest control of a pair, every threat.

    A pair has one edge a kind, the largest; the table has all."""
    rows = now[now["kind"].isin((TARIFF, CONTROL, THREAT))]
    rows = rows[(rows["kind"] != TARIFF) | (rows["value"] >= LEAST_POINTS)]
    return rows.sort_values("value", ascending=False).drop_duplicates(["actor", "target", "kind"])


def _trade(now: pd.DataFrame, theme: Theme) -> dict[tuple[str, str], float]:
    """Trade of a pair in both directions, million USD a year: of the focus with all, and among the actors."""
    rows, found = now[now["kind"] == FLOW], {}
    for actor, target, value in zip(*(rows[name].tolist() for name in ("actor", "target", "value")), strict=True):
        pair = tuple(sorted((actor, target), key=theme.regions.index))
        if theme.focus in pair or set(pair) <= set(theme.actors):
            found[pair] = found.get(pair, 0.0) + value
    return found


def _node(code: str, spot: tuple[float, float], theme: Theme) -> dict:
    large = code == theme.focus or code in theme.actors
    return {
        "name": theme.name(code),
        "id": code,
        "x": spot[0],
        "y": spot[1],
        "symbolSize": 26 if code == theme.focus else 22 if large else 15,
        "itemStyle": {"color": theme.colour(code), "borderColor": INK if large else "#ffffff", "borderWidth": 1.2},
        "label": {"show": True, "position": "bottom", "color": INK, "fontSize": 11,
                  "fontWeight": "bold" if large else "normal", "formatter": theme.brief(code)},
    }  # fmt: skip


def _flow_edge(pair: tuple[str, str], value: float, largest: float, theme: Theme, say: Texts) -> dict:
    width = max(THINNEST, WIDEST * math.sqrt(value / largest)) if largest > 0 else THINNEST
    return {
        "source": pair[0],
        "target": pair[1],
        "name": say("play.edge_flow", one=theme.name(pair[0]), other=theme.name(pair[1]), value=billions(value)),
        "lineStyle": {"width": round(width, 2), "color": TRADE, "opacity": 0.7, "curveness": 0},
        "tooltip": {"formatter": "{b}"},
        "symbol": ["none", "none"],
    }


def _edge(row: dict, theme: Theme, say: Texts) -> dict:
    """One measure as an edge: strong and with its size among the focus and the actors, faint and thin elsewhere."""
    kind, threat = row["kind"], row["kind"] == THREAT
    strong = {row["actor"], row["target"]} <= {theme.focus, *theme.actors}
    points = row["value"] if row["unit"] == "points" else 20 * row["value"]
    return {
        "source": row["actor"],
        "target": row["target"],
        "name": sentence(row, theme, say),
        "symbol": ["none", SHAPES[kind]],
        "symbolSize": 11 if strong else 6,
        "lineStyle": {
            "width": round(min(1.4 + points / 10, 5), 2) if strong else 0.9,
            "color": theme.colour(row["actor"]),
            "type": "dashed" if threat else "solid",
            "opacity": 0.95 if strong else 0.45,
            "curveness": BENDS[kind],
        },
        "label": {"show": strong, "formatter": size(row, say), "fontSize": 10.5, "color": INK,
                  "backgroundColor": "rgba(255,255,255,0.85)", "padding": [1, 2]},
    }  # fmt: skip


def billions(musd: float) -> str:
    """Million USD as billions: `214`."""
    return number(musd / 1000, 0 if musd >= 10_000 else 1)


def size(row: dict, say: Texts) -> str:
    """How large a relation is, with its unit."""
    if row["kind"] == FLOW:
        return say("play.usd_billions", value=billions(row["value"]))
    if row["unit"] == "points":
        return say("play.points", value=number(row["value"], 1, signed=True))
    return f"{number(100 * row['value'], 0)} %"


def sentence(row: dict, theme: Theme, say: Texts) -> str:
    """One relation in a sentence, as the hover box and the table say it."""
    what = theme.domain(row["domain"]) if row["domain"] != "goods" else say("play.goods")
    kind = "cut" if row["kind"] == TARIFF and row["value"] < 0 else row["kind"]
    return say(f"play.edge_{kind}_said", actor=theme.name(row["actor"]), target=theme.name(row["target"]),
               size=size(row, say), what=what)  # fmt: skip


def told(now: pd.DataFrame, theme: Theme, say: Texts = ENGLISH) -> str:
    """The network in a sentence: the largest tariff, and how many controls and threats there are."""
    if now.empty:
        return say("play.net_empty")
    tariffs = now[(now["kind"] == TARIFF) & (now["value"] >= LEAST_POINTS)]
    counts = dict(tariffs=len(tariffs), controls=_pairs(now, CONTROL), threats=_pairs(now, THREAT))
    if tariffs.empty:
        return say("play.net_calm", **counts)
    row = tariffs.loc[tariffs["value"].idxmax()].to_dict()
    return say("play.net_told", actor=theme.name(row["actor"]), target=theme.name(row["target"]), size=size(row, say),
               **counts)  # fmt: skip


def _pairs(now: pd.DataFrame, kind: str) -> int:
    return len(now[now["kind"] == kind].drop_duplicates(["actor", "target"]))


def table(now: pd.DataFrame, theme: Theme, say: Texts = ENGLISH) -> str:
    """The same as a table: the focus's trade and everything in force, the largest first of each kind."""
    rows = now[(now["kind"] != FLOW) | (now["actor"] == theme.focus) | (now["target"] == theme.focus)]
    order = {THREAT: 0, CONTROL: 1, TARIFF: 2, FLOW: 3}
    rows = rows.assign(place=rows["kind"].map(order)).sort_values(["place", "value"], ascending=[True, False])
    head = _row((say(f"play.net_columns.{name}") for name in ("who", "whom", "what", "size")), "th")
    body = "".join(_row(_cells(row, theme, say)) for row in rows.to_dict("records"))
    caption = f"<caption>{escape(say('play.net_caption'))}</caption>"
    return (
        f'<div class="wide" tabindex="0"><table class="relations">{caption}'
        f"<thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: dict, theme: Theme, say: Texts) -> tuple[str, ...]:
    what = "" if row["kind"] == FLOW else say("play.goods") if row["domain"] == "goods" else theme.domain(row["domain"])
    kind = say(f"play.net_kinds.{row['kind']}")
    return theme.name(row["actor"]), theme.name(row["target"]), f"{kind}: {what}" if what else kind, size(row, say)


def _row(cells: Iterable[str], tag: str = "td") -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return f"<tr>{''.join(f'<{tag}{scope}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
