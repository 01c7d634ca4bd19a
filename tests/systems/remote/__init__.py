"""Remote systems."""
