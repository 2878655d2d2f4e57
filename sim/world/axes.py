"""Names of the axes, counted from the end, so that one rule serves one state, many candidates and a record."""

IMPORTER, EXPORTER, DOMAIN = -3, -2, -1
"""Axes of a bilateral array [..., importer, exporter, domain]; home supply is the diagonal."""
