"""Tests of DPL texts."""
