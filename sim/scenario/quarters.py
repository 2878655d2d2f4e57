"""Quarters as whole numbers, and as days: 2025Q1 is 4 x 2025, and runs from 1 January to before 1 April."""

from __future__ import annotations

import datetime as dt


def number(label: str) -> int:
    """The quarter's place in a count that rises by one a quarter."""
    year, quarter = label.split("Q")
    return 4 * int(year) + int(quarter) - 1


def label(count: int) -> str:
    """The name of a quarter, such as 2026Q1."""
    return f"{count // 4}Q{count % 4 + 1}"


def first_day(count: int) -> dt.date:
    """The day on which a quarter starts."""
    return dt.date(count // 4, 3 * (count % 4) + 1, 1)


def of_day(day: dt.date) -> int:
    """The count of the quarter that a day lies in."""
    return 4 * day.year + (day.month - 1) // 3


def span(start: str, length: int) -> tuple[dt.date, dt.date]:
    """First day of a run, and the first day after it."""
    return first_day(number(start)), first_day(number(start) + length)
