"""Datapoint functions: formulas that compute a value from other elements."""
