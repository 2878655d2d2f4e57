"""Domestic groups of the actors as numbers: what each cares about, how much it counts, what it blocks.

What support is worth is left to `sim.rules.domestic`, when a government falls to `sim.engine.politics`.
Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.scenario.scenario import Scenario
from sim.world.params import Array, Economy

OUTPUTS = ("wage", "budget", "risk", "insecurity", "outlays")
"""What groups look at, besides the sales of domains; per cent, each a model output and none a label."""
SALES = "sales"
CAUSES = (*OUTPUTS, SALES)
"""Why a group's support moved."""


@dataclass(frozen=True)
class Government:
    """What a government can bear; per cent of income, and chances a year."""

    tolerance: float  # percent, median loss of support at which it falls when it is challenged
    swing: float  # 1, deviation of the logarithm of what it can bear on the day
    challenge: float  # 1/year, votes of no confidence beside elections


@dataclass(frozen=True)
class Domestic:
    """All groups of all actors, in the order of actors and names."""

    names: tuple[str, ...]
    titles: tuple[str, ...]
    actor: Array  # [group] int, whose group it is
    weight: Array  # [group], 1, political weight, sums to 1 over an actor's groups
    interest: Array  # [group, output and domain], 1, support by a per cent of the output; sales by a per cent of income
    veto: Array  # [group], percent, loss of support beyond which it blocks a move; infinite: it blocks nothing
    influence: float  # 1, what a per cent of weighted support is worth beside a per cent of real income
    half_life: float  # quarters, after which what was lived through counts half
    governments: dict[int, Government] = field(default_factory=dict)  # by actor

    def of(self, actor: int) -> Array:
        """[group of the actor] positions of its groups; empty when it has none."""
        return np.flatnonzero(self.actor == actor)

    @property
    def actors(self) -> list[int]:
        """Positions of the actors that have groups."""
        return sorted(set(self.actor.tolist()))


def no_groups(domains: int) -> Domestic:
    """A world in which nobody at home is asked."""
    none = np.zeros(0)
    return Domestic((), (), none.astype(int), none, np.zeros((0, len(OUTPUTS) + domains)), none, 0.0, 1.0)


def start_domestic(scenario: Scenario, base: Economy) -> Domestic:
    """The groups of the scenario's actors; weights of each actor's groups sum to one."""
    files = {code: scenario.groups[code] for code in scenario.file.actors if code in scenario.groups}
    if not files:
        return no_groups(len(base.domains))
    members = [(base.regions.index(code), name, one) for code, file in files.items()
               for name, one in sorted(file.groups.items())]  # fmt: skip
    actor = np.array([i for i, _, _ in members])
    weight = np.array([one.weight.value for _, _, one in members])
    total = np.array([weight[actor == i].sum() for i in actor])
    model = scenario.model.domestic
    return Domestic(
        names=tuple(name for _, name, _ in members), titles=tuple(one.title for _, _, one in members),
        actor=actor, weight=weight / total, interest=np.stack([_interest(base, i, one) for i, _, one in members]),
        veto=np.array([np.inf if one.veto is None else one.veto.value for _, _, one in members]),
        influence=model.influence.value, half_life=model.half_life.value,
        governments={base.regions.index(code): Government(
            file.government.tolerance.value, file.government.swing.value, file.government.challenge.value,
        ) for code, file in files.items()},
    )  # fmt: skip


def _interest(base: Economy, actor: int, group) -> Array:
    """[output and domain]: sales count in per cent of what the group's domains earn together."""
    out = np.zeros(len(OUTPUTS) + len(base.domains))
    for k, name in enumerate(OUTPUTS):
        if name in group.interests:
            out[k] = group.interests[name].value
    if group.sales is not None:
        domains = [base.domains.index(code) for code in group.sales.domains]
        earned = (base.value_added[actor] * base.output[actor])[domains].sum() / base.income[actor]
        out[[len(OUTPUTS) + d for d in domains]] = group.sales.interest.value / earned
    return out
