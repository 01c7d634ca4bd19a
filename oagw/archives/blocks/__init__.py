"""Samples as columns and blocks: ordering, encoding and merging them."""
