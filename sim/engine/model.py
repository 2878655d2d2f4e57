"""HedgingModel: a Mesa model that holds one world and takes the engine's calls a quarter.

Random numbers are keyed by run and name (`sim.draws`), never Mesa's; steps are counted in the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mesa

from sim.engine import step
from sim.engine.agents import ActorAgent
from sim.engine.crisis import Crisis, bargain
from sim.engine.dated import Dated
from sim.engine.design import Design
from sim.engine.learn import learn
from sim.engine.turns import NEVER, Later
from sim.moves.path import Scene
from sim.moves.score import Ledger, score
from sim.threads import one_thread
from sim.world.state import World


@dataclass(frozen=True)
class Quarter:
    """What happened in one quarter: all that a recorder needs."""

    label: str
    before: World  # before dated moves
    scene: Scene  # what the actors saw
    dated: list[Dated]
    decisions: list[step.Decision]
    crisis: Crisis  # episodes: answers, openings, ends
    settled: step.Settled
    after: World


class HedgingModel(mesa.Model):
    """One run of a scenario under a policy.

    design : as it is now; later : what turns make of it
    quarters : what happened so far; world : the state before the next quarter
    between : called before each decision; what it raises ends the quarter, and the run stays where it is"""

    def __init__(self, design: Design, later: Later = NEVER):
        super().__init__(seed=design.seed)
        self.design, self.later = design, later
        self.world: World = step.begin(design)
        self.scene: Scene | None = None
        self.quarters: list[Quarter] = []
        self.between: Callable[[], None] = lambda: None
        for position in design.actors:
            ActorAgent(self, position)
        # Mesa before 3.5 numbers agents in a class attribute that keeps every model alive: its issue 3179
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    @property
    def done(self) -> bool:
        """True after the last quarter."""
        return self.world.step >= len(self.design.quarters)

    @property
    def quarter(self) -> str | None:
        """Label of the last settled quarter; None before the first."""
        return self.quarters[-1].label if self.quarters else None

    def step(self) -> None:
        """Observe, decide, act, bargain, settle, learn; nothing after the last quarter."""
        if self.done:
            return
        with one_thread():
            self._play()

    def _play(self) -> None:
        self.design, before = self.later.turned(self.design, self.world)
        label = self.design.quarters[self.world.step]
        self.scene, dated = step.observe(self.design, before, self.scene)
        self.agents.do("decide")
        decisions = [agent.decision for agent in self.agents]
        made = step.act(self.design, self.scene, decisions)
        crisis = bargain(self.design, self.scene, made, step.threats_made(self.design, self.scene, decisions))
        settled, after = step.settle(self.design, self.scene, crisis.world)
        after = learn(self.design, before, decisions, crisis, after)
        self.quarters.append(Quarter(label, before, self.scene, dated, decisions, crisis, settled, after))
        self.world = after

    def resume(self, quarters: list[Quarter], design: Design) -> None:
        """Takes up a run after quarters that another model played under the same design."""
        self.quarters, self.design = list(quarters), design
        self.world, self.scene = quarters[-1].after, quarters[-1].scene

    def options(self, actor: int) -> Ledger:
        """What an actor could do in the coming quarter, scored; nothing is decided and the run stays where it is."""
        with one_thread():
            design, before = self.later.turned(self.design, self.world)
            scene, _ = step.observe(design, before, self.scene)
            return score(scene, design.menus(scene.world)[actor])

    def still(self) -> tuple[Scene, step.Settled]:
        """The coming quarter if nobody moved in it: dates and chance alone; the run stays where it is."""
        with one_thread():
            design, before = self.later.turned(self.design, self.world)
            scene, _ = step.observe(design, before, self.scene)
            return scene, step.settle(design, scene, scene.world)[0]

    def advance(self) -> Quarter:
        """Plays one quarter and returns it."""
        self.step()
        return self.quarters[-1]
