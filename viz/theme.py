"""One colour and one name per region and domain, on every view.

Colours follow the order of the regions in the config, so a new region gets a colour of its own and nobody else's
changes. How measures are called is left to `measures.py`, how numbers are written to `words.py`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle, islice

from viz.language import FIRST, Texts, texts_of

PARTNER_COLOURS = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#882255",  # wine
    "#332288",  # indigo
    "#CC79A7",  # pink
    "#D55E00",  # vermillion
    "#009E73",  # green
    "#56B4E9",  # sky
    "#F0E442",  # yellow
    "#661100",  # brown
    "#BBBBBB",  # light grey
    "#44AA99",  # teal
    "#999933",  # olive
    "#AA4499",  # purple
    "#6699CC",  # steel
    "#DDCC77",  # sand
)
"""Okabe & Ito (2008), extended with Tol (2021): any two of the first eleven stay apart under each kind of colour
blindness (tested). Foreign partners take them in config order."""

FOCUS_COLOUR = "#5F6368"
"""The region whose portfolio is shown stays a neutral grey: it is never one of its own partners."""
GHOST = "#8A8A8A"
INK, MUTED, RULE, PAPER = "#1F2328", "#57606A", "#D0D7DE", "#FFFFFF"
ACCENT = "#24507A"
BLACK, DARK = "#000000", 0.77  # text on a shade of the accent, white above that: four and a half to one on every shade

TERM_COLOURS = {
    "real_income": "#3B6E8F",
    "retaliation": "#B5654A",
    "producer_rents": "#7FA37A",
    "norm_cost": "#8E7BA6",
    "concession": "#C9A24B",
    "punishment_cost": "#A34D5E",
    "coercion_risk": "#4E9A94",
    "programme_cost": "#9A8F85",
    "security": "#76803A",
    "domestic": "#B08968",
    "taste": "#C7C2BC",
    "acting": "#4A4F55",
}
"""Muted, so that no payoff term passes for a partner; a term that is not listed takes `OTHER_TERM`."""
OTHER_TERM = "#6E7781"
TERM_HATCHES = ("", "//", "..", "\\\\", "xx", "--", "++", "oo", "")


def ink_on(shade: float) -> str:
    """Colour of a text on a shade of the accent, 0 to 1."""
    return PAPER if shade > DARK else BLACK


def shaded(shade: float) -> str:
    """CSS of a cell with a shade of the accent, 0 to 1."""
    red, green, blue = bytes.fromhex(ACCENT[1:])
    return f"background:rgba({red},{green},{blue},{shade:.2f});color:{ink_on(shade)}"


@dataclass(frozen=True)
class Theme:
    """Names and colours of one world: the regions in config order and the region whose portfolio is shown."""

    regions: tuple[str, ...]
    focus: str
    actors: tuple[str, ...] = ()
    region_names: Mapping[str, str] = field(default_factory=dict)
    domain_names: Mapping[str, str] = field(default_factory=dict)
    stock_domains: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # names inside a sentence, where the config gives one
    demands: Mapping[str, str] = field(default_factory=dict)  # what is asked for, by name
    shocks: Mapping[str, str] = field(default_factory=dict)  # names of shocks, by their title in the config
    programmes: Mapping[str, str] = field(default_factory=dict)  # titles of programmes, by name
    say: Texts = field(default_factory=lambda: texts_of(FIRST))  # the language in which the theme names things

    @property
    def partners(self) -> tuple[str, ...]:
        """Every region but the focus, in config order."""
        return tuple(code for code in self.regions if code != self.focus)

    def colour(self, code: str) -> str:
        """Colour of a region; two partners joined by a plus take the first one's."""
        first = str(code).split("+")[0]
        if first == self.focus:
            return FOCUS_COLOUR
        if first not in self.regions:
            return OTHER_TERM
        place = self.partners.index(first)
        return next(islice(cycle(PARTNER_COLOURS), place, None))

    def name(self, code: str) -> str:
        """Name for a label: `United States`; joined codes become `China + United States`."""
        named = self.say.named
        parts = [self.region_names.get(part) or named("region", part, part) for part in str(code).split("+")]
        return " + ".join(without_count(part) for part in parts)

    def brief(self, code: str) -> str:
        """Name that fits beside a line: `US`, `EU`, `Korea`."""
        words = self.name(code).split()
        if len(words) == 2 and words[0] in ("United", "European"):
            return "".join(word[0] for word in words)
        name = {"Rest of world": "Rest", "South Korea": "Korea"}.get(self.name(code), self.name(code))
        return self.say.named("brief", code, name)

    def in_text(self, code: str) -> str:
        """Name inside a sentence: `the United States`."""
        named = [self.texts.get(part) or with_article(self.name(part)) for part in str(code).split("+")]
        return self.say("why.and").join(named)

    def domain(self, code: str) -> str:
        """Name of a domain or a group of them: `Transport equipment`."""
        if code in ("", "all"):
            return self.say("why.all_domains")
        if code in self.domain_names:
            return self.domain_names[code]
        named = self.say.named  # a domain that this world does not have, or a group of them
        return named("domain", code, named("group", code, str(code).replace("_", " ").capitalize()))

    def demand(self, code: str) -> str:
        """What is asked, after `asks it to`: `buy more of its energy`."""
        return self.demands.get(code, code.replace("_", " "))

    def domain_in_text(self, code: str) -> str:
        """Name of a domain inside a sentence, in small letters unless it is an abbreviation."""
        name = self.domain(code)
        return name if name[:2].isupper() else name[:1].lower() + name[1:]


def without_count(name: str) -> str:
    """`ASEAN (10)` without its number of members: `ASEAN`."""
    return re.sub(r"\s*\(\d+\)$", "", name)


def with_article(name: str) -> str:
    """`the` before the names that English gives one."""
    plural_or_common = ("United ", "European ", "Gulf", "Rest ", "Other ")
    if not name.startswith(plural_or_common):
        return name
    return "the " + (name[:1].lower() + name[1:] if name.startswith(("Rest ", "Other ")) else name)


def theme_of(scenario, say: Texts | None = None) -> Theme:
    """The theme of a loaded scenario: its regions and domains under the names that the configs give them.

    say : a language that has names of its own for some"""
    say = say or texts_of(FIRST)
    named = say.named
    domains = scenario.domains | scenario.stock_domains
    return Theme(
        regions=tuple(scenario.regions),
        focus=scenario.file.focus,
        actors=tuple(code for code in scenario.file.actors if code != scenario.file.focus),
        region_names={code: named("region", code, region.name) for code, region in scenario.regions.items()},
        domain_names={code: named("domain", code, one.name) for code, one in domains.items()},
        stock_domains=tuple(scenario.stock_domains),
        texts={code: named("region", code, one.in_text) for code, one in scenario.regions.items() if one.in_text},
        demands={name: named("demand", name, one.title) for name, one in scenario.threat.demands.items()},
        shocks={one.title: named("shock", name, one.title) for name, one in scenario.shocks.items()},
        programmes={name: named("programme", name, one.title) for name, one in scenario.programmes.items()},
        say=say,
    )
