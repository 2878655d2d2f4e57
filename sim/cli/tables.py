"""What the command prints: run and comparison as small tables, and any frame as table, JSON or CSV."""

from __future__ import annotations

from enum import StrEnum

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from sim.batch import Comparison

WIDE = 400  # columns when output is no terminal: a table is never cut


class Format(StrEnum):
    """How a table is printed."""

    table = "table"
    json = "json"
    csv = "csv"


def console() -> Console:
    """A console that keeps tables whole when its output goes to a file."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=WIDE)


def show(frame: pd.DataFrame, form: Format, title: str = "") -> None:
    """Prints a frame."""
    if form is Format.json:
        typer.echo(frame.to_json(orient="records", double_precision=12))
    elif form is Format.csv:
        typer.echo(frame.to_csv(index=False).rstrip())
    else:
        table = Table(title=title or None, title_justify="left")
        for name in frame.columns:
            numeric = pd.api.types.is_numeric_dtype(frame[name])
            table.add_column(str(name), justify="right" if numeric else "left", no_wrap=name == frame.columns[0])
        for row in frame.itertuples(index=False):
            table.add_row(*("" if pd.isna(v) else f"{v:.4g}" if isinstance(v, float) else str(v) for v in row))
        console().print(table)


def _cell(frame: pd.DataFrame, policy: str, measure: str, partner: str, column: str) -> float:
    hit = frame[(frame.policy == policy) & (frame.measure == measure) & (frame.partner == partner)]
    return float(hit[column].iloc[0]) if len(hit) else float("nan")


HEADLINES = [
    ("real income %", "real_income", "all", "{:+.2f}"),
    ("partners", "effective_partners_loss_weighted", "all", "{:.2f}"),
    ("coercible %", "coercibility", "all", "{:.2f}"),
    ("expected loss %/yr", "expected_coercion_loss", "all", "{:.3f}"),
    ("tail loss %", "tail_loss", "all", "{:.2f}"),
    ("premium %", "hedging_premium", "all", "{:.2f}"),
    ("support %", "support", "all", "{:+.2f}"),
    ("fell", "policy_fallen", "all", "{:.2f}"),
]


def headline_table(result: Comparison, exposed_to: list[str]) -> pd.DataFrame:
    """Policy by measure, start > end, means over runs; who coerces stands behind the coercible share."""
    rows = []
    for policy in result.policies:
        row = {"policy": policy}
        for title, measure, partner, form in HEADLINES:
            ends = [_cell(result.start_end, policy, measure, partner, end) for end in ("start", "end")]
            row[title] = " > ".join(form.format(v) for v in ends)
            if measure == "coercibility":
                row[title] += f" ({_coercer(result, policy)})"
        for partner in exposed_to:
            ends = [_cell(result.start_end, policy, "exposure_share", partner, end) for end in ("start", "end")]
            row[f"exposed to {partner} %"] = " > ".join(f"{100 * v:.1f}" for v in ends)
        rows.append(row)
    return pd.DataFrame(rows)


def _coercer(result: Comparison, policy: str) -> str:
    last = result.outcomes[(result.outcomes.policy == policy) & (result.outcomes.measure == "coercibility")]
    last = last[last.quarter == last.quarter.max()]
    return str(last.note.mode().iloc[0]).split(":")[0] if len(last) else "-"


def difference_table(result: Comparison, exposed_to: list[str]) -> pd.DataFrame:
    """Paired differences at the end: mean +- error of the mean [5-95 % band]."""
    rows = []
    wanted = [(t, m, p, 1.0, "{:+.3f}") for t, m, p, _ in HEADLINES]
    wanted += [(f"exposed to {p} pp", "exposure_share", p, 100.0, "{:+.2f}") for p in exposed_to]
    for policy in [p for p in result.policies if p != result.reference]:
        row = {"policy": policy}
        for title, measure, partner, unit, form in wanted:
            mean, error, low, high = (unit * _cell(result.differences, policy, measure, partner, c)
                                      for c in ("mean", "standard_error", "low", "high"))  # fmt: skip
            row[title] = f"{form.format(mean)} ±{error:.2g} [{low:+.2g}, {high:+.2g}]"
        rows.append(row)
    return pd.DataFrame(rows)
