"""Tests of what every stored file needs."""
