"""Tests of chunks and blocks."""
