"""Which outcomes are looked at when nobody names any, and which way is good for the region that hedges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sim.errors import Problem, ScenarioError

HIGHER, LOWER = "higher", "lower"
HEADLINES = ("coercibility", "effective_partners_loss_weighted", "expected_coercion_loss", "tail_loss",
             "hedging_premium", "real_income")  # fmt: skip
BETTER = {
    "real_income": HIGHER,
    "effective_partners": HIGHER,
    "effective_partners_loss_weighted": HIGHER,
    "umbrella_credibility": HIGHER,
    "hhi": LOWER,
    "hhi_loss_weighted": LOWER,
    "coercibility": LOWER,
    "all_goods_stop": LOWER,
    "joint_stop": LOWER,
    "expected_coercion_loss": LOWER,
    "coercion_loss_sd": LOWER,
    "tail_loss": LOWER,
    "hedging_premium": LOWER,
    "leverage": LOWER,
    "insecurity": LOWER,
    "stock_cost": LOWER,
}


def chosen(wanted: Iterable[str] | None, there: list[str], folder: str) -> list[str]:
    """The outcomes asked for; by default the headlines that the sweep has, or all when it has none of them.

    there : numeric outcomes of the sweep. Raises ScenarioError for one that is not among them."""
    if wanted:
        wanted = list(dict.fromkeys(wanted))
        unknown = [name for name in wanted if name not in there]
        if unknown:
            message = f"names {', '.join(unknown)}; must be among {', '.join(there)}"
            raise ScenarioError([Problem(folder, "outcome", message)])
        return wanted
    return [name for name in HEADLINES if name in there] or there


def direction(outcome: str, given: Mapping[str, str]) -> str:
    """`higher`, `lower`, or nothing when no way is good: a partner's share is neither."""
    return given.get(outcome) or BETTER.get(outcome.partition(".")[0], "")


def check_directions(given: Mapping[str, str], outcomes: list[str]) -> None:
    """Raises ScenarioError for a direction that is none, or of an outcome that is not looked at."""
    found = [Problem.value("better", name, way, f"{HIGHER} or {LOWER}") for name, way in given.items()
             if way not in (HIGHER, LOWER)]  # fmt: skip
    found += [Problem("better", name, f"is not looked at; must be among {', '.join(outcomes)}")
              for name in given if name not in outcomes]  # fmt: skip
    if found:
        raise ScenarioError(found)
