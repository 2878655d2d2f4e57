"""hedgelab calibrate: tastes, base mark-ups and costs of acting at central values, with their diagnostics.

Tastes and mark-ups are refitted in every run for its own draw (`moves/rest.py`); what is written of them is
for readers. Costs of acting are fitted here once and read by every run. Source: model section 5."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from sim.studies.activity import observed_moves, observed_rates
from sim.world.params import Array
from sim.world.settings import CLASSES

LUCKS = 256  # political shocks over which the chance of acting is averaged
NEVER = 0.5  # events assumed where none is recorded: an upper guess, flagged as not identified
CEILING = 0.2  # percent: no cost of acting is looked for above it
ROUNDS = 40


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
    loaded = load_scenario(scenario)
    rest = fit(loaded)
    calm = design(loaded, load_policy(load_defaults().free), rest, seed=0, run=0, shocks=False)
    scene, _ = observe(calm, begin(calm), None)
    seen = observed_moves(loaded.tables.events, loaded.event_map, list(loaded.file.actors))
    rates = observed_rates(seen, list(loaded.file.actors))
    rows = []
    for i in calm.actors:
        name = calm.base.regions[i]
        target = rates[rates.actor == name].set_index("class")
        ledger = score(scene, calm.catalogues[i], all_exact=True)
        wanted = np.array([max(target.loc[c, "count"], NEVER) for c in CLASSES]) / 28
        cost = fit_costs(calm, ledger, i, wanted)
        reached = class_rates(calm, ledger, i, cost)
        for c, label in enumerate(CLASSES):
            row = target.loc[label]
            rows.append(
                (name, label, int(row["count"]), float(wanted[c]), bool(row["identified"]), cost[c], reached[c])
            )
    columns = ["actor", "class", "count", "wanted", "identified", "act_cost", "reached"]
    return Calibration(rest, pd.DataFrame(rows, columns=columns), _tastes(rest), _hedges(rest), _binding(rest))


def class_rates(calm: Design, ledger: Ledger, actor: int, cost: Array) -> Array:
    """[class], chance of a move a quarter at rest, averaged over political shocks; agenda included."""
    settings = calm.settings
    names = np.array([f"{c}" for c in CLASSES])
    luck = draws.normal(0, "calibrate", np.arange(LUCKS)[:, None], 0, calm.base.regions[actor], names)
    kinds = np.array([m.instrument for m in ledger.catalogue.candidates])
    seen = replace(seen_by(calm, begin(calm), actor), act_cost=cost)
    out = np.zeros(len(CLASSES))
    for shock in settings.shock_sd * luck:
        terms = ledger.terms.copy()
        for c, name in enumerate(CLASSES):
            terms[kinds == name, list(PAYOFF_TERMS).index("taste")] += shock[c]
        act, classes, _ = nests(seen, replace(ledger, terms=terms))
        out += act * np.exp(classes) / LUCKS
    return settings.agenda * out


def fit_costs(calm: Design, ledger: Ledger, actor: int, wanted: Array) -> Array:
    """[class], costs of acting at which the chances of a move are the wanted ones, one class at a time until all fit.

    A class whose chance stays below the wanted one even when acting is free gets zero: `reached` then shows it."""
    cost = np.full(len(CLASSES), 0.005)
    for _ in range(ROUNDS):
        old = cost.copy()
        for c in range(len(CLASSES)):

            def gap(value: float, c: int = c) -> float:
                trial = cost.copy()
                trial[c] = value
                return float(class_rates(calm, ledger, actor, trial)[c] - wanted[c])

            low, high = gap(0.0), gap(CEILING)
            cost[c] = 0.0 if low <= 0 else CEILING if high >= 0 else brentq(gap, 0.0, CEILING, xtol=1e-7)
        if np.abs(cost - old).max() < 1e-6:
            break
    return cost


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


def write(result: Calibration, folder: Path) -> list[Path]:
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
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}): choose another with --out") from error
    return made
