"""Names of the axes, counted from the end, so that one rule serves one state, many candidates and a record."""

IMPORTER, EXPORTER, DOMAIN = -3, -2, -1
"""Axes of a bilateral array [..., importer, exporter, domain]; home supply is the diagonal."""
REGION = -2
"""Region axis of a one-sided array [..., region, domain]."""
ROW = 0
"""Leading axis of a batch: candidates of one actor, stops of one target, counterfactuals of one base."""
