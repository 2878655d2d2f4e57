"""The commands that run the model: demo, run, compare. `app.py` names them; the model stands elsewhere."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from sim.batch import Comparison, compare
from sim.cli.explain import actor_quarter, print_decision
from sim.cli.progress import progress_bar
from sim.cli.tables import Format, console, difference_table, headline_table, show
from sim.errors import Problem, RunsFailed, ScenarioError, SolverError, WorldError
from sim.record import store
from sim.run import Run, as_policy, as_scenario, asking, simulate
from sim.scenario.defaults import load_defaults
from sim.scenario.load import names, policies_that_fit
from sim.scenario.sample import sample
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.studies.flip import SHOWN
from sim.studies.standing import central_design, standing
from sim.sweeps.again import Reopened, reopen

DEMO_RUNS = 16
RUNS = Path("runs")

SEED = typer.Option(help="luck: the same seed gives the same bits; 0 by default", min=0, max=2**32 - 1)
Seed = Annotated[int, typer.Option(help="luck: the same seed gives the same bits", min=0, max=2**32 - 1)]
Runs = Annotated[int, typer.Option(help="draws of parameters and luck for each policy", min=1)]
Seeds = Annotated[int, typer.Option(help="lucks for each draw; more than one separates luck from parameters", min=1)]
Workers = Annotated[int | None, typer.Option(help="processes; results do not depend on it", min=1)]
Out = Annotated[Path | None, typer.Option(help="folder to write; by default a new one under runs/")]
Form = Annotated[Format, typer.Option("--format", help="how tables are printed")]
Quiet = Annotated[bool, typer.Option("--quiet", help="no progress, no advice")]
Quarters = Annotated[int | None, typer.Option(help="quarters to play instead of the scenario's", min=1, max=400)]
Rules = Annotated[
    list[str] | None,
    typer.Option("--strategy", help="RULE for every actor, or ACTOR=RULE; repeat; e.g. 'JPN=level_k(k=2)', mine:Mine"),
]
Set = Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE, e.g. model.trade.contract_renewal=0.1")]


def parse_values(pairs: list[str] | None) -> dict[str, float]:
    """NAME=VALUE pairs; raises ScenarioError for what is no number."""
    out = {}
    for pair in pairs or []:
        name, sign, text = pair.partition("=")
        try:
            out[name] = float(text)
        except ValueError:
            sign = ""
        if not sign:
            raise ScenarioError([Problem.value("--set", name or pair, text, "a number, as in --set NAME=0.1")])
    return out


def parse_rules(scenario: Scenario, given: list[str] | None) -> dict[str, str] | None:
    """RULE and ACTOR=RULE: rules by actor, one named for an actor before one for all.

    A rule of the user's own may stand in the folder from which the command is run."""
    rules, for_all = {}, []
    for text in given or []:
        named = re.fullmatch(r"(\w+)=(.*)", text, re.DOTALL)
        if named is None:
            for_all.append(text)
        elif named[1] in rules:
            raise ScenarioError([Problem("--strategy", named[1], "is given twice; name one rule an actor")])
        else:
            rules[named[1]] = named[2]
    if len(for_all) > 1:
        raise ScenarioError([Problem.value("--strategy", "RULE", ", ".join(for_all), "one rule, or ACTOR=RULE")])
    if any(":" in rule.partition("(")[0] for rule in [*rules.values(), *for_all]) and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    rules = dict.fromkeys(scenario.file.actors, for_all[0]) | rules if for_all else rules
    return rules or None


def demo(seed: Seed = 0, runs: Runs = DEMO_RUNS, workers: Workers = None, quarters: Quarters = None, out: Out = None,
         form: Form = Format.table, quiet: Quiet = False) -> None:  # fmt: skip
    """The main job: every policy under the tariffs of 2025 on common luck; tables, figures, report.

    \b
    Example:
      hedgelab demo --runs 4
    """
    _compare(
        load_defaults().scenario, names("policy"), "demo", seed, runs, 1, workers, quarters, None, out, form, quiet
    )


def compare_policies(
    scenario: Annotated[str, typer.Argument(help="name or path of a scenario")],
    policy: Annotated[list[str] | None, typer.Option(help="name or path; repeat; all that fit by default")] = None,
    reference: Annotated[str | None, typer.Option(help="policy that differences are taken from")] = None,
    seed: Seed = 0, runs: Runs = DEMO_RUNS, seeds: Seeds = 1, workers: Workers = None, quarters: Quarters = None,
    strategy: Rules = None,
    out: Out = None, form: Form = Format.table, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Policies side by side on common luck: paired differences with error, band and bootstrap interval.

    \b
    Example:
      hedgelab compare america_first --policy eu_hedge --policy status_quo --runs 4
      hedgelab compare america_first --policy eu_hedge --strategy best_response --strategy "USA=level_k(k=2)" --runs 4
    """
    reference = reference or load_defaults().reference
    chosen = list(dict.fromkeys(policy or policies_that_fit(as_scenario(scenario))))
    if reference not in chosen:
        chosen.append(reference)
    _compare(scenario, chosen, "compare", seed, runs, seeds, workers, quarters, strategy, out, form, quiet, reference)


def _compare(scenario_name, policies, what, seed, runs, seeds, workers, quarters, strategy, out, form, quiet,
             reference=None) -> None:  # fmt: skip
    reference = reference or load_defaults().reference
    scenario = as_scenario(scenario_name)
    look_at(out)
    files = [as_policy(scenario, p) for p in policies]
    _tell_left_out(scenario, files)
    rules = parse_rules(scenario, strategy)
    with progress_bar(f"{what} {scenario.file.name}: draws", quiet) as progress:
        result = compare(scenario, files, seed=seed, runs=runs, seeds=seeds, quarters=quarters, workers=workers,
                         reference=reference, strategy=rules, progress=progress)  # fmt: skip
    folder = out or store.free_folder(RUNS, f"{what}-{scenario.file.name}")
    facts = {"kind": "compare", "seed": seed, "runs": runs, "seeds": seeds, "quarters": quarters, "strategy": strategy,
             "reference": reference, "failed": len(result.failures), "files_read": len(scenario.sources)}  # fmt: skip
    facts |= _given(scenario_name, list(policies), scenario, files)
    tables = {"outcomes": result.outcomes, "differences": result.differences, "start_end": result.start_end,
              "portfolio": result.portfolio, "moves": result.moves, "episodes": result.episodes,
              "failures": result.failures}  # fmt: skip
    if len(result.sources):
        tables["sources"] = result.sources
    made = store.save(folder, store.manifest(scenario, files, **facts), store.resolved(scenario, files), tables,
                      finish=lambda partial: _report(result, scenario, partial))  # fmt: skip
    others = [a for a in scenario.file.actors if a != scenario.file.focus]
    _print_comparison(result, scenario.file.title, others, form, quiet, made, strategy or [])
    if len(result.failures):
        raise RunsFailed(f"{len(result.failures)} of {len(files) * runs * seeds} runs failed; the first: "
                         f"{result.failures.iloc[0].error}; all stand in {made}/failures.parquet")  # fmt: skip


def _report(result: Comparison, scenario: Scenario, folder: Path) -> None:
    from viz.report import write_report  # late: figures are not needed to run the model

    try:
        found = standing(central_design(scenario), result.portfolio)
    except (SolverError, WorldError) as error:  # a world of unusual elasticities has no frontier, but its runs stand
        typer.echo(f"the report goes without the frontier: {error}", err=True)
        found = None
    if found is not None:
        found.save(folder)
    write_report(result, folder, found)


def _print_comparison(
    result: Comparison, title: str, others: list[str], form: Format, quiet: bool, made: Path, strategy: list[str]
) -> None:
    heads, gaps = headline_table(result, others), difference_table(result, others)
    if form is not Format.table:
        show(result.differences, form)
        return
    ends = f"{result.outcomes.quarter.min()} > {result.outcomes.quarter.max()}"
    played = result.outcomes.groupby("policy").run.nunique().min()
    show(heads, form, f"{title}: start > end ({ends}), mean of N = {played} runs a policy")
    show(
        gaps,
        form,
        f"Difference from {result.reference} at the end, same luck: mean ± its error [5-95 % band, {result.label}]",
    )
    if len(result.sources):
        mine = result.sources[(result.sources.partner == "all")]
        show(mine, form, "Spread of the difference: by parameters and by luck (standard deviations)")
    if not quiet:
        screen = console()
        screen.print(f"report: {made / 'report.html'}", soft_wrap=True)
        screen.print(
            f"next: open the report; {_why_next(result, strategy)}hedgelab app", soft_wrap=True, highlight=False
        )


def _why_next(result: Comparison, strategy: list[str]) -> str:
    """A command that explains the first decision of the focus in the run that was kept."""
    kept = result.example
    decided = [q for q, actor in kept.ledgers if actor == kept.focus] if kept is not None else []
    if not decided:
        return ""
    draw = " ".join([f"--seed {result.seed} --draw 0 --runs {result.runs}",
                     *(f"--strategy {shlex.quote(rule)}" for rule in strategy)])  # fmt: skip
    return f"hedgelab run {result.scenario} --policy {kept.policy} {draw} --explain {kept.focus}:{decided[0]}; "


def run_one(
    scenario: Annotated[str | None, typer.Argument(help="name or path of a scenario")] = None,
    policy: Annotated[str | None, typer.Option(help="name or path of a policy")] = None,
    of_row: Annotated[
        str | None, typer.Option("--from", metavar="RUN#row", help="a row of a sweep instead of a scenario")
    ] = None,
    seed: Annotated[int | None, SEED] = None,
    run: Annotated[int | None, typer.Option(help="which luck of the seed; 0 by default", min=0)] = None,
    draw: Annotated[int | None, typer.Option(help="draw of parameters, of --runs; else central values", min=0)] = None,
    runs: Runs = DEMO_RUNS,
    quarters: Quarters = None,
    strategy: Rules = None,
    value: Set = None,
    explain: Annotated[str | None, typer.Option(help="ACTOR:QUARTER, e.g. JPN:2026Q1")] = None,
    flips: Annotated[int, typer.Option(help="with --explain: flip points to find; 0: none", min=0)] = SHOWN,
    exact: Annotated[bool, typer.Option("--exact", help="value every candidate on the whole path: slower")] = False,
    out: Out = None, form: Form = Format.table, quiet: Quiet = False,
) -> None:  # fmt: skip
    """One run: its moves and a sentence a quarter; --explain prints why an actor did what it did.

    That is every candidate with its payoff terms and its chance, the margin over the runner-up, what the actor
    believed, and the smallest change of one number that would have changed its pick with the same luck.

    \b
    Example:
      hedgelab run america_first --policy adaptive --seed 7 --quarters 8 --explain USA:2025Q1
      hedgelab run tariffs_2025 --policy adaptive --strategy JPN=human
      hedgelab run --from runs/sweep-renewal#0.america_first.status_quo.0 --explain USA:2025Q1
    """
    row = _row(of_row, scenario, policy, seed, run, draw, strategy, value, quarters) if of_row else None
    seed, run = seed or 0, run or 0
    if row is not None:
        spec, plan = row.sweep.spec, row.sweep.plan
        loaded, file, values = plan.scenarios[row.row.scenario], plan.policies[row.row.policy], dict(row.row.values)
        scenario, policy = (given[list(files).index(name)] for given, files, name in
                            ((spec.scenarios, plan.scenarios, row.row.scenario),
                             (spec.policies, plan.policies, row.row.policy)))  # fmt: skip
        seed, run, quarters, strategy = row.row.seed, row.row.run, spec.quarters, _as_options(spec.strategy)
    elif scenario is None:
        message = "is missing; give the name or path of a scenario, or a row of a sweep with --from RUN#row"
        raise ScenarioError([Problem("hedgelab run", "SCENARIO", message)])
    else:
        loaded, policy = as_scenario(scenario), policy or load_defaults().reference
        file = as_policy(loaded, policy)
        values = _drawn(loaded, file, seed, draw, runs) | parse_values(value)
    look_at(out)
    asked = actor_quarter(loaded, explain, quarters) if explain else None
    _tell_left_out(loaded, [file])
    rules = parse_rules(loaded, strategy)
    people = asking(loaded, rules)
    with progress_bar(f"run {loaded.file.name}: quarters", quiet or bool(people)) as progress:
        result = simulate(loaded, file, seed, run=run, quarters=quarters, strategy=rules, values=values,
                          exact=exact, progress=progress)  # fmt: skip
    folder = out or store.free_folder(RUNS, f"run-{loaded.file.name}-{file.name}-s{seed}")
    facts = {"kind": "run", "seed": seed, "run": run, "draw": draw, "runs": runs if draw is not None else None,
             "quarters": quarters, "strategy": strategy, "values": values, "exact": exact,
             "choices": {code: result.choices(code) for code in people}}  # fmt: skip
    facts |= _given(scenario, [policy], loaded, [file]) | ({"from": row.row.id} if row else {})
    made = store.save(folder, store.manifest(loaded, [file], **facts), store.resolved(loaded, [file]),
                      run_tables(result))  # fmt: skip
    if asked:
        print_decision(result, asked, form, flips, quiet)
    else:
        columns = ["quarter", "origin", "score", "sentence"]
        show(
            result.moves[columns] if form is Format.table else result.moves,
            form,
            f"Moves of {loaded.file.title} under {file.title}",
        )
        if form is Format.table:
            for quarter in result.quarters:
                console().print(result.account(quarter), soft_wrap=True, highlight=False)
    if not quiet and form is Format.table:
        console().print(f"saved: {made}", soft_wrap=True)
        for code in people:
            again = f'to play it again: --strategy "{code}=human(choices={result.choices(code)})"'
            console().print(again, soft_wrap=True, highlight=False, markup=False)
    if row is not None:
        _say_whether_same(row, result, quiet)


def _row(text: str, scenario, policy, seed, run, draw, strategy, value, quarters) -> Reopened:
    """The row of a sweep; refuses what would make another run of it."""
    given = {"SCENARIO": scenario, "--policy": policy, "--seed": seed, "--run": run, "--draw": draw,
             "--strategy": strategy, "--set": value, "--quarters": quarters}  # fmt: skip
    wrong = [name for name, one in given.items() if one is not None]
    if wrong:
        message = f"stand{'s' if len(wrong) == 1 else ''} beside --from, which says all of a run; leave one of them out"
        raise ScenarioError([Problem("hedgelab run", ", ".join(wrong), message)])
    return reopen(text)


def _as_options(strategy: str | dict[str, str] | None) -> list[str] | None:
    """The strategy of a sweep file as --strategy options."""
    if strategy is None or isinstance(strategy, str):
        return None if strategy is None else [strategy]
    return [f"{code}={rule}" for code, rule in strategy.items()]


def _say_whether_same(row: Reopened, result: Run, quiet: bool) -> None:
    """What a row that was played alone has in common with the row."""
    differs = row.differs(result)
    if row.changed:
        typer.echo(f"changed since the sweep: {', '.join(row.changed)}", err=True)
    if differs:
        raise RunsFailed(f"{row.row.id} came out otherwise than in the sweep, in {', '.join(differs[:8])}; the run is "
                         "saved")  # fmt: skip
    if differs is not None and not quiet:
        typer.echo(f"{row.row.id}: the same bits as in the sweep", err=True)


def look_at(out: Path | None) -> None:
    """Refuses a place that cannot be written before anything is played."""
    if out is None:
        return
    above = next(p for p in (out, *out.absolute().parents) if p.exists())
    if out.exists():
        raise ScenarioError([Problem("--out", str(out), "is there already; choose another or move it away")])
    if not above.is_dir() or not os.access(above, os.W_OK):
        message = f"cannot be written, {above} is no folder that can; choose another"
        raise ScenarioError([Problem("--out", str(out), message)])


def run_tables(run: Run) -> dict[str, pd.DataFrame]:
    """The tables that a saved run consists of."""
    ledgers = [f.assign(quarter=q, actor=a) for (q, a), f in run.ledgers.items()]
    tables = {"portfolio": run.portfolio, "moves": run.moves, "episodes": run.episodes, "politics": run.politics}
    return tables | ({"ledgers": pd.concat(ledgers, ignore_index=True)} if ledgers else {})


def _tell_left_out(scenario: Scenario, policies: list[PolicyFile]) -> None:
    """Says on standard error which pledged programmes this world has no data for."""
    for policy in policies:
        for name in dict.fromkeys(one.programme for one in policy.commitments if one.type == "programme"):
            if name in scenario.left_out:
                typer.echo(f"{policy.name} goes without {name}: {scenario.left_out[name]}", err=True)


def _given(scenario: str, policies: list[str], loaded: Scenario, files: list) -> dict:
    """What was named on the command line, where that is more than a name: a path."""
    names = loaded.file.name, [file.name for file in files]
    return {} if (scenario, policies) == names else {"given": {"scenario": scenario, "policies": policies}}


def _drawn(scenario, policy, seed: int, draw: int | None, runs: int) -> dict[str, float]:
    if draw is None:
        return {}
    if draw >= runs:
        raise ScenarioError([Problem.value("hedgelab run", "--draw", draw, f"below --runs, which is {runs}")])
    return sample(scenario, policy, seed, runs)[draw]
