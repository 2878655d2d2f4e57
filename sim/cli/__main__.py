"""`python -m sim.cli` is the command without an install."""

from sim.cli import main

main()
