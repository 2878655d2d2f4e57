"""Plain pieces of HTML that Solara and Vuetify have no good ones of."""

import solara


@solara.component_vue("pick.vue")
def Pick(label: str, items: list[dict], value: str, name: str, event_chosen=None):
    """A labelled choice among `items` (text, value); `chosen` gets the value."""


@solara.component_vue("root.vue")
def Root(language: str):
    """Tells the browser the document's language."""
