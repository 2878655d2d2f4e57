"""Plain controls that the page has everywhere: a button, a labelled field, a text to copy, a dialog, printing."""

from collections.abc import Callable

import reacton.ipyvuetify as rv
import solara


@solara.component
def Press(label: str, on_click: Callable[[], object], disabled: bool = False, kind: str = ""):
    """A button; `kind` is a class of its own."""
    attributes = {"type": "button"} | ({"disabled": "disabled"} if disabled else {})
    button = rv.Html(tag="button", class_=f"push {kind}".strip(), attributes=attributes, children=[label])
    rv.use_event(button, "click", lambda *_: None if disabled else on_click())


# What follows takes its arguments by name alone, as all components do that are written in Vue.


@solara.component_vue("field.vue")
def Field(label: str, kind: str, value=None, options: list = (), event_changed=None):
    """A labelled `select` (options: value, text), `check` or `number`; `changed` gets the new value."""


@solara.component_vue("copied.vue")
def Copied(label: str, text: str, words: dict):
    """A text that can be copied; one that begins with ? is a query of the page's own address."""


@solara.component_vue("dialog.vue")
def Dialog(label: str, shut: str, children: list = (), event_closed=None):
    """A dialog that is open as long as it is drawn; `closed` is called when a person closes it."""


@solara.component_vue("print.vue")
def PrintButton(label: str):
    """Prints the page."""
