"""Numbers and lists in a reader's language: `0.31 %`, `+1.2 points`, `China, the United States and Japan`.

Names of regions and domains are left to `theme.py`."""

import math
from collections.abc import Iterable

from viz.language import ENGLISH, Texts
from viz.measures import Measure, measure

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"


def number(value: float, decimals: int = 2, signed: bool = False) -> str:
    """A plain number with a true minus sign; not-a-number is a dash, and a rounded zero has no sign."""
    if value is None or math.isnan(value):
        return MISSING
    rounded = round(float(value), decimals)
    if rounded == 0:
        return f"{0:.{decimals}f}"
    sign = MINUS if rounded < 0 else "+" if signed else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


def value_text(value: float, kind: Measure | str, say: Texts = ENGLISH) -> str:
    """A measure's value with its unit: shares and per cent as `37.9 %`, counts bare."""
    kind = measure(kind) if isinstance(kind, str) else kind
    if value is None or math.isnan(value):
        return MISSING
    if kind.style == "share":
        return f"{number(100 * value, kind.decimals)}{NARROW}%"
    if kind.style == "percent":
        return f"{number(value, kind.decimals, signed=kind.code == 'real_income')}{NARROW}%"
    if kind.style == "points":
        return say("why.points", value=number(value, kind.decimals))
    return number(value, kind.decimals)


def in_unit(value: float, kind: Measure | str) -> float:
    """The number that stands on an axis: shares times a hundred, all else as it is."""
    kind = measure(kind) if isinstance(kind, str) else kind
    return 100 * value if kind.style == "share" else value


def difference_text(value: float, kind: Measure | str, say: Texts = ENGLISH) -> str:
    """A difference between two values of a measure: per cent become percentage points."""
    kind = measure(kind) if isinstance(kind, str) else kind
    if value is None or math.isnan(value):
        return MISSING
    text = number(in_unit(value, kind), kind.decimals, signed=True)
    return text if kind.style == "count" else say("why.points", value=text)


def axis_unit(kind: Measure | str, difference: bool = False) -> str:
    """What an axis of this measure says: its unit in words."""
    kind = measure(kind) if isinstance(kind, str) else kind
    if not difference:
        return kind.unit
    if kind.style == "count":
        return f"difference, {kind.unit}"
    rest = kind.unit.removeprefix("per cent ").removeprefix("percentage points ")
    return f"percentage points {rest}".replace(" change against the base year", " of income")


def payoff(value: float, signed: bool = True) -> str:
    """A payoff in per cent of income: three decimals, four when it is small."""
    return number(value, 4 if abs(value) < 0.002 and round(value, 4) else 3, signed)


def percent_of_income(value: float, say: Texts = ENGLISH) -> str:
    """A payoff with its unit: `+0.021 % of income`."""
    return say("why.of_income", value=payoff(value))


def chance(probability: float) -> str:
    """A probability a person can picture: `41 %`; never `0 %` or `100 %` for what is not certain."""
    if probability is None or math.isnan(probability):
        return MISSING
    if 0 < probability < 0.01:
        return f"<1{NARROW}%"
    if 0.99 < probability < 1:
        return f">99{NARROW}%"
    return f"{100 * probability:.0f}{NARROW}%"


def listed(items: Iterable[str], say: Texts = ENGLISH) -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return say("why.comma").join(items[:-1]) + say("why.and") + items[-1]


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """`1 move`, `3 moves`, `no moves`."""
    noun = singular if count == 1 else plural or singular + "s"
    return f"{count or 'no'} {noun}"


def many(count: int, key: str, say: Texts = ENGLISH) -> str:
    """A count with its noun from the texts `key.none`, `key.one` and `key.many`: `no moves`, `1 move`, `3 moves`."""
    return say(f"{key}.{'many' if count > 1 else ('none', 'one')[count]}", count=count)


def quarter_text(label: str | None, say: Texts = ENGLISH) -> str:
    """`2026Q3` as a reader says it: `3rd quarter of 2026`."""
    if not label:
        return say("why.before_first")
    year, place = label.split("Q")
    return say("why.quarter_text", place=say(f"why.place.{place}"), year=year)


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, all else untouched."""
    return sentence[:1].upper() + sentence[1:]
