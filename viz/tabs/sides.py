"""Both futures of a branch: the run of the page and the one that it parts from, measure by measure, to their end."""

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from sim.played import Run
from viz.changes import branch_name, own_text, quarters_of
from viz.chart import chart
from viz.courses import SHOWN, Course, figure_of
from viz.lab import Lab
from viz.language import Texts
from viz.markup import definition
from viz.measures import measure
from viz.read import headline
from viz.shown import Shown
from viz.state import Choice
from viz.tabs.compare import legend
from viz.words import difference_text, in_unit, value_text

Side = tuple[Run, list[str]]
"""A run, and its quarters that are drawn."""


@solara.component
def Sides(lab: Lab, shown: Shown):
    """A sentence on the difference at the last quarter, and a chart a measure with both runs."""
    say = lab.say
    _ = lab.playing_out.state.value  # drawn anew when another is played out
    other = other_of(lab, shown)
    runs = {key: side(lab, shown, choice) for key, choice in (("here", shown.choice), ("other", other)) if choice}
    runs = {key: one for key, one in runs.items() if one is not None}
    mine = solara.use_memo(lambda: course_rows("here", runs.get("here")), [known_of(runs.get("here"))])
    its = solara.use_memo(lambda: course_rows("other", runs.get("other")), [known_of(runs.get("other"))])
    if "here" not in runs:
        return
    names = {"here": name_of(lab, shown.choice), "other": name_of(lab, other) if "other" in runs else ""}
    courses = [Course("other", names["other"], 0, ghost=True)] if "other" in runs else []
    courses.append(Course("here", names["here"], 0))
    both = len(courses) == 2
    text = say("branches.side", name=names["here"], other=names["other"]) if both else names["here"]
    rv.Html(tag="h2", children=[text])
    quarters = quarters_of(shown.choice.scenario)
    if both:
        said = difference_said(runs, names, quarters[-1], say)
        rv.Html(tag="p", class_="said sides-said", attributes={"role": "status"}, children=[said])
        solara.HTML(tag="div", unsafe_innerHTML=legend(courses), classes=["courses-legend"])
    with rv.Html(tag="div", class_="courses"):
        for code in SHOWN:
            tables = [one[1][code] for one in (mine, its) if len(one[1][code])]
            table, title = pd.concat(tables) if tables else mine[1][code], side_text(runs, code, say)
            with rv.Html(tag="figure", class_="course", attributes={"data-course": code}).key(code):
                rv.Html(tag="figcaption", attributes={"title": definition(measure(code, say), say)}, children=[title])
                chart(**figure_of(code, table, courses, quarters, title))


def name_of(lab: Lab, choice: Choice) -> str:
    """A run by its name in the tree, else by what is its own."""
    tree, say = lab.tree.value, lab.say
    branch = tree.of(choice)
    return branch_name(branch, tree, say, lab.move_names) if branch else own_text(choice, say, lab.move_names)


def other_of(lab: Lab, shown: Shown) -> Choice | None:
    """What the run of the page is held against: its parent in the tree, of a trunk its newest branch.

    A run that is none of the tree is held against the run before, if that is of the same scenario."""
    tree = lab.tree.value
    branch = tree.of(shown.choice)
    if branch is None:
        before = shown.ghost_choice
        return before if before is not None and before.scenario == shown.choice.scenario else None
    other = tree.get(branch.parent) or next((one for one in tree.branches[::-1] if one.parent == branch.key), None)
    return other.choice if other else None


def side(lab: Lab, shown: Shown, choice: Choice) -> Side | None:
    """What is known of a run: all of it where it was played to its end, else what the page has of it."""
    end = lab.played_out.get(choice)
    if end is not None:
        return end, list(end.quarters)
    if choice == shown.choice and shown.quarter:
        return shown.run, shown.run.quarters[: shown.cursor]
    if choice == shown.ghost_choice and shown.ghost is not None:
        return shown.ghost, list(shown.ghost.quarters)
    return None


def last_of(runs: dict[str, Side]) -> str:
    """The last quarter that all sides have."""
    return min(quarters[-1] for _, quarters in runs.values())


def numbers_at(runs: dict[str, Side], code: str, quarter: str) -> dict[str, float]:
    """A measure of every side in a quarter."""
    found = {key: headline(run.portfolio, run.focus, code, quarter) for key, (run, _) in runs.items()}
    return {key: one.value for key, one in found.items() if one is not None}


def difference_said(runs: dict[str, Side], names: dict[str, str], end: str, say: Texts) -> str:
    """By how much both differ in the last quarter that both have, measure by measure; end : last of the scenario"""
    quarter, gaps = last_of(runs), []
    for code in SHOWN:
        at, kind = numbers_at(runs, code, quarter), measure(code)
        if len(at) == 2 and round(in_unit(at["here"] - at["other"], kind), kind.decimals):
            gap = difference_text(at["here"] - at["other"], kind, say)
            gaps.append(say("branches.gap", measure=say.named("measure", code, kind.name), gap=gap))
    if quarter != end:
        said = say("branches.so_far", quarter=quarter)
        return f"{said} {say('branches.differ_so_far', gaps='; '.join(gaps))}" if gaps else said
    if not gaps:
        return say("branches.equal", quarter=quarter)
    return say("branches.differ", quarter=quarter, name=names["here"], other=names["other"], gaps="; ".join(gaps))


def known_of(one: Side | None) -> tuple[int, int] | None:
    """What a side's courses follow from: which run, and how many of its quarters."""
    return None if one is None else (id(one[0]), len(one[1]))


def course_rows(key: str, one: Side | None) -> tuple[Side | None, dict[str, pd.DataFrame]]:
    """A side, and its headline numbers by quarter as the charts take them, a table a measure: key, quarter, mean.

    The side goes with them: while they are kept nothing else can have its identity."""
    if one is None:
        return None, {code: pd.DataFrame(columns=["key", "quarter", "mean"]) for code in SHOWN}
    (run, quarters), tables = one, {}
    for code in SHOWN:
        rows = run.portfolio[(run.portfolio["measure"] == code) & (run.portfolio["region"] == run.focus)]
        found = [(quarter, headline(rows, run.focus, code, quarter)) for quarter in quarters]
        tables[code] = pd.DataFrame([(key, quarter, at.value) for quarter, at in found if at is not None],
                                    columns=["key", "quarter", "mean"])  # fmt: skip
    return one, tables


def side_text(runs: dict[str, Side], code: str, say: Texts) -> str:
    """What both runs have in the last quarter that both have, and the difference."""
    quarter, kind = last_of(runs), measure(code)
    at, name = numbers_at(runs, code, quarter), say.named("measure", code, kind.name)
    texts = {key: value_text(value, kind) for key, value in at.items()}
    if len(texts) == 2:
        gap = difference_text(at["here"] - at["other"], kind, say)
        return say("branches.chart", measure=name, quarter=quarter, now=texts["here"], before=texts["other"], gap=gap)
    return say("branches.chart_alone", measure=name, quarter=quarter, now=texts.get("here", ""))
