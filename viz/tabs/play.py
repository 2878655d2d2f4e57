"""Play: the portfolio in the middle, this quarter at its side, whom it depends on and the network below."""

import reacton.ipyvuetify as rv
import solara

from viz import network
from viz.chart import chart
from viz.lab import Lab
from viz.levers import Levers
from viz.moves import ThisQuarter
from viz.portfolio import HeatMap, Portfolio
from viz.worlds import theme_named


@solara.component
def Play(lab: Lab):
    """One run, quarter by quarter."""
    with rv.Html(tag="div", class_="columns"):
        Levers(lab)
        Portfolio(lab)
        with rv.Html(tag="div", class_="side"):
            ThisQuarter(lab)
        HeatMap(lab)
        Network(lab)


@solara.component
def Network(lab: Lab):
    """Who trades with whom and who restricts whom in the quarter shown, as a picture and as a table."""
    shown, say = lab.shown.value, lab.say
    theme = theme_named(shown.choice.scenario, lab.language.value)
    attributes = {"aria-labelledby": "network", "data-shows": shown.quarter or ""}
    with rv.Html(tag="section", class_="panel below", attributes=attributes):
        rv.Html(tag="p", class_="kicker", children=[say("play.net_kicker")])
        now = network.in_quarter(shown.run.relations, shown.quarter) if shown.run else None
        if now is None or now.empty:
            rv.Html(tag="h2", attributes={"id": "network"}, children=[say("play.net_empty")])
            return
        told = network.told(now, theme, say)
        rv.Html(tag="h2", attributes={"id": "network"}, children=[f"{shown.quarter}: {told}"])
        chart(option=network.option(now, theme, say), title=f"{shown.quarter}: {told}", height=network.HEIGHT,
              kind="network", note=say("play.net_key"))  # fmt: skip
        rv.Html(tag="p", class_="key", children=[say("play.net_key")])
        with rv.Html(tag="details", class_="as-table"):
            rv.Html(tag="summary", children=[say("play.net_as_table")])
            solara.HTML(tag="div", unsafe_innerHTML=network.table(now, theme, say))
