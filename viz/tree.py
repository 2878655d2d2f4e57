"""The tree of branches that one browser tab grows: runs that part from a run at a quarter, each under a name.

Values alone: playing them is left to `lab.py`, drawing to `tabs/branches.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.scenario.turns import Turn, ValuesTurn
from viz.state import Choice
from viz.worlds import OF_THE_POLICY


@dataclass(frozen=True)
class Branch:
    """One run of the tree.

    name : what a person called it; empty: it is called by what it changes, see `changes.branch_name`
    parent : key of the branch it parts from, None of a trunk; quarter : in which it parts"""

    key: int
    name: str
    choice: Choice
    parent: int | None = None
    quarter: str | None = None


@dataclass(frozen=True)
class Tree:
    """All branches in the order they were made; several trunks may stand side by side."""

    branches: tuple[Branch, ...] = ()
    next_key: int = 1

    def of(self, choice: Choice) -> Branch | None:
        """The branch of a choice."""
        return next((one for one in self.branches if one.choice == choice), None)

    def get(self, key: int | None) -> Branch | None:
        """The branch of a key."""
        return next((one for one in self.branches if one.key == key), None)

    def grown(self, choice: Choice, name: str = "", parent: Choice | None = None, quarter: str | None = None) -> Tree:
        """With one branch more; its parent becomes a trunk if it is not in the tree yet.

        A choice that is in the tree already is not put in twice."""
        tree = self
        if parent is not None and tree.of(parent) is None:
            tree = tree.grown(parent)
        if tree.of(choice) is not None:
            return tree
        key = None if parent is None else tree.of(parent).key
        return Tree((*tree.branches, Branch(tree.next_key, name, choice, key, quarter)), tree.next_key + 1)

    def renamed(self, key: int, name: str) -> Tree:
        """With another name for a branch; an empty one leaves it as it is."""
        name = " ".join(name.split())[:60]
        named = tuple(replace(one, name=name) if one.key == key and name else one for one in self.branches)
        return replace(self, branches=named)

    def without(self, key: int) -> Tree:
        """Without a branch; what parts from it hangs on its parent, or becomes a trunk."""
        gone = self.get(key)
        if gone is None:
            return self
        kept = (one for one in self.branches if one.key != key)
        hung = tuple(replace(one, parent=gone.parent) if one.parent == key else one for one in kept)
        return replace(self, branches=hung)

    def ordered(self) -> list[tuple[int, Branch]]:
        """Depth and branch, each under its parent, in the order they were made."""

        def below(parent: int | None, depth: int) -> list[tuple[int, Branch]]:
            children = [one for one in self.branches if one.parent == parent]
            return [row for one in children for row in [(depth, one), *below(one.key, depth + 1)]]

        return below(None, 0)


def turned(choice: Choice, turn: Turn) -> Choice:
    """The choice with one turn more; values of the same quarter are kept beside new ones."""
    if turn.type == "values":
        same = [one for one in choice.turns if one.type == "values" and one.quarter == turn.quarter]
        values = {name: value for one in same for name, value in one.values.items()} | turn.values
        turn = ValuesTurn(type="values", quarter=turn.quarter, values=values)
    return choice.with_turn(turn)


def changes(before: Choice, after: Choice) -> list[tuple[str, str, object]]:
    """What one choice has that another has not: (kind, name, value).

    Kinds: scenario, policy, seed; value and its name, None for back to the default; turn and its quarter"""
    found = [(key, "", getattr(after, key)) for key in ("scenario", "policy", "seed")
             if getattr(after, key) != getattr(before, key)]  # fmt: skip
    old, new = dict(before.values), dict(after.values)
    if before.policy != after.policy:  # another policy's numbers are not taken back: it never had them
        old = {name: value for name, value in old.items() if not name.startswith(OF_THE_POLICY)}
    found += [("value", name, new.get(name)) for name in sorted(old | new) if old.get(name) != new.get(name)]
    found += [("turn", turn.quarter, turn) for turn in after.turns if turn not in before.turns]
    return found
