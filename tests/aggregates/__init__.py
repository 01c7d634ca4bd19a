"""Tests of :mod:`oagw.aggregates`."""
