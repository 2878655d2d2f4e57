"""The chair: a person moves for an actor, quarter by quarter, and is told at any time what the moves were worth.

What is picked becomes a turn of the run, so a game is a link and a scenario file like any other run."""

from dataclasses import replace
from functools import partial

import pandas as pd
import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.scenario.turns import MoveTurn
from viz.chair import menu, situation_html
from viz.debrief import Debrief, Stopped, debrief
from viz.debrief_words import debrief_html
from viz.export import judged_csv, outcomes_csv, stem
from viz.inputs import Check, Press, PrintButton, bar, luck_field, packed, pick
from viz.lab import Lab
from viz.share import Save
from viz.shown import Shown
from viz.state import Choice
from viz.theme import Theme
from viz.trouble import sentence
from viz.upload import scenario_titles
from viz.worlds import all_quarters, another, scenario_of, theme_named, titles, turns_of


@solara.component
def Chair(lab: Lab):
    """Who sits where, the situation, what can be done, and the debrief."""
    say, waits = lab.say, lab.waits
    lab.status.value  # noqa: B018 - drawn again with it: whether the lab waits shows in it
    last = solara.use_ref(lab.shown.value)
    if not waits or last.current.choice.scenario != lab.shown.value.choice.scenario:
        last.current = lab.shown.value
    shown = last.current  # while a move is being played, what it was picked from stays on the page
    actor = seat(lab, shown)
    theme = theme_named(shown.choice.scenario, lab.language.value)
    solara.use_effect(lab.pause, [])
    with rv.Html(tag="div", class_="chair"):
        rv.Html(tag="h2", class_="no-print", children=[say("chair.lead", who=theme.in_text(actor))])
        Setup(lab, shown, actor, theme)
        Clock(lab, shown, actor, theme)
        with rv.Html(tag="div", class_="chair-columns no-print"):
            Situation(lab, shown, actor, theme)
            Moves(lab, shown, actor, theme).key(f"{actor}")
        Judgement(lab, shown, actor, theme).key(f"debrief {actor}")


def seat(lab: Lab, shown: Shown) -> str:
    """The actor that a person moves for: the one that was picked, else the one that moved already, else the focus."""
    file = scenario_of(shown.choice).file
    moved = [turn.actor for turn in shown.choice.turns if turn.type == "move"]
    wanted = [lab.seat.value, *moved, file.focus]
    return next(code for code in [*wanted, file.actors[0]] if code in file.actors)


@solara.component
def Setup(lab: Lab, shown: Shown, actor: str, theme: Theme):
    """Actor, scenario, luck, policy, and whether the adviser speaks."""
    say, choice = lab.say, shown.choice
    file = scenario_of(choice).file
    named = scenario_titles(lab, lab.language.value)

    def fresh(other: Choice) -> None:
        lab.choose(replace(other, turns=turns_of(other.scenario)))

    def taken(kind: str, name: str) -> None:
        fresh(another(choice, kind, name))

    with rv.Html(tag="div", class_="setup no-print"):
        actors = {code: theme.name(code) for code in file.actors}
        pick(say("chair.actor"), actors, actor, lab.seat.set, "actor")
        pick(say("play.scenario"), named, choice.scenario, partial(taken, "scenario"), "scenario")
        policies = titles("policy", lab.language.value)
        pick(say("play.policy"), policies, choice.policy, partial(taken, "policy"), "policy")
        luck_field(say, choice.seed, lambda seed: fresh(replace(choice, seed=seed, run=0)))
        Check(label=say("chair.adviser"), value=lab.advised.value, event_changed=lambda on: lab.advised.set(bool(on)))


@solara.component
def Clock(lab: Lab, shown: Shown, actor: str, theme: Theme):
    """Where the game stands, and the buttons that move it without a move."""
    say, waits = lab.say, lab.waits
    made = len(shown.choice.moves_of(actor))

    def take_back() -> None:
        turn = shown.choice.moves_of(actor)[-1]
        kept = tuple(one for one in shown.choice.turns if one != turn)
        before = [quarter for quarter in all_quarters(shown.choice) if quarter < turn.quarter]
        lab.choose(replace(shown.choice, turns=kept), before[-1] if before else None, ghost=False)

    def again() -> None:
        lab.choose(replace(shown.choice, turns=turns_of(shown.choice.scenario)), ghost=True)

    with rv.Html(tag="div", class_="chair-clock no-print"):
        with rv.Html(tag="p", attributes={"role": "status", "aria-live": "polite"}):
            rv.Html(tag="strong", children=[stands(lab, shown)])
            rv.Html(tag="span", children=[say("chair.made", count=made)])
        Press(say("chair.back"), lab.back, waits or not shown.cursor)
        Press(say("chair.forward"), lab.step, waits or shown.cursor >= shown.played)
        Press(say("chair.take_back"), take_back, waits or not made)
        Press(say("chair.again"), again, waits or not made)


def stands(lab: Lab, shown: Shown) -> str:
    """Which quarter comes next, in words."""
    coming, total = coming_quarter(shown), len(all_quarters(shown.choice))
    if lab.waits:
        return lab.say("chair.playing")
    if coming is None:
        return lab.say("chair.over")
    return lab.say("chair.coming", quarter=coming, shown=shown.cursor + 1, total=total)


def coming_quarter(shown: Shown) -> str | None:
    """The quarter that the person moves in; None after the last."""
    quarters = all_quarters(shown.choice)
    return quarters[shown.cursor] if shown.cursor < len(quarters) else None


@solara.component
def Situation(lab: Lab, shown: Shown, actor: str, theme: Theme):
    """What happened last, who wants what, what is in force, and the numbers."""
    say, language = lab.say, lab.language.value

    def told() -> str:
        return situation_html(shown.run, shown.quarter, actor, theme, say) if shown.quarter else ""

    html = solara.use_memo(told, [shown.run and id(shown.run), shown.quarter, actor, language])
    with rv.Html(tag="section", class_="panel situation", attributes={"aria-labelledby": "situation"}):
        if not shown.quarter:
            rv.Html(tag="h2", attributes={"id": "situation"}, children=[say("chair.before")])
            rv.Html(tag="p", children=[say("chair.how")])
            return
        rv.Html(tag="h2", attributes={"id": "situation"}, children=[say("chair.happened", quarter=shown.quarter)])
        solara.HTML(tag="div", unsafe_innerHTML=html)


@solara.component_vue("../menu.vue")
def Menu(groups: str, hold: dict, words: dict, place: str, disabled: bool = False, event_picked=None):
    """Moves to pick from in a quarter, `place`, searched in the browser; `groups` is packed, `picked` gets a name."""


@solara.component
def Moves(lab: Lab, shown: Shown, actor: str, theme: Theme):
    """Candidates of the coming quarter; picking one plays it."""
    say, coming, waits = lab.say, coming_quarter(shown), lab.waits
    key = None if waits or coming is None else (shown.choice, shown.cursor, actor)

    def look() -> tuple | None:
        return None if key is None else (key, _ledger(lab, shown, actor))

    task = solara.lab.use_task(look, dependencies=[key], raise_error=False)
    found = task.value if task.finished and task.value and task.value[0] == key else None
    latest = solara.use_ref(None)
    latest.current = found or latest.current

    def picked(name: object) -> None:
        if found and name in set(found[1]["candidate"]):
            make(lab, shown, actor, coming, str(name))

    with rv.Html(tag="section", class_="panel options", attributes={"aria-labelledby": "options"}):
        if coming is None:
            rv.Html(tag="h2", attributes={"id": "options"}, children=[say("chair.over")])
            return
        what = say("chair.what", who=theme.in_text(actor), quarter=coming)
        rv.Html(tag="h2", attributes={"id": "options"}, children=[what])
        rv.Html(tag="p", class_="hint", children=[notes(lab, shown, coming)])
        Press(say("chair.rule", who=theme.in_text(actor)), lambda: by_rule(lab, shown, actor, coming), waits, "rule")
        if task.error and key is not None:
            why_not = say("chair.no_menu", why=sentence(task.exception, say))
            rv.Html(tag="p", attributes={"role": "alert"}, children=[why_not])
        elif found is None:
            rv.Html(tag="p", attributes={"role": "status"}, children=[say("chair.weighing")])
        if latest.current is not None:
            words = {name: say(f"chair.{name}") for name in ("search", "none", "none_found")}
            drawn = menu(latest.current[1], lab.advised.value, theme, say)
            Menu(groups=packed(drawn["groups"]), hold=drawn["hold"], words=words, place=coming, disabled=found is None,
                 event_picked=picked)  # fmt: skip


def notes(lab: Lab, shown: Shown, coming: str) -> str:
    """What holds for this quarter's moves."""
    free, say = scenario_of(shown.choice).file.free_from, lab.say
    parts = [say("chair.calendar", quarter=free)] if free and coming < free else []
    parts += [say("chair.scores")] if lab.advised.value else []
    return " ".join([*parts, say("chair.answers")])


def _ledger(lab: Lab, shown: Shown, actor: str) -> pd.DataFrame:
    player = lab.player_of(shown.choice, shown.cursor)
    while len(player.records) < shown.cursor:
        player.advance()
    return player.options(actor)


def make(lab: Lab, shown: Shown, actor: str, coming: str, name: str) -> None:
    """The move becomes a turn of the run, and the quarter is played."""
    turned = shown.choice.with_move(MoveTurn(type="move", quarter=coming, actor=actor, move=name))
    if turned == shown.choice:
        lab.step()
    else:
        lab.choose(turned, coming, ghost=False)


def by_rule(lab: Lab, shown: Shown, actor: str, coming: str) -> None:
    """The quarter is played with what the actor's rule picks; later moves of the person are dropped."""
    choice = shown.choice
    kept = tuple(one for one in choice.turns if one not in choice.moves_of(actor) or one.quarter < coming)
    if kept == choice.turns:
        lab.step()
    else:
        lab.choose(replace(choice, turns=kept), coming, ghost=False)


@solara.component
def Judgement(lab: Lab, shown: Shown, actor: str, theme: Theme):
    """The debrief: searched when asked for, in a thread, with progress and a way to stop it."""
    say, language = lab.say, lab.language.value
    done, stopped = solara.use_reactive((0, 1)), solara.use_ref(False)
    key = (shown.choice, actor, shown.quarter or "")

    def tell(count: int, of: int) -> None:
        if stopped.current or lab.closed:
            raise Stopped
        done.set((count, max(of, 1)))

    def search() -> Debrief | None:
        try:
            found = debrief(shown.choice, shown.run, actor, shown.quarter, list(titles("policy")), lab.player_of, tell)
        except Stopped:
            return None
        lab.debriefs[key] = found
        return found

    task = solara.lab.use_task(search, dependencies=None, raise_error=False)
    names, found = titles("policy", language), lab.debriefs.get(key)
    html = solara.use_memo(lambda: debrief_html(found, shown.run, names, theme, say) if found else "",
                           [found and id(found), language])  # fmt: skip

    def stop() -> None:
        stopped.current = True

    def leave():
        return stop

    solara.use_effect(leave, [])  # a search whose button is gone could not be stopped

    def begin() -> None:
        stopped.current = False
        done.set((0, 1))
        task()

    with rv.Html(tag="section", class_="panel debrief", attributes={"aria-label": say("chair.debrief")}):
        if html:
            rv.Html(tag="p", class_="print-only", children=[game_text(lab, shown, actor, theme)])
            solara.HTML(tag="div", unsafe_innerHTML=html)
            with rv.Html(tag="div", class_="saves"):
                PrintButton(label=say("chair.print"))
                file = stem(shown.choice, shown.quarter)
                Save(say("chair.outcomes_csv"), f"{file}-debrief.csv", lambda: outcomes_csv(found), "text/csv", key)
                Save(say("chair.judged_csv"), f"{file}-judged.csv", lambda: judged_csv(found), "text/csv", key)
        elif task.pending:
            count, of = done.value
            rv.Html(tag="p", attributes={"role": "status"}, children=[say("chair.replaying", done=count, total=of)])
            bar(100 * count / of)
            Press(say("chair.stop"), stop)
        elif shown.quarter:
            if task.error:
                why = say("chair.no_debrief", why=sentence(task.exception, say))
                rv.Html(tag="p", attributes={"role": "alert"}, children=[why])
            Press(say("chair.debrief"), begin, lab.waits)
            rv.Html(tag="p", class_="hint", children=[say("chair.debrief_hint")])


def game_text(lab: Lab, shown: Shown, actor: str, theme: Theme) -> str:
    """Which game a printed debrief is of."""
    choice, language = shown.choice, lab.language.value
    scenario = scenario_titles(lab, language).get(choice.scenario, choice.scenario)
    policy = titles("policy", language).get(choice.policy, choice.policy)
    return lab.say("chair.game", who=theme.name(actor), scenario=scenario, policy=policy, luck=choice.seed)
