"""The decision card: the candidates an actor looked at, scored term by term, with the margin over the runner-up."""

import logging
from html import escape

import pandas as pd
import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.errors import HedgelabError
from sim.record.account import MADE
from sim.record.episodes import AnswerKey, answer_key
from sim.record.words import nest_sentence
from sim.studies.flip import FlipPoints, flip_points
from viz.cases import ANSWER, THREAT, arranged, with_cases
from viz.coercion import asked_text
from viz.figures.decision import leading, why
from viz.flips import believed_html, flips_html
from viz.lab import Lab, Shown
from viz.markup import ledger, versus
from viz.phrases import all_goods, candidate_phrase, grouped, move_phrase, size_phrase
from viz.read import Decision, decision, moves_in
from viz.theme import Theme
from viz.words import capital, counted, payoff, percent_of_income
from viz.worlds import scenario_of, theme_named

LOG = logging.getLogger("hedgelab.page")


@solara.component
def DecisionCard(lab: Lab):
    """Why the move that was clicked was made; a hint when no move is open."""
    key, shown = lab.opened.value, lab.shown.value
    if key is None or shown.run is None or key[0] != shown.quarter:
        hint = "Click a move to see why it was made, or an actor to see why it held still." if shown.quarter else ""
        rv.Html(tag="p", class_="hint", children=[hint]).key("hint")  # a reused element would keep its tag
        return
    quarter, actor, place = key
    theme = theme_named(shown.choice.scenario)
    move = opened_move(shown, quarter, place, theme)
    attributes = {"aria-labelledby": "card", "data-card": actor}
    with rv.Html(tag="section", class_="decision", attributes=attributes).key("card"):
        with rv.Html(tag="div", class_="card-head"):
            rv.Html(tag="h2", attributes={"id": "card"}, children=[heading(move, actor, theme)])
            close = {"aria-label": "Close the card"}
            solara.Button("Close", lambda: lab.opened.set(None), text=True, small=True, attributes=close)
        solara.HTML(tag="div", unsafe_innerHTML=card_html(shown, quarter, actor, move, theme))
        if can_flip(shown, quarter, actor, move):
            made = made_when(quarter, actor, move)
            Flips(lab, shown, made, theme).key(f"{shown.choice} {made}")


def can_flip(shown: Shown, quarter: str, actor: str, move: dict | None) -> bool:
    """Whether the card shows a decision that weighed payoffs, and the run kept what it takes to ask it again."""
    if move is not None and move["origin"] not in MADE:
        return False  # set by somebody else
    made, played = made_when(quarter, actor, move), shown.run.played
    if played is None or explained(shown, made) is None:
        return False
    return played.weighs_answer(made) if isinstance(made, AnswerKey) else played.weighs(quarter, actor)


def made_when(quarter: str, actor: str, move: dict | None) -> tuple[str, str] | AnswerKey:
    """Quarter and actor of the decision behind a row, or the key of an answer: how a run is asked about it."""
    return answer_key(move) if move is not None and move["instrument"] == ANSWER else (quarter, actor)


@solara.component
def Flips(lab: Lab, shown: Shown, made: tuple[str, ...], theme: Theme):
    """What would have changed the pick: searched when asked for, in a thread, with a bar that moves."""
    key, done = (shown.choice, made), solara.use_reactive(0)

    def search() -> FlipPoints:
        found = flip_points(shown.run, *made, progress=lambda k, total: done.set(100 * k // total))
        lab.flips[key] = found
        return found

    task = solara.lab.use_task(search, dependencies=None)
    with rv.Html(tag="div", class_="flip", attributes={"aria-live": "polite"}):
        if key in lab.flips:
            read = decision(explained(shown, made))
            solara.HTML(tag="div", unsafe_innerHTML=flips_html(lab.flips[key], read, theme))
        elif task.pending:
            rv.Html(tag="p", children=[f"Asking again with other numbers, some seconds: {done.value} %"])
            rv.ProgressLinear(value=done.value, height=4)
        else:
            if task.error:
                rv.Html(tag="p", attributes={"role": "alert"}, children=[f"The search stopped: {task.exception}"])
            solara.Button("What would have changed this?", task, outlined=True, small=True, class_="ask")


def listed_moves(shown: Shown, theme: Theme) -> pd.DataFrame:
    """The moves of the quarter shown as they are listed: bystanders joined, answers under what they answer."""
    if not shown.quarter:
        return pd.DataFrame()
    moves = with_cases(moves_in(shown.run.moves, shown.quarter), shown.run.episodes)
    return arranged(grouped(moves, theme))


def opened_move(shown: Shown, quarter: str, place: int, theme: Theme) -> dict | None:
    """The row that was clicked; None when an actor that held still was clicked."""
    rows = listed_moves(shown, theme) if quarter == shown.quarter else pd.DataFrame()
    return rows.iloc[place].to_dict() if 0 <= place < len(rows) else None


def heading(move: dict | None, actor: str, theme: Theme) -> str:
    """What the card answers."""
    if move is None:
        return f"Why did {theme.in_text(actor)} hold still?"
    if move["origin"] == "dated":
        return "Set by date, not chosen"
    if move["origin"] == "chance":
        return "Chance, not chosen"
    if move["origin"] == "commitment":
        return "Promised by the policy"
    if move["instrument"] == ANSWER:
        return f"Why did {theme.in_text(actor)} answer this way?"
    return f"Why did {theme.in_text(actor)} do this?"


def card_html(shown: Shown, quarter: str, actor: str, move: dict | None, theme: Theme) -> str:
    """The card's text: a dated or promised move says so, a chosen one shows its ledger."""
    if move is not None and move["origin"] not in MADE:
        bare = move["origin"] == "chance" or move["instrument"] in (THREAT, ANSWER)
        table = "" if bare else move_table(shown, move, theme)
        return f"<p>{escape(given_text(move, theme))}</p>{table}"
    made = made_when(quarter, actor, move)
    read = decision(explained(shown, made))
    if read is None:
        who = capital(theme.in_text(actor))
        return f"<p>{escape(who)} weighed nothing in this quarter: {escape(closed_text(shown, quarter))}.</p>"
    parts = [f"<p>{escape(asked_text(move, shown.run, theme))}</p>" if isinstance(made, AnswerKey) else ""]
    parts += [summary(read, actor, theme), ledger(read, leading(read), theme), details(read, theme)]
    if shown.run.played is not None:
        parts.append(believed_html(shown.run.believed(quarter, actor), actor, theme))
    return "".join(parts)


def closed_text(shown: Shown, quarter: str) -> str:
    """Why an actor may not have decided: dates rule, or nothing put the matter on its agenda."""
    free = getattr(scenario_of(shown.choice).file, "free_from", None)
    if free and quarter < free:
        return f"until {free} the scenario's calendar sets all moves"
    return "such decisions did not come onto its agenda"


def given_text(move: dict, theme: Theme) -> str:
    """Where a move that nobody chose comes from."""
    if move["origin"] == "dated":
        how = "as it is recorded" if move["instrument"] in (THREAT, ANSWER) else "as it was decreed"
        return f"Nobody chose this move in the run: the scenario sets it at its date, {how}."
    if move["origin"] == "chance":
        what = capital(move_phrase(move, theme))
        return f"{what}. Nobody chose this: it comes with the luck of the run, which is the same under every policy."
    return "The policy promises this move for this quarter, whatever it is worth."


def move_table(shown: Shown, move: dict, theme: Theme) -> str:
    """Each target and its size, for a row that may stand for several moves."""
    moves = moves_in(shown.run.moves, move["quarter"])
    same = [moves[key] == move[key] for key in ("actor", "instrument", "operation", "origin")]
    rows = moves[same[0] & same[1] & same[2] & same[3]]
    aside = ~rows["target"].isin([theme.focus, *theme.actors, "all"])
    rows = rows[aside] if move["count"] > 1 else rows[rows["target"] == move["target"]]
    body = "".join(
        f'<tr><th scope="row">{escape(theme.name(row["target"]))}</th>'
        f"<td>{escape(all_goods(row['domain'], theme))}</td><td>{escape(size_phrase(row))}</td></tr>"
        for row in rows.to_dict("records")
    )
    head = '<th scope="col">towards</th><th scope="col">goods</th><th scope="col">from → to</th>'
    return f'<table class="given"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def explained(shown: Shown, made: tuple[str, ...]) -> pd.DataFrame | None:
    """The run's ledger of a decision, or of an answer; None when the actor weighed nothing.

    made : as `made_when` gives it"""
    try:
        return shown.run.explain(*made)
    except (HedgelabError, KeyError):
        LOG.debug("no ledger of %s", made)
        return None


def summary(read: Decision, actor: str, theme: Theme) -> str:
    """What was picked, what it was worth, and the margin, in one or two sentences."""
    who = capital(theme.in_text(actor))
    many = counted(len(read.table) - 1, "other candidate")
    if read.holds:
        best = ""
        if read.runner_up is not None:
            moves = counted(len(read.table) - 1, "move")
            best = f" The best of {moves} was worth {percent_of_income(read.runner_up['worth'])}."
        return f"<p><b>{escape(who)} held still.</b>{escape(best)}</p>"
    side = "ahead of" if read.margin >= 0 else "behind"
    text = f"Worth {percent_of_income(read.picked['worth'])} a year to {theme.in_text(actor)}"
    if read.runner_up is not None:
        text += f": {payoff(abs(read.margin), signed=False)} {side} the best of {many}"
    return f"<p><b>{escape(capital(candidate_phrase(read.picked, theme)))}.</b> {escape(text)}.</p>"


def details(read: Decision, theme: Theme) -> str:
    """The margin term by term, and the reasons in words, behind a fold."""
    chances = "" if read.answers else nest_sentence(read.table)
    return (
        f'<p class="why">{escape(why(read, theme))} {escape(chances)}</p>'
        f"<details><summary>Pick and runner-up, term by term</summary>{versus(read)}</details>"
    )
