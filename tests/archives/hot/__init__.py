"""Tests of the hot store."""
