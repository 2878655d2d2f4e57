"""hedgelab calibrate: tastes, base mark-ups and costs of acting at central values, with their diagnostics.

Tastes and mark-ups are refitted in every run for its own draw (`moves/rest.py`); what is written of them is
for readers. Costs of acting are fitted here once and read by every run. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import brentq

from sim import draws
from sim.engine.design import Design, design, fit
from sim.engine.step import begin, observe, seen_by
from sim.errors import StoreError
from sim.moves.rest import Rest
from sim.moves.score import Ledger, score
from sim.rules.payoff import PAYOFF_TERMS
from sim.scenario.defaults import load_defaults
from sim.scenario.load import load_policy, load_scenario
from sim.strategies.quantal_response import nests
from sim.studies.activity import QUARTERS, observed_moves, observed_rates
from sim.world.params import Array
from sim.world.settings import AT_REST, CLASSES

LUCKS = 256  # political shocks over which the chance of acting is averaged
NEVER = 0.5  # events assumed where none is recorded: an upper guess, flagged as not identified
CEILING = 0.2  # percent: no cost of acting is looked for above it
ROUNDS = 40
RIDGE_PRECISION, RIDGE_SHOCK, RIDGE_LUCKS = (200.0, 500.0, 1000.0), (0.002, 0.005, 0.01), 64


@dataclass(frozen=True)
class Calibration:
    """Fitted values and what a reader needs to judge them."""

    rest: Rest
    activity: pd.DataFrame  # actor, class, count, rate, identified, act_cost, reached
    tastes: pd.DataFrame  # actor, taste, cell, value, unit
    hedges: pd.DataFrame  # importer, partner, domain, markup, capped
    binding: pd.DataFrame  # actor, candidate


def calibrate(scenario: str = "baseline") -> Calibration:
    """Fits the base year of a scenario at central values; nothing is written."""
    calm, ledgers, wanted = _at_rest(scenario)
    rows = []
    for i in calm.actors:
        cost = fit_costs(calm, ledgers[i], i, wanted[i], LUCKS)
        reached, _ = chances(calm, ledgers[i], i, cost, LUCKS)
        for c, label in enumerate(AT_REST):
            count = wanted[i][c] * QUARTERS
            seen = count if count != NEVER else 0
            rows.append((calm.base.regions[i], label, int(seen), wanted[i][c], count != NEVER, cost[c], reached[c]))
    columns = ["actor", "class", "count", "wanted", "identified", "act_cost", "reached"]
    rest = fit(load_scenario(scenario))
    return Calibration(rest, pd.DataFrame(rows, columns=columns), _tastes(rest), _hedges(rest), _binding(rest))


def _at_rest(scenario: str) -> tuple[Design, dict[int, Ledger], dict[int, Array]]:
    """The base year as every actor sees it, scored in full, and the rates of moves [class] that are wanted."""
    loaded = load_scenario(scenario)
    calm = design(loaded, load_policy(load_defaults().free), fit(loaded), seed=0, run=0, shocks=False,
                  act_cost=np.zeros((len(loaded.tables.regions), len(CLASSES))))  # fmt: skip
    scene, _ = observe(calm, begin(calm), None)
    rates = observed_rates(observed_moves(loaded.tables.events, loaded.event_map, list(loaded.file.actors)),
                           list(loaded.file.actors))  # fmt: skip
    ledgers, wanted = {}, {}
    for i in calm.actors:
        mine = rates[rates.actor == calm.base.regions[i]].set_index("class")["count"]
        wanted[i] = np.array([max(mine[c], NEVER) for c in AT_REST]) / QUARTERS
        ledgers[i] = score(scene, calm.catalogues[i], all_exact=True)
    return calm, ledgers, wanted


def chances(calm: Design, ledger: Ledger, actor: int, cost: Array, lucks: int) -> tuple[Array, Array]:
    """[class], chance of a move a quarter at rest, and of a move that scores above hold.

    Averaged over political shocks; agenda included, cost of acting left out of the score."""
    settings = calm.settings
    luck = draws.normal(0, "calibrate", np.arange(lucks)[:, None], 0, calm.base.regions[actor], np.array(AT_REST))
    kinds = np.array([m.instrument for m in ledger.catalogue.candidates])
    members = [(kinds == name) & ledger.feasible for name in AT_REST]
    free = np.zeros(len(CLASSES) - len(AT_REST))  # no threat is possible at rest
    seen = replace(seen_by(calm, begin(calm), actor), act_cost=np.append(cost, free))
    moved, gained = np.zeros(len(AT_REST)), np.zeros(len(AT_REST))
    for shock in settings.shock_sd * luck:
        terms = ledger.terms.copy()
        for c, mine in enumerate(members):
            terms[mine, list(PAYOFF_TERMS).index("taste")] += shock[c]
        mood = replace(ledger, terms=terms)
        act, classes, within = nests(seen, mood)
        for c, mine in enumerate(members):
            chance = act * np.exp(classes[c] + within[mine])
            moved[c] += chance.sum()
            gained[c] += chance[mood.score[mine] > 0].sum()
    return settings.agenda * moved / lucks, settings.agenda * gained / lucks


def fit_costs(calm: Design, ledger: Ledger, actor: int, wanted: Array, lucks: int) -> Array:
    """[class], costs of acting at which moves are as frequent as wanted, one class at a time until all fit.

    A class that stays below what is wanted even when acting is free gets zero: `reached` then shows it."""
    cost = np.full(len(AT_REST), CEILING / 40)
    for _ in range(ROUNDS):
        old = cost.copy()
        for c in range(len(AT_REST)):

            def gap(value: float, c: int = c) -> float:
                trial = cost.copy()
                trial[c] = value
                return float(chances(calm, ledger, actor, trial, lucks)[0][c] - wanted[c])

            low, high = gap(0.0), gap(CEILING)
            cost[c] = 0.0 if low <= 0 else CEILING if high >= 0 else brentq(gap, 0.0, CEILING, xtol=1e-6)
        if np.abs(cost - old).max() < 1e-5:
            break
    return cost


def ridge(scenario: str = "baseline") -> pd.DataFrame:
    """What activity leaves open: precision, size of shocks and costs of acting that fit it about equally well.

    Returns actor, precision, shock_sd, act_cost by class, share of the wanted activity reached, and the share of
    moves at rest that score above hold: the one thing that tells points of the ridge apart."""
    calm, ledgers, wanted = _at_rest(scenario)
    rows = []
    for precision, spread in product(RIDGE_PRECISION, RIDGE_SHOCK):
        point = replace(calm, settings=replace(calm.settings, precision=precision, shock_sd=spread))
        for i in calm.actors:
            cost = fit_costs(point, ledgers[i], i, wanted[i], RIDGE_LUCKS)
            reached, gains = chances(point, ledgers[i], i, cost, RIDGE_LUCKS)
            rows.append(
                (calm.base.regions[i], precision, spread, *cost, *(reached / wanted[i]), gains.sum() / reached.sum())
            )
    columns = [
        "actor",
        "precision",
        "shock_sd",
        *(f"act_cost_{c}" for c in AT_REST),
        *(f"reached_{c}" for c in AT_REST),
    ]
    return pd.DataFrame(rows, columns=[*columns, "above_hold"])


def _tastes(rest: Rest) -> pd.DataFrame:
    base, rows = rest.base, []
    for i in rest.ledgers:
        rows.append((base.regions[i], "norm", "", rest.tastes.norm[i], "percent of income a year a point of breach"))
        rows.append((base.regions[i], "control", "", rest.tastes.control[i], "percent of income a year at r = 1"))
        for j, d in np.argwhere(rest.tastes.hedge[i] > 0):
            cell = f"{base.regions[j]} {base.domains[d]}"
            rows.append((base.regions[i], "hedge", cell, rest.tastes.hedge[i, j, d], "percent of income a year per h"))
    return pd.DataFrame(rows, columns=["actor", "taste", "cell", "value", "unit"])


def _hedges(rest: Rest) -> pd.DataFrame:
    base = rest.base
    rows = [(base.regions[i], base.regions[j], base.domains[d], base.hedge_base[i, j, d], bool(rest.capped[i, j, d]))
            for i, j, d in np.argwhere(base.hedge_base > 0)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["importer", "partner", "domain", "markup", "capped"])
    return frame.sort_values("markup", ascending=False, ignore_index=True)


def _binding(rest: Rest) -> pd.DataFrame:
    rows = [(rest.base.regions[i], name) for i, names in rest.binding.items() for name in names]
    return pd.DataFrame(rows, columns=["actor", "candidate"])


def write(result: Calibration, folder: Path, open_ridge: pd.DataFrame | None = None) -> list[Path]:
    """activity.yaml, which every run reads, and tables for readers; raises StoreError when that fails."""
    costs: dict[str, dict] = {}
    for row in result.activity.itertuples():
        seen = (
            f"{row.count} recorded moves in 2018-24"
            if row.identified
            else "none recorded in 2018-24, half a move assumed"
        )
        costs.setdefault(row.actor, {})[row[2]] = {
            "value": round(float(row.act_cost), 6), "unit": "percent", "low": 0.0, "high": CEILING, "sampled": False,
            "source": f"fitted by hedgelab calibrate: {seen}; reaches {row.reached:.4f} a quarter of {row.wanted:.4f}",
        }  # fmt: skip
    file = {"kind": "activity", "act_cost": costs, "source": "hedgelab calibrate, central values, world at rest"}
    head = "# Costs of acting, fitted to the record of events by `hedgelab calibrate`: do not edit, run it again.\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = head + yaml.safe_dump(file, sort_keys=False, width=120)
        (folder / "activity.yaml").write_text(text, "utf-8")
        made = [folder / "activity.yaml"]
        for name in ("activity", "tastes", "hedges", "binding"):
            path = folder / f"{name}.csv"
            getattr(result, name).round(6).to_csv(path, index=False)
            made.append(path)
        if open_ridge is not None:
            open_ridge.round(6).to_csv(folder / "ridge.csv", index=False)
            made.append(folder / "ridge.csv")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}): choose another with --out") from error
    return made
