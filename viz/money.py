"""Per cent of income as money a person, where the region's config says what its income is."""

from sim.scenario.schema import Money
from viz.language import Texts
from viz.words import number

A_YEAR = ("real_income", "expected_coercion_loss", "hedging_premium")
"""Measures that are a flow: so much a year. The others are a loss once, or while a stop lasts."""
IN_MONEY = (*A_YEAR, "coercibility", "tail_loss")
DIGITS = 3


def rounded(value: float) -> float:
    """Three digits: an amount is never better than its inputs."""
    return float(f"{value:.{DIGITS}g}")


def money_text(percent: float, measure: str, money: Money | None, say: Texts, signed: bool = False) -> str:
    """`9,840 yen a person a year`; empty where the config gives no income, for a NaN, and for other measures.

    percent : of annual income"""
    if money is None or measure not in IN_MONEY or percent != percent:
        return ""
    key = "play.money_a_year" if measure in A_YEAR else "play.money"
    currency = say.texts.get(f"play.currencies.{money.currency}", money.currency)
    return say(key, amount=number(rounded(money.a_person(percent)), 0, signed), currency=currency)


def source_text(money: Money, say: Texts) -> str:
    """Where income and population come from."""
    return say("play.money_source", income=money.income.source, population=money.population.source)
