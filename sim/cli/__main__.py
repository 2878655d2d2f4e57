"""`python -m sim.cli` is the command without an install."""

from sim.cli.app import main

main()
