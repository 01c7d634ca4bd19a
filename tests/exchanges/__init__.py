"""Requests and replies as data, for every kind of system."""
