"""Player: steps a model and keeps what was measured, one quarter at a time, for the page as for a batch."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from sim.engine.design import Design
from sim.engine.model import HedgingModel, Quarter
from sim.engine.turns import under
from sim.errors import WorldError
from sim.played import Played, Run
from sim.record import episodes, frames
from sim.record.episodes import AnswerKey, answer_key
from sim.record.measure import Reading, portfolio
from sim.record.politics import POLITICS, politics_rows, support_readings
from sim.record.relations import RELATIONS, relation_rows
from sim.scenario.scenario import Scenario
from sim.strategies.base import Strategy, costs_by_class, costs_of_answers
from sim.threads import one_thread
from sim.world.crisis import Episode
from sim.world.settings import Tastes


@dataclass
class Record:
    """What one quarter left: rows of tables, ledgers, and what it takes to ask its decisions again."""

    readings: list[Reading]
    moved: frames.Moved
    politics: list[tuple]
    relations: list[tuple] = field(default_factory=list)  # only where ledgers are kept
    moves: list[tuple] = field(default_factory=list)
    ended: list[tuple] = field(default_factory=list)  # episodes
    ledgers: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    answers: dict[AnswerKey, pd.DataFrame] = field(default_factory=dict)
    asked: dict[AnswerKey, Episode] = field(default_factory=dict)  # as each stood before that answer


class Player:
    """A model and the records of the quarters that it has played.

    keep_ledgers : whether decisions can be explained and asked again; measured : whether the portfolio is
    fitted : false when the model has base mark-ups and no tastes yet: it plays until somebody decides"""

    def __init__(self, scenario: Scenario, model: HedgingModel, values: dict[str, float] | None = None,
                 keep_ledgers: bool = True, measured: bool = True, fitted: bool = True):  # fmt: skip
        self.scenario, self.model, self.values = scenario, model, values or {}
        self.keep_ledgers, self.measured, self.fitted = keep_ledgers, measured, fitted
        self.records: dict[str, Record] = {}
        self._designs: dict[str, Design] = {}
        self._rules: dict[str, dict[int, Strategy]] = {}

    @property
    def done(self) -> bool:
        """True after the last quarter."""
        return self.model.done

    @property
    def quarter(self) -> str | None:
        """Label of the last settled quarter; None before the first."""
        return self.model.quarter

    @property
    def waits(self) -> bool:
        """True when the next quarter takes tastes, which the player was not given yet."""
        return not self.fitted and self.model.world.step >= self.model.design.decided_from

    def take_tastes(self, tastes: Tastes) -> None:
        """Tastes that were fitted while the first quarters were played; the run is then what it would have been."""
        designs = {id(one): one.with_tastes(tastes) for one in [*self._designs.values(), self.model.design]}
        self._designs = {label: designs[id(one)] for label, one in self._designs.items()}
        self.model.design, self.fitted = designs[id(self.model.design)], True

    def still(self) -> pd.DataFrame:
        """The portfolio of the coming quarter if nobody moved in it; no taste enters."""
        d, (scene, settled) = self.model.design, self.model.still()
        with one_thread():
            readings = portfolio(scene, settled, d.focus, d.actors)
        return frames.portfolio_frame({d.quarters[scene.world.step]: readings})

    def options(self, actor: str) -> pd.DataFrame:
        """The ledger of what an actor could do in the coming quarter; nothing is picked and the run stays where it is.

        actor : region code. Columns as in `Run.explain`; `picked` is false and `probability` not computed
        Raises WorldError as long as no tastes are fitted."""
        if not self.fitted:
            raise WorldError("what an actor could do cannot be scored before tastes are fitted; give them first")
        d = self.model.design
        position = d.base.regions.index(actor)
        ledger = self.model.options(position)
        cost = costs_by_class(d.settings.act_cost[position], ledger)
        return frames.ledger_frame(d.base, ledger, -1, np.full(len(cost), np.nan), cost)

    def advance(self) -> str:
        """Plays and measures one quarter; returns its label. Raises WorldError before a decision without tastes."""
        if self.waits:
            raise WorldError("somebody may decide in the coming quarter and no tastes are fitted; give them first")
        with one_thread():
            before, scene = self.model.design, self.model.scene
            rules = deepcopy(before.strategies) if self.keep_ledgers else {}
            try:
                quarter = self.model.advance()
            except Exception:  # as it stood, so that the quarter can be played again
                self.model.design, self.model.scene = replace(before, strategies=rules or before.strategies), scene
                raise
            d = self.model.design
            ends = not self.records or self.model.done  # an option value takes 0.2 s: first and last quarter alone
            readings = (
                portfolio(quarter.scene, quarter.settled, d.focus, d.actors, options=ends)
                + support_readings(quarter.scene, quarter.settled.support, d.focus)
                if self.measured
                else []
            )
        moved = frames.moved_shares(d.base, d.settings, quarter.settled.world, d.focus)
        record = Record(readings, moved, politics_rows(quarter.scene, quarter.label, d.focus, quarter.decisions))
        if self.keep_ledgers:
            world, musd = quarter.settled.world, self.scenario.tables.flows.sum() / d.base.flow.sum()
            flow = quarter.settled.at.flow
            record.relations = relation_rows(d.base, d.settings.holdings, quarter.label, flow, world, float(musd))
        self._record_moves(record, quarter)
        self._record_episodes(record, quarter)
        self._designs[quarter.label], self._rules[quarter.label] = d, rules
        self.records[quarter.label] = record  # last: who finds it finds the others too
        return quarter.label

    def take_up(self, before: Player, count: int) -> None:
        """The first quarters of another player as one's own, instead of playing them again.

        Both must be the same run so far: scenario, policy, luck, values and turns up to there. The last quarter of a
        run cannot be taken over, since more is measured in it."""
        labels = list(before.records)[:count]
        if not labels:
            return
        fitted = self.model.design.settings.tastes
        self.records = {label: before.records[label] for label in labels}
        self._designs = {label: before._designs[label] for label in labels}
        self._rules = {label: before._rules[label] for label in labels}
        later = list(before.records)[count:]  # rules as they stood before the quarter that comes next
        rules = before._rules[later[0]] if later else before.model.design.strategies
        design = replace(under(before._designs[labels[-1]], self.model.design), strategies=deepcopy(rules))
        self.model.resume(before.model.quarters[:count], design)
        if before.fitted:
            self.fitted = True
        elif self.fitted:
            self.take_tastes(fitted)

    def _record_moves(self, record: Record, quarter: Quarter) -> None:
        d = self.model.design
        record.moves += frames.chance_rows(d.base, quarter.label, d.settings.shocks, quarter.before.shock_left,
                                         quarter.scene.world.shock_left)  # fmt: skip
        record.moves += frames.dated_rows(d.base, quarter.label, quarter.dated)
        record.moves += [episodes.dated_threat_row(d.base, quarter.label, e) for e in quarter.crisis.opened if e.dated]
        for decision in quarter.decisions:
            if decision.ledger is None:
                continue
            menu, origin = decision.ledger.catalogue, "forced" if decision.forced else "chosen"
            move, score = menu.candidates[decision.pick], decision.ledger.score[decision.pick]
            if move.instrument == "threat":
                record.moves += [
                    episodes.threat_row(d.base, quarter.label, e.demand, e.punishment, move.operation, float(score),
                                        origin)
                    for e in quarter.crisis.opened if e.demand.sender == decision.actor and not e.dated
                ]  # fmt: skip
            else:
                record.moves += frames.chosen_rows(
                    d.base, quarter.label, menu, decision.pick, decision.ledger,
                    quarter.scene.world, quarter.settled.world, origin,
                )  # fmt: skip
            if not self.keep_ledgers:
                continue
            cost = costs_by_class(d.settings.act_cost[decision.actor], decision.ledger)
            record.ledgers[quarter.label, d.base.regions[decision.actor]] = frames.ledger_frame(
                d.base, decision.ledger, decision.pick, decision.probability, cost
            )

    def _record_episodes(self, record: Record, quarter: Quarter) -> None:
        d = self.model.design
        for said in quarter.crisis.answers:
            row = episodes.answer_row(d.base, quarter.label, said.episode, said.actor, said.operation, said.state,
                                      said.score, said.origin)  # fmt: skip
            record.moves.append(row)
            if self.keep_ledgers and said.ledger is not None:
                operations = [move.operation for move in said.ledger.catalogue.candidates]
                pick = operations.index(said.operation)
                chance = (np.arange(len(operations)) == pick).astype(float)
                cost = costs_of_answers(d.settings.act_cost[said.actor], said.ledger)
                key = answer_key(dict(zip(frames.MOVES, row, strict=True)))
                record.answers[key] = frames.ledger_frame(d.base, said.ledger, pick, chance, cost)
                record.asked[key] = said.episode
        for episode, outcome in quarter.crisis.ended:
            record.ended.append(
                episodes.episode_row(d.base.regions, d.quarters, episode, outcome, quarter.scene.world.step)
            )

    def measured_so_far(self) -> pd.DataFrame:
        """The portfolio up to the last settled quarter, as in `Run.portfolio`."""
        focus, tables = self.model.design.base.regions[self.model.design.focus], self.scenario.tables
        stock = frames.stock_frame(focus, tables.stock_shares, tables.stock_reason,
                                   {label: one.moved for label, one in self.records.items()})  # fmt: skip
        table = frames.portfolio_frame({label: one.readings for label, one in self.records.items()})
        return pd.concat([table, stock], ignore_index=True) if len(stock) else table

    def run_so_far(self) -> Run:
        """The records up to the last settled quarter."""
        d, focus = self.model.design, self.model.design.base.regions[self.model.design.focus]
        kept, first = self.records, next(iter(self._designs.values()), d)
        moves = pd.DataFrame([row for one in kept.values() for row in one.moves], columns=frames.MOVES)
        ended = [row for one in kept.values() for row in one.ended]
        still = [episodes.episode_row(d.base.regions, d.quarters, e, e.state, None) for e in self.model.world.episodes]
        cases = pd.DataFrame([*ended, *still], columns=episodes.EPISODES)
        politics = pd.DataFrame([row for one in kept.values() for row in one.politics], columns=POLITICS)
        ledgers = {key: frame for one in kept.values() for key, frame in one.ledgers.items()}
        answers = {key: frame for one in kept.values() for key, frame in one.answers.items()}
        relations = pd.DataFrame([row for one in kept.values() for row in one.relations], columns=RELATIONS)
        return Run(d.scenario, first.policy, d.seed, d.run, focus, list(kept), self.measured_so_far(), moves, ledgers,
                   cases, answers, politics, self.values, self._played() if self.keep_ledgers else None,
                   relations)  # fmt: skip

    def _played(self) -> Played:
        quarters = self.model.quarters
        return Played(
            dict(self._designs),
            {quarter.label: quarter.before for quarter in quarters},
            {quarter.label: quarter.scene.world.beliefs for quarter in quarters},
            dict(self._rules),
            {key: episode for one in self.records.values() for key, episode in one.asked.items()},
        )
