"""Tests of the embedded system and its simulation."""
