"""The decision card: the candidates an actor looked at, scored term by term, with the margin over the runner-up."""

import logging
import math
from html import escape

import pandas as pd
import reacton.ipyvuetify as rv
import solara
import solara.lab

from sim.errors import HedgelabError
from sim.record.account import FORCED, MADE
from sim.record.episodes import AnswerKey, answer_key
from sim.studies.flip import FlipPoints, flip_points
from sim.studies.question import without_person
from viz.account import chances_sentence
from viz.cases import ANSWER, arranged, with_cases
from viz.chart import picture
from viz.coercion import asked_text
from viz.figures.decision import leading, why
from viz.flips import believed_html, flips_html
from viz.given import given_html
from viz.inputs import bar
from viz.lab import Lab
from viz.language import Texts
from viz.markup import ledger, versus
from viz.phrases import candidate_phrase, grouped
from viz.pictured import waterfall_height, waterfall_note, waterfall_option
from viz.read import Decision, decision, moves_in
from viz.shown import Shown
from viz.theme import Theme
from viz.trouble import sentence
from viz.waterfall import terms_shown, waterfall_html
from viz.words import capital, many, payoff, percent_of_income
from viz.worlds import scenario_of, theme_named

LOG = logging.getLogger("hedgelab.page")


@solara.component
def DecisionCard(lab: Lab):
    """Why the move that was clicked was made; a hint when no move is open."""
    key, shown = lab.opened.value, lab.shown.value
    if key is None or shown.run is None or key[0] != shown.quarter:
        hint = lab.say("why.hint") if shown.quarter else ""
        rv.Html(tag="p", class_="hint", children=[hint]).key("hint")  # a reused element would keep its tag
        return
    quarter, actor, place = key
    theme = theme_named(shown.choice.scenario, lab.language.value)
    move = opened_move(shown, quarter, place, theme)
    forced = by_a_person(shown, quarter, actor, move)
    attributes = {"aria-labelledby": "card", "data-card": actor}
    with rv.Html(tag="section", class_="decision", attributes=attributes).key("card"):
        with rv.Html(tag="div", class_="card-head"):
            rv.Html(tag="h2", attributes={"id": "card"}, children=[heading(move, actor, theme, forced)])
            Close(lab)
        if forced and shown.run.played is not None:
            RuleInstead(lab, shown, (quarter, actor), theme).key(f"rule {shown.choice} {quarter} {actor}")
        solara.HTML(tag="div", unsafe_innerHTML=card_html(shown, quarter, actor, move, theme))
        WaterfallPicture(shown, key, move, theme)
        if can_flip(shown, quarter, actor, move):
            made = made_when(quarter, actor, move)
            Flips(lab, shown, made, theme).key(f"{shown.choice} {made}")


@solara.component
def WaterfallPicture(shown: Shown, key: tuple, move: dict | None, theme: Theme):
    """Buttons that save the waterfall of the card, where there is one."""
    quarter, actor, _ = key
    free = move is None or move["origin"] in MADE
    read = decision(explained(shown, made_when(quarter, actor, move))) if free else None
    if read is not None and terms_shown(read):
        title = f"{quarter}: {heading(move, actor, theme, by_a_person(shown, quarter, actor, move))}"
        note = waterfall_note(read, theme)
        picture(waterfall_option(read, theme), waterfall_height(read), "waterfall", title, note, actor)


@solara.component
def Close(lab: Lab):
    """Closes the card."""
    close = {"type": "button", "aria-label": lab.say("why.close_card")}
    button = rv.Html(tag="button", class_="card-close", attributes=close, children=[lab.say("why.close")])
    rv.use_event(button, "click", lambda *_: lab.opened.set(None))


@solara.component
def RuleInstead(lab: Lab, shown: Shown, made: tuple[str, str], theme: Theme):
    """What the actor's own rule would have done where a person moved for it: asked in a thread, half a second."""
    task = solara.lab.use_task(lambda: without_person(shown.run, *made), dependencies=[made], raise_error=False)
    say = lab.say
    if task.error:
        text = say("why.rule.stopped", error=sentence(task.exception, say))
    elif task.not_called or task.pending:
        text = say("why.rule.asked", who=theme.in_text(made[1]))
    else:
        text = rule_sentence(task.value, decision(explained(shown, made)), made[1], theme)
    rv.Html(tag="p", class_="rule-instead", attributes={"role": "status"}, children=[text])


def rule_sentence(label: str | None, read: Decision, actor: str, theme: Theme) -> str:
    """What the rule would have done, and how far its move was worth more or less than the person's.

    label : of the rule's pick; None when nothing stood on its agenda"""
    say, who = theme.say, theme.in_text(actor)
    if label is None:
        return say("why.rule.no_agenda", who=who)
    if label == read.picked["candidate"]:
        return say("why.rule.same", who=who)
    row = read.table[read.table["candidate"] == label].iloc[0]
    worth = float(row["worth"])
    if math.isnan(worth):  # not among the candidates that were walked to the end
        return say("why.rule.other", who=who, move=candidate_phrase(row, theme))
    return say("why.rule.worth", who=who, move=candidate_phrase(row, theme), worth=percent_of_income(worth, say),
               gap=payoff(float(read.picked["worth"]) - worth))  # fmt: skip


def by_a_person(shown: Shown, quarter: str, actor: str, move: dict | None) -> bool:
    """Whether a person made the free move behind a row, or held still for the actor."""
    if move is not None:
        return move["origin"] == FORCED
    return any((one.type, one.quarter, getattr(one, "actor", "")) == ("move", quarter, actor)
               for one in shown.choice.turns)  # fmt: skip


def can_flip(shown: Shown, quarter: str, actor: str, move: dict | None) -> bool:
    """Whether the card shows a decision that weighed payoffs, and the run kept what it takes to ask it again."""
    if move is not None and move["origin"] not in MADE:
        return False  # set by somebody else
    if by_a_person(shown, quarter, actor, move):
        return False  # no number would have changed what a person wanted
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
    key, done, say = (shown.choice, made), solara.use_reactive(0), lab.say

    def search() -> FlipPoints:
        found = flip_points(shown.run, *made, progress=lambda k, total: done.set(100 * k // total))
        lab.flips[key] = found
        return found

    task = solara.lab.use_task(search, dependencies=None, raise_error=False)
    with rv.Html(tag="div", class_="flip", attributes={"aria-live": "polite"}):
        if key in lab.flips:
            read = decision(explained(shown, made))
            solara.HTML(tag="div", unsafe_innerHTML=flips_html(lab.flips[key], read, made[1], theme))
        elif task.pending:
            rv.Html(tag="p", children=[say("why.flips.asking", done=done.value)])
            bar(done.value)
        else:
            if task.error:
                why_not = say("why.flips.stopped", error=sentence(task.exception, say))
                rv.Html(tag="p", attributes={"role": "alert"}, children=[why_not])
            Ask(say("why.flips.ask"), task)


@solara.component
def Ask(text: str, on_click):
    """A button that starts a search."""
    button = rv.Html(tag="button", class_="ask-flips", attributes={"type": "button"}, children=[text])
    rv.use_event(button, "click", lambda *_: on_click())


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


def heading(move: dict | None, actor: str, theme: Theme, forced: bool = False) -> str:
    """What the card answers."""
    say, who = theme.say, theme.in_text(actor)
    if forced:
        return say("why.heading.forced", who=who)
    if move is None:
        return say("why.heading.still", who=who)
    if move["origin"] in ("dated", "chance", "commitment"):
        return say(f"why.heading.{move['origin']}")
    return say("why.heading.answer" if move["instrument"] == ANSWER else "why.heading.move", who=who)


def card_html(shown: Shown, quarter: str, actor: str, move: dict | None, theme: Theme) -> str:
    """The card's text: a dated or promised move says so, a chosen one shows its ledger."""
    if move is not None and move["origin"] not in MADE:
        return given_html(shown, move, theme)
    made = made_when(quarter, actor, move)
    read = decision(explained(shown, made))
    if read is None:
        who, why_not = capital(theme.in_text(actor)), closed_text(shown, quarter, theme.say)
        return f"<p>{escape(theme.say('why.weighed_nothing', who=who, why=why_not))}</p>"
    parts = [f"<p>{escape(asked_text(move, shown.run, theme))}</p>" if isinstance(made, AnswerKey) else ""]
    parts += [summary(read, actor, theme), waterfall_html(read, theme)]
    parts.append(details(read, theme, by_a_person(shown, quarter, actor, move)))
    parts.append(fold(theme.say("why.all_candidates"), ledger(read, leading(read), theme), opened=True))
    if shown.run.played is not None:
        parts.append(believed_html(shown.run.believed(quarter, actor), actor, theme))
    return "".join(parts)


def fold(title: str, inside: str, opened: bool = False) -> str:
    """HTML behind a heading that opens and closes it."""
    return f"<details{' open' if opened else ''}><summary>{escape(title)}</summary>{inside}</details>"


def closed_text(shown: Shown, quarter: str, say: Texts) -> str:
    """Why an actor may not have decided: dates rule, or nothing put the matter on its agenda."""
    free = getattr(scenario_of(shown.choice).file, "free_from", None)
    return say("why.not_free", free=free) if free and quarter < free else say("why.no_agenda")


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
    say, who = theme.say, theme.in_text(actor)
    others = many(len(read.table) - 1, "why.summary.others", say)
    if read.holds:
        best = "" if read.runner_up is None else say(
            "why.summary.best", moves=many(len(read.table) - 1, "why.moves", say),
            worth=percent_of_income(read.runner_up["worth"], say))  # fmt: skip
        return f"<p><b>{escape(say('why.summary.still', who=capital(who)))}</b>{escape(best)}</p>"
    text = say("why.summary.worth", worth=percent_of_income(read.picked["worth"], say), who=who)
    if read.runner_up is not None:
        side = "why.summary.ahead" if read.margin >= 0 else "why.summary.behind"
        text += say(side, gap=payoff(abs(read.margin), signed=False), others=others)
    picked = capital(candidate_phrase(read.picked, theme))
    return f"<p><b>{escape(say('why.summary.stop', text=picked))}</b> {escape(say('why.summary.stop', text=text))}</p>"


def details(read: Decision, theme: Theme, forced: bool) -> str:
    """The reasons in words, and the margin term by term behind a fold."""
    chances = "" if read.answers else chances_sentence(read.table, theme.say)
    text = f'<p class="why">{escape(why(read, theme, forced))} {escape(chances)}</p>'
    return text + fold(theme.say("why.term_by_term"), versus(read, theme.say))
