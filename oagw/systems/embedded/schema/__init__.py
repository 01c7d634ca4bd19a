"""The schema of the embedded system, a numbered file for each version."""
