"""Flip points: the smallest change of one parameter or one belief that would have changed a decision, luck as it was.

A decision is made again by the engine's own `decide`, on the scene that the actor saw, with one number changed;
nothing is linearised. The question is a counterfactual decision, not a recalibrated world: base mark-ups, tastes,
costs of acting and the state of the world (contracts, stocks, tariffs, political shocks) stay as they were, the
matter is on the agenda as it was, and every draw has the key it had. A belief is changed for this decision alone.

The search looks at both ends of a range (and, if asked to be thorough, half way to them); where the pick differs it
goes from the present value outward over a few points, and closes in by bisection between the first that flips and
the one before. Where the pick comes and goes along the range this is the nearest flip on those points, which need
not be the nearest there is, and a flip that shows at none of them is missed: in eight random decisions none of 377
numbers flipped half way and at no end."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from sim.engine.design import Design
from sim.engine.menu import catalogue
from sim.engine.step import Decision, decide
from sim.errors import HedgelabError, Problem, ScenarioError, WorldError
from sim.moves.memory import Memory
from sim.moves.path import Scene, set_scene
from sim.moves.rest import base_anchors
from sim.record.words import control_names
from sim.rules.belief import conduct, hazard, keeps_word, retaliation
from sim.rules.coercion import domar_weight
from sim.run import Run
from sim.scenario.sample import quantities, with_values
from sim.strategies.base import Strategy
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.start import start_economy, start_settings
from sim.world.state import Beliefs

PARTS = ("model.", "instrument.", "scenario.changes.", "region.", "alliance.", "shield.")
GRID = (0.04, 0.16, 0.5)  # of the way to an end of the range; the ends themselves come first
TOLERANCE = 0.002  # of the range's width: how closely a flip is found
LARGEST_HAZARD = 1.0  # episodes a year
SUREST = 0.99  # of a belief that counts can only approach
SHOWN = 5
COLUMNS = ["name", "kind", "about", "unit", "value", "flips_at", "holds_at", "low", "high", "fraction", "pick",
           "instead"]  # fmt: skip


@dataclass(frozen=True)
class Lever:
    """One number that could have been different."""

    name: str  # dotted
    kind: str  # parameter or belief
    about: str  # one sentence
    unit: str
    value: float
    low: float
    high: float
    whole: bool = False  # counts whole quarters

    def fraction(self, value: float) -> float:
        """How far a value lies from the present one, in widths of the range."""
        return abs(value - self.value) / (self.high - self.low)

    def points(self, end: float) -> list[float]:
        """Values between the present one and an end, nearest first, the end last."""
        found = [self.value + part * (end - self.value) for part in GRID]
        if self.whole:
            found = [v for v in dict.fromkeys(float(round(v)) for v in found) if v not in (self.value, end)]
        return [*found, end]  # the end itself: a rounding beyond it would lie outside the range


@dataclass(frozen=True)
class Asked:
    """A decision as it was made: what it takes to make it again."""

    design: Design
    scene: Scene
    actor: int
    rule: Strategy  # as it stood before the decision
    memory: Memory = field(default_factory=Memory)

    def again(self, lever: Lever | None = None, value: float = 0.0, *, fresh: bool = False) -> Decision:
        """The decision with one number changed; fresh: nothing remembered from earlier questions."""
        memory = None if fresh else self.memory
        design, scene = self.design, replace(self.scene, memory=memory)
        if lever is not None:
            change = _with_belief if lever.kind == "belief" else _with_parameter
            design, scene = change(self, lever.name, value, memory)
        rules = design.strategies | {self.actor: deepcopy(self.rule)}
        return decide(replace(design, strategies=rules), scene, self.actor)


@dataclass(frozen=True)
class FlipPoints:
    """What would have changed one decision, the smallest change first."""

    table: pd.DataFrame  # a row a flip: COLUMNS; picks differ at flips_at, not yet at holds_at; fraction of the range
    further: int  # flips that lie further off than those in the table
    none: list[str]  # names that flip nowhere in their range
    without_effect: list[str]  # names that change nothing this actor weighs here
    asked: int  # decisions made to find out

    @property
    def summary(self) -> str:
        """How many numbers were tried, and with what result."""
        flips = len(self.table) + self.further
        return (f"{flips} of {flips + len(self.none) + len(self.without_effect)} numbers flip the decision within "
                f"their range; {len(self.none)} do not, {len(self.without_effect)} play no part in it")  # fmt: skip


def asked(run: Run, quarter: str, actor: str) -> Asked:
    """The decision of an actor in a quarter of a run. Raises ScenarioError when there is none."""
    run.explain(quarter, actor)
    played = run.history(quarter, actor)
    position = played.design.base.regions.index(actor)
    rule = played.rules[quarter][position]
    if not played.weighs(quarter, actor):
        raise ScenarioError([Problem(f"run of {run.scenario}", f"{actor}:{quarter}",
                                     f"follows {rule.name}, which looks at no payoffs: nothing to flip")])  # fmt: skip
    return Asked(played.design, played.scene(quarter), position, rule)


def flip_points(run: Run, quarter: str, actor: str, *, limit: int | None = SHOWN, thorough: bool = False,
                progress: Callable[[int, int], None] | None = None) -> FlipPoints:  # fmt: skip
    """The smallest change of each single number that would have changed the pick.

    limit : how many flips to close in on, the nearest first; None: all
    thorough : looks half way to the ends of a range too, at nearly twice the time
    progress : called with numbers tried and numbers there are
    Raises ScenarioError when the actor did not decide, or decides without looking at payoffs."""
    question = asked(run, quarter, actor)
    with threadpool_limits(1, "blas"):  # as the run had it
        search = _Search(question, question.again())
        tried, sides = levers(question), {}
        for k, lever in enumerate(tried):
            sides[lever.name] = search.sides(lever, thorough)
            if progress is not None:
                progress(k + 1, len(tried))
        rows = search.nearest([side for found in sides.values() for side in found or []], limit)
    flipped = sum(bool(found) for found in sides.values())
    none = [name for name, found in sides.items() if found == []]
    idle = [name for name, found in sides.items() if found is None]
    return FlipPoints(pd.DataFrame(rows, columns=COLUMNS), flipped - len(rows), none, idle, search.count)


# --- what could be different ------------------------------------------------------------------------


def levers(question: Asked) -> list[Lever]:
    """Every ranged parameter but those that only made the state, then the actor's beliefs.

    Parameters for which hold has to be solved again come last."""
    found = []
    for name, q in quantities(question.design.config).items():
        if name.startswith(PARTS) and q.low is not None and q.low < q.high:
            whole = q.unit == "quarters" and all(v.is_integer() for v in (q.value, q.low, q.high))
            found.append(Lever(name, "parameter", q.meaning, q.unit, q.value, q.low, q.high, whole))
    solved_again = [one.name.startswith("model.trade.") for one in found]
    cheap = [one for one, again in zip(found, solved_again, strict=True) if not again]
    return cheap + _belief_levers(question) + [one for one in found if one not in cheap]


def _belief_levers(question: Asked) -> list[Lever]:
    """Hazard, retaliation, kept word and conduct (tariff, controls by domain) of each other actor."""
    base, settings, beliefs = question.scene.base, question.scene.settings, question.scene.world.beliefs
    opening, answers = hazard(settings, beliefs)[question.actor], retaliation(settings, beliefs)
    chance, levels, out = conduct(settings, beliefs), len(control_names(question.design.config)), []
    for other in np.flatnonzero(settings.conduct_prior.sum(axis=-1) > 0):
        if other == question.actor:
            continue
        code = base.regions[other]
        high = max(LARGEST_HAZARD, float(opening[other]))
        out.append(Lever(f"belief.hazard.{code}", "belief", f"how often {code} opens an episode against the actor",
                         "1/year", float(opening[other]), 0.0, high))  # fmt: skip
        out.append(Lever(f"belief.retaliation.{code}", "belief", f"how likely {code} answers a breach", "1",
                         float(answers[other]), 0.0, 1.0))  # fmt: skip
        for what, part in _kinds(base, levels):
            if settings.conduct_prior[other, part].sum() > 0:
                about = (
                    f"share of {what.replace('_', ' ')}{'' if what == 'tariff' else ' controls'} in what {code} does"
                )
                share = float(chance[other, part].sum())
                out.append(Lever(f"belief.conduct.{code}.{what}", "belief", about, "1", share, 0.0, 1.0))
    if settings.demands:
        kept, code = float(keeps_word(settings, beliefs)[question.actor]), base.regions[question.actor]
        about = "how far the others believe that the actor keeps a bargain"
        out.append(Lever(f"belief.kept_word.{code}", "belief", about, "1", kept, 0.0, SUREST))
    return out


def _kinds(base: Economy, levels: int) -> list[tuple[str, list[int]]]:
    """Instruments of the conduct belief by kind: the controls of each domain, and the tariff."""
    kinds = [(code, list(range(d * levels, (d + 1) * levels))) for d, code in enumerate(base.domains)]
    return [*kinds, ("tariff", [len(base.domains) * levels])]


def _with_parameter(question: Asked, name: str, value: float, memory: Memory | None) -> tuple[Design, Scene]:
    """Design and scene with one value of the configs changed; state, tastes, h0 and costs of acting as they were."""
    design, scene = question.design, question.scene
    config, _ = with_values(design.config, None, {name: value})
    made = start_economy(config)
    base, weight, near = design.base, design.weight, (scene.impact, scene.adapted)
    if not _same_economy(made, base):
        base, memory = replace(made, hedge_base=base.hedge_base, commitment=base.commitment), None
        with np.errstate(over="ignore"):
            if not np.isfinite(base.single.unhedged_power).all():  # what screening works with
                raise WorldError(f"{name} at {value:g}: the two elasticities lie too close for contracts to be valued")
        weight, near = domar_weight(base), base_anchors(base)
    old = design.settings
    settings = replace(
        start_settings(config, base, old.act_cost, design.plan.shields), tastes=old.tastes, agenda=old.agenda
    )
    code = base.regions[question.actor]
    menu = design.catalogues | {question.actor: catalogue(config, design.plan, base, settings, code)}
    design = replace(design, config=config, base=base, settings=settings, weight=weight, catalogues=menu)
    scene = set_scene(base, settings, scene.world, weight, near, f"{name} at {value:g}")
    return design, replace(scene, memory=memory)


def _same_economy(made: Economy, base: Economy) -> bool:
    return bool(
        np.array_equal(made.theta_short, base.theta_short) and np.array_equal(made.theta_long, base.theta_long)
        and made.final_elasticity == base.final_elasticity and made.input_elasticity == base.input_elasticity
    )  # fmt: skip


def _with_belief(question: Asked, name: str, value: float, memory: Memory | None) -> tuple[Design, Scene]:
    """The scene with one belief changed for this decision."""
    scene, design = question.scene, question.design
    _, kind, code, *what = name.split(".")
    other = scene.base.regions.index(code)
    levels = len(control_names(design.config))
    beliefs = _held(scene.settings, scene.world.beliefs, question.actor, other, kind,
                    dict(_kinds(scene.base, levels)).get("".join(what), []), value)  # fmt: skip
    world, near = replace(scene.world, beliefs=beliefs), (scene.impact, scene.adapted)
    return design, replace(set_scene(scene.base, scene.settings, world, scene.weight, near, name), memory=memory)


def _held(settings: Settings, beliefs: Beliefs, actor: int, other: int, kind: str, part: list[int],
          value: float) -> Beliefs:  # fmt: skip
    """Beliefs whose counts give the wanted mean: the rest of a conduct keeps its proportions."""
    if kind == "hazard":
        episodes = beliefs.episodes.copy()
        episodes[actor, other] = (value - settings.hazard_prior[actor, other]) * settings.prior_years
        return replace(beliefs, episodes=episodes)
    if kind == "kept_word":
        kept, weight = beliefs.kept.copy(), settings.bargaining.kept_weight
        more = value * (weight + beliefs.broken[other]) - settings.bargaining.kept_word * weight
        kept[other] = more / (1 - value)
        return replace(beliefs, kept=kept)
    if kind == "retaliation":
        answered, weight = beliefs.answered.copy(), settings.retaliation_weight
        answered[other] = value * (weight + beliefs.provoked[other]) - settings.retaliation_prior[other] * weight
        return replace(beliefs, answered=answered)
    chance = conduct(settings, beliefs)[other]
    inside = np.zeros(len(chance), dtype=bool)
    inside[part] = True
    wanted = np.where(inside, value * _shares(chance, inside), (1 - value) * _shares(chance, ~inside))
    counts, weight = beliefs.conduct.copy(), settings.conduct_weight
    counts[other] = wanted * (weight + beliefs.conduct[other].sum()) - settings.conduct_prior[other] * weight
    return replace(beliefs, conduct=counts)


def _shares(chance: Array, some: Array) -> Array:
    total = chance[some].sum()
    return np.where(some, chance / total, 0.0) if total > 0 else some / max(some.sum(), 1)


# --- the search -------------------------------------------------------------------------------------


@dataclass
class Side:
    """One lever towards one end: the flip lies beyond `inner`, and at or before `outer` if there is one."""

    lever: Lever
    ahead: list[float]  # points not yet asked, nearest first; at the last one the pick differs
    inner: float
    outer: float | None = None
    instead: str = ""

    @property
    def nearest(self) -> float:
        """Fraction of the range below which the flip cannot lie."""
        return self.lever.fraction(self.inner)

    @property
    def closed(self) -> bool:
        """True once the flip is known closely enough."""
        close = 1.0 if self.lever.whole else TOLERANCE * (self.lever.high - self.lever.low)
        return self.outer is not None and abs(self.outer - self.inner) <= close * (1 + 1e-9)


class _Search:
    """Asks a decision again and again, and counts."""

    def __init__(self, question: Asked, was: Decision):
        self.question, self.was, self.count = question, was, 1
        self.pick = picked_name(was)

    def ask(self, lever: Lever, value: float, fresh: bool = False) -> Decision | None:
        """The decision at a value; None where it cannot be made (an equilibrium that does not converge)."""
        self.count += 1
        try:
            return self.question.again(lever, value, fresh=fresh)
        except HedgelabError:
            return None

    def picked(self, decision: Decision | None) -> str:
        """Label of a pick; the pick as it was where no decision can be made."""
        return self.pick if decision is None else picked_name(decision)

    def sides(self, lever: Lever, thorough: bool) -> list[Side] | None:
        """Sides with a flip, at an end or half way to it; empty: none found; None: the lever plays no part."""
        ends = [end for end in (lever.low, lever.high) if end != lever.value]
        there = {end: self.ask(lever, end) for end in ends}
        if all(decision is not None and _alike(decision, self.was) for decision in there.values()):
            return None
        out = []
        for end, decision in there.items():
            points = lever.points(end)
            if self.picked(decision) != self.pick:
                out.append(Side(lever, points, lever.value))
            elif thorough and len(points) > 1 and self.picked(self.ask(lever, points[-2])) != self.pick:
                out.append(Side(lever, points[:-1], lever.value))
        return out

    def nearest(self, sides: list[Side], limit: int | None) -> list[tuple]:
        """Rows of the nearest flips: asks where one may be nearest, until none can be nearer than those found."""
        queue = [(side.nearest, k) for k, side in enumerate(sides)]
        heapq.heapify(queue)
        rows: dict[str, tuple] = {}
        while queue and (limit is None or len(rows) < limit):
            _, k = heapq.heappop(queue)
            side = sides[k]
            if side.lever.name in rows:
                continue
            if side.closed:
                row = self.row(side)
                rows |= {} if row is None else {side.lever.name: row}
                continue
            self.advance(side)
            heapq.heappush(queue, (side.nearest, k))
        return sorted(rows.values(), key=lambda row: row[COLUMNS.index("fraction")])

    def advance(self, side: Side) -> None:
        """One question further: the next point of the grid, or the middle once the flip is between two."""
        if side.outer is None:
            value = side.ahead.pop(0)
        else:
            value = (side.inner + side.outer) / 2
            value = float(np.trunc(value)) if side.lever.whole else value
        name = self.picked(self.ask(side.lever, value))
        if name == self.pick:
            side.inner = value
        else:
            side.outer, side.instead = value, name

    def row(self, side: Side) -> tuple | None:
        """The value just past the flip, asked afresh; None where the flip was one of rounding."""
        lever, value = side.lever, side.outer
        instead = self.picked(self.ask(lever, value, fresh=True))
        if instead == self.pick:
            return None
        return (lever.name, lever.kind, lever.about, lever.unit, lever.value, value, side.inner, lever.low, lever.high,
                lever.fraction(value), self.pick, instead)  # fmt: skip


def picked_name(decision: Decision) -> str:
    """Label of what a decision picked."""
    return decision.ledger.catalogue.names[decision.pick]


def _alike(one: Decision, other: Decision) -> bool:
    """Whether two decisions weighed the same: the same candidates, terms and chances."""
    return bool(
        one.ledger.catalogue.names == other.ledger.catalogue.names
        and np.array_equal(one.ledger.terms, other.ledger.terms, equal_nan=True)
        and np.array_equal(one.probability, other.probability)
    )
