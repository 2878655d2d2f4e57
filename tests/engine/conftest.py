"""The design that constructed crises are played on."""

from dataclasses import replace

import numpy as np
import pytest

from sim.world.crisis import Shield
from tests.engine.played import EU27, JPN


@pytest.fixture(scope="module")
def design(model_of):
    """Both squeeze, political shocks off; two coalitions of the first two actors besides the law's."""
    made = model_of("both_squeeze", shocks=False, quarters=40).design
    none = np.zeros(len(made.base.domains))
    soon = Shield("soon", "within 30 days", (JPN, EU27), 30 / 91.3125, 1.0, 1.0, none, 1.0, 0.0)
    return replace(made, settings=replace(made.settings, shields=(soon,)))
