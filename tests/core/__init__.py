"""Tests of what sessions do."""
