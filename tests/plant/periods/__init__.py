"""Tests of period queries."""
