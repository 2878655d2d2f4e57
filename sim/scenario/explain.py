"""Pydantic's errors -> one sentence each: the dotted key, what was found, what would be right."""

from __future__ import annotations

import difflib
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sim.errors import Problem
from sim.scenario.names import NAME, QUARTER

_VALID = {
    "missing": "",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
    "finite_number": "a finite number",
    "date_type": "a day such as 2025-04-09",
    "union_tag_not_found": "a block with a `type:` key",
}
_PATTERNS = {
    QUARTER: "a quarter such as 2026Q1",
    NAME: "lower-case letters, digits and underscores, a letter first",
}


def explain(error: ValidationError, data: Any, model: type[BaseModel], file: str) -> list[Problem]:
    """Every error of a file as a Problem, each place once."""
    problems: dict[str, Problem] = {}
    for one in error.errors(include_url=False, include_context=True):
        raw = one["loc"]
        loc, found = _place(raw, data, one["type"])
        if raw and isinstance(raw[-1], str) and raw[-1].startswith("literal[") and isinstance(found, list):
            continue  # a list was meant: its own error names the element
        key = ".".join(plain(str(part)) for part in loc)
        choice = bool(raw) and isinstance(raw[-1], str) and raw[-1].startswith(("literal[", "list["))
        message = (
            f"is {_short(found)}; must be `all` or a list of codes" if choice else _message(one, raw, loc, found, model)
        )
        problems.setdefault(key, Problem(file, key, message))
    return list(problems.values())


def plain(text: str) -> str:
    """A key as it may be printed: on one line, without control characters, not too long."""
    shown = text if text.isprintable() else repr(text)[1:-1]
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _message(one: dict, raw: tuple, loc: tuple, found: Any, model: type[BaseModel]) -> str:
    kind, context = one["type"], one.get("ctx", {})
    if kind == "missing":
        return "is missing" + _described(raw, model)
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), sorted(_fields_at(raw[:-1], model)))
    if kind == "value_error":
        return f"is not right: {context.get('error', one['msg'])}"
    if kind == "string_type":
        return f"is {_short(found)}; must be text" + (
            "" if isinstance(found, (dict, list)) else ", in quotes if need be"
        )
    if kind in _VALID:
        return f"is {_short(found)}; must be {_VALID[kind]}"
    if kind in ("literal_error", "union_tag_invalid"):
        expected = context.get("expected") or context.get("expected_tags")
        wrong = found.get("type") if kind == "union_tag_invalid" and isinstance(found, dict) else found
        return f"is {_short(wrong)}; must be {expected}"
    if kind == "string_pattern_mismatch":
        return f"is {_short(found)}; must be {_PATTERNS.get(context['pattern'], context['pattern'])}"
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        ((name, bound),) = context.items()
        return f"is {_short(found)}; must be {_BOUNDS[name]} {bound:g}"
    if kind in ("too_short", "too_long", "string_too_short"):
        least = context.get("min_length")
        return (
            f"is {_short(found)}; must have "
            + (f"at least {least}" if least is not None else f"at most {context['max_length']}")
            + " "
            + ("characters" if "string" in kind else "entries")
        )
    return f"is {_short(found)}; {one['msg'][:1].lower()}{one['msg'][1:]}"


_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def _place(raw: tuple, data: Any, kind: str) -> tuple[tuple, Any]:
    """The error's place in the data: pydantic's path without the names of union members and of keys."""
    loc, here, named = [], data, False
    for number, part in enumerate(raw):
        last = number == len(raw) - 1
        named = not named and isinstance(here, dict) and here.get("type") == part
        if named:  # the member of a union, not a key, though a key may have the same name
            continue
        inside = (isinstance(here, dict) and part in here) or (
            isinstance(here, (list, tuple)) and isinstance(part, int) and part < len(here)
        )
        if inside:
            loc.append(part)
            here = here[part]
        elif last and kind in ("missing", "extra_forbidden"):
            loc.append(part)
    return tuple(loc), here


def _unknown(key: str, valid: list[str]) -> str:
    close = difflib.get_close_matches(key, valid, n=1, cutoff=0.6)
    hint = f" did you mean {close[0]}?" if close else ""
    return f"is no key here;{hint} valid: {', '.join(valid) or 'none'}"


def _described(raw: tuple, model: type[BaseModel]) -> str:
    for owner in _models_at(raw[:-1], model):
        field = owner.model_fields.get(raw[-1])
        if field is not None and field.description:
            return f"; must be there: {field.description}"
    return "; must be there"


def _fields_at(raw: tuple, model: type[BaseModel]) -> set[str]:
    return {name for owner in _models_at(raw, model) for name in owner.model_fields}


def _models_at(raw: tuple, model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that may stand at a path, following fields, lists, dictionaries and unions."""
    here: list[Any] = [model]
    named = False
    for part in raw:
        inner: list[Any] = [] if named else [one for one in here if _tag(one) == part]
        named = bool(inner)  # the path names the member of a union, though a key may have the same name
        for one in () if named else here:
            if isinstance(one, type) and issubclass(one, BaseModel):
                if part in one.model_fields:
                    inner += _members(one.model_fields[part].annotation)
            elif get_origin(one) in (list, tuple) and isinstance(part, int):
                inner += _members(get_args(one)[0])
            elif get_origin(one) is dict:
                inner += _members(get_args(one)[1])
        here = inner
    return [one for one in here if isinstance(one, type) and issubclass(one, BaseModel)]


def _members(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for one in get_args(annotation) for member in _members(one)]
    return [annotation]


def _tag(model: Any) -> str | None:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return None
    field = model.model_fields.get("type")
    return get_args(field.annotation)[0] if field and get_origin(field.annotation) is Literal else None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
