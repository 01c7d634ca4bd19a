"""Tests of the archive in files."""
