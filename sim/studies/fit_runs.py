"""Medians of private values, fitted to what runs do: draws of parameters and luck included.

In the base year at central values a sender sees one set of stakes; over runs it picks the threats that a draw makes
strong, so medians that meet the published rates there let targets give in too often in runs. The search starts from
the base year's fit and plays the same runs at every trial. Source: model section 8; Broyden (1965)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.optimize import root
from scipy.special import logit

from sim.errors import StoreError
from sim.run import as_scenario
from sim.scenario.load import configs_root
from sim.studies.bargaining import FITTED, BargainingFit, outcomes, table
from sim.studies.episodes import chosen_cases, rates_of, won_by_sender
from sim.world.params import Array

SLOPE = 0.7  # logits of a rate per logarithm of its median: where the search's Jacobian begins


@dataclass(frozen=True)
class Population:
    """The runs that medians are fitted on, of `configs/calibration/base_rates.yaml`."""

    scenario: str
    runs: int
    quarters: int
    seed: int
    trials: int  # most sets of runs
    near: float  # distance of each fitted rate from its published value at which the search ends


def population() -> Population:
    """As the file of published rates names it."""
    file = yaml.safe_load((configs_root() / "calibration" / "base_rates.yaml").read_text(encoding="utf-8"))
    return Population(**file["fitted_on"])


@dataclass
class _Search:
    """Trials so far; a trial is a set of runs at two medians."""

    cases: Callable[[dict[str, float]], pd.DataFrame]
    wanted: dict[str, float]
    plan: Population
    tried: list[dict[str, float]] = field(default_factory=list)
    known: list[pd.DataFrame] = field(default_factory=list)

    def gaps(self, logs: Array) -> Array:
        """Logits of the fitted rates less those published; [0] falls with the price, [1] rises with the audience."""
        price, audience = float(np.exp(-logs[0])), float(np.exp(logs[1]))
        cases = self.cases({"bargaining.price_median": price, "bargaining.audience_median": audience})
        rates, edge = rates_of(cases), 0.5 / max(len(cases), 1)  # a rate of 0 or 1 has no logit
        self.known.append(cases)
        self.tried.append({"price_median": price, "audience_median": audience, "cases": len(cases)}
                          | {name: rates.get(name, float("nan")) for name in FITTED})  # fmt: skip
        if self.off(-1) <= self.plan.near or len(self.tried) >= self.plan.trials:
            raise StopIteration
        return np.array([logit(np.clip(rates[name], edge, 1 - edge)) - logit(self.wanted[name]) for name in FITTED])

    def off(self, k: int) -> float:
        """Largest distance of a fitted rate from its published value, in one trial."""
        return max(abs(self.tried[k][name] - self.wanted[name]) for name in FITTED)

    def play(self, start: Array) -> int:
        """Position of the best trial."""
        options = {"jac_options": {"alpha": -1 / SLOPE}, "line_search": None, "maxiter": self.plan.trials}
        try:
            root(self.gaps, start, method="broyden1", options=options)
        except StopIteration:
            pass
        return min(range(len(self.tried)), key=self.off)


@dataclass(frozen=True)
class RunsFit:
    """Medians as runs want them: all trials, and the rates that the best of them reaches."""

    base_year: BargainingFit
    price_median: float  # percent
    audience_median: float  # percent
    reached: dict[str, float]
    near: bool  # both fitted rates within `Population.near` of what is published
    trials: pd.DataFrame
    rates: pd.DataFrame  # published beside those of the runs
    cases: pd.DataFrame  # of the base year, at these medians
    population: Population


def fit_on_runs(start: BargainingFit, plan: Population | None = None, *, workers: int | None = None,
                progress: Callable[[int, int], None] | None = None) -> RunsFit:  # fmt: skip
    """Medians at which the two fitted rates come out of runs, or as near as the trials bring them.

    progress : called with runs done and runs there are, over all trials"""
    plan, bargaining = plan or population(), start.fit.bargaining
    scenario = as_scenario(plan.scenario)

    def played(values: dict[str, float]) -> pd.DataFrame:
        done = len(search.tried)

        def told(k: int, count: int) -> None:
            if progress is not None:
                progress(done * count + k, plan.trials * count)

        return chosen_cases(scenario, runs=plan.runs, quarters=plan.quarters, seed=plan.seed, workers=workers,
                              values=values, progress=told)  # fmt: skip

    search = _Search(played, start.fit.wanted, plan)
    best = search.play(np.array([-np.log(bargaining.price_median), np.log(bargaining.audience_median)]))
    point, cases = search.tried[best], search.known[best]
    reached = rates_of(cases)
    fitted = replace(bargaining, price_median=point["price_median"], audience_median=point["audience_median"])
    return RunsFit(start, point["price_median"], point["audience_median"], reached, search.off(best) <= plan.near,
                   pd.DataFrame(search.tried), table(reached, won_by_sender(cases)), outcomes(start.known, fitted),
                   plan)  # fmt: skip


def write(result: RunsFit, folder: Path) -> list[Path]:
    """bargaining.yaml, which every run reads, and tables for readers; raises StoreError when that fails."""
    plan, wanted = result.population, result.base_year.fit.wanted
    how = "reaches" if result.near else "comes nearest to both rates with"
    reached = ", ".join(f"{name} {result.reached[name]:.3f} of {wanted[name]:.3f}" for name in FITTED)
    source = f"fitted by hedgelab calibrate on {plan.runs} runs of {plan.scenario}, which {how} {reached}"
    file: dict = {"kind": "bargaining"}
    for name in ("price_median", "audience_median"):
        file[name] = {"value": round(getattr(result, name), 6), "unit": "percent", "low": 0.0, "high": 10.0,
                      "sampled": False, "source": source}  # fmt: skip
    file["source"] = "hedgelab calibrate; Drezner (2003), see base_rates.yaml"
    head = "# Medians of the private values of an episode, fitted by `hedgelab calibrate`: do not edit, run it again.\n"
    tables = {"rates": result.rates, "trials": result.trials, "cases": result.cases, "ranges": result.base_year.ranges}
    made = [folder / "bargaining.yaml"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made[0].write_text(head + yaml.safe_dump(file, sort_keys=False, width=120), "utf-8")
        for name, frame in tables.items():
            made.append(folder / f"bargaining_{name}.csv")
            frame.round(6).to_csv(made[-1], index=False)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}): choose another with --out") from error
    return made
