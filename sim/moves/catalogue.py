"""What an actor could do: its candidates, which of them are feasible now, and what each changes in the world.

What they are worth is left to `score.py`, which one is picked to the strategies. Source: model section 4."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np

from sim.moves.asking import can_open, in_episode, pressed_by
from sim.moves.controls import cooling, in_force, with_control, worthwhile
from sim.rules.programmes import owned, started, stopped
from sim.rules.tariff import excused_points, points_of, points_on
from sim.world.crisis import Demand, Punishment
from sim.world.params import Array, Economy
from sim.world.programmes import Works
from sim.world.settings import Settings
from sim.world.state import World

WORKS = tuple(f.name for f in fields(Works))
SMALLEST_MATCH = 0.5  # points: below it there is nothing to match


@dataclass(frozen=True)
class Candidate:
    """One move that an actor may have open. `hold` has no class."""

    name: str  # stable label: keys random draws and names the row in every table
    instrument: str  # tariff, control, hedge, threat or "" for hold
    operation: (
        str  # raise, cut, remove, match, licensing, embargo, deny, lift, start, threaten, execute, schedule, hold;
    )
    # of a programme begin, expand, abandon
    partners: tuple[int, ...] = ()
    domains: tuple[int, ...] = ()
    group: str = ""
    level: float = 0.0  # points as fraction, share kept, withheld share, mark-up added, or units
    asks: str = ""  # name of the demand that the move carries
    demand: Demand | None = None  # of a threat
    by: Punishment | None = None  # of a threat
    also: tuple[Demand, ...] = ()  # a schedule makes the same demand of others
    programme: int = -1  # position of the programme that is begun, expanded or abandoned; -1: none
    holding: int = -1  # of a control: position of the stock domain that is denied; -1: none

    @property
    def answers(self) -> bool:
        """True for moves that only make sense against a breach."""
        return self.operation == "match"


HOLD = Candidate("hold", "", "hold")


@dataclass(frozen=True)
class Catalogue:
    """All candidates of one actor, hold first; fixed during a run."""

    actor: int
    candidates: tuple[Candidate, ...]
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(c.name for c in self.candidates))


def feasible(base: Economy, settings: Settings, world: World, actor: int, move: Candidate) -> bool:
    """Whether the candidate can be made now and moves more than the smallest flow worth looking at."""
    if move.operation == "hold":
        return True
    if move.instrument == "threat":
        return bool(single_threats(base, settings, world, move))
    if move.instrument == "tariff":
        return _tariff_feasible(base, settings, world, actor, move)
    if move.instrument == "control":
        return _control_feasible(base, settings, world, actor, move)
    if move.programme >= 0:
        return _programme_feasible(settings, world, move)
    return _hedge_feasible(base, settings, world, actor, move)


def single_threats(base: Economy, settings: Settings, world: World, move: Candidate) -> list[Candidate]:
    """A threat as one against each target: those of a schedule that are below its condition, or itself."""
    wanted = [of for of in (move.demand, *move.also) if can_open(base, settings, world, of, move.by)]
    if len(move.partners) == 1:
        return [move] if wanted else []
    return [replace(move, partners=(of.target,), demand=of, also=()) for of in wanted]


def _percent_of_income(base: Economy, flow: float, region: int) -> float:
    return 100 * flow / base.income[region]


def _tariff_feasible(base, settings, world, actor, move) -> bool:
    cells = np.ix_((actor,), move.partners, move.domains)
    if _percent_of_income(base, base.flow[cells].sum(), actor) < settings.min_flow_tariff:
        return False
    rate = world.tariff[cells]
    if move.operation == "raise":
        pressed = any(pressed_by(world, actor, partner) for partner in move.partners)
        return not pressed and bool((rate + move.level <= settings.tariff_bound + 1e-12).all())
    if move.operation == "cut":
        return bool((rate > 1e-4).any())
    above = (rate - base.commitment[cells] > 1e-4).any()
    if move.operation == "remove":
        answers = any(actor in dict(call.points) for call in world.calls if call.sender in move.partners)
        return bool(above) and not answers and not in_episode(world, actor, move.partners, "tariff")
    if pressed_by(world, actor, move.partners[0]):
        return False  # it is answered inside the episode
    own, offence = _own_and_offence(base, world, actor, move.partners[0])
    asked = np.minimum(base.commitment[cells] + move.level * offence / 100, settings.tariff_bound)
    return bool(offence * settings.reciprocity > own + SMALLEST_MATCH and (asked > rate + 1e-4).any())


def _own_and_offence(base: Economy, world: World, actor: int, partner: int) -> tuple[float, float]:
    offence = max(points_on(base, world.tariff, actor)[partner] - world.excused[partner, actor], 0.0)
    return points_of(base, world.tariff, actor)[partner], offence


def _control_feasible(base, settings, world, actor, move) -> bool:
    waits = (cooling(world, move, move.partners, actor) > 0).any()
    if waits or in_episode(world, actor, move.partners, "control"):
        return False
    held = in_force(world, move, move.partners, actor)
    if move.operation == "lift":
        return bool((held > 0).any())
    if any(pressed_by(world, actor, partner) for partner in move.partners):
        return False  # it is answered inside the episode
    return worthwhile(base, settings, move, move.partners, actor) and bool((held < move.level).all())


def _hedge_feasible(base, settings, world, actor, move) -> bool:
    cells = np.ix_((actor,), move.partners, move.domains)
    if _percent_of_income(base, base.flow[cells].sum(), actor) < settings.min_flow_small:
        return False
    if (world.build_left[actor][:, list(move.domains)] > 0).any():  # one programme at a time per domain
        return False
    excess = world.hedge[cells] + move.level - base.hedge_base[cells]
    return bool((excess <= settings.hedge_bound + 1e-9).all())


def _programme_feasible(settings, world, move) -> bool:
    """Begin what is not there, expand what is built and not at its largest, abandon what is there."""
    one, planned = settings.programmes[move.programme], world.works.planned[move.programme]
    if move.operation == "abandon":
        return bool(planned > 0)
    if world.works.wait[move.programme] + world.works.ramp[move.programme] > 0:  # one part at a time
        return False
    there = planned >= one.smallest / 2  # what has faded below half of its smallest size is begun anew
    if there != (move.operation == "expand"):
        return False
    return bool(planned + move.level <= one.largest + 1e-9)


def applied(base: Economy, settings: Settings, world: World, actor: int, move: Candidate) -> World:
    """The world with the move made; contracts and stocks follow when the quarter settles."""
    if move.instrument in ("", "threat"):  # a threat alone changes nothing that is traded
        return world
    if move.instrument == "tariff":
        return with_tariff(base, settings, world, actor, _new_rates(base, settings, world, actor, move))
    if move.instrument == "control":
        return with_control(settings, world, move, move.partners, actor, move.operation == "lift")
    if move.programme >= 0:
        return with_programme(settings, world, move.programme, 0.0 if move.operation == "abandon" else move.level)
    return with_hedge(settings, world, actor, move.partners, move.domains, move.level)


def with_programme(settings: Settings, world: World, which: int, units: float) -> World:
    """The world with a part of a programme begun; of no units: with the programme given up, its stock sold."""
    if units > 0:
        return replace(world, works=started(settings.programmes, world.works, world.step, which, units))
    pool = world.pool.copy()
    pool[which] = 0.0
    return replace(world, works=stopped(world.works, which), pool=pool)


def with_hedge(settings: Settings, world: World, actor: int, partners, domains, size: float) -> World:
    """The world with a hedging programme started on some suppliers and domains."""
    cells = np.ix_((actor,), tuple(partners), tuple(domains))
    goal, left = world.hedge_goal.copy(), world.build_left.copy()
    goal[cells] = np.maximum(goal[cells], world.hedge[cells] + size)
    left[cells] = settings.build_quarters
    return replace(world, hedge_goal=goal, build_left=left)


def _new_rates(base: Economy, settings: Settings, world: World, actor: int, move: Candidate) -> Array:
    tariff = world.tariff.copy()
    cells = np.ix_((actor,), move.partners, move.domains)
    if move.operation == "raise":
        tariff[cells] = tariff[cells] + move.level
    elif move.operation == "cut":
        tariff[cells] = tariff[cells] * move.level
    elif move.operation == "remove":
        tariff[cells] = np.minimum(tariff[cells], base.commitment[cells])
    else:  # match: the partner's offence in points on all of the group
        _, offence = _own_and_offence(base, world, actor, move.partners[0])
        asked = np.minimum(base.commitment[cells] + move.level * offence / 100, settings.tariff_bound)
        tariff[cells] = np.maximum(tariff[cells], asked)
    return tariff


def with_tariff(base: Economy, settings: Settings, world: World, actor: int, tariff: Array) -> World:
    """The world with new rates of one importer, and what of them answers a breach."""
    excused = world.excused.copy()
    excused[actor] = excused_points(
        points_of(base, tariff, actor), points_of(base, world.tariff, actor), points_on(base, world.tariff, actor),
        world.excused[:, actor], world.excused[actor], settings.reciprocity,
    )  # fmt: skip
    excused[actor] = np.maximum(excused[actor], np.minimum(points_of(base, tariff, actor), owed(world)[actor]))
    return replace(world, tariff=tariff, excused=excused)


def owed(world: World) -> Array:
    """[importer, exporter], points of tariff that are no breach: left by a bargain, or an answer to coercion."""
    out = world.agreed.copy()
    for call in world.calls:
        for member, points in call.points:
            out[member, call.sender] += points
    return out


def merged(settings: Settings, world: World, made: dict[int, World]) -> World:
    """Simultaneous moves: each actor's own cells from its own new world."""
    cells = {k: getattr(world, k).copy() for k in
             ("tariff", "excused", "withheld", "cooling", "denied", "denial_cooling", "hedge_goal",
              "build_left")}  # fmt: skip
    works, pool = Works.stack([world.works]).take(0), world.pool.copy()
    for actor, new in made.items():
        for name in ("tariff", "excused", "hedge_goal", "build_left"):
            cells[name][actor] = getattr(new, name)[actor]
        for name in ("withheld", "cooling", "denied", "denial_cooling"):
            cells[name][:, actor] = getattr(new, name)[:, actor]
        mine = owned(settings.programmes, actor)
        pool[mine] = new.pool[mine]
        for name in WORKS:
            getattr(works, name)[mine] = getattr(new.works, name)[mine]
    return replace(world, works=works, pool=pool, **cells)
