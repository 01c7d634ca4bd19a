"""Queries over the datapoints in memory: one-off, of the past, and live."""
