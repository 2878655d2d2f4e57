"""The errors a person may meet: what was found, where, and what would be right.

Who prints them, and how, is left to the command and the page. All of them survive pickling, since workers
hand them back."""

from collections.abc import Iterable
from dataclasses import dataclass


class HedgelabError(Exception):
    """Any error whose text is meant for the person at the keyboard: shown without a traceback."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: `configs/domains/lng.yaml: trade_elasticity is -4; must be > 0`."""

    file: str
    key: str  # dotted path inside the file; empty when the file as a whole is meant
    message: str  # starts with the verb: "is -4; must be > 0"

    @classmethod
    def value(cls, file: str, key: str, found: object, valid: str) -> "Problem":
        """The usual case: a key holds `found` and must be `valid`."""
        return cls(file, key, f"is {_shown(found)}; must be {valid}")

    def __str__(self) -> str:
        return f"{self.file}: {self.key} {self.message}" if self.key else f"{self.file}: {self.message}"


class ScenarioError(HedgelabError):
    """An input is wrong: every problem that was found, a sentence each."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class WorldError(HedgelabError):
    """A state that cannot be: `expenditure_share sums to 0.93 over exporter (run 17, step 12, lng)`."""

    def __init__(self, what: str, run: int | None = None, step: int | None = None, labels: Iterable[str] = ()):
        self.what, self.run, self.step, self.labels = what, run, step, tuple(labels)
        super().__init__(what, run, step, self.labels)

    def __str__(self) -> str:
        place = [f"run {self.run}"] if self.run is not None else []
        place += [f"step {self.step}"] if self.step is not None else []
        place += self.labels
        return f"{self.what} ({', '.join(place)})" if place else self.what


class MoveError(HedgelabError):
    """A strategy raised, or returned something that is not one of the moves it was offered."""


class SolverError(WorldError):
    """An equilibrium that did not converge: reported with its place, never passed on."""


class RunsFailed(HedgelabError):
    """Some runs of a batch failed; the others were saved first."""


class StoreError(HedgelabError):
    """A saved run cannot be read or written: what is wrong with the folder, and the remedy."""


def said_of(error: BaseException) -> str:
    """What a table of runs says of the error that ended one."""
    return writable(str(error) if isinstance(error, HedgelabError) else f"{type(error).__name__}: {error}")


def writable(text: str) -> str:
    """A text that a file can hold: half a character is written as its code."""
    return text.encode("utf-8", "backslashreplace").decode()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
