"""Branches: what if something else had been done from a quarter on; a named tree, and both futures side by side."""

import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.errors import HedgelabError
from sim.run import Run
from sim.scenario.turns import MoveTurn, PolicyTurn, Turn, ValuesTurn
from viz.branching import State, options
from viz.changes import change_texts, quarters_of
from viz.lab import Lab
from viz.language import Texts, languages
from viz.levers import grouped
from viz.markup import definition
from viz.measures import measure
from viz.phrases import candidate_phrase
from viz.read import headline
from viz.shown import Shown
from viz.state import Choice
from viz.tabs.sides import Sides, name_of
from viz.tree import Branch, turned
from viz.trouble import sentence
from viz.words import capital, difference_text, payoff, value_text
from viz.worlds import checked, scenario_named, theme_named, titles

HEADLINES = ("coercibility", "expected_coercion_loss", "tail_loss", "hedging_premium", "real_income")


@solara.component_vue("../branching.vue")
def Form(now: str, quarters: list, policies: list, levers: list, actors: list, moves: dict, words: dict,
         busy: bool = False, event_make=None, event_look=None):  # fmt: skip
    """A branch to make: `look` asks for an actor's moves in a quarter, `make` gives what was filled in."""


@solara.component
def Branches(lab: Lab):
    """A form, the tree, and the run of the page beside the one that it parts from."""
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
        table = options(lab.kept, choice, quarter, actor)
        rows = table.to_dict("records")
        for code in languages():
            theme = theme_named(choice.scenario, code)
            names = {row["candidate"]: capital(candidate_phrase(row, theme)) for row in rows}
            lab.phrases[code] = lab.phrases.get(code, {}) | names
        found.value = {"quarter": quarter, "actor": actor, "of": choice,
                       "rows": [(row["candidate"], row["worth"]) for row in rows]}  # fmt: skip

    task = solara.lab.use_task(search, dependencies=None, raise_error=False)
    known = found.value if found.value.get("of") == choice else {}
    rows = [{"value": name, "text": say("branches.worth", move=lab.move_names[name], worth=payoff(worth))}
            for name, worth in known.get("rows", ())]  # fmt: skip

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
        moves={"quarter": known.get("quarter"), "actor": known.get("actor"), "rows": rows},
        words={key: say(f"branches.{key}") for key in keys},
        event_make=make, event_look=lambda given: task(str(given["quarter"]), str(given["actor"])),
    )  # fmt: skip
    if task.error:
        text = capital(sentence(task.exception, say))
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
    """A branch of the run on the page, which the page then shows; both are played to their end in the background.

    name : as a person typed it; empty: it is called by what it changes
    Raises ScenarioError for a turn that does not fit."""
    before, quarter = lab.choice, lab.shown.value.quarter
    after = turned(before, turn)
    checked(after)
    lab.tree.value = lab.tree.value.grown(after, " ".join(name.split())[:60], before, turn.quarter)
    lab.choose(after, aim=max(quarter or turn.quarter, turn.quarter))
    lab.playing_out.start(lab, [one for one in (before, after) if one not in lab.played_out])


@solara.component
def Trees(lab: Lab):
    """The tree as a table, a row a branch; what there is to do with each stands in it."""
    say, tree, here = lab.say, lab.tree.value, lab.shown.value.choice
    state = lab.playing_out.state.value  # drawn anew when another is played out
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
    Progress(lab, [one.choice for one in tree.branches if one.choice not in lab.played_out], state)


@solara.component
def Progress(lab: Lab, missing: list[Choice], state: State):
    """How far branches are played to their end, and what there is to do about it."""
    say, (done, total) = lab.say, lab.playing_out.quarters.value
    with rv.Html(tag="div", class_="compare-line", attributes={"role": "status", "aria-live": "polite"}):
        if state.running:
            rv.Html(tag="span", children=[say("branches.playing", done=done, total=total)]).key("playing")
            Act(say("branches.stop"), lab.playing_out.stop, plain=True).key("stop")
        elif missing:
            Act(say("branches.to_end"), lambda: lab.playing_out.start(lab, missing), plain=True).key("to_end")
        if state.error:
            rv.Html(
                tag="p", class_="trouble", attributes={"role": "alert"}, children=[capital(sentence(state.error, say))]
            )


@solara.component
def Row(lab: Lab, branch: Branch, parent: Branch | None, depth: int, here: bool, run: Run | None, other: Run | None):
    """One branch: name, where it parts, what was changed, its numbers, and what can be done with it.

    run, other : the branch and its parent, where they were played to their end"""
    say = lab.say
    before = parent.choice if parent else Choice(branch.choice.scenario, "", branch.choice.seed, run=branch.choice.run)
    with rv.Html(tag="tr", class_="here" if here else "", attributes={"data-branch": str(branch.key)}):
        with rv.Html(tag="th", attributes={"scope": "row", "style": f"padding-left: {18 * depth}px"}):
            rv.Html(tag="span", class_="tree-name", children=[("└ " if depth else "") + name_of(lab, branch.choice)])
            if here:
                rv.Html(tag="div", class_="hint", children=[say("branches.now")])
        cell(branch.quarter or "", say("branches.parts"))
        cell("; ".join(change_texts(before, branch.choice, say, lab.move_names)), say("branches.changed"))
        for code in HEADLINES:
            cell(end_text(run, other, code, say), say.named("measure", code, measure(code).name), "num")
        with rv.Html(tag="td", class_="tree-buttons"):
            Acts(lab, branch, here)


def cell(text: str, label: str, kind: str = "") -> None:
    """A cell of the tree; label : what stands before it on a phone, where there are no column heads"""
    rv.Html(tag="td", class_=kind, attributes={"data-label": label} if text else {}, children=[text])


@solara.component
def Acts(lab: Lab, branch: Branch, here: bool):
    """Show, rename and delete one branch."""
    say, renaming, called = lab.say, solara.use_reactive(False), name_of(lab, branch.choice)

    def rename(name: str) -> None:
        renaming.value = False
        if name != called:  # what it is called in this language is no name that a person gave
            lab.tree.value = lab.tree.value.renamed(branch.key, name)

    with rv.Html(tag="div", class_="tree-acts"):
        if renaming.value:
            Named(value=called, label=say("branches.rename_label", name=called), event_done=rename)
            return
        if not here:
            label = say("branches.show_label", name=called)
            aim = lab.shown.value.quarter or branch.quarter
            Act(say("branches.show"), lambda: lab.choose(branch.choice, aim=aim), label, plain=True)
        Act(say("branches.rename"), lambda: renaming.set(True), plain=True)
        label = say("branches.delete_label", name=called)
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
