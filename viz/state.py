"""What a page shows, as one value: a run's choice and where in it the page stands; to and from the text of a link.

`?scenario=tariffs_2025&policy=eu_hedge&luck=7&set=model.choice.agenda=0.6&turn=2026Q1:policy=decoupling&quarter=2026Q3`
A link holds names and numbers alone. Nothing that it says is imported or opened before it was found among the names
that there are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from sim.errors import ScenarioError
from sim.scenario.names import QUARTER
from sim.scenario.turns import MoveTurn, PolicyTurn, Turn, ValuesTurn
from viz.trouble import wrong

LONGEST = 32_000  # characters of a link: room for a run with every value drawn; servers take 64,000
LARGEST_SEED = 2**31 - 1
MOST = 400  # values and turns of a link, each
LINK = "link"  # place of what is wrong with one
UPLOAD = re.compile(r"upload-[0-9a-f]{1,64}")  # keys of uploaded scenarios
SPAN = re.compile(r"[^\x00-\x1f<>]{0,200}")  # names that are shown to people hold no tags and no control characters


@dataclass(frozen=True)
class Choice:
    """One run: which world, which policy, which luck, what is set otherwise, and what turns in its course.

    scenario : a name, or the key of an uploaded file; values : dotted name and value, sorted by name
    run : number of the luck under the seed, as `hedgelab run --run` and the rows of a sweep have it"""

    scenario: str
    policy: str
    seed: int = 7
    values: tuple[tuple[str, float], ...] = ()
    turns: tuple[Turn, ...] = ()
    run: int = 0

    def __hash__(self) -> int:
        return hash((self.scenario, self.policy, self.seed, self.run, self.values, tuple(map(_key, self.turns))))

    def with_values(self, values: dict[str, float]) -> Choice:
        """The same with these values in place of its own."""
        return replace(self, values=tuple(sorted(values.items())))

    def with_turn(self, turn: Turn) -> Choice:
        """The same with one turn more, in place of one of the same kind and actor in that quarter."""
        key = _key(turn)
        kept = [one for one in self.turns if _key(one) != key]
        return replace(self, turns=tuple(sorted([*kept, turn], key=_key)))

    def until(self, quarter: str) -> Choice:
        """The same without the turns of a quarter and later ones."""
        return replace(self, turns=tuple(one for one in self.turns if one.quarter < quarter))

    def with_move(self, turn: MoveTurn) -> Choice:
        """The same with a move, in place of that actor's moves of its quarter and of later ones: what could be made
        after another move may not be there to make."""
        kept = [one for one in self.turns
                if one.type != "move" or one.actor != turn.actor or one.quarter < turn.quarter]  # fmt: skip
        return replace(self, turns=tuple(kept)).with_turn(turn)

    def moves_of(self, actor: str) -> list[MoveTurn]:
        """What a person moved for an actor, the earliest first."""
        return [one for one in self.turns if one.type == "move" and one.actor == actor]

    def apart_from(self, other: Choice) -> str | None:
        """First quarter that may differ from another run's; `` when all may, None when none does."""
        if (self.scenario, self.policy, self.seed, self.run, self.values) != (
            other.scenario, other.policy, other.seed, other.run, other.values,
        ):  # fmt: skip
            return ""
        odd = [one.quarter for one in self.turns if one not in other.turns]
        odd += [one.quarter for one in other.turns if one not in self.turns]
        return min(odd, default=None)


def _key(turn: Turn) -> tuple[str, str, str]:
    return turn.quarter, turn.type, getattr(turn, "actor", "")


@dataclass(frozen=True)
class Place:
    """Where a page stands: its run, the quarter shown (None: before the first), the tab and the language."""

    choice: Choice
    quarter: str | None = None
    tab: str = "play"
    language: str = "en"


def link_of(place: Place) -> str:
    """The query of a link, without its question mark."""
    choice = place.choice
    pairs = [("scenario", choice.scenario), ("policy", choice.policy), ("luck", str(choice.seed))]
    pairs += [("run", str(choice.run))] if choice.run else []
    pairs += [("set", f"{name}={float(value)!r}") for name, value in choice.values]
    for turn in choice.turns:
        if turn.type == "policy":
            pairs.append(("turn", f"{turn.quarter}:policy={turn.policy}"))
        elif turn.type == "move":
            pairs.append(("turn", f"{turn.quarter}:move={turn.actor}={turn.move}"))
        else:
            pairs += [("turn", f"{turn.quarter}:set={name}={float(value)!r}") for name, value in turn.values.items()]
    pairs += [("quarter", place.quarter)] if place.quarter else []
    return urlencode([*pairs, ("tab", place.tab), ("lang", place.language)])


def place_of(query: str, first: Place, scenarios: list[str], policies: list[str], tabs: list[str],
             languages: list[str]) -> Place:  # fmt: skip
    """The place that a link says; what it leaves out is that of `first`.

    Whether values and turns fit the scenario is found when the run is set up.
    Raises ScenarioError, which names everything in the link that is wrong."""
    if len(query) > LONGEST:
        raise ScenarioError([wrong(LINK, "", "long", count=len(query), most=LONGEST)])
    try:
        pairs = parse_qsl(query, strict_parsing=bool(query), max_num_fields=2 * MOST, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise ScenarioError([wrong(LINK, "", "unread", why=str(error))]) from error
    read = _Reader({"scenario": scenarios, "policy": policies, "tab": tabs, "lang": languages})
    for key, text in pairs:
        read.take(key, text)
    if read.problems:
        raise ScenarioError(read.problems)
    given, choice = read.given, first.choice
    choice = Choice(given.get("scenario", choice.scenario), given.get("policy", choice.policy),
                    given.get("luck", choice.seed), run=given.get("run", 0)).with_values(read.values)  # fmt: skip
    for turn in read.turns():
        choice = choice.with_turn(turn)
    return Place(choice, given.get("quarter"), given.get("tab", first.tab), given.get("lang", first.language))


def language_of(query: str, first: str, languages: list[str]) -> str:
    """The language that a link asks for, also one that is not followed; `first` when it names none that there is."""
    given = [text for key, text in parse_qsl(query[:LONGEST], errors="replace") if key == "lang" and text in languages]
    return given[-1] if given else first


class _Reader:
    """Takes a link apart, pair by pair, and keeps what is wrong."""

    def __init__(self, valid: dict[str, list[str]]):
        self.valid, self.given, self.values, self.problems = valid, {}, {}, []
        self.seen: set[str] = set()
        self._turns: list[Turn] = []
        self._turned: dict[str, dict[str, float]] = {}

    def take(self, key: str, text: str) -> None:
        """One pair."""
        if key in self.seen and key not in ("set", "turn"):
            self._wrong(key, "twice")
        self.seen.add(key)
        if not SPAN.fullmatch(text):
            self._wrong(key[:40], "signs")
        elif key == "scenario" and UPLOAD.fullmatch(text) and text not in self.valid[key]:
            self._wrong(key, "uploaded")
        elif key in self.valid:
            if text in self.valid[key]:
                self.given[key] = text
            else:
                self._wrong(key, "one_of", found=repr(text), known=", ".join(self.valid[key]))
        elif key in ("luck", "run"):
            if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= LARGEST_SEED:
                self.given[key] = int(text)
            else:
                self._wrong(key, "whole", most=LARGEST_SEED)
        elif key == "quarter":
            if re.fullmatch(QUARTER, text):
                self.given[key] = text
            else:
                self._wrong(key, "quarter")
        elif key == "set":
            self._number(key, text, self.values)
        elif key == "turn":
            self._turn(text)
        else:
            self._wrong(key[:40], "unknown")

    def turns(self) -> list[Turn]:
        """Turns in the order of the link, the values of a quarter together."""
        return [*self._turns, *(ValuesTurn(type="values", quarter=q, values=v) for q, v in self._turned.items())]

    def _turn(self, text: str) -> None:
        quarter, _, rest = text.partition(":")
        kind, _, rest = rest.partition("=")
        if not re.fullmatch(QUARTER, quarter) or kind not in ("policy", "move", "set") or not rest:
            self._wrong("turn", "turn")
        elif kind == "set":
            self._number("turn", rest, self._turned.setdefault(quarter, {}))
        elif kind == "move":
            actor, _, move = rest.partition("=")
            self._turns.append(MoveTurn(type="move", quarter=quarter, actor=actor, move=move))
        elif rest in self.valid["policy"]:
            self._turns.append(PolicyTurn(type="policy", quarter=quarter, policy=rest))
        else:
            self._wrong("turn", "turn_policy", found=repr(rest), known=", ".join(self.valid["policy"]))

    def _number(self, key: str, text: str, into: dict[str, float]) -> None:
        name, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if value - value != 0 or not re.fullmatch(r"[\w.]+", name, re.ASCII):  # not finite
            self._wrong(key, "number")
        else:
            into[name] = value

    def _wrong(self, key: str, text: str, **values: object) -> None:
        self.problems.append(wrong(LINK, key, text, **values))
