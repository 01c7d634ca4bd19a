"""Tests of the embedded system."""
