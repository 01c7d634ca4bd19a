"""Aggregates: reduce many samples to few results, piece by piece."""
