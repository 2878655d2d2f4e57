"""Compare: policies and own variants on the same luck and the same draws, measure by measure with bands."""

from dataclasses import replace
from html import escape

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from sim.batch import Comparison
from viz.changes import own_text, quarters_of
from viz.chart import chart
from viz.comparing import AT_FIRST, WORKERS, Asked, State
from viz.courses import FEW, SHOWN, Course, bands, figure_of
from viz.export import compared_stem, table_csv
from viz.inputs import bar
from viz.lab import Lab
from viz.language import Texts
from viz.markup import definition
from viz.measures import Measure, measure
from viz.share import Save
from viz.state import LARGEST_SEED, Choice
from viz.trouble import sentence
from viz.upload import scenario_titles
from viz.words import MISSING, capital, difference_text, number, value_text
from viz.worlds import policies_of, title_of, titles, turns_of

RUNS = (2, 4, 8, 16)
MOST_OWN = 12


@solara.component_vue("../compare.vue")
def Form(variants: list, words: dict, choices: list, first: dict, cost: dict, scenarios: list, scenario: str,
         running: bool = False, event_world=None, event_start=None, event_stop=None):  # fmt: skip
    """What is compared where, in how many runs: `start` gives keys, reference, runs and luck, `world` a scenario."""


@solara.component
def Compare(lab: Lab):
    """A form, the progress of what runs, and what was found."""
    say, state, here = lab.say, lab.comparing.state.value, world_of(lab)
    found = variants_of(lab, here)
    rows = [{"key": key, "name": name, "own": key.startswith("own")} for key, (name, _) in found.items()]
    worlds = scenario_titles(lab, lab.language.value)

    def begin(given: dict) -> None:
        keys, seed = [key for key in given["keys"] if key in found], min(max(0, int(given["luck"])), LARGEST_SEED)
        asked = tuple((key, replace(found[key][1], seed=seed)) for key in keys)
        lab.comparing.start(Asked(asked, str(given["reference"]), int(given["runs"])))

    rv.Html(tag="h2", children=[say("compare.title")])
    rv.Html(tag="p", class_="said", children=[say("compare.lead")])
    keys = ("which", "reference", "runs", "start", "stop", "two", "takes", "scenario", "luck")
    Form(
        variants=rows, words={key: say(f"compare.{key}") for key in keys}, choices=list(RUNS),
        first=first_choice(state, list(found), lab.shown.value.choice), running=state.running,
        cost={"first": AT_FIRST, "run": lab.comparing.a_run, "workers": WORKERS},
        scenarios=[{"value": name, "text": text} for name, text in worlds.items()], scenario=here,
        event_world=lambda name: lab.compared_in.set(name) if name in worlds else None,
        event_start=begin, event_stop=lambda _: lab.comparing.stop(),
    )  # fmt: skip
    Progress(lab, state)
    if state.found is not None:
        Found(lab, state, say, {key: name for key, (name, _) in found.items()})


def world_of(lab: Lab) -> str:
    """The scenario to compare in: the one that was picked here, else that of the run."""
    picked = lab.compared_in.value
    return picked if picked in scenario_titles(lab, lab.language.value) else lab.shown.value.choice.scenario


def variants_of(lab: Lab, scenario: str) -> dict[str, tuple[str, Choice]]:
    """Name and choice of everything that can be compared in a scenario, by key.

    Every policy that fits as it is, then own variants: the run of the page, branches by their names, runs before."""
    choice, say = lab.shown.value.choice, lab.say
    fit, turns = policies_of(scenario), turns_of(scenario)
    out = {f"policy {name}": (title, Choice(scenario, name, choice.seed, turns=turns))
           for name, title in titles("policy", say.language).items() if name in fit}  # fmt: skip
    named = [(branch.name, branch.choice) for branch in lab.tree.value.branches]
    named += [("", choice), *(("", one) for one in reversed(lab.past))]
    seen, most = {one for _, one in out.values()}, len(out) + MOST_OWN
    for name, one in named:
        plain = replace(one, seed=choice.seed)
        if one.scenario != scenario or plain in seen or len(seen) >= most:
            continue
        seen.add(plain)
        text = own_text(plain, say, lab.move_names)
        out[key_of(plain)] = (f"{name}: {text}" if name else text, plain)
    return out


def key_of(choice: Choice) -> str:
    """A key that stays the same while the list of variants grows."""
    return f"own {abs(hash(choice)):x}"


def first_choice(state: State, keys: list[str], choice: Choice) -> dict:
    """What the form starts with: what was compared last, else the policy and luck of the run against the reference."""
    if state.asked is not None:
        asked = [key for key, _ in state.asked.variants if key in keys]
        luck = state.asked.variants[0][1].seed
        return {"keys": asked, "reference": state.asked.reference, "runs": state.asked.runs, "luck": luck}
    mine, still = f"policy {choice.policy}", next((k for k in keys if k.endswith("status_quo")), keys[0])
    mine = [mine] if mine in keys else []
    return {"keys": list(dict.fromkeys([*mine, still])), "reference": still, "runs": RUNS[1], "luck": choice.seed}


@solara.component
def Progress(lab: Lab, state: State):
    """How many runs are done and how long the others will take; errors in their own words."""
    say = lab.say
    with rv.Html(tag="div", class_="compare-progress", attributes={"role": "status", "aria-live": "polite"}):
        if state.running and state.before:
            rv.Html(tag="p", children=[say("compare.waiting", count=state.before)])
        elif state.running:
            left = lab.comparing.left() / 60
            text = say("compare.progress", done=state.done, total=state.total, minutes=number(max(left, 0.1), 1))
            rv.Html(tag="p", children=[text])
            bar(100 * state.done / max(state.total, 1))
        elif state.error:
            rv.Html(
                tag="p", class_="trouble", attributes={"role": "alert"}, children=[capital(sentence(state.error, say))]
            )
        elif state.stopped:
            rv.Html(tag="p", children=[say("compare.stopped")])


@solara.component
def Found(lab: Lab, state: State, say: Texts, names: dict[str, str]):
    """Small multiples with bands, then a table of paired differences.

    names : of what can be compared now; what was compared and is gone from there is called by its changes"""
    asked, outcomes = state.asked, state.found.outcomes
    names = {key: names.get(key) or own_text(choice, say, lab.move_names) for key, choice in asked.variants}
    first = asked.variants[0][1]
    courses = courses_of(state, names)
    quarters = quarters_of(first.scenario)
    file = compared_stem([choice for _, choice in asked.variants], asked.runs)
    where = title_of(first.scenario, say.language)
    text = say("compare.found", runs=asked.runs, reference=names[asked.reference], scenario=where, seed=first.seed)
    rv.Html(tag="h2", children=[text])
    solara.HTML(tag="div", unsafe_innerHTML=legend(courses), classes=["courses-legend"])
    with rv.Html(tag="div", class_="courses"):
        for code in SHOWN:
            table = bands(outcomes, code)
            text = chart_text(code, table, courses, say)
            with rv.Html(tag="figure", class_="course", attributes={"data-course": code}).key(code):
                rv.Html(tag="figcaption", attributes={"title": definition(measure(code, say), say)}, children=[text])
                chart(**figure_of(code, table, courses, quarters, text), file=file)
    few = asked.runs < FEW
    rv.Html(tag="p", class_="key", children=[say("compare.key_few", runs=asked.runs) if few else say("compare.key")])
    solara.HTML(tag="div", unsafe_innerHTML=difference_table(state, courses, say), classes=["compare-scroll"],
                attributes={"tabindex": "0", "role": "region", "aria-label": say("compare.title")})  # fmt: skip
    differences = state.found.differences
    Save(say("share.table"), f"{file}.csv", lambda: table_csv(differences), "text/csv", (asked,))
    failures = state.found.failures
    if len(failures):
        text = say("compare.failed", count=len(failures), first=str(failures.error.iloc[0]))
        rv.Html(tag="p", class_="trouble", children=[text])


def courses_of(state: State, names: dict[str, str]) -> list[Course]:
    """A line a variant; the reference is grey."""
    others = [key for key, _ in state.asked.variants if key != state.asked.reference]
    return [Course(key, names.get(key, key), others.index(key) if key in others else 0, key == state.asked.reference)
            for key, _ in state.asked.variants]  # fmt: skip


def legend(courses: list[Course]) -> str:
    """Names beside their lines."""
    dashes = ("", ' stroke-dasharray="7 3"', ' stroke-dasharray="2 2"', ' stroke-dasharray="8 3 2 3"')
    items = []
    for course in courses:
        dash = ' stroke-dasharray="4 3"' if course.ghost else dashes[course.place % len(dashes)]
        line = f'<svg width="30" height="8" aria-hidden="true"><line x1="0" y1="4" x2="30" y2="4" stroke="{course.colour}" stroke-width="2.5"{dash}/></svg>'  # noqa: E501
        items.append(f"<li>{line} {escape(course.name)}</li>")
    return f"<ul>{''.join(items)}</ul>"


def name_of(kind: Measure, say: Texts) -> str:
    """Name of a measure in the tab's language."""
    return say.named("measure", kind.code, kind.name)


def chart_text(code: str, table: pd.DataFrame, courses: list[Course], say: Texts) -> str:
    """What a chart shows at the end: the lowest and the highest variant with their numbers."""
    kind = measure(code)
    last = table[table["quarter"] == table["quarter"].max()].set_index("key")["mean"].dropna()
    names = {course.key: course.name for course in courses}
    if last.empty:
        return name_of(kind, say)
    low, high = last.idxmin(), last.idxmax()
    if value_text(last[low], kind) == value_text(last[high], kind):
        return say("compare.all_same", measure=name_of(kind, say), value=value_text(last[low], kind))
    return say("compare.chart", measure=name_of(kind, say), low=value_text(last[low], kind), lowest=names.get(low, low),
               high=value_text(last[high], kind), highest=names.get(high, high))  # fmt: skip


def difference_table(state: State, courses: list[Course], say: Texts) -> str:
    """Means at the end and paired differences from the reference with error and band, as HTML."""
    ends = state.found.start_end.set_index(["policy", "measure", "partner"])["end"]
    gaps, few = gaps_of(state.found), state.found.runs < FEW
    heads = ("mean", "difference", "band_few" if few else "band")
    heads = "".join(f'<th scope="col">{escape(say(f"compare.{key}"))}</th>' for key in heads)
    body = ""
    for code in SHOWN:
        kind = measure(code)
        for number_, course in enumerate(courses):
            key = course.key, code, "all"
            cells = [value_text(float(ends.get(key, float("nan"))), kind), *_gap(gaps, key, kind, say)]
            first = ""
            if number_ == 0:
                tip, count = escape(definition(measure(code, say), say)), len(courses)
                first = f'<th scope="rowgroup" rowspan="{count}" title="{tip}">{escape(name_of(kind, say))}</th>'
            body += f'<tr class="{"start" if number_ == 0 else ""}">{first}<th scope="row">{escape(course.name)}</th>'
            body += "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    return (
        f'<table class="compare-table"><thead><tr><th scope="col">{escape(say("compare.measure"))}</th>'
        f'<th scope="col">{escape(say("compare.variant"))}</th>{heads}</tr></thead><tbody>{body}</tbody></table>'
    )


def gaps_of(found: Comparison) -> pd.DataFrame:
    """Paired differences by policy, measure and partner; the band of a few runs goes from the lowest to the highest."""
    keys = ["policy", "measure", "partner"]
    gaps, rows = found.differences.set_index(keys), found.outcomes
    if found.runs >= FEW:
        return gaps
    last = rows[rows["quarter"] == rows["quarter"].max()].set_index([*keys[1:], "run", "policy"])["value"]
    wide = last.unstack("policy")
    apart = wide.sub(wide[found.reference], axis=0).stack().rename("gap").reset_index().groupby(keys)["gap"]
    return gaps.assign(low=apart.min(), high=apart.max())


def _gap(gaps: pd.DataFrame, key: tuple[str, str, str], kind: Measure, say: Texts) -> list[str]:
    """Mean difference with its error, and its band; dashes for the reference."""
    if key not in gaps.index:
        return [MISSING, MISSING]
    row = gaps.loc[key]
    mean, error, low, high = (difference_text(float(row[key]), kind, say)
                              for key in ("mean", "standard_error", "low", "high"))  # fmt: skip
    return [f"{mean} ± {error.lstrip('+')}", f"{low} … {high}"]
