"""The command `hedgelab`: arguments in, tables out; what is computed stands below."""

import signal
import sys

__all__ = ["main"]


def main() -> None:
    """Entry point. Ctrl-C while the package is still being read ends it in a line."""
    try:
        from sim.cli.app import main as command  # late: takes a second or two

        command()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(128 + signal.SIGINT)
