"""Figures for files: each a `Picture` with a title that says what is seen, a caption and an alternative text."""

from viz.figures.base import Picture
from viz.figures.decision import one_decision
from viz.figures.differences import paired_differences
from viz.figures.exposure import exposure_over_time
from viz.figures.frontier import efficient_frontier
from viz.figures.support import support_over_time
from viz.figures.timeline import time_line

__all__ = ["Picture", "efficient_frontier", "exposure_over_time", "one_decision", "paired_differences",
           "support_over_time", "time_line"]  # fmt: skip
