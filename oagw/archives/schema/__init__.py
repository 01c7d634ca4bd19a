"""The schema of the SQLite archive, a numbered file for each version."""
