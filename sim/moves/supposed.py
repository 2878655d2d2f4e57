"""What the others' moves of this very quarter would change: the scene if they were made, and ledgers in it.

Rules that think about the others ask here, and only what they ask is computed. Payoffs are those of `score.py`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sim.moves.catalogue import HOLD, Candidate, Catalogue, applied, feasible, merged
from sim.moves.path import Scene, set_scene
from sim.moves.score import Ledger, score
from sim.world.params import Economy
from sim.world.settings import Settings
from sim.world.state import World


def all_made(base: Economy, settings: Settings, world: World, moves: dict[int, Candidate]) -> World:
    """The world with the moves of several actors made at once; one that cannot be made holds.

    moves : by the actor's position"""
    made = {
        actor: applied(base, settings, world, actor, move)
        for actor, move in moves.items()
        if move.instrument not in ("", "threat") and feasible(base, settings, world, actor, move)
    }
    return merged(settings, world, made) if made else world


@dataclass(frozen=True)
class Others:
    """What one actor can work out about the others in one quarter: who they are, and anybody's ledger.

    Moves are simultaneous: who answers the others' picks still makes its own in the world before them. Nobody sees
    another's political mood, so whoever is predicted is taken to be in none. Ledgers are computed once each."""

    scene: Scene = field(repr=False)
    catalogues: dict[int, Catalogue] = field(repr=False)  # of all actors, by position
    me: int
    _known: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def actors(self) -> list[str]:
        """Codes of all actors, oneself among them."""
        return [self.scene.base.regions[k] for k in self.catalogues]

    @property
    def codes(self) -> list[str]:
        """Codes of the other actors."""
        return [self.scene.base.regions[k] for k in self.catalogues if k != self.me]

    def possible(self, code: str, name: str) -> bool:
        """Whether an actor has a candidate of that name and can make it now."""
        actor = self._position(code)
        if name not in self.catalogues[actor].names:
            return False
        return feasible(self.scene.base, self.scene.settings, self.scene.world, actor, self._move(actor, name))

    def ledger(self, made: dict[str, str]) -> Ledger:
        """One's own ledger if the others make these moves: code -> name of a candidate; who is left out holds."""
        return self._scored(self.me, made, moody=True)

    def predicted(self, code: str, made: dict[str, str]) -> Ledger:
        """Anybody's ledger as seen from outside, without its mood, if all but it make these moves."""
        return self._scored(self._position(code), made, moody=False)

    def _scored(self, actor: int, made: dict[str, str], moody: bool) -> Ledger:
        picks = {self._position(code): name for code, name in made.items() if name != HOLD.name}
        picks.pop(actor, None)
        key = actor, moody, tuple(sorted(picks.items()))
        if key not in self._known:
            scene = self._scene(picks)
            if not moody:
                typical = np.full_like(scene.world.audience, scene.settings.bargaining.audience_median)
                calm = replace(scene.world, politics=np.zeros_like(scene.world.politics), audience=typical)
                scene = replace(scene, world=calm)
            self._known[key] = score(scene, self.catalogues[actor], before=self.scene.world)
        return self._known[key]

    def _scene(self, picks: dict[int, str]) -> Scene:
        """The scene, hold solved anew, if these picks were made."""
        s = self.scene
        world = all_made(s.base, s.settings, s.world, {a: self._move(a, name) for a, name in picks.items()})
        if world is s.world:
            return s
        where = "if " + ", ".join(f"{s.base.regions[a]} makes {name}" for a, name in picks.items())
        return set_scene(s.base, s.settings, world, s.weight, (s.impact, s.adapted), where)

    def _position(self, code: str) -> int:
        return self.scene.base.regions.index(code)

    def _move(self, actor: int, name: str) -> Candidate:
        return self.catalogues[actor].candidates[self.catalogues[actor].names.index(name)]
