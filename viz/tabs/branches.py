"""Branches: what if something else had been done from a quarter on; a named tree, and both futures side by side."""

import pandas as pd
import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.errors import HedgelabError
from sim.run import Run
from sim.scenario.turns import MoveTurn, PolicyTurn, Turn, ValuesTurn
from viz.branching import options
from viz.changes import change_texts, own_text, quarters_of
from viz.chart import chart
from viz.courses import SHOWN, Course, figure_of
from viz.lab import Lab
from viz.language import Texts
from viz.levers import grouped
from viz.markup import definition
from viz.measures import measure
from viz.phrases import candidate_phrase
from viz.read import headline
from viz.shown import Shown
from viz.state import Choice
from viz.tree import Branch, turned
from viz.words import capital, difference_text, payoff, value_text
from viz.worlds import checked, scenario_named, theme_named, titles

HEADLINES = ("coercibility", "expected_coercion_loss", "tail_loss", "hedging_premium", "real_income")


@solara.component_vue("../branching.vue")
def Form(now: str, quarters: list, policies: list, levers: list, actors: list, moves: dict, words: dict,
         busy: bool = False, event_make=None, event_look=None):  # fmt: skip
    """A branch to make: `look` asks for an actor's moves in a quarter, `make` gives what was filled in."""


@solara.component
def Branches(lab: Lab):
    """A form, the tree, and the run of the page beside the one it is held against."""
    say, shown, tree = lab.say, lab.shown.value, lab.tree.value
    wrong = solara.use_reactive("")
    rv.Html(tag="h2", children=[say("branches.title")])
    rv.Html(tag="p", class_="said", children=[say("branches.lead")])
    Making(lab, shown, wrong)
    if wrong.value:
        rv.Html(tag="p", class_="trouble", attributes={"role": "alert"}, children=[capital(wrong.value)])
    if not tree.branches:
        rv.Html(tag="p", class_="hint", children=[say("branches.empty")])
        return
    Trees(lab)
    Sides(lab, shown)


@solara.component
def Making(lab: Lab, shown: Shown, wrong: solara.Reactive[str]):
    """The form, with what an actor could do once that was looked up."""
    say, choice = lab.say, shown.choice
    found = solara.use_reactive({})

    def search(quarter: str, actor: str) -> None:
        theme = theme_named(choice.scenario, say.language)
        table = options(lab.kept, choice, quarter, actor)
        rows = [{"value": row["candidate"], "text": say("branches.worth", move=capital(candidate_phrase(row, theme)),
                                                        worth=payoff(row["worth"]))}
                for row in table.to_dict("records")]  # fmt: skip
        lab.move_names |= {row["value"]: row["text"].rpartition(" (")[0] for row in rows}
        found.value = {"quarter": quarter, "actor": actor, "rows": rows, "of": choice}

    task = solara.lab.use_task(search, dependencies=None, raise_error=False)
    known = found.value if found.value.get("of") == choice else {}

    def make(given: dict) -> None:
        wrong.value = ""
        try:
            grow(lab, turn_of(given), str(given.get("name") or ""))
        except (HedgelabError, ValueError) as error:
            wrong.value = str(error)

    keys = ("quarter", "kind", "kind_policy", "kind_value", "kind_move", "policy", "lever", "value", "actor", "move",
            "look", "looking", "name", "name_hint", "make")  # fmt: skip
    quarters = quarters_of(choice.scenario)[: shown.played or 1]
    Form(
        now=shown.quarter or quarters[0], quarters=quarters,
        policies=[{"value": name, "text": title} for name, title in titles("policy", say.language).items()
                  if name != choice.policy or any(turn.type == "policy" for turn in choice.turns)],
        levers=short_list(choice, say), actors=actors_of(choice, say), busy=task.pending,
        moves={key: known.get(key) for key in ("quarter", "actor", "rows")},
        words={key: say(f"branches.{key}") for key in keys},
        event_make=make, event_look=lambda given: task(str(given["quarter"]), str(given["actor"])),
    )  # fmt: skip
    if task.error:
        text = capital(str(task.exception))
        rv.Html(tag="p", class_="trouble", attributes={"role": "alert"}, children=[text])


def short_list(choice: Choice, say: Texts) -> list[dict]:
    """Numbers that a branch may change: those of the short list, with the values they have in the run."""
    rows = grouped(choice.scenario, choice.policy, say.language)[0]["rows"]
    values = dict(choice.values)
    return [{key: row[key] for key in ("name", "label", "unit", "low", "high")}
            | {"value": values.get(row["name"], row["default"])} for row in rows]  # fmt: skip


def actors_of(choice: Choice, say: Texts) -> list[dict]:
    """Everybody who decides, the focus first."""
    theme = theme_named(choice.scenario, say.language)
    file = scenario_named(choice.scenario).file
    codes = [file.focus, *theme.actors] if file.focus in file.actors else list(theme.actors)
    return [{"value": code, "text": theme.name(code)} for code in codes]


def turn_of(given: dict) -> Turn:
    """What was filled in as a turn of the run. Raises ValueError for what is none."""
    quarter, kind = str(given["quarter"]), given["kind"]
    if kind == "policy":
        return PolicyTurn(type="policy", quarter=quarter, policy=str(given["policy"]))
    if kind == "move":
        return MoveTurn(type="move", quarter=quarter, actor=str(given["actor"]), move=str(given["move"]))
    return ValuesTurn(type="values", quarter=quarter, values={str(given["lever"]): float(given["value"])})


def grow(lab: Lab, turn: Turn, name: str) -> None:
    """A branch of the run on the page, which the page then shows. Raises ScenarioError for a turn that does not fit."""
    say, before, quarter = lab.say, lab.choice, lab.shown.value.quarter
    after = turned(before, turn)
    checked(after)
    name = " ".join(name.split())[:60] or capital("; ".join(change_texts(before, after, say, lab.move_names)))
    trunk = say("branches.trunk") if not lab.tree.value.branches else own_text(before, say, lab.move_names)
    lab.tree.value = lab.tree.value.grown(after, name, before, turn.quarter, trunk)
    lab.choose(after, aim=max(quarter or turn.quarter, turn.quarter))


@solara.component
def Trees(lab: Lab):
    """The tree as a table, a row a branch; what there is to do with each stands in it."""
    say, tree, here = lab.say, lab.tree.value, lab.shown.value.choice
    state = lab.playing_out.state.value
    missing = [one.choice for one in tree.branches if one.choice not in lab.played_out]
    heads = ["branch", "parts", "changed"]
    with rv.Html(tag="div", class_="compare-scroll"):
        with rv.Html(tag="table", class_="tree", attributes={"aria-label": say("branches.tree")}):
            with rv.Html(tag="thead"), rv.Html(tag="tr"):
                for key in heads:
                    rv.Html(tag="th", attributes={"scope": "col"}, children=[say(f"branches.{key}")])
                for code in HEADLINES:
                    kind = measure(code)
                    attributes = {"scope": "col", "title": definition(measure(code, say), say)}
                    rv.Html(tag="th", attributes=attributes, children=[say.named("measure", code, kind.name)])
                rv.Html(tag="th", children=[""])
            with rv.Html(tag="tbody"):
                for depth, branch in tree.ordered():
                    parent = tree.get(branch.parent)
                    ends = lab.played_out.get(branch.choice), lab.played_out.get(parent.choice) if parent else None
                    Row(lab, branch, parent, depth, branch.choice == here, *ends).key(f"{branch.key} {say.language}")
    rv.Html(tag="p", class_="key", children=[say("branches.key")])
    with rv.Html(tag="div", class_="compare-line", attributes={"role": "status", "aria-live": "polite"}):
        if state.running:
            rv.Html(tag="span", children=[say("branches.playing", done=state.done, total=state.total)]).key("playing")
            Act(say("branches.stop"), lab.playing_out.stop, plain=True).key("stop")
        elif missing:
            Act(say("branches.to_end"), lambda: lab.playing_out.start(lab, missing), plain=True).key("to_end")
        if state.error:
            rv.Html(tag="p", class_="trouble", attributes={"role": "alert"}, children=[capital(state.error)])


@solara.component
def Row(lab: Lab, branch: Branch, parent: Branch | None, depth: int, here: bool, run: Run | None, other: Run | None):
    """One branch: name, where it parts, what was changed, its numbers, and what can be done with it.

    run, other : the branch and its parent, where they were played to their end"""
    say = lab.say
    before = parent.choice if parent else Choice(branch.choice.scenario, "", branch.choice.seed, run=branch.choice.run)
    with rv.Html(tag="tr", class_="here" if here else "", attributes={"data-branch": str(branch.key)}):
        with rv.Html(tag="th", attributes={"scope": "row", "style": f"padding-left: {18 * depth}px"}):
            rv.Html(tag="span", class_="tree-name", children=[("└ " if depth else "") + branch.name])
            if here:
                rv.Html(tag="div", class_="hint", children=[say("branches.now")])
        rv.Html(tag="td", children=[branch.quarter or ""])
        rv.Html(tag="td", children=["; ".join(change_texts(before, branch.choice, say, lab.move_names))])
        for code in HEADLINES:
            rv.Html(tag="td", class_="num", children=[end_text(run, other, code, say)])
        with rv.Html(tag="td"):
            Acts(lab, branch, here)


@solara.component
def Acts(lab: Lab, branch: Branch, here: bool):
    """Show, rename and delete one branch."""
    say, renaming = lab.say, solara.use_reactive(False)

    def rename(name: str) -> None:
        renaming.value = False
        lab.tree.value = lab.tree.value.renamed(branch.key, name)

    with rv.Html(tag="div", class_="tree-acts"):
        if renaming.value:
            Named(value=branch.name, label=say("branches.rename_label", name=branch.name), event_done=rename)
            return
        if not here:
            label = say("branches.show_label", name=branch.name)
            aim = lab.shown.value.quarter or branch.quarter
            Act(say("branches.show"), lambda: lab.choose(branch.choice, aim=aim), label, plain=True)
        Act(say("branches.rename"), lambda: renaming.set(True), plain=True)
        label = say("branches.delete_label", name=branch.name)
        Act(say("branches.delete"), lambda: lab.tree.set(lab.tree.value.without(branch.key)), label, plain=True)


@solara.component_vue("../named.vue")
def Named(value: str, label: str, event_done=None):
    """A field for a name: `done` gives it on Enter, and the old one on Escape or when the field is left."""


@solara.component
def Act(text: str, on_click, label: str = "", plain: bool = False):
    """A plain button."""
    attributes = {"type": "button"} | ({"aria-label": label} if label else {})
    button = rv.Html(tag="button", class_="act plain" if plain else "act", attributes=attributes, children=[text])
    rv.use_event(button, "click", lambda *_: on_click())


def end_text(run: Run | None, other: Run | None, code: str, say: Texts) -> str:
    """A measure of the last quarter, with the difference from the parent."""
    if run is None:
        return say("branches.not_yet") if code == HEADLINES[0] else ""
    now = headline(run.portfolio, run.focus, code, run.quarters[-1])
    before = headline(other.portfolio, other.focus, code, other.quarters[-1]) if other is not None else None
    if now is None:
        return ""
    value = value_text(now.value, code)
    if before is None:
        return value
    return say("branches.against", value=value, gap=difference_text(now.value - before.value, code, say))


@solara.component
def Sides(lab: Lab, shown: Shown):
    """The run of the page and the one before it, measure by measure."""
    say = lab.say
    if not shown.quarter:
        return
    mine, other = name_of(lab, shown.choice), name_of(lab, shown.ghost_choice) if shown.ghost_choice else ""
    same = shown.ghost is not None and shown.ghost_choice.scenario == shown.choice.scenario
    courses = ([Course("other", other, 0, ghost=True)] if same else []) + [Course("here", mine, 0)]
    runs = {"here": (shown.run, shown.run.quarters[: shown.cursor])}
    if same:
        runs["other"] = shown.ghost, shown.ghost.quarters
    quarters = quarters_of(shown.choice.scenario)
    text = say("branches.side", name=mine, other=other) if same else mine
    rv.Html(tag="h2", children=[text])
    with rv.Html(tag="div", class_="courses"):
        for code in SHOWN:
            table, title = course_table(runs, code), side_text(runs, code, shown.quarter, say)
            with rv.Html(tag="figure", class_="course", attributes={"data-course": code}).key(code):
                rv.Html(tag="figcaption", attributes={"title": definition(measure(code, say), say)}, children=[title])
                chart(**figure_of(code, table, courses, quarters, title))


def name_of(lab: Lab, choice: Choice) -> str:
    """A run by its name in the tree, else by what is its own."""
    branch = lab.tree.value.of(choice)
    return branch.name if branch else own_text(choice, lab.say, lab.move_names)


def course_table(runs: dict[str, tuple[Run, list[str]]], code: str) -> pd.DataFrame:
    """Headline numbers of runs by quarter: key, quarter, mean."""
    rows = []
    for key, (run, quarters) in runs.items():
        mine = run.portfolio[(run.portfolio["measure"] == code) & (run.portfolio["region"] == run.focus)]
        for quarter in quarters:
            found = headline(mine, run.focus, code, quarter)
            if found is not None:
                rows.append((key, quarter, found.value))
    return pd.DataFrame(rows, columns=["key", "quarter", "mean"])


def side_text(runs: dict[str, tuple[Run, list[str]]], code: str, quarter: str, say: Texts) -> str:
    """What both runs have in the quarter shown."""
    found = {key: headline(run.portfolio, run.focus, code, quarter) for key, (run, _) in runs.items()}
    texts = {key: value_text(one.value, code) for key, one in found.items() if one is not None}
    name = say.named("measure", code, measure(code).name)
    if "other" in texts and "here" in texts:
        return say("branches.chart", measure=name, quarter=quarter, now=texts["here"], before=texts["other"])
    return say("branches.chart_alone", measure=name, quarter=quarter, now=texts.get("here", ""))
