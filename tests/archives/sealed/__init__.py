"""Tests of what the stores of all engines share."""
