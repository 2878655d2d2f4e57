"""How private values of episodes are fitted, and what the fit does not reach: base rates of threats.

Two rows of `configs/calibration/base_rates.yaml` are fitted, `threat_significant_concession` and `share_imposed`, by
two medians; the other rows are held out and reported as they fall, over ranges of what was assumed. The population
here is every threat that the shipped scenarios let their actors make, each once, weighted by the chance that its
sender picks it in the base year, with nothing else of the scenario: the record is of times in which trade norms held.
What runs read is fitted to runs (`fit_runs.py`), from the medians that are found here.
Source: model section 8; Drezner (2003)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import minimize
from scipy.special import expit, logsumexp
from scipy.stats import binomtest

from sim import draws
from sim.engine.design import Design, design, fit
from sim.engine.step import begin, observe
from sim.errors import WorldError
from sim.moves.risk import fear
from sim.moves.rollback import undone_worlds
from sim.moves.score import measures_of, possible_threats
from sim.moves.threats import deals, known_sender, later_hurt, stakes_of
from sim.rules.bargaining import Sender, Stakes, Threat, carry_belief, weigh_execution, weigh_threat
from sim.scenario.defaults import load_defaults, main_scenarios
from sim.scenario.load import configs_root, load_policy, load_scenario
from sim.scenario.sample import with_values
from sim.scenario.schema import Departures
from sim.world.crisis import Bargaining
from sim.world.params import Array
from sim.world.start_crises import start_bargaining

FITTED = ("threat_significant_concession", "share_imposed")
LUCKS = 200  # keyed draws of audience costs
START = 0.02  # percent: where the search begins
EXACT = 1e-6  # sum of squared gaps: both rows met to a tenth of a point
ASSUMED = {"price_spread": (0.5, 2.0), "audience_spread": (0.5, 2.0), "audience_half_life": (2.0, 12.0),
           "climb_down": (0.0, 1.0)}  # fmt: skip
"""What is assumed beside the medians, at the ends of its range in the config."""
ASSUMED_ELSEWHERE = {"alliance.defiance": (0.0, 0.01), "model.beliefs.episode_years": (0.25, 2.0),
                     "model.beliefs.kept_word": (0.5, 0.95)}  # fmt: skip
"""The same for values that the stakes themselves hang on: cases are collected anew."""


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
    out: dict[tuple, Case] = {}
    for name in scenarios or main_scenarios():
        loaded = load_scenario(name)
        if not loaded.file.changes.demands:
            continue
        policy = load_policy(load_defaults().free)
        loaded, policy = with_values(loaded, policy, values or {})
        changes = Departures(demands=loaded.file.changes.demands)  # the record is of times in which norms held
        loaded = replace(loaded, file=loaded.file.model_copy(update={"changes": changes, "calendar": []}))
        calm = design(loaded, policy, fit(loaded), seed=0, run=0, shocks=False)
        for case in _cases_of(calm):  # a threat that several scenarios know counts once
            key = case.sender, case.target, case.demand, case.punishment, case.operation, case.stakes.prize
            out.setdefault(key, case)
    return list(out.values())


def _cases_of(calm: Design) -> list[Case]:
    scene, _ = observe(calm, begin(calm), None)
    settings, codes, out = scene.settings, scene.base.regions, []
    for actor in calm.actors:
        catalogue = calm.catalogues[actor]
        moves = [catalogue.candidates[k] for k in possible_threats(scene, catalogue)]
        moves = [m for m in moves if m.operation != "schedule"]  # the record is of demands on one target
        if not moves:
            continue
        met = deals(scene, [m.demand for m in moves])
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
    """One row a case: how often it is made, and what comes of it; means over audience costs.

    Each sender picks among its threats as the default rule does: act or hold, then the threat, by logits of worth.
    made : chance that an open agenda turns into it; comply, imposed, conceded : chances given that it is made
    (conceded: under the measure)"""
    rows = []
    for sender in dict.fromkeys(case.sender for case in known):
        mine = [case for case in known if case.sender == sender]
        found = [_played(case, bargain) for case in mine]  # [4, luck] each
        made = _picked(mine, np.stack([one[0] for one in found]))
        for case, one, chance in zip(mine, found, made, strict=True):
            total = chance.sum()
            share = (one[1:] * chance).sum(axis=1) / total if total > 0 else np.full(3, np.nan)
            rows.append((case.scenario, case.sender, case.target, case.demand, case.punishment, case.instrument,
                         case.operation, case.stakes.hurt, chance.mean(), *share))  # fmt: skip
    return pd.DataFrame(rows, columns=["scenario", "sender", "target", "demand", "punishment", "instrument",
                                       "operation", "hurt", "made", "comply", "imposed", "conceded"])  # fmt: skip


def _picked(mine: list[Case], worth: Array) -> Array:
    """[case, luck], chance that each threat of one sender is picked; -inf is worth waiting with."""
    precision, cost = mine[0].precision, mine[0].act_cost
    logits = precision * worth
    total = logsumexp(logits, axis=0)
    possible = np.isfinite(worth).sum(axis=0)
    act = expit(total - np.log(np.maximum(possible, 1)) - precision * cost)
    return np.where(possible > 0, act * np.exp(logits - np.where(possible > 0, total, 0.0)), 0.0)


def _played(case: Case, bargain: Bargaining) -> Array:
    """[4, luck]: worth (-inf: more later than now), and comply, imposed, conceded given that it is made."""
    sender, threatens = case.sender_known, case.operation == "threaten"
    luck = draws.normal(0, "bargaining", np.arange(LUCKS), 0, case.sender, f"{case.demand} {case.target}")
    audience = bargain.audience_median * np.exp(bargain.audience_spread * luck)

    def value(stakes: Stakes) -> Threat:
        if threatens:
            return weigh_threat(bargain, stakes, sender, audience, carry_belief(bargain, stakes, sender))
        return weigh_execution(bargain, stakes, sender, audience)

    now = value(case.stakes)
    ahead = now if case.later == case.stakes else value(case.later)
    ripe = now.worth >= case.patience * np.maximum(ahead.worth, 0.0)
    imposed = (1 - now.comply) * now.carry * np.ones(LUCKS)
    return np.stack([np.where(ripe, now.worth, -np.inf), np.full(LUCKS, now.comply), imposed, imposed * now.later])


def base_rates(played: pd.DataFrame) -> dict[str, float]:
    """Rates as the sources count them, from rows of `outcomes`."""
    threats = played[played.operation == "threaten"]

    def mass(frame: pd.DataFrame, *columns: str) -> float:
        return float(frame.made.mul(frame[list(columns)].prod(axis=1) if columns else 1.0).sum())

    made, comply, imposed = mass(threats), mass(threats, "comply"), mass(threats, "imposed")
    struck, won = mass(played, "imposed"), mass(played, "conceded")
    return {
        "threat_significant_concession": _ratio(comply, made - imposed),
        "share_imposed": _ratio(imposed, made),
        "imposed_significant_concession": _ratio(mass(threats, "conceded"), imposed),
        "imposed_success_hse": _ratio(won, struck),
        "share_not_imposed_ties": 1 - _ratio(imposed, made),
        "share_executed": _ratio(struck - imposed, made + struck - imposed),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


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

    starts = [(np.log(START), np.log(START / 4)), (np.log(START / 2), np.log(START * 2))]
    options = {"xatol": 1e-3, "fatol": 1e-9, "maxiter": 200}
    best = min((minimize(gap, x, method="Nelder-Mead", options=options) for x in starts), key=lambda found: found.fun)
    fitted = replace(start, price_median=float(np.exp(best.x[0])), audience_median=float(np.exp(best.x[1])))
    return Fit(fitted, base_rates(outcomes(known, fitted)), wanted, bool(best.fun < EXACT))


def by_range(known: list[Case], start: Bargaining, wanted: dict[str, float]) -> pd.DataFrame:
    """Medians fitted anew at the ends of what was assumed, and whether threats still work more often than sanctions.

    Returns assumption, value, medians, the fitted rows as reached, held-out rows, and `ordering`"""
    rows = []
    elsewhere = [(name, value) for name, values in ASSUMED_ELSEWHERE.items() for value in values]
    for name, value in [("as configured", np.nan), *((n, v) for n, vs in ASSUMED.items() for v in vs), *elsewhere]:
        point = replace(start, **{name: value}) if name in ASSUMED else start
        there = cases(values={name: value}) if name in ASSUMED_ELSEWHERE else known
        found = fit_medians(there, point, wanted)
        b, got = found.bargaining, found.reached
        ordering = got["threat_significant_concession"] > got["imposed_significant_concession"]
        rows.append((name, value, b.price_median, b.audience_median, found.exact, *got.values(), ordering))
    return pd.DataFrame(rows, columns=["assumption", "value", "price_median", "audience_median", "exact",
                                       *found.reached, "ordering"])  # fmt: skip


@dataclass(frozen=True)
class BaseRate:
    """A published frequency: k of n, or a band where the source gives none."""

    id: str
    value: float
    n: int | None
    fitted: bool
    low: float
    high: float
    source: str
    sender: str = ""  # the row is of this sender's cases: how many of all, struck unannounced or not, got their aim


def published() -> list[BaseRate]:
    """Rows of `configs/calibration/base_rates.yaml`, with 95 % binomial intervals (Clopper and Pearson 1934)."""
    rows = yaml.safe_load((configs_root() / "calibration" / "base_rates.yaml").read_text(encoding="utf-8"))["rates"]
    out = []
    for row in rows:
        n, low, high = row.get("n"), row.get("low"), row.get("high")
        if n is not None:
            interval = binomtest(round(row["value"] * n), n).proportion_ci(0.95, method="exact")
            low, high = float(interval.low), float(interval.high)
        out.append(BaseRate(row["id"], row["value"], n, row["id"] in FITTED, low, high, row["source"],
                            row.get("sender", "")))  # fmt: skip
    return out


def table(reached: dict[str, float], effective: dict[str, float]) -> pd.DataFrame:
    """Published rates beside the model's: id, fitted, published, low, high, n, model, inside, source.

    effective : sender -> share of its cases that got their aim"""
    rows = []
    for rate in published():
        got = effective.get(rate.sender, float("nan")) if rate.sender else reached.get(rate.id, float("nan"))
        rows.append((rate.id, rate.fitted, rate.value, rate.low, rate.high, rate.n, got,
                     bool(rate.low <= got <= rate.high), rate.source))  # fmt: skip
    return pd.DataFrame(rows, columns=["rate", "fitted", "published", "low", "high", "n", "model", "inside", "source"])


def wanted_rates() -> dict[str, float]:
    """The two rows that medians are fitted to."""
    return {rate.id: rate.value for rate in published() if rate.fitted}


@dataclass(frozen=True)
class BargainingFit:
    """Medians fitted at central values of everything else, in the base year, and at the ends of what is assumed."""

    fit: Fit
    known: list[Case]
    ranges: pd.DataFrame


def calibrate_bargaining() -> BargainingFit:
    """Fits the medians of private values in the base year: where the fit to runs starts; nothing is written."""
    known = cases()
    scenario = next(load_scenario(name) for name in main_scenarios() if load_scenario(name).file.changes.demands)
    start, wanted = start_bargaining(scenario), wanted_rates()
    return BargainingFit(fit_medians(known, start, wanted), known, by_range(known, start, wanted))
