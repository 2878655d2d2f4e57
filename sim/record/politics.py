"""Politics at home, from the records: how groups stand and why, moves that one of them blocked, a policy that fell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.moves.path import Scene
from sim.record.measure import ALL, Reading
from sim.rules.domestic import standing
from sim.world.domestic import CAUSES
from sim.world.params import Array
from sim.world.settings import CLASSES

POLITICS = ["quarter", "actor", "event", "group", "what", "value", "unit", "sentence"]
FALLS, BLOCKED = "falls", "blocked"
CAUSE_WORDS = {
    "wage": "what its members earn",
    "budget": "the public balance",
    "risk": "the risk of coercion",
    "insecurity": "danger",
    "outlays": "defence outlays",
    "sales": "the sales of its industries",
}
"""What moved a group, inside a sentence."""


def support_readings(scene: Scene, support: Array, focus: int) -> list[Reading]:
    """Standing support of each actor's groups after a quarter, its causes and weights; whether the policy has fallen.

    support : [group, cause], percent. The group stands in the column of partners, the cause in that of domains."""
    domestic, regions, world, out = scene.settings.domestic, scene.base.regions, scene.world, []
    for actor in domestic.actors:
        code = regions[actor]
        whole = standing(domestic, support, world.power, actor)
        out.append(Reading(code, ALL, ALL, "support", whole, "percent"))
        for g in domestic.of(actor):
            name = domestic.names[g]
            out.append(Reading(code, name, ALL, "support", float(support[g].sum()), "percent"))
            out.append(Reading(code, name, ALL, "group_weight", float(world.power[g]), "1"))
            out += [Reading(code, name, cause, "support_by_cause", float(value), "percent")
                    for cause, value in zip(CAUSES, support[g], strict=True)]  # fmt: skip
    out.append(Reading(regions[focus], ALL, ALL, "policy_fallen", float(world.fallen >= 0), "1"))
    return out


def politics_rows(scene: Scene, label: str, focus: int, decisions) -> list[tuple]:
    """Rows of what groups did in a quarter: a policy fell over them, or they blocked what would have been picked."""
    return [*_fall(scene, label, focus), *(row for one in decisions for row in _blocked(scene, label, one))]


def _fall(scene: Scene, label: str, focus: int) -> Iterator[tuple]:
    domestic, world = scene.settings.domestic, scene.world
    if world.fallen != world.step:
        return
    mine, code = domestic.of(focus), scene.base.regions[focus]
    lost = (world.power[mine, None] * world.support[mine]).sum(axis=-1)
    group = mine[int(np.argmin(lost))]
    cause = CAUSES[int(np.argmin(world.support[group]))]
    whole = standing(domestic, world.support, world.power, focus)
    title = domestic.titles[group]
    text = (f"{code}'s government falls and its policy with it: weighted support stands at {whole:+.2f} %; "
            f"most was lost among {title} ({world.support[group].sum():+.2f} %), "
            f"over {CAUSE_WORDS[cause]}")  # fmt: skip
    yield label, code, FALLS, domestic.names[group], cause, whole, "percent", text


def _blocked(scene: Scene, label: str, decision) -> Iterator[tuple]:
    """The best move that a group blocked, where it was worth more than the pick, costs of acting included."""
    ledger, settings = decision.ledger, scene.settings
    if ledger is None or not ledger.vetoed:
        return
    cost = dict(zip(CLASSES, settings.act_cost[decision.actor], strict=True))
    moves = ledger.catalogue.candidates
    net = {k: veto.score - cost[moves[k].instrument] for k, veto in ledger.vetoed.items()}
    best, pick = max(net, key=net.get), moves[decision.pick]
    if net[best] <= np.nan_to_num(ledger.score[decision.pick]) - cost.get(pick.instrument, 0.0):
        return
    veto, code = ledger.vetoed[best], scene.base.regions[decision.actor]
    title = settings.domestic.titles[veto.group]
    text = (f"{title} in {code} block{'' if title.endswith('s') else 's'} {moves[best].name}: it would cost them "
            f"{-veto.support:.2f} % of support; it was worth {veto.score:+.4f} % of income")  # fmt: skip
    yield label, code, BLOCKED, settings.domestic.names[veto.group], moves[best].name, veto.score, "percent", text
