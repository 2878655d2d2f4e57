"""What went wrong in a sentence: an error of ours in its own words, one that nobody foresaw by its kind."""

from __future__ import annotations

import logging
from functools import lru_cache

from sim.errors import HedgelabError
from viz.language import Texts

LOG = logging.getLogger("hedgelab.page")


def sentence(error: BaseException | None, say: Texts) -> str:
    """What the page says of an error; an unforeseen one goes to the server's log with all its lines."""
    if isinstance(error, HedgelabError):
        return str(error)
    _log(error)
    return say("lab.unforeseen", kind=type(error).__name__)


@lru_cache(maxsize=8)
def _log(error: BaseException | None) -> None:
    """Once an error, however often the page is drawn with it."""
    LOG.error("an error that nobody foresaw", exc_info=error)
