"""Languages of the page: the same keys, the same places to fill in, nothing empty."""

import re

import pytest

from viz.language import languages, texts_of

OTHERS = [code for code in languages() if code != "en"]


def test_english_comes_first_and_japanese_is_there():
    assert list(languages())[0] == "en" and "ja" in languages()


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_texts_of_the_first_with_the_same_places(code):
    first, other = texts_of("en").texts, texts_of(code).texts
    assert set(other) == set(first)
    places = {key: sorted(re.findall(r"{(\w*)", text)) for key, text in first.items()}
    assert {key: sorted(re.findall(r"{(\w*)", text)) for key, text in other.items()} == places
    assert all(text.strip() for text in other.values())


def test_a_language_without_a_file_is_none():
    with pytest.raises(KeyError):
        texts_of("../en/../xx")
