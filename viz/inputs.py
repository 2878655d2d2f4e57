"""The browser's own inputs: a select over names, a time line, a button that stays pressed."""

from collections.abc import Callable

import reacton.ipyvuetify as rv
import solara


@solara.component_vue("pick.vue")
def Pick(label: str, items: list[dict], value: str, name: str, event_chosen=None):
    """A labelled choice among `items` (text, value); `chosen` gets what the browser sends: look at it."""


@solara.component_vue("root.vue")
def Root(language: str):
    """Tells the browser the document's language."""


@solara.component_vue("time_line.vue")
def TimeLine(label: str, said: str, value: int, played: int, total: int, event_went=None):
    """A slider over the quarters; `went` gets a count of quarters.

    label, said : what it is and where it stands, for those who hear it"""


def pick(label: str, items: dict[str, str], value: str, on_pick: Callable[[str], object], kind: str) -> None:
    """A select of `items`, value -> text; what is none of them is not passed on."""

    def picked(given) -> None:
        if given in items and given != value:
            on_pick(given)

    listed = [{"value": one, "text": text} for one, text in items.items()]
    Pick(label=label, items=listed, value=value, name=kind, event_chosen=picked)


@solara.component
def Press(text: str, on_press: Callable[[], object], pressed: bool | None = None, disabled: bool = False,
          name: str = "", class_: str = ""):  # fmt: skip
    """A button; one of a group that stays pressed when `pressed` is given."""
    attributes = {"type": "button"} | ({"data-name": name} if name else {})
    if pressed is not None:
        attributes["aria-pressed"] = str(pressed).lower()
    if disabled:
        attributes["disabled"] = "disabled"
    here = " here" if pressed else ""
    button = rv.Html(tag="button", class_=f"press-one{here} {class_}".strip(), attributes=attributes, children=[text])
    rv.use_event(button, "click", lambda *_: None if disabled else on_press())
