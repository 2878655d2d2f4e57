"""The opening screen: a finished comparison, what the lab shows in a sentence, and three things to try."""

from html import escape

import reacton.ipyvuetify as rv
import solara

from viz.chart import chart
from viz.lab import Lab
from viz.opening import BOUGHT, COST, MEASURES, Opening, cost_and_worth, opening
from viz.words import number
from viz.worlds import another, titles

HEIGHT = 330
TRIES = ("watch", "chair", "compare")


@solara.component
def Start(lab: Lab):
    """What a newcomer sees first."""
    say, of = lab.say, opening()
    names = titles("policy", lab.language.value)
    with rv.Html(tag="div", class_="opening"):
        with rv.Html(tag="section", class_="lead-in", attributes={"aria-labelledby": "lead"}):
            rv.Html(tag="h2", attributes={"id": "lead"}, children=[say("start.lead")])
            rv.Html(tag="p", children=[say("start.what")])
        with rv.Html(tag="section", class_="panel", attributes={"aria-labelledby": "finished"}):
            key = say("start.key", runs=of.runs, quarter=of.quarter)
            world = titles("scenario", lab.language.value)[of.scenario]
            rv.Html(tag="p", class_="kicker", children=[say("start.kicker", scenario=world, runs=of.runs)])
            rv.Html(tag="h2", attributes={"id": "finished"}, children=[found(of, names, say)])
            chart(option=cost_and_worth(of, names, say), label=heard(of, names, say), height=HEIGHT, kind="opening",
                  file="hedgelab", title=found(of, names, say), note=key)  # fmt: skip
            rv.Html(tag="p", class_="key", children=[key])
            with rv.Html(tag="details"):
                rv.Html(tag="summary", children=[say("start.table")])
                solara.HTML(tag="div", unsafe_innerHTML=table(of, names, say), classes=["wide"],
                            attributes={"tabindex": "0"})  # fmt: skip
        with rv.Html(tag="section", class_="tries", attributes={"aria-labelledby": "tries"}):
            rv.Html(tag="h2", attributes={"id": "tries"}, children=[say("start.tries")])
            for which in TRIES:
                Try(lab, which).key(which)


@solara.component
def Try(lab: Lab, which: str):
    """One thing to try, as a button that goes there."""
    say, of = lab.say, opening()

    def go(*_):
        if which == "watch":
            if lab.choice.scenario != of.scenario:
                lab.choose(another(lab.choice, "scenario", of.scenario))
            lab.tab.set("play")
            if lab.status.peek().error:
                lab.again()
            lab.show_count(0)  # also a run that has ended is there to be watched
            lab.play()
        else:
            lab.tab.set(which)

    with rv.Html(tag="button", class_="try", attributes={"type": "button", "data-try": which}) as button:
        rv.Html(tag="strong", children=[say(f"start.{which}")])
        rv.Html(tag="span", children=[say(f"start.{which}_why")])
    rv.use_event(button, "click", go)


def found(of: Opening, names: dict[str, str], say) -> str:
    """What the comparison shows: how the policies' savings stand to their costs."""
    paying = [name for name in of.policies if -of.of(name, BOUGHT)["mean"] >= -of.of(name, COST)["mean"] > 0]
    costly = [name for name in of.policies if -of.of(name, COST)["mean"] > 2 * of.of(name, COST)["error"]]
    if not costly:
        return say("start.no_cost")
    best = max(costly, key=lambda name: of.of(name, BOUGHT)["mean"] / of.of(name, COST)["mean"])
    numbers = {"policy": names[best], "cost": number(-of.of(best, COST)["mean"]),
               "saved": number(-of.of(best, BOUGHT)["mean"], 3)}  # fmt: skip
    return say("start.some_pay" if paying else "start.none_pays", count=len(costly), **numbers)


def heard(of: Opening, names: dict[str, str], say) -> str:
    """The chart for those who hear it."""
    parts = [
        say("start.point", policy=names[name], cost=number(-of.of(name, COST)["mean"]),
            saved=number(-of.of(name, BOUGHT)["mean"], 3))
        for name in of.policies
    ]  # fmt: skip
    return " ".join(parts)


def table(of: Opening, names: dict[str, str], say) -> str:
    """Every difference with its error, a row a policy."""
    head = "".join(f'<th scope="col">{escape(say(f"start.of_{measure}"))}</th>' for measure in MEASURES)
    rows = []
    for name in of.policies:
        gaps = [of.of(name, measure) for measure in MEASURES]
        cells = "".join(f"<td>{number(gap['mean'], 2, True)} ± {number(gap['error'])}</td>" for gap in gaps)
        rows.append(f'<tr><th scope="row">{escape(names[name])}</th>{cells}</tr>')
    return (
        f'<table class="found"><thead><tr><th scope="col">{escape(say("start.against"))}</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
