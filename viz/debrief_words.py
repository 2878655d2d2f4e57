"""A debrief in words and tables, in the page's language; what it is made of stands in `debrief.py`."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from sim.played import Run
from viz.chair import named, touching, unit
from viz.debrief import MEASURES, Beside, Debrief, Judged, Swing
from viz.language import Texts
from viz.measures import measure
from viz.phrases import candidate_phrase
from viz.theme import Theme
from viz.words import MISSING, capital, number, payoff, value_text


def debrief_html(of: Debrief, run: Run, titles: Mapping[str, str], theme: Theme, say: Texts) -> str:
    """All of it as HTML, everything from the run escaped."""
    parts = [
        f"<h2>{escape(headline_text(of, titles, theme, say))}</h2>",
        policies_html(of, titles, theme, say),
        moves_html(of, theme, say),
        turning_html(of, run, theme, say),
    ]
    return "".join(parts)


def headline_text(of: Debrief, titles: Mapping[str, str], theme: Theme, say: Texts) -> str:
    """How the game ended, beside the policy that would have ended with most income."""
    mine = of.outcome["real_income"]
    played = [one for one in of.policies if one.outcome]
    text = say("chair.ended", who=theme.name(of.actor), quarter=of.last, income=value_text(mine, "real_income"))
    if not played:
        return text
    best = max(played, key=lambda one: one.outcome["real_income"])
    gap = best.outcome["real_income"] - mine
    key = "chair.best_policy" if gap > 0 else "chair.beat_all"
    other = value_text(best.outcome["real_income"], "real_income")
    return text + say(key, policy=titles.get(best.policy, best.policy), income=other)


def policies_html(of: Debrief, titles: Mapping[str, str], theme: Theme, say: Texts) -> str:
    """The game and every policy, a row each; the best of each column in bold."""
    rows = [Beside("", of.outcome), *of.policies]
    best = {code: _best(code, [one.outcome[code] for one in rows if code in one.outcome]) for code in MEASURES}
    head = "".join(f'<th scope="col">{escape(_column(code, of, theme, say))}</th>' for code in MEASURES)
    body = ""
    for one in rows:
        title = titles.get(one.policy, one.policy) if one.policy else say("chair.this_game")
        if one.problem:
            cells = f'<td colspan="{len(MEASURES)}">{escape(say("chair.not_played", why=one.problem))}</td>'
        else:
            cells = "".join(_cell(one.outcome.get(code), code, best[code]) for code in MEASURES)
        body += f'<tr{"" if one.policy else " class=mine"}><th scope="row">{escape(title)}</th>{cells}</tr>'
    return (
        f"<h3>{escape(say('chair.beside', quarter=of.last))}</h3>"
        f'<p class="hint">{escape(say("chair.beside_key", who=theme.name(of.actor)))}</p>'
        f'<div class="wide" tabindex="0">'
        f'<table class="outcomes"><thead><tr><th scope="col">{escape(say("chair.policy"))}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _column(code: str, of: Debrief, theme: Theme, say: Texts) -> str:
    whose = theme.name(of.actor if code == "real_income" else of.focus)
    return say("chair.column", who=whose, measure=named(code, say), unit=unit(code, say))


def _best(code: str, values: list[float]) -> str:
    return value_text((max if measure(code).better == "higher" else min)(values, default=float("nan")), code)


def _cell(value: float | None, code: str, best: str) -> str:
    """What is written alike is equally good."""
    text = MISSING if value is None else value_text(value, code)
    return f"<td><b>{escape(text)}</b></td>" if text == best else f"<td>{escape(text)}</td>"


def moves_html(of: Debrief, theme: Theme, say: Texts) -> str:
    """Every move beside the adviser's, what it gave up as it was seen then, and what it cost as it came out."""
    if not of.moves:
        return f"<h3>{escape(say('chair.moves'))}</h3><p>{escape(say('chair.no_moves'))}</p>"
    keys = ("quarter", "your_move", "advised", "gap", "regret")
    head = "".join(f'<th scope="col">{escape(say(f"chair.{key}"))}</th>' for key in keys)
    body = "".join(_move_row(one, theme, say, one is of.worst) for one in of.moves)
    worst = say("chair.no_worst")
    if of.worst is not None:
        worst = say("chair.worst", quarter=of.worst.quarter, move=candidate_phrase(of.worst.made, theme),
                    advised=candidate_phrase(of.worst.advised, theme), cost=_size(of.worst.regret))  # fmt: skip
    note = "chair.regret_key_focus" if of.actor == of.focus else "chair.regret_key"
    return (
        f"<h3>{escape(say('chair.moves'))}</h3><p><b>{escape(worst)}</b></p>"
        f'<div class="wide" tabindex="0"><table class="outcomes judged"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f'<p class="hint">{escape(say(note))}</p>'
    )


def _move_row(one: Judged, theme: Theme, say: Texts, worst: bool) -> str:
    advised = say("chair.the_same") if one.same else capital(candidate_phrase(one.advised, theme))
    missed = f" {say('chair.missed', quarters=', '.join(one.missed))}" if one.missed else ""
    cells = [capital(candidate_phrase(one.made, theme)), advised + missed]
    words = "".join(f'<td class="words">{escape(text)}</td>' for text in cells)
    sizes = "".join(f"<td>{MISSING if one.same else escape(payoff(value))}</td>" for value in (one.gap, one.regret))
    return f'<tr{" class=worst" if worst else ""}><th scope="row">{escape(one.quarter)}</th>{words}{sizes}</tr>'


def turning_html(of: Debrief, run: Run, theme: Theme, say: Texts) -> str:
    """The turning points in words, in the order of time."""
    items = "".join(f"<li>{escape(turning_text(one, run, of.actor, theme, say))}</li>" for one in of.turning_points)
    items = items or f"<li>{escape(say('chair.no_turning'))}</li>"
    return f"<h3>{escape(say('chair.turning'))}</h3><ol>{items}</ol>"


def turning_text(one: Judged | Swing, run: Run, actor: str, theme: Theme, say: Texts) -> str:
    """One turning point: a move that cost or won, or a quarter that changed much."""
    if isinstance(one, Swing):
        key = "chair.swing_up" if one.change > 0 else "chair.swing_down"
        text = say(key, quarter=one.quarter, size=_size(one.change))
        return text + touching(run, one.quarter, actor, theme, say)
    key = "chair.turn_cost" if one.regret > 0 else "chair.turn_won"
    return say(key, quarter=one.quarter, move=candidate_phrase(one.made, theme), size=_size(one.regret),
               advised=candidate_phrase(one.advised, theme))  # fmt: skip


def _size(value: float) -> str:
    return number(abs(value), 4 if abs(value) < 0.002 else 3)
