"""What the base year says about tastes: inferred base mark-ups, and least-norm tastes that leave nothing to gain.

The base portfolio is taken as chosen, and every candidate's score is at most zero in the base year. Both
follow from one draw of parameters; the fit of act costs to activity is left to `studies/calibrate.py`.
Source: model section 5, calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from sim.errors import WorldError
from sim.moves.catalogue import Catalogue
from sim.moves.path import Scene, set_scene, stores_of
from sim.moves.risk import expected_stops, fear
from sim.moves.rollback import undone_worlds
from sim.moves.score import Ledger, make_trials, score
from sim.moves.ventures import ventures
from sim.rules.coercion import Standing, domar_weight, steepness, stop_losses
from sim.rules.contracts import adapted_shock, impact_shock
from sim.rules.prudence import marginal_worth
from sim.rules.solve import Anchor, anchor
from sim.rules.tariff import breach, breach_points
from sim.rules.trade import base_point
from sim.world.domestic import CAUSES
from sim.world.params import Array, Economy
from sim.world.settings import CLASSES, Settings, Tastes
from sim.world.state import World, base_state

SMALL_SHARE = 1e-9  # below it a supplier is none
FIXED_POINT_STEPS = 200


@dataclass(frozen=True)
class Rest:
    """Fitted to the base year, with what a reader needs to judge the fit."""

    base: Economy  # with its base mark-ups
    tastes: Tastes
    ledgers: dict[int, Ledger]  # scores of every candidate without tastes
    binding: dict[int, list[str]]  # candidates at zero, by actor
    capped: Array  # [importer, exporter, domain] bool, mark-ups at their cap


def base_anchors(base: Economy) -> tuple[Anchor, Anchor]:
    """Anchors of the base year, on impact and adapted."""
    x, zero = base_point(base), np.zeros_like(base.share)
    now = impact_shock(base, base.tariff, zero, base.share, zero, zero)
    later = adapted_shock(base, base.tariff, zero, base.hedge_base, zero)
    return anchor(base, now, x), anchor(base, later, x)


def base_world(base: Economy, settings: Settings, stock: Array) -> World:
    """The base year as a state."""
    return base_state(base, stock, settings.conduct_prior.shape[1], len(CLASSES), settings.alliance.outlays,
                      len(settings.shocks), settings.domestic.weight, len(CAUSES),
                      len(settings.programmes), len(settings.holdings.names))  # fmt: skip


def fit_hedges(base: Economy, settings: Settings, stock: Array, actors: list[int]) -> Rest:
    """Base mark-ups of one draw, with tastes that are none: all that a quarter takes in which nobody decides."""
    hedge, capped = infer_hedges(base, settings, base_world(base, settings, stock), actors)
    none = Tastes.none(len(base.regions), len(base.domains), len(settings.programmes))
    return Rest(base.with_hedges(hedge), none, {}, {}, capped)


def fit_rest(base: Economy, settings: Settings, stock: Array, catalogues: list[Catalogue], *, scale: dict[str, float],
             hedges: Rest | None = None, between: Callable[[], None] = lambda: None) -> Rest:  # fmt: skip
    """Base mark-ups and tastes of one draw.

    settings : of the world at rest: no departure of a scenario, no political shock
    scale : units of taste by name (norm, control, hedge): what counts as equally large
    hedges : from `fit_hedges` on the same numbers, where they are at hand
    between : called before each actor's tastes; what it raises ends the fit
    Raises WorldError when no taste can hold a candidate back."""
    hedges = hedges or fit_hedges(base, settings, stock, [c.actor for c in catalogues])
    base, plain = hedges.base, settings.with_tastes(hedges.tastes)
    world = base_world(base, settings, stock)
    scene = set_scene(base, plain, world, domar_weight(base), base_anchors(base), "base year")
    norm, control = np.zeros(len(base.regions)), np.zeros(len(base.regions))
    tastes, ours = np.zeros_like(base.share), np.zeros(len(settings.programmes))
    ledgers, binding = {}, {}
    for catalogue in catalogues:
        between()
        i = catalogue.actor
        ledgers[i] = score(scene, catalogue, all_exact=True)
        names, features, gains = _constraints(scene, ledgers[i])
        size = np.concatenate([[scale["norm"], scale["control"]], np.full(features.shape[1] - 2, scale["hedge"])])
        fitted = least_norm(features * size, gains, names) * size
        norm[i], control[i] = fitted[:2]
        tastes[i] = fitted[2:].reshape(tastes[i].shape)
        slack = features @ fitted - gains
        binding[i] = [name for name, gap in zip(names, slack, strict=True) if gap < 1e-9]
        for name, k, taste in _programme_tastes(scene, catalogue):
            ours[k] = taste
            binding[i].append(name)
    return Rest(base, Tastes(norm, control, tastes, ours), ledgers, binding, hedges.capped)


def _programme_tastes(scene: Scene, catalogue: Catalogue) -> list[tuple[str, int, float]]:
    """Moves on programmes that gain without tastes: name, programme, the cost a unit at which they gain nothing."""
    feared, undone = fear(scene, catalogue.actor), undone_worlds(scene, catalogue.actor)
    out = []
    for k, venture in ventures(scene, catalogue, feared, undone).items():
        move, taste = catalogue.candidates[k], venture.taste_at_rest()
        if taste > 0:
            out.append((catalogue.names[k], move.programme, taste / move.level))
    return out


def _constraints(scene: Scene, ledger: Ledger) -> tuple[list[str], Array, Array]:
    """Candidates that gain without tastes: names, what each taste would charge [candidate, taste], gains."""
    free = np.array([move.programme < 0 for move in ledger.catalogue.candidates])  # programmes have tastes of their own
    rows = np.flatnonzero(ledger.feasible & free & (np.nan_to_num(ledger.score) > 0))
    trial = make_trials(scene, ledger.catalogue, only=(0, *rows))
    i, base = ledger.catalogue.actor, scene.base
    charged, names, gains = [], [], []
    for k, made in zip(trial.index[1:], trial.worlds[1:], strict=True):
        points = breach_points(base, made.tariff)
        hedge = (made.hedge_goal[i] - scene.world.hedge_goal[i]).ravel()
        charged.append(np.concatenate([[breach(base, points, made.excused)[i], made.withheld[:, i].sum()], hedge]))
        names.append(ledger.catalogue.names[k])
        gains.append(ledger.score[k])
    width = 2 + base.share[0].size
    return names, np.array(charged).reshape(-1, width), np.array(gains)


def least_norm(features: Array, gains: Array, names: list[str]) -> Array:
    """The smallest u with features @ u >= gains: least distance programming (Lawson and Hanson 1974, ch. 23).

    Raises WorldError when some candidate cannot be held back."""
    size = features.shape[1]
    if len(gains) == 0:
        return np.zeros(size)
    stuck = [name for name, row in zip(names, features, strict=True) if not (row > 0).any()]
    if stuck:
        raise WorldError(f"no taste can hold back {', '.join(stuck[:3])} in the base year; check its costs")
    used = np.flatnonzero((features != 0).any(axis=0))
    unit = gains.max()  # the programme is solved in units of the largest gain
    stacked = np.vstack([features[:, used].T, gains / unit])
    target = np.zeros(len(used) + 1)
    target[-1] = 1.0
    dual, _ = nnls(stacked, target, maxiter=100 * stacked.shape[1])
    rest = stacked @ dual - target
    out = np.zeros(size)
    out[used] = -rest[:-1] / rest[-1] * unit
    # rounding may leave a gain of 1e-12: an even stretch keeps the direction
    short = (gains / np.maximum((features * out).sum(axis=1), 1e-300)).max()
    return out * max(short, 1.0) * (1 + 1e-9)


def infer_hedges(base: Economy, settings: Settings, world: World, actors: list[int]) -> tuple[Array, Array]:
    """h0 [importer, exporter, domain] at which nobody gains from a little more or less, and where the cap binds.

    First order at base costs, wages and incomes, at v* = lam_base:
    100 m/theta_s kappa exp(-theta_s h_k) + d(expected loss)/dv_k is the same for all foreign suppliers of a
    nest; kappa = Z**(alpha-1)/S. The supplier with the smallest marginal loss has h0 = 0."""
    hedge, capped = np.zeros_like(base.share), np.zeros(base.share.shape, dtype=bool)
    weight = domar_weight(base)
    for i in actors:
        slope = marginal_loss(base, settings, world, i, weight)
        for d in range(len(base.domains)):
            foreign = np.flatnonzero((base.share[i, :, d] > SMALL_SHARE) & (np.arange(len(base.regions)) != i))
            if len(foreign) < 2 or not slope[foreign, d].any():
                continue
            found, bound = _nest_hedges(base, i, d, foreign, slope[foreign, d], weight[i, d], settings.hedge_cap)
            hedge[i, foreign, d], capped[i, foreign, d] = found, bound
    return hedge, capped


def _nest_hedges(base, i, d, foreign, slope, weight, cap):
    theta_s, gap = base.theta_short[d], base.gap[d]
    alpha = base.theta_long[d] / gap
    share = base.share[i, foreign, d]
    home = base.share[i, i, d]
    excess = slope - slope.min()
    h = np.zeros(len(foreign))
    for _ in range(FIXED_POINT_STEPS):
        scale = ((share * np.exp(gap * h)).sum() / (1 - home)) ** (alpha - 1)
        kappa = scale / (home + (share * np.exp(-theta_s * h)).sum() * scale)
        wanted = 1 - excess * theta_s / (100 * weight * kappa)
        new = np.minimum(-np.log(np.maximum(wanted, np.exp(-theta_s * cap))) / theta_s, cap)
        if np.abs(new - h).max() < 1e-12:
            break
        h = 0.5 * h + 0.5 * new
    return h, wanted <= np.exp(-theta_s * cap)


def marginal_loss(base: Economy, settings: Settings, world: World, target: int, weight: Array) -> Array:
    """d certainty equivalent of coercion losses / d v [exporter, domain], per cent of income a year, base year."""
    stops, arrivals = expected_stops(base, settings, world.beliefs, target)
    zero = np.zeros_like(base.share)
    at = Standing(base.tariff, zero, base.share, zero, base_point(base), np.ones(len(base.regions)),
                  stores_of(settings, world))  # fmt: skip
    loss, _ = stop_losses(base, at, base_anchors(base)[0], target, stops)
    slope, reach = np.zeros((len(base.regions), len(base.domains))), at.stores.reach(base, target)
    worth = marginal_worth(arrivals, loss, settings.risk_aversion)
    for stop, yearly, size in zip(stops, worth, loss, strict=True):
        if not stop.of_supply:
            continue
        cells = np.ix_(stop.senders, stop.domains)
        form, steep = steepness(weight[target], base.theta_short, base.share[target], stop, reach)
        if form > 0:
            slope[cells] += yearly * size * steep / form
    return slope


def at_rest(settings: Settings) -> Settings:
    """Settings without what a scenario changes: the world that the base year is.

    What no group blocks must rest as well: a veto may give way when support shifts."""
    domestic = replace(settings.domestic, veto=np.full_like(settings.domestic.veto, np.inf))
    return replace(
        settings, norm_factor=np.ones_like(settings.norm_factor), tariff_value=np.zeros_like(settings.tariff_value),
        control_value=np.zeros_like(settings.control_value), domestic=domestic,
    )  # fmt: skip
