"""The middle of the page: whom the region depends on, the headline numbers, and the heat map."""

from html import escape

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from viz import charts
from viz.lab import Lab, Shown
from viz.markup import definition, heat_table, tile
from viz.measures import BESIDE, TILES, measure
from viz.read import exposure, headline, heat
from viz.state import Choice
from viz.theme import Theme
from viz.words import difference_text, value_text
from viz.worlds import scenario_of, theme_named, titles

HEAT_KEY = (
    "Each row adds up to 100. Darker: a larger share. Dot: under half a per cent. Hatched: no data. "
    "Below the line: what passes no customs house; only projects move it."
)
NO_MOVES = pd.DataFrame(columns=["quarter", "actor", "target", "instrument", "operation", "origin"])


@solara.component_vue("chart.vue")
def Chart(
    option: dict, label: str = "", height: int = 300, names: list = (), kind: str = "dependence", event_clicked=None
):
    """An ECharts figure from the server's own assets; `clicked` gets the kind of series and the value."""


@solara.component
def Portfolio(lab: Lab):
    """Chart and tiles of the quarter shown."""
    shown = lab.shown.value
    theme = theme_named(shown.choice.scenario)
    with rv.Html(tag="div", class_="top"):
        Dependence(lab, shown, theme)
        Tiles(shown, theme)


@solara.component
def Dependence(lab: Lab, shown: Shown, theme: Theme):
    """Stacked area by partner with the ghost of the run before, and the moves below."""
    quarters = solara.use_memo(lambda: all_quarters(shown), [shown.choice.scenario])
    shares = exposure(shown.run.portfolio, theme.focus) if shown.run else pd.DataFrame()
    ghost = exposure(shown.ghost.portfolio, theme.focus) if shown.ghost else None
    moves = shown.run.moves if shown.run else NO_MOVES

    def clicked(event):
        if event.get("kind") == "scatter":
            lab.show_quarter(quarters[event["value"][0]])

    with rv.Html(tag="section", class_="panel", attributes={"aria-labelledby": "depends"}):
        rv.Html(tag="p", class_="kicker", children=[f"Whom {theme.name(theme.focus)} depends on"])
        rv.Html(tag="h2", attributes={"id": "depends"}, children=[depends_text(shares, shown, theme)])
        Chart(
            option=charts.dependence(shares, ghost, moves, quarters, shown.cursor, theme),
            label=charts.described(shares.iloc[: shown.cursor], theme),
            height=charts.height(theme),
            names=charts.area_names(shares, shown.cursor, theme),
            event_clicked=clicked,
        )
        rv.Html(tag="p", class_="key", children=[key_text(shown)])


def all_quarters(shown: Shown) -> list[str]:
    """Labels of every quarter of the scenario, played or not."""
    file = scenario_of(shown.choice).file
    year, quarter = (int(part) for part in file.start.split("Q"))
    counts = range(4 * year + quarter - 1, 4 * year + quarter - 1 + file.quarters)
    return [f"{count // 4}Q{count % 4 + 1}" for count in counts]


def depends_text(shares: pd.DataFrame, shown: Shown, theme: Theme) -> str:
    """The largest partner and how its share moved, in a sentence."""
    if not shown.cursor or shares.empty:
        return "Press Play, or Step for one quarter at a time."
    now, start = shares.iloc[shown.cursor - 1], shares.iloc[0]
    leader = now.idxmax()
    moved = now[leader] - start[leader]
    course = "as at the start" if abs(moved) < 0.0005 else f"{difference_text(moved, 'exposure_share')} since the start"
    return (
        f"{theme.name(theme.focus)} depends most on {theme.in_text(leader)}: "
        f"{value_text(now[leader], 'exposure_share')} of foreign supply, loss-weighted ({course})"
    )


def key_text(shown: Shown) -> str:
    """What the marks below the chart and the grey dashes mean."""
    text = (
        "Loss-weighted: a good counts for more the more doing without it would cost. Below: moves of each actor. "
        "Square: tariff. Diamond: export control. Circle: hedge. Dashed triangle: threat. Solid triangle: a measure "
        "that came with its demand. Triangle to the left: answer. Pin: chance. "
        "Filled: chosen. White: set by date. Grey: promised by the policy."
    )
    if shown.ghost_choice:
        text += f" Grey dashes: the run before ({choice_text(shown.ghost_choice)})."
    return text


def choice_text(choice: Choice) -> str:
    """A choice by its titles: `The tariffs of 2025, Hedge with Europe, luck 7`."""
    scenario = titles("scenario").get(choice.scenario, choice.scenario)
    return f"{scenario}, {titles('policy').get(choice.policy, choice.policy)}, luck {choice.seed}"


@solara.component
def Tiles(shown: Shown, theme: Theme):
    """The headline numbers of the quarter, each with its ghost."""
    html = ""
    for code in TILES:
        now = headline(shown.run.portfolio, theme.focus, code, shown.quarter) if shown.quarter else None
        start = headline(shown.run.portfolio, theme.focus, code, shown.run.quarters[0]) if shown.quarter else None
        before = None
        if shown.ghost and shown.quarter:
            before = headline(shown.ghost.portfolio, theme.focus, code, shown.quarter)
        html += tile(now, before, code, theme, start)
    solara.HTML(tag="div", unsafe_innerHTML=html, classes=["tiles"])
    solara.HTML(tag="p", unsafe_innerHTML=beside(shown, theme), classes=["key", "beside"])


def beside(shown: Shown, theme: Theme) -> str:
    """Further numbers in one line, each with its definition on hover."""
    if not shown.quarter:
        return ""
    found = [headline(shown.run.portfolio, theme.focus, code, shown.quarter) for code in BESIDE]
    items = [
        f'<span title="{escape(definition(measure(one.measure)))}">{escape(measure(one.measure).name)} '
        f"<b>{escape(value_text(one.value, one.measure))}</b></span>"
        for one in found
        if one
    ]
    return f"Beside these: {' · '.join(items)}" if items else ""


@solara.component
def HeatMap(lab: Lab):
    """Exposure by domain and partner in the quarter shown."""
    shown = lab.shown.value
    theme = theme_named(shown.choice.scenario)
    html = f'<p class="kicker">Where {escape(theme.name(theme.focus))} is exposed, domain by domain</p>'
    if shown.quarter:
        table, notes = heat(shown.run.portfolio, theme.focus, shown.quarter)
        whole = exposure(shown.run.portfolio, theme.focus).loc[shown.quarter]
        html += f'<h2 id="heat">{escape(heat_text(table, theme))}</h2>{heat_table(table, notes, whole, theme)}'
        html += f'<p class="key">{HEAT_KEY}</p>'
    else:
        html += '<h2 id="heat">The share of each partner in each domain, from the first quarter on</h2>'
    attributes = {"aria-labelledby": "heat"}
    solara.HTML(tag="section", unsafe_innerHTML=html, classes=["panel", "bottom"], attributes=attributes)


def heat_text(table: pd.DataFrame, theme: Theme) -> str:
    """The cell with the largest share, in a sentence."""
    stacked = table.drop(index=[code for code in theme.stock_domains if code in table.index]).stack()
    if stacked.empty:
        return measure("exposure_share").definition
    domain, partner = stacked.idxmax()
    return (
        f"The largest single dependence: {theme.in_text(partner)} in {theme.domain_in_text(domain)}, "
        f"{value_text(stacked.max(), 'exposure_share')} of foreign supply"
    )
