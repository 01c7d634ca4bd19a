"""Tests of the configs of an element."""
