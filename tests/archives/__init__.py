"""Tests of the archive's engines."""
