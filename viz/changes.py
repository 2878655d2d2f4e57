"""What a run has otherwise than another, in a reader's words: `From 2026Q1: contracts renewed a quarter 0.15`."""

from __future__ import annotations

from functools import lru_cache

from sim.scenario.turns import Turn
from viz.language import Texts
from viz.levers import grouped
from viz.state import Choice
from viz.tree import Branch, Tree, changes
from viz.words import capital
from viz.worlds import scenario_named, theme_named, title_of, titles


@lru_cache(maxsize=64)
def lever_rows(scenario: str, policy: str, language: str) -> dict[str, dict]:
    """Rows of all levers of a scenario and a policy by dotted name."""
    return {row["name"]: row for group in grouped(scenario, policy, language) for row in group["rows"]}


def lever_text(name: str, value: float | None, choice: Choice, say: Texts) -> str:
    """A number with its name, value and unit; None is the scenario's own value."""
    rows = lever_rows(choice.scenario, choice.policy, say.language)
    row = rows.get(name, {"label": name, "unit": "", "default": float("nan")})
    number = row["default"] if value is None else value
    return f"{row['label']} {number:.4g}{' ' if row['unit'] else ''}{row['unit']}"


def turn_text(turn: Turn, choice: Choice, say: Texts, moves: dict[str, str] | None = None) -> str:
    """One turn of a run; moves : phrases by name of a candidate, where they are known."""
    if turn.type == "policy":
        what = say("branches.policy_is", policy=titles("policy", say.language).get(turn.policy, turn.policy))
    elif turn.type == "move":
        theme = theme_named(choice.scenario, say.language)
        what = say("branches.moves", actor=theme.name(turn.actor), move=(moves or {}).get(turn.move, turn.move))
    else:
        what = ", ".join(lever_text(name, value, choice, say) for name, value in turn.values.items())
    return say("branches.from", quarter=turn.quarter, what=what)


def change_texts(before: Choice, after: Choice, say: Texts, moves: dict[str, str] | None = None) -> list[str]:
    """Every difference of one run from another."""
    out = []
    for kind, name, value in changes(before, after):
        if kind in ("scenario", "policy"):
            known = {value: title_of(value, say.language)} if kind == "scenario" else titles(kind, say.language)
            out.append(known.get(value, value))
        elif kind == "seed":
            out.append(say("branches.luck", seed=value))
        elif kind == "value":
            out.append(lever_text(name, value, after, say))
        else:
            out.append(turn_text(value, after, say, moves))
    return out


def own_text(choice: Choice, say: Texts, moves: dict[str, str] | None = None) -> str:
    """A run by its policy and all that is its own."""
    plain = Choice(choice.scenario, choice.policy, choice.seed, run=choice.run)
    policy = titles("policy", say.language).get(choice.policy, choice.policy)
    return " · ".join([policy, *change_texts(plain, choice, say, moves)])


def branch_name(branch: Branch, tree: Tree, say: Texts, moves: dict[str, str] | None = None) -> str:
    """What a person called a branch, else what it changes against its parent, in the reader's language."""
    if branch.name:
        return branch.name
    parent = tree.get(branch.parent)
    if parent is not None:
        return capital("; ".join(change_texts(parent.choice, branch.choice, say, moves)))
    first = next((one for one in tree.branches if one.quarter is None), None)
    return say("branches.trunk") if branch == first else own_text(branch.choice, say, moves)


def quarters_of(scenario: str) -> list[str]:
    """Labels of every quarter of a scenario."""
    file = scenario_named(scenario).file
    year, quarter = (int(part) for part in file.start.split("Q"))
    counts = range(4 * year + quarter - 1, 4 * year + quarter - 1 + file.quarters)
    return [f"{count // 4}Q{count % 4 + 1}" for count in counts]
