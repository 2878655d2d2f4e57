"""How episodes of coercion came out, for the report: counts a run under each policy, and the cases of one run in words.

Source: rows of `episodes` as `sim.record.episodes.episode_row` makes them."""

from collections.abc import Mapping

import pandas as pd

from sim.batch import Comparison
from sim.record.episodes import EPISODES, case_of
from sim.run import Run
from viz.cases import THREAT, measure_text
from viz.phrases import goods
from viz.read import moves_in
from viz.theme import Theme
from viz.words import MISSING, capital, number

COUNTED = {
    "attempts": ("Attempts", "Episodes that somebody opened against the region, with a threat or with a measure."),
    "at_threat": ("Settled at the threat", "The region gave in before any measure came."),
    "imposed": ("Imposed", "The measure came, unannounced or after a refusal."),
    "under_measure": ("Given in under the measure", "The region gave in while the measure stood."),
    "failed": ("Failed", "The sender dropped its threat or lifted its measure with the demand unmet."),
    "open": ("Still open at the end", "Neither side had yielded in the last quarter."),
}
"""What is counted, with its name and what it means."""


def counts(cases: pd.DataFrame) -> dict[str, pd.Series]:
    """Which of the cases count as what, by name of the count."""
    came, settled, failed = cases.imposed != "", cases.outcome == "settled", cases.outcome == "failed"
    return {
        "attempts": came | True,
        "at_threat": settled & ~came,
        "imposed": came,
        "under_measure": settled & came,
        "failed": failed,
        "open": ~settled & ~failed,
    }


def policy_rows(comparison: Comparison, titles: Mapping[str, str], theme: Theme) -> dict:
    """Means a run of episodes against the focus, a row a policy; attempts also by sender.

    A run in which nothing happened counts as one; `quarters` is the mean length of a measure that was ended."""
    cases = comparison.episodes
    mine = cases[cases.target == theme.focus] if len(cases) else pd.DataFrame(columns=[*EPISODES, "policy", "run"])
    senders = [code for code in theme.actors if (mine.sender == code).any()]
    runs = comparison.outcomes.groupby("policy")["run"].nunique()
    rows = []
    for name, title in titles.items():
        if name not in runs.index:
            continue
        here = mine[mine.policy == name]
        whole = {key: _mean(here[which], runs[name]) for key, which in counts(here).items()}
        by = [_mean(here[here.sender == code], runs[name]) for code in senders]
        stood = here.quarters[(here.imposed != "") & (here.ended != "")]
        rows.append({"title": title, "by": by, "counts": list(whole.values()),
                     "reference": name == comparison.reference,
                     "quarters": number(stood.mean(), 1) if len(stood) else MISSING})  # fmt: skip
    once = mine[(mine.run == mine.run.min()) & (mine.policy == comparison.reference)]
    return {"rows": rows, "senders": [(theme.name(c), theme.colour(c)) for c in senders], "counted": COUNTED,
            "recorded": int(once.price.isna().sum())}  # fmt: skip


def _mean(cases: pd.DataFrame, runs: int) -> str:
    """Mean a run and its standard error, runs without a case among them."""
    each = cases.groupby("run").size()
    each = pd.concat([each, pd.Series([0] * (runs - len(each)))]) if runs > len(each) else each
    error = f" ± {number(each.std(ddof=1) / runs**0.5, 2)}" if runs > 1 else ""
    return f"{number(each.mean(), 2)}{error}"


def case_rows(run: Run | None, theme: Theme) -> list[dict]:
    """The cases of one run in words, the oldest first."""
    if run is None or run.episodes.empty:
        return []
    return [
        {
            "opened": case["opened"],
            "who": theme.name(case["sender"]),
            "colour": theme.colour(case["sender"]),
            "whom": theme.name(case["target"]),
            "asked": capital(theme.demand(case["demand"])),
            "with": capital(_measure(case, theme)),
            "how": "with the demand, unannounced" if case["opening"] == "executed" else "threatened",
            "outcome": outcome_text(case, theme),
            "ended": case["ended"] or MISSING,
            "recorded": pd.isna(case["price"]),
        }
        for case in run.episodes.sort_values("opened", kind="stable").to_dict("records")
    ]


def _measure(case: Mapping, theme: Theme) -> str:
    """The punishment from its name: `tariff cars 25` or `control electronics licensing`."""
    by, group, *rest = str(case["punishment"]).split(" ")
    if by == "tariff":
        return measure_text(by, goods(group, theme), float(rest[0]) / 100)
    what = "" if group in theme.stock_domains else "exports of "
    return f"{' '.join(rest).replace('_', ' ') or 'control'} of {what}{goods(group, theme)}"


def outcome_text(case: Mapping, theme: Theme) -> str:
    """How a case came out, in words."""
    who, sender, came = capital(theme.in_text(case["target"])), theme.in_text(case["sender"]), bool(case["imposed"])
    if case["outcome"] == "settled":
        return f"{who} gave in {'under the measure' if came else 'to the threat'}"
    if case["outcome"] == "failed":
        return f"{capital(sender)} {'lifted its measure' if came else 'dropped its threat'}, demand unmet"
    return f"Open: {'the measure stands' if came else 'the threat stands'}"


def asked_text(move: Mapping, run: Run, theme: Theme) -> str:
    """What the answer is about: who asked what of whom, with what, and when."""
    case = case_of(run.episodes, move)
    if case is None:
        return ""
    level, say = max(move["before"], level_of(case, run)), theme.say
    measure = measure_text(move["by"], goods(move["domain"], theme), level, say)
    stands = case.imposed and case.imposed < move["quarter"]
    how = say("why.asked.stands", since=case.imposed, measure=measure) if stands else ""
    return say("why.asked.text", who=capital(theme.in_text(case.sender)), whom=theme.in_text(case.target),
               since=case.opened, title=theme.demand(case.demand),
               how=how or say("why.asked.threatens", measure=measure))  # fmt: skip


def level_of(case: pd.Series, run: Run) -> float:
    """Size of the measure as it stands in the row of the demand."""
    rows = moves_in(run.moves, case.opened)
    pair = (rows.actor == case.sender) & (rows.target == case.target)
    rows = rows[(rows.instrument == THREAT) & (rows.demand == case.demand) & pair]
    return float(rows.after.max()) if len(rows) else 0.0
