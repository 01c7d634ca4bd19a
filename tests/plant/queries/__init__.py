"""Tests of queries over the plant."""
