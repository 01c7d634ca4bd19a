"""A partition's schema, a numbered script for each version."""
