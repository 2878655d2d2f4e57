"""ActorAgent: a Mesa agent whose decision is the engine's own call for one actor."""

from __future__ import annotations

import mesa

from sim.engine.step import Decision, decide


class ActorAgent(mesa.Agent):
    """A region that chooses moves by payoff.

    code : region code; position : its place among the world's regions; decision : its last pick"""

    def __init__(self, model: mesa.Model, position: int):
        super().__init__(model)
        self.position = position
        self.code = model.design.base.regions[position]
        self.decision: Decision | None = None

    def decide(self) -> None:
        """Picks one of the scored candidates of the quarter that the model observed."""
        self.model.between()
        self.decision = decide(self.model.design, self.model.scene, self.position)
