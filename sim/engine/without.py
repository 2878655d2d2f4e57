"""A run without one of its mechanisms: what ablation switches off, everything else as it was fitted.

Tastes, base mark-ups and costs of acting stay: the question is what a mechanism does in a run, not what another
calibration would make of its absence. Who asks is `sim.studies.ablation`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.engine.design import Design
from sim.moves.catalogue import Catalogue
from sim.rules.payoff import PAYOFF_TERMS
from sim.world.crisis import no_alliance
from sim.world.domestic import no_groups
from sim.world.settings import Settings

FOREVER = 1e6  # years: a half-life after which nothing was forgotten


def _with(**changes) -> Callable[[Design], Design]:
    return lambda design: replace(design, settings=replace(design.settings, **changes))


def _within(part: str, **changes) -> Callable[[Design], Design]:
    """The same with fields of one part of the settings changed."""
    return lambda design: _with(**{part: replace(getattr(design.settings, part), **changes)})(design)


def _no_threats(design: Design) -> Design:
    def calm(menu: Catalogue) -> Catalogue:
        return Catalogue(menu.actor, tuple(m for m in menu.candidates if m.instrument != "threat"))

    menus = {actor: calm(menu) for actor, menu in design.catalogues.items()}
    return replace(_with(demands=())(design), catalogues=menus, free=calm(design.free))


def _no_alliance(design: Design) -> Design:
    return replace(design, settings=replace(design.settings, alliance=no_alliance(len(design.base.regions))))


def _no_groups(design: Design) -> Design:
    none = no_groups(len(design.base.domains))
    return replace(design, settings=replace(design.settings, domestic=none))


def _no_vetoes(design: Design) -> Design:
    return _within("domestic", veto=np.full_like(design.settings.domestic.veto, np.inf))(design)


def _no_elections(design: Design) -> Design:
    calm = tuple(replace(shock, elections=()) for shock in design.settings.shocks)
    return replace(design, settings=replace(design.settings, shocks=calm))


def _no_answers(design: Design) -> Design:
    zero = np.zeros_like(design.settings.retaliation_prior)
    return replace(design, settings=replace(design.settings, retaliation_prior=zero))


def _no_accidents(design: Design) -> Design:
    calm = tuple(replace(shock, happens=False) for shock in design.settings.shocks)
    return replace(design, settings=replace(design.settings, shocks=calm))


def _no_political_values(design: Design) -> Design:
    settings: Settings = design.settings
    return replace(design, settings=replace(
        settings, tariff_value=np.zeros_like(settings.tariff_value), control_value=np.zeros_like(settings.control_value)
    ))  # fmt: skip


MECHANISMS: dict[str, Callable[[Design], Design]] = {
    "threats": _no_threats,
    "shields": _with(shields=()),
    "alliance": _no_alliance,
    "domestic groups": _no_groups,
    "vetoes": _no_vetoes,
    "elections": _no_elections,
    "falling governments": _within("domestic", governments={}),
    "political shocks": lambda design: replace(design, shocks=False),
    "random shocks": _no_accidents,
    "fear of answers": _no_answers,
    "roll-back": _with(rollback=0.0),
    "reciprocity": _with(reciprocity=0.0),
    "forgetting": _with(half_life=FOREVER),
    "third-party learning": _with(third_party=0.0),
    "risk aversion": _with(risk_aversion=0.0),
    "audience cost": _within("bargaining", audience_median=1e-12),
    "private price": _within("bargaining", price_median=1e-12),
    "climb-down": _within("bargaining", climb_down=0.0),
    "cooling-off": lambda design: _with(cooling_off=0)(_within("bargaining", cooling_off=0)(design)),
    "hedge decay": _with(hedge_decay=0.0),
    "scenario's political values": _no_political_values,
}
"""Mechanisms by name, each as a run without it."""

WITHOUT = {f"term {name}": _with(silent=(name,)) for name in PAYOFF_TERMS} | MECHANISMS
"""Everything that ablation switches off in turn."""
