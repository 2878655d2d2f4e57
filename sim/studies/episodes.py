"""What coercion does over many runs: base rates, doses with their responses, and runs without one mechanism.

Published rates stand in `configs/calibration/base_rates.yaml`, doses in `configs/calibration/doses.yaml`. No verdict
is passed here: that a mechanism exists and responds is all that is shown. Source: model sections 8 and 11."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import pandas as pd
import yaml

from sim.batch import run_tasks
from sim.engine.without import WITHOUT
from sim.run import as_policy, as_scenario
from sim.scenario.defaults import load_defaults, main_scenarios
from sim.scenario.load import configs_root
from sim.scenario.sample import sample
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.studies.bargaining import table
from sim.tasks import Result, Task
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


class Question(StrEnum):
    """What many runs can be asked about coercion."""

    base_rates = "base-rates"
    doses = "doses"
    ablation = "ablation"


def ask(question: Question, scenarios: list[str] | None, *, runs: int, quarters: int, seed: int = 0,
        workers: int | None = None, progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """The table that answers a question.

    scenarios : those in which demands are made, unless named; doses name their own"""
    play = {"runs": runs, "quarters": quarters, "seed": seed, "workers": workers, "progress": progress}
    if question is Question.doses:
        return dose_response(**play)
    if question is Question.base_rates:
        return base_rates(scenarios, **play)
    return ablation(scenarios or demanding(), load_defaults().example, **play)


def demanding() -> list[str]:
    """Scenarios in which somebody makes demands."""
    return [name for name in main_scenarios() if as_scenario(name).file.changes.demands]


def pooled(groups: list[list[Task]], workers: int | None, progress: Progress) -> list[list[Result]]:
    """Results of several groups of tasks, played in one pool of processes."""
    flat = run_tasks([task for group in groups for task in group], workers, progress)
    ends = np.cumsum([len(group) for group in groups])
    return [flat[end - len(group) : end] for group, end in zip(groups, ends, strict=True)]


# --- base rates -------------------------------------------------------------------------------------


def base_rates(scenarios: list[str] | None = None, *, runs: int, quarters: int | None, seed: int = 0,
               workers: int | None = None, progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """Rates of every scenario that knows demands, beside the published ones; a row a scenario and rate.

    All actors follow payoffs; draws of parameters and luck, so the rates hold the parameters' spread."""
    knows = scenarios or demanding()
    groups = [_free_tasks(as_scenario(name), runs, quarters, seed, {}) for name in knows]
    out = []
    for name, todo, found in zip(knows, groups, pooled(groups, workers, progress), strict=True):
        cases = _chosen(found)
        frame = table(rates_of(cases), won_by_sender(cases)).assign(scenario=name, cases=len(cases))
        out.append(frame.assign(failed=sum(len(r.failures) for r in found), runs=len(todo) * LUCKS))
    return pd.concat(out, ignore_index=True)


def _free_tasks(scenario: Scenario, runs: int, quarters: int | None, seed: int, values: dict[str, float]) -> list[Task]:
    policy = as_policy(scenario, load_defaults().free)
    return tasks_of(scenario, policy, runs=runs, quarters=quarters, seed=seed, lucks=LUCKS, values=values,
                    measured=False)  # fmt: skip


def chosen_cases(scenario: Scenario, *, runs: int, quarters: int | None, seed: int, values: dict[str, float],
                 workers: int | None = None, progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """One row an episode that an actor began of its own will, over draws and luck, some values held."""
    return _chosen(run_tasks(_free_tasks(scenario, runs, quarters, seed, values), workers, progress))


def _chosen(results: list[Result]) -> pd.DataFrame:
    cases = _joined(results, "episodes")
    return cases[cases.price.notna()] if len(cases) else cases  # what the calendar decreed is no result


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
    given: dict[str, float] = field(default_factory=dict)  # dotted names that have another value at every dose


def experiments() -> list[Dose]:
    """Rows of `configs/calibration/doses.yaml`."""
    rows = yaml.safe_load((configs_root() / "calibration" / "doses.yaml").read_text(encoding="utf-8"))["doses"]
    return [Dose(**{**row, "doses": tuple(row["doses"])}) for row in rows]


def dose_response(*, runs: int, quarters: int, seed: int = 0, workers: int | None = None,
                  progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """Every experiment at every dose: claim, dose, response, mean, and the paired difference from the first dose."""
    plan = [(one, dose) for one in experiments() for dose in one.doses]
    groups = [_dosed(one, dose, runs, quarters, seed) for one, dose in plan]
    first, out = {}, []
    for (one, dose), found in zip(plan, pooled(groups, workers, progress), strict=True):
        file = as_scenario(one.scenario).file
        frame = responses(found, file.focus, [a for a in file.actors if a != file.focus])
        start = first.setdefault((one.claim, one.what), frame)
        shown = summary(frame).merge(summary(frame, start), on="response", suffixes=("", "_of_difference"))
        failed = sum(len(r.failures) for r in found)
        out.append(shown.assign(claim=one.claim, what=one.what, vary=one.vary, dose=str(dose), failed=failed))
    return pd.concat(out, ignore_index=True)


def _dosed(one: Dose, dose, runs: int, quarters: int, seed: int) -> list[Task]:
    scenario, name, values = as_scenario(one.scenario), one.policy, dict(one.given)
    if one.vary == "shields":
        scenario = replace(scenario, file=scenario.file.model_copy(update={"shields": list(dose)}))
    elif one.vary == "policy":
        name = dose
    else:
        values |= {value: dose for value in one.vary.split(", ")}
    return tasks_of(scenario, as_policy(scenario, name), runs=runs, quarters=quarters, seed=seed, values=values)


# --- ablation ---------------------------------------------------------------------------------------


def ablation(scenarios: list[str], policy: str, *, runs: int, quarters: int, seed: int = 0,
             workers: int | None = None, progress: Progress = None) -> pd.DataFrame:  # fmt: skip
    """Each term and each mechanism off in turn: paired differences from the whole model on common luck.

    Returns scenario, without, response, mean of the difference, standard error, and `moves`: the share of runs whose
    chosen moves differ at all"""
    plan = [(name, off) for name in scenarios for off in (None, *WITHOUT)]
    groups = [tasks_of(as_scenario(name), as_policy(as_scenario(name), policy), runs=runs, quarters=quarters,
                       seed=seed, without=off) for name, off in plan]  # fmt: skip
    out, whole, before = [], pd.DataFrame(), pd.DataFrame()
    for (name, off), found in zip(plan, pooled(groups, workers, progress), strict=True):
        file = as_scenario(name).file
        frame = responses(found, file.focus, [a for a in file.actors if a != file.focus])
        if off is None:
            whole, before = frame, _joined(found, "moves")
            continue
        failed = sum(len(r.failures) for r in found)
        changed = _changed(before, _joined(found, "moves"), frame.index)
        out.append(summary(frame, whole).assign(scenario=name, without=off, moves=changed, failed=failed))
    return pd.concat(out, ignore_index=True)


def _changed(before: pd.DataFrame, after: pd.DataFrame, runs: pd.Index) -> float:
    """Share of runs in which somebody chose something else, at some time."""

    def told(frame: pd.DataFrame, run: int) -> list[str]:
        return frame[(frame.run == run) & (frame.origin == "chosen")].sentence.tolist()

    return float(np.mean([told(before, run) != told(after, run) for run in runs]))
