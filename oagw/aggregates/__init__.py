"""Aggregates: many samples made few numbers, piece by piece."""
