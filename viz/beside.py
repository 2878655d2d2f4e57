"""The grey run: the run before, or the reference policy on the same luck, played in the background once a choice."""

import time
from dataclasses import dataclass, replace

import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.played import Run
from sim.scenario.defaults import load_defaults
from viz.inputs import pick
from viz.kept import KEPT
from viz.lab import Lab
from viz.language import Texts
from viz.shown import Shown
from viz.state import Choice
from viz.trouble import sentence
from viz.worlds import OF_THE_POLICY, scenario_of, title_of, titles

BEFORE, REFERENCE, NONE = "before", "reference", "none"
BEAT = 1.0
"""Seconds between two looks of the page at a reference that is being played, at least."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """The grey run, and what it is; None while there is none."""

    run: Run | None = None
    choice: Choice | None = None
    kind: str = NONE


def reference_of(choice: Choice) -> Choice:
    """The same world and luck under the reference policy: what others do by a person's hand stays."""
    focus = scenario_of(choice).file.focus
    turns = [t for t in choice.turns if t.type == "values" or (t.type == "move" and t.actor != focus)]
    values = tuple(pair for pair in choice.values if not pair[0].startswith(OF_THE_POLICY))
    return replace(choice, policy=load_defaults().reference, values=values, turns=tuple(turns))


def ghost_of(lab: Lab, shown: Shown) -> Ghost:
    """The grey run that the tab asks for."""
    kind = lab.beside.value
    if kind == NONE:
        return Ghost()
    if kind == REFERENCE:
        choice = reference_of(shown.choice)
        return Ghost(shown.run if choice == shown.choice else lab.references.value.get(choice), choice, kind)
    return Ghost(shown.ghost, shown.ghost_choice, BEFORE)


def play_reference(lab: Lab, choice: Choice) -> None:
    """Plays a reference to its end, unless the tab no longer asks for it; the page sees how far it is.

    Raises HedgelabError when it cannot be played."""
    if choice in lab.references.value or choice == lab.shown.peek().choice:
        return
    player, told = lab.player_of(choice), time.monotonic()
    while not player.done:
        if lab.closed or lab.beside.peek() != REFERENCE or reference_of(lab.shown.peek().choice) != choice:
            _forget(lab, choice)
            return
        player.advance()
        if player.done or time.monotonic() - told > BEAT:
            told = time.monotonic()
            lab.references.value = dict([*_others(lab, choice), (choice, player.run_so_far())][-KEPT:])


def _others(lab: Lab, choice: Choice) -> list[tuple[Choice, Run]]:
    return [pair for pair in lab.references.peek().items() if pair[0] != choice]


def _forget(lab: Lab, choice: Choice) -> None:
    """Half a reference is none."""
    lab.references.value = dict(_others(lab, choice))


@solara.component
def Beside(lab: Lab):
    """Which run is grey, and the task that plays it."""
    say, shown = lab.say, lab.shown.value
    wanted = lab.beside.value == REFERENCE
    reference = reference_of(shown.choice)

    def work() -> None:
        if wanted:
            play_reference(lab, reference)

    task = solara.lab.use_task(work, dependencies=[wanted, reference, reference == shown.choice],
                               raise_error=False)  # fmt: skip
    name = titles("policy", lab.language.value).get(reference.policy, reference.policy)
    items = {BEFORE: say("play.ghost_before"), REFERENCE: say("play.ghost_reference", policy=name),
             NONE: say("play.ghost_none")}  # fmt: skip
    pick(say("play.ghost"), items, lab.beside.value, lab.beside.set, "ghost")
    if wanted and task.error:
        said = sentence(task.exception, say)
        rv.Html(tag="span", class_="ghost-state", attributes={"role": "alert"},
                children=[say("play.ghost_failed", error=said)])  # fmt: skip
    elif wanted and task.pending:
        rv.Html(tag="span", class_="ghost-state", attributes={"role": "status"}, children=[say("play.ghost_playing")])


def ghost_text(ghost: Ghost, shown: Shown, say: Texts) -> str:
    """What the grey dashes are; empty when there are none."""
    if ghost.choice is None:
        return ""
    if ghost.kind == REFERENCE and ghost.choice == shown.choice:
        return say("play.ghost_itself")
    return say("play.ghost_was" if ghost.kind == BEFORE else "play.ghost_is", choice=choice_text(ghost.choice, say))


def choice_text(choice: Choice, say: Texts) -> str:
    """A choice by its titles: `The tariffs of 2025, Hedge with Europe, luck 7`, and whether it is changed further."""
    scenario = title_of(choice.scenario, say.language)
    policy = titles("policy", say.language).get(choice.policy, choice.policy)
    luck = f"{choice.seed}.{choice.run}" if choice.run else str(choice.seed)
    text = say("play.choice", scenario=scenario, policy=policy, luck=luck)
    changes = len(choice.values) + len(choice.turns)
    return say("play.choice_changed", choice=text, count=changes) if changes else text
