"""Tests of oagw.gateway."""
