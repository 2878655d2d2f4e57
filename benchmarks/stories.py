"""Ten seeded runs told as stories: writes docs/stories.md from the model's own records.

The remarks of a reader stand in docs/stories.yaml, by seed and quarter, so telling the stories anew keeps them; one
whose words no longer stand in its quarter is printed as written on an earlier version.
Run: `.venv/bin/python benchmarks/stories.py [--seeds 10] [--out docs/stories.md]`."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import pandas as pd
import yaml
from threadpoolctl import threadpool_limits

from sim.engine.design import fit
from sim.moves.terms import SOFTENING
from sim.run import Player, Run, as_policy, as_scenario, start
from sim.world.settings import CLASSES

SCENARIO, POLICY = "tariffs_2025", "eu_hedge"
DOCS = Path(__file__).resolve().parents[1] / "docs"
MEASURES = {  # measure -> (words, factor, unit); per cent of the focus' income unless said
    "real_income": ("real income against the base year", 1, " %"),
    "expected_coercion_loss": ("expected coercion loss a year", 1, " %"),
    "tail_loss": ("tail loss in ten years", 1, " %"),
    "coercibility": ("worst single instrument", 1, " %"),
    "hedging_premium": ("hedging premium", 1, " %"),
    "effective_partners_loss_weighted": ("effective partners, loss-weighted", 1, ""),
}
INTRO = """\
# Ten stories

What the model tells when nobody sums it up: ten runs of `hedgelab run {scenario} --policy {policy}` with seeds 0 to
{last}, central values, {quarters} quarters. Sentences are those of the move log, joined where only the target differs;
scores are the mover's own, in per cent of its income a year. Under each stands one thing that a scholar of
international relations would not believe, and what it would take to mend it. Written by `benchmarks/stories.py`; the
remarks stand in `docs/stories.yaml`.
"""
STALE = "(written on an earlier version of the model: the move is gone)"
FREE = ["tariff", "control", "hedge"]  # classes of moves outside episodes
SMALL = 1e-3  # per cent of income a year: some 40 million dollars for Japan
YEAR = 4  # quarters
STANDS = ["retaliate", "shield"]  # answers of a target that stands up


def played(seeds: int) -> tuple[list[Run], pd.DataFrame]:
    """The runs, and the chosen moves of all with their mood; what follows from parameters alone is fitted once."""
    scenario = as_scenario(SCENARIO)
    policy = as_policy(scenario, POLICY)
    with threadpool_limits(1, "blas"):
        rest = fit(scenario)
    runs, chosen = [], []
    for seed in range(seeds):
        player = Player(scenario, start(scenario, policy, seed=seed, rest=rest), keep_ledgers=False)
        while not player.done:
            player.advance()
        run = player.run_so_far()
        runs.append(run)
        chosen.append(with_mood(run, player).assign(seed=seed))
    return runs, pd.concat(chosen, ignore_index=True)


def with_mood(run: Run, player: Player) -> pd.DataFrame:
    """The run's chosen moves; `mood` is what the actor's mood of the quarter adds to the score, per cent a year."""
    regions = player.model.design.base.regions
    moods = {q.label: q.scene.world.politics for q in player.model.quarters}
    chosen = run.moves[run.moves.origin == "chosen"].reset_index(drop=True)

    def mood(row) -> float:
        if row.instrument not in CLASSES:
            return 0.0
        size = float(moods[row.quarter][regions.index(row.actor), CLASSES.index(row.instrument)])
        return -size if row.operation in SOFTENING else size

    added = [mood(row) for row in chosen.itertuples()]
    return chosen.assign(mood=added, at=chosen.quarter.map(run.quarters.index))


# --- what is hard to believe most often -------------------------------------------------------------


def counts(runs: list[Run], chosen: pd.DataFrame) -> list[str]:
    """One line a kind of implausible thing, with its count over the runs."""
    free = chosen[chosen.instrument.isin(FREE)]
    idle = free[free.score - free.mood <= 0]
    by_class = ", ".join(
        f"{(idle.instrument == name).sum()} of {(free.instrument == name).sum()} {name}s" for name in FREE
    )
    answers, asked = chosen[chosen.instrument == "answer"], chosen[chosen.instrument == "threat"]
    retaliated = answers[answers.operation == "retaliate"]
    cases = pd.concat([run.episodes.assign(seed=run.seed) for run in runs], ignore_index=True)
    cases = cases[cases.opened >= chosen.quarter.min()]
    outlays = cases[cases.demand == "outlays"]
    met, ended = outlays[outlays.outcome == "settled"], cases[cases.ended != ""]
    allies = asked[(asked.actor == "USA") & asked.target.isin(["JPN", "EU27"])]
    lifted = free[(free.instrument == "control") & (free.operation != "lift")]
    shields = answers[answers.operation == "shield"]
    everybody = (free.operation == "raise") & (free.target == "all")
    freed = (free.instrument == "control") & (free.operation == "lift")
    minerals = freed & (free.actor == "CHN") & free.sentence.str.contains("chokepoint", regex=False)
    lines = [
        f"free moves that score at or below zero without the mood: {len(idle)} of {len(free)} ({by_class})",
        f"controls without a demand: {len(lifted)}, in {_seeds(lifted)} runs, {_among(lifted)} of them between allies",
        f"retaliations inside an episode that score under {SMALL:g}: {(retaliated.score < SMALL).sum()} "
        f"of {len(retaliated)}",
        f"demands for outlays met: {len(met)} of {len(outlays)}, {(met.imposed == '').sum()} of them at the threat",
        f"demands opened by an unannounced strike: {(asked.operation == 'execute').sum()} of {len(asked)} "
        f"(of Washington on its allies {(allies.operation == 'execute').sum()} of {len(allies)}; "
        f"conditions announced: {(asked.operation == 'schedule').sum()})",
        f"demands that ended with the demand met: {(ended.outcome == 'settled').sum()} of {len(ended)}; "
        f"political demands of Beijing: {(cases.demand == 'political').sum()}",
        f"shields called: {len(shields)}, in {_seeds(shields)} runs",
        f"answers of Tokyo to Washington's tariffs outside an episode: {len(_matches(free, 'JPN', 'USA'))}, in "
        f"{_seeds(_matches(free, 'JPN', 'USA'))} runs; of Brussels {len(_matches(free, 'EU27', 'USA'))}",
        f"tariffs raised against everybody: {everybody.sum()}, in {_seeds(free[everybody])} runs",
        f"controls given up for nothing: {freed.sum()} (Beijing's of chokepoint minerals {minerals.sum()}, in "
        f"{_seeds(free[minerals])} runs)",
        f"retaliations and calls on a shield whose author still gives in within a year: {still_gave_in(answers)} "
        f"of {answers.operation.isin(STANDS).sum()}",
        f"hostile free moves against a sender in the quarter in which its author gives in to it: "
        f"{both_at_once(free, answers)}",
    ]
    return [f"- {line}." for line in lines]


def _seeds(rows: pd.DataFrame) -> int:
    return rows.seed.nunique()


def _among(rows: pd.DataFrame) -> int:
    return int((rows.actor.ne("CHN") & rows.target.ne("CHN") & rows.target.ne("all")).sum())


def _matches(free: pd.DataFrame, actor: str, target: str) -> pd.DataFrame:
    return free[(free.operation == "match") & (free.actor == actor) & (free.target == target)]


def still_gave_in(answers: pd.DataFrame) -> int:
    """Retaliations and calls on a shield that end in giving in to the same demand within a year."""
    stood, gave_in = answers[answers.operation.isin(STANDS)], answers[answers.operation == "comply"]
    pairs = stood.merge(gave_in, on=["seed", "actor", "target", "demand"], suffixes=("", "_later"))
    pairs = pairs[(pairs.at_later > pairs["at"]) & (pairs.at_later <= pairs["at"] + YEAR)]
    return len(pairs.drop_duplicates(["seed", "actor", "target", "demand", "at"]))


def both_at_once(free: pd.DataFrame, answers: pd.DataFrame) -> int:
    """Tariffs and controls put on a sender by a target that gives in to it in the same quarter."""
    hostile = free[free.instrument.isin(["tariff", "control"]) & ~free.operation.isin(SOFTENING)]
    gave_in = answers[answers.operation == "comply"]
    return len(hostile.merge(gave_in, on=["seed", "quarter", "actor", "target"]))


def headed(mended: list[str], runs: list[Run], chosen: pd.DataFrame) -> list[str]:
    """What was mended after an earlier reading, and what is implausible most often now."""
    return [
        "## What was mended after the first reading",
        "",
        *(f"- {text}" for text in mended),
        "",
        "## What is hard to believe most often now",
        "",
        f"Counts over the {len(runs)} runs, of chosen moves and of episodes opened since moves are free.",
        "",
        *counts(runs, chosen),
        "",
    ]


# --- the stories ------------------------------------------------------------------------------------


def sentences(moves: pd.DataFrame) -> list[str]:
    """The log's sentences; tariffs and controls that differ in target and size only become one sentence."""
    told = []
    for (_, instrument, *_), rows in moves.groupby(["actor", "instrument", "operation", "origin"], sort=False):
        joined = instrument in ("tariff", "control") and len(rows) > 1
        told += [_joined(rows, instrument)] if joined else list(rows.sentence)
    return told


def _joined(rows: pd.DataFrame, instrument: str) -> str:
    """One sentence for several targets, each with its sizes."""
    place, factor, digits, unit = ("from", 100, 1, " %") if instrument == "tariff" else ("to", 1, 2, "")
    verb = rows.iloc[0].sentence.partition(f" {place} {rows.iloc[0].target} ")[0]
    if rows.domain.nunique() > 1:
        verb = verb.partition(" on ")[0] + " on goods"
    sizes = [
        f"{row.target} {factor * row.before:.{digits}f} to {factor * row.after:.{digits}f}{unit}"
        for row in rows.itertuples()
    ]
    return f"{verb} {place} {', '.join(sizes)} (decreed, from the calendar)"


def by_quarter(moves: pd.DataFrame, scored: bool) -> list[str]:
    """One line a quarter."""
    lines = []
    for quarter, rows in moves.groupby("quarter", sort=False):
        if scored:
            told = [s + ("" if pd.isna(v) else f" ({v:+.4f})") for s, v in zip(rows.sentence, rows.score, strict=True)]
        else:
            told = sentences(rows)
        lines.append(f"- **{quarter}** " + "; ".join(told) + ".")
    return lines


def shared(run: Run, actors: list[str]) -> list[str]:
    """What every run has: dated moves among the actors, and the policy's pledges."""
    dated = run.moves[(run.moves.origin != "chosen") & run.moves.target.isin(actors)]
    dated = dated[(dated.after - dated.before).abs().ge(5e-3) | dated.instrument.isin(["threat", "answer"])]
    note = "Dated moves (others are hit too) and pledges toward an actor; changes under half a point are left out."
    return ["## What all ten share", "", note, "", *by_quarter(dated, scored=False), ""]


def story(run: Run, actors: list[str], remarks: dict) -> list[str]:
    """One run: what was chosen, how cases ended, what became of the focus, what is hard to believe."""
    chosen = run.moves[run.moves.origin == "chosen"]
    lines = [f"## Seed {run.seed}", "", *by_quarter(chosen, scored=True), ""]
    cases = run.episodes[run.episodes.opened >= chosen.quarter.min()] if len(chosen) else run.episodes
    lines += ["Episodes: " + ("; ".join(_case(row) for row in cases.itertuples()) or "none") + ".", ""]
    lines += [f"{run.focus} from {run.quarters[0]} to {run.quarters[-1]}: {portfolio(run, actors)}.", ""]
    for quarter, remark in remarks.items():
        lines += _remark(chosen, quarter, remark)
    return lines


def _case(row) -> str:
    end = f", {row.outcome} {row.ended}" if row.ended else f", still {row.outcome}"
    imposed = f", imposed {row.imposed}" if row.imposed and row.opening == "threatened" else ""
    return f"{row.sender} on {row.target}, {row.demand} ({row.punishment}), {row.opening} {row.opened}{imposed}{end}"


def portfolio(run: Run, actors: list[str]) -> str:
    """Headline measures of the focus, first and last quarter; the other actors' loss-weighted shares."""
    table = run.portfolio[run.portfolio.region == run.focus]
    ends = run.quarters[0], run.quarters[-1]
    parts = []
    for measure, (words, factor, unit) in MEASURES.items():
        rows = table[(table.measure == measure) & (table.partner == "all")]
        if measure == "coercibility":
            rows = table[table.measure == measure]
        values = [factor * float(rows[rows.quarter == q].value.iloc[0]) for q in ends]
        parts.append(f"{words} {values[0]:.2f} to {values[1]:.2f}{unit}")
    shares = table[(table.measure == "exposure_share") & (table.domain == "all")]
    for code in [code for code in actors if code != run.focus]:
        mine = shares[shares.partner == code].set_index("quarter").value
        parts.append(f"{code}'s share of exposure {100 * mine[ends[0]]:.1f} to {100 * mine[ends[1]]:.1f} %")
    return ", ".join(parts)


def _remark(chosen: pd.DataFrame, quarter: str, remark: dict) -> list[str]:
    there = chosen[chosen.quarter == quarter].sentence.str.contains(remark["about"], regex=False).any()
    stale = "" if there else f" {STALE}"
    return [
        f"**Hard to believe, {quarter}**{stale}: {remark['implausible']}",
        "",
        f"**To mend it**: {remark['mend']}",
        "",
    ]


def wrapped(lines: list[str]) -> str:
    """Lines of at most 120 characters, list items indented."""
    out = []
    for line in lines:
        indent = "  " if line.startswith("- ") else ""
        out += textwrap.wrap(line, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [
            ""
        ]
    return "\n".join(out).rstrip() + "\n"


def main() -> None:
    """Plays, tells, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=DOCS / "stories.md")
    asked = parser.parse_args()
    notes = DOCS / "stories.yaml"
    written = yaml.safe_load(notes.read_text(encoding="utf-8")) if notes.is_file() else {}
    remarks = written.get("remarks", {})
    (runs, chosen), actors = played(asked.seeds), as_scenario(SCENARIO).file.actors
    intro = INTRO.format(scenario=SCENARIO, policy=POLICY, last=asked.seeds - 1, quarters=len(runs[0].quarters))
    lines = [intro.rstrip(), "", *headed(written.get("mended", []), runs, chosen), *shared(runs[0], actors)]
    head, rest = lines[0], lines[1:]
    for run in runs:
        rest += story(run, actors, remarks.get(run.seed, {}))
    asked.out.write_text(head + "\n" + wrapped(rest), encoding="utf-8")
    print(f"wrote {len(runs)} stories to {asked.out}")


if __name__ == "__main__":
    main()
