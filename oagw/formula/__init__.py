"""Datapoint functions: formulas over the values of other elements."""
