"""Tests of oagw.core.periods."""
