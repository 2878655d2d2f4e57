"""The middle of the page: whom the region depends on, the headline numbers, and the heat map."""

from html import escape

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from viz import charts, lines
from viz.beside import REFERENCE, Beside, Ghost, ghost_of, ghost_text
from viz.cases import with_cases
from viz.chart import chart, picture
from viz.inputs import pick
from viz.lab import Lab
from viz.language import Texts
from viz.markup import definition, heat_table, partner_code, share_shade, share_text, tile
from viz.measures import BESIDE, HEADLINES, TILES, measure
from viz.money import IN_MONEY, money_text, source_text
from viz.move_table import MovesTable
from viz.pictured import heat_height, heat_option
from viz.read import course, exposure, headlines, heat, in_quarter
from viz.shown import Shown
from viz.theme import Theme
from viz.words import in_unit, number, value_text
from viz.worlds import all_quarters, scenario_of, theme_named

NO_MOVES = pd.DataFrame(columns=["quarter", "actor", "target", "instrument", "operation", "origin"])
PARTNERS, DOMAIN, MEASURES = "partners", "domain", "measures"
VIEWS = (PARTNERS, DOMAIN, MEASURES)


@solara.component
def Portfolio(lab: Lab):
    """Chart and tiles of the quarter shown."""
    shown = lab.shown.value
    theme, ghost = theme_named(shown.choice.scenario, lab.language.value), ghost_of(lab, shown)
    with rv.Html(tag="div", class_="top"):
        Dependence(lab, shown, ghost, theme)
        Tiles(lab, shown, ghost, theme)


@solara.component
def Dependence(lab: Lab, shown: Shown, ghost: Ghost, theme: Theme):
    """The portfolio over time by partner, in one domain, or in measures; grey beside it; the moves below."""
    say = lab.say
    view, domain = solara.use_reactive(PARTNERS), solara.use_reactive("")
    domains = _domains(shown, theme)
    if domain.value not in domains:
        domain.set(next(iter(domains)))
    quarters = solara.use_memo(lambda: all_quarters(shown.choice), [shown.choice.scenario])
    moves = solara.use_memo(lambda: _moves(shown), [shown.choice, shown.played])

    def clicked(event):
        place = event["value"][0] if event.get("kind") == "scatter" else None
        if isinstance(place, int) and 0 <= place < len(quarters):
            lab.show_quarter(quarters[place])

    with rv.Html(tag="section", class_="panel", attributes={"aria-labelledby": "depends"}):
        with rv.Html(tag="div", class_="views"):
            rv.Html(tag="p", class_="kicker", children=[say("play.depends", name=theme.name(theme.focus))])
            pick(say("play.view"), {one: say(f"play.views.{one}") for one in VIEWS}, view.value, view.set, "view")
            if view.value == DOMAIN:
                pick(say("play.domain"), domains, domain.value, domain.set, "domain")
            Beside(lab)
        if view.value == MEASURES:
            _over_time(lab, shown, ghost, theme, moves, quarters, clicked)
        else:
            _areas(
                lab, shown, ghost, theme, moves, quarters, "all" if view.value == PARTNERS else domain.value, clicked
            )
        rv.Html(tag="p", class_="key", children=[key_text(shown, ghost, say, view.value)])
        if shown.run is not None:
            MovesTable(lab)


def _moves(shown: Shown) -> pd.DataFrame:
    """The moves so far, threats and answers with what they are about."""
    return with_cases(shown.run.moves, shown.run.episodes) if shown.run else NO_MOVES


def _areas(lab: Lab, shown: Shown, ghost: Ghost, theme: Theme, moves, quarters, domain: str, clicked) -> None:
    say = lab.say
    shares = _shares(shown.run, theme, domain)
    grey = _shares(ghost.run, theme, domain) if ghost.run else None
    title = depends_text(shares, shown, theme, say, domain)
    rv.Html(tag="h2", attributes={"id": "depends"}, children=[title])
    chart(
        option=charts.dependence(shares, grey, moves, quarters, shown.cursor, theme, say, domain),
        label=charts.described(shares.iloc[: shown.cursor], theme, say, domain),
        height=charts.height(theme),
        names=charts.area_names(shares, shown.cursor, theme),
        part="" if domain == "all" else domain,
        title=title,
        note=key_text(shown, ghost, say, PARTNERS if domain == "all" else DOMAIN),
        on_click=clicked,
    )


def _over_time(lab: Lab, shown: Shown, ghost: Ghost, theme: Theme, moves, quarters, clicked) -> None:
    say = lab.say
    now, grey = _courses(shown.run, theme), _courses(ghost.run, theme)
    title = cost_text(now, shown, theme, say)
    rv.Html(tag="h2", attributes={"id": "depends"}, children=[title])
    chart(
        option=lines.over_time(now, grey, moves, quarters, shown.cursor, theme, say),
        label=lines.described(now, quarters, shown.cursor, say),
        height=lines.height(theme),
        kind="measures",
        title=title,
        note=key_text(shown, ghost, say, MEASURES),
        on_click=clicked,
    )


def _shares(run, theme: Theme, domain: str) -> pd.DataFrame:
    """Quarter x partner; partners without data left out."""
    if run is None:
        return pd.DataFrame()
    table = exposure(run.portfolio, theme.focus, domain)
    return table.drop(columns="all", errors="ignore").dropna(axis=1, how="all").fillna(0.0)


def _courses(run, theme: Theme) -> dict[str, pd.Series]:
    return {} if run is None else {code: course(run.portfolio, theme.focus, code) for code in HEADLINES}


def _domains(shown: Shown, theme: Theme) -> dict[str, str]:
    """Domains that the portfolio knows shares of, in the order of the config; all while nothing is played."""
    if shown.run is None:
        return {code: theme.domain(code) for code in theme.domain_names}
    rows = shown.run.portfolio
    rows = rows[(rows["measure"] == "exposure_share") & (rows["region"] == theme.focus) & rows["value"].notna()]
    there = set(rows["domain"])
    return {code: theme.domain(code) for code in theme.domain_names if code in there} or {"all": theme.domain("all")}


def depends_text(shares: pd.DataFrame, shown: Shown, theme: Theme, say: Texts, domain: str = "all") -> str:
    """The largest partner and how its share moved, in a sentence."""
    if not shown.cursor:
        return say("play.press_play")
    if shares.empty:
        return say("play.no_shares", domain=theme.domain(domain))
    now, start = shares.iloc[shown.cursor - 1], shares.iloc[0]
    leader = now.idxmax()
    moved = now[leader] - start[leader]
    points = say("play.points", value=number(in_unit(moved, "exposure_share"), 1, signed=True))
    course_ = say("play.as_at_start") if abs(moved) < 0.0005 else say("play.since_start", change=points)
    told = dict(focus=theme.name(theme.focus), partner=theme.in_text(leader), course=course_,
                share=value_text(now[leader], "exposure_share"))  # fmt: skip
    if domain == "all":
        return say("play.depends_most", **told)
    return say("play.depends_in_domain", domain=theme.domain_in_text(domain), **told)


def cost_text(now: dict[str, pd.Series], shown: Shown, theme: Theme, say: Texts) -> str:
    """What became of real income, in per cent and in money, in a sentence."""
    if not shown.cursor or shown.quarter not in now.get("real_income", ()):
        return say("play.press_play")
    change = float(now["real_income"][shown.quarter])
    in_money = money_text(abs(change), "real_income", scenario_of(shown.choice).regions[theme.focus].money, say)
    told = dict(focus=theme.name(theme.focus), quarter=shown.quarter, percent=number(abs(change), 2))
    size = say("play.income_and_money", percent=told["percent"], money=in_money) if in_money else f"{told['percent']} %"
    return say("play.income_higher" if change > 0 else "play.income_lower", focus=told["focus"],
               quarter=told["quarter"], size=size)  # fmt: skip


def key_text(shown: Shown, ghost: Ghost, say: Texts, view: str) -> str:
    """What the marks below the chart and the grey dashes mean."""
    parts = [say("play.key_weighted") if view == PARTNERS else "", say("play.key_marks"), ghost_text(ghost, shown, say)]
    return " ".join(part for part in parts if part)


@solara.component
def Tiles(lab: Lab, shown: Shown, ghost: Ghost, theme: Theme):
    """The headline numbers of the quarter, each with its ghost; below what they are in money, and further numbers."""
    quarter = shown.quarter
    grey = lab.say("play.tile_reference" if ghost.kind == REFERENCE else "play.tile_before")
    now, start, before = (
        headlines(run.portfolio, theme.focus, TILES, at) if run and quarter else {}
        for run, at in ((shown.run, quarter), (shown.run, shown.run and shown.run.quarters[0]), (ghost.run, quarter))
    )
    html = "".join(tile(now.get(code), before.get(code), code, theme, start.get(code), grey) for code in TILES)
    found = {code: one.value for code, one in now.items()}
    solara.HTML(tag="div", unsafe_innerHTML=html, classes=["tiles"], attributes={"data-shows": quarter or ""})
    solara.HTML(tag="p", unsafe_innerHTML=in_money(found, shown, theme, lab.say), classes=["key", "money"])
    solara.HTML(tag="p", unsafe_innerHTML=beside(shown, theme, lab.say), classes=["key", "beside"])


def in_money(found: dict[str, float], shown: Shown, theme: Theme, say: Texts) -> str:
    """The tiles that are per cent of income as money a person, in one line; the sources on hover."""
    money = scenario_of(shown.choice).regions[theme.focus].money
    if money is None:
        return ""
    texts = {code: money_text(found[code], code, money, say, signed=code == "real_income")
             for code in TILES if code in IN_MONEY and code in found}  # fmt: skip
    items = [f"<span>{escape(lines.name_of(code, say))} <b>{escape(text)}</b></span>" for code, text in texts.items()]
    if not items:
        return ""
    tip = escape(source_text(money, say), quote=True)
    return f'<span title="{tip}">{escape(say("play.in_money"))}</span> {" · ".join(items)}'


def beside(shown: Shown, theme: Theme, say: Texts) -> str:
    """Further numbers in one line, each with its definition on hover."""
    if not shown.quarter:
        return ""
    items = [
        f'<span title="{escape(definition(measure(code, say), say))}">{escape(lines.name_of(code, say))} '
        f"<b>{escape(value_text(one.value, code))}</b></span>"
        for code, one in headlines(shown.run.portfolio, theme.focus, BESIDE, shown.quarter).items()
    ]
    return f"{escape(say('play.beside'))} {' · '.join(items)}" if items else ""


@solara.component
def HeatMap(lab: Lab):
    """Exposure by domain and partner in the quarter shown."""
    shown, say = lab.shown.value, lab.say
    theme = theme_named(shown.choice.scenario, lab.language.value)
    html = f'<p class="kicker">{escape(say("play.heat_kicker", name=theme.name(theme.focus)))}</p>'
    if shown.quarter:
        here = in_quarter(shown.run.portfolio, theme.focus, shown.quarter)
        table, notes = heat(here, theme.focus, shown.quarter)
        whole = exposure(here, theme.focus).loc[shown.quarter]
        grid = heat_table(table, notes, whole, theme)
        html += f'<h2 id="heat">{escape(heat_text(table, theme, say))}</h2><div class="wide" tabindex="0">{grid}</div>'
        html += f'<p class="key">{escape(say("play.heat_key"))}</p>'
    else:
        html += f'<h2 id="heat">{escape(say("play.heat_empty"))}</h2>'
    attributes = {"aria-labelledby": "heat", "data-shows": shown.quarter or ""}
    with rv.Html(tag="section", class_="panel bottom", attributes=attributes):
        solara.HTML(tag="div", unsafe_innerHTML=html)
        if shown.quarter:
            named = heat_named(table, whole, theme)
            picture(heat_option(named, share_shade, share_text), heat_height(named), "heat",
                    f"{shown.quarter}: {heat_text(table, theme, say)}", say("play.heat_picture_key"))  # fmt: skip


def heat_named(table: pd.DataFrame, whole: pd.Series, theme: Theme) -> pd.DataFrame:
    """The heat map's numbers under the names of its rows and columns, all domains together last."""
    partners = [code for code in theme.partners if code in table.columns]
    named = table[partners].rename(index=theme.domain, columns=lambda code: partner_code(code, theme))
    named.loc[theme.say("why.heat.all")] = whole.reindex(partners).to_numpy()
    return named


def heat_text(table: pd.DataFrame, theme: Theme, say: Texts) -> str:
    """The cell with the largest share, in a sentence."""
    stacked = table.drop(index=[code for code in theme.stock_domains if code in table.index]).stack()
    if stacked.empty:
        return measure("exposure_share").definition
    domain, partner = stacked.idxmax()
    share = value_text(stacked.max(), "exposure_share")
    return say("play.heat_most", partner=theme.in_text(partner), domain=theme.domain_in_text(domain), share=share)
