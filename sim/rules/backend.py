"""What solves the equilibrium: numpy, or the same steps compiled by numba when that is asked for.

The choice is HEDGELAB_BACKEND, so that worker processes have it too. Nothing hangs on what is installed: without the
variable numpy computes, whether numba is there or not."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import metadata, util
from types import ModuleType

from sim.errors import Problem, ScenarioError

VARIABLE = "HEDGELAB_BACKEND"
NUMPY, NUMBA = "numpy", "numba"
BACKENDS = (NUMPY, NUMBA)


def chosen() -> str:
    """Name of the backend. Raises ScenarioError when it is not known, or not installed."""
    name = os.environ.get(VARIABLE) or NUMPY
    if name not in BACKENDS:
        raise ScenarioError([Problem.value("the backend", VARIABLE, name, f"one of {', '.join(BACKENDS)}")])
    if name == NUMBA and not _installed():
        raise ScenarioError([Problem("the backend", VARIABLE, "is numba, which is not installed: pip install "
                                     "'hedgelab[fast]', or take numpy")])  # fmt: skip
    return name


def use(name: str) -> None:
    """Takes a backend in this process and in those that it starts. Raises ScenarioError as `chosen`."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        chosen()
    except ScenarioError:
        os.environ.pop(VARIABLE) if before is None else os.environ.update({VARIABLE: before})
        raise


def described() -> str:
    """What a manifest says: `numpy`, or `numba` with its version."""
    return NUMPY if chosen() == NUMPY else f"{NUMBA} {metadata.version('numba')}"


def kernel() -> ModuleType | None:
    """The compiled steps, or None for numpy; loaded, and compiled where they never were, at the first call."""
    return None if chosen() == NUMPY else _kernel()


@cache
def _installed() -> bool:
    return util.find_spec("numba") is not None


@cache
def _kernel() -> ModuleType:
    from numba.core import event  # late: numpy alone needs none of this

    from sim.rules import kernel as module

    said = []

    class Announcer(event.Listener):
        """Says once that something is compiled; silent when it is read from the disk."""

        def on_start(self, _) -> None:
            if not said:
                print("hedgelab: compiling the equilibrium kernel, once on this machine", file=sys.stderr, flush=True)
            said.append(True)

        def on_end(self, _) -> None:
            return

    with event.install_listener("numba:compile", Announcer()):
        module.warm_up()
    return module
