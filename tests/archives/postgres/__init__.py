"""Tests of the archive in PostgreSQL."""
