"""The command `hedgelab`: arguments in, tables out; what is computed stands below."""

from sim.cli.app import main

__all__ = ["main"]
