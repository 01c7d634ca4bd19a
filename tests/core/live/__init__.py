"""Tests of oagw.core.live."""
