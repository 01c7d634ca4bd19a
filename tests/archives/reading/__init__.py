"""Tests of reading an archive."""
