"""Where each policy's focus region stands against the efficient hedging frontier, quarter by quarter.

The frontier is found in `studies/frontier.py`; here runs are laid beside it. Premium and losses of what a run
buys are measured with one yardstick, the base year's, so that all policies stand in one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from sim.batch import run_tasks
from sim.engine.design import Design
from sim.errors import RunsFailed
from sim.rules.frontier import Yardstick, expected, premium, tail
from sim.run import as_policy, as_scenario, start
from sim.scenario.defaults import load_defaults
from sim.scenario.load import policies_that_fit
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.studies.frontier import RESIDUALS, Loss, frontier_table, yardstick
from sim.tasks import Task

COLUMN = {Loss.expected: "expected_loss", Loss.tail: "tail_loss"}
DECIMALS = 6  # in files: what the solver is good for
EQUILIBRIUM = ("hedging_premium", "expected_coercion_loss", "tail_loss", "option_value")


@dataclass(frozen=True)
class Standing:
    """The frontier, and the path of each policy beside it. Losses and premiums in per cent of annual income."""

    focus: str
    frontier: pd.DataFrame  # kind, level, premium, bound, price, expected_loss, tail_loss, residuals
    path: pd.DataFrame  # policy, quarter, premium, both losses, how far over the frontier, and the equilibrium's own

    def ends(self) -> pd.DataFrame:
        """The first and the last quarter of each policy."""
        quarters = self.path.quarter
        return self.path[quarters.isin([quarters.min(), quarters.max()])].reset_index(drop=True)

    def save(self, folder: Path) -> None:
        """Writes frontier.csv and path.csv; residuals stay as they are."""
        for name, table in (("frontier", self.frontier), ("path", self.path)):
            digits = {column: DECIMALS for column in table if column not in RESIDUALS}
            table.round(digits).to_csv(folder / f"{name}.csv", index=False)


def compositions(design: Design, portfolio: pd.DataFrame) -> pd.DataFrame:
    """Shares of foreign supply, a row a policy, run and quarter, a column a partner and domain.

    portfolio : rows of one or many runs, with policy and run"""
    base, focus = design.base, design.base.regions[design.focus]
    mine = portfolio[(portfolio.region == focus) & (portfolio.measure == "exposure_share")
                     & portfolio.domain.isin(base.domains)]  # fmt: skip
    wide = mine.set_index(["policy", "run", "quarter", "partner", "domain"]).value.unstack(["partner", "domain"])
    columns = pd.MultiIndex.from_product([base.regions, base.domains])
    return wide.reindex(columns=columns, fill_value=0.0)


def path(design: Design, of: Yardstick, portfolio: pd.DataFrame) -> pd.DataFrame:
    """Policy, quarter, premium and both losses by the yardstick, means over runs."""
    wide = compositions(design, portfolio)
    foreign = wide.to_numpy().reshape(len(wide), *of.unhedged.shape)
    share = of.composed(foreign)
    rows = pd.DataFrame({"premium": premium(of, share), "expected_loss": expected(of, share),
                         "tail_loss": [tail(of, one) for one in share]}, index=wide.index)  # fmt: skip
    return rows.groupby(level=["policy", "quarter"], sort=False).mean().reset_index()


def over_frontier(frontier: pd.DataFrame, kind: Loss, loss: np.ndarray, cost: np.ndarray) -> dict[str, np.ndarray]:
    """How far points stand over a frontier: premium that could be saved at their loss, loss at their premium.

    The curve between its points is monotone; NaN beyond the last of them, and above the unhedged loss no premium is
    needed.   Source: Fritsch and Carlson (1980)"""
    curve = points_of(frontier, kind)
    lowest = PchipInterpolator(curve.premium[::-1], curve.level[::-1], extrapolate=False)
    return {"premium_over": cost - least_premium(frontier, kind, loss), "loss_over": loss - lowest(cost)}


def points_of(frontier: pd.DataFrame, kind: Loss) -> pd.DataFrame:
    """The points of one frontier, the least loss first."""
    return frontier[frontier.kind == kind.value].sort_values("level")


def least_premium(frontier: pd.DataFrame, kind: Loss, loss: np.ndarray) -> np.ndarray:
    """Least premium at any loss, between the points that were found; zero above the unhedged loss, else NaN."""
    curve = points_of(frontier, kind)
    between = PchipInterpolator(curve.level, curve.premium, extrapolate=False)
    return np.where(loss >= curve.level.max(), 0.0, between(loss))


def standing(design: Design, portfolio: pd.DataFrame, of: Yardstick | None = None,
             frontier: pd.DataFrame | None = None) -> Standing:  # fmt: skip
    """Runs beside the frontier of a design.

    portfolio : rows of runs that share the design's regions, domains and focus, with policy and run"""
    of = of or yardstick(design)
    frontier = frontier_table(of) if frontier is None else frontier
    rows = path(design, of, portfolio)
    for kind in Loss:
        far = over_frontier(frontier, kind, rows[COLUMN[kind]].to_numpy(), rows.premium.to_numpy())
        rows = rows.assign(**{f"{name}_{kind.value}": value for name, value in far.items()})
    focus = design.base.regions[design.focus]
    return Standing(focus, frontier, rows.merge(_equilibrium(portfolio, focus), on=["policy", "quarter"], how="left"))


def _equilibrium(portfolio: pd.DataFrame, focus: str) -> pd.DataFrame:
    """The same measured in the run's own equilibrium and beliefs: means over runs, a column a measure."""
    whole = portfolio[(portfolio.region == focus) & (portfolio.partner == "all") & (portfolio.domain == "all")
                      & portfolio.measure.isin(EQUILIBRIUM)]  # fmt: skip
    wide = whole.pivot_table(index=["policy", "quarter"], columns="measure", values="value", sort=False)
    wide = wide.reindex(columns=EQUILIBRIUM).add_prefix("run_")
    return wide.reset_index()


def central_design(scenario: Scenario) -> Design:
    """The scenario at its central values under the reference policy: what compositions are measured in."""
    return start(scenario, load_defaults().reference).design


def play(scenario: Scenario | str, policies: Iterable[str | PolicyFile] | None = None, *, seed: int = 0,
         quarters: int | None = None, workers: int | None = None,
         progress: Callable[[int, int], None] | None = None) -> tuple[Scenario, pd.DataFrame]:  # fmt: skip
    """One run of each policy at central values with the same luck; the scenario, and the rows of all portfolios.

    Raises RunsFailed when a run stops."""
    scenario = as_scenario(scenario)
    files = [as_policy(scenario, policy) for policy in policies or policies_that_fit(scenario)]
    tasks = [Task(scenario, [file], {file.name: {}}, seed, 0, [0], quarters, None, None) for file in files]
    results = run_tasks(tasks, workers, progress)
    failed = [failure for result in results for failure in result.failures]
    if failed:
        raise RunsFailed(f"{len(failed)} of {len(files)} runs failed; the first, under {failed[0][0]}: {failed[0][2]}")
    return scenario, pd.concat([result.portfolio for result in results], ignore_index=True)
