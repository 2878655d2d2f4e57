"""A world moved on quarter by quarter, with threats put in by hand and answers as told."""

from dataclasses import replace

from sim.engine.crisis import bargain
from sim.engine.learn import learn, openings_seen
from sim.engine.step import begin, observe, settle
from sim.moves.catalogue import Candidate
from sim.strategies.base import Strategy

JPN, EU27, USA, CHN = range(4)


class Says(Strategy):
    """Answers as told: the first of its words that is open to it, else the first option."""

    name = "says"

    def __init__(self, *words):
        self.words = words

    def choose(self, seen, scored):
        return 0

    def answer(self, seen, options):
        open_now = [move.operation for move in options.catalogue.candidates]
        return next((open_now.index(word) for word in self.words if word in open_now), 0)


class Play:
    """A world moved on quarter by quarter, threats put in by hand."""

    def __init__(self, design, **answers):
        names = design.base.regions
        says = {k: Says(*answers.get(names[k], ())) for k in design.actors}
        self.design = replace(design, strategies=says)
        self.world, self.scene, self.crisis, self.before = begin(self.design), None, None, None

    def told(self, name, *words):
        at = self.design.base.regions.index(name)
        self.design = replace(self.design, strategies=self.design.strategies | {at: Says(*words)})

    def quarter(self, *moves):
        """Plays one quarter; moves : (sender, threat)."""
        self.before = self.world
        self.scene, _ = observe(self.design, self.world, self.scene)
        self.crisis = bargain(self.design, self.scene, self.scene.world, dict(moves))
        _, after = settle(self.design, self.scene, self.crisis.world)
        self.world = learn(self.design, self.before, [], self.crisis, after)
        return self.world

    def quarters(self, count):
        for _ in range(count):
            self.quarter()

    def openings(self):
        return openings_seen(self.design, self.before, self.crisis)

    @property
    def said(self):
        return [(self.design.base.regions[a.actor], a.operation) for a in self.crisis.answers]


def threat(design, sender, target, name, operation="threaten", means=0):
    of = next(d for d in design.settings.demands if (d.sender, d.target, d.name) == (sender, target, name))
    by = of.by[means]
    return sender, Candidate(f"threat {operation}", "threat", operation, (target,), by.domains, by.group, by.level,
                             of.name, of, by)  # fmt: skip
