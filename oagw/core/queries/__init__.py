"""Queries that are asked once, the tables they return, and groups in FROM."""
