"""Tests of the composition of a gateway."""
