"""Sweeps: scenarios x policies x points x replicates, played in chunks that survive what may happen to them."""
