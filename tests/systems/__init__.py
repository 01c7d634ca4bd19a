"""Tests of the systems behind the gateway, and the embedded one that tests use."""
