"""Analysis: from a played sweep to findings. What it asks of a sweep is its tables alone; nothing is played."""
