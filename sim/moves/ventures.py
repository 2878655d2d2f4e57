"""Moves on programmes, valued: their terms on a path of their own, and their worth after news of prices and pressure.

What a right to wait is worth stands in `programmes.py`. Source: model sections 4 and 5."""

from __future__ import annotations

import numpy as np

from sim.moves.catalogue import Catalogue
from sim.moves.path import Rows, Scene, long_composition
from sim.moves.programmes import (
    Venture,
    far,
    left_behind,
    pressure_spread,
    price_states,
    programme_trials,
    states_of,
)
from sim.moves.risk import Fear, feared_losses
from sim.moves.terms import Trial, held_of, judged, mood_of, phases, reach_of, some_of, walk_terms, walked
from sim.rules.payoff import PAYOFF_TERMS, without_silent
from sim.world.params import Array
from sim.world.settings import Settings
from sim.world.state import World


def ventures(scene: Scene, catalogue: Catalogue, feared: Fear, undone: dict[int, World]) -> dict[int, Venture]:
    """Each feasible move on a programme, by its position: its terms today, and its worth after a review."""
    found, moves, worlds = programme_trials(scene, catalogue)
    if not found:
        return {}
    ahead, trial = far(scene), Trial(np.array([0, *found]), moves, worlds)
    terms, refused = judged(ahead, catalogue, walked(ahead, catalogue, trial, feared, undone)[0])
    priced = [k for k, m in enumerate(moves) if m.programme >= 0 and scene.settings.programmes[m.programme].supplies]
    some = some_of(trial, np.array([0, *priced]))
    moved = [walk_terms(one, catalogue, some, feared, undone)[0] for one in price_states(ahead)] if priced else []
    pressure = _pressure(scene, catalogue, trial, feared, ahead)
    out = {}
    for row, k in enumerate(found, start=1):
        move, mood = moves[row], mood_of(scene, catalogue.actor, moves[row])
        at = priced.index(row) + 1 if row in priced else 0
        by_price = np.array([one[at].sum() for one in moved] if at else [terms[row].sum()]) - mood
        begins = move.operation != "abandon"
        states = states_of(by_price, pressure[row]) if begins else by_price.mean(keepdims=True)
        leave = left_behind(ahead, worlds[row], move.programme) if begins else -np.inf
        patience = scene.settings.discount**scene.settings.review if begins else 0.0
        out[k] = Venture(terms[row], mood, states, leave, patience, refused[row])
    return out


def with_option(settings: Settings, venture: Venture) -> Array:
    """[term] of a move on a programme, the option among them."""
    terms = venture.terms.copy()
    terms[list(PAYOFF_TERMS).index("option_value")] += venture.option
    return without_silent(settings, terms)


def _pressure(scene: Scene, catalogue: Catalogue, trial: Trial, feared: Fear, ahead: Scene) -> Array:
    """[row], deviation of a move's worth from the coercion that a review may bring."""
    composition = long_composition(scene, Rows.of(trial.worlds))[:, catalogue.actor]
    actor, of = catalogue.actor, feared.arrivals
    loss = feared_losses(scene, feared, composition, reach_of(scene, actor, trial), held_of(scene, actor, trial))
    spared = of.rate * of.years * (loss[0] - loss) * phases(ahead, trial)[:, None]
    by_sender = np.stack([spared[:, (of.sender == j) & ~of.accident].sum(axis=-1)
                          for j in range(len(scene.base.regions))], axis=-1)  # fmt: skip
    return np.array([pressure_spread(scene.settings, of.opening, relief) for relief in by_sender])
