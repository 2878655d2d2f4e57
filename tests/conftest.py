"""Worlds that tests share: fitted once per draw of parameters, played a few quarters once per scenario and draw."""

from functools import cache

import pytest
from threadpoolctl import threadpool_limits

from sim.engine.design import Design, fit
from sim.engine.model import HedgingModel
from sim.engine.step import begin, observe
from sim.moves.path import Scene
from sim.moves.rest import Rest
from sim.moves.score import score
from sim.run import start
from sim.scenario.load import load_scenario
from sim.scenario.sample import sample, with_values

SEED, DRAWS = 5, 4  # the Latin hypercube that tests draw from
ALWAYS = {"model.choice.agenda": 1.0}  # every actor decides in every quarter


@cache
def scenario_of(name: str, draw: int | None = None):
    """A shipped scenario at central values, or at one draw of its parameters."""
    loaded = load_scenario(name)
    return loaded if draw is None else with_values(loaded, None, sample(loaded, None, SEED, DRAWS)[draw])[0]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Linear algebra on one thread, as `simulate` and `compare` have it: the bits of a product depend on it."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="session")
def fitted():
    """fitted(draw) -> Rest of the base year, the same for every scenario and policy of that draw."""

    @cache
    def rest(draw: int | None = None) -> Rest:
        return fit(scenario_of("baseline", draw))

    return rest


@pytest.fixture(scope="session")
def model_of(fitted):
    """model_of(scenario, policy, draw, ...) -> HedgingModel at step 0 that shares the fit."""

    def model(scenario="baseline", policy="adaptive", draw=None, **more) -> HedgingModel:
        return start(scenario_of(scenario, draw), policy, rest=fitted(draw), **more)

    return model


@pytest.fixture(scope="session")
def played(model_of):
    """played(scenario, draw) -> a HedgingModel of four quarters in which every actor decided every time."""

    @cache
    def model(scenario: str, draw: int) -> HedgingModel:
        one = model_of(scenario, draw=draw, values=ALWAYS, seed=SEED, run=draw, quarters=4)
        while not one.done:
            one.step()
        return one

    return model


@pytest.fixture(scope="session")
def decisions(played):
    """(design, scene, actor) of decisions that came up in play, in the second and the fourth quarter."""
    models = [played("america_first", 2), played("china_chokehold", 1)]
    return [(m.design, m.quarters[k].scene, actor) for m in models for k in (1, 3) for actor in m.design.actors]


@pytest.fixture(scope="session")
def ledgers(decisions):
    """(screened and shortlisted, all on the whole path) of each of the decisions."""
    return [(score(s, d.catalogues[a]), score(s, d.catalogues[a], all_exact=True)) for d, s, a in decisions]


@pytest.fixture(scope="session")
def base_scene(model_of):
    """base_scene(draw) -> (design, scene) of the base year under the adaptive policy, no political shocks."""

    @cache
    def scene(draw: int | None = None) -> tuple[Design, Scene]:
        design = model_of(draw=draw, shocks=False, quarters=40).design
        return design, observe(design, begin(design), None)[0]

    return scene
