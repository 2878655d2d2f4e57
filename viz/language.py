"""What the page says, in one file a language: `texts/en.yaml`, `texts/ja.yaml`, ...

Keys are dotted; every language has the same keys and the same places to fill in (tested). Names of regions, domains,
scenarios, policies and measures are English in the configs; a language gives its own under `names`. What configs say of
their numbers is English too; `texts/numbers/ja.yaml` has the Japanese by the English text (`words`, `units`,
`sentences`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "texts"
FIRST = "en"


@dataclass(frozen=True)
class Texts:
    """All texts of one language. `say("play.step")`, `say("play.of", shown=3, total=24)`."""

    language: str
    texts: Mapping[str, str]
    names: Mapping[str, str]

    def __call__(self, key: str, **values) -> str:
        """The text of a key with its places filled in. Raises KeyError for a key that there is not."""
        return self.texts[key].format(**values) if values else self.texts[key]

    def named(self, kind: str, code: str, otherwise: str) -> str:
        """The name of a `scenario`, `policy`, `region`, `domain`, `measure` ... in this language."""
        return self.names.get(f"{kind}.{code}", otherwise)

    def sentence(self, english: str) -> tuple[str, str]:
        """A sentence of the configs in this language, else as it stands, and the language that it then is in."""
        own = self.names.get(f"sentences.{english}")
        return (own, self.language) if own else (english, FIRST)


@cache
def languages() -> dict[str, str]:
    """Codes of the languages and what each calls itself; the first is the one to start with."""
    codes = sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda code: (code != FIRST, code))
    return {code: texts_of(code)("language") for code in codes}


@cache
def texts_of(language: str) -> Texts:
    """The texts of a language. Raises KeyError when it has no file."""
    path = FOLDER / f"{language}.yaml"
    if not path.is_file():
        raise KeyError(language)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = dict(_flat(data.pop("names", None) or {})) | dict(_flat(_of_numbers(language)))
    return Texts(language, dict(_flat(data)), names)


def _of_numbers(language: str) -> Mapping:
    """What a language has of its own for the numbers of the configs."""
    path = FOLDER / "numbers" / f"{language}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _flat(data: Mapping, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", str(value)


ENGLISH = texts_of(FIRST)
