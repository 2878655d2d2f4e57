"""A run as files that others can use: the scenario with what was set in it, tables, and the command that plays it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import pandas as pd
import yaml

from sim.played import Run
from viz.debrief import Beside, Debrief
from viz.measures import measure
from viz.state import Choice
from viz.worlds import OF_THE_POLICY, UPLOADED, scenario_of

MOST_NAMED = 3  # policies in the name of a file


def stem(choice: Choice, quarter: str | None = None) -> str:
    """Name for files of a run: `hedgelab-tariffs_2025-eu_hedge-luck7-2026Q3`."""
    parts = ["hedgelab", choice.scenario, choice.policy, f"luck{choice.seed}"]
    parts += [f"run{choice.run}"] if choice.run else []
    parts += ["changed"] if choice.values or choice.turns else []
    parts += [quarter] if quarter else []
    return _joined(parts)


def compared_stem(choices: Sequence[Choice], runs: int) -> str:
    """Name for files of a comparison: `hedgelab-compare-tariffs_2025-eu_hedge-status_quo-luck7-8runs`."""
    first = choices[0]
    named = [one.policy + ("_changed" if one.values or one.turns else "") for one in choices]
    rest = [f"and_{len(named) - MOST_NAMED}_more"] if len(named) > MOST_NAMED else []
    parts = ["hedgelab", "compare", first.scenario, *named[:MOST_NAMED], *rest, f"luck{first.seed}", f"{runs}runs"]
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    return re.sub(r"[^\w-]+", "_", "-".join(parts), flags=re.ASCII)


def scenario_file(choice: Choice) -> str:
    """The scenario as a file, values and turns put in: `hedgelab check` takes it, and it plays the same bits.

    Raises ScenarioError for values and turns that do not fit the scenario."""
    file = scenario_of(choice).file
    data = file.model_dump(mode="python", exclude_none=True)
    # what is null where something else is usual must be said: a world that nothing is split in
    data |= {name: None for name, field in type(file).model_fields.items()
             if getattr(file, name) is None and field.default is not None}  # fmt: skip
    head = f"# A scenario that Hedgelab's page wrote. To play the same run:\n#   {command(choice)}\n"
    return head + yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def command(choice: Choice) -> str:
    """The command that plays the same run from the exported file."""
    return f"hedgelab run {scenario_name(choice)} {_options(choice, [n for n, _ in choice.values if _own(n)])}"


def short_command(choice: Choice) -> str | None:
    """The command that needs no file; None when the run has turns, or a scenario that was uploaded."""
    if choice.turns or choice.scenario.startswith(UPLOADED):
        return None
    return f"hedgelab run {choice.scenario} {_options(choice, [name for name, _ in choice.values])}"


def scenario_name(choice: Choice) -> str:
    """Name of the exported scenario file."""
    return f"{stem(choice)}.yaml"


def _own(name: str) -> bool:
    """Whether no scenario file holds a value: it is given to the command."""
    return name.startswith(OF_THE_POLICY)


def _options(choice: Choice, names: list[str]) -> str:
    values = dict(choice.values)
    parts = ["--policy", choice.policy, "--seed", str(choice.seed)]
    parts += ["--run", str(choice.run)] if choice.run else []
    for name in names:
        parts += ["--set", f"{name}={float(values[name])!r}"]
    return shlex.join(parts)


def portfolio_csv(run: Run) -> str:
    """The portfolio, one row a number, with its unit."""
    return table_csv(run.portfolio)


def moves_csv(run: Run) -> str:
    """The moves, one row a move and partner."""
    return table_csv(run.moves)


def table_csv(table: pd.DataFrame) -> str:
    """Any table, one row a row."""
    return table.to_csv(index=False, lineterminator="\n")


def outcomes_csv(of: Debrief) -> str:
    """What a game and every policy came to: one row a policy and measure; the game's own rows have no policy."""
    rows = [(one.policy, of.actor if code == "real_income" else of.focus, of.last, code, value, measure(code).unit)
            for one in (Beside("", of.outcome), *of.policies) for code, value in one.outcome.items()]  # fmt: skip
    return table_csv(pd.DataFrame(rows, columns=["policy", "region", "quarter", "measure", "value", "unit"]))


def judged_csv(of: Debrief) -> str:
    """The moves of a game beside the adviser's: what each gave up as it was seen then, and as it came out."""
    rows = [(one.quarter, of.actor, one.made["candidate"], one.advised["candidate"], one.gap, one.regret,
             " ".join(one.missed)) for one in of.moves]  # fmt: skip
    head = ["quarter", "actor", "move", "advised", "gap", "regret", "missed"]
    return table_csv(pd.DataFrame(rows, columns=head))


class _Dumper(yaml.SafeDumper):
    """Plain values without anchors, numbers with all their digits; what the reader would take for another kind of
    scalar is quoted."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", repr(float(value)))


_Dumper.add_representer(float, _number)
