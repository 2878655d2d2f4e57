"""A run's records, and what it takes to ask a decision of it again. Playing one stands in `player.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from threadpoolctl import threadpool_limits

from sim.engine.crisis import complies_always
from sim.engine.design import Design
from sim.engine.step import observe
from sim.errors import Problem, ScenarioError
from sim.moves.path import Scene
from sim.record import frames
from sim.record.account import Names, Told, account, names_of
from sim.record.episodes import TARGET, AnswerKey
from sim.record.politics import POLITICS
from sim.record.relations import RELATIONS
from sim.record.words import control_names, reason_sentence
from sim.scenario.scenario import Scenario
from sim.strategies.base import Strategy
from sim.world.crisis import Episode
from sim.world.state import Beliefs, World


@dataclass(frozen=True)
class Played:
    """What it takes to ask a decision of a run again: 0.1 MB a quarter, since scenes are solved anew when asked for.

    Solving hold along the chain of quarters gives the scenes' bits (5 ms a quarter); no decision is made again."""

    designs: dict[str, Design]  # by quarter: a turn of the run makes another
    states: dict[str, World]  # by quarter, before dated moves
    beliefs: dict[str, Beliefs]  # by quarter, as the actors held them when they decided
    rules: dict[str, dict[int, Strategy]]  # by quarter, before they decided: a rule may remember
    episodes: dict[AnswerKey, Episode]  # as each stood before that answer

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the world's regions; no turn changes them."""
        return next(iter(self.designs.values())).base.regions

    @property
    def config(self) -> Scenario:
        """The scenario as the run began with it."""
        return next(iter(self.designs.values())).config

    def scene(self, quarter: str) -> Scene:
        """What the actors looked at in a quarter."""
        scene = None
        with threadpool_limits(1, "blas"):
            for label, before in self.states.items():
                scene, _ = observe(self.designs[label], before, scene)
                if label == quarter:
                    return scene
        raise KeyError(quarter)

    def weighs(self, quarter: str, actor: str) -> bool:
        """Whether the actor's rule looks at payoffs."""
        return self.rules[quarter][self.regions.index(actor)].looks_at_scores

    def weighs_answer(self, key: AnswerKey) -> bool:
        """Whether an answer was weighed: its region has a rule that looks at payoffs, and no policy promised it."""
        rule = self.rules[key.quarter].get(self.regions.index(key.actor))
        demand, before = self.episodes[key].demand, self.states[key.quarter]
        promised = key.side == TARGET and complies_always(self.designs[key.quarter], before, demand)
        return rule is not None and rule.weighs_answers and not promised


@dataclass(frozen=True)
class Run:
    """One run's records. Frames are tidy; units stand in a column."""

    scenario: str
    policy: str
    seed: int
    run: int
    focus: str
    quarters: list[str]
    portfolio: pd.DataFrame
    moves: pd.DataFrame
    ledgers: dict[tuple[str, str], pd.DataFrame] = field(repr=False)
    episodes: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    answers: dict[AnswerKey, pd.DataFrame] = field(default_factory=dict, repr=False)
    politics: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=POLITICS), repr=False)
    values: dict[str, float] = field(default_factory=dict, repr=False)
    played: Played | None = field(default=None, repr=False)  # None: no ledgers were kept
    relations: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RELATIONS), repr=False)

    def explain(self, quarter: str, actor: str, demand: str | None = None, partner: str | None = None,
                side: str | None = None) -> pd.DataFrame:  # fmt: skip
        """The payoff ledger of one actor in one quarter: a row a candidate, a column a term.

        demand : name of a demand, for the actor's answer in that episode instead of its free move
        partner, side : where it gave several on one demand: to whom, and as `sender` or `target` of the demand
        Raises ScenarioError when the actor did not decide in that quarter, or when it is not clear what is meant."""
        if demand is not None:
            return self.answers[self.which_answer(quarter, actor, demand, partner, side)]
        if (quarter, actor) not in self.ledgers:
            open_in = [q for q, a in self.ledgers if a == actor]
            raise ScenarioError([Problem(
                f"run of {self.scenario}", f"{actor}:{quarter}",
                f"has no decision; {actor} decided in {', '.join(open_in) or 'no quarter'}",
            )])  # fmt: skip
        return self.ledgers[quarter, actor]

    def which_answer(self, quarter: str, actor: str, demand: str, partner: str | None = None,
                     side: str | None = None) -> AnswerKey:  # fmt: skip
        """Key of the one answer that is meant. Raises ScenarioError when there is none or more than one."""
        given = [key for key in self.answers if (key.quarter, key.actor, key.demand) == (quarter, actor, demand)]
        meant = [key for key in given if partner in (None, key.partner) and side in (None, key.side)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            options = ", ".join(f"to {key.partner} as {key.side}" for key in meant)
            message = f"has {len(meant)} answers on {demand}: {options}; name the partner, or the side"
        else:
            whom = "".join([f" to {partner}" if partner else "", f" as {side}" if side else ""])
            message = f"has no answer on {demand}{whom}; there are {', '.join(map(str, self.answers)) or 'none'}"
        raise ScenarioError([Problem(f"run of {self.scenario}", f"{actor}:{quarter}", message)])

    def why(self, quarter: str, actor: str) -> str:
        """One sentence from the ledger: the pick against the runner-up, term by term."""
        return reason_sentence(self.explain(quarter, actor), actor, quarter)

    def choices(self, actor: str) -> dict[str, str]:
        """Quarter -> name of the candidate picked: what `human(choices=...)` and `scripted(script=...)` play again."""
        return {q: f.candidate[f.picked].iloc[0] for (q, code), f in self.ledgers.items() if code == actor}

    def believed(self, quarter: str, actor: str) -> pd.DataFrame:
        """What an actor believed in a quarter: about, belief, what, value, unit, prior; no decision is needed.

        Raises ScenarioError when there is no such quarter or actor, or the run kept no states."""
        played = self.history(quarter, actor)
        d = played.designs[quarter]
        return frames.believed_frame(d.base, d.settings, played.beliefs[quarter], d.base.regions.index(actor),
                                     control_names(d.config))  # fmt: skip

    def account(self, quarter: str) -> str:
        """A few sentences: who did what to whom and the main reason, how it was answered, and who held."""
        names = Names() if self.played is None else names_of(self.played.config)
        ledgers = {actor: frame for (q, actor), frame in self.ledgers.items() if q == quarter}
        actors = [] if self.played is None else list(self.played.config.file.actors)
        answers = {key: frame for key, frame in self.answers.items() if key.quarter == quarter}
        moves = self.moves[self.moves.quarter == quarter]
        politics = self.politics[self.politics.quarter == quarter]
        return account(quarter, Told(moves, ledgers, answers, self.episodes, names, politics), actors)

    def history(self, quarter: str, actor: str) -> Played:
        """States of the run, after a look at whether quarter and actor are in it. Raises ScenarioError."""
        played = self.kept(quarter)
        actors = played.config.file.actors
        if quarter not in self.quarters or actor not in actors:
            valid = f"must be a quarter {self.quarters[0]} to {self.quarters[-1]} and one of {', '.join(actors)}"
            raise ScenarioError([Problem(f"run of {self.scenario}", f"{actor}:{quarter}", valid)])
        return played

    def kept(self, quarter: str) -> Played:
        """States of the run. Raises ScenarioError, which names the quarter that was asked for, when it kept none."""
        if self.played is None:
            message = "keeps no states; play it with `simulate`"
            raise ScenarioError([Problem(f"run of {self.scenario}", quarter, message)])
        return self.played
