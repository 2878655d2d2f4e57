"""Picks from a run's tables what a view shows: exposures, headline numbers, moves, the ledger of a decision.

Nothing is computed here that changes a number; drawing is left to `figures` and `charts.py`."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from viz.cases import kinds_of
from viz.language import ENGLISH, Texts
from viz.words import many

LEDGER_HEAD = (
    "candidate", "instrument", "target", "operation", "domain", "picked", "probability", "score", "act_cost",
    "exact", "worth", "acting",
)  # fmt: skip
"""Columns of a ledger that are no payoff terms."""
TINY = 5e-6
"""Payoffs below this, in per cent of income, are not worth a word."""
KINDS = ("threat", "strike", "answer", "tariff", "control", "hedge")
"""Kinds of moves in the order in which they are counted."""
WHOLE = ("", "all")
"""Labels of rows that stand for all partners or all domains."""


@dataclass(frozen=True)
class Headline:
    """One headline number: how much, and by whom with what where that is part of the answer."""

    measure: str
    value: float
    partner: str = ""
    domain: str = ""


def exposure(portfolio: pd.DataFrame, focus: str, domain: str = "all") -> pd.DataFrame:
    """Exposure share of each partner, one row a quarter, one column a partner."""
    rows = portfolio[
        (portfolio["measure"] == "exposure_share") & (portfolio["region"] == focus) & (portfolio["domain"] == domain)
    ]
    return _spread(rows, "quarter").sort_index()


def _spread(rows: pd.DataFrame, index: str) -> pd.DataFrame:
    """A column a partner, rows and columns in the order of the table."""
    table = rows.pivot(index=index, columns="partner", values="value")
    return table.loc[rows[index].unique(), rows["partner"].unique()]


def heat(portfolio: pd.DataFrame, focus: str, quarter: str) -> tuple[pd.DataFrame, dict[tuple[str, str], str]]:
    """Exposure shares of one quarter, domain x partner, and the reason for each number that is missing."""
    rows = portfolio[
        (portfolio["measure"] == "exposure_share")
        & (portfolio["region"] == focus)
        & (portfolio["quarter"] == quarter)
        & ~portfolio["domain"].isin(WHOLE)
    ]
    table = _spread(rows, "domain")
    notes = {}
    if "note" in rows:
        empty = rows[rows["value"].isna()]
        notes = {(row.domain, row.partner): _text(row.note) for row in empty.itertuples()}
    return table, notes


def headline(portfolio: pd.DataFrame, focus: str, measure: str, quarter: str) -> Headline | None:
    """The number of a measure that speaks for all partners, or the largest where each partner has its own."""
    return headlines(portfolio, focus, [measure], quarter).get(measure)


def headlines(portfolio: pd.DataFrame, focus: str, measures: Sequence[str], quarter: str) -> dict[str, Headline]:
    """Measure -> its headline number, in the order asked for; those without a number are left out."""
    asked = (portfolio["quarter"] == quarter) & (portfolio["region"] == focus) & portfolio["measure"].isin(measures)
    rows, best = portfolio[asked & portfolio["value"].notna()], {}
    columns = (rows[name].tolist() for name in ("measure", "value", "partner", "domain"))
    for measure, value, partner, domain in zip(*columns, strict=True):
        partner, domain = _text(partner), _text(domain)
        rank = (partner in WHOLE and domain in WHOLE, value)
        if measure not in best or rank > best[measure][0]:
            best[measure] = rank, Headline(measure, float(value), partner, domain)
    return {measure: best[measure][1] for measure in measures if measure in best}


def in_quarter(portfolio: pd.DataFrame, focus: str, quarter: str) -> pd.DataFrame:
    """A region's rows of one quarter."""
    return portfolio[(portfolio["quarter"] == quarter) & (portfolio["region"] == focus)]


def moves_in(moves: pd.DataFrame, quarter: str | None) -> pd.DataFrame:
    """Moves of one quarter, in the order they were made."""
    return moves[moves["quarter"] == quarter] if quarter else moves.iloc[0:0]


def term_columns(explained: pd.DataFrame) -> list[str]:
    """Columns of a ledger that hold payoff terms."""
    return [column for column in explained.columns if column not in LEDGER_HEAD]


@dataclass(frozen=True)
class Decision:
    """A ledger read: what was picked, what came next, and how far it lay behind.

    `table` has a column more than the ledger: `worth`, the score less the cost of acting, which is what
    candidates are ranked by; `acting` is that cost as a term."""

    table: pd.DataFrame
    picked: pd.Series
    runner_up: pd.Series | None
    margin: float
    terms: list[str]

    @property
    def holds(self) -> bool:
        """True when the pick is to hold still."""
        return self.picked["operation"] == "hold"

    @property
    def answers(self) -> bool:
        """True for a decision inside an episode: the best answer is given, without luck."""
        return self.picked["instrument"] == "answer"

    @property
    def reasons(self) -> list[tuple[str, float]]:
        """Terms that made the difference between the pick and the runner-up, largest first."""
        if self.runner_up is None:
            return []
        gaps = {term: float(self.picked[term] - self.runner_up[term]) for term in self.terms}
        return sorted(((t, gap) for t, gap in gaps.items() if abs(gap) > TINY), key=lambda item: -abs(item[1]))


def decision(explained: pd.DataFrame | None) -> Decision | None:
    """The pick of a ledger and the best of what was not picked; None for an empty ledger.

    The margin is negative when something that was not picked was worth more: luck plays a part."""
    if explained is None or explained.empty or not explained["picked"].any():
        return None
    table = explained.assign(acting=-explained["act_cost"], worth=explained["score"] - explained["act_cost"])
    picked = table[table["picked"]].iloc[0]
    others = table.drop(index=picked.name)
    others = others[others["worth"].notna()]
    runner_up = others.loc[others["worth"].idxmax()] if len(others) else None
    margin = math.nan if runner_up is None else float(picked["worth"] - runner_up["worth"])
    return Decision(table, picked, runner_up, margin, [*term_columns(explained), "acting"])


def summary_of_moves(moves: pd.DataFrame, say: Texts = ENGLISH) -> str:
    """How many moves of which kind: `3 tariff moves, 1 hedge`."""
    counts = Counter(kinds_of(moves))
    parts = [many(counts[kind], f"why.kind.{kind}", say) for kind in KINDS if counts[kind]]
    return say("why.comma").join(parts)


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def course(portfolio: pd.DataFrame, focus: str, measure: str) -> pd.Series:
    """A measure over time, by quarter: as `headline` reads it in each."""
    rows = portfolio[(portfolio["measure"] == measure) & (portfolio["region"] == focus) & portfolio["value"].notna()]
    whole = rows[rows["partner"].isin(WHOLE) & rows["domain"].isin(WHOLE)]
    whole = whole.groupby("quarter", sort=False)["value"].max()
    largest = rows.groupby("quarter", sort=False)["value"].max()
    return whole.combine_first(largest).sort_index()
