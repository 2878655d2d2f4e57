"""One config file -> plain data -> its pydantic model, with every problem of the file as a sentence.

YAML is read as data and nothing else: no tags, no aliases or anchors, no duplicate keys, one document,
bounded size and depth; `yes`, `on` and `12:30` stay text. What a file may say is left to `schema.py`; what
files must say about each other to `checks.py`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sim.errors import Problem
from sim.scenario.explain import explain, plain
from sim.scenario.quantity import Frozen
from sim.scenario.schema import INSTRUMENTS, KINDS

MAX_BYTES = 500_000
MAX_DEPTH = 30
ALL_KINDS = (*KINDS, "instrument")


class Reader:
    """Reads config files and keeps what it met: problems to report at once, and a hash of each source."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sources: dict[str, str] = {}

    def read(self, path: Path, kind: str | None = None, name: str | None = None) -> Any:
        """The file as a model of its kind, or None when something is wrong with it (then noted).

        `kind` is what the file must be, `name` which instrument."""
        file = shown(path)
        text, problem = _text(path, file)
        return self._noted([problem]) if problem else self.take(text, file, kind, name)

    def take(self, text: str, file: str, kind: str | None = None, name: str | None = None) -> Any:
        """The same for a text that is at hand; `file` is what problems call it."""
        data, problems = self._data(text, file)
        if not problems:
            wanted, problems = _model_for(data, file, kind, name)
        if not problems:
            try:
                return wanted.model_validate(data)
            except ValidationError as error:
                problems = explain(error, data, wanted, file)
        return self._noted(problems)

    def folder(self, folder: Path, kind: str) -> dict[str, Any]:
        """All files of one kind in a folder, by their `code`; a code that stands twice is noted."""
        found: dict[str, Any] = {}
        for path in sorted(folder.glob("*.yaml")):
            record = self.read(path, kind)
            if record is None:
                continue
            if record.code in found:
                self.problems.append(Problem(shown(path), "code", f"is {record.code!r}, which another file has"))
            found[record.code] = record
        return found

    def hash(self, path: Path) -> None:
        self.sources[shown(path)] = hashlib.sha256(path.read_bytes()).hexdigest()

    def _noted(self, problems: list[Problem]) -> None:
        self.problems += problems

    def _data(self, text: str, file: str) -> tuple[Any, list[Problem]]:
        try:
            raw = text.encode()
        except UnicodeEncodeError:  # half a pair of code units, as only a text from elsewhere can hold
            return None, [Problem(file, "", "is no text; must be a YAML file in UTF-8")]
        if len(raw) > MAX_BYTES:
            return None, [Problem(file, "", f"is {len(raw)} bytes long; a config has at most {MAX_BYTES}")]
        self.sources[file] = hashlib.sha256(raw).hexdigest()
        data, problems = parse(text, file)
        if not problems and not text.endswith("\n"):
            message = "ends in the middle of a line, as a file cut short does; if it is complete, add a line break"
            problems = [Problem(file, "", message)]
        return data, problems


def parse(text: str, file: str) -> tuple[Any, list[Problem]]:
    """Plain data of a YAML text, or what is wrong with it."""
    try:
        problem = _structure(text, file)
        if problem:
            return None, [problem]
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            duplicates = list(_duplicates(node, "", file))
            if duplicates:
                return None, duplicates
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        return None, [Problem(file, *_yaml_sentence(error))]
    if data is None:
        return None, [Problem(file, "", "is empty; must hold keys, with `kind:` first")]
    if not isinstance(data, dict):
        return None, [Problem(file, "", f"holds {_a(data)}; must hold keys, with `kind:` first")]
    return data, []


def shown(path: Path) -> str:
    """The path as the person knows it: relative to where they stand when it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except (ValueError, OSError):
        return str(path)


def suggestion(word: str, valid: list[str] | tuple[str, ...]) -> str:
    """` did you mean x?` for the closest valid word, else nothing."""
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    return f" did you mean {close[0]}?" if close else ""


def _text(path: Path, file: str) -> tuple[str, Problem | None]:
    try:
        if path.is_dir():
            return "", Problem(file, "", "is a folder; must be a YAML file")
        if not path.exists():
            close = suggestion(path.name, [other.name for other in path.parent.glob("*.y*ml")])
            return "", Problem(file, "", f"is not there;{close or ' check the path'}")
        if not path.is_file():
            return "", Problem(file, "", "is no ordinary file; must be a YAML file")
        if path.stat().st_size > MAX_BYTES:
            return "", Problem(file, "", f"is {path.stat().st_size} bytes long; a config has at most {MAX_BYTES}")
        return path.read_text(encoding="utf-8-sig"), None
    except UnicodeDecodeError:
        return "", Problem(file, "", "is no text; must be a YAML file in UTF-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return "", Problem(file, "", f"cannot be read ({reason}); check the path and its permissions")


def _model_for(data: dict, file: str, kind: str | None, name: str | None) -> tuple[Any, list[Problem]]:
    found = data.get("kind")
    valid = (kind,) if kind else ALL_KINDS
    if "kind" not in data:
        return None, [Problem(file, "kind", f"is missing; must be {_one_of(valid)}")]
    if not isinstance(found, str) or found not in valid:
        close = suggestion(found, valid) if isinstance(found, str) else ""
        return None, [Problem(file, "kind", f"is {_short(found)}; must be {_one_of(valid)};{close}".rstrip(";"))]
    if found != "instrument":
        return KINDS[found], []
    names = (name,) if name else tuple(INSTRUMENTS)
    if data.get("name") not in names:
        return None, [Problem(file, "name", f"is {_short(data.get('name'))}; must be {_one_of(names)}")]
    wanted: type[Frozen] = INSTRUMENTS[data["name"]]
    return wanted, []


# --- YAML as data ---------------------------------------------------------------------------------


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """PyYAML's safe loader with scalars of YAML 1.2: null, true/false, numbers, days; the rest is text."""


def _scalar(pattern: str) -> re.Pattern:
    return re.compile(rf"(?:{pattern})\Z")


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", "~n\0"),
    ("bool", "true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
):
    _characters = ["" if character == "\0" else character for character in _first]
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _scalar(_pattern), _characters)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _number(kind, what):
    def construct(loader, node):
        try:
            return kind(node.value)
        except ValueError:
            shown_value = _short(node.value)
            raise yaml.constructor.ConstructorError(
                None, None, f"{shown_value} is no {what}", node.start_mark
            ) from None

    return construct


_Loader.add_constructor("tag:yaml.org,2002:int", _number(int, "number that can be used"))
_Loader.add_constructor("tag:yaml.org,2002:float", _number(_float, "number"))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _number(dt.date.fromisoformat, "day of the calendar"))


def _structure(text: str, file: str) -> Problem | None:
    """What no config needs and what could explode, found before anything is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        key = f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return Problem(file, key, "holds an anchor or alias (& or *); write the value out instead")
        if getattr(event, "tag", None):
            return Problem(file, key, f"holds the tag {_short(event.tag)}; configs are plain values, without tags")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                return Problem(file, key, "starts a second document; a file holds one config")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return Problem(file, key, f"is nested more than {MAX_DEPTH} deep; no config needs that")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _duplicates(node, path: str, file: str):
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            yield from _duplicates(child, f"{path}.{number}" if path else str(number), file)
    elif isinstance(node, yaml.MappingNode):
        seen = {}
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                yield Problem(file, path or f"line {line}", "has a key that is no text")
                continue
            key = f"{path}.{plain(key_node.value)}" if path else plain(key_node.value)
            if key_node.value in seen:
                first = seen[key_node.value]
                yield Problem(file, key, f"stands twice, in lines {first} and {line}; keep one of them")
            seen.setdefault(key_node.value, line)
            yield from _duplicates(child, key, file)


def _yaml_sentence(error: yaml.YAMLError) -> tuple[str, str]:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = f"line {mark.line + 1}" if mark is not None else ""
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    context = f" ({error.context})" if getattr(error, "context", None) else ""
    return line, f"is no valid YAML: {what}{context}; is the file complete, and are the blanks right?"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _a(data: object) -> str:
    return "a list" if isinstance(data, list) else "a single value"


def _one_of(names) -> str:
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
