"""Tests of oagw.core.commands."""
