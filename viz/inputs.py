"""Plain controls that the page has everywhere: buttons, labelled fields, a time line, a dialog, a text to copy."""

import json
from collections.abc import Callable

import reacton.ipyvuetify as rv
import solara

from viz.language import Texts
from viz.state import LARGEST_SEED

# What is written in Vue takes its arguments by name alone.


@solara.component_vue("pick.vue")
def Pick(label: str, items: list[dict], value: str, name: str, event_chosen=None):
    """A labelled choice among `items` (text, value); `chosen` gets what the browser sends: look at it."""


@solara.component_vue("root.vue")
def Root(language: str, query: str | None, busy: str):
    """Tells the browser the document's language and the query of its address; None: the address stays as it is.

    busy : what the bar is called that Solara shows while the server is at work"""


@solara.component_vue("time_line.vue")
def TimeLine(label: str, said: str, value: int, played: int, total: int, event_went=None):
    """A slider over the quarters; `went` gets a count of quarters.

    label, said : what it is and where it stands, for those who hear it"""


@solara.component_vue("check.vue")
def Check(label: str, value: bool, event_changed=None):
    """A labelled box to tick; `changed` gets whether it is ticked."""


@solara.component_vue("luck.vue")
def _Luck(label: str, value: str, most: int, wrong: str, event_taken=None):
    """What `luck_field` hands to the browser."""


def luck_field(say: Texts, seed: int, on_luck: Callable[[int], object]) -> None:
    """A field for the number that fixes all chance; what is none is refused on the spot."""

    def taken(text) -> None:
        if str(text).isascii() and str(text).isdigit() and int(text) <= LARGEST_SEED:
            on_luck(int(text))

    _Luck(label=say("play.luck"), value=str(seed), most=LARGEST_SEED,
          wrong=say("play.no_luck", most=LARGEST_SEED), event_taken=taken)  # fmt: skip


@solara.component_vue("copied.vue")
def Copied(label: str, text: str, words: dict):
    """A text that can be copied; one that begins with ? is a query of the page's own address."""


@solara.component_vue("dialog.vue")
def Dialog(label: str, shut: str, children: list = (), event_closed=None):
    """A dialog that is open as long as it is drawn; `closed` is called when a person closes it."""


@solara.component_vue("print.vue")
def PrintButton(label: str):
    """Prints the page."""


def pick(label: str, items: dict[str, str], value: str, on_pick: Callable[[str], object], kind: str) -> None:
    """A select of `items`, value -> text; what is none of them is not passed on."""

    def picked(given) -> None:
        if given in items and given != value:
            on_pick(given)

    listed = [{"value": one, "text": text} for one, text in items.items()]
    Pick(label=label, items=listed, value=value, name=kind, event_chosen=picked)


@solara.component
def Press(text: str, on_press: Callable[[], object], disabled: bool = False, kind: str = ""):
    """A button; `kind` is a class of its own."""
    attributes = {"type": "button"} | ({"disabled": "disabled"} if disabled else {})
    button = rv.Html(tag="button", class_=f"push {kind}".strip(), attributes=attributes, children=[text])
    rv.use_event(button, "click", lambda *_: None if disabled else on_press())


def bar(percent: float) -> None:
    """How far something is, for the eye; the text beside it says the same to those who hear the page."""
    rv.ProgressLinear(value=percent, height=4, attributes={"aria-hidden": "true"})


def packed(data: object) -> str:
    """Data for a Vue file that parses it: each drawing walks through a list or a dict, and past a text.

    Raises ValueError for a number that is none: JSON has no word for it."""
    return json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(one: object) -> object:
    """What numpy holds, as Python has it."""
    return one.tolist()
