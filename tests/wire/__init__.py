"""Tests of the wire protocol's text."""
