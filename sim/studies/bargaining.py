"""How private values of episodes are fitted, and what the fit does not reach: base rates of threats.

Two rows of `configs/targets/base_rates.csv` are fitted, `threat_significant_concession` and `share_imposed`, by two
medians; the other rows are held out and reported as they fall, over ranges of what was assumed. The population is
every threat that the shipped scenarios let their actors make, weighted by the chance that it is made in the base
year.   Source: model section 8; Drezner (2003)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from sim.engine.design import Design, design, fit
from sim.engine.step import begin, observe
from sim.errors import WorldError
from sim.moves.risk import fear
from sim.moves.rollback import undone_worlds
from sim.moves.safety import insecure
from sim.moves.score import measures_of, possible_threats
from sim.moves.threats import deals, known_sender, later_hurt, stakes_of
from sim.rules.bargaining import Sender, Stakes, Threat, carry_belief, weigh_execution, weigh_threat
from sim.scenario.defaults import load_defaults
from sim.scenario.load import load_policy, load_scenario, names
from sim.scenario.sample import with_values
from sim.world.crisis import Bargaining
from sim.world.params import Array

FITTED = ("threat_significant_concession", "share_imposed")
STRATA = 48  # audience costs at evenly spaced quantiles, in place of draws
START = 0.02  # percent: where the search begins


@dataclass(frozen=True)
class Case:
    """One threat that somebody could make in the base year."""

    scenario: str
    sender: str
    target: str
    demand: str
    punishment: str
    instrument: str
    operation: str  # threaten or execute
    stakes: Stakes
    later: Stakes  # with the hurt that is expected a cooling-off time ahead
    sender_known: Sender
    act_cost: float  # percent
    precision: float  # 1/percent
    patience: float  # 1


def cases(scenarios: Iterable[str] | None = None, values: dict[str, float] | None = None) -> list[Case]:
    """Every threat of every scenario that knows demands, at central values or at those given."""
    out: list[Case] = []
    for name in scenarios or names("scenario"):
        loaded = load_scenario(name)
        if not loaded.file.changes.demands:
            continue
        policy = load_policy(load_defaults().free)
        loaded, policy = with_values(loaded, policy, values or {})
        calm = design(loaded, policy, fit(loaded), seed=0, run=0, shocks=False)
        out += _cases_of(calm)
    return out


def _cases_of(calm: Design) -> list[Case]:
    scene, _ = observe(calm, begin(calm), None)
    settings, codes, out = scene.settings, scene.base.regions, []
    for actor in calm.actors:
        catalogue = calm.catalogues[actor]
        moves = [catalogue.candidates[k] for k in possible_threats(scene, catalogue)]
        if not moves:
            continue
        met = deals(scene, [m.demand for m in moves], lambda world, region: float(insecure(scene, region, world)))
        measures = measures_of(scene, catalogue, moves, fear(scene, actor), undone_worlds(scene, actor))
        for m in moves:
            measure = measures[m.demand.target, m.by.name]
            stakes = stakes_of(met[m.demand.target, m.demand.name], measure)
            ahead = replace(stakes, hurt=later_hurt(scene, m.demand, m.by, stakes.hurt))
            out.append(Case(
                calm.scenario, codes[actor], codes[m.demand.target], m.demand.name, m.by.name, m.by.instrument,
                m.operation, stakes, ahead, known_sender(settings, scene.world, actor),
                float(settings.act_cost[actor, -1]), settings.precision,
                settings.discount**settings.bargaining.cooling_off,
            ))  # fmt: skip
    return out


def outcomes(known: list[Case], bargain: Bargaining) -> pd.DataFrame:
    """One row a case: chance that it is made, and what comes of it; means over audience costs.

    made : weight; comply, imposed, conceded : chances given that it is made (conceded: under the measure)"""
    luck = ndtri((np.arange(STRATA) + 0.5) / STRATA)
    audience = bargain.audience_median * np.exp(bargain.audience_spread * luck)
    rows = []
    for case in known:
        found = _played(case, bargain, audience)
        weight = found[:, 0]
        total = weight.sum()
        share = (found[:, 1:] * weight[:, None]).sum(axis=0) / total if total > 0 else np.full(3, np.nan)
        rows.append((case.scenario, case.sender, case.target, case.demand, case.punishment, case.instrument,
                     case.operation, case.stakes.hurt, weight.mean(), *share))  # fmt: skip
    return pd.DataFrame(rows, columns=["scenario", "sender", "target", "demand", "punishment", "instrument",
                                       "operation", "hurt", "made", "comply", "imposed", "conceded"])  # fmt: skip


def _played(case: Case, bargain: Bargaining, audiences: Array) -> Array:
    """[audience, 4]: chance that the threat is made, and comply, imposed, conceded given that it is."""
    sender, threatens = case.sender_known, case.operation == "threaten"
    belief = [carry_belief(bargain, s, sender) if threatens else 1.0 for s in (case.stakes, case.later)]

    def value(stakes: Stakes, q: float, audience: float) -> Threat:
        if threatens:
            return weigh_threat(bargain, stakes, sender, audience, q)
        return weigh_execution(bargain, stakes, sender, audience)

    rows = []
    for audience in audiences:
        now = value(case.stakes, belief[0], audience)
        ahead = now if case.later == case.stakes else value(case.later, belief[1], audience)
        ripe = now.worth >= case.patience * max(ahead.worth, 0.0)
        made = float(expit(case.precision * (now.worth - case.act_cost))) if ripe else 0.0
        imposed = (1 - now.comply) * now.carry
        rows.append((made, now.comply, imposed, imposed * now.later))
    return np.array(rows)


def base_rates(played: pd.DataFrame) -> dict[str, float]:
    """Rates as the sources count them, from rows of `outcomes`."""
    threats = played[played.operation == "threaten"]

    def mass(frame: pd.DataFrame, *columns: str) -> float:
        return float(frame.made.mul(frame[list(columns)].prod(axis=1) if columns else 1.0).sum())

    made, comply, imposed = mass(threats), mass(threats, "comply"), mass(threats, "imposed")
    struck, won = mass(played, "imposed"), mass(played, "conceded")
    return {
        "threat_significant_concession": comply / (made - imposed),
        "share_imposed": imposed / made,
        "imposed_significant_concession": mass(threats, "conceded") / imposed if imposed > 0 else float("nan"),
        "imposed_success_all": won / struck if struck > 0 else float("nan"),
        "share_executed": (struck - imposed) / (made + struck - imposed),
    }


@dataclass(frozen=True)
class Fit:
    """Fitted medians and how near they bring the two rows."""

    bargaining: Bargaining
    reached: dict[str, float]
    wanted: dict[str, float]
    exact: bool


def fit_medians(known: list[Case], start: Bargaining, wanted: dict[str, float]) -> Fit:
    """Medians of price and audience cost at which the two fitted rows are met, or as near as they can be.

    Raises WorldError when no case is there to fit to."""
    if not known:
        raise WorldError("no scenario lets anybody make a threat: there is nothing to fit private values to")

    def gap(logs: np.ndarray) -> float:
        trial = replace(start, price_median=float(np.exp(logs[0])), audience_median=float(np.exp(logs[1])))
        got = base_rates(outcomes(known, trial))
        return float(sum((got[name] - wanted[name]) ** 2 for name in FITTED))

    starts = [(np.log(a), np.log(b)) for a, b in product((START / 4, START * 2), (START / 4, START * 2))]
    best = min((minimize(gap, x, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-12}) for x in starts),
               key=lambda found: found.fun)  # fmt: skip
    fitted = replace(start, price_median=float(np.exp(best.x[0])), audience_median=float(np.exp(best.x[1])))
    return Fit(fitted, base_rates(outcomes(known, fitted)), wanted, bool(best.fun < 1e-8))
