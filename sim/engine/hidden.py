"""What the two sides of an episode hide from each other, by keyed luck: the same in every policy.

What these values do stands in `sim.rules.bargaining`. Source: model section 8."""

from __future__ import annotations

from sim import draws
from sim.engine.design import Design
from sim.rules.bargaining import drawn_value
from sim.world.crisis import Demand


def audience(design: Design, step: int, of: Demand) -> float:
    """Percent of the sender's income, once: what backing down would cost it at home if it asked now."""
    bargaining, names = design.settings.bargaining, design.base.regions
    key = f"{of.name} {names[of.target]}"
    luck = float(draws.normal(design.seed, "audience", design.run, step, names[of.sender], key))
    return drawn_value(bargaining.audience_median, bargaining.audience_spread, luck)


def price(design: Design, step: int, of: Demand) -> float:
    """Percent of the target's income a year: what conceding would cost it at home."""
    bargaining, names = design.settings.bargaining, design.base.regions
    key = f"{of.name} {names[of.sender]}"
    luck = float(draws.normal(design.seed, "price", design.run, step, names[of.target], key))
    return drawn_value(bargaining.price_median, bargaining.price_spread, luck)
