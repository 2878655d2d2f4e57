"""Numbers that could have been different when somebody decided, and a decision's surroundings with one of them changed.

The question is a counterfactual decision, not a recalibrated world: base mark-ups, tastes, costs of acting and the
state of the world (contracts, stocks, tariffs, political shocks) stay as they were, and so does what was drawn. A
belief is changed for this decision alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from sim.engine.design import Design, unbound
from sim.engine.menu import catalogue
from sim.errors import WorldError
from sim.moves.memory import Memory
from sim.moves.path import Scene, set_scene
from sim.moves.rest import base_anchors
from sim.record.words import control_names
from sim.rules.belief import conduct, hazard, keeps_word, retaliation
from sim.rules.coercion import domar_weight
from sim.rules.security import trust
from sim.scenario.sample import quantities, with_values
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.start import start_economy, start_settings
from sim.world.state import Beliefs

PARAMETER, BELIEF, EPISODE = "parameter", "belief", "episode"
"""What a lever is; one of an episode changes nothing but that episode."""
PARTS = ("model.", "instrument.", "scenario.changes.", "region.", "alliance.", "shield.")
GRID = (0.04, 0.16, 0.5)  # of the way to an end of the range; the ends themselves come first
LARGEST_HAZARD = 1.0  # episodes a year
LONGEST_RECORD = 10.0  # refused threats that were carried out, or dropped
SUREST = 0.99  # of a belief that counts can only approach


@dataclass(frozen=True)
class Lever:
    """One number that could have been different."""

    name: str  # dotted
    kind: str  # parameter, belief or episode
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
class View:
    """What a decision is made from: the run's fixed parts, and the scene that its actor looked at."""

    design: Design
    scene: Scene
    actor: int

    def changed(self, lever: Lever | None, value: float, memory: Memory | None) -> View:
        """The same with one parameter or belief at a value; memory: of what was solved on this scene before."""
        if lever is not None and lever.kind == PARAMETER:
            return _with_parameter(self, lever.name, value, memory)
        view = self if lever is None or lever.kind != BELIEF else _with_belief(self, lever.name, value)
        return replace(view, scene=replace(view.scene, memory=memory))

    @property
    def code(self) -> str:
        """Code of the actor."""
        return self.scene.base.regions[self.actor]


# --- which there are --------------------------------------------------------------------------------


def parameter_levers(view: View, programmes: Iterable[str] = ()) -> tuple[list[Lever], list[Lever]]:
    """Every ranged parameter but those that only made the state; apart, those for which hold is solved again.

    Groups at home are those of the actor; of programmes those named."""
    found, own = [], (*PARTS, f"groups.{view.code}.", *(f"programme.{name}." for name in programmes))
    for name, q in quantities(view.design.config).items():
        if name.startswith(own) and q.low is not None and q.low < q.high:
            whole = q.unit == "quarters" and all(v.is_integer() for v in (q.value, q.low, q.high))
            found.append(Lever(name, PARAMETER, q.meaning, q.unit, q.value, q.low, q.high, whole))
    solved_again = [one for one in found if one.name.startswith("model.trade.")]
    return [one for one in found if one not in solved_again], solved_again


def belief_levers(view: View, sender: int | None) -> list[Lever]:
    """Hazard, retaliation and conduct (tariff, controls by domain) of each other actor, and trust in the protector.

    sender : region whose record of threats and bargains matters here; None: nobody makes a demand"""
    base, settings, beliefs = view.scene.base, view.scene.settings, view.scene.world.beliefs
    out = []
    for other in np.flatnonzero(settings.conduct_prior.sum(axis=-1) > 0):
        if other != view.actor:
            out += _conduct_levers(view, int(other))
    protector = int(settings.alliance.protector[view.actor])
    if protector >= 0:
        code, value = base.regions[protector], trust(settings.alliance, beliefs, view.actor)
        out.append(Lever(f"belief.umbrella.{code}", BELIEF, f"trust that {code} stands by the actor", "1", value, 0.0,
                         max(SUREST, value)))  # fmt: skip
    return out if sender is None else out + _record_levers(view, sender)


def _conduct_levers(view: View, other: int) -> list[Lever]:
    base, settings, beliefs = view.scene.base, view.scene.settings, view.scene.world.beliefs
    opening, answers = hazard(settings, beliefs)[view.actor, other], retaliation(settings, beliefs)[other]
    chance, code, levels = conduct(settings, beliefs)[other], base.regions[other], _levels(view)
    out = [
        Lever(f"belief.hazard.{code}", BELIEF, f"how often {code} opens an episode against the actor", "1/year",
              float(opening), 0.0, max(LARGEST_HAZARD, float(opening))),
        Lever(f"belief.retaliation.{code}", BELIEF, f"how likely {code} answers a breach", "1", float(answers), 0.0,
              1.0),
    ]  # fmt: skip
    for what, part in _kinds(base, settings, levels):
        if settings.conduct_prior[other, part].sum() > 0:
            more = "" if what == "tariff" else " denials" if what in settings.holdings.names else " controls"
            goods = f"{what.replace('_', ' ')}{more}"
            share = float(chance[part].sum())
            out.append(Lever(f"belief.conduct.{code}.{what}", BELIEF, f"share of {goods} in what {code} does", "1",
                             share, 0.0, 1.0))  # fmt: skip
    return out


def _record_levers(view: View, sender: int) -> list[Lever]:
    """What is known of a sender: how far it keeps a bargain, and refused threats that it carried out or dropped."""
    beliefs, code = view.scene.world.beliefs, view.scene.base.regions[sender]
    kept = float(keeps_word(view.scene.settings, beliefs)[sender])
    about = f"how far it is believed that {code} leaves a bargain at that"
    out = [Lever(f"belief.kept_word.{code}", BELIEF, about, "1", kept, 0.0, max(SUREST, kept))]
    for what, counts in (("carried", beliefs.carried), ("dropped", beliefs.dropped)):
        about = f"refused threats that {code} {what}{' out' if what == 'carried' else ''}, older ones count less"
        count = float(counts[sender])
        out.append(Lever(f"belief.{what}.{code}", BELIEF, about, "threats", count, 0.0, max(LONGEST_RECORD, count)))
    return out


def _levels(view: View) -> int:
    return len(control_names(view.design.config))


def _kinds(base: Economy, settings: Settings, levels: int) -> list[tuple[str, list[int]]]:
    """Instruments of the conduct belief by kind: controls of each domain, denials of stock domains, the tariff."""
    kinds = [(code, list(range(d * levels, (d + 1) * levels))) for d, code in enumerate(base.domains)]
    held, first = settings.holdings, len(base.domains) * levels
    for k, name in enumerate(held.names):
        part = [first + n for n, (holding, _) in enumerate(held.instruments) if holding == k]
        kinds += [(name, part)] if part else []
    return [*kinds, ("tariff", [first + len(held.instruments)])]


# --- one of them changed ----------------------------------------------------------------------------


def _with_parameter(view: View, name: str, value: float, memory: Memory | None) -> View:
    """One value of the configs changed; state, tastes, h0 and costs of acting as they were."""
    design, scene = view.design, view.scene
    config, _ = with_values(design.config, None, {name: value})
    made = start_economy(config)
    base, weight, near = design.base, design.weight, (scene.impact, scene.adapted)
    if not _same_economy(made, base):
        base, memory = replace(made, hedge_base=base.hedge_base, commitment=base.commitment), None
        with np.errstate(over="ignore"):
            if not np.isfinite(base.unhedged_power).all():
                raise WorldError(f"{name} at {value:g}: the two elasticities lie too close for contracts to be valued")
        weight, near = domar_weight(base), base_anchors(base)
    old = design.settings
    settings = replace(
        start_settings(config, base, old.act_cost, design.plan.shields), tastes=old.tastes, agenda=old.agenda
    )
    menus = dict(design.catalogues)
    if view.actor in menus:  # a region that only answers has none
        menus[view.actor] = catalogue(config, design.plan, base, settings, view.code)
    free = unbound(config, base, settings) if view.actor == design.focus else design.free
    design = replace(design, config=config, base=base, settings=settings, weight=weight, catalogues=menus, free=free)
    scene = set_scene(base, settings, scene.world, weight, near, f"{name} at {value:g}")
    return View(design, replace(scene, memory=memory), view.actor)


def _same_economy(made: Economy, base: Economy) -> bool:
    return bool(
        np.array_equal(made.theta_short, base.theta_short) and np.array_equal(made.theta_long, base.theta_long)
        and made.final_elasticity == base.final_elasticity and made.input_elasticity == base.input_elasticity
    )  # fmt: skip


def _with_belief(view: View, name: str, value: float) -> View:
    """One belief changed for this decision."""
    scene = view.scene
    _, kind, code, *what = name.split(".")
    other = scene.base.regions.index(code)
    part = dict(_kinds(scene.base, scene.settings, _levels(view))).get("".join(what), [])
    beliefs = _held(scene.settings, scene.world.beliefs, view.actor, other, kind, part, value)
    world, near = replace(scene.world, beliefs=beliefs), (scene.impact, scene.adapted)
    return replace(view, scene=set_scene(scene.base, scene.settings, world, scene.weight, near, name))


def _held(settings: Settings, beliefs: Beliefs, actor: int, other: int, kind: str, part: list[int],
          value: float) -> Beliefs:  # fmt: skip
    """Beliefs whose counts give the wanted mean: the rest of a conduct keeps its proportions."""
    if kind == "conduct":
        return _with_conduct(settings, beliefs, other, part, value)
    bargaining, alliance = settings.bargaining, settings.alliance
    if kind == "hazard":
        name, at, count = (
            "episodes",
            (actor, other),
            (value - settings.hazard_prior[actor, other]) * settings.prior_years,
        )
    elif kind == "retaliation":
        prior, weight = settings.retaliation_prior[other], settings.retaliation_weight
        name, at, count = "answered", other, value * (weight + beliefs.provoked[other]) - prior * weight
    elif kind == "kept_word":
        name, at = "kept", other
        count = _good(value, bargaining.kept_word, bargaining.kept_weight, beliefs.broken[other])
    elif kind == "umbrella":
        name, at = "stood", actor
        count = _good(value, alliance.credibility[actor], alliance.weight, beliefs.wavered[actor])
    else:
        name, at, count = kind, other, value
    counts = getattr(beliefs, name).copy()
    counts[at] = count
    return replace(beliefs, **{name: counts})


def _good(value: float, prior: float, weight: float, bad: float) -> float:
    """Count of good acts at which a Beta mean has a value below 1."""
    return (value * (weight + bad) - prior * weight) / (1 - value)


def _with_conduct(settings: Settings, beliefs: Beliefs, other: int, part: list[int], value: float) -> Beliefs:
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
