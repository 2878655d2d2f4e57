"""What threats and answers in an episode are worth, written apart from the engine: outcomes, each with its chance.

Source: model section 8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.moves.catalogue import Candidate, single_threats
from sim.studies import direct_holdings as holdings
from sim.studies.direct import Direct
from sim.studies.direct_bargain import DirectBargain


def gain(whole: Direct, move: Candidate) -> float:
    """Payoff of a free move or a threat to the actor of a direct evaluation."""
    if move.instrument != "threat":
        return whole.gain(move)
    scene = whole.scene
    singles = single_threats(scene.base, scene.settings, scene.world, move)
    mood = scene.world.politics[whole.actor, -1]
    return mood + sum(DirectEpisode(scene, one.demand, one.by).worth(one) for one in singles)


class DirectEpisode(DirectBargain):
    """One episode in one scene. Payoffs in per cent of a side's income a year over the horizon."""

    # --- a free actor's threat

    def worth(self, move):
        """Threatening, announcing or imposing with the demand: the sender's payoff over all that the target may do.

        Its mood is left out: a threat to several has it once."""
        audience = self.today.audience[self.settings.demands.index(self.demand)] * self.once
        hurt, refused, complies = self.hurt(), 0.0, 0.0
        if move.operation != "execute":  # who announces a condition is bound by it
            refused = self.price_refused(1.0 if move.operation == "schedule" else self.believed(), hurt)
            complies = self.price_is_below(refused)
        later = self.in_the_end(hurt, refused)
        stuck = self.measure(self.by) - audience * self.dropped_late()
        punished = later * (self.prize() - self.imposing()) + (1 - later) * stuck
        backed_down = -audience if move.operation == "threaten" else -np.inf
        return complies * self.prize() + (1 - complies) * max(punished, backed_down)

    # --- answers

    def answers(self, operations):
        """The payoffs of one side of an open episode, by operation; which side it is shows in what it can do."""
        if self.imposed:
            of_target = "resist" in operations
            return self.under_measure() if of_target else self.in_force(self.harsher())
        return self.at_deadline() if "back down" in operations else self.under_threat()

    def harsher(self):
        """The next level of a control; None for a tariff, or where there is none."""
        held = self.settings.holdings.levels
        steps = held[self.by.holding] if self.by.holding >= 0 else self.settings.levels
        above = sorted(level for level in steps if level > self.by.level + 1e-9)
        return replace(self.by, level=above[0]) if self.by.instrument == "control" and above else None

    def under_threat(self):
        """The target's payoffs: resist, comply, shield."""
        hurt, q = self.hurt(), self.believed(shields=self.called() is not None)
        out = {
            "resist": -q * hurt - self.act(),
            "comply": -self.burden() - self.episode.price - (1 - self.kept) * q * hurt,
        }
        shield = self.shield()
        if shield is not None:
            joint = self.answered(self.hit(), shield.members, shield.size * self.injury())
            own = self.change(joint, self.today, self.target) + hurt
            out["shield"] = -self.believed() * (hurt - self.in_time(shield) * own) - self.act()
        return less_first(out)

    def called(self):
        """The answer that the target has under way or in force against the sender, or None."""
        mine = [c for c in self.today.calls if (c.member, c.sender, c.agreed) == (self.target, self.sender, True)]
        return mine[0] if mine else None

    def under_measure(self):
        """The target's payoffs while the measure stands: resist, comply, retaliate, shield."""
        hurt, value, call = self.change(self.freed(), self.today, self.target), self.injury(), self.called()
        out = {"resist": 0.0 if call is None else self.awaited(call, hurt, value)}
        out["comply"] = self.kept * hurt - self.burden() - (1 + self.bargain.climb_down) * self.episode.price
        if call is None:
            own = self.change(self.answered(self.today, (self.target,), value), self.today, self.target)
            out["retaliate"] = own + self.settings.rollback * hurt - self.act()
        shield = self.shield()
        if shield is not None:
            own, won = self.jointly(shield.members, shield.size, hurt, value)
            out["shield"] = self.in_time(shield) * (own + won) - self.act()
        return less_first(out)

    def jointly(self, members, size, hurt, value):
        """What an answer of some members costs the target, and what it may win by a roll-back, from its first day."""
        joint = self.answered(self.today, members, size * value)
        won = min(self.settings.rollback * len(members) * size, 1.0) * hurt
        return self.change(joint, self.today, self.target), won

    def awaited(self, call, hurt, value):
        """What the answer given before may still win, at the cost that is still to come."""
        known = [s for s in self.settings.shields if s.name == call.shield]
        members, size = (known[0].members, known[0].size) if known else ((self.target,), 1.0)
        own, won = self.jointly(members, size, hurt, value)
        return self.left(max(call.due - self.today.step, 0)) * (won + (0.0 if call.points else own))

    def at_deadline(self):
        """The sender's payoffs once it was refused: back down, carry out."""
        audience = self.episode.audience * self.once
        later = self.in_the_end(self.hurt(), self.episode.refused)
        won, stuck = self.prize() - self.imposing(), self.measure(self.by) - audience * self.dropped_late()
        return {"back down": -audience, "carry out": later * won + (1 - later) * stuck}

    def in_force(self, more=None):
        """The sender's payoffs while its measure stands: keep, lift, escalate to a harsher one."""
        i, j, free = self.sender, self.target, self.freed()
        control = self.by.instrument == "control"
        now = self.change(free, self.today, j)
        out = {"keep": 0.0}
        waits = self.today.denial_cooling[j, i, [self.by.holding]] if self.by.holding >= 0 else (
            self.today.cooling[j, i, list(self.by.domains)])  # fmt: skip
        if not (control and (waits > 0).any()):
            kind = "lift" if control else "remove"
            move = Candidate("", self.by.instrument, kind, (j,), self.by.domains, self.by.group, asks=self.demand.name,
                             holding=self.by.holding)  # fmt: skip
            direct = Direct(self.short, i)
            gone = 0.5 ** ((self.today.step - self.episode.imposed) / self.bargain.audience_half_life)
            freely = self.part * (direct.total(move, free) - direct.stays)
            given_up = self.gives_in(now * self.fading()) * self.prize()
            out["lift"] = freely - gone * self.episode.audience * self.once - given_up
        if more is not None:
            harsher = self.change(free, self.hit(more), j)
            rise = self.gives_in(harsher) - self.gives_in(now * self.fading())
            out["escalate"] = self.measure(more) + rise * self.prize()
        return out

    def gives_in(self, hurt):
        return self.in_the_end(hurt, self.episode.refused)

    def fading(self):
        """Hurt of a control a cooling-off time ahead over hurt now, along the closed form."""
        if self.by.instrument == "tariff":
            return 1.0
        if self.by.holding >= 0:
            return holdings.fading(self.scene, self.target, self.sender, self.by, self.bargain.cooling_off)
        i, (d,) = self.target, self.by.domains
        v, wanted = self.today.available[i, self.sender, d], self.scene.adapted_at.composition[i, self.sender, d]
        ahead = v
        for _ in range(self.bargain.cooling_off):
            ahead += self.settings.renewal * (wanted - ahead)
        exponent = self.scene.weight[i, d] / self.base.theta_short[d]
        forms = [1 - (1 - self.by.level * x) ** exponent for x in (v, ahead)]
        return forms[1] / forms[0] if forms[0] > 0 else 1.0


def less_first(payoffs):
    """Differences from the first option."""
    first = next(iter(payoffs.values()))
    return {name: value - first for name, value in payoffs.items()}
