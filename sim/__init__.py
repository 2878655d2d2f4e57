"""Hedgelab: how a region's hedging portfolio changes when its partners coerce it and it follows a policy.

A number walks one way through the folders of this package, and the import rule follows the same order:

    configs/*.yaml -> scenario -> world -> rules -> moves -> strategies -> engine -> record -> runs/ -> viz
                      validated   arrays   how they  what one  who picks    the step  frames    files    view
                      Scenario             move      could do  which move   in order
                                                     and why

Beside the walk stand `errors` and `draws` (below everything), `run` and `studies` (which join the floors) and
`cli` (the command). `tests/test_floors.py` fails on an import that climbs."""

from importlib import import_module

_PUBLIC = {
    "load_scenario": "sim.scenario.load",
    "simulate": "sim.run",
    "compare": "sim.batch",
    "sweep": "sim.sweeps.api",
    "open_sweep": "sim.sweeps.read",
    "analyse": "sim.analysis.api",
}
__all__ = [*_PUBLIC]


def __getattr__(name: str):
    """The public names, imported when first asked for: parts of the package do not pay for all of it."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
