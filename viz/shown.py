"""What a browser tab shows, as values that are replaced whole: the run and its ghost, and how the worker is doing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.played import Run
from viz.state import Choice


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page draws: the choice, its run as far as it is played, and the run before it."""

    choice: Choice
    run: Run | None = None
    cursor: int = 0
    ghost: Run | None = None
    ghost_choice: Choice | None = None
    still: pd.DataFrame | None = None
    """The portfolio of the first quarter if nobody moved in it: what can be said at once where all are free to move."""

    @property
    def quarter(self) -> str | None:
        """The quarter that is shown; None before the first."""
        return self.run.quarters[self.cursor - 1] if self.run and self.cursor else None

    @property
    def played(self) -> int:
        """How many quarters of the run are computed."""
        return len(self.run.quarters) if self.run else 0


@dataclass(frozen=True, eq=False)
class Status:
    """How the worker is doing: playing on, busy with what (`setting_up`, `deciding`), stopped by what."""

    playing: bool = False
    busy: str = ""
    error: str = ""
