"""Tests of oagw.core.queries."""
