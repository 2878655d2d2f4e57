"""What went wrong in a sentence: what the page itself found in its own language, another error of ours in its own
words, one that nobody foresaw by its kind."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import lru_cache

from sim.errors import HedgelabError, Problem, ScenarioError
from viz.language import ENGLISH, Texts

LOG = logging.getLogger("hedgelab.page")


@dataclass(frozen=True)
class Wrong(Problem):
    """A problem that the page found: English as it stands, any language by `text`.

    place, text : keys of the texts below `wrong.place` and `wrong`; values : what both are filled in with"""

    place: str = ""
    text: str = ""
    values: dict[str, object] = field(default_factory=dict, hash=False)


def wrong(place: str, key: str, text: str, **values: object) -> Wrong:
    """A problem of the page. key : what of the place is meant; empty when it is the whole"""
    english = ENGLISH(f"wrong.place.{place}", **values), key, ENGLISH(f"wrong.{text}", **values)
    return Wrong(*english, place, text, values)


def problem_text(problem: Problem, say: Texts) -> str:
    """A problem in a sentence; one of the configs stays English."""
    if not isinstance(problem, Wrong):
        return str(problem)
    place, text = (say(f"wrong.{key}", **problem.values) for key in (f"place.{problem.place}", problem.text))
    return str(Problem(place, problem.key, text))


def sentence(error: BaseException | None, say: Texts) -> str:
    """What the page says of an error; an unforeseen one goes to the server's log with all its lines."""
    if isinstance(error, ScenarioError):
        return "\n".join(problem_text(problem, say) for problem in error.problems)
    if isinstance(error, HedgelabError):
        return str(error)
    _log(error)
    return say("lab.unforeseen", kind=type(error).__name__)


@lru_cache(maxsize=8)
def _log(error: BaseException | None) -> None:
    """Once an error, however often the page is drawn with it."""
    LOG.error("an error that nobody foresaw", exc_info=error)
