"""Tests of the archive for systems that are elsewhere."""
