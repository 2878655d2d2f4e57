"""The commands that run the model: demo, run, compare. `app.py` names them; the model stands elsewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.batch import Comparison, compare
from sim.cli.tables import Format, console, difference_table, headline_table, show
from sim.errors import Problem, RunsFailed, ScenarioError
from sim.record import store
from sim.record.words import margin_of, nest_chances, nest_sentence
from sim.run import Run, as_policy, as_scenario, asking, simulate
from sim.scenario.defaults import load_defaults
from sim.scenario.load import names
from sim.scenario.quarters import label, number
from sim.scenario.sample import sample
from sim.scenario.scenario import Scenario
from sim.studies.flip import SHOWN, FlipPoints, flip_points

DEMO_RUNS = 16
MOST_CANDIDATES = 15  # printed; json and csv have all
RUNS = Path("runs")

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


@contextmanager
def progress_bar(title: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr that a callback moves; None when quiet."""
    if quiet:
        yield None
        return
    from rich.console import Console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
    policy: Annotated[list[str] | None, typer.Option(help="name or path; repeat; all by default")] = None,
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
    chosen = list(dict.fromkeys([*(policy or names("policy"))]))
    if reference not in chosen:
        chosen.append(reference)
    _compare(scenario, chosen, "compare", seed, runs, seeds, workers, quarters, strategy, out, form, quiet, reference)


def _compare(scenario_name, policies, what, seed, runs, seeds, workers, quarters, strategy, out, form, quiet,
             reference=None) -> None:  # fmt: skip
    reference = reference or load_defaults().reference
    scenario = as_scenario(scenario_name)
    _look_at(out)
    files = [as_policy(scenario, p) for p in policies]
    rules = parse_rules(scenario, strategy)
    with progress_bar(f"{what} {scenario.file.name}: draws", quiet) as progress:
        result = compare(scenario, files, seed=seed, runs=runs, seeds=seeds, quarters=quarters, workers=workers,
                         reference=reference, strategy=rules, progress=progress)  # fmt: skip
    folder = out or store.free_folder(RUNS, f"{what}-{scenario.file.name}")
    facts = {"kind": "compare", "seed": seed, "runs": runs, "seeds": seeds, "quarters": quarters, "strategy": strategy,
             "reference": reference, "failed": len(result.failures), "files_read": len(scenario.sources)}  # fmt: skip
    tables = {"outcomes": result.outcomes, "differences": result.differences, "start_end": result.start_end,
              "portfolio": result.portfolio, "moves": result.moves, "episodes": result.episodes,
              "failures": result.failures}  # fmt: skip
    if len(result.sources):
        tables["sources"] = result.sources
    made = store.save(folder, store.manifest(scenario, files, **facts), store.resolved(scenario, files), tables,
                      finish=lambda partial: _report(result, partial))  # fmt: skip
    others = [a for a in scenario.file.actors if a != scenario.file.focus]
    _print_comparison(result, scenario.file.title, others, form, quiet, made, strategy or [])
    if len(result.failures):
        raise RunsFailed(f"{len(result.failures)} of {len(files) * runs * seeds} runs failed; the first: "
                         f"{result.failures.iloc[0].error}; all stand in {made}/failures.parquet")  # fmt: skip


def _report(result: Comparison, folder: Path) -> None:
    from viz.report import write_report  # late: figures are not needed to run the model

    write_report(result, folder)


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
    scenario: Annotated[str, typer.Argument(help="name or path of a scenario")],
    policy: Annotated[str | None, typer.Option(help="name or path of a policy")] = None,
    seed: Seed = 0,
    run: Annotated[int, typer.Option(help="which luck of the seed", min=0)] = 0,
    draw: Annotated[int | None, typer.Option(help="draw of parameters, of --runs; else central values", min=0)] = None,
    runs: Runs = DEMO_RUNS,
    quarters: Quarters = None,
    strategy: Rules = None,
    value: Set = None,
    explain: Annotated[str | None, typer.Option(help="ACTOR:QUARTER, e.g. JPN:2026Q1")] = None,
    flips: Annotated[int, typer.Option(help="with --explain: flip points to find; 0: none", min=0)] = SHOWN,
    out: Out = None, form: Form = Format.table, quiet: Quiet = False,
) -> None:  # fmt: skip
    """One run: its moves and a sentence a quarter; --explain prints why an actor did what it did.

    That is every candidate with its payoff terms and its chance, the margin over the runner-up, what the actor
    believed, and the smallest change of one number that would have changed its pick with the same luck.

    \b
    Example:
      hedgelab run america_first --policy adaptive --seed 7 --quarters 8 --explain USA:2025Q1
      hedgelab run tariffs_2025 --policy adaptive --strategy JPN=human
    """
    loaded = as_scenario(scenario)
    _look_at(out)
    file = as_policy(loaded, policy or load_defaults().reference)
    values = _drawn(loaded, file, seed, draw, runs) | parse_values(value)
    asked = _actor_quarter(loaded, explain, quarters) if explain else None
    rules = parse_rules(loaded, strategy)
    people = asking(loaded, rules)
    with progress_bar(f"run {loaded.file.name}: quarters", quiet or bool(people)) as progress:
        result = simulate(loaded, file, seed, run=run, quarters=quarters, strategy=rules, values=values,
                          progress=progress)  # fmt: skip
    folder = out or store.free_folder(RUNS, f"run-{loaded.file.name}-{file.name}-s{seed}")
    ledgers = [f.assign(quarter=q, actor=a) for (q, a), f in result.ledgers.items()]
    tables = {
        "portfolio": result.portfolio,
        "moves": result.moves,
        "episodes": result.episodes,
        "politics": result.politics,
    } | _ledger_table(ledgers)
    facts = {"kind": "run", "seed": seed, "run": run, "draw": draw, "runs": runs if draw is not None else None,
             "quarters": quarters, "strategy": strategy, "values": values,
             "choices": {code: result.choices(code) for code in people}}  # fmt: skip
    made = store.save(folder, store.manifest(loaded, [file], **facts), store.resolved(loaded, [file]), tables)
    if asked:
        _print_decision(result, asked, form, flips, quiet)
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


def _look_at(out: Path | None) -> None:
    """Refuses a place that cannot be written before anything is played."""
    if out is None:
        return
    above = next(p for p in (out, *out.absolute().parents) if p.exists())
    if out.exists():
        raise ScenarioError([Problem("--out", str(out), "is there already; choose another or move it away")])
    if not above.is_dir() or not os.access(above, os.W_OK):
        message = f"cannot be written, {above} is no folder that can; choose another"
        raise ScenarioError([Problem("--out", str(out), message)])


def _ledger_table(ledgers: list) -> dict:
    import pandas as pd

    return {"ledgers": pd.concat(ledgers, ignore_index=True)} if ledgers else {}


def _drawn(scenario, policy, seed: int, draw: int | None, runs: int) -> dict[str, float]:
    if draw is None:
        return {}
    if draw >= runs:
        raise ScenarioError([Problem.value("hedgelab run", "--draw", draw, f"below --runs, which is {runs}")])
    return sample(scenario, policy, seed, runs)[draw]


def _actor_quarter(scenario, text: str, quarters: int | None) -> tuple[str, str]:
    actor, _, quarter = text.partition(":")
    begin = number(scenario.file.start)
    labels = [label(begin + k) for k in range(quarters or scenario.file.quarters)]
    if actor not in scenario.file.actors or quarter not in labels:
        actors = ", ".join(scenario.file.actors)
        valid = f"ACTOR:QUARTER with an actor among {actors} and a quarter {labels[0]} to {labels[-1]}"
        raise ScenarioError([Problem.value("hedgelab run", "--explain", text, valid)])
    return actor, quarter


def _print_decision(result: Run, asked: tuple[str, str], form: Format, limit: int, quiet: bool) -> None:
    actor, quarter = asked
    answers = {demand: frame for (q, a, demand), frame in result.answers.items() if (q, a) == (quarter, actor)}
    if answers and (quarter, actor) not in result.ledgers:
        _print_answers(asked, answers, form)
        return
    frame, why = result.explain(quarter, actor), result.why(quarter, actor)
    candidates = frame.assign(net=frame.score - frame.act_cost).sort_values(["picked", "net"], ascending=False)
    believed = result.believed(quarter, actor)
    with progress_bar(f"flip points of {actor}, {quarter}", quiet) as progress:
        found = _flips(result, quarter, actor, limit, progress)
    if form is Format.json:
        typer.echo(json.dumps(_decision_object(asked, candidates, believed, found, why) | _plain_answers(answers)))
        return
    if form is Format.csv:  # three tables, an empty line between them
        tables = [candidates, believed, *([] if found is None else [found.table]), *answers.values()]
        typer.echo("\n".join(table.to_csv(index=False) for table in tables).rstrip())
        return
    shown = candidates.drop(columns=["net", "instrument", "operation", "target", "domain"]).head(MOST_CANDIDATES)
    show(shown, form, f"{actor}, {quarter}: candidates, per cent of annual real income")
    console().print(why, soft_wrap=True)
    console().print(nest_sentence(frame), soft_wrap=True, highlight=False)
    show(believed, form, f"What {actor} believed of the others")
    if found is not None:
        columns = ["name", "value", "flips_at", "unit", "low", "high", "fraction", "instead"]
        show(found.table[columns], form, "Flip points: one number changed, luck as it was; fraction of the range")
        console().print(found.summary, soft_wrap=True, highlight=False)
    _print_answers(asked, answers, form)


def _print_answers(asked: tuple[str, str], answers: dict, form: Format) -> None:
    """The answers that an actor gave inside episodes, scored term by term."""
    if form is Format.json:
        typer.echo(json.dumps({"actor": asked[0], "quarter": asked[1]} | _plain_answers(answers)))
        return
    for demand, frame in answers.items():
        shown = frame.drop(columns=["instrument", "target", "domain", "probability", "act_cost", "exact"])
        title = f"{asked[0]}, {asked[1]}: answers on {demand.replace('_', ' ')}, per cent of annual real income"
        show(shown, form, title)


def _plain_answers(answers: dict) -> dict:
    return {"answers": {demand: json.loads(frame.to_json(orient="records", double_precision=12))
                        for demand, frame in answers.items()}}  # fmt: skip


def _flips(result: Run, quarter: str, actor: str, limit: int, progress) -> FlipPoints | None:
    """Flip points; None when none are wanted, or the rule looks at no payoffs."""
    if not limit or not result.history(quarter, actor).weighs(quarter, actor):
        return None
    return flip_points(result, quarter, actor, limit=limit, progress=progress)


def _decision_object(asked: tuple[str, str], candidates, believed, found: FlipPoints | None, why: str) -> dict:
    """One decision as plain data; numbers that are missing are null."""
    plain = {name: json.loads(frame.to_json(orient="records", double_precision=12))
             for name, frame in (("candidates", candidates), ("believed", believed))}  # fmt: skip
    flips = None
    if found is not None:
        flips = {"found": json.loads(found.table.to_json(orient="records", double_precision=12)),
                 "further": found.further, "none_in_range": found.none,
                 "without_effect": found.without_effect}  # fmt: skip
    return (
        {
            "actor": asked[0],
            "quarter": asked[1],
            "margin": margin_of(candidates),
            "nests": nest_chances(candidates),
            "why": why,
        }
        | plain
        | {"flips": flips}
    )
