"""Contracts: the cases that every engine of a kind must pass."""
