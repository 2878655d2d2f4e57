"""The page's panel of a played sweep: a table of outcomes, a heat map over two factors, and rows that open as runs."""

from html import escape

import pandas as pd
import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.errors import ScenarioError
from sim.scenario.quantity import Quantity
from viz.chart import picture
from viz.export import table_csv
from viz.inputs import Press, pick
from viz.lab import Lab
from viz.language import Texts
from viz.lines import name_of
from viz.measures import MEASURES
from viz.numbers import unit_text
from viz.pictured import heat_height, heat_option
from viz.share import Save
from viz.sweeps import Opened, choice_of, heat_of, opened, sweep_names
from viz.theme import shaded
from viz.trouble import sentence
from viz.words import MISSING, number, value_text
from viz.worlds import all_quarters, scenario_named, titles

A_PAGE = 12
EVERY = ""
PALE = 0.08  # shade of the smallest cell


@solara.component
def Sweeps(lab: Lab):
    """The sweeps of `runs/`: pick one, read it, open a row."""
    say = lab.say
    there = solara.use_memo(sweep_names, [lab.sweep.value])
    name = lab.sweep.value

    def read() -> Opened | None:
        return opened(name) if name else None

    task = solara.lab.use_task(read, dependencies=[name], raise_error=False)
    with rv.Html(tag="section", class_="panel sweeps", attributes={"aria-labelledby": "sweeps"}):
        rv.Html(tag="p", class_="kicker", children=[say("results.sweeps_kicker")])
        rv.Html(tag="h2", attributes={"id": "sweeps"}, children=[say("results.sweeps")])
        if not there and not name:
            rv.Html(tag="p", children=[say("results.no_sweep")])
            rv.Html(
                tag="pre",
                class_="command",
                attributes={"tabindex": "0"},
                children=["hedgelab sweep renewal --workers 2 --out runs/renewal"],
            )
            return
        pick(say("results.pick_sweep"), {"": say("results.pick_one")} | {one: one for one in there},
             name if name in there else "", lab.sweep.set, "sweep")  # fmt: skip
        if task.error:
            Said(lab, task.exception)
        elif name and (task.pending or task.value is None or task.value.name != name):
            rv.Html(tag="p", attributes={"role": "status"}, children=[say("results.reading")])
        elif name:
            SweepShown(lab, task.value).key(name)


@solara.component
def Said(lab: Lab, error: BaseException | None):
    """An error in its own words; one that nobody foresaw by its kind."""
    rv.Html(tag="p", class_="trouble", attributes={"role": "alert"}, children=[sentence(error, lab.say)])


@solara.component
def SweepShown(lab: Lab, found: Opened):
    """One sweep: what it is, its heat map, its rows."""
    say, spec = lab.say, found.sweep.spec
    counts = found.rows["state"].value_counts()
    state = ", ".join(f"{count} {say.texts.get(f'results.states.{one}', one)}" for one, count in counts.items())
    rv.Html(tag="p", attributes={"lang": "en"}, children=[spec.description])
    rv.Html(tag="p", class_="key", children=[say("results.about", rows=len(found.rows), state=state, seed=spec.seed)])
    if found.changed:
        rv.Html(tag="p", class_="key", attributes={"role": "note"},
                children=[say("results.changed", what=", ".join(found.changed))])  # fmt: skip
    Heat(lab, found)
    Rows(lab, found)


def outcome_name(column: str, say: Texts) -> str:
    """Name of an outcome: `exposure_share.CHN` is the measure, then the partner."""
    code, _, partner = column.partition(".")
    return f"{name_of(code, say)}, {partner}" if partner else name_of(code, say)


def outcome_text(value: float, column: str, unit: str) -> str:
    """A value with its unit where the measure says how it is written."""
    code = column.partition(".")[0]
    if value != value:
        return MISSING
    return value_text(value, code) if code in MEASURES else f"{number(value, 3)} {'' if unit == '1' else unit}".strip()


@solara.component
def Heat(lab: Lab, found: Opened):
    """The mean of an outcome over two factors."""
    say, axes = lab.say, found.axes
    outcome = solara.use_reactive(found.headlines[0] if found.headlines else "")
    x, y = solara.use_reactive(axes[0] if axes else ""), solara.use_reactive(axes[1] if len(axes) > 1 else "")
    policy = solara.use_reactive(EVERY)
    if len(axes) < 2 or not outcome.value:
        rv.Html(tag="p", class_="key", children=[say("results.no_heat")])
        return
    only = {"policy": policy.value} if policy.value and "policy" not in (x.value, y.value) else {}
    table = heat_of(found, outcome.value, x.value, y.value, only) if x.value != y.value else pd.DataFrame()
    rv.Html(tag="h3", attributes={"id": "sweep-heat"}, children=[heat_title(table, found, outcome.value, say)])
    with rv.Html(tag="div", class_="views"):
        names = {one: outcome_name(one, say) for one in found.units}
        pick(say("results.outcome"), names, outcome.value, outcome.set, "outcome")
        pick(say("results.across"), {one: one for one in axes}, x.value, x.set, "across")
        pick(say("results.down"), {one: one for one in axes}, y.value, y.set, "down")
        if "policy" not in (x.value, y.value) and found.rows["policy"].nunique() > 1:
            known = titles("policy", lab.language.value)
            every = {EVERY: say("results.every_policy")}
            pick(say("results.policy"), every | {p: known.get(p, p) for p in sorted(found.rows["policy"].unique())},
                 policy.value, policy.set, "only-policy")  # fmt: skip
    if table.empty:
        rv.Html(tag="p", class_="key", children=[say("results.two_axes")])
        return
    for name in (x.value, y.value):
        if name in found.meanings:
            Factor(name, found.meanings[name], say)
    html = heat_html(table, found, outcome.value, x.value, y.value, say)
    solara.HTML(tag="div", unsafe_innerHTML=html, classes=["wide"], attributes={"tabindex": "0"})
    note = say("results.corner", down=y.value, across=x.value)
    picture(heat_drawn(table, outcome.value, found.units[outcome.value]), heat_height(table), "heat",
            heat_title(table, found, outcome.value, say), note, f"{outcome.value}-{y.value}-{x.value}",
            sweep_stem(found))  # fmt: skip


@solara.component
def Factor(name: str, one: Quantity, say: Texts):
    """What a factor means, with its unit."""
    text, language = say.sentence(one.meaning)
    unit = unit_text(one.unit, say)
    text = f"{name}: {text} ({unit})" if unit else f"{name}: {text}"
    rv.Html(tag="p", class_="key", attributes={"lang": language}, children=[text])


def sweep_stem(found: Opened) -> str:
    """Name for files of a sweep."""
    return f"hedgelab-sweep-{found.name}"


def heat_drawn(table: pd.DataFrame, outcome: str, unit: str) -> dict:
    """The heat map to be saved as a picture."""
    low, high = float(table.min().min()), float(table.max().max())
    named = table.rename(index=level, columns=level)
    return heat_option(named, lambda v: shade_of(v, low, high), lambda v: outcome_text(v, outcome, unit))


def heat_title(table: pd.DataFrame, found: Opened, outcome: str, say: Texts) -> str:
    """The lowest and the highest cell, in a sentence."""
    if table.empty:
        return outcome_name(outcome, say)
    low, high = (outcome_text(float(v), outcome, found.units[outcome]) for v in (table.min().min(), table.max().max()))
    return say("results.heat_title", outcome=outcome_name(outcome, say), low=low, high=high)


def heat_html(table: pd.DataFrame, found: Opened, outcome: str, x: str, y: str, say: Texts) -> str:
    """The heat map as a table: darker is more."""
    low, high = float(table.min().min()), float(table.max().max())
    head = "".join(f'<th scope="col">{escape(level(one))}</th>' for one in table.columns)
    body = ""
    for name, row in table.iterrows():
        cells = "".join(_cell(float(v), low, high, outcome, found.units[outcome]) for v in row)
        body += f'<tr><th scope="row">{escape(level(name))}</th>{cells}</tr>'
    corner = escape(say("results.corner", down=breakable(y), across=breakable(x)))
    caption = f"<caption>{escape(say('results.heat_caption'))}</caption>"
    return (f'<table class="sweep-heat">{caption}<thead><tr><th scope="col">{corner}</th>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>")  # fmt: skip


def breakable(name: str) -> str:
    """A dotted name that may be broken after each dot."""
    return name.replace(".", ".\N{ZERO WIDTH SPACE}")


def level(value: object) -> str:
    """A factor's value, or a name."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def shade_of(value: float, low: float, high: float) -> float:
    """How dark a cell is drawn, from 0 to 1."""
    return PALE + (1 - PALE) * (value - low) / (high - low) if high > low else PALE


def _cell(value: float, low: float, high: float, outcome: str, unit: str) -> str:
    if value != value:
        return f'<td class="empty">{MISSING}</td>'
    text = escape(outcome_text(value, outcome, unit))
    return f'<td style="{shaded(shade_of(value, low, high))}">{text}</td>'


@solara.component
def Rows(lab: Lab, found: Opened):
    """The runs, a page at a time, sorted by a column that is pressed; a row opens as a run."""
    say = lab.say
    order, down, page = solara.use_reactive(""), solara.use_reactive(False), solara.use_reactive(0)
    error = solara.use_reactive(None)
    columns = ["scenario", "policy", *found.factors, "run", *found.headlines]
    rows = found.rows.sort_values(order.value, ascending=not down.value) if order.value else found.rows
    pages = max(1, -(-len(rows) // A_PAGE))
    here = min(page.value, pages - 1)

    def sort(column: str) -> None:
        down.set(not down.value if order.value == column else False)
        order.set(column)
        page.set(0)

    rv.Html(tag="h3", attributes={"id": "sweep-rows"}, children=[say("results.rows_title")])
    if error.value is not None:
        Said(lab, error.value)
    with rv.Html(tag="div", class_="wide", attributes={"tabindex": "0"}):
        with rv.Html(tag="table", class_="rows", attributes={"aria-labelledby": "sweep-rows"}):
            with rv.Html(tag="thead"), rv.Html(tag="tr"):
                rv.Html(tag="th", attributes={"scope": "col"}, children=[say("results.open_column")])
                for column in columns:
                    Heading(column, _column_name(column, found, say), order.value == column, down.value, sort)
            with rv.Html(tag="tbody"):
                for row in rows.iloc[here * A_PAGE : (here + 1) * A_PAGE].to_dict("records"):
                    SweepRow(lab, found, row, columns, error.set).key(row["row"])
    with rv.Html(tag="div", class_="pages", attributes={"role": "group", "aria-label": say("results.pages")}):
        Press(say("results.page_back"), lambda: page.set(here - 1), disabled=here == 0)
        rv.Html(tag="span", children=[say("results.page", page=here + 1, pages=pages)])
        Press(say("results.page_on"), lambda: page.set(here + 1), disabled=here == pages - 1)
        Save(say("share.table"), f"{sweep_stem(found)}.csv", lambda: table_csv(found.rows), "text/csv", (found.name,))


def _column_name(column: str, found: Opened, say: Texts) -> str:
    if column in found.units:
        return outcome_name(column, say)
    return say.texts.get(f"results.columns.{column}", breakable(column))


@solara.component
def Heading(column: str, text: str, here: bool, down: bool, on_sort):
    """The head of a column as a button that sorts by it."""
    sign = (" ▼" if down else " ▲") if here else ""
    state = {"aria-sort": "descending" if down else "ascending"} if here else {}
    with rv.Html(tag="th", attributes={"scope": "col", "data-column": column, **state}):
        Press(text + sign, lambda: on_sort(column), kind="sorter")


@solara.component
def SweepRow(lab: Lab, found: Opened, row: dict, columns: list[str], on_error):
    """One run of the sweep; a click anywhere in it, or its button, opens it on the tab that plays."""

    def take() -> None:
        try:
            open_row(lab, found, row["row"])
        except ScenarioError as error:
            on_error(error)

    cells = [_text(row[column], column, found, lab.language.value) for column in columns]
    with rv.Html(tag="tr", attributes={"data-row": row["row"]}) as line:
        label = lab.say("results.open_label", row=row["row"])
        with rv.Html(tag="td"):
            attributes = {"type": "button", "aria-label": label, "title": label}
            rv.Html(tag="button", class_="push small", attributes=attributes, children=[lab.say("results.open")])
        for column, text in zip(columns, cells, strict=True):
            kind = "number" if column in found.units or column in found.factors else "name"
            rv.Html(tag="td", class_=kind, children=[text])
    rv.use_event(line, "click", lambda *_: take())


def _text(value, column: str, found: Opened, language: str) -> str:
    if column in ("scenario", "policy"):
        return titles(column, language).get(value, value)
    if column in found.units:
        return outcome_text(float(value), column, found.units[column])
    return level(value)


def open_row(lab: Lab, found: Opened, row_id: str) -> None:
    """The row as the run of the page, played to the sweep's last quarter. Raises ScenarioError when it cannot be."""
    choice = choice_of(found, row_id, list(titles("scenario")), list(titles("policy")))
    file = scenario_named(choice.scenario).file
    last = min(found.sweep.spec.quarters or file.quarters, file.quarters)
    lab.choose(choice, aim=all_quarters(choice)[last - 1])
    lab.tab.set("play")
