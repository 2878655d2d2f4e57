"""What coercion does over many runs: base rates, doses with their responses, and runs without one mechanism.

Published rates stand in `configs/calibration/base_rates.yaml`, doses in `configs/calibration/doses.yaml`. No verdict
is passed here: that a mechanism exists and responds is all that is shown. Source: model sections 8 and 11."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import yaml

from sim.engine.without import WITHOUT
from sim.run import Result, Task, as_policy, as_scenario, run_tasks
from sim.scenario.defaults import load_defaults
from sim.scenario.load import configs_root, names
from sim.scenario.sample import sample
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.studies.bargaining import table
from sim.world.crisis import SETTLED

Progress = Callable[[int, int], None] | None
LUCKS = 20  # of one draw of parameters, in base rates
AT_END = ("coercibility", "joint_stop", "expected_coercion_loss", "tail_loss", "hedging_premium",
          "effective_partners_loss_weighted", "umbrella_credibility", "insecurity", "defence_outlays")  # fmt: skip


def tasks_of(scenario: Scenario, policy: PolicyFile, *, runs: int, quarters: int | None, seed: int, lucks: int = 1,
             without: str | None = None, values: dict[str, float] | None = None,
             measured: bool = True) -> list[Task]:  # fmt: skip
    """Draws of parameters with some lucks each; runs counts both."""
    draws = -(-runs // lucks)
    drawn = sample(scenario, policy, seed, draws)
    return [Task(scenario, [policy], {policy.name: drawn[k] | (values or {})}, seed, k,
                 list(range(k * lucks, (k + 1) * lucks)), quarters, None, None, without, measured)
            for k in range(draws)]  # fmt: skip


# --- base rates -------------------------------------------------------------------------------------


def base_rates(*, runs: int, quarters: int, seed: int = 0, workers: int | None = None,
               progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """Rates of every scenario that knows demands, beside the published ones; a row a scenario and rate.

    All actors follow payoffs; draws of parameters and luck, so the rates hold the parameters' spread."""
    out, free = [], load_defaults().free
    knows = [name for name in names("scenario") if as_scenario(name).file.changes.demands]
    for done, name in enumerate(knows):
        scenario = as_scenario(name)
        todo = tasks_of(scenario, as_policy(scenario, free), runs=runs, quarters=quarters, seed=seed, lucks=LUCKS,
                        measured=False)  # fmt: skip
        found = run_tasks(todo, workers, _part(progress, done, len(knows)))
        cases = _joined(found, "episodes")
        frame = table(rates_of(cases), won_by_sender(cases)).assign(scenario=name, cases=len(cases))
        out.append(frame.assign(failed=sum(len(r.failures) for r in found), runs=len(todo) * LUCKS))
    return pd.concat(out, ignore_index=True)


def _part(progress: Progress, done: int, of: int) -> Progress:
    return None if progress is None else lambda k, n: progress(done * n + k, of * n)


def _joined(results: list[Result], what: str) -> pd.DataFrame:
    return pd.concat([getattr(r, what) for r in results if len(getattr(r, what))] or [pd.DataFrame()])


def rates_of(cases: pd.DataFrame) -> dict[str, float]:
    """Rates as the sources count them, from rows of `episodes` that are over; open ones count as imposed or not."""
    if cases.empty:
        return {}
    threats = cases[(cases.opening == "threatened") & (cases.outcome != "threatened")]
    imposed, over = threats[threats.imposed != ""], cases[(cases.imposed != "") & (cases.ended != "")]
    bare = threats[threats.imposed == ""]
    finished = imposed[imposed.ended != ""]
    return {
        "threat_significant_concession": (bare.outcome == SETTLED).mean(),
        "share_imposed": len(imposed) / len(threats) if len(threats) else float("nan"),
        "share_not_imposed_ties": len(bare) / len(threats) if len(threats) else float("nan"),
        "imposed_significant_concession": (finished.outcome == SETTLED).mean(),
        "imposed_success_hse": (over.outcome == SETTLED).mean(),
    }


def won_by_sender(cases: pd.DataFrame) -> dict[str, float]:
    """Sender -> share of its finished cases that got their aim."""
    if cases.empty:
        return {}
    over = cases[cases.ended != ""]
    return (over.outcome == SETTLED).groupby(over.sender).mean().to_dict()


# --- responses --------------------------------------------------------------------------------------


def responses(found: list[Result], focus: str, others: list[str]) -> pd.DataFrame:
    """One row a run: attempts on the focus, impositions, settlements, and its portfolio at the end."""
    portfolio, cases, moves = (_joined(found, what) for what in ("portfolio", "episodes", "moves"))
    last = portfolio[(portfolio.region == focus) & (portfolio.quarter == portfolio.quarter.max())]
    frame = pd.DataFrame(index=pd.Index(sorted(portfolio.run.unique()), name="run"))
    on_it = (
        cases[cases.target == focus] if len(cases) else pd.DataFrame(columns=["run", "imposed", "outcome", "sender"])
    )
    frame["attempts"] = on_it.groupby("run").size()
    frame["impositions"] = on_it[on_it.imposed != ""].groupby("run").size()
    frame["settled"] = on_it[on_it.outcome == SETTLED].groupby("run").size()
    for sender in others:
        frame[f"attempts by {sender}"] = on_it[on_it.sender == sender].groupby("run").size()
    frame = frame.fillna(0.0)
    hedges = moves[(moves.actor == focus) & (moves.instrument == "hedge") & (moves.origin == "chosen")]
    for partner in others:
        frame[f"hedges on {partner}"] = hedges[hedges.target == partner].groupby("run").size()
        share = last[(last.measure == "exposure_share_plain") & (last.partner == partner)]
        frame[f"share of {partner}"] = share.set_index("run").value
        controls = portfolio[(portfolio.measure == "withheld_share") & (portfolio.region == focus)]
        frame[f"withheld by {partner}"] = controls[controls.partner == partner].groupby("run").value.sum()
    frame = frame.fillna(0.0)
    mean = portfolio[(portfolio.measure == "real_income") & (portfolio.region == focus)]
    frame["real_income, mean"] = mean.groupby("run").value.mean()
    for name in AT_END:
        frame[name] = last[last.measure == name].groupby("run").value.max()
    return frame


def summary(frame: pd.DataFrame, reference: pd.DataFrame | None = None) -> pd.DataFrame:
    """Mean and standard error of each response, or of its paired difference from a reference on common luck."""
    values = frame if reference is None else frame - reference.reindex(frame.index)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else values.iloc[0] * np.nan
    return pd.DataFrame({"mean": values.mean(), "standard_error": error}).rename_axis("response").reset_index()


# --- doses ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dose:
    """One experiment: a value, or the shields in force, at several doses."""

    claim: str
    what: str
    scenario: str
    policy: str
    vary: str  # dotted name, `shields` or `policy`
    doses: tuple
    expected: str  # how the mechanism should respond, in words; no verdict


def experiments() -> list[Dose]:
    """Rows of `configs/calibration/doses.yaml`."""
    rows = yaml.safe_load((configs_root() / "calibration" / "doses.yaml").read_text(encoding="utf-8"))["doses"]
    return [Dose(**{**row, "doses": tuple(row["doses"])}) for row in rows]


def dose_response(*, runs: int, quarters: int, seed: int = 0, workers: int | None = None,
                  progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """Every experiment at every dose: claim, dose, response, mean, and the paired difference from the first dose."""
    todo, out = experiments(), []
    count = sum(len(one.doses) for one in todo)
    done = 0
    for one in todo:
        first = None
        for dose in one.doses:
            frame = _dosed(one, dose, runs, quarters, seed, workers)
            first = frame if first is None else first
            gap = summary(frame, first)
            shown = summary(frame).merge(gap, on="response", suffixes=("", "_of_difference"))
            out.append(shown.assign(claim=one.claim, what=one.what, vary=one.vary, dose=str(dose)))
            done += 1
            if progress is not None:
                progress(done, count)
    return pd.concat(out, ignore_index=True)


def _dosed(one: Dose, dose, runs: int, quarters: int, seed: int, workers: int | None) -> pd.DataFrame:
    scenario, name, values = as_scenario(one.scenario), one.policy, {}
    if one.vary == "shields":
        scenario = replace(scenario, file=scenario.file.model_copy(update={"shields": list(dose)}))
    elif one.vary == "policy":
        name = dose
    else:
        values = {value: dose for value in one.vary.split(", ")}
    policy = as_policy(scenario, name)
    todo = tasks_of(scenario, policy, runs=runs, quarters=quarters, seed=seed, values=values)
    file = scenario.file
    return responses(run_tasks(todo, workers, None), file.focus, [a for a in file.actors if a != file.focus])


# --- ablation ---------------------------------------------------------------------------------------


def ablation(scenarios: list[str], policy: str, *, runs: int, quarters: int, seed: int = 0,
             workers: int | None = None, progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """Each term and each mechanism off in turn: paired differences from the whole model on common luck.

    Returns scenario, without, response, mean of the difference, standard error, and `moves`: the share of runs whose
    chosen moves differ at all"""
    out, plan = [], [(name, off) for name in scenarios for off in (None, *WITHOUT)]
    whole: pd.DataFrame | None = None
    before: pd.DataFrame = pd.DataFrame()
    for done, (name, off) in enumerate(plan):
        scenario = as_scenario(name)
        file = scenario.file
        todo = tasks_of(scenario, as_policy(scenario, policy), runs=runs, quarters=quarters, seed=seed, without=off)
        found = run_tasks(todo, workers, None)
        frame = responses(found, file.focus, [a for a in file.actors if a != file.focus])
        if off is None:
            whole, before = frame, _joined(found, "moves")
        else:
            failed = sum(len(r.failures) for r in found)
            changed = _changed(before, _joined(found, "moves"), frame.index)
            out.append(summary(frame, whole).assign(scenario=name, without=off, moves=changed, failed=failed))
        if progress is not None:
            progress(done + 1, len(plan))
    return pd.concat(out, ignore_index=True)


def _changed(before: pd.DataFrame, after: pd.DataFrame, runs: pd.Index) -> float:
    """Share of runs in which somebody chose something else, at some time."""

    def told(frame: pd.DataFrame, run: int) -> list[str]:
        return frame[(frame.run == run) & (frame.origin == "chosen")].sentence.tolist()

    return float(np.mean([told(before, run) != told(after, run) for run in runs]))
