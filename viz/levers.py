"""The levers of the lab: every number that has a range, grouped, the ones that matter first, as a slider each.

Which ones come first and why stands in `levers.yaml`; this module makes the list and places it beside a run. What a
slider sets becomes part of the tab's choice; searching and dragging happen in the browser (`levers.vue`)."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path

import solara
import yaml

from sim.scenario.quantity import Quantity
from sim.scenario.sample import quantities
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from viz.inputs import packed
from viz.lab import Lab
from viz.language import Texts, texts_of
from viz.measures import measure
from viz.numbers import asked, label, unit_text, whose, with_whose
from viz.read import headlines
from viz.shown import Shown
from viz.state import Choice
from viz.theme import Theme
from viz.words import NARROW, difference_text, value_text
from viz.worlds import OF_THE_POLICY, policy_named, scenario_named, theme_named, turns_of

FILE = Path(__file__).parent / "levers.yaml"
AT_ONCE = ("coercibility", "expected_coercion_loss", "tail_loss", "hedging_premium")
"""Measures that are told while tastes are fitted."""
NAMED = 2
"""Domains that the label of a policy's number names; more are counted."""


@dataclass(frozen=True)
class Lever:
    """One number that can be set: `default` is the scenario's own, `first` the key of its entry in the short list."""

    name: str
    quantity: Quantity
    group: str
    first: str = ""
    switch: bool = False

    @property
    def default(self) -> float:
        """The scenario's own value."""
        return self.quantity.value


@cache
def listed() -> dict:
    """What `levers.yaml` says."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def levers(scenario: Scenario, policy: PolicyFile | None = None) -> list[Lever]:
    """Every number of a scenario and a policy that has a range, in the configs' order; the short list is marked."""
    out = []
    for name, quantity in quantities(scenario, policy).items():
        if quantity.low is None or not quantity.low < quantity.high:
            continue
        entry = next((one for one in listed()["first"]
                      if fnmatchcase(name, one["pattern"].format(focus=scenario.file.focus))), {})  # fmt: skip
        out.append(Lever(name, quantity, group_of(name), entry.get("key", ""), entry.get("switch", False)))
    return out


def group_of(name: str) -> str:
    """The first group whose prefix fits a dotted name."""
    for group, prefixes in listed()["groups"].items():
        if any(prefix == "" or name == prefix or name.startswith(prefix + ".") for prefix in prefixes):
            return group
    raise KeyError(name)


def promised(name: str, policy: PolicyFile, scenario: Scenario, theme: Theme, say: Texts) -> tuple[str, str, str]:
    """Label and meaning of a policy's number, and why the policy has it: `Size of Alaska LNG, from 2026Q1`."""
    one = policy.commitments[int(name.split(".")[2])]
    if one.type == "programme":
        known = scenario.programmes.get(one.programme)  # a world without its partners has no such programme
        what = say.named("programme", one.programme, known.title if known else one.programme)
    else:
        what = theme.in_text(one.supplier if one.type == "hedge" else one.partner) + _inside(one.domains, theme, say)
    meaning = say(f"change.policy.meaning.{one.type}", who=theme.name(scenario.file.focus))
    return say(f"change.policy.{one.type}", what=what, start=one.start), meaning, say.sentence(one.why)[0]


def _inside(selected: list[str] | str, theme: Theme, say: Texts) -> str:
    """` in chips, steel and 3 more`; nothing where a policy takes all domains."""
    domains = [theme.domain_in_text(code) for code in selected] if isinstance(selected, list) else []
    if not domains:
        return ""
    text = say("change.policy.comma").join(domains[:NAMED])
    more = len(domains) - NAMED
    return say("change.policy.in", domains=say("change.policy.domains", first=text, more=more) if more > 0 else text)


def first_label(one: Lever, scenario: Scenario, theme: Theme) -> str:
    """A number of the short list as the page calls it, with whose it is and what is demanded."""
    say, of, demand = theme.say, whose(one.name, theme), asked(one.name, scenario, theme.say)
    of = say("change.label.asked", whose=of, asked=demand) if demand else of
    return with_whose(say(f"change.name.{one.first}"), of, say)


def _rows(scenario: str, policy: str, language: str) -> list[tuple[str, dict]]:
    """Group and row of every lever of a scenario and a policy; the short list comes first, as group `first`."""
    theme, loaded, plan = theme_named(scenario, language), scenario_named(scenario), policy_named(policy)
    found = levers(loaded, plan)
    say = texts_of(language)
    rows = []
    for one in found:
        if one.name.startswith(OF_THE_POLICY):
            name, meaning, why = promised(one.name, plan, loaded, theme, say)
        elif one.first:
            name = first_label(one, loaded, theme)
            meaning, why = say(f"change.what.{one.first}"), say(f"change.why.{one.first}")
        else:
            name = label(one.name, loaded, theme)
            meaning, why = say.sentence(one.quantity.meaning)[0] or name, ""
        rows.append((one.group, {
            "name": one.name, "label": name, "unit": unit_text(one.quantity.unit, say), "source": one.quantity.source,
            "meaning": meaning, "why": why,
            "low": one.quantity.low, "high": one.quantity.high, "default": one.default, "first": bool(one.first),
            "switch": one.switch and one.quantity.low == 0,
        }))  # fmt: skip
    order = [entry["key"] for entry in listed()["first"]]
    place = {one.name: order.index(one.first) for one in found if one.first}
    first = sorted((row for _, row in rows if row["first"]), key=lambda row: place[row["name"]])
    return [*(("first", row) for row in first), *((group, row) for group, row in rows if not row["first"])]


@lru_cache(maxsize=64)
def packed_groups(scenario: str, policy: str, language: str) -> str:
    """`grouped` as the page takes it; the same text each time, so that it is sent to a browser once."""
    return packed(grouped(scenario, policy, language))


@lru_cache(maxsize=64)
def grouped(scenario: str, policy: str, language: str) -> list[dict]:
    """Groups of levers for the page: `key` and `rows`.

    A row has name, label, unit, source, meaning, why, low, high, default, switch."""
    found: dict[str, list[dict]] = {}
    for group, row in _rows(scenario, policy, language):
        found.setdefault(group, []).append(row)
    return [{"key": group, "rows": found[group]} for group in ("first", *listed()["groups"]) if group in found]


def with_value(choice: Choice, name: str, value: float) -> Choice:
    """The choice with one number set; the scenario's own value takes it out again.

    A value just past an end of the range, as rounding makes it, is put on the end.
    Raises KeyError for a name that is no lever of the scenario or the policy."""
    known = levers(scenario_named(choice.scenario), policy_named(choice.policy))
    one = next((lever for lever in known if lever.name == name), None)
    if one is None:
        raise KeyError(name)
    value = min(max(float(value), one.quantity.low), one.quantity.high)
    values = dict(choice.values) | {name: value}
    if abs(value - one.default) <= 1e-9 * max(abs(one.default), one.quantity.high - one.quantity.low):
        del values[name]
    return choice.with_values(values)


@solara.component_vue("levers.vue")
def Panel(groups: str, words: dict, given: dict, can: dict, note: str = "", event_set=None, event_press=None):
    """The list in the browser: `set` gives a name and a value, `press` one of undo, redo, reset and replay.

    groups : packed; given : values that are not the default, by name"""


@solara.component
def Levers(lab: Lab):
    """A column at wide screens, a fold at narrow ones; every change starts another run up to the quarter shown."""
    shown, language = lab.shown.value, lab.language.value
    choice, say = shown.choice, lab.say
    groups = grouped(choice.scenario, choice.policy, language)
    words = solara.use_memo(lambda: words_of(say, groups, choice), [choice, language])

    def set_value(given: dict) -> None:
        if (lab.choice.scenario, lab.choice.policy) != (choice.scenario, choice.policy):
            return  # a lever of the run before, which the page still shows: its name may mean something else by now
        changed = with_value(lab.choice, str(given["name"]), float(given["value"]))
        lab.choose(changed, aim=lab.heading or first_quarter(changed))

    press = {"undo": lab.undo, "redo": lab.redo, "reset": lab.reset, "replay": lab.replay}
    own = bool(choice.values or choice.turns != turns_of(choice.scenario))
    can = {"undo": bool(lab.past), "redo": bool(lab.future), "reset": own, "replay": bool(lab.past and shown.quarter)}
    note = still_text(shown, say)
    Panel(groups=packed_groups(choice.scenario, choice.policy, language), words=words, given=dict(choice.values),
          can=can, note=note, event_set=set_value, event_press=lambda name: press[str(name)]())  # fmt: skip


def first_quarter(choice: Choice) -> str:
    """Label of the scenario's first quarter."""
    return scenario_named(choice.scenario).file.start


def words_of(say: Texts, groups: list[dict], choice: Choice) -> dict:
    """Texts of the panel in the tab's language."""
    keys = ("title", "search", "searching", "none", "undo", "redo", "reset", "replay", "default", "to_default",
            "changed", "source", "why_here", "range", "off", "number", "open", "hint")  # fmt: skip
    count = len(choice.values)
    return {key: say(f"change.{key}") for key in keys} | {
        "groups": {one["key"]: say(f"change.group.{one['key']}") for one in groups},
        "count": say("change.count", count=count, all=sum(len(one["rows"]) for one in groups)),
    }


def still_text(shown: Shown, say: Texts) -> str:
    """What is known before anybody moved, while what holds the actors back is fitted; empty once a quarter is played.

    Given with the difference from the first quarter of the run before, where that was of the same measure."""
    if shown.still is None or shown.run is not None:
        return ""
    focus, quarter = scenario_named(shown.choice.scenario).file.focus, shown.still["quarter"].iloc[0]
    ghost, parts = headlines(shown.ghost.portfolio, focus, AT_ONCE, quarter) if shown.ghost else {}, []
    for code, now in headlines(shown.still, focus, AT_ONCE, quarter).items():
        gap = f" ({difference_text(now.value - ghost[code].value, code, say)})" if code in ghost else ""
        parts.append(f"{say.named('measure', code, measure(code).name)} {value_text(now.value, code)}{gap}")
    return say("change.still", numbers=f"{NARROW}· ".join(parts))
