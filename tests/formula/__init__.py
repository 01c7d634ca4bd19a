"""Tests of datapoint functions' formulas."""
