"""Are decisions explained truly? Random decisions of random runs: do the terms sum to the whole outcome, do flips flip?

Each decision comes from a run of its own: scenario, policy, draw of parameters, luck and length are drawn by name.
It is a free decision, threats among its candidates, or an answer inside an episode. The whole outcome is evaluated in
`direct.py` and `direct_episodes.py`; flip points of both are found in `flip.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim import draws
from sim.errors import HedgelabError, said_of
from sim.moves.score import Ledger
from sim.record.episodes import AnswerKey
from sim.run import Run, simulate
from sim.scenario.defaults import main_scenarios
from sim.scenario.load import load_policy, load_scenario, names
from sim.scenario.sample import sample
from sim.studies.direct import Direct
from sim.studies.direct_episodes import DirectEpisode, gain
from sim.studies.flip import SHOWN, flip_points
from sim.studies.question import Answer, FreeMove, Question, asked, of_answer, picked_name
from sim.sweeps.pool import Lost
from sim.sweeps.tasks import done, said_of_loss
from sim.threads import one_thread

EXACT = 1e-9  # per cent of income
LONGEST = 8  # quarters of a run that a decision is taken from
AGENDA = {"model.choice.agenda": 1.0}  # every actor decides in every quarter
COLUMNS = ["scenario", "policy", "run", "quarter", "actor", "on", "partner", "pick", "candidates", "threats", "gap",
           "flips", "flipped", "kept", "none", "error"]  # fmt: skip


def well_explained(rows: pd.DataFrame) -> bool:
    """True when all decisions were looked at, all sums are exact and all flips flip, and not before they should."""
    return bool(
        (rows.error == "").all() and (rows.gap < EXACT).all() and (rows.flips == rows.flipped).all()
        and (rows.flips == rows.kept).all()
    )  # fmt: skip


def decisions_summary(rows: pd.DataFrame) -> str:
    """What a person wants to know of the rows, in a sentence."""
    seen = rows[rows.error == ""]
    free, answers = seen[seen.on == ""], seen[seen.on != ""]
    none = [f"{(part.flips == 0).sum()} of {len(part)}" for part in (free, answers)]
    text = (
        f"{(seen.gap < EXACT).sum()} of {len(rows)} decisions have terms that sum to the direct evaluation to "
        f"{EXACT:g} % of income (largest gap {seen.gap.max():.2g}; {seen.candidates.sum()} candidates, "
        f"{seen.threats.sum()} of them threats; {len(answers)} decisions are answers in an episode); "
        f"{seen.flipped.sum()} of {seen.flips.sum()} flip points, applied, change the pick, and just short of "
        f"{seen.kept.sum()} it stays ({answers.flips.sum()} are of answers); "
        f"{none[0]} free decisions and {none[1]} answers have none"
    )
    failed = rows.error[rows.error != ""]
    return text + (f"; {len(failed)} could not be looked at, the first: {failed.iloc[0]}" if len(failed) else "")


@dataclass(frozen=True)
class Wanted:
    """One decision to be looked at; everything about it follows from seed and number."""

    seed: int
    number: int
    flips: int  # how many flip points of it are tried

    def pick(self, what: str, options: list) -> object:
        """One of the options, by keyed luck."""
        luck = draws.uniform(self.seed, "decisions", self.number, 0, what, np.array([what]))[0]
        return options[int(luck * len(options))]

    @property
    def where(self) -> tuple[str, str]:
        """Its scenario and policy."""
        return self.pick("scenario", list(main_scenarios())), self.pick("policy", names("policy"))


def check_decisions(count: int, *, seed: int = 0, flips: int = SHOWN, workers: int | None = None,
                    progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:  # fmt: skip
    """A row a decision, in the order of their numbers.

    on, partner : demand that an answer is on and its other side, empty for a free decision
    threats : how many of the candidates are threats
    gap : largest difference between the sum of a candidate's terms and its direct evaluation, per cent of income
    flips : flip points tried; flipped : those that, applied afresh, change the pick to what was announced
    kept : those where a value as far short of the flip as the search is fine leaves the pick as it was
    none : numbers that flip nowhere; error : why a decision could not be looked at, else empty"""
    wanted = [Wanted(seed, number, flips) for number in range(count)]
    rows = {}
    for number, row in _finished(wanted, workers):
        rows[number] = row
        if progress is not None:
            progress(len(rows), count)
    return pd.DataFrame([rows[k] for k in sorted(rows)], columns=COLUMNS)


def _finished(wanted: list[Wanted], workers: int | None) -> Iterator[tuple[int, tuple]]:
    if (workers or 1) <= 1:
        yield from ((one.number, look_at(one)) for one in wanted)
        return
    for k, row in done(wanted, look_at, workers):
        yield wanted[k].number, _without(wanted[k], said_of_loss(row)) if isinstance(row, Lost) else row


def look_at(wanted: Wanted) -> tuple:
    """The row of one decision."""
    scenario, policy = wanted.where
    try:
        run, key = played(wanted, scenario, policy)
        row = _free(run, *key, wanted.flips) if len(key) == 2 else _answer(run, key, wanted.flips)
    except HedgelabError as error:
        return _without(wanted, said_of(error))
    return (scenario, policy, wanted.number, *row, "")


def _without(wanted: Wanted, error: str) -> tuple:
    """The row of a decision that could not be looked at."""
    return (*wanted.where, wanted.number, *[""] * 5, 0, 0, np.nan, 0, 0, 0, 0, error)


def played(wanted: Wanted, scenario: str, policy: str) -> tuple[Run, tuple[str, str] | AnswerKey]:
    """A run at a draw of parameters, and one of the decisions in it: quarter and actor, or the key of an answer."""
    loaded, file = load_scenario(scenario), load_policy(policy)
    values = sample(loaded, file, wanted.seed, wanted.number + 1)[-1] | AGENDA
    quarters = wanted.pick("quarters", list(range(5, LONGEST + 1)))  # the calendar of some rules the first four
    run = simulate(loaded, file, wanted.seed, run=wanted.number, quarters=quarters, values=values)
    return run, wanted.pick("decision", [*run.ledgers, *run.answers])


def _free(run: Run, quarter: str, actor: str, flips: int) -> tuple:
    question = asked(run, quarter, actor)
    with one_thread():
        summed = _summed(question)
    return quarter, actor, "", "", *summed, *flips_tried(run, (quarter, actor), question, flips)


def _summed(question: FreeMove) -> tuple[str, int, int, float]:
    """The pick, how many candidates stand on the whole path, threats among them, and the largest gap of their sums."""
    decision = question.again(fresh=True)
    ledger, whole = decision.ledger, Direct(question.view.scene, question.view.actor)
    moves = {int(k): ledger.catalogue.candidates[k] for k in np.flatnonzero(ledger.exact)}
    gaps = [abs(ledger.terms[k].sum() - gain(whole, move)) for k, move in moves.items()]
    threats = sum(move.instrument == "threat" for move in moves.values())
    return picked_name(decision), len(moves), threats, float(max(gaps))


def _answer(run: Run, key: AnswerKey, flips: int) -> tuple:
    question = of_answer(run, key)
    with one_thread():
        said = question.again(fresh=True)
        gap = answer_gap(question, said.ledger)
    tried = flips_tried(run, key, question, flips if run.played.weighs_answer(key) else 0)
    count = len(said.ledger.catalogue.candidates)
    return key.quarter, key.actor, key.demand, key.partner, picked_name(said), count, 0, gap, *tried


def answer_gap(question: Answer, ledger: Ledger) -> float:
    """Largest difference between the sum of terms of an answer and its direct evaluation, per cent of income."""
    episode, moves = question.episode, ledger.catalogue.candidates
    whole = DirectEpisode(question.view.scene, episode.demand, episode.punishment, episode)
    direct = whole.answers([move.operation for move in moves])
    if set(direct) != {move.operation for move in moves}:
        return float("inf")
    return max(abs(float(score) - direct[m.operation]) for m, score in zip(moves, ledger.score, strict=True))


def flips_tried(run: Run, key: tuple[str, ...], question: Question, limit: int) -> tuple[int, int, int, int]:
    """Flip points tried, those that flip, those that do not just short of it, and numbers that flip nowhere."""
    if limit == 0:
        return 0, 0, 0, 0
    found = flip_points(run, *key, limit=limit)
    by_name = {lever.name: lever for lever in question.levers()}
    flipped = kept = 0
    with one_thread():
        for row in found.table.itertuples():
            lever = by_name[row.name]
            past, short = (picked_name(question.again(lever, v, fresh=True)) for v in (row.flips_at, row.holds_at))
            flipped += past == row.instead != row.pick
            kept += short == row.pick
    return len(found.table), int(flipped), int(kept), len(found.none)
