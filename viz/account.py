"""A quarter told in the language of the page, and the chances of a decision in words.

English is told by the record itself (`sim.record.account`); any other language from the same rows and ledgers, with
the texts of the page."""

from collections.abc import Iterator

import pandas as pd

from sim.played import Run
from sim.record.account import FORCED, MADE, WORTH_A_WORD
from sim.record.episodes import answer_key
from sim.record.politics import FALLS
from sim.record.words import nest_chances
from viz.cases import ANSWER, with_cases
from viz.language import ENGLISH, FIRST, Texts
from viz.measures import term_name
from viz.phrases import candidate_phrase, chance_phrase, move_phrase, whom
from viz.read import Decision, decision, moves_in
from viz.theme import Theme
from viz.words import capital, listed, many, number, payoff

MOST_NAMED = 3  # targets; more are counted
GIVEN = ("dated", "commitment")
TOGETHER = ("begin", "expand", "abandon")
"""What is done with a partner rather than to it: programmes."""
KEYS = ["actor", "instrument", "operation", "demand"]


def account_of(run: Run, quarter: str, theme: Theme) -> str:
    """A few sentences on a quarter, without its label: who did what to whom and why, what chance did, who held."""
    if theme.say.language == FIRST:
        return run.account(quarter).partition(": ")[2]
    moves = with_cases(moves_in(run.moves, quarter), run.episodes)
    said = [*_chosen(run, moves, theme), *_given(moves, theme), *_by_chance(moves, theme)]
    said += [*_politics(run.politics[run.politics.quarter == quarter], theme), *_still(run, quarter, moves, theme)]
    return "".join(said).strip() or theme.say("why.account.nothing")


# --- what was chosen --------------------------------------------------------------------------------


def _chosen(run: Run, moves: pd.DataFrame, theme: Theme) -> Iterator[str]:
    """A sentence a move, answers apart from one another, each with what spoke for it most."""
    rows = moves[moves.origin.isin(MADE)]
    answers = rows[rows.instrument == ANSWER]
    for (actor, *_), mine in rows.drop(answers.index).groupby(KEYS, sort=False):
        read = decision(run.ledgers.get((mine.iloc[0].quarter, actor)))
        forced = (mine.origin == FORCED).all()
        why = theme.say("why.account.forced") if forced else _because(read, theme)
        yield theme.say("why.account.stop", text=_clause(mine, theme) + why)
    for _, row in answers.iterrows():
        read = decision(run.answers.get(answer_key(row)))
        yield theme.say("why.account.stop", text=_clause(row.to_frame().T, theme) + _rather(read, theme))


def _clause(rows: pd.DataFrame, theme: Theme) -> str:
    """What one actor did, to one or several: goods joined, the sizes of several as a range."""
    say, first = theme.say, rows.iloc[0].to_dict()
    kinds = list(dict.fromkeys(part for text in rows.domain for part in str(text).split(", ")))
    joined = first | {"domain": "goods" if "goods" in kinds else ", ".join(kinds)}
    targets = [whom(code, theme) for code in dict.fromkeys(rows.target)]
    named = listed(targets, say) if len(targets) <= MOST_NAMED else many(len(targets), "why.partners", say)
    size = say("why.account.points", points=_range(rows.after - rows.before)) if first["instrument"] == "tariff" else ""
    key = "why.account.with" if first["operation"] in TOGETHER else "why.account.clause"
    return say(key, who=theme.in_text(first["actor"]), whom=named,
               what=move_phrase(joined, theme), size=size)  # fmt: skip


def _range(values: pd.Series) -> str:
    """Fractions in points: `10`, `4.1-65`."""
    sizes = sorted({round(size, 1) for size in 100 * values.astype(float).abs()})
    return f"{sizes[0]:g}" if len(sizes) == 1 else f"{sizes[0]:g}\N{EN DASH}{sizes[-1]:g}"


def _because(read: Decision | None, theme: Theme) -> str:
    """The term that spoke most for a pick, against holding; luck where none did."""
    if read is None:
        return ""
    largest = max(read.terms, key=lambda term: float(read.picked[term]))
    value = float(read.picked[largest])
    if value < WORTH_A_WORD:
        return theme.say("why.account.luck", worth=payoff(read.picked["worth"]))
    return theme.say("why.account.because", term=term_name(largest, theme.say), value=payoff(value))


def _rather(read: Decision | None, theme: Theme) -> str:
    """What set an answer apart from the next best one."""
    if read is None or read.runner_up is None:
        return ""
    other = candidate_phrase(read.runner_up, theme)
    if not read.reasons or read.margin < 0:
        return theme.say("why.account.although", other=other, value=payoff(-read.margin))
    term, gap = max(read.reasons, key=lambda pair: pair[1])
    return theme.say("why.account.rather", other=other, term=term_name(term, theme.say), value=payoff(gap))


# --- what nobody chose, and who held ----------------------------------------------------------------


def _given(moves: pd.DataFrame, theme: Theme) -> Iterator[str]:
    for origin in GIVEN:
        rows = moves[moves.origin == origin]
        parts = [_clause(mine, theme) for _, mine in rows.groupby(KEYS, sort=False)]
        if parts:
            yield theme.say(f"why.account.{origin}", parts=theme.say("why.account.and_then").join(parts))


def _by_chance(moves: pd.DataFrame, theme: Theme) -> Iterator[str]:
    for sentence in moves.sentence[moves.origin == "chance"]:
        key = "why.account.due" if sentence.startswith("due: ") else "why.account.chance"
        yield theme.say(key, what=chance_phrase(sentence, theme))


def _politics(rows: pd.DataFrame, theme: Theme) -> Iterator[str]:
    """A policy that fell, and moves that a group blocked."""
    for row in rows.itertuples():
        key = "why.account.falls" if row.event == FALLS else "why.account.blocked"
        yield theme.say(key, who=theme.in_text(row.actor), value=number(row.value, 2, signed=True))


def _still(run: Run, quarter: str, moves: pd.DataFrame, theme: Theme) -> Iterator[str]:
    """Who weighed free moves and held, and who decided nothing."""
    rows, decided = moves[moves.origin.isin(MADE)], {actor for q, actor in run.ledgers if q == quarter}
    moved, answered = (set(rows.actor[(rows.instrument == ANSWER) == kind]) for kind in (False, True))
    actors = [] if run.played is None else run.played.config.file.actors
    for key, among in (("held", [a for a in actors if a in decided and a not in moved]),
                       ("quiet", [a for a in actors if a not in decided and a not in answered])):  # fmt: skip
        if among:
            yield theme.say(f"why.account.{key}", who=capital(listed(map(theme.in_text, among), theme.say)))


# --- chances ----------------------------------------------------------------------------------------


def chances_sentence(ledger: pd.DataFrame, say: Texts = ENGLISH) -> str:
    """Chances through the nests: of acting at all, of each class given that, of the pick given its class."""
    nests = nest_chances(ledger)
    classes = listed((f"{_class(name, say)} {_chance(part, say)}" for name, part in nests["classes"].items()), say)
    text = say("why.nests.act", chance=_chance(nests["act"], say))
    text += say("why.nests.classes", classes=classes) if classes else ""
    within = nests["pick_in_class"]
    text += say("why.nests.within", chance=_chance(within, say)) if within is not None else ""
    return text + say("why.nests.stop")


def _class(name: str, say: Texts) -> str:
    return say.named("class", name, name)


def _chance(value: float, say: Texts) -> str:
    """Per cent that are neither 0 nor 100 unless they are."""
    if 0 < value < 0.001 or 0.999 < value < 1:
        return say("why.nests.under" if value < 0.5 else "why.nests.over")
    return f"{100 * value:.3g} %"
