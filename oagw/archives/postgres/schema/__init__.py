"""The schema in PostgreSQL, a numbered script for each version."""
