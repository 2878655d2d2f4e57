"""A quarter told in a few sentences, made from the records and from nothing else: what was chosen and answered and
why, what was set by date or promised, what chance did, and who held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.record.episodes import AnswerKey, answer_key, case_of, instrument_of
from sim.record.politics import POLITICS
from sim.record.words import listed, margin_of, runner_up
from sim.rules.payoff import PAYOFF_TERMS
from sim.scenario.scenario import Scenario

WORTH_A_WORD = 5e-5  # per cent of income: a smaller term is no reason
CLEAR = 0.2  # part of the main reason that what speaks against a move must reach
MOST_NAMED = 3  # targets; more are counted

PAST = {
    ("tariff", "raise"): "raised its tariff on {goods} from {whom} by {points} points",
    ("tariff", "match"): "answered {whom} with a tariff on {goods}, {points} points higher",
    ("tariff", "cut"): "cut its tariff on {goods} from {whom} by {points} points",
    ("tariff", "remove"): "took back its tariff on {goods} from {whom} by {points} points",
    ("control", "licensing"): "put {more}its exports of {goods} to {whom} under licence",
    ("control", "embargo"): "stopped its exports of {goods} to {whom}",
    ("control", "ease"): "eased its control of {goods} to {whom}",
    ("control", "lift"): "lifted its control of {goods} to {whom}",
    ("hedge", "start"): "started to hedge against depending on {whom} for {goods}",
    ("hedge", "begin"): "began the programme {goods} with {whom}",
    ("hedge", "expand"): "expanded the programme {goods} with {whom}",
    ("hedge", "abandon"): "gave up the programme {goods} with {whom}",
}
"""What was done, by instrument and operation."""

THREATS = {
    ("tariff", False): "asked {whom} to {title} and threatened a tariff of {points} points on {goods}",
    ("tariff", True): "put a tariff of {points} points on {goods} from {whom}, unannounced, and asked it to {title}",
    ("control", False): "asked {whom} to {title} and threatened to withhold {points} % of its exports of {goods}",
    (
        "control",
        True,
    ): "withheld {points} % of its exports of {goods} from {whom}, unannounced, and asked it to {title}",
    ("", False): "asked {whom} to {title} and threatened a measure on {goods}",
    ("", True): "struck {goods} of {whom}, unannounced, and asked it to {title}",
}
"""What was asked and with what, by instrument of the punishment and whether it came at once."""

ANSWERS = {
    "comply": "gave in to {whom}",
    "resist": "refused",
    "retaliate": "answered {whom}'s measure on {goods} with a tariff of its own",
    "shield": "called on its coalition against {whom}",
    "back down": "did not carry out its threat against {whom}",
    "carry out": "carried out its threat against {whom}, a measure on {goods}",
    "keep": "kept its measure on {goods} against {whom}",
    "lift": "lifted its measure on {goods} against {whom} with its demand unmet",
    "escalate": "went further against {whom} in {goods}",
}
INSTEAD = {
    "comply": "giving in",
    "resist": "refusing",
    "retaliate": "retaliating",
    "shield": "calling on its coalition",
    "back down": "backing down",
    "carry out": "carrying it out",
    "keep": "keeping it",
    "lift": "lifting it",
    "escalate": "going further",
}
"""What one side of an episode did, and what it might have done."""

REASONS = {
    "real_income": ("its own income", "its own income fell"),
    "retaliation": ("the answers it would be spared", "it feared an answer"),
    "producer_rents": ("its producers", "its producers lost"),
    "norm_cost": ("keeping commitments", "it broke commitments"),
    "concession": ("its political value", "it gave up political value"),
    "punishment_cost": ("the cost it saved", "imposing it was costly"),
    "coercion_risk": ("less risk of coercion", "its risk of coercion grew"),
    "programme_cost": ("a cheaper programme", "the programme cost money"),
    "security": ("its security", "it weakened its security"),
    "domestic": ("support at home", "it lost support at home"),
    "taste": ("habit and mood", "habit and mood spoke against it"),
    "option_value": ("the right to give it up", "waiting for news was worth more"),
}
"""What a term says for a move, and what it says against one."""
ASKED = {
    "comply": {"concession": ("the measure it was spared", "giving in had a price at home")},
    "resist": {"concession": ("what giving in would cost at home", "it might have been spared the measure")},
    "retaliate": {"concession": ("what it may win back", "it might have won back more")},
    "shield": {"concession": ("what it may win back", "it might have won back more")},
    "carry out": {"concession": ("what it may still win", "it gave up what it might win"),
                  "punishment_cost": ("its face at home", "imposing it was costly")},
}  # fmt: skip
"""What terms say of an answer, where that differs."""
CHOSEN, FORCED = "chosen", "forced"
MADE = (CHOSEN, FORCED)
"""Moves of the quarter, by the actor's rule or by a person in its place."""
TOLD = ", as a person told it to"
GIVEN = {"dated": "Set by date", "commitment": "Promised by the policy"}
GROUPS = {"goods": "all goods", "farm": "farm goods"}


@dataclass(frozen=True)
class Names:
    """Regions and domains as they stand inside a sentence, and demands, by code; one without a name stands for
    itself."""

    regions: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    demands: Mapping[str, str] = field(default_factory=dict)

    def region(self, code: str) -> str:
        """`the United States`; `everybody` for all."""
        return "everybody" if code == "all" else self.regions.get(code, code)

    def goods(self, text: str) -> str:
        """A group of domains or a list of them: `all goods`, `energy and machinery`, `6 kinds of goods`."""
        if text in GROUPS:
            return GROUPS[text]
        parts = str(text).split(", ")
        if len(parts) > MOST_NAMED:
            return f"{len(parts)} kinds of goods"
        return listed(self.domains.get(part, part.replace("_", " ")) for part in parts)

    def demand(self, code: str) -> str:
        """What is asked: `buy more of its energy`."""
        return self.demands.get(code, code.replace("_", " "))


def names_of(scenario: Scenario) -> Names:
    """The names that the configs give."""
    regions = {code: region.in_text or region.name for code, region in scenario.regions.items()}
    found = {code: one.name for code, one in (scenario.domains | scenario.stock_domains).items()}
    found |= {code: one.title for code, one in scenario.programmes.items()}
    demands = {code: one.title for code, one in scenario.threat.demands.items()}
    return Names(regions, {c: n if n[:2].isupper() else n[:1].lower() + n[1:] for c, n in found.items()}, demands)


@dataclass(frozen=True)
class Told:
    """What the account of one quarter is made from."""

    moves: pd.DataFrame  # rows of the quarter
    ledgers: Mapping[str, pd.DataFrame]  # by actor that decided
    answers: Mapping[AnswerKey, pd.DataFrame]  # ledgers
    cases: pd.DataFrame  # episodes: which measure stands behind a threat
    names: Names
    politics: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=POLITICS))  # rows of the quarter


def account(quarter: str, told: Told, actors: list[str]) -> str:
    """A few sentences on a quarter: chosen moves and answers with their reasons first, who held last.

    actors : all that could decide, in order"""
    said = [_sentence(text) for text in _chosen(told)]
    for origin, head in GIVEN.items():
        parts = list(_given(told, told.moves[told.moves.origin == origin]))
        said += [f"{head}: {'; '.join(parts)}."] if parts else []
    said += [*_chance(told.moves), *_at_home(told), *_still(told, actors)]
    return f"{quarter}: {' '.join(said) or 'Nobody moved.'}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# --- what was chosen --------------------------------------------------------------------------------


def _chosen(told: Told) -> Iterator[str]:
    """A sentence a move; the answers of the quarter stand behind what they answer."""
    rows = told.moves[told.moves.origin.isin(MADE)]
    answers = rows[rows.instrument == "answer"]
    for (actor, instrument, _), mine in rows.drop(answers.index).groupby(["actor", "instrument", "operation"],
                                                                         sort=False):  # fmt: skip
        why = _because(told.ledgers[actor]) if actor in told.ledgers else ""
        why = TOLD if (mine.origin == FORCED).all() else why
        if instrument != "threat":
            yield f"{told.names.region(actor)} {_done(mine, told.names)}{why}"
            continue
        for _, threat in mine.iterrows():
            to_it = answers[_about(answers, threat)]
            answers = answers.drop(to_it.index)
            yield "; ".join([f"{_threat(threat, told)}{why}", *(_answer(row, told) for _, row in to_it.iterrows())])
    yield from (_answer(row, told) for _, row in answers.iterrows())


def _about(answers: pd.DataFrame, threat: pd.Series) -> pd.Series:
    """Which answers belong to a threat: those of either side on its demand."""
    pair = {threat.actor, threat.target}
    return (answers.demand == threat.demand) & answers.actor.isin(pair) & answers.target.isin(pair)


def _threat(row: pd.Series, told: Told) -> str:
    return f"{told.names.region(row.actor)} {_threatened(row.to_frame().T, told)}"


def _threatened(rows: pd.DataFrame, told: Told) -> str:
    """What one actor asked of one or several, and with what."""
    first, names = rows.iloc[0], told.names
    case = case_of(told.cases, first)
    instrument = "" if case is None else instrument_of(case.punishment)
    pattern = THREATS[instrument, first.operation == "execute"]
    return pattern.format(whom=listed(map(names.region, rows.target)), title=names.demand(first.demand),
                          points=_range(rows.after), goods=names.goods(first.domain))  # fmt: skip


def _answer(row: pd.Series, told: Told) -> str:
    """Who answered what and why; the reason is what set the answer apart from the next best one."""
    text = ANSWERS[row.operation].format(whom=told.names.region(row.target), goods=told.names.goods(row.domain))
    frame = told.answers.get(answer_key(row))
    return f"{told.names.region(row.actor)} {text}{'' if frame is None else _rather(frame)}"


def _rather(frame: pd.DataFrame) -> str:
    picked, second = frame[frame.picked].iloc[0], runner_up(frame)
    if second is None:
        return ", with no other way"
    instead, margin = INSTEAD[second.operation], margin_of(frame)
    if margin < 0:
        return f", although {instead} was worth {_short(-margin)} % of income more"
    gaps = {name: float(picked[name] - second[name]) for name in PAYOFF_TERMS}
    words = REASONS | ASKED.get(picked.operation, {})
    return f" rather than {instead}{_reasons(gaps, words)}"


def _done(rows: pd.DataFrame, names: Names) -> str:
    """What one actor did, to one or several: the sizes of several as a range."""
    first = rows.iloc[0]
    pattern = PAST.get((first.instrument, first.operation))
    if pattern is None:
        return f"made a move ({first.sentence})"
    whom = listed(map(names.region, rows.target)) if len(rows) <= MOST_NAMED else f"{len(rows)} partners"
    kinds = list(dict.fromkeys(part for text in rows.domain for part in str(text).split(", ")))
    return pattern.format(goods=names.goods("goods" if "goods" in kinds else ", ".join(kinds)), whom=whom,
                          points=_range(rows.after - rows.before),
                          more="more of " if (rows.before > 0).all() else "")  # fmt: skip


def _range(values: pd.Series) -> str:
    """Fractions in per cent or points: `10`, `4.1 to 65`."""
    sizes = sorted({f"{round(size, 1):g}" for size in 100 * values.astype(float).abs()}, key=float)
    return sizes[0] if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"


def _because(frame: pd.DataFrame) -> str:
    """The largest term for the pick, against holding, and the largest against it where it is clear."""
    picked = frame[frame.picked].iloc[0]
    terms = {name: float(picked[name]) for name in PAYOFF_TERMS if name in frame}
    return _reasons(terms, REASONS) or f", by luck: it was worth {picked.score - picked.act_cost:+.3f} % of income"


def _reasons(terms: dict[str, float], words: Mapping[str, tuple[str, str]]) -> str:
    """Empty when no term speaks for it."""
    ordered = sorted(((value, name) for name, value in terms.items()), reverse=True)
    (most, pro), (least, con) = ordered[0], ordered[-1]
    if most < WORTH_A_WORD:
        return ""
    text = f", mainly for {words[pro][0]} ({_short(most)} % of income)"
    if -least > max(CLEAR * most, WORTH_A_WORD):
        text += f", although {words[con][1]} ({_short(least)} %)"
    return text


def _short(value: float) -> str:
    """Two digits with a sign, without an exponent."""
    return np.format_float_positional(float(f"{value:.2g}"), trim="-", sign=True)


# --- what nobody chose, and who held ----------------------------------------------------------------


def _given(told: Told, rows: pd.DataFrame) -> Iterator[str]:
    """What was set by date or promised, a clause an actor; threats and answers of the record last."""
    answers, threats = (rows[rows.instrument == kind] for kind in ("answer", "threat"))
    for actor, mine in rows.drop([*answers.index, *threats.index]).groupby("actor", sort=False):
        done = [_done(part, told.names) for _, part in mine.groupby(["instrument", "operation"], sort=False)]
        yield f"{told.names.region(actor)} {listed(done)}"
    for (actor, *_), mine in threats.groupby(["actor", "operation", "demand"], sort=False):
        yield f"{told.names.region(actor)} {_threatened(mine, told)}"
    for (operation, *_), mine in answers.groupby(["operation", "demand"], sort=False):
        who, whom = (listed(map(told.names.region, dict.fromkeys(mine[side]))) for side in ("actor", "target"))
        yield f"{who} {ANSWERS[operation].format(whom=whom, goods=told.names.goods(mine.iloc[0].domain))}"


def _chance(moves: pd.DataFrame) -> Iterator[str]:
    rows = moves[moves.origin == "chance"]
    due = rows.sentence.str.startswith("due: ")
    elections, rows = rows[due], rows[~due]
    begun = [row.sentence.removeprefix("chance: ") for row in rows[rows.operation == "begins"].itertuples()]
    over = [row.sentence.removeprefix("chance: ") for row in rows[rows.operation == "ends"].itertuples()]
    if len(elections):
        yield f"Due: {listed(text.removeprefix('due: ') for text in elections.sentence)}."
    if begun:
        yield f"By chance: {'; '.join(text.replace(', ', ', for ', 1) for text in begun)}."
    if over:
        yield f"Over: {listed(text.removesuffix(', over') for text in over)}."


def _at_home(told: Told) -> Iterator[str]:
    """A policy that fell, and moves that a group blocked."""
    for row in told.politics.itertuples():
        yield _sentence(str(row.sentence).replace(row.actor, told.names.region(row.actor), 1))


def _still(told: Told, actors: list[str]) -> Iterator[str]:
    """Who weighed free moves and held, and who decided nothing."""
    rows = told.moves[told.moves.origin.isin(MADE)]
    moved, answered = (set(rows.actor[(rows.instrument == "answer") == kind]) for kind in (False, True))
    held = [a for a in actors if a in told.ledgers and a not in moved]
    quiet = [a for a in actors if a not in told.ledgers and a not in answered]
    parts = []
    if held:
        whose = "its" if len(held) == 1 else "their"
        parts.append(f"{listed(map(told.names.region, held))} weighed {whose} moves and held")
    if quiet:
        nobody = len(quiet) == len(actors)
        who = listed(map(told.names.region, quiet))
        parts.append("nobody had a decision to make" if nobody else f"{who} did not decide")
    if parts:
        yield _sentence("; ".join(parts))
