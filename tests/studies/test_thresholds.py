"""When a programme is begun: worth moves as its parameters say, and the turn is where the sign turns."""

import numpy as np
import pytest

from sim.studies.thresholds import Lever, _asked, worth
from tests.conftest import scenario_of

LNG = "programme.alaska_lng."


def test_a_dearer_programme_is_worth_less_and_dearer_incumbents_make_it_worth_more(base_scene):
    calm, scene = base_scene()
    loaded = scenario_of("baseline")

    def asked(**values):
        return worth(calm, loaded, scene, "alaska_lng", {LNG + name: value for name, value in values.items()})

    today, price = asked(), "effects.0.incumbent"
    assert asked(capital=3.5) < today < 0 < asked(**{price: 18.0})
    assert asked(**{price: 18.0, "effects.0.freight": 3.1}) < asked(**{price: 18.0})


@pytest.mark.parametrize(("level", "turns"), [(3.0, 3.0), (-2.0, np.nan)])
def test_the_turn_lies_where_the_sign_turns_and_nowhere_else(level, turns):
    today, low, high, turn = _asked(Lever("x", "1", 1.0, 0.0, 4.0), lambda value: value - level)
    assert (today, low, high) == (1.0 - level, -level, 4.0 - level)
    assert turn == pytest.approx(turns, abs=0.05, nan_ok=True)
