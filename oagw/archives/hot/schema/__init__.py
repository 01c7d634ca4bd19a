"""The hot store's schema, a numbered script for each version."""
