"""Scenarios of the page: loaded once, varied by what a choice sets, and what is fitted to their base year."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from threading import Lock

from sim.engine.design import fit, fit_base_hedges
from sim.errors import ScenarioError
from sim.moves.rest import Rest
from sim.run import as_policy
from sim.scenario import quarters
from sim.scenario.load import check_policy, load_policy, load_scenario, names, policies_that_fit, scenario_of_text
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.scenario.turns import Turn
from sim.scenario.varied import varied
from sim.threads import one_thread
from viz.language import FIRST, texts_of
from viz.state import LINK, Choice, Place
from viz.theme import Theme, theme_of
from viz.trouble import wrong

Key = tuple[str, tuple[tuple[str, float], ...]]
OF_THE_POLICY = "policy."
"""Values of a choice's policy, not of its scenario: they are set where the run is set up."""
AFTER = ("scenario.changes.", "scenario.calendar.", OF_THE_POLICY)
"""Values that the base year at rest does not have: nothing that is fitted to it follows from them."""


LONGEST_TITLE = 80
UPLOADED = "upload-"
"""How the keys of uploaded scenarios begin; no name in the configs has a hyphen."""
_uploads: dict[str, tuple[Scenario, tuple[Turn, ...], int]] = {}  # by key: its own turns, how many tabs hold it
_gate = Lock()


def scenario_named(name: str) -> Scenario:
    """A scenario of the config, or one that a tab of this server uploaded, without the turns that it came with.

    Those are a run's, and a choice has them all: `turns_of`. Raises ScenarioError for neither."""
    return _held(name)[0]


def turns_of(name: str) -> tuple[Turn, ...]:
    """Turns that a scenario's own file has: those with which its runs begin."""
    return _held(name)[1]


def _held(name: str) -> tuple[Scenario, tuple[Turn, ...]]:
    if not name.startswith(UPLOADED):
        return _shipped(name)
    held = _uploads.get(name)
    if held is None:
        raise ScenarioError([wrong("scenario", name, "lost")])
    return held[:2]


def hold(text: str) -> tuple[str, Scenario]:
    """An uploaded scenario under a key that follows from its text; a tab that may use it has to know the key.

    Raises ScenarioError with all that `hedgelab check` would say of the file."""
    scenario = scenario_of_text(text, "upload.yaml")
    key = f"{UPLOADED}{sha256(text.encode()).hexdigest()[:16]}"
    with _gate:
        _uploads[key] = *_apart(scenario), _uploads[key][-1] + 1 if key in _uploads else 1
    return key, scenario


def release(key: str) -> None:
    """A tab no longer holds an upload; with the last one it is gone."""
    with _gate:
        *held, tabs = _uploads.pop(key, (None, (), 0))
        if tabs > 1:
            _uploads[key] = *held, tabs - 1


@lru_cache(maxsize=32)
def _shipped(name: str) -> tuple[Scenario, tuple[Turn, ...]]:
    """Read once, since it never changes."""
    return _apart(load_scenario(name))


def _apart(scenario: Scenario) -> tuple[Scenario, tuple[Turn, ...]]:
    """A scenario without its turns, and the turns."""
    bare = replace(scenario, file=scenario.file.model_copy(update={"turns": []}), turned={})
    return bare, tuple(scenario.file.turns)


@lru_cache(maxsize=32)
def policy_named(name: str) -> PolicyFile:
    """A policy of the configs, read once."""
    return load_policy(name)


@lru_cache(maxsize=32)
def policies_of(name: str) -> tuple[str, ...]:
    """Policies that fit a scenario."""
    return tuple(policies_that_fit(scenario_named(name)))


@lru_cache(maxsize=64)
def scenario_of(choice: Choice) -> Scenario:
    """The scenario of a choice, its values and turns put in. Raises ScenarioError for those that do not fit."""
    scenario, values = scenario_named(choice.scenario), values_of(choice, policy=False)
    return varied(scenario, values, choice.turns) if values or choice.turns else scenario


def valid_in(name: str, values: dict[str, float]) -> dict[str, float]:
    """Those values that another scenario has too, and that lie in its ranges."""
    scenario, out = scenario_named(name), {}
    for key, value in values.items():
        with suppress(ScenarioError):
            with_values(scenario, None, {key: value})
            out[key] = value
    return out


def values_of(choice: Choice, policy: bool) -> dict[str, float]:
    """Values that a choice sets in its policy, or in its scenario."""
    return {name: value for name, value in choice.values if name.startswith(OF_THE_POLICY) == policy}


def another(choice: Choice, kind: str, name: str) -> Choice:
    """The choice with another scenario or policy: without what has no place in it.

    A policy's values go with it; a scenario keeps the values that it has too, and no turns but its file's own: all
    others are another run's."""
    mine = values_of(choice, policy=False)
    if kind == "policy":
        return replace(choice, policy=name).with_values(mine)
    kept = valid_in(name, mine) | values_of(choice, policy=True)
    return replace(choice, scenario=name, turns=turns_of(name)).with_values(kept)


def all_quarters(choice: Choice) -> list[str]:
    """Labels of every quarter of the scenario, played or not."""
    file = scenario_of(choice).file
    first = quarters.number(file.start)
    return [quarters.label(count) for count in range(first, first + file.quarters)]


def checked(choice: Choice) -> None:
    """Raises ScenarioError for values and turns that do not fit the scenario and the policies, each named."""
    scenario = scenario_of(choice)
    policy = as_policy(scenario, choice.policy)
    with_values(scenario, policy, values_of(choice, policy=True))
    for turned in scenario.turned.values():
        check_policy(scenario, turned)


def checked_place(place: Place) -> None:
    """Raises ScenarioError for a choice that does not fit, or for a quarter that its run does not have."""
    checked(place.choice)
    there = all_quarters(place.choice)
    if place.quarter and place.quarter not in there:
        raise ScenarioError(
            [wrong(LINK, "quarter", "not_there", quarter=place.quarter, first=there[0], last=there[-1])]
        )


class Fitted:
    """What was fitted to base years lately: kept, since tastes take a second or two, and open to every tab."""

    def __init__(self, most: int = 24):
        self.most, self._gate = most, threading.Lock()
        self._hedges: dict[Key, Rest] = {}
        self._rests: dict[Key, Rest] = {}

    def known(self, choice: Choice) -> Rest | None:
        """Base mark-ups and tastes of a choice, if they were fitted already."""
        with self._gate:
            return self._rests.get(_key(choice))

    def hedges(self, choice: Choice) -> Rest:
        """Base mark-ups alone: some tenths of a second."""
        return self._kept(self._hedges, choice, fit_base_hedges)

    def rest(self, choice: Choice, between: Callable[[], None] = lambda: None) -> Rest:
        """Base mark-ups and tastes. between : called now and then; what it raises ends the fit"""
        return self._kept(self._rests, choice, lambda of: fit(of, self.hedges(choice), between))

    def _kept(self, kept: dict[Key, Rest], choice: Choice, made: Callable[[Scenario], Rest]) -> Rest:
        key = _key(choice)
        with self._gate:
            found = kept.get(key)
        if found is None:
            name, values = key
            scenario = scenario_named(name)
            with one_thread():
                found = made(varied(scenario, dict(values), scenario.file.turns) if values else scenario)
            with self._gate:
                kept[key] = found
                for old in list(kept)[: -self.most]:
                    del kept[old]
        return found


FITTED = Fitted()


def _key(choice: Choice) -> Key:
    return choice.scenario, tuple(pair for pair in choice.values if not pair[0].startswith(AFTER))


@lru_cache(maxsize=32)
def theme_named(name: str, language: str = FIRST) -> Theme:
    """Colours and names of a scenario, in a language."""
    return theme_of(scenario_named(name), texts_of(language))


def title_of(scenario: str, language: str = FIRST) -> str:
    """Title of a scenario of the config or of an upload."""
    return titles("scenario", language).get(scenario) or plain(scenario_named(scenario).file.title) or scenario


def plain(title: str) -> str:
    """A title that fits a list, without control characters."""
    title = re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", " ", title).strip()
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


@lru_cache(maxsize=8)
def titles(kind: str, language: str = FIRST) -> dict[str, str]:
    """Names and titles of all scenarios or policies, in the order of the config."""
    load = {"scenario": lambda name: scenario_named(name).file, "policy": policy_named}[kind]
    say = texts_of(language)
    return {name: say.named(kind, name, load(name).title) for name in names(kind)}
