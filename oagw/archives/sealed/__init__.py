"""Sealed samples: what a store promises, and what the stores of all engines share."""
