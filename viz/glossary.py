"""The terms that a reader meets, each with one sentence: on hover and focus where it stands, and all in one list.

The sentences are texts of the page; `test_glossary.py` holds them against the terms that there are."""

from html import escape

import solara

from viz.lab import Lab
from viz.language import Texts

ENTRY = "glossary.term."


def codes(say: Texts) -> list[str]:
    """Codes of all terms that are explained, in the order of the texts: what belongs together stands together."""
    return [key.removeprefix(ENTRY).removesuffix(".name") for key in say.texts
            if key.startswith(ENTRY) and key.endswith(".name")]  # fmt: skip


def name_of(say: Texts, code: str) -> str:
    """What a term is called. Raises KeyError for one that is not explained."""
    return say(f"{ENTRY}{code}.name")


def meaning_of(say: Texts, code: str) -> str:
    """The sentence that explains a term. Raises KeyError for one that is not explained."""
    return say(f"{ENTRY}{code}.text")


def term(say: Texts, code: str, shown: str | None = None, meaning: str | None = None) -> str:
    """A term as HTML, explained on hover and on focus.

    shown : the word as it stands in the text, when that is not the term's name
    meaning : a sentence of its own, for a word that the list does not have
    Raises KeyError for a term without either."""
    word = name_of(say, code) if shown is None else shown
    text = meaning or meaning_of(say, code)
    return (
        f'<span class="term" tabindex="0" data-term="{escape(code)}">{escape(word)}'
        f'<span class="term-tip" role="tooltip">{escape(text)}</span></span>'
    )


@solara.component_vue("glossary.vue")
def _List(label: str, title: str, closing: str, entries: list):
    """A button that opens a dialog of its own: the browser closes it on Escape and gives the focus back."""


@solara.component
def Glossary(lab: Lab):
    """The list of all terms behind a button."""
    say = lab.say
    entries = [{"code": code, "name": name_of(say, code), "text": meaning_of(say, code)} for code in codes(say)]
    _List(label=say("glossary.open"), title=say("glossary.title"), closing=say("glossary.close"), entries=entries)
