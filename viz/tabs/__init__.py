"""The parts of the lab, one file a tab: each draws a `Lab` and asks it for runs."""
