"""What a config's number is called, and its unit, in the language of a theme: `Alaska LNG: capital`, `年`.

English is made of the dotted name; another language has its own for each such text (`texts/numbers/`)."""

from __future__ import annotations

from sim.scenario.scenario import Scenario
from viz.language import Texts
from viz.theme import Theme
from viz.words import capital

FILLERS = ("changes", "groups", "effects", "domains", "scenario", "value", "interests")
"""Parts of a dotted name that say nothing to a reader."""
OWNERS = ("programme", "shock", "shield")
"""Kinds of names whose next part is a file of the configs with a title."""
LAST = 2
"""Words of a name that are said."""
SHORT_UNITS = {"1": "", "percent": "%"}


def label(name: str, scenario: Scenario, theme: Theme) -> str:
    """A dotted name for people: `Contract renewal`, `Alaska LNG: capital`, `Norm factor: United States`."""
    words, owner = words_of(name, theme), owner_of(name, scenario, theme.say)
    text = theme.say.named("words", words, words)
    text = theme.say("change.label.owned", owner=owner, text=text) if owner else capital(text)
    return with_whose(text, whose(name, theme), theme.say)


def with_whose(text: str, of: str, say: Texts) -> str:
    """A label with the regions and domains that it is of, where there are some."""
    return say("change.label.whose", text=text, whose=of) if of else text


def whose(name: str, theme: Theme) -> str:
    """Regions and domains of a dotted name: `United States, Electronics`."""
    known = [theme.name(p) if p in theme.regions else theme.domain(p) for p in _own(name) if _known(p, theme)]
    return theme.say("change.policy.comma").join(known)


def asked(name: str, scenario: Scenario, say: Texts) -> str:
    """What is demanded, of the name of a demand's worth: `smaller deficit`; empty of any other."""
    *_, kind, code, place, last = ["", "", "", *name.split(".")]
    if kind != "demands" or last != "value":
        return ""
    demand = scenario.file.changes.demands[code][int(place)].demand
    return say.named("demand", demand, demand.replace("_", " "))


def words_of(name: str, theme: Theme) -> str:
    """The English words of a dotted name, without its owner, regions and domains; other languages go by them."""
    kept = [part for part in _own(name) if part not in FILLERS]
    words = [part for part in kept if not _known(part, theme)][-LAST:]
    kind, *_ = name.split(".")
    alone = words == kept and len(words) == 1 and kind not in (*OWNERS, "groups")
    return " ".join([kind, *words] if alone else words).replace("_", " ")


def owner_of(name: str, scenario: Scenario, say: Texts) -> str:
    """Title of the programme, shock, shield or group at home that a number is of; empty where there is none."""
    kind, *parts = name.split(".")
    if kind in OWNERS:
        known = {"programme": scenario.programmes, "shock": scenario.shocks, "shield": scenario.shields}[kind]
        return say.named(kind, parts[0], known[parts[0]].title)
    if _is_of_a_group(name):
        region, _, code, *_ = parts
        return say.named("home", f"{region}.{code}", scenario.groups[region].groups[code].title)
    return ""


def unit_text(unit: str, say: Texts) -> str:
    """The unit behind a number; a bare share has none."""
    short = SHORT_UNITS.get(unit, unit)
    return say.named("units", short, short)


def _own(name: str) -> list[str]:
    """Parts of a name without its kind, the code of its owner, and places in a list."""
    kind, *parts = name.split(".")
    if kind in OWNERS:
        parts = parts[1:]
    elif _is_of_a_group(name):
        parts = [parts[0], *parts[3:]]
    return [part for part in parts if not part.isdigit()]


def _is_of_a_group(name: str) -> bool:
    kind, _, part, *_ = [*name.split("."), "", ""]
    return kind == part == "groups"


def _known(part: str, theme: Theme) -> bool:
    return part in theme.regions or part in theme.domain_names
