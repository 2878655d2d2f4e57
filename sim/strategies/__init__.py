"""Decision rules, one a file, found by name when first asked for: no list to edit."""

from __future__ import annotations

import importlib
import pkgutil

from sim.errors import MoveError


def strategy_names() -> list[str]:
    """Names of the rules in this folder."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "base")


def find_strategy(name: str, **options):
    """An instance of the rule of that name, or of a user's own given as `module:Class`.

    Raises MoveError when there is none, or when the class is no strategy."""
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
        raise MoveError(f"strategy {name!r}: module {module!r} cannot be imported ({error})") from error
    rules = [c for c in vars(found).values() if isinstance(c, type) and issubclass(c, Strategy) and c is not Strategy]
    shipped = next((c for c in rules if c.__module__ == module), None)
    rule = shipped if wanted is None else getattr(found, wanted, None)
    if not (isinstance(rule, type) and issubclass(rule, Strategy)):
        raise MoveError(f"strategy {name!r} is no subclass of sim.strategies.base.Strategy")
    try:
        return rule(**options)
    except TypeError as error:
        raise MoveError(f"strategy {name!r} cannot be made ({error})") from error
