"""Decision rules, one a file, found by name when first asked for: no list to edit."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from dataclasses import fields, is_dataclass

from sim.errors import MoveError

CALL = re.compile(r"(?P<rule>[^()]*)(?:\((?P<options>.*)\))?", re.DOTALL)


def strategy_names() -> list[str]:
    """Names of the rules in this folder."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "base")


def find_strategy(name: str, **options):
    """An instance of the rule of that name, or of a user's own given as `module:Class`.

    Options may stand in the name too, as plain values: `level_k(k=3)`.
    Raises MoveError when there is none, when the class is no strategy, or when an option is wrong."""
    found = CALL.fullmatch(name.strip())
    if found is None:
        raise MoveError(f"strategy {name!r} cannot be read; must be RULE or RULE(OPTION=VALUE), as in level_k(k=3)")
    if found["options"]:
        options = _options(name, found["options"]) | options
    rule = _rule(found["rule"])
    try:
        return rule(**options)
    except TypeError as error:
        known = [f.name for f in fields(rule) if f.init] if is_dataclass(rule) else []
        takes = f"; its options are {', '.join(known)}" if known else ""
        raise MoveError(f"strategy {name!r} cannot be made ({error}){takes}") from error


def _rule(name: str) -> type:
    """The class of a rule that is shipped, or `module:Class`."""
    from sim.strategies.base import Strategy

    if ":" in name:
        module, _, wanted = name.partition(":")
    elif name in strategy_names():
        module, wanted = f"{__name__}.{name}", None
    else:
        raise MoveError(f"no strategy is named {name!r}; must be one of {', '.join(strategy_names())} or module:Class")
    try:
        found = importlib.import_module(module)
    except Exception as error:  # whatever a module of a user's own may raise
        gone = isinstance(error, ModuleNotFoundError) and error.name in (module, module.partition(".")[0])
        remedy = (f"; give the command in the folder that holds {module.partition('.')[0]}.py, or name that folder in "
                  "PYTHONPATH") if gone else ""  # fmt: skip
        raise MoveError(f"strategy {name!r}: module {module!r} cannot be imported ({error}){remedy}") from error
    rules = [c for c in vars(found).values() if isinstance(c, type) and issubclass(c, Strategy) and c is not Strategy]
    shipped = next((c for c in rules if c.__module__ == module), None)
    rule = shipped if wanted is None else getattr(found, wanted, None)
    if not (isinstance(rule, type) and issubclass(rule, Strategy)):
        raise MoveError(f"strategy {name!r} is no subclass of sim.strategies.base.Strategy")
    return rule


def _options(name: str, text: str) -> dict[str, object]:
    """OPTION=VALUE pairs; values are literals, nothing is run."""
    try:
        call = ast.parse(f"options({text})", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            raise ValueError("not pairs")
        if any(one.arg is None for one in call.keywords):
            raise ValueError("unpacked")
        return {one.arg: ast.literal_eval(one.value) for one in call.keywords}
    except (ValueError, SyntaxError) as error:
        valid = "OPTION=VALUE with plain numbers, texts, lists or dicts, as in level_k(k=3)"
        raise MoveError(f"strategy {name!r} cannot be read; its options must be {valid}") from error
